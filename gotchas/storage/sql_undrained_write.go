package storage

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlUndrainedWrite = &analysis.Gotcha{
	ID:       "sql-undrained-write",
	Title:    "The rows of a write with RETURNING are not read to the end",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A write whose cursor still has rows keeps its statement open, so the transaction around the event cannot be committed: " +
		"the caller gets an internal error, the object is reset and every write of the event is lost. Inside transactionSync the savepoint cannot be released.",
	Fix: "Read the rows with .toArray(), .one() or [...cursor], or leave RETURNING out when nothing uses them.",
	Fine: []string{
		"A SELECT whose cursor is left open.",
		"INSERT, UPDATE and DELETE without RETURNING.",
		"toArray, one (also when it throws), a spread, Array.from, or a for…of loop without break, return or throw.",
		"The tagged template of Agents, which reads all rows itself.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"cannot commit transaction - SQL statements in progress: SQLITE_BUSY\", and \"cannot release savepoint - SQL statements in progress\" within transactionSync. The documentation does not mention it.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#sqlstoragecursor",
	},
	Check: checkUndrainedWrite,
}

func checkUndrainedWrite(p *analysis.Pass) {
	exposed := false
	execs(p, func(op *model.Op) {
		s := last(op)
		if !s.Write() || !s.Returning {
			return
		}
		exposed = true
		r := consumption(p.Module, outer(op.Node), 0)
		switch {
		case r.how == drained:
			p.Guard(op.Node, "All rows that the write returns are read, so its statement is finished when the event commits.")
		case r.how == dropped:
			p.Error(op.Node, fmt.Sprintf("The %s returns rows, but %s.", subject(s), r.what),
				"Add .toArray(), or drop the RETURNING clause when the rows are not needed.", readAll(op.Node)...)
		case r.how == partly && oneRow(s):
			p.Advise(op.Node, fmt.Sprintf("The %s returns one row, and %s; that works only as long as there is one.", subject(s), r.what), "Use .one().")
		case r.how == partly && keyed(s):
			p.Warn(op.Node, fmt.Sprintf("The %s returns rows, but %s; as soon as its WHERE matches more than one row, the event cannot commit.", subject(s), r.what), "Use .toArray()[0], which reads to the end.", readAll(op.Node)...)
		case r.how == partly:
			p.Error(op.Node, fmt.Sprintf("The %s returns rows, but %s.", subject(s), r.what), "Use .toArray() and take what you need from the array.", readAll(op.Node)...)
		}
	})
	if !exposed && p.Reason == "" {
		p.NotApplicable("No write of the file has a RETURNING clause.")
	}
}

// readAll makes an array of a cursor that is thrown away, looped over or
// destructured where it is made: nothing else can want it as a cursor.
func readAll(call syntax.Node) []analysis.Edit {
	e := call
	for e.Parent().Is(syntax.ParenthesizedExpression, syntax.AwaitExpression) {
		e = e.Parent()
	}
	switch p := e.Parent(); {
	case p.Is(syntax.ExpressionStatement),
		p.Is(syntax.ForInStatement) && e.Field() == syntax.FieldRight,
		p.Is(syntax.VariableDeclarator) && p.Child(syntax.FieldName).Is(syntax.ArrayPattern):
		return []analysis.Edit{analysis.InsertAfter(call, ".toArray()")}
	}
	return nil
}

type howRead uint8

const (
	unseen  howRead = iota // handed on to code that the check does not follow
	drained                // read to the end
	partly                 // read, but not certainly to the end
	dropped                // not read at all
)

type reading struct {
	how  howRead
	what string // goes on "The UPDATE of t returns rows, but …"
}

// drainingMethods read a cursor to its end; one() does so even when it throws.
var drainingMethods = map[string]bool{"toArray": true, "one": true}

// drainingCalls read the iterable that they are given to its end.
var drainingCalls = map[string]bool{"Array.from": true, "Object.fromEntries": true}

