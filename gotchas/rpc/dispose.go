package rpc

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var rpcDispose = &analysis.Gotcha{
	ID:       "rpc-dispose",
	Title:    "A stub that a call returned is never given back",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "An RpcTarget or a function that a method returns arrives as a stub, which keeps the object that made it in memory, and billed, " +
		"until the caller disposes of it or its own event ends.",
	Fix: "Write `using session = await stub.open()`, or call session[Symbol.dispose]() when it is no longer needed.",
	Fine: []string{
		"Plain data, and the stub of the object itself.",
		"A caller whose event ends at once.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/runtime-apis/rpc/lifecycle/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No call of this file returns a stub.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || !returnsStub(p, op.Method) {
				return
			}
			kept := op.Node.Parent()
			if kept.Is(syntax.AwaitExpression) {
				kept = kept.Parent()
			}
			switch {
			case kept.Is(syntax.VariableDeclarator) && kept.Parent().HasToken("using"):
				p.Guard(op.Node, "It is disposed of at the end of its block.")
			case !kept.Is(syntax.VariableDeclarator, syntax.ExpressionStatement) || strings.Contains(op.Func.Body.Text(), "Symbol.dispose"):
			default:
				p.Advise(op.Node, fmt.Sprintf("%s returns a stub, and nothing gives it back.", op.Method), "")
			}
		})
	},
}

// returnsStub reports a method of an object of the project that returns an
// RpcTarget or a function.
func returnsStub(p *analysis.Pass, method string) bool {
	for _, m := range p.Modules {
		for _, c := range m.Objects() {
			f := c.Member(method)
			if f == nil {
				continue
			}
			for _, op := range f.Ops {
				if op.Kind != model.OpReturn || !op.Value.OK() {
					continue
				}
				switch v := m.Eval(op.Value); {
				case v.Kind == model.FuncValue, v.Kind == model.Instance && rpcTarget(v.Class):
					return true
				}
			}
		}
	}
	return false
}

// rpcTarget reports a class that extends RpcTarget.
func rpcTarget(c *model.Class) bool {
	for depth := 0; c != nil && depth < 16; c, depth = c.Super, depth+1 {
		if c.Base == "RpcTarget" || strings.HasSuffix(c.Base, ".RpcTarget") {
			return true
		}
	}
	return false
}
