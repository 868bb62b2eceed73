package storage

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// execs calls fn for each sql.exec call of the file. Its receiver is known to
// be an object's SQL storage, so functions and helper classes that are handed
// the storage count as well as the object's own methods.
func execs(p *analysis.Pass, fn func(op *model.Op)) {
	found := false
	for _, f := range p.Module.Reviewed() {
		for _, op := range f.Ops {
			if op.Kind == model.OpSQL && op.Method == "exec" {
				found = true
				fn(op)
			}
		}
	}
	if !found {
		p.NotApplicable("The file runs no SQL on an object's storage.")
	}
}

// queries calls fn for each sql.exec call and each tagged template of the file.
func queries(p *analysis.Pass, fn func(op *model.Op)) {
	execs(p, fn)
	for _, f := range p.Module.Reviewed() {
		for _, op := range f.Ops {
			if op.Kind == model.OpSQL && op.Method == "tag" {
				p.Reason = ""
				fn(op)
			}
		}
	}
}

// statements are the parsed statements of an exec call, none when its text is
// computed.
func statements(op *model.Op) []model.Statement {
	if op.SQL == nil {
		return nil
	}
	return op.SQL.Statements
}

// allStatements are the statements of an exec call, with those for each value of a
// loop over constants: for (const t of ["a", "b"]) sql.exec(`DROP TABLE ${t}`).
func allStatements(m *model.Module, op *model.Op) []model.Statement {
	if op.SQL == nil || op.SQL.Holes != 1 {
		return statements(op)
	}
	var out []model.Statement
	for n := range model.Argument(op.Node, 0).Descendants() {
		b := m.Resolve(n)
		if !n.Is(syntax.Identifier) || b == nil || !b.Each || len(b.Path) > 0 {
			continue
		}
		list := model.Unwrap(b.Init)
		if known := m.Resolve(list); known != nil && known.Const && known.Param == nil && len(known.Path) == 0 {
			list = model.Unwrap(known.Init)
		}
		if !list.Is(syntax.Array) {
			continue
		}
		for e := range list.NamedChildren() {
			value, ok := m.Text(e)
			if !ok {
				return statements(op)
			}
			out = append(out, model.ParseSQL(strings.ReplaceAll(op.SQL.Text, model.Hole, value)).Statements...)
		}
	}
	if out == nil {
		return statements(op)
	}
	return out
}

// last is the statement whose rows an exec call returns; its Verb is "" when
// the text is computed.
func last(op *model.Op) model.Statement {
	if all := statements(op); len(all) > 0 {
		return all[len(all)-1]
	}
	return model.Statement{}
}

// bindings are the values that an exec call or a tagged template binds, with those of
// a spread array literal laid out; open reports a spread of anything else.
func bindings(op *model.Op) (values []syntax.Node, open bool) {
	if template := op.Node.Child(syntax.FieldArguments); template.Is(syntax.TemplateString) { // sql`… ${value}`
		for c := range template.NamedChildren() {
			if c.Is(syntax.TemplateSubstitution) {
				values = append(values, c.NamedChild(0))
			}
		}
		return values, false
	}
	for i := 1; ; i++ {
		a := model.Argument(op.Node, i)
		if !a.OK() {
			return values, open
		}
		if !a.Is(syntax.SpreadElement) {
			values = append(values, a)
			continue
		}
		list := model.Unwrap(a.NamedChild(0))
		if !list.Is(syntax.Array) {
			open = true
			continue
		}
		for v := range list.NamedChildren() {
			values = append(values, v)
		}
	}
}

// outer climbs from an expression to the outermost one that only wraps it:
// parentheses, casts, non-null marks and awaits.
func outer(n syntax.Node) syntax.Node {
	for {
		p := n.Parent()
		if !p.Is(syntax.ParenthesizedExpression, syntax.AsExpression, syntax.SatisfiesExpression, syntax.NonNullExpression, syntax.TypeAssertion, syntax.AwaitExpression) {
			return n
		}
		n = p
	}
}

// uses are the places where a variable is named, its declaration and plain
// assignments aside, in source order.
func uses(m *model.Module, b *model.Binding) []syntax.Node {
	var out []syntax.Node
	for _, n := range m.Uses(b) {
		if n.Is(syntax.ShorthandPropertyIdentifierPattern) {
			continue
		}
		p := n.Parent()
		if p == b.Decl && n.Field() != syntax.FieldValue || p.Is(syntax.AssignmentExpression) && n.Field() == syntax.FieldLeft {
			continue
		}
		out = append(out, n)
	}
	return out
}

// namedBy is the variable that an expression initialises, or nil.
func namedBy(m *model.Module, expr syntax.Node) *model.Binding {
	d := expr.Parent()
	if !d.Is(syntax.VariableDeclarator) {
		return nil
	}
	return m.Resolve(d.Child(syntax.FieldName))
}

