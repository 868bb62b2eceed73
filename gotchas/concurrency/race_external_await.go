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
		"The write that follows is computed from the value read before the wait, or allowed by it, so their change is lost, or two take what is there once.",
	Fix: "Do the outside work first and read, change and write afterwards without an await in between, or write with one atomic SQL statement " +
		"(INSERT … ON CONFLICT DO UPDATE, UPDATE … SET n = n + 1).",
	Fine: []string{
		"get, then put, with nothing else awaited in between: the input gate holds other events back until the storage operations are done.",
		"A value that is read again after the wait.",
		"A write that does not depend on what was read, and a read and a write of different keys.",
		"An intent that is written before the wait (state = 'charging'), and a last write that asks for it again (UPDATE … WHERE state = 'charging').",
		"A list that is taken out of storage before it is sent.",
		"alarm() and a value that nothing else writes: two runs of alarm() never overlap.",
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
		o := look(p.Module, c)
		for _, f := range o.entries {
			for _, r := range o.races(f, stored) {
				report(p, r)
			}
			for _, d := range o.drains(f, stored) {
				reportDrain(p, d)
			}
			for _, l := range o.lateClaims(f) {
				reportLateClaim(p, l)
			}
			for _, l := range o.reloads(f) {
				reportReload(p, l)
			}
		}
		for _, f := range c.Methods {
			noteAtomicWrites(p, f)
		}
	}
}

// stored tells the places in storage from those in memory.
func stored(place string) bool {
	return strings.HasPrefix(place, "kv:") || strings.HasPrefix(place, "sql:") || strings.HasPrefix(place, "orm:")
}

func report(p *analysis.Pass, r race) {
	m := p.Module
	read, write, wait := seen(m, r)
	what, line, at := describe(r.place), read.Line(), wait.Line()
	on := analysis.Short(waited(m, r.wait))
	if wait.Tree() != m.Tree {
		on = analysis.Short(r.wait.on)
	}
	sure := r.wait.gate == model.Opens
	switch {
	case r.how == onValue && sure && selected(r.read, r.write):
		p.Error(write, fmt.Sprintf("%s is read on line %d and written here from that value, but line %d awaits %s in between, so a change made meanwhile is overwritten.", what, line, at, on), "")
	case r.how == onValue:
		p.Warn(write, fmt.Sprintf("%s is read on line %d and written here from that value, with %s on line %d awaited in between; where that waits for something outside, a change made meanwhile is overwritten.", what, line, on, at), "")
	case r.how == onAnswer && sure:
		p.Warn(write, fmt.Sprintf("%s is read on line %d and given to %s on line %d, whose answer is written here, so a change made meanwhile is overwritten. This is no problem if only one such call is ever under way.", what, line, on, at), "")
	case r.how == onCondition && !answered(m, r):
		p.Warn(write, fmt.Sprintf("Whether this is written is decided by %s as read on line %d, but line %d awaits %s in between, so two requests can both pass the check.", lower(what), line, at, on),
			"Claim before you wait: write the marker in the same run as the check, do the outside work, then finish or undo it.")
	}
}

// seen are the places that a reader is shown: in the object's file, or, where the
// whole race lies behind one call, in the function that holds it.
func seen(m *model.Module, r race) (read, write, wait syntax.Node) {
	read, write, wait = r.read.At(m), r.write.At(m), r.wait.step.At(m)
	if write == r.write.Node || write != read || write != wait {
		return read, write, wait
	}
	depth := 0
	for depth < len(r.read.Calls) && depth < len(r.write.Calls) && depth < len(r.wait.step.Calls) &&
		r.read.Calls[depth] == r.write.Calls[depth] && r.read.Calls[depth] == r.wait.step.Calls[depth] {
		depth++
	}
	in := func(s model.Step) syntax.Node {
		if len(s.Calls) > depth {
			return s.Calls[depth].Node
		}
		return s.Node
	}
	return in(r.read), in(r.write), in(r.wait.step)
}

// reportDrain reports a place that is emptied after what it held went outside.
func reportDrain(p *analysis.Pass, d drain) {
	m := p.Module
	say := p.Warn
	if d.handed && d.wait.gate == model.Opens {
		say = p.Error
	}
	say(d.clear.At(m), fmt.Sprintf("%s is read on line %d and emptied here, but line %d awaits %s in between: what line %d adds meanwhile is thrown away with the rest.",
		describe(d.place), d.read.At(m).Line(), d.wait.step.At(m).Line(), analysis.Short(waited(m, d.wait)), d.adder.At(m).Line()),
		"Take it out before you wait (keep the list, store an empty one, then send), or remove only what was sent, by key or id.")
}

func reportLateClaim(p *analysis.Pass, l lateClaim) {
	m := p.Module
	p.Warn(l.mark.At(m), fmt.Sprintf("The row is chosen on line %d by its column %s, but that is set only here, after line %d awaits %s: a second request chooses the same row meanwhile. This is no problem if that does no harm.",
		l.read.At(m).Line(), strings.ToLower(l.column), l.wait.step.At(m).Line(), analysis.Short(waited(m, l.wait))),
		"Mark the row in the same run in which it is chosen (UPDATE … RETURNING, or a SELECT and an UPDATE without an await in between), then do the outside work.")
}

func reportReload(p *analysis.Pass, l reload) {
	m := p.Module
	p.Error(l.put.At(m), fmt.Sprintf("Every call loads this.%s anew (line %d). While line %d awaits %s, another call puts its own copy into the field, so what line %d has changed is lost here.",
		l.field, l.load.At(m).Line(), l.wait.step.At(m).Line(), analysis.Short(waited(m, l.wait)), l.changed.At(m).Line()),
		"Load the field once and keep it, or do the outside work first and load, change and store afterwards without an await of anything else in between.")
}

// answered reports a write of what was waited for, as of a cache: written twice
// it does no harm.
func answered(m *model.Module, r race) bool {
	if f := r.wait.step.Callee; f != nil && r.wait.step.Kind == model.OpInvoke { // what the callback is called with
		for _, v := range written(r.write) {
			if fromParams(m, f, v) {
				return true
			}
		}
	}
	sources := append([]syntax.Node{r.wait.step.Node}, callNodes(r)...)
	return trace(m, sources...).into(r.write, written(r.write)...) != noFlow
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
		for _, t := range m.Accesses(steps[w].Op) {
			if !t.Write || !strings.HasPrefix(t.Place, "kv:") {
				continue
			}
			for r := w - 1; r >= 0; r-- {
				if reads(m, steps, r, w, t.Place) && depends(m, steps, r, w) == onValue {
					if opening(m, steps, r, w).gate < model.MayOpen {
						p.Guard(steps[w].Node, fmt.Sprintf("Only storage is awaited since the read on line %d, and the input gate holds other events back until it is done.", steps[r].Node.Line()))
					}
					break
				}
			}
		}
	}
}
