package storage

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlOneOnMaybeEmpty = &analysis.Gotcha{
	ID:       "sql-one-on-maybe-empty",
	Title:    "one() is called on a query that may find nothing",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "one() throws unless there is exactly one row: a missing id becomes an exception (and a 500) instead of \"not found\", " +
		"and a check of its result for undefined can never be true.",
	Fix: "Use .toArray()[0] and handle undefined.",
	Fine: []string{
		"Aggregates such as count(*), which always give one row.",
		"INSERT … RETURNING and upserts.",
		"A row that the same method has just looked up or written.",
		"one() in a try block that handles the missing row.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"Expected exactly one result from SQL query, but got no results.\"",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#sqlstoragecursor (one)",
	},
	Check: checkOneOnMaybeEmpty,
}

func checkOneOnMaybeEmpty(p *analysis.Pass) {
	m := p.Module
	execs(p, func(op *model.Op) {
		call, method := methodOn(outer(op.Node))
		s := last(op)
		if !call.OK() || method != "one" && method != "toArray" || !mayBeEmpty(s) {
			return
		}
		if method == "toArray" {
			if call.Parent().Is(syntax.SubscriptExpression) {
				p.Guard(call, "The first row of an array is undefined when there is none; nothing throws.")
			}
			return
		}
		if op.Path.Within(model.Try) != nil {
			p.Guard(call, "A missing row is caught here.")
			return
		}
		if !s.Where && !expectsNone(m, call).OK() {
			return // a table that is certainly filled, as far as anybody can tell
		}
		if at := expectsNone(m, call); at.OK() {
			p.Error(call, fmt.Sprintf("one() throws when the %s finds nothing, so %s on line %d never sees a missing row.", subject(s), analysis.Short(at), at.Line()), "", firstRow(call, at)...)
			return
		}
		if s.Verb == "SELECT" && keyedByCaller(m, op) && !knownBefore(m, op, s) {
			p.Warn(call, fmt.Sprintf("one() throws when the %s finds nothing for the caller's value. This is not a problem if the row certainly exists, or if the exception is meant.", subject(s)), "")
		}
	})
}

// firstRow takes the first row of an array, which is undefined when there is
// none; a comparison with null would not know that.
func firstRow(call, ready syntax.Node) []analysis.Edit {
	if ready.Is(syntax.BinaryExpression) && ready.Child(syntax.FieldRight).Text() == "null" && len(ready.Operator()) == 3 {
		return nil
	}
	name := call.Child(syntax.FieldFunction).Child(syntax.FieldProperty)
	return []analysis.Edit{analysis.Replace(name, "toArray"), analysis.InsertAfter(call, "[0]")}
}

// mayBeEmpty reports a query that may give no row: its WHERE may match nothing, or
// its table may be empty.
func mayBeEmpty(s model.Statement) bool {
	switch s.Verb {
	case "SELECT":
		return !s.Aggregate && (s.Where || len(s.Reads) > 0)
	case "UPDATE", "DELETE":
		return s.Returning && s.Where
	}
	return false
}

// expectsNone finds code that is ready for a missing result: a check of the
// variable that holds it, ??, or an optional chain.
func expectsNone(m *model.Module, call syntax.Node) syntax.Node {
	e := outer(call)
	if at := handlesNone(e); at.OK() {
		return at
	}
	if b := namedBy(m, e); b != nil && len(b.Path) == 0 {
		for _, u := range uses(m, b) {
			if at := handlesNone(outer(u)); at.OK() {
				return at
			}
		}
		return syntax.Node{}
	}
	f := m.FuncAt(call)
	if f == nil || f.Name == "" || e.Parent() != f.Body && !e.Parent().Is(syntax.ReturnStatement) && !e.Parent().Is(syntax.ArrowFunction) {
		return syntax.Node{}
	}
	for _, user := range m.Reviewed() { // the helper's callers
		for _, op := range user.Ops {
			if op.Kind == model.OpInvoke && op.Callee == f && op.Node.Is(syntax.CallExpression) && user != f {
				if at := expectsNone(m, op.Node); at.OK() {
					return at
				}
			}
		}
	}
	return syntax.Node{}
}

func handlesNone(n syntax.Node) syntax.Node {
	p := n.Parent()
	switch {
	case p.Is(syntax.UnaryExpression) && p.Operator() == "!":
		return p
	case p.Is(syntax.BinaryExpression) && n.Field() == syntax.FieldLeft:
		right := p.Child(syntax.FieldRight).Text()
		switch p.Operator() {
		case "??", "||":
			return p
		case "==", "===", "!=", "!==":
			if right == "undefined" || right == "null" {
				return p
			}
		}
	case p.Is(syntax.MemberExpression) && n.Field() == syntax.FieldObject && p.FirstOf(syntax.OptionalChain).OK():
		return p
	case p.Is(syntax.IfStatement, syntax.TernaryExpression) && n.Field() == syntax.FieldCondition:
		return n
	}
	return syntax.Node{}
}

// keyedByCaller reports a query with a parameter that a public method gets
// from outside.
func keyedByCaller(m *model.Module, op *model.Op) bool {
	f := op.Func
	values, _ := bindings(op)
	for _, v := range values {
		for d := range f.Body.Descendants() {
			if d.Is(syntax.CallExpression) && asksRequest(d) && m.DependsOn(v, d) {
				return true
			}
		}
	}
	if f.Class == nil || f.Kind != model.Method || f.Hidden || f.Restricted {
		return false
	}
	for _, v := range values {
		if b := m.Resolve(model.Unwrap(v)); b != nil && b.Param == f {
			return true
		}
	}
	return false
}

// knownBefore reports an earlier statement of the function on the same table.
func knownBefore(m *model.Module, op *model.Op, s model.Statement) bool {
	steps := m.Expand(op.Func)
	at := slices.IndexFunc(steps, func(st model.Step) bool { return st.Op == op })
	for _, st := range steps[:max(at, 0)] {
		if st.Kind != model.OpSQL || !model.Reaches(st, steps[at]) {
			continue
		}
		for _, other := range statements(st.Op) {
			for _, t := range append(other.Reads, other.Writes...) {
				if len(s.Reads) > 0 && t == s.Reads[0] {
					return true
				}
			}
		}
	}
	return false
}
