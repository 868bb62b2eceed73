package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlAwait = &analysis.Gotcha{
	ID:       "sql-await",
	Title:    "exec is treated as if it returned a promise",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "exec runs at once and returns a cursor. A cursor has no then, catch or finally, so a chain on it throws; " +
		"awaiting it does no harm, but suggests a gap that is not there.",
	Fix:  "Use the cursor directly: sql.exec(…).toArray(), with try/catch around it for errors.",
	Fine: []string{"Awaiting the asynchronous key-value methods.", "Awaiting an ORM's query, which is a promise or like one."},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: await sql.exec(…) gives the cursor.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#exec",
	},
	Check: checkSQLAwait,
}

func checkSQLAwait(p *analysis.Pass) {
	execs(p, func(op *model.Op) {
		call, method := methodOn(op.Node)
		switch {
		case call.OK() && (method == "then" || method == "catch" || method == "finally"):
			p.Error(call, fmt.Sprintf("The cursor that exec returns has no %s(), so this throws.", method), "")
		case promised(p.Module, op).OK():
			use := promised(p.Module, op)
			p.Error(use, fmt.Sprintf("%s is a cursor and no promise, so this throws.", analysis.Short(use.Child(syntax.FieldFunction).Child(syntax.FieldObject))), "")
		case op.Awaited:
			p.Advise(op.Node, "exec does not return a promise; the await waits for nothing.", "Remove the await.", withoutAwait(op.Node)...)
		case call.OK() && method == "toArray":
			p.Guard(call, "The cursor is read at once, without waiting.")
		}
	})
}

// withoutAwait takes the await in front of a call away.
func withoutAwait(call syntax.Node) []analysis.Edit {
	if await := call.Parent(); await.Is(syntax.AwaitExpression) {
		return []analysis.Edit{analysis.Replace(await, call.Text())}
	}
	return nil
}

// promised is a call of then, catch or finally on the variable that holds a cursor,
// or the zero Node.
func promised(m *model.Module, op *model.Op) syntax.Node {
	b := namedBy(m, outer(op.Node))
	if b == nil || op.Node.Parent().Is(syntax.MemberExpression) {
		return syntax.Node{}
	}
	for _, u := range uses(m, b) {
		if call, method := methodOn(outer(u)); call.OK() && (method == "then" || method == "catch" || method == "finally") {
			return call
		}
	}
	return syntax.Node{}
}
