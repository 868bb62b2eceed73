package storage

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// The largest values that can be stored, in bytes: one value or row of an object
// with SQLite, and one value of the older key-value backend.
// Source: developers.cloudflare.com/durable-objects/platform/limits/.
const (
	maxValue   = 2 << 20
	maxKVValue = 128 << 10
)

// valueLimit is the largest value that a class can store.
func valueLimit(p *analysis.Pass, c *model.Class) (bytes float64, words string) {
	if p.Config != nil && c != nil && p.Config.Class(c.Name).Backend == wrangler.KV {
		return maxKVValue, "128 KiB, because the class has the key-value backend"
	}
	return maxValue, "2 MB"
}

// origins are the expressions that a step's value comes from, in the function where
// it is made and in those that hand it on as an argument.
func origins(m *model.Module, s model.Step, value syntax.Node) []origin {
	out := []origin{{s.Func, value}}
	f := s.Func
	for i := len(s.Calls) - 1; i >= 0; i-- {
		call := s.Calls[i]
		next := syntax.Node{}
		for _, n := range m.ParamsIn(value, f) {
			if call.Node.Is(syntax.CallExpression) {
				next = model.Argument(call.Node, n)
			}
		}
		if !next.OK() {
			break
		}
		value, f = next, call.Func
		out = append(out, origin{f, value})
	}
	return out
}

type origin struct {
	f     *model.Func
	value syntax.Node
}

// allowedBytes is the comparison with which the code itself limits the size of a
// request's body that becomes a stored value, and the limit; ok is false where it
// has none, or where the value is not a body.
func allowedBytes(m *model.Module, s model.Step, value syntax.Node) (limit syntax.Node, bytes float64, ok bool) {
	for _, o := range origins(m, s, value) {
		for _, op := range o.f.Ops {
			if op.Kind != model.OpBody || !wholeBody[op.Method] || !m.DependsOn(o.value, op.Node) || !carries(m, o.value, op.Node, map[*model.Binding]bool{}) || cutOut(m, o.value) {
				continue
			}
			for n := range o.f.Body.Descendants() {
				if at, max := sizeCheck(m, n, op.Node); at.OK() && (!ok || max < bytes) {
					limit, bytes, ok = at, max, true
				}
			}
		}
	}
	return limit, bytes, ok
}

// carries reports a value that holds a body or what is made of it, and not only how
// large it is.
func carries(m *model.Module, value, body syntax.Node, seen map[*model.Binding]bool) bool {
	if measure(value) {
		return false
	}
	if value.Contains(body) {
		return true
	}
	for n := range value.Descendants() {
		b := m.Resolve(n)
		if b == nil || seen[b] || measure(n.Parent()) && n.Field() == syntax.FieldObject {
			continue
		}
		seen[b] = true
		for _, def := range m.Definitions(b, n) {
			if carries(m, def, body, seen) {
				return true
			}
		}
	}
	return false
}

// measure reports body.byteLength and the like.
func measure(n syntax.Node) bool {
	n = model.Unwrap(n)
	if !n.Is(syntax.MemberExpression) {
		return false
	}
	switch n.Child(syntax.FieldProperty).Text() {
	case "byteLength", "length", "size":
		return true
	}
	return false
}

// cutOut reports a value that is a part of another, as in body.slice(from, to).
func cutOut(m *model.Module, value syntax.Node) bool {
	value = model.Unwrap(value)
	if b := m.Resolve(value); b != nil && value.Is(syntax.Identifier) && b.Init.OK() && b.Param == nil {
		value = model.Unwrap(b.Init)
	}
	_, method := model.Callee(value)
	return value.Is(syntax.CallExpression) && cutMethods[method]
}

// wholeBody are the methods that give a body as one value.
var wholeBody = map[string]bool{"text": true, "arrayBuffer": true, "bytes": true}

// sizeCheck is a comparison of a body's size, or of the Content-Length header, with a
// constant number.
func sizeCheck(m *model.Module, n, body syntax.Node) (at syntax.Node, bytes float64) {
	if !n.Is(syntax.BinaryExpression) {
		return syntax.Node{}, 0
	}
	size, limit := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
	switch n.Operator() {
	case "<", "<=", ">", ">=":
	default:
		return syntax.Node{}, 0
	}
	bytes, ok := m.Number(limit)
	if !ok {
		if bytes, ok = m.Number(size); !ok {
			return syntax.Node{}, 0
		}
		size = limit
	}
	measured := strings.Contains(strings.ToLower(size.Text()), "content-length")
	if b := m.Resolve(model.Unwrap(size)); b != nil && b.Init.OK() {
		measured = measured || strings.Contains(strings.ToLower(b.Init.Text()), "content-length")
	}
	for d := range size.Descendants() {
		if d.Is(syntax.MemberExpression) {
			switch d.Child(syntax.FieldProperty).Text() {
			case "length", "byteLength", "size":
				measured = measured || m.DependsOn(d.Child(syntax.FieldObject), body)
			}
		}
	}
	if !measured {
		return syntax.Node{}, 0
	}
	return n, bytes
}

// snapshots are calls that give a whole document which grows as it is edited.
var snapshots = map[string]bool{"encodeStateAsUpdate": true, "encodeStateAsUpdateV2": true, "getCurrentSnapshot": true, "getStoreSnapshot": true}

// wholeDocument is the call that gives the whole of a shared document as the value of a
// step, or the zero Node. checked is a comparison of its size.
func wholeDocument(m *model.Module, s model.Step, value syntax.Node) (call, checked syntax.Node) {
	for _, o := range origins(m, s, value) {
		if shortened(m, o.value, 0).OK() {
			return syntax.Node{}, syntax.Node{}
		}
		for n := range o.f.Body.Descendants() {
			_, method := model.Callee(n)
			if !n.Is(syntax.CallExpression) || !snapshots[method] || !o.value.Contains(n) && !m.DependsOn(o.value, n) {
				continue
			}
			for cmp := range o.f.Body.Descendants() {
				if at, _ := sizeCheck(m, cmp, n); at.OK() {
					return n, at
				}
			}
			return n, syntax.Node{}
		}
	}
	return syntax.Node{}, syntax.Node{}
}
