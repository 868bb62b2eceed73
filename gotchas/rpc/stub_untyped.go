package rpc

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var stubUntyped = &analysis.Gotcha{
	ID:       "stub-untyped",
	Title:    "A namespace does not say whose stubs it gives",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "With a bare DurableObjectNamespace the type checker knows none of the class's methods and refuses every call. " +
		"The cast that silences it hides a wrong name or argument as well, until the call fails at run time.",
	Fix: "Write DurableObjectNamespace<Room>, or let `wrangler types` write the whole Env.",
	Fine: []string{
		"An object that is only called with fetch.",
		"A class of another Worker, whose type is not at hand.",
	},
	Evidence: []string{
		"Measured with tsc 7.0.2 and the runtime's types of 2026-10-01: a method call on such a stub is TS2339, with the right name too.",
		"developers.cloudflare.com/workers/languages/typescript/ (wrangler types)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No namespace is declared without its class, or none of its methods is called.")
		called := map[string]bool{}
		everyOp(p, func(op *model.Op) {
			if op.Kind == model.OpStub && op.Method != "fetch" {
				called[op.Recv.Name] = true
			}
		})
		for n := range p.Module.OfKind(syntax.TypeIdentifier) {
			if n.Text() != "DurableObjectNamespace" || n.Parent().Is(syntax.GenericType) {
				continue
			}
			declared := n.Parent().Parent()
			if name := declared.Child(syntax.FieldName); name.OK() && called[name.Text()] {
				p.Advise(n, "Methods of "+name.Text()+"'s objects are called in this file, and nothing checks their names.", "")
			}
		}
	},
}
