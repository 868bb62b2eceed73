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
	n := model.Unwrap(b.Init)
	if n.Is(syntax.BinaryExpression) && (n.Operator() == "??" || n.Operator() == "||") {
		n = model.Unwrap(n.Child(syntax.FieldLeft))
	}
	if !n.Is(syntax.CallExpression) {
		return syntax.Node{}
	}
	object, method := model.Callee(n)
	if method == "get" && m.Eval(object).Is(model.Storage, model.SyncKV) && !model.Unwrap(model.Argument(n, 0)).Is(syntax.Array) {
		return n
	}
	return syntax.Node{}
}

// grows are methods that add to an array, Map or Set; shrink those that may
// take away.
var (
	grows  = map[string]bool{"push": true, "unshift": true, "add": true, "set": true}
	shrink = map[string]bool{"pop": true, "shift": true, "splice": true, "slice": true, "delete": true, "clear": true, "filter": true}
)
