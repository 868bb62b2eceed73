package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
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
			findRaces(p, f, func(place string) bool { return strings.HasPrefix(place, "kv:") || strings.HasPrefix(place, "sql:") })
			noteAtomicWrites(p, f)
		}
	}
}

// findRaces reports, for each write of a place that depends on an earlier read
// of it, a wait in between that lets other events run.
func findRaces(p *analysis.Pass, f *model.Func, in func(place string) bool) {
	m := p.Module
	steps := m.Expand(f)
	for w := range steps {
		write := steps[w]
		if write.Guarded() != nil {
			continue
		}
		for _, acc := range m.Accesses(write.Op) {
			if !acc.Write || !in(acc.Place) {
				continue
			}
			r, ok := lastRead(m, steps, w, acc.Place)
			if !ok {
				continue
			}
			wait, gate := opening(m, steps, r, w)
			if gate < model.MayOpen {
				continue
			}
			how := dependence(m, steps, r, w)
			if how == independent || steps[r].Guarded() != nil {
				continue
			}
			reportRace(p, steps[r], steps[w], wait, gate, how, acc.Place)
		}
	}
}

// lastRead finds the nearest read of a place before a write that reaches it,
// with no write of the same place in between.
func lastRead(m *model.Module, steps []model.Step, w int, place string) (int, bool) {
	for i := w - 1; i >= 0; i-- {
		if !model.Reaches(steps[i], steps[w]) {
			continue
		}
		for _, a := range m.Accesses(steps[i].Op) {
			if a.Place == place && !a.Write {
				return i, true
			}
		}
	}
	return 0, false
}

// opening finds the strongest wait between two steps.
func opening(m *model.Module, steps []model.Step, from, to int) (model.Step, model.Gate) {
	var wait model.Step
	gate := model.Neutral
	for i := from + 1; i < to; i++ {
		s := steps[i]
		if s.Kind != model.OpAwait || !model.Reaches(steps[from], s) || !model.Reaches(s, steps[to]) || s.Detached {
			continue
		}
		// Waiting for the read, or for a helper that holds both, is no gap.
		if s.Node.Contains(steps[from].Node) && s.Func == steps[from].Func || s.Operand != nil && calls(steps[to], s.Operand) {
			continue
		}
		g, _ := m.AwaitGate(s.Op)
		// A helper's own awaits are laid out as steps of their own.
		if s.Operand != nil && s.Operand.Kind == model.OpInvoke && s.Operand.Callee != nil && !reachedDepth(s) {
			continue
		}
		if g > gate {
			wait, gate = s, g
		}
	}
	return wait, gate
}

func reachedDepth(s model.Step) bool { return len(s.Calls) >= 6 }

func calls(s model.Step, op *model.Op) bool {
	for _, c := range s.Calls {
		if c == op {
			return true
		}
	}
	return false
}

type dependenceKind uint8

const (
	independent dependenceKind = iota
	onCondition                // the write happens only if the read said so
	onValue                    // the written value is computed from the read one
)

// dependence says how a write depends on a read. Across helpers the call's
// result stands for what was read in it, and its arguments for what is written.
func dependence(m *model.Module, steps []model.Step, r, w int) dependenceKind {
	read, write := steps[r], steps[w]
	sources := []syntax.Node{read.Node}
	for _, c := range read.Calls {
		if !calls(write, c) {
			sources = append(sources, c.Node)
		}
	}
	for _, v := range written(write) {
		if m.DependsOn(v, sources...) {
			return onValue
		}
	}
	for _, c := range write.Calls {
		if !calls(read, c) && m.DependsOn(c.Node.Child(syntax.FieldArguments), sources...) {
			return onValue
		}
	}
	for _, cond := range m.Conditions(steps, w) {
		if m.DependsOn(cond, sources...) {
			return onCondition
		}
	}
	return independent
}

// written are the expressions whose values a step writes. Of a SQL statement
// only the parameters of SET and VALUES count: those of WHERE select rows.
func written(s model.Step) []syntax.Node {
	switch s.Kind {
	case model.OpSQL:
		if s.SQL == nil || len(s.SQL.Statements) == 0 {
			return nil
		}
		st := s.SQL.Statements[len(s.SQL.Statements)-1]
		var out []syntax.Node
		for i, clause := range st.Params {
			if clause == "set" || clause == "values" {
				out = append(out, model.Argument(s.Node, i+1))
			}
		}
		return out
	case model.OpStorage, model.OpKV:
		if arg := model.Unwrap(model.Argument(s.Node, 0)); arg.Is(syntax.Object) {
			return []syntax.Node{arg}
		}
		return []syntax.Node{model.Argument(s.Node, 1)}
	}
	return []syntax.Node{s.Value}
}

func reportRace(p *analysis.Pass, read, write, wait model.Step, gate model.Gate, how dependenceKind, place string) {
	what := describe(place)
	wl := wait.Node.Line()
	switch {
	case how == onValue && gate == model.Opens:
		p.Error(write.Node, fmt.Sprintf("%s is read on line %d and written here from that value, but line %d awaits %s in between, so a change made meanwhile is overwritten.",
			what, read.Node.Line(), wl, analysis.Short(wait.Node.NamedChild(0))), "")
	case how == onValue:
		p.Warn(write.Node, fmt.Sprintf("%s is read on line %d and written here from that value; if %s on line %d does any I/O, a change made meanwhile is overwritten.",
			what, read.Node.Line(), analysis.Short(wait.Node.NamedChild(0)), wl), "")
	case gate == model.Opens && !p.Module.DependsOn(write.Value, wait.Node):
		p.Warn(write.Node, fmt.Sprintf("Whether this is written is decided by %s as read on line %d, but line %d awaits %s in between, so two requests can both pass the check.",
			what, read.Node.Line(), wl, analysis.Short(wait.Node.NamedChild(0))),
			"Claim before you wait: write the marker in the same run as the check, do the outside work, then finish or undo it.")
	}
}

func describe(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "kv":
		return fmt.Sprintf("The stored value %q", name)
	case "sql":
		return fmt.Sprintf("The table %q", name)
	case "field":
		return fmt.Sprintf("The field %q", name)
	}
	return place
}

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
