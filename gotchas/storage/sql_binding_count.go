package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/sqlite"
)

var sqlBindingCount = &analysis.Gotcha{
	ID:       "sql-binding-count",
	Title:    "exec gets more or fewer values than the statement has parameters",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "exec takes exactly one value for each parameter of the statement and throws \"Wrong number of parameter bindings for SQL query.\" otherwise. " +
		"The types allow any number of values, so nothing tells before the line runs.",
	Fix: "Give one value for each ?, in order; ?1 can stand several times for the same value.",
	Fine: []string{
		"A list that is spread, as in exec(text, ...values), whose length nobody sees.",
		"?1 that stands twice, which is one value.",
		"A question mark inside a string or a comment of the statement.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261023.1: \"Wrong number of parameter bindings for SQL query.\", for too few and for too many; ?1, :name, @name and $name count once.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#exec",
	},
	Check: checkBindingCount,
}

func checkBindingCount(p *analysis.Pass) {
	execs(p, func(op *model.Op) {
		if op.SQL == nil || op.SQL.Holes > 0 {
			return
		}
		values, open := bindings(op)
		parts := sqlite.Split(op.SQL.Text)
		if open || len(parts) == 0 || len(values) == 1 && isArray(p.Module, values[0]) { // sql-binding-array
			return
		}
		switch want := sqlite.Parameters(parts[len(parts)-1]); {
		case want != len(values):
			p.Error(op.Node, fmt.Sprintf("The %s has %s and gets %s.", subject(last(op)), amount(want, "parameter"), amount(len(values), "value")), "")
		case want > 0:
			p.Guard(op.Node, fmt.Sprintf("%s for %s.", amount(want, "parameter"), amount(len(values), "value")))
		}
	})
}

func amount(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
