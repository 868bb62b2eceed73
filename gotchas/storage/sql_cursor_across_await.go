package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlCursorAcrossAwait = &analysis.Gotcha{
	ID:       "sql-cursor-across-await",
	Title:    "A loop over a cursor waits in the middle",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "A cursor reads from the live table as it goes. While the loop waits, other requests insert and delete, and the rest of the loop sees that; " +
		"changing the schema meanwhile fails with \"database table is locked\".",
	Fix: "Read the rows first: for (const row of sql.exec(…).toArray()). When there may be many, read a page with LIMIT and go on from its last key.",
	Fine: []string{
		"A loop without await.",
		"A loop over toArray() or a spread.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: rows that are inserted during the await appear in the loop; DROP TABLE fails while the cursor is open.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#sqlstoragecursor",
	},
	Check: checkCursorAcrossAwait,
}

func checkCursorAcrossAwait(p *analysis.Pass) {
	m, waits := p.Module, false
	for _, kind := range []syntax.Kind{syntax.WhileStatement, syntax.DoStatement, syntax.ForStatement} {
		for n := range m.OfKind(kind) {
			if step, wait := stepsThrough(m, n), awaitIn(m, n); step.OK() && wait.OK() {
				waits = true
				p.Warn(n, fmt.Sprintf("The loop reads the cursor row by row, and line %d awaits %s in between.", wait.Line(), analysis.Short(wait.NamedChild(0))), "Read the rows with .toArray() first, and loop over the array.")
			}
		}
	}
	for n := range m.OfKind(syntax.ForInStatement) {
		wait := awaitIn(m, n)
		if !wait.OK() {
			continue
		}
		seq := n.Child(syntax.FieldRight)
		query := model.Unwrap(seq)
		if object, method := model.Callee(query); query.Is(syntax.CallExpression) && (method == "toArray" || method == "raw") {
			query = object
			if method == "toArray" {
				if m.Eval(query).Kind == model.Cursor {
					waits = true
					p.Guard(n, "The rows are read before the loop waits.")
				}
				continue
			}
		}
		if m.Eval(query).Kind == model.Cursor {
			waits = true
			p.Warn(n, fmt.Sprintf("The cursor stays open while line %d awaits %s.", wait.Line(), analysis.Short(wait.NamedChild(0))), "Add .toArray() to the query that the loop runs over.")
		}
	}
	for _, f := range p.Module.Reviewed() {
		for _, op := range f.Ops {
			if op.Kind == model.OpSQL && op.Method == "exec" && last(op).Verb == "SELECT" {
				if wait, use := gap(m, f, op); wait.OK() {
					waits = true
					p.Warn(use, fmt.Sprintf("The query of line %d is read here, and line %d awaits %s in between.", op.Node.Line(), wait.Line(), analysis.Short(wait.NamedChild(0))), "Add .toArray() to the query.")
				}
			}
		}
	}
	if !waits {
		p.NotApplicable("No loop over query results waits for anything.")
	}
}

// gap is an await between a query and the first use of the variable that holds its
// cursor, and that use; the zero Node where the cursor is read before anything waits.
func gap(m *model.Module, f *model.Func, op *model.Op) (wait, use syntax.Node) {
	b := namedBy(m, outer(op.Node))
	if b == nil || op.Node.Parent().Is(syntax.MemberExpression) {
		return syntax.Node{}, syntax.Node{}
	}
	for _, u := range uses(m, b) {
		if _, name := methodOn(outer(u)); u.Start() > op.Node.End() && m.FuncAt(u) == f && name != "rowsRead" && name != "rowsWritten" && name != "columnNames" {
			use = u
			break
		}
	}
	if !use.OK() {
		return syntax.Node{}, syntax.Node{}
	}
	for n := range f.Body.Descendants() {
		if n.Is(syntax.AwaitExpression) && n.Start() > op.Node.End() && n.End() < use.Start() && m.FuncAt(n) == f && !exclusive(n, use) && !ofSQL(m, n) {
			return n, use
		}
	}
	return syntax.Node{}, syntax.Node{}
}

// awaitIn is the first await in a loop's body that belongs to the loop itself, or the
// first yield in one of an async generator, whose reader may wait.
func awaitIn(m *model.Module, loop syntax.Node) syntax.Node {
	body := loop.Child(syntax.FieldBody)
	for n := range body.Descendants() {
		if n.Is(syntax.AwaitExpression) && own(body, n, false) && !ofSQL(m, n) {
			return n
		}
		if f := m.FuncAt(n); n.Is(syntax.YieldExpression) && f != nil && f.Async && own(body, n, false) {
			return n
		}
	}
	return syntax.Node{}
}

// stepsThrough is a call of next() in a loop on a cursor that was opened before it.
func stepsThrough(m *model.Module, loop syntax.Node) syntax.Node {
	for n := range loop.Descendants() {
		if object, method := model.Callee(n); n.Is(syntax.CallExpression) && method == "next" && m.FuncAt(n) == m.FuncAt(loop) {
			if v := m.Eval(object); v.Kind == model.Cursor && v.Node.OK() && !loop.Contains(v.Node) {
				return n
			}
		}
	}
	return syntax.Node{}
}

// ofSQL reports an await of a SQL call, which is done when it returns: nothing else
// runs meanwhile.
func ofSQL(m *model.Module, await syntax.Node) bool {
	object, _ := model.Callee(model.Unwrap(await.NamedChild(0)))
	return object.OK() && m.Eval(object).Is(model.SQL, model.Cursor)
}
