package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvMutateWithoutPut = &analysis.Gotcha{
	ID:       "kv-mutate-without-put",
	Title:    "A stored array or Map is changed but not stored again",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "get gives a copy each time. Adding to it changes that copy only; the next get knows nothing of it.",
	Fix:      "put the value again after changing it.",
	Fine: []string{
		"A put of the same variable afterwards.",
		"A value that is handed to another function, which may store it.",
		"A copy that is changed only to be sent.",
	},
	Evidence: []string{"Measured on workerd 1.20261117.1 for the asynchronous get, for a Map and for ctx.storage.kv.get."},
	Check:    checkMutateWithoutPut,
}

func checkMutateWithoutPut(p *analysis.Pass) {
	m := p.Module
	read := false
	for _, f := range m.Funcs {
		for n := range f.Body.Descendants() {
			if !n.Is(syntax.VariableDeclarator) || m.FuncAt(n) != f {
				continue
			}
			b := m.Resolve(n.Child(syntax.FieldName))
			get := readKey(m, b)
			if !get.OK() {
				continue
			}
			read = true
			checkCopy(p, b, get)
		}
	}
	if !read {
		p.NotApplicable("No stored value is taken into a variable.")
	}
}

func checkCopy(p *analysis.Pass, b *model.Binding, get syntax.Node) {
	var change, store syntax.Node
	for _, u := range uses(p.Module, b) {
		if call, method := methodOn(outer(u)); call.OK() && grows[method] && outer(call).Parent().Is(syntax.ExpressionStatement) {
			if !change.OK() {
				change = call
			}
			continue
		}
		if change.OK() && handedOn(outer(u)) {
			store = u
		}
	}
	switch {
	case !change.OK():
	case store.OK():
		p.Guard(store, fmt.Sprintf("%s is stored or handed on after the change on line %d.", b.Name, change.Line()))
	default:
		p.Warn(change, fmt.Sprintf("%s is a copy of what is stored under %s; this adds to the copy, and nothing puts it back. This is not a problem if only the answer should have it.",
			b.Name, analysis.Short(model.Argument(get, 0))), "")
	}
}

// handedOn reports a use that may keep the value: as an argument, in an object
// or array that goes somewhere, or assigned to a field.
func handedOn(n syntax.Node) bool {
	for p := n.Parent(); p.OK(); n, p = p, p.Parent() {
		switch {
		case p.Is(syntax.Arguments):
			receiver, method := model.Callee(p.Parent())
			return !(receiver.Text() == "Response" && method == "json") && receiver.Text() != "JSON" && receiver.Text() != "console"
		case p.Is(syntax.AssignmentExpression):
			return n.Field() == syntax.FieldRight
		case p.Is(syntax.Pair, syntax.Object, syntax.Array, syntax.SpreadElement, syntax.ParenthesizedExpression, syntax.AsExpression):
		case p.Is(syntax.VariableDeclarator):
			return true
		default:
			return false
		}
	}
	return false
}
