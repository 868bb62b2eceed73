package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var raceMemoryAcrossAwait = &analysis.Gotcha{
	ID:       "race-memory-across-await",
	Title:    "A field is read, something outside is awaited, and the field is set from the old value",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Fields are shared by all requests that the object has in progress. While one waits for a fetch, a stub or a timer, another runs and changes the field; " +
		"what the first then writes is computed from a value that is no longer there, or passes a check that no longer holds, or empties a list that has grown.",
	Fix: "Change the field before the first await (set the flag, then work; clear it in finally), read it again after the wait, or keep the running promise in the field and share it.",
	Fine: []string{
		"Only storage is awaited in between: the input gate holds other events back.",
		"The promise itself is kept: this.ready ??= this.load().",
		"The field is read again after the wait.",
		"A cache that is filled from what was awaited: filling it twice does no harm.",
		"A list that is replaced by an empty one before it is sent.",
	},
	Evidence: []string{
		"Measured on workerd: of 20 concurrent calls that read a field, awaited a fetch, a stub, a timer or a request body, and wrote the field, one change survived; with a storage await in between, all did.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No field is read before and written after a wait.")
		for _, c := range p.Objects() {
			o := look(p.Module, c)
			for _, f := range o.entries {
				for _, r := range o.races(f, inMemory) {
					reportMemoryRace(p, r)
				}
				for _, d := range o.drains(f, inMemory) {
					reportDrain(p, d)
				}
				for _, l := range o.reloads(f) {
					reportReplaced(p, f, l)
				}
				for _, sf := range o.sharedFields(f) {
					reportShared(p, sf)
				}
			}
			for _, f := range c.Methods {
				noteClaims(p, f)
			}
		}
	},
}

func inMemory(place string) bool { return strings.HasPrefix(place, "field:") }

func reportMemoryRace(p *analysis.Pass, r race) {
	m := p.Module
	read, write, wait := seen(m, r)
	what, line, at := describe(r.place), read.Line(), wait.Line()
	on := analysis.Short(waited(m, r.wait))
	if wait.Tree() != m.Tree {
		on = analysis.Short(r.wait.on)
	}
	switch {
	case r.how == onValue && r.wait.gate != model.Opens:
		p.Warn(write, fmt.Sprintf("%s is read on line %d and set here from that value, with %s on line %d awaited in between; where that waits for something outside, what another request set meanwhile is lost.", what, line, on, at), "")
	case r.how == onValue:
		p.Error(write, fmt.Sprintf("%s is read on line %d and set here from that value, but line %d awaits %s in between, so what another request set meanwhile is lost.", what, line, at, on), "")
	case r.how == onCondition && takesPlace(r.write) && !answered(m, r) && !outcome(m, r):
		p.Warn(write, fmt.Sprintf("%s decides on line %d whether this runs, but is set only here, after line %d awaits %s: a second request passes the same check meanwhile.", what, line, at, on),
			"Set it before the first await and clear it in finally.")
	}
}

// reportReplaced points at the load that throws away what others are changing.
func reportReplaced(p *analysis.Pass, entry *model.Func, l reload) {
	m := p.Module
	p.Warn(l.load.At(m), fmt.Sprintf("Every call puts a fresh copy into this.%s, also while %s, which has changed the old one on line %d, awaits %s.",
		l.field, entry.Name, l.changed.At(m).Line(), analysis.Short(waited(m, l.wait))),
		"Load it once: if it is there already, keep it, so that all requests change the same object.")
}

// reportShared points at what one request leaves for another to find.
func reportShared(p *analysis.Pass, f sharedField) {
	m := p.Module
	at, on := f.wait.step.At(m).Line(), analysis.Short(waited(m, f.wait))
	fix := "Pass it to the functions that need it as an argument."
	if f.read.Op == nil {
		p.Warn(f.write.At(m), fmt.Sprintf("%s keeps the request of one caller in a field of the object; while line %d awaits %s, the next request replaces it.", f.name, at, on), fix)
		return
	}
	p.Error(f.write.At(m), fmt.Sprintf("%s belongs to this request, but it is kept in a field of the object and used again on line %d, after line %d awaits %s: the next request has replaced it by then.",
		f.name, f.read.At(m).Line(), at, on), fix)
}

// outcome reports a time that is noted because of what the outside answered.
func outcome(m *model.Module, r race) bool {
	if r.write.Value.Text() != "Date.now()" {
		return false
	}
	sources := append([]syntax.Node{r.wait.step.Node}, callNodes(r)...)
	for _, c := range r.conditions {
		if trace(m, sources...).flow(c.expr, r.write.Calls) != noFlow {
			return true
		}
	}
	return false
}

// takesPlace tells a write that marks something as taken or done, or adds to it, from
// one that clears it or fills a cache.
func takesPlace(s model.Step) bool {
	switch s.Method {
	case "++", "+=":
		return true
	}
	if s.Kind == model.OpFieldMutate && s.Node.Is(syntax.CallExpression) {
		return true
	}
	return claims(s.Value) || model.Unwrap(s.Value).Is(syntax.String) || grows(s.Value) && strings.Contains(s.Value.Text(), "this."+s.Name)
}

// claims reports a mark: true, or the present time.
func claims(value syntax.Node) bool {
	v := model.Unwrap(value)
	return v.Is(syntax.True) || v.Text() == "Date.now()"
}

// noteClaims quotes flags that are set before the first wait that opens the gate.
func noteClaims(p *analysis.Pass, f *model.Func) {
	set := map[string]*model.Op{}
	for _, op := range f.Ops {
		switch op.Kind {
		case model.OpFieldWrite:
			if claims(op.Value) && op.Path.Within(model.Catch) == nil {
				set[op.Name] = op
			}
		case model.OpAwait:
			if g, _ := p.Module.AwaitGate(op); g != model.Opens {
				continue
			}
			for _, field := range sorted(set) {
				p.Guard(set[field].Node, fmt.Sprintf("%s is set before line %d lets other requests in.", field, op.Node.Line()))
			}
			return
		}
	}
}
