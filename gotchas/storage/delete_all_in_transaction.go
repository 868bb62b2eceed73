package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var deleteAllInTransaction = &analysis.Gotcha{
	ID:       "delete-all-in-transaction",
	Title:    "deleteAll is called within a transaction",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "deleteAll replaces the whole database and cannot be part of a transaction: it throws \"Cannot call deleteAll() within a transaction\".",
	Fix:      "Call it outside. With SQLite it is atomic by itself.",
	Fine:     []string{"deleteAll before or after a transaction.", "deleteAll in blockConcurrencyWhile, which is no transaction."},
	Evidence: []string{"Measured on workerd 1.20261117.1: \"Cannot call deleteAll() within a transaction\"."},
	Check:    checkDeleteAllInTransaction,
}

func checkDeleteAllInTransaction(p *analysis.Pass) {
	calls := false
	for _, c := range p.Objects() {
		for _, f := range roots(p.Module, c) {
			steps := p.Module.Expand(f)
			for _, at := range deleteAlls(steps) {
				calls = true
				region := transactionAround(steps[at])
				if region == nil {
					p.Guard(steps[at].Node, "No transaction surrounds the call.")
					continue
				}
				p.Error(steps[at].Node, fmt.Sprintf("This runs inside the %s that begins on line %d.", region.Method, region.Node.Line()), "")
			}
		}
	}
	if !calls {
		p.NotApplicable("Nothing calls deleteAll.")
	}
}

// transactionAround is the transaction that a step runs in, which may lie
// around a blockConcurrencyWhile.
func transactionAround(s model.Step) *model.Path {
	for _, place := range s.Chain {
		if place.Kind == model.Guard && (place.Method == "transaction" || place.Method == "transactionSync") {
			return place.Path
		}
	}
	return nil
}
