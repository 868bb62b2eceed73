package storage

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// keyOps calls fn for each operation on stored keys, asynchronous or not.
func keyOps(p *analysis.Pass, fn func(op *model.Op)) {
	found := false
	for _, f := range p.Module.Reviewed() {
		for _, op := range f.Ops {
			if (op.Kind == model.OpStorage || op.Kind == model.OpKV) && keyMethods[op.Method] {
				found = true
				fn(op)
			}
		}
	}
	if !found {
		p.NotApplicable("The file stores nothing under keys.")
	}
}

var keyMethods = map[string]bool{"get": true, "put": true, "delete": true, "list": true}

// readKey is the get call that a variable's value comes from, with a default
// perhaps, or the zero Node.
func readKey(m *model.Module, b *model.Binding) syntax.Node {
	if b == nil || b.Param != nil || b.Each || len(b.Path) > 0 {
		return syntax.Node{}
	}
	return getCall(m, b.Init, 0)
}

// getCall is the get of a single key that an expression's value is, itself, with a
// default, or as what a helper of the project returns.
func getCall(m *model.Module, n syntax.Node, depth int) syntax.Node {
	n = withoutDefault(n)
	if depth > 3 || !n.Is(syntax.CallExpression) {
		return syntax.Node{}
	}
	object, method := model.Callee(n)
	if method == "get" && m.Eval(object).Is(model.Storage, model.SyncKV) {
		if isArray(m, model.Argument(n, 0)) {
			return syntax.Node{}
		}
		return n
	}
	v := m.Eval(n.Child(syntax.FieldFunction))
	if v.Kind != model.FuncValue {
		return syntax.Node{}
	}
	if !v.Func.Body.Is(syntax.StatementBlock) {
		return getCall(m, v.Func.Body, depth+1)
	}
	for _, op := range v.Func.Ops {
		if op.Kind == model.OpReturn {
			return getCall(m, op.Value, depth+1)
		}
	}
	return syntax.Node{}
}

// withoutDefault is the left side of ?? and ||, or the expression itself.
func withoutDefault(n syntax.Node) syntax.Node {
	n = model.Unwrap(n)
	if n.Is(syntax.BinaryExpression) && (n.Operator() == "??" || n.Operator() == "||") {
		return model.Unwrap(n.Child(syntax.FieldLeft))
	}
	return n
}

// keyText is a key as text that two operations can be compared by, also of a key
// that is a property's name.
func keyText(m *model.Module, key syntax.Node) string {
	if key.Is(syntax.PropertyIdentifier, syntax.ShorthandPropertyIdentifier) {
		return key.Text()
	}
	if key.Is(syntax.ComputedPropertyName) {
		key = key.NamedChild(0)
	}
	return m.Key(key)
}

// grows are methods that add to an array, Map or Set; shrink those that may
// take away.
var (
	grows  = map[string]bool{"push": true, "unshift": true, "add": true, "set": true}
	shrink = map[string]bool{"pop": true, "shift": true, "splice": true, "slice": true, "delete": true, "clear": true, "filter": true}
)
