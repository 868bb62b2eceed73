package analysis

import (
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// FromRequest reports an expression whose value a request brings: a part of its
// address, a header or cookie, its body, directly, through variables or through
// functions of the project.
func FromRequest(m *model.Module, n syntax.Node) bool {
	o := origin{m: m, bindings: map[*model.Binding]bool{}, funcs: map[*model.Func]bool{}}
	return o.request(n)
}

// origin follows a value back to where it comes from, each variable and function
// once.
type origin struct {
	m        *model.Module
	bindings map[*model.Binding]bool
	funcs    map[*model.Func]bool
}

func (o *origin) request(n syntax.Node) bool {
	for d := range n.Descendants() {
		switch d.Kind() {
		case syntax.MemberExpression:
			if partOfRequest[d.Child(syntax.FieldProperty).Text()] {
				return true
			}
		case syntax.CallExpression:
			object, method := model.Callee(d)
			ofRequest := strings.HasSuffix(object.Text(), "req")
			if ofRouter[method] && ofRequest || readsBody[method] && (ofRequest || o.m.Eval(object).Kind == model.Request) {
				return true
			}
			if f := o.m.Eval(d.Child(syntax.FieldFunction)); f.Kind == model.FuncValue && o.returned(f.Func) {
				return true
			}
		case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
			if b := o.m.Resolve(d); b != nil && !o.bindings[b] {
				o.bindings[b] = true
				if o.bound(b, d) {
					return true
				}
			}
		}
	}
	return false
}

// bound looks at what a variable may hold where it is used.
func (o *origin) bound(b *model.Binding, use syntax.Node) bool {
	for _, name := range b.Path {
		if partOfRequest[name] {
			return true
		}
	}
	for _, def := range o.m.Definitions(b, use) {
		if o.request(def) {
			return true
		}
	}
	return b.Param != nil && o.passed(b)
}

// returned looks at what a function of the project returns.
func (o *origin) returned(f *model.Func) bool {
	if o.funcs[f] {
		return false
	}
	o.funcs[f] = true
	if !f.Body.Is(syntax.StatementBlock) {
		return o.request(f.Body)
	}
	for _, op := range f.Ops {
		if op.Kind == model.OpReturn && op.Value.OK() && o.request(op.Value) {
			return true
		}
	}
	return false
}

// passed looks at what the project's calls give a parameter.
func (o *origin) passed(b *model.Binding) bool {
	for _, op := range o.m.Invocations(b.Param) {
		if op.Mode == model.Direct && o.request(model.Argument(op.Node, b.Index)) {
			return true
		}
	}
	return false
}

// partOfRequest are properties by which people reach into a request and its URL.
var partOfRequest = map[string]bool{"searchParams": true, "pathname": true, "headers": true, "cookies": true, "params": true}

// ofRouter are the methods of a router's request, c.req.param("room").
var ofRouter = map[string]bool{"param": true, "query": true, "header": true}

var readsBody = map[string]bool{"json": true, "text": true, "formData": true}