// consumption says how the cursor that an expression gives is read.
func consumption(m *model.Module, expr syntax.Node, depth int) reading {
	if depth > 4 {
		return reading{}
	}
	if call, name := methodOn(expr); name != "" {
		return methodReading(m, call, name, depth)
	}
	switch p := expr.Parent(); p.Kind() {
	case syntax.ExpressionStatement:
		return reading{dropped, "the cursor is thrown away"}
	case syntax.UnaryExpression:
		if p.Operator() == "void" {
			return reading{dropped, "the cursor is thrown away"}
		}
	case syntax.SpreadElement:
		return reading{drained, ""}
	case syntax.Arguments:
		call := p.Parent()
		if drainingCalls[call.Child(syntax.FieldFunction).Text()] {
			return reading{drained, ""}
		}
		if ctor := call.Child(syntax.FieldConstructor).Text(); ctor == "Set" || ctor == "Map" {
			return reading{drained, ""}
		}
	case syntax.ForInStatement:
		if expr.Field() != syntax.FieldRight {
			break
		}
		if exit := leaves(p); exit.OK() {
			return reading{partly, fmt.Sprintf("line %d leaves the loop before the last one", exit.Line())}
		}
		return reading{drained, ""}
	case syntax.VariableDeclarator:
		return declaredReading(m, expr, p, depth)
	case syntax.ReturnStatement, syntax.ArrowFunction:
		if region := m.FuncAt(expr); region != nil && returnedFromTransaction(region) {
			return reading{dropped, "transactionSync ends before the cursor that its callback returns is read"}
		}
	}
	return reading{}
}

func methodReading(m *model.Module, call syntax.Node, name string, depth int) reading {
	switch {
	case drainingMethods[name]:
		return reading{drained, ""}
	case name == "raw" && call.OK():
		return consumption(m, outer(call), depth+1)
	case name == "next":
		for a := range call.Ancestors() {
			if a.Is(syntax.WhileStatement, syntax.DoStatement, syntax.ForStatement) {
				return reading{} // most likely until done
			}
			if isFunction(a) {
				break
			}
		}
		return reading{partly, "next() reads only the first"}
	case name == "rowsWritten" || name == "rowsRead" || name == "columnNames":
		return reading{dropped, "only " + name + " is read"}
	}
	return reading{}
}

func declaredReading(m *model.Module, expr, decl syntax.Node, depth int) reading {
	name := decl.Child(syntax.FieldName)
	if name.Is(syntax.ArrayPattern) {
		if name.FirstOf(syntax.RestPattern).OK() {
			return reading{drained, ""}
		}
		return reading{partly, "array destructuring stops reading after the names that it has"}
	}
	b := namedBy(m, expr)
	if b == nil {
		return reading{}
	}
	best := reading{dropped, fmt.Sprintf("%q is never read", b.Name)}
	for _, u := range uses(m, b) {
		r := consumption(m, outer(u), depth+1)
		if r.how == drained || r.how == unseen {
			return r
		}
		if r.how == partly || best.how == dropped {
			best = r
		}
	}
	return best
}

// returnedFromTransaction reports a function that is transactionSync's callback.
func returnedFromTransaction(f *model.Func) bool {
	args := f.Node.Parent()
	if !args.Is(syntax.Arguments) {
		return false
	}
	_, method := model.Callee(args.Parent())
	return method == "transactionSync"
}

// oneRow reports an INSERT that adds at most one row.
func oneRow(s model.Statement) bool {
	if s.Verb != "INSERT" && s.Verb != "REPLACE" {
		return false
	}
	at := slices.Index(s.Words, "VALUES")
	if at < 0 || slices.Contains(s.Words, model.Hole) {
		return false
	}
	depth := 0
	for _, w := range s.Words[at+1:] {
		switch w {
		case "(":
			depth++
		case ")":
			depth--
		case ",":
			if depth == 0 {
				return false
			}
		case "ON", "RETURNING":
			return true
		}
	}
	return true
}

// keyed reports a WHERE that compares with =, as one that selects by key does.
func keyed(s model.Statement) bool {
	at := slices.Index(s.Words, "WHERE")
	return at >= 0 && slices.Contains(s.Words[at:], "=")
}
