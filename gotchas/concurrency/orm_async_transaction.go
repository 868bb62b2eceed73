package concurrency

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var ormAsyncTransaction = &analysis.Gotcha{
	ID:       "orm-async-transaction",
	Title:    "An ORM's transaction is given an async callback, so it is none",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "On a Durable Object drizzle's transaction runs on transactionSync, which commits when the callback returns: an async one returns at its first await. " +
		"What follows is outside, and a throw rolls back nothing.",
	Fix: "Make the callback synchronous and end each query with .run(), .all() or .get(); gather what it needs before.",
	Fine: []string{
		"A synchronous callback.",
		"The same ORM on D1 or another database.",
	},
	Evidence: []string{
		"github.com/drizzle-team/drizzle-orm issues 2275 and 4322",
		"Measured on workerd: an async callback of transactionSync commits at the first await.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No ORM runs a transaction in an object.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind != model.OpORM || op.Method != "transaction" {
				return
			}
			f := p.Module.Eval(model.Argument(op.Node, 0)).Func
			switch {
			case f == nil:
			case f.Async:
				p.Error(op.Node, fmt.Sprintf("The callback on line %d is async, so only what it does before its first await is in the transaction.", f.Node.Line()), "")
			default:
				p.Guard(op.Node, "The callback is synchronous, so all of it commits or none.")
			}
		})
	},
}
