package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var rpcNotAwaited = &analysis.Gotcha{
	ID:       "rpc-not-awaited",
	Title:    "The result of a stub call is dropped or tested without await",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "A stub call gives a promise at once. Without await its error goes nowhere, and in a Worker the call may be cut off when the response has been sent. " +
		"As a condition the promise is always true.",
	Fix: "Await it; in a Worker that must answer first, hand it to ctx.waitUntil(…).",
	Fine: []string{
		"ctx.waitUntil(stub.log()), void with a catch, a promise that is kept and awaited later, or returned.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/runtime-apis/rpc/",
		"Measured on workerd: any property of a stub is truthy, and a rejected call that nobody awaits is only logged.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No stub is called in this file.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Method == "" || op.Method == "dup" { // stub[Symbol.dispose](), stub.dup()
				return
			}
			switch {
			case op.Awaited:
				p.Guard(op.Node, fmt.Sprintf("The call of %s is awaited.", op.Method))
			case op.Node.Parent().Is(syntax.ExpressionStatement):
				p.Warn(op.Node, fmt.Sprintf("The call of %s is not awaited, so its error is lost and nothing waits for its end.", op.Method), "", analysis.Await(op)...)
			case analysis.Voided(op.Node) && analysis.Dropped(op.Node) && p.Module.Owner(op.Func) != nil:
				p.Advise(op.Node, fmt.Sprintf("The error of %s is lost. The void says that this is meant.", op.Method), "")
			case analysis.Dropped(op.Node):
				p.Warn(op.Node, fmt.Sprintf("The call of %s is not awaited and nothing catches its error.", op.Method), "")
			case condition(op.Node):
				p.Warn(op.Node, fmt.Sprintf("%s gives a promise, which is true whatever it resolves to.", op.Method), "Write await before the call.", analysis.Await(op)...)
			case takenForResult(p.Module, op.Node).OK():
				use := takenForResult(p.Module, op.Node)
				p.Warn(op.Node, fmt.Sprintf("%s gives a promise; line %d takes it for the result.", op.Method, use.Line()), "Write await before the call.", analysis.Await(op)...)
			}
		})
	},
}

// condition reports an expression that is tested for truth.
func condition(n syntax.Node) bool {
	p := n.Parent()
	for p.Is(syntax.ParenthesizedExpression) || p.Is(syntax.UnaryExpression) && p.Operator() == "!" {
		n, p = p, p.Parent()
	}
	return n.Field() == syntax.FieldCondition && p.Is(syntax.IfStatement, syntax.TernaryExpression, syntax.WhileStatement)
}

// takenForResult is a use of the variable that holds a call's promise as if it
// held what the promise resolves to. Where the variable is used in any other
// way too, somebody may wait for it.
func takenForResult(m *model.Module, call syntax.Node) syntax.Node {
	decl := call.Parent()
	if !decl.Is(syntax.VariableDeclarator) {
		return syntax.Node{}
	}
	b := m.Resolve(decl.Child(syntax.FieldName))
	if b == nil {
		return syntax.Node{}
	}
	var found syntax.Node
	for _, use := range m.Uses(b) {
		switch up := use.Parent(); {
		case up == decl:
		case condition(use), up.Is(syntax.TemplateSubstitution), up.Is(syntax.BinaryExpression) && up.Operator() != "??" && up.Operator() != "||":
			found = use
		default:
			return syntax.Node{}
		}
	}
	return found
}
