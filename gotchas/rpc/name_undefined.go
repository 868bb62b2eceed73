package rpc

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var nameUndefined = &analysis.Gotcha{
	ID:       "name-undefined",
	Title:    "An object's name may be missing, and then everybody shares the object \"null\"",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "getByName and idFromName turn what they get into text: a missing query parameter or header becomes the name \"null\" or \"undefined\", " +
		"without an error, and all such requests meet in one object.",
	Fix: "Check the name first and answer 400 when it is missing; a non-null mark (!) checks nothing at run time.",
	Fine: []string{
		"A default (?? \"lobby\"), or a check with an early return.",
	},
	Evidence: []string{
		"Measured on workerd: getByName(undefined) and getByName(null) give working stubs, and so does the empty string.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object is named by a value from a request.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace || op.Method != "getByName" && op.Method != "idFromName" {
				return
			}
			arg := model.Argument(op.Node, 0)
			if source := optional(p.Module, arg); source.OK() {
				p.Warn(op.Node, fmt.Sprintf("%s is null when the request does not have it, and nothing checks that before it names an object.", analysis.Short(source)), "")
			} else if _, constant := p.Module.Text(arg); !constant && arg.OK() {
				p.Guard(op.Node, "The name is checked or cannot be missing.")
			}
		})
	},
}

// optional is the lookup that may give null, when the name is it or contains it:
// directly, behind a cast or a non-null mark, inserted into a text, or through a
// variable that nothing tests.
func optional(m *model.Module, n syntax.Node) syntax.Node {
	n = model.Unwrap(n)
	switch {
	case n.Is(syntax.CallExpression):
		if mayLack(m, n) {
			return n
		}
		return syntax.Node{}
	case n.Is(syntax.BinaryExpression) && n.Operator() == "+": // "room-" + params.get("room")
		if source := optional(m, n.Child(syntax.FieldLeft)); source.OK() {
			return source
		}
		return optional(m, n.Child(syntax.FieldRight))
	case n.Is(syntax.TemplateString):
		for part := range n.NamedChildren() {
			if part.Is(syntax.TemplateSubstitution) {
				if source := optional(m, part.NamedChild(0)); source.OK() {
					return source
				}
			}
		}
		return syntax.Node{}
	}
	b := m.Resolve(n)
	if b == nil || !b.Init.OK() || len(b.Writes) > 0 || tested(m, b, n) {
		return syntax.Node{}
	}
	init := model.Unwrap(b.Init)
	switch {
	case len(b.Path) == 0 && init.Is(syntax.CallExpression):
		return optional(m, init)
	case len(b.Path) == 1 && allParameters(init) && !defaulted(b):
		return init
	}
	return syntax.Node{}
}

// mayLack reports searchParams.get("room"), headers.get("x-room"), c.req.query("room")
// and c.req.header("x-room").
func mayLack(m *model.Module, call syntax.Node) bool {
	object, method := model.Callee(call)
	switch method {
	case "get":
		return lookUp(m, object)
	case "query", "header":
		return model.Argument(call, 0).OK() && (object.Text() == "req" || strings.HasSuffix(object.Text(), ".req"))
	}
	return false
}

// lookUp reports the search parameters of a URL and the headers of a request, also
// under another name.
func lookUp(m *model.Module, n syntax.Node) bool {
	n = model.Unwrap(n)
	if n.Is(syntax.MemberExpression) {
		n = n.Child(syntax.FieldProperty)
	}
	if n.Text() == "searchParams" || n.Text() == "headers" {
		return true
	}
	b := m.Resolve(n)
	if b == nil || len(b.Writes) > 0 {
		return false
	}
	if len(b.Path) > 0 {
		last := b.Path[len(b.Path)-1]
		return last == "searchParams" || last == "headers"
	}
	init := model.Unwrap(b.Init)
	if init.Is(syntax.NewExpression) {
		return init.Child(syntax.FieldConstructor).Text() == "URLSearchParams"
	}
	return init.Is(syntax.MemberExpression) && lookUp(m, init)
}

// allParameters reports Object.fromEntries(url.searchParams) and c.req.query().
func allParameters(n syntax.Node) bool {
	object, method := model.Callee(n)
	switch {
	case object.Text() == "Object" && method == "fromEntries":
		return strings.Contains(model.Argument(n, 0).Text(), "searchParams")
	case method == "query":
		return !model.Argument(n, 0).OK() && strings.HasSuffix(object.Text(), "req")
	}
	return false
}

// defaulted reports const { room = "lobby" } = ….
func defaulted(b *model.Binding) bool {
	for n := range b.Decl.Child(syntax.FieldName).Descendants() {
		if n.Is(syntax.ObjectAssignmentPattern) && n.Child(syntax.FieldLeft).Text() == b.Name {
			return true
		}
	}
	return false
}

// tested reports a variable that some condition, or a call that may check it,
// looks at before it is used.
func tested(m *model.Module, b *model.Binding, use syntax.Node) bool {
	for _, id := range m.Uses(b) {
		if id.Start() >= use.Start() {
			return false
		}
		if !id.Is(syntax.Identifier) || id.Parent() == b.Decl {
			continue
		}
		for a := range id.Ancestors() {
			if a.Is(syntax.IfStatement, syntax.TernaryExpression, syntax.Arguments, syntax.BinaryExpression, syntax.UnaryExpression) {
				return true
			}
			if a.Is(syntax.StatementBlock) {
				break
			}
		}
	}
	return false
}
