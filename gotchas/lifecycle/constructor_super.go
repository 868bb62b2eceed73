package lifecycle

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var constructorSuper = &analysis.Gotcha{
	ID:       "constructor-super",
	Title:    "The constructor does not hand ctx and env to its base class",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "Without super(ctx, env) as its first act, the constructor throws, or this.ctx and this.env stay undefined and the first use of them throws. No request ever gets through.",
	Fix:      "Start the constructor with super(ctx, env), or leave the constructor out.",
	Fine: []string{
		"No constructor at all, and super(...args).",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/base/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No Durable Object of this file has a constructor that must call super.")
		for _, c := range p.Objects() {
			if c.Ctor == nil || c.Base == "" {
				continue
			}
			call := superCall(c.Ctor)
			switch {
			case !call.OK():
				p.Error(c.Ctor.Node, "The constructor of "+c.Name+" never calls super(ctx, env).", "")
			case c.Base == "DurableObject" && !model.Argument(call, 1).OK() && !model.Argument(call, 0).Is(syntax.SpreadElement):
				p.Error(call, "super gets "+analysis.Short(call.Child(syntax.FieldArguments))+"; DurableObject needs both ctx and env.", "")
			default:
				p.Guard(call, "ctx and env go to the base class.")
			}
		}
	},
}

func superCall(f *model.Func) syntax.Node {
	for n := range f.Body.Descendants() {
		if n.Is(syntax.CallExpression) && n.Child(syntax.FieldFunction).Is(syntax.Super) {
			return n
		}
	}
	return syntax.Node{}
}
