package storage

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlBindingArray = &analysis.Gotcha{
	ID:       "sql-binding-array",
	Title:    "The bindings are given as one array",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "exec takes its bindings as separate arguments. An array is one binding: with several placeholders exec throws \"Wrong number of parameter bindings\", " +
		"and with a single one the array is silently stored as text with commas.",
	Fix: "Spread it: sql.exec(query, ...values).",
	Fine: []string{
		"A spread array.",
		"A Uint8Array or ArrayBuffer, which is stored as a BLOB.",
		"Other databases whose API takes an array, such as better-sqlite3.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: two placeholders and one array throw \"Wrong number of parameter bindings for SQL query.\"; one placeholder stores [\"a\", \"b\"] as \"a,b\".",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#exec",
	},
	Check: checkBindingArray,
}

func checkBindingArray(p *analysis.Pass) {
	execs(p, func(op *model.Op) {
		arg := model.Argument(op.Node, 1)
		if arg.Is(syntax.SpreadElement) {
			p.Guard(op.Node, "The values are spread into separate bindings.")
			return
		}
		if !arg.OK() || model.Argument(op.Node, 2).OK() || !isArray(p.Module, arg) {
			return
		}
		n := len(last(op).Params)
		what := fmt.Sprintf("%s is one binding", analysis.Short(arg))
		switch {
		case n > 1:
			what += fmt.Sprintf(" for %d placeholders, so exec throws.", n)
		case n == 1:
			what += ", so its elements are stored as one text with commas."
		default:
			what += ", however many elements it has."
		}
		fix := fmt.Sprintf("Write ...%s.", analysis.Short(arg))
		if model.Unwrap(arg).Is(syntax.Array) {
			fix = "Leave out the brackets: each value is an argument of its own."
			if n == 1 && elements(arg) > 1 {
				fix = "Bind JSON.stringify(…) of the list, or one value for each placeholder."
			}
		}
		p.Error(arg, what, fix, spread(arg, n)...)
	})
}

// spread makes separate bindings of an array for n placeholders. For one, its
// elements may as well be meant as one text.
func spread(arg syntax.Node, n int) []analysis.Edit {
	array := model.Unwrap(arg)
	switch {
	case n == 1:
	case !array.Is(syntax.Array):
		return []analysis.Edit{analysis.InsertBefore(arg, "...")}
	case array == arg && elements(arg) > 0:
		text := strings.TrimSpace(array.Text())
		return []analysis.Edit{analysis.Replace(arg, strings.TrimSpace(text[1:len(text)-1]))}
	}
	return nil
}

func elements(array syntax.Node) int {
	n := 0
	for range model.Unwrap(array).NamedChildren() {
		n++
	}
	return n
}

// isArray reports an expression that is an array by its form, or by the
// annotation or initial value of the variable that it names.
func isArray(m *model.Module, n syntax.Node) bool {
	if t := typeOf(m, n); t.OK() {
		return t.Is(syntax.ArrayType, syntax.TupleType) || strings.HasPrefix(t.Text(), "Array<") || strings.HasPrefix(t.Text(), "readonly ")
	}
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.Array:
		return true
	case syntax.CallExpression:
		object, method := model.Callee(n)
		return method == "toArray" || object.OK() && (method == "map" || method == "filter") || object.Text()+"."+method == "Array.from" ||
			object.Text() == "Object" && (method == "values" || method == "keys" || method == "entries")
	case syntax.Identifier:
		b := m.Resolve(n)
		if b == nil || len(b.Path) > 0 {
			return false
		}
		if b.Each || !b.Type.OK() && !b.Init.OK() {
			return usedAsArray(m, b)
		}
		return b.Init.OK() && (isArray(m, b.Init) || b.Param == nil && usedAsArray(m, b) && !isText(m, b.Init))
	}
	return false
}

// arrayMethods are methods that arrays have and texts and typed arrays have not, or
// not in this way.
var arrayMethods = map[string]bool{"push": true, "unshift": true, "flatMap": true, "splice": true, "flat": true, "concat": true}

// usedAsArray reports a variable whose array methods are called somewhere, or of
// which a list of placeholders is made.
func usedAsArray(m *model.Module, b *model.Binding) bool {
	for _, u := range uses(m, b) {
		call, method := methodOn(outer(u))
		if call.OK() && (arrayMethods[method] || method == "map" && strings.Contains(model.Argument(call, 0).Text(), "?")) {
			return true
		}
	}
	return false
}

func isText(m *model.Module, n syntax.Node) bool {
	_, holes := m.Template(n)
	return holes == 0 || model.Unwrap(n).Is(syntax.String, syntax.TemplateString, syntax.NewExpression, syntax.Object)
}
