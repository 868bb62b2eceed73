package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlCursorReuse = &analysis.Gotcha{
	ID:       "sql-cursor-reuse",
	Title:    "A cursor is read twice",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "A cursor runs once. Reading it a second time gives no rows and no error, so the code after it silently works on an empty list.",
	Fix:      "Keep the array: const rows = sql.exec(…).toArray().",
	Fine:     []string{"Reading a kept array as often as you like.", "Two reads of which only one can happen."},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: the second toArray() of a cursor returns [].",
	},
	Check: checkCursorReuse,
}

func checkCursorReuse(p *analysis.Pass) {
	m := p.Module
	execs(p, func(op *model.Op) {
		b := namedBy(m, outer(op.Node))
		if b == nil {
			return
		}
		var first syntax.Node
		for _, u := range uses(m, b) {
			if !readsAll(m, u) {
				continue
			}
			if first.OK() && !exclusive(first, u) {
				p.Error(u, fmt.Sprintf("%q has been read to its end on line %d already, so this gives no rows.", b.Name, first.Line()), "")
				return
			}
			if !first.OK() {
				first = u
				if loop := loopAround(u); loop.OK() && !loop.Contains(b.Decl) {
					p.Error(u, fmt.Sprintf("%q is made once, before the loop on line %d, so from the second round on this gives no rows.", b.Name, loop.Line()), "")
					return
				}
			}
		}
	})
}

// readsAll reports a use of a cursor that leaves nothing to read.
func readsAll(m *model.Module, use syntax.Node) bool {
	e := outer(use)
	if _, name := methodOn(e); name != "" && name != "raw" {
		return drainingMethods[name]
	}
	return consumption(m, e, 0).how == drained
}

// exclusive reports two nodes of which at most one is reached in one run: they
// stand in different arms of a branch, or the first leaves the function.
func exclusive(a, b syntax.Node) bool {
	for x := range a.Ancestors() {
		if x.Is(syntax.ReturnStatement, syntax.ThrowStatement) && !x.Contains(b) {
			return true
		}
		if x.Contains(b) {
			return x.Is(syntax.IfStatement, syntax.TernaryExpression, syntax.SwitchBody)
		}
		if x.Is(syntax.StatementBlock) && x.Parent().Is(syntax.IfStatement) && endsInExit(x) {
			return true
		}
	}
	return false
}

func endsInExit(block syntax.Node) bool {
	var end syntax.Node
	for c := range block.NamedChildren() {
		end = c
	}
	return end.Is(syntax.ReturnStatement, syntax.ThrowStatement, syntax.ContinueStatement, syntax.BreakStatement)
}

// loopAround is the loop that runs a node in each round: a for…of loop over it
// evaluates it once.
func loopAround(n syntax.Node) syntax.Node {
	for a := range n.Ancestors() {
		if isFunction(a) {
			break
		}
		if a.Is(syntax.ForInStatement) && a.Child(syntax.FieldRight).Contains(n) {
			continue
		}
		if a.Is(syntax.ForStatement, syntax.ForInStatement, syntax.WhileStatement, syntax.DoStatement) {
			return a
		}
	}
	return syntax.Node{}
}
