package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var sqlTransactionStatement = &analysis.Gotcha{
	ID:       "sql-transaction-statement",
	Title:    "A transaction is written as a SQL statement",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "The storage runs its own transaction around each event and refuses BEGIN, COMMIT, ROLLBACK, SAVEPOINT and RELEASE: exec throws as soon as it meets one.",
	Fix:      "Put the statements into ctx.storage.transactionSync(() => { … }); a throw inside rolls all of them back.",
	Fine: []string{
		"BEGIN … END around the body of a trigger, and CASE … END.",
		"The words inside string literals and comments.",
		"Other databases, such as a D1 binding.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"To execute a transaction, please use the state.storage.transaction() or state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements\".",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#transactionsync",
	},
	Check: checkTransactionStatement,
}

var transactionVerbs = map[string]bool{"BEGIN": true, "COMMIT": true, "END": true, "ROLLBACK": true, "SAVEPOINT": true, "RELEASE": true}

func checkTransactionStatement(p *analysis.Pass) {
	queries(p, func(op *model.Op) {
		for _, s := range statements(op) {
			if transactionVerbs[s.Verb] {
				p.Error(op.Node, fmt.Sprintf("exec refuses the statement %s.", s.Verb), "")
			}
		}
	})
	for _, f := range p.Module.Reviewed() {
		for _, op := range f.Ops {
			if op.Kind == model.OpStorage && op.Method == "transactionSync" {
				p.Guard(op.Node, "transactionSync is the transaction that the storage offers.")
			}
		}
	}
}
