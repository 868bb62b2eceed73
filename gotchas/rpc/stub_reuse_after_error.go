package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var stubReuseAfterError = &analysis.Gotcha{
	ID:       "stub-reuse-after-error",
	Title:    "A retry uses the stub that has just failed",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "After a reset, an overload or a lost connection a stub stays broken: every further call gives the first error again, " +
		"so the retries cannot succeed.",
	Fix: "Make the stub inside the loop (env.ROOM.getByName(name)), retry only errors with .retryable, and wait a little longer each time.",
	Fine: []string{
		"An error that the object's own code threw: the stub works on.",
		"A loop that ends at the first error, or that makes a new stub after one.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/error-handling/",
		"Measured on workerd: a stub repeats the first error after a reset, and works on after an ordinary exception.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No stub is called again after an error.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Path.Within(model.Try) == nil {
				return
			}
			loop := retryLoop(op.Path)
			switch {
			case !loop.OK(), leaves(op.Path.Within(model.Try).Node.Child(syntax.FieldHandler).Child(syntax.FieldBody)):
			case renewed(loop, op.Node).OK():
				p.Guard(renewed(loop, op.Node), "The loop makes the stub anew.")
			case op.Recv.Node.OK() && loop.Contains(op.Recv.Node):
				p.Guard(op.Recv.Node, "Each attempt gets a stub of its own.")
			case op.Recv.Node.OK():
				p.Warn(op.Node, fmt.Sprintf("Each attempt of the loop on line %d uses the stub of line %d; once broken, it fails every time. This is no problem if only the object's own exceptions are retried.", loop.Line(), op.Recv.Node.Line()), "")
			}
		})
	},
}

// renewed is the assignment in a loop that gives the call's receiver a new stub.
func renewed(loop, call syntax.Node) syntax.Node {
	receiver, _ := model.Callee(call)
	for n := range loop.Descendants() {
		if n.Is(syntax.AssignmentExpression) && n.Child(syntax.FieldLeft).Text() == receiver.Text() {
			return n
		}
	}
	return syntax.Node{}
}

// retryLoop is the loop around a try, when the try is what repeats: a for or
// while loop without a list to go through.
func retryLoop(p *model.Path) syntax.Node {
	try := p.Within(model.Try)
	for q := try.Up; q != nil; q = q.Up {
		if q.Kind == model.Loop && q.Node.Is(syntax.ForStatement, syntax.WhileStatement, syntax.DoStatement) {
			return q.Node
		}
	}
	return syntax.Node{}
}
