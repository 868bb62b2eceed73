package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var raceExternalAwait = &analysis.Gotcha{
	ID:       "race-external-await",
	Title:    "A stored value is read, something else is awaited, and the old value is written back",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "While the object waits for anything that is not its own storage (fetch, a stub, a timer, a request body), other requests run and may change the same value. " +
		"The write that follows is computed from the value read before the wait, so their change is lost.",
	Fix: "Do the outside work first and read, change and write afterwards without an await in between, or write with one atomic SQL statement " +
		"(INSERT … ON CONFLICT DO UPDATE, UPDATE … SET n = n + 1).",
	Fine: []string{
		"get, then put, with nothing else awaited in between: the input gate holds other events back until the storage operations are done.",
		"A value that is read again after the wait.",
		"A write that does not depend on what was read, and a read and a write of different keys.",
		"Code inside blockConcurrencyWhile or storage.transaction, where no other event runs.",
	},
	Evidence: []string{
		"Measured on workerd: of 50 concurrent increments with a fetch, a stub call, a timer or a body read between read and write, 47 to 49 are lost; with only storage between them, none.",
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (input gates)",
	},
	Runbook: "The runbook calls get followed by put a race. The runtime's input gate protects exactly that pair; the race is an await of anything that is not storage between them. " +
		"Atomic SQL is still the shorter and safer way to write a counter.",
	Check: checkRaceExternalAwait,
}

func checkRaceExternalAwait(p *analysis.Pass) {
	for _, c := range p.Objects() {
		for _, f := range c.Methods {
			if f.Kind != model.Method && f.Kind != model.ArrowField {
				continue
			}
			for _, r := range findRaces(p.Module, f, stored) {
				report(p, r)
			}
			noteAtomicWrites(p, f)
		}
	}
}

// stored tells the places in storage from those in memory.
func stored(place string) bool {
	return strings.HasPrefix(place, "kv:") || strings.HasPrefix(place, "sql:")
}

func report(p *analysis.Pass, r race) {
	what, wait := describe(r.place), waited(p.Module, r.wait)
	line := r.wait.At(p.Module).Line()
	switch {
	case r.how == onValue && r.gate == model.Opens:
		p.Error(r.write.At(p.Module), fmt.Sprintf("%s is read on line %d and written here from that value, but line %d awaits %s in between, so a change made meanwhile is overwritten.",
			what, r.read.At(p.Module).Line(), line, analysis.Short(wait)), "")
	case r.how == onValue:
		p.Warn(r.write.At(p.Module), fmt.Sprintf("%s is read on line %d and written here from that value; if %s on line %d does any I/O, a change made meanwhile is overwritten.",
			what, r.read.At(p.Module).Line(), analysis.Short(wait), line), "")
	case r.gate == model.Opens && !p.Module.DependsOn(r.write.Value, r.wait.Node):
		p.Warn(r.write.At(p.Module), fmt.Sprintf("Whether this is written is decided by %s as read on line %d, but line %d awaits %s in between, so two requests can both pass the check.",
			lower(what), r.read.At(p.Module).Line(), line, analysis.Short(wait)),
			"Claim before you wait: write the marker in the same run as the check, do the outside work, then finish or undo it.")
	}
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// noteAtomicWrites quotes the statements that change a value in one step, and
// get/put pairs that the input gate holds together.
func noteAtomicWrites(p *analysis.Pass, f *model.Func) {
	m := p.Module
	for _, op := range f.Ops {
		if op.Kind == model.OpSQL && op.SQL != nil {
			for _, s := range op.SQL.Statements {
				if s.Upsert && s.Verb == "INSERT" {
					p.Guard(op.Node, "One upsert reads and writes in a single statement, so nothing can come between.")
				}
			}
		}
	}
	steps := m.Expand(f)
	for w := range steps {
		for _, acc := range m.Accesses(steps[w].Op) {
			if !acc.Write || !strings.HasPrefix(acc.Place, "kv:") {
				continue
			}
			r, ok := lastRead(m, steps, w, acc.Place)
			if !ok || dependence(m, steps, r, w) != onValue {
				continue
			}
			if _, gate := opening(m, steps, r, w); gate >= model.MayOpen {
				continue
			}
			p.Guard(steps[w].Node, fmt.Sprintf("Only storage is awaited since the read on line %d, and the input gate holds other events back until it is done.", steps[r].Node.Line()))
		}
	}
}
