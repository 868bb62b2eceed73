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
		"what the first then writes is computed from a value that is no longer there, or passes a check that no longer holds.",
	Fix: "Change the field before the first await (set the flag, then work; clear it in finally), read it again after the wait, or keep the running promise in the field and share it.",
	Fine: []string{
		"Only storage is awaited in between: the input gate holds other events back.",
		"The promise itself is kept: this.ready ??= this.load().",
		"The field is read again after the wait.",
		"A cache that is filled from what was awaited: filling it twice does no harm.",
	},
	Evidence: []string{
		"Measured on workerd: of 20 concurrent calls that read a field, awaited a fetch, a stub, a timer or a request body, and wrote the field, one change survived; with a storage await in between, all did.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No field is read before and written after a wait.")
		for _, c := range p.Objects() {
			for _, f := range c.Methods {
				for _, r := range findRaces(p.Module, f, func(place string) bool { return strings.HasPrefix(place, "field:") }) {
					reportMemoryRace(p, r)
				}
				noteClaims(p, f)
			}
		}
	},
}

func reportMemoryRace(p *analysis.Pass, r race) {
	what := describe(r.place)
	wait := analysis.Short(waited(p.Module, r.wait))
	switch {
	case r.gate != model.Opens:
	case r.how == onValue:
		p.Error(r.write.At(p.Module), fmt.Sprintf("%s is read on line %d and set here from that value, but line %d awaits %s in between, so what another request set meanwhile is lost.",
			what, r.read.At(p.Module).Line(), r.wait.At(p.Module).Line(), wait), "")
	case claims(r.write.Value):
		p.Warn(r.write.At(p.Module), fmt.Sprintf("%s decides on line %d whether this runs, but is set only here, after line %d awaits %s: a second request passes the same check meanwhile.",
			what, r.read.At(p.Module).Line(), r.wait.At(p.Module).Line(), wait),
			"Set it before the first await and clear it in finally.")
	}
}

// claims tells a value that marks something as taken or done from one that
// clears it or fills a cache.
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
