package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
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
		for _, a := range attempts(p) {
			stub := a.newStub(p.Module)
			switch {
			case leaves(a.handled()), a.walksOn(p.Module):
			case stub.OK():
				p.Guard(stub, "Each attempt gets a stub of its own.")
			case a.call.Recv.Node.OK():
				p.Warn(a.call.Node, fmt.Sprintf("Each attempt of the loop on line %d uses the stub of line %d; once broken, it fails every time. This is no problem if only the object's own exceptions are retried.", a.loop.Line(), a.call.Recv.Node.Line()), "")
			}
		}
	},
}
