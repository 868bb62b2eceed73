package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvValueSize = &analysis.Gotcha{
	ID:       "kv-value-size",
	Title:    "A collection that grows is stored as one value",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Key and value together may take 2 MB (128 KiB in a class without SQLite), and each change writes the whole value again. " +
		"The put that crosses the limit fails in production; local development does not enforce it.",
	Fix: "Store each element under a key of its own (message:<id>) or as a row of a table, and read a page of them.",
	Fine: []string{
		"A list that is cut to a fixed length before it is stored.",
		"A list from which elements are taken as they are done.",
		"Small settings and states.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/platform/limits/ (key and value size)"},
	Check:    checkValueSize,
}

func checkValueSize(p *analysis.Pass) {
	m := p.Module
	keyOps(p, func(op *model.Op) {
		key := model.Argument(op.Node, 0)
		if op.Method != "put" || !op.Value.OK() {
			return
		}
		name, growth, cut := grown(m, op, key)
		switch {
		case !growth.OK():
		case cut.OK():
			p.Guard(cut, fmt.Sprintf("%s also gets shorter, so the value under %s stays bounded.", name, analysis.Short(key)))
		default:
			p.Warn(op.Node, fmt.Sprintf("%s gets longer on line %d and is stored whole under %s; nothing here takes elements away. This is not a problem if it only ever holds a few small ones.",
				name, growth.Line(), analysis.Short(key)), "")
		}
	})
}

// grown finds where the collection that a put stores gets longer, and where it
// gets shorter: a variable that was read from the same key, or a field.
func grown(m *model.Module, op *model.Op, key syntax.Node) (name string, growth, cut syntax.Node) {
	value := model.Unwrap(op.Value)
	if value.Is(syntax.Array) { // [...list, item]
		spread := value.FirstOf(syntax.SpreadElement)
		rest := model.Unwrap(spread.NamedChild(0))
		b := m.Resolve(rest)
		if get := readKey(m, b); spread.OK() && elements(value) > 1 && get.OK() && m.Key(model.Argument(get, 0)) == m.Key(key) {
			return b.Name, value, cutOf(m, b)
		}
		return "", growth, cut
	}
	if b := m.Resolve(value); b != nil {
		get := readKey(m, b)
		if !get.OK() || m.Key(model.Argument(get, 0)) != m.Key(key) {
			return "", growth, cut
		}
		for _, u := range uses(m, b) {
			if call, method := methodOn(outer(u)); call.OK() && (method == "push" || method == "unshift") {
				growth = call
			}
		}
		return b.Name, growth, cutOf(m, b)
	}
	if value.Is(syntax.MemberExpression) && value.Child(syntax.FieldObject).Is(syntax.This) {
		return grownField(m, m.Owner(op.Func), value.Child(syntax.FieldProperty).Text())
	}
	return "", growth, cut
}

func cutOf(m *model.Module, b *model.Binding) syntax.Node {
	for _, u := range uses(m, b) {
		if _, method := methodOn(outer(u)); shrink[method] || method == "length" {
			return u
		}
	}
	for _, w := range b.Writes {
		if w.OK() {
			return w
		}
	}
	return syntax.Node{}
}

func grownField(m *model.Module, c *model.Class, field string) (name string, growth, cut syntax.Node) {
	if c == nil {
		return "", growth, cut
	}
	for _, op := range m.ClassOps(c) {
		if op.Name != field {
			continue
		}
		switch {
		case op.Kind == model.OpFieldMutate && (op.Method == "push" || op.Method == "unshift"):
			growth = op.Node
		case op.Kind == model.OpFieldMutate, op.Kind == model.OpFieldWrite && op.Func != c.Ctor && !loads(op.Value):
			cut = op.Node
		}
	}
	return "this." + field, growth, cut
}

// loads reports a value that comes out of storage, which is no bound.
func loads(n syntax.Node) bool {
	for d := range n.Descendants() {
		if _, method := model.Callee(d); d.Is(syntax.CallExpression) && method == "get" {
			return true
		}
	}
	return false
}
