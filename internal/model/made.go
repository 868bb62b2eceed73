package model

import (
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Some packages make the class themselves and take a function that sets one object
// up: generateHonoObject("/count", (app, state) => { app.get("/", …); }). The
// function stands for the class: it is the constructor, what it hands to the router
// are the entry points, and the rest of the class is the package's.

// makers are names of functions that make such classes.
var makers = regexp.MustCompile(`(?i)durable|honoobject`)

// routes are the methods of a router that take a handler.
var routes = map[string]bool{"get": true, "post": true, "put": true, "patch": true, "delete": true, "all": true, "on": true, "use": true, "alarm": true}

// collectMade finds the objects that packages make of a function of this file.
func (m *Module) collectMade() {
	for _, imp := range m.Imports {
		if imp.TypeOnly || strings.HasPrefix(imp.From, ".") || !makers.MatchString(imp.Imported) {
			continue
		}
		b := m.scope(m.Tree.Root()).get(imp.Local)
		if b.origin() != b {
			continue // a function of the project, which shows what it makes
		}
		for _, call := range m.calls[b] {
			m.collectMadeBy(call, imp.Imported)
		}
	}
}

func (m *Module) collectMadeBy(call syntax.Node, maker string) {
	name := call.Parent()
	if !name.Is(syntax.VariableDeclarator) {
		return
	}
	for a := range call.Child(syntax.FieldArguments).NamedChildren() {
		f := m.Func(unwrap(a))
		if f == nil || !slices.ContainsFunc(f.Params, func(p syntax.Node) bool { return setUpParam(p).Is(Ctx, Storage) }) {
			continue
		}
		c := &Class{
			Name: name.Child(syntax.FieldName).Text(), Node: f.Node, Exported: name.Parent().Parent().Is(syntax.ExportStatement),
			Object: "is made by " + maker, Framework: maker, Lent: true, Ctor: f,
		}
		f.Kind, f.Class = Constructor, c
		m.mark(f.Node).class = c
		m.Classes = append(m.Classes, c)
		for _, handler := range m.Funcs {
			args := handler.Node.Parent()
			if handler.Outer != f || !args.Is(syntax.Arguments) {
				continue
			}
			if object, method := Callee(args.Parent()); object.Is(syntax.Identifier) && routes[method] && m.lookup(object, object.Text()).isParam(f) {
				path, _ := m.Text(argument(args.Parent(), 0))
				handler.Kind, handler.Class = Method, c
				handler.Name = strings.TrimSpace(strings.ToUpper(method) + " " + path)
				c.Methods = append(c.Methods, handler)
			}
		}
		return
	}
}

// made reports a class that a package makes of a function: its constructor is all
// that the file has of it.
func (c *Class) made() bool { return c.Ctor != nil && c.Ctor.Node == c.Node }

func (b *Binding) isParam(f *Func) bool { return b != nil && b.Param == f }

// setUpParam is what such a function's parameter stands for, by its type or by what
// people call it.
func setUpParam(p syntax.Node) Value {
	pattern := p.Child(syntax.FieldPattern)
	if !pattern.OK() {
		pattern = p
	}
	name := strings.ToLower(pattern.Text())
	switch typ := typeText(p.Child(syntax.FieldType)); {
	case strings.HasPrefix(typ, "DurableObjectState"):
		return Value{Kind: Ctx}
	case strings.HasPrefix(typ, "DurableObjectStorage"):
		return Value{Kind: Storage}
	case pattern.Is(syntax.ObjectPattern):
		for part := range pattern.NamedChildren() {
			if key := part.Child(syntax.FieldKey).Text(); part.Text() == "storage" || key == "storage" {
				return Value{Kind: Ctx}
			}
		}
	case name == "state" || name == "ctx" || name == "durableobjectstate":
		return Value{Kind: Ctx}
	case name == "storage":
		return Value{Kind: Storage}
	case name == "env":
		return Value{Kind: Env}
	}
	return Value{}
}
