package concurrency

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var bcwExternalIO = &analysis.Gotcha{
	ID:       "bcw-external-io",
	Title:    "blockConcurrencyWhile waits for something outside the object",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "While the callback runs, no other event of the object does. A slow fetch, stub or timer in it stalls every client, " +
		"and after 30 seconds the runtime resets the object and all requests in progress fail.",
	Fix: "Keep the callback to storage work. Fetch before or after it; for a start-up that needs the network, keep the promise in a field and await it in the methods that need it.",
	Fine: []string{
		"Storage, SQL and schema migrations in the callback, in the constructor above all.",
	},
	Evidence: []string{
		"Measured on workerd: a callback that does not finish ends after 30,007 ms with “A call to blockConcurrencyWhile() in a Durable Object waited for too long”, and the object is reset.",
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("blockConcurrencyWhile is not used.")
		for _, c := range p.Objects() {
			for _, f := range entries(c) {
				checkRegion(p, f, "blockConcurrencyWhile", p.Error)
			}
		}
	},
}

// entries are the functions that a region can be entered from.
func entries(c *model.Class) []*model.Func {
	if c.Ctor == nil {
		return c.Methods
	}
	return append([]*model.Func{c.Ctor}, c.Methods...)
}

// checkRegion reports waits for the outside in the callbacks of one kind of
// exclusive region, and quotes the regions that have none.
func checkRegion(p *analysis.Pass, f *model.Func, method string, report func(at syntax.Node, message, fix string, edits ...analysis.Edit)) {
	reported := false
	for _, s := range p.Module.Expand(f) {
		region := s.Guarded()
		if region == nil || region.Method != method || s.Detached {
			continue
		}
		if what := outside(s.Op); what != "" {
			reported = true
			report(s.Node, fmt.Sprintf("%s of line %d waits for %s here, and no other request of the object runs meanwhile.", method, region.Node.Line(), what), "")
		}
	}
	if reported {
		return
	}
	for _, op := range f.Ops {
		if (op.Kind == model.OpCtx || op.Kind == model.OpStorage) && op.Method == method {
			p.Guard(op.Node, "Nothing outside the object is waited for in it.")
		}
	}
}

// outside names what an operation waits for outside the object, or "".
func outside(op *model.Op) string {
	switch {
	case op.Kind == model.OpFetch:
		return "a fetch"
	case op.Kind == model.OpStub:
		return "another object"
	case op.Kind == model.OpEnv && (op.Awaited || waitedFor(op.Node)):
		return "the binding " + op.Name
	case op.Kind == model.OpTimer && (op.Method == "scheduler.wait" || op.Func.Name == ""):
		return "a timer"
	case op.Kind == model.OpBody && op.Awaited:
		return "a body that the client sends"
	}
	return ""
}

// waitedFor reports a call at the start of a chain that is awaited or returned:
// await env.DB.prepare(…).bind(…).first().
func waitedFor(n syntax.Node) bool {
	for p := n.Parent(); ; n, p = p, p.Parent() {
		switch {
		case p.Is(syntax.MemberExpression) && p.Child(syntax.FieldObject) == n, p.Is(syntax.CallExpression) && p.Child(syntax.FieldFunction) == n:
		default:
			return p.Is(syntax.AwaitExpression, syntax.ReturnStatement, syntax.ArrowFunction)
		}
	}
}
