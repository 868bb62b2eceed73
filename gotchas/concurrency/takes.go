package concurrency

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// decided reports that what was read decides whether the write takes something.
func decided(m *model.Module, steps []model.Step, r, w int) bool {
	read, write := steps[r], steps[w]
	t := trace(m, carriers(m, read, write)...)
	for _, c := range conditions(steps, w) {
		clear(t.seen)
		if t.flow(c.expr, write.Calls) == throughCode && takes(m, c, read, write) {
			return true
		}
	}
	return false
}

// takesAway reports a write that removes something.
func takesAway(s model.Step) bool {
	if s.Kind == model.OpSQL && s.SQL != nil && len(s.SQL.Statements) > 0 {
		return s.SQL.Statements[len(s.SQL.Statements)-1].Verb == "DELETE"
	}
	return s.Method == "delete" || s.Method == "clear"
}

// stillHolds reports an UPDATE that asks again for what it changes: SET status = ?
// WHERE id = ? AND status = 'open'.
func stillHolds(s model.Step) bool {
	set := setColumns(s.Op)
	if set == nil {
		return false
	}
	w := s.SQL.Statements[len(s.SQL.Statements)-1].Words
	where := slices.Index(w, "WHERE")
	if where < 0 || !slices.Contains(w[where:], "AND") {
		return false
	}
	for i := where + 1; i+2 < len(w); i++ {
		switch w[i+1] {
		case "=", "IS", "IN", "NOT", "<", ">", "!":
			if slices.Contains(set, w[i]) || strings.HasPrefix(w[i+2], "'") || w[i+1] == "IS" {
				return true
			}
		}
	}
	return false
}

// takes reports a condition under which the write takes what was free: it asks
// that something is not there yet, or compares it, and it asks for what the write
// changes.
func takes(m *model.Module, c condition, read, write model.Step) bool {
	if c.demands() == present {
		return false
	}
	switch write.Kind {
	case model.OpFieldMutate:
		if left := write.Node.Child(syntax.FieldLeft); left.Is(syntax.MemberExpression) {
			return asksFor(m, c.expr, left.Child(syntax.FieldProperty).Text())
		}
		return sameElement(m, read, write)
	case model.OpSQL:
		set := setColumns(write.Op)
		if set == nil {
			return true
		}
		for _, column := range set {
			if asksFor(m, c.expr, column) || read.Kind == model.OpSQL && read.SQL != nil && mentions(read.SQL, column) {
				return true
			}
		}
		return false
	}
	return true
}

// namesMember reports a value that is computed from a member of a name, also through
// variables.
func namesMember(m *model.Module, value syntax.Node, name string, depth int) bool {
	for n := range value.Descendants() {
		if n.Is(syntax.PropertyIdentifier, syntax.PrivatePropertyIdentifier) && n.Text() == name {
			return true
		}
		if b := m.Resolve(n); n.Is(syntax.Identifier) && b != nil && !b.Global && depth < 4 {
			if len(b.Path) > 0 && b.Path[len(b.Path)-1] == name {
				return true
			}
			for _, def := range m.Definitions(b, n) {
				if namesMember(m, def, name, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// asksFor reports that a condition, or a function of the project that it calls,
// names a member. Columns are in upper case.
func asksFor(m *model.Module, cond syntax.Node, name string) bool {
	for n := range cond.Descendants() {
		switch {
		case n.Is(syntax.PropertyIdentifier, syntax.PrivatePropertyIdentifier, syntax.Identifier) && strings.EqualFold(n.Text(), name):
			return true
		case n.Is(syntax.CallExpression):
			f := m.Eval(n.Child(syntax.FieldFunction)).Func
			if f == nil {
				continue
			}
			for d := range f.Body.Descendants() {
				if d.Is(syntax.PropertyIdentifier) && strings.EqualFold(d.Text(), name) {
					return true
				}
			}
		}
	}
	return false
}

func mentions(q *model.Query, column string) bool {
	for _, st := range q.Statements {
		if slices.Contains(st.Words, column) {
			return true
		}
	}
	return false
}

// sameElement reports a question about the element of a Map, Set or list that the
// write adds, or about how many there are.
func sameElement(m *model.Module, read, write model.Step) bool {
	member := read.Node.Parent()
	call := member.Parent()
	if !member.Is(syntax.MemberExpression) {
		return true
	}
	switch member.Child(syntax.FieldProperty).Text() {
	case "has", "get", "includes", "indexOf":
		if call.Is(syntax.CallExpression) && write.Node.Is(syntax.CallExpression) {
			return sameValue(m, model.Argument(call, 0), read.Calls, model.Argument(write.Node, 0), write.Calls)
		}
	}
	return true
}

// sameValue reports two expressions of one run that are the same variable, also
// where a helper has it as a parameter, or the same text.
func sameValue(m *model.Module, a syntax.Node, aCalls []*model.Op, b syntax.Node, bCalls []*model.Op) bool {
	a, b = passed(m, a, aCalls), passed(m, b, bCalls)
	if x, y := m.Resolve(a), m.Resolve(b); a.Is(syntax.Identifier) && b.Is(syntax.Identifier) && x != nil && y != nil {
		return x == y
	}
	return a.Text() == b.Text()
}

// passed follows a helper's parameter to what the helper is called with.
func passed(m *model.Module, n syntax.Node, calls []*model.Op) syntax.Node {
	n = model.Unwrap(n)
	for i := len(calls) - 1; i >= 0; i-- {
		b := m.Resolve(n)
		if !n.Is(syntax.Identifier) || b == nil || b.Param != calls[i].Callee || len(b.Path) > 0 {
			continue
		}
		n = model.Unwrap(model.Argument(calls[i].Node, b.Index))
	}
	return n
}

// plain is a chain of members without what TypeScript adds to it.
func plain(n syntax.Node) string {
	if n.Is(syntax.MemberExpression) {
		return plain(model.Unwrap(n.Child(syntax.FieldObject))) + "." + n.Child(syntax.FieldProperty).Text()
	}
	return n.Text()
}

// removes reports the read of a list of which an element is taken out.
func removes(read model.Step) bool {
	member := read.Node.Parent()
	call := member.Parent()
	if read.Kind != model.OpFieldRead || !member.Is(syntax.MemberExpression) || !call.Is(syntax.CallExpression) {
		return false
	}
	switch member.Child(syntax.FieldProperty).Text() {
	case "shift", "pop", "splice", "delete":
		return true
	}
	return false
}

// appends reports a write that adds something and overwrites nothing.
func appends(s model.Step) bool {
	switch s.Kind {
	case model.OpSQL:
		st := s.SQL.Statements[len(s.SQL.Statements)-1]
		return st.Verb == "INSERT" && !st.Upsert
	case model.OpORM:
		return s.Method == "insert"
	case model.OpFieldMutate:
		return s.Method == "push" || s.Method == "add" || s.Method == "unshift"
	}
	return false
}

// numbers reports a value that is one more than something: a number that must not
// be given twice.
func numbers(values []syntax.Node) bool {
	for _, v := range values {
		for n := range v.Descendants() {
			if n.Is(syntax.BinaryExpression) && n.Operator() == "+" && n.Child(syntax.FieldRight).Text() == "1" {
				return true
			}
		}
	}
	return false
}

// arithmetic tells += and its like from ??=, which assigns only what is missing.
func arithmetic(operator string) bool {
	return operator != "??=" && operator != "||=" && operator != "&&="
}
