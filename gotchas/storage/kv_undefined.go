package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvUndefined = &analysis.Gotcha{
	ID:       "kv-undefined",
	Title:    "undefined is put under a key",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "put throws \"put() called with undefined value\"; in the form that takes an object, undefined entries are silently left out and the old value stays.",
	Fix:      "Use delete(key) to remove a value, or store null.",
	Fine:     []string{"null, false, 0 and the empty string.", "undefined inside a stored object."},
	Evidence: []string{"Measured on workerd 1.20261117.1: TypeError \"put() called with undefined value.\"; put({ a: undefined }) changes nothing."},
	Check:    checkKVUndefined,
}

func checkKVUndefined(p *analysis.Pass) {
	keyOps(p, func(op *model.Op) {
		if op.Method == "delete" {
			p.Guard(op.Node, "A value is removed with delete.")
			return
		}
		if op.Method != "put" {
			return
		}
		key, value := model.Argument(op.Node, 0), model.Argument(op.Node, 1)
		if obj := model.Unwrap(key); obj.Is(syntax.Object) {
			for pair := range obj.NamedChildren() {
				if isUndefined(p.Module, pair.Child(syntax.FieldValue)) {
					p.Error(pair, fmt.Sprintf("%s is left out, so a stored value stays as it is.", analysis.Short(pair.Child(syntax.FieldKey))), "")
				}
			}
			return
		}
		literal := model.Unwrap(key).Is(syntax.String, syntax.TemplateString)
		switch {
		case value.OK() && isUndefined(p.Module, value):
			p.Error(op.Node, fmt.Sprintf("put of undefined throws; it does not remove %s.", analysis.Short(key)), fmt.Sprintf("Write delete(%s).", analysis.Short(key)), toDelete(op.Node)...)
		case !value.OK() && literal:
			p.Error(op.Node, fmt.Sprintf("put gets no value for %s and throws.", analysis.Short(key)), "Pass the value as the second argument.")
		}
	})
}

// toDelete makes a delete of a put(key, undefined).
func toDelete(put syntax.Node) []analysis.Edit {
	key, value := model.Argument(put, 0), model.Argument(put, 1)
	name := put.Child(syntax.FieldFunction).Child(syntax.FieldProperty)
	if !name.OK() || model.Argument(put, 2).OK() {
		return nil
	}
	return []analysis.Edit{analysis.Replace(name, "delete"), analysis.Between(key, value, ""), analysis.Replace(value, "")}
}

func isUndefined(m *model.Module, n syntax.Node) bool {
	n = model.Unwrap(n)
	if n.Is(syntax.TernaryExpression) {
		return isUndefined(m, n.Child(syntax.FieldConsequence)) || isUndefined(m, n.Child(syntax.FieldAlternative))
	}
	if b := m.Resolve(n); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 && !b.Each && b.Param == nil {
		n = model.Unwrap(b.Init)
	}
	return n.Is(syntax.Undefined) || n.Text() == "undefined" || n.Is(syntax.UnaryExpression) && n.Operator() == "void"
}
