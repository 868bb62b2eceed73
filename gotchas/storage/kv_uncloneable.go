package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvUncloneable = &analysis.Gotcha{
	ID:       "kv-uncloneable",
	Title:    "A value that cannot be stored is given to put",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "Values are stored by structured clone. A function, a socket, a stub, an object's id, a Request or a Response in the value makes put throw a DataCloneError.",
	Fix:      "Store data only: the id as id.toString(), the response's text, the fields of the socket's attachment.",
	Fine: []string{
		"Plain objects, arrays, Map, Set, Date, typed arrays, and cycles among them.",
	},
	Evidence: []string{
		"Measured on workerd: functions, sockets, stubs and ids give a DataCloneError; Map, Set and Date come back as they were.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("Nothing is stored under a key.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind != model.OpStorage && op.Kind != model.OpKV || op.Method != "put" {
				return
			}
			for _, value := range puts(op) {
				if part, what := uncloneable(p.Module, value, 0); what != "" {
					p.Error(op.Node, fmt.Sprintf("%s is %s, which put cannot store.", analysis.Short(part), what), "")
				} else {
					p.Guard(op.Node, "No function, socket, stub or id is part of what is put here, as far as the file shows.")
				}
			}
		})
	},
}

// uncloneable finds a part of a value that cannot be stored: the value itself,
// or a member of the object or list that is written there or that a variable holds.
func uncloneable(m *model.Module, value syntax.Node, depth int) (part syntax.Node, what string) {
	value = model.Unwrap(value)
	if depth > 8 {
		return syntax.Node{}, ""
	}
	switch value.Kind() {
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		if b := m.Resolve(value); b != nil && b.Param == nil && !b.Each && len(b.Path) == 0 && len(b.Writes) == 0 && holdsObject(b.Init) {
			return uncloneable(m, b.Init, depth+1)
		}
	case syntax.BinaryExpression:
		if op := value.Operator(); op == "??" || op == "||" {
			return uncloneable(m, value.Child(syntax.FieldRight), depth+1)
		}
		return syntax.Node{}, ""
	case syntax.TernaryExpression:
		if part, what := uncloneable(m, value.Child(syntax.FieldConsequence), depth+1); what != "" {
			return part, what
		}
		return uncloneable(m, value.Child(syntax.FieldAlternative), depth+1)
	case syntax.ArrowFunction, syntax.FunctionExpression:
		return value, "a function"
	case syntax.Object:
		for member := range value.NamedChildren() {
			at := member
			if member.Is(syntax.Pair) {
				at = member.Child(syntax.FieldValue)
			}
			if member.Is(syntax.MethodDefinition) {
				return member, "a method"
			}
			if part, what := uncloneable(m, at, depth+1); what != "" {
				return part, what
			}
		}
		return syntax.Node{}, ""
	case syntax.Array:
		for member := range value.NamedChildren() {
			if part, what := uncloneable(m, member, depth+1); what != "" {
				return part, what
			}
		}
		return syntax.Node{}, ""
	}
	v := m.Eval(value)
	if v.Kind == model.FuncValue && v.Func.Kind != model.Getter {
		return value, "a function"
	}
	return value, notData[v.Kind]
}

// holdsObject reports an initial value that is an object or list literal, or one as
// the default of something else.
func holdsObject(n syntax.Node) bool {
	n = model.Unwrap(n)
	if n.Is(syntax.BinaryExpression) && (n.Operator() == "??" || n.Operator() == "||") {
		n = model.Unwrap(n.Child(syntax.FieldRight))
	}
	return n.Is(syntax.Object, syntax.Array)
}

var notData = map[model.ValueKind]string{
	model.Socket: "a WebSocket", model.PairServer: "a WebSocket", model.PairClient: "a WebSocket", model.Upstream: "a WebSocket", model.Sockets: "a list of WebSockets",
	model.Stub: "a stub", model.ObjectID: "an object's id", model.Request: "a Request", model.Response: "a Response", model.Cursor: "a SQL cursor",
	model.Ctx: "the context", model.Storage: "the storage", model.Env: "the bindings", model.Namespace: "a namespace",
}
