package storage

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlBindingCoercion = &analysis.Gotcha{
	ID:       "sql-binding-coercion",
	Title:    "A bound value is silently stored as text",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "SQLite stores numbers, strings, bytes and NULL. Anything else is turned into a string on the way in, without an error: " +
		"true becomes the text \"true\" (which is not 1 in a WHERE), a Date its English form (which does not sort), an object \"[object Object]\".",
	Fix: "Bind flag ? 1 : 0, date.getTime() and JSON.stringify(value). Declaring tables STRICT turns most such mistakes into errors.",
	Fine: []string{
		"Numbers, strings, null, ArrayBuffer and typed arrays.",
		"undefined, which is stored as NULL.",
		"The same values converted first: Number(flag), date.toISOString(), JSON.stringify(value).",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: true is stored as \"true\", new Date() as its toString(), { a: 1 } as \"[object Object]\", [1, 2] as \"1,2\"; a STRICT INTEGER column refuses them.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#supported-types",
	},
	Check: checkBindingCoercion,
}

func checkBindingCoercion(p *analysis.Pass) {
	queries(p, func(op *model.Op) {
		values, open := bindings(op)
		for _, v := range values {
			if len(values) == 1 && !open && op.Method == "exec" && isArray(p.Module, v) {
				continue // the list is meant to be spread: sql-binding-array
			}
			c := coerce(p.Module, v, 0)
			if c.stored != "" {
				var edits []analysis.Edit
				if c == object { // for the others, more than one form is stored
					edits = analysis.Wrap(v, "JSON.stringify(", ")")
				}
				p.Error(v, fmt.Sprintf("%s is %s and is stored as %s.", analysis.Short(v), c.is, c.stored), fmt.Sprintf(c.fix, analysis.Short(v)), edits...)
			} else if converts(v) {
				p.Guard(v, "The value is converted to what SQLite stores before it is bound.")
			}
		}
	})
}

// coercion says what a bound value is, what is stored instead, and a fix with
// a place for the value's text.
type coercion struct{ is, stored, fix string }

var (
	boolean  = coercion{"a boolean", `the text "true" or "false"`, "Bind %s ? 1 : 0."}
	date     = coercion{"a Date", "English text that does not sort", "Bind %s.getTime() or .toISOString()."}
	object   = coercion{"an object", `the text "[object Object]"`, "Bind JSON.stringify(%s)."}
	list     = coercion{"an array", "its elements with commas between", "Bind JSON.stringify(%s)."}
	mapping  = coercion{"a collection", `the text "[object Map]" or "[object Set]"`, "Bind JSON.stringify([...%s])."}
	function = coercion{"a function", "its source text", "Bind the result of calling %s."}
)

// booleanMethods of strings, arrays and regular expressions.
var booleanMethods = map[string]bool{"includes": true, "startsWith": true, "endsWith": true, "some": true, "every": true, "has": true, "test": true}

// booleanCalls are functions of the language that answer yes or no.
var booleanCalls = map[string]bool{
	"Number.isFinite": true, "Number.isInteger": true, "Number.isNaN": true, "Number.isSafeInteger": true, "isNaN": true, "isFinite": true,
	"Array.isArray": true, "Object.is": true, "Object.hasOwn": true, "ArrayBuffer.isView": true,
}

func coerce(m *model.Module, n syntax.Node, depth int) coercion {
	if depth > 8 {
		return coercion{}
	}
	if bare := model.Unwrap(n); !bare.Is(syntax.NewExpression, syntax.True, syntax.False, syntax.Object, syntax.Array) {
		if t := typeOf(m, n); t.OK() {
			return coerceType(t)
		}
	}
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.True, syntax.False:
		return boolean
	case syntax.Object:
		return object
	case syntax.Array:
		return list
	case syntax.ArrowFunction, syntax.FunctionExpression:
		return function
	case syntax.NewExpression:
		switch n.Child(syntax.FieldConstructor).Text() {
		case "Date":
			return date
		case "Map", "Set":
			return mapping
		}
	case syntax.UnaryExpression:
		if n.Operator() == "!" {
			return boolean
		}
	case syntax.BinaryExpression:
		switch n.Operator() {
		case "==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof":
			return boolean
		case "&&":
			if coerce(m, n.Child(syntax.FieldLeft), depth+1) == boolean {
				return coerce(m, n.Child(syntax.FieldRight), depth+1)
			}
		case "??", "||":
			return coerce(m, n.Child(syntax.FieldRight), depth+1)
		}
	case syntax.TernaryExpression:
		if c := coerce(m, n.Child(syntax.FieldConsequence), depth+1); c.stored != "" {
			return c
		}
		return coerce(m, n.Child(syntax.FieldAlternative), depth+1)
	case syntax.CallExpression:
		o, method := model.Callee(n)
		if !o.OK() && method == "Boolean" && m.Resolve(n.Child(syntax.FieldFunction)) == nil || o.OK() && booleanMethods[method] && m.Eval(o).Kind == model.Unknown || booleanCalls[n.Child(syntax.FieldFunction).Text()] {
			return boolean
		}
		if v := m.Eval(n.Child(syntax.FieldFunction)); v.Kind == model.FuncValue && !v.Func.Async {
			return coerceType(v.Func.Node.Child(syntax.FieldReturnType).NamedChild(0))
		}
		if (method == "map" || method == "filter" || method == "toArray") && isArray(m, n) && !strings.Contains(typeOf(m, o).Text(), "Array") {
			return list
		}
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 && !b.Each && b.Func == nil {
			return coerce(m, b.Init, depth+1)
		}
	case syntax.MemberExpression:
		if v := m.Eval(n.Child(syntax.FieldObject)); v.Kind == model.Instance {
			if f := v.Class.Field(n.Child(syntax.FieldProperty).Text()); f != nil && f.Init.Is(syntax.True, syntax.False) {
				return boolean
			}
		}
	}
	return coercion{}
}

func coerceType(t syntax.Node) coercion {
	switch {
	case !t.OK():
	case always(t, "boolean", "true", "false"):
		return boolean
	case always(t, "Date"):
		return date
	case t.Is(syntax.ArrayType, syntax.TupleType):
		return list
	case t.Is(syntax.ObjectType):
		return object
	}
	return coercion{}
}

// always reports a type that is one of the names, or a union of nothing but them, null
// and undefined. Of other unions the code may have told the parts apart before.
func always(t syntax.Node, names ...string) bool {
	found := false
	for _, part := range strings.Split(t.Text(), "|") {
		switch part = strings.TrimSpace(part); {
		case slices.Contains(names, part):
			found = true
		case part != "" && part != "null" && part != "undefined":
			return false
		}
	}
	return found
}

// converts reports the usual ways to make a value storable.
func converts(n syntax.Node) bool {
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.CallExpression:
		o, method := model.Callee(n)
		return o.Text() == "JSON" && method == "stringify" || method == "getTime" || method == "toISOString" || o.Text() == "" && method == "Number"
	case syntax.TernaryExpression:
		return n.Child(syntax.FieldConsequence).Is(syntax.Number) && n.Child(syntax.FieldAlternative).Is(syntax.Number)
	}
	return false
}
