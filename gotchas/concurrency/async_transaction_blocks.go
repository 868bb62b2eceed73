package concurrency

import "durable-objects-mcp/gotchas/analysis"

var asyncTransactionBlocks = &analysis.Gotcha{
	ID:       "async-transaction-blocks",
	Title:    "storage.transaction waits for something outside the object",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "The runtime runs the callback exclusively: every other event of the object waits until it is done, and after 30 seconds the transaction fails. " +
		"A fetch, a stub or a timer in it makes one slow server everybody's problem.",
	Fix: "Do the outside work before the transaction and give it the result; for SQL use ctx.storage.transactionSync, which cannot wait at all.",
	Fine: []string{
		"Only the transaction's own get, put, delete and list are awaited.",
	},
	Evidence: []string{
		"Measured on workerd: a ping waited 273 ms of a 300 ms transaction, on both storage back-ends; the documentation says that unrelated requests go on.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("storage.transaction is not used.")
		for _, c := range p.Objects() {
			for _, f := range entries(c) {
				checkRegion(p, f, "transaction", p.Warn)
			}
		}
	},
}