// methodOn is the call expr.name(…) around an expression, with the method's
// name; the zero Node when the expression is not a receiver. A property that
// is read and not called gives its name with the zero Node.
func methodOn(expr syntax.Node) (call syntax.Node, name string) {
	p := expr.Parent()
	if !p.Is(syntax.MemberExpression) || expr.Field() != syntax.FieldObject {
		return syntax.Node{}, ""
	}
	name = p.Child(syntax.FieldProperty).Text()
	if c := p.Parent(); c.Is(syntax.CallExpression) && p.Field() == syntax.FieldFunction {
		return c, name
	}
	return syntax.Node{}, name
}

// typeOf is the type that an annotation in the file gives to an expression, or
// the zero Node: of a variable, a field, a cast, or a property of an interface
// or type alias of the file.
func typeOf(m *model.Module, n syntax.Node) syntax.Node { return typeAt(m, n, 0) }

func typeAt(m *model.Module, n syntax.Node, depth int) syntax.Node {
	if depth > 6 {
		return syntax.Node{}
	}
	switch n.Kind() {
	case syntax.ParenthesizedExpression, syntax.NonNullExpression:
		return typeAt(m, n.NamedChild(0), depth+1)
	case syntax.AsExpression:
		return n.NamedChild(1)
	case syntax.Identifier:
		b := m.Resolve(n)
		if b == nil || !b.Type.OK() {
			return syntax.Node{}
		}
		t := b.Type.NamedChild(0)
		for _, name := range b.Path {
			t = propertyType(m, t, name)
		}
		return t
	case syntax.MemberExpression:
		name := n.Child(syntax.FieldProperty).Text()
		object := n.Child(syntax.FieldObject)
		if v := m.Eval(object); v.Kind == model.Instance {
			if f := v.Class.Field(name); f != nil {
				return f.Type.NamedChild(0)
			}
			return syntax.Node{}
		}
		return propertyType(m, typeAt(m, object, depth+1), name)
	}
	return syntax.Node{}
}

func propertyType(m *model.Module, t syntax.Node, name string) syntax.Node {
	if t.Is(syntax.TypeIdentifier) {
		t = declaredType(m, t)
	}
	for p := range t.NamedChildren() {
		if p.Is(syntax.PropertySignature) && p.Child(syntax.FieldName).Text() == name {
			return p.Child(syntax.FieldType).NamedChild(0)
		}
	}
	return syntax.Node{}
}

// declaredType is the body of the interface or object type alias that a type's name
// refers to.
func declaredType(m *model.Module, name syntax.Node) syntax.Node {
	d := m.Declaration(name)
	if d.Is(syntax.InterfaceDeclaration) {
		return d.Child(syntax.FieldBody)
	}
	return d.Child(syntax.FieldValue)
}

// union reports whether a type is, or is a union with, one of the names.
func union(t syntax.Node, names ...string) bool {
	for _, part := range strings.Split(t.Text(), "|") {
		for _, name := range names {
			if strings.TrimSpace(part) == name {
				return true
			}
		}
	}
	return false
}

// leaves is the break, return or throw that ends a loop early; one of an inner
// loop or function does not count.
func leaves(loop syntax.Node) syntax.Node {
	body := loop.Child(syntax.FieldBody)
	for n := range body.Descendants() {
		if !n.Is(syntax.BreakStatement, syntax.ReturnStatement, syntax.ThrowStatement) {
			continue
		}
		if own(body, n, n.Is(syntax.BreakStatement) && !n.Child(syntax.FieldLabel).OK()) {
			return n
		}
	}
	return syntax.Node{}
}

// own reports whether nothing between a body and a node below it runs apart
// from the body: a function, or for a break also a loop or a switch.
func own(body, n syntax.Node, loops bool) bool {
	for a := range n.Ancestors() {
		if a == body {
			return true
		}
		if isFunction(a) || loops && a.Is(syntax.ForStatement, syntax.ForInStatement, syntax.WhileStatement, syntax.DoStatement, syntax.SwitchStatement) {
			return false
		}
	}
	return n == body
}

func isFunction(n syntax.Node) bool {
	return n.Is(syntax.ArrowFunction, syntax.FunctionExpression, syntax.FunctionDeclaration, syntax.MethodDefinition, syntax.GeneratorFunction, syntax.GeneratorFunctionDeclaration)
}

// subject names the table or statement of a query for a message.
func subject(s model.Statement) string {
	switch {
	case len(s.Writes) > 0 && s.Writes[0] != "" && s.Writes[0] != strings.ToLower(model.Hole):
		return s.Verb + " of " + s.Writes[0]
	case len(s.Reads) > 0 && s.Reads[0] != strings.ToLower(model.Hole):
		return s.Verb + " from " + s.Reads[0]
	}
	return s.Verb
}
