package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var ioCrossContext = &analysis.Gotcha{
	ID:       "io-cross-context",
	Title:    "A request, response, stub or socket is kept in a variable of the module",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Such an object belongs to the event, or the Durable Object, that made it. Used by another one it throws " +
		"“Cannot perform I/O on behalf of a different request” or “… a different Durable Object”, as soon as two are served by the same isolate.",
	Fix: "Make a stub where it is used, which costs nothing; keep what was read from a response, not the response; keep a socket in a field of its object.",
	Fine: []string{
		"A field of the object: all events of one object may share it.",
		"Plain data, encoders and clients that connect anew for each call.",
	},
	Evidence: []string{
		"Measured on workerd: the error above for a stub in module scope that a second request uses.",
		"developers.cloudflare.com/workers/best-practices/workers-best-practices/",
	},
	Check: func(p *analysis.Pass) {
		if model.TestFile(p.Module.Tree.Path) {
			p.NotApplicable("This is test code.")
			return
		}
		p.NotApplicable("No variable of the module is given anything that belongs to one event.")
		for _, f := range p.Module.Reviewed() {
			for _, op := range f.Ops {
				if op.Kind != model.OpGlobalWrite || op.Node.Tree() != p.Module.Tree {
					continue
				}
				if what := boundToEvent(p.Module, op); what != "" {
					p.Error(op.Node, fmt.Sprintf("%s outlives the event that made this %s, and the next one cannot use it.", op.Name, what), "")
				}
			}
		}
	},
}

// boundToEvent names what a write to a module's variable puts there, when it
// works only in the event or the object that made it.
func boundToEvent(m *model.Module, op *model.Op) string {
	values := []syntax.Node{op.Value}
	if op.Node.Is(syntax.CallExpression) { // stubs.set(name, stub)
		values = append(values, model.Argument(op.Node, 0), model.Argument(op.Node, 1))
	}
	for _, v := range values {
		if what := eventKinds[m.Eval(v).Kind]; what != "" {
			return what
		}
	}
	return ""
}

var eventKinds = map[model.ValueKind]string{
	model.Stub: "stub", model.Request: "request", model.Response: "response", model.Ctx: "context", model.WorkerCtx: "context",
	model.Storage: "storage", model.Socket: "socket", model.PairServer: "socket", model.PairClient: "socket", model.Upstream: "socket",
}
