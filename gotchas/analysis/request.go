package analysis

import (
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// FromRequest reports an expression whose value a request brings: a part of its
// address, a header or cookie, its body, directly or through variables.
func FromRequest(m *model.Module, n syntax.Node) bool {
	return fromRequest(m, n, map[*model.Binding]bool{})
}

func fromRequest(m *model.Module, n syntax.Node, seen map[*model.Binding]bool) bool {
	for d := range n.Descendants() {
		switch d.Kind() {
		case syntax.MemberExpression:
			if partOfRequest[d.Child(syntax.FieldProperty).Text()] {
				return true
			}
		case syntax.CallExpression:
			object, method := model.Callee(d)
			if ofRouter[method] && strings.HasSuffix(object.Text(), "req") || readsBody[method] && (m.Eval(object).Kind == model.Request || strings.HasSuffix(object.Text(), "req")) {
				return true
			}
		case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
			b := m.Resolve(d)
			if b == nil || seen[b] {
				continue
			}
			seen[b] = true
			for _, name := range b.Path {
				if partOfRequest[name] {
					return true
				}
			}
			for _, def := range m.Definitions(b, d) {
				if fromRequest(m, def, seen) {
					return true
				}
			}
		}
	}
	return false
}

// partOfRequest are properties by which people reach into a request and its URL.
var partOfRequest = map[string]bool{"searchParams": true, "pathname": true, "headers": true, "cookies": true, "params": true}

// ofRouter are the methods of a router's request, c.req.param("room").
var ofRouter = map[string]bool{"param": true, "query": true, "header": true}

var readsBody = map[string]bool{"json": true, "text": true, "formData": true}
