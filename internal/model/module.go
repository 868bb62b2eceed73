// Package model says what a Durable Object module means: its classes and how
// they are known to be Durable Objects, their entry points, fields and helpers,
// what each expression stands for (the context, its storage, a stub, a socket),
// and every operation in evaluation order with each await classed by whether it
// lets other events in.
//
// It holds facts, not opinions: the gotchas decide what is wrong.
package model

import (
	"strconv"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Module is one source file, understood together with the others of its project.
type Module struct {
	*program
	Tree    *syntax.Tree
	Imports []Import
	// Classes are all classes of the file in source order; see Objects.
	Classes []*Class
	// Funcs are all functions, methods and arrow functions in source order.
	Funcs []*Func

	test    bool // see TestFile
	table   table
	links   map[string]*Module // files that import specifiers lead to
	exports map[string]*Binding

	objects  []*Class                   // those of Classes that are Durable Objects
	reviewed []*Func                    // what Reviewed has gathered
	uses     map[*Binding][]syntax.Node // what Uses has gathered
	kinds    *byKind                    // the nodes by kind, once asked for
	memo     map[string]any             // what Memo keeps
	brief    map[string]any             // what Brief keeps
}

// Import is one imported name.
type Import struct {
	Local    string // name in this file
	Imported string // name in the other module: "default", "*" or an export
	From     string
	TypeOnly bool
	Node     syntax.Node
}

// Class is a class declaration or expression.
type Class struct {
	Name     string
	Node     syntax.Node
	Exported bool
	Base     string // text of the extends clause without type arguments, or ""
	base     syntax.Node
	// Object says why the class is a Durable Object, "" when it is not one:
	// "extends DurableObject", "extends Agent", "implements DurableObject",
	// "takes a DurableObjectState", "bound in the configuration".
	Object string
	// Lent reports a helper that serves an object which is not at hand: handlers
	// are that object's.
	Lent bool
	// Framework is the name of a known base that owns handlers (Agent, Server,
	// Container, …), or "".
	Framework string
	// Modern reports a class that extends DurableObject itself or something
	// that does, so that RPC and this.ctx work.
	Modern bool
	// Super is the base class when the project shows it.
	Super   *Class
	Ctor    *Func
	Methods []*Func // methods, accessors and arrow-function fields, without the constructor

	indexed        map[string]*Func // Methods by name, see index
	indexedMethods int              // how many of them there were
	Fields         []*Field
}

// Field is an instance or static field, declared or assigned in the constructor.
type Field struct {
	Name   string // with the leading "#" for private names
	Node   syntax.Node
	Init   syntax.Node // initialiser, from the declaration or the constructor
	Type   syntax.Node // type annotation, or the zero Node
	Static bool
	// Param reports a constructor parameter property.
	Param bool
}

// FuncKind tells how a function is written.
type FuncKind uint8

const (
	PlainFunc FuncKind = iota
	Constructor
	Method
	Getter
	Setter
	ArrowField // a class field that holds a function
)

// Func is one function-like and what it does.
type Func struct {
	Name   string
	Kind   FuncKind
	Node   syntax.Node
	Body   syntax.Node
	Class  *Class // the class it is a member of, or nil
	Outer  *Func  // the function it stands in, or nil
	Async  bool
	Static bool
	// Hidden reports a #private member; Restricted a TypeScript private or
	// protected one, which is public at run time.
	Hidden, Restricted bool
	Params             []syntax.Node
	// Ops are the function's own operations in evaluation order; those of
	// functions inside it are theirs, linked by Invoke ops.
	Ops []*Op

	opens openState
}

// Objects are the Durable Object classes of the file. The result is shared: it
// must not be changed.
func (m *Module) Objects() []*Class { return m.objects }

// collect finds imports, classes and functions in one pass over the tree.
func (m *Module) collect() {
	for n := range m.Tree.Root().Descendants() {
		switch n.Kind() {
		case syntax.ImportStatement:
			m.collectImport(n)
		case syntax.ClassDeclaration, syntax.AbstractClassDeclaration, syntax.Class:
			if n.Named() && n.Child(syntax.FieldBody).OK() {
				m.collectClass(n)
			}
		case syntax.FunctionDeclaration, syntax.FunctionExpression, syntax.ArrowFunction, syntax.MethodDefinition,
			syntax.GeneratorFunction, syntax.GeneratorFunctionDeclaration:
			if n.Child(syntax.FieldBody).OK() {
				m.collectFunc(n)
			}
		}
	}
}

func (m *Module) collectImport(n syntax.Node) {
	from := unquote(n.Child(syntax.FieldSource).Text())
	typeOnly := n.HasToken("type")
	clause := n.FirstOf(syntax.ImportClause)
	for c := range clause.NamedChildren() {
		switch c.Kind() {
		case syntax.Identifier:
			m.Imports = append(m.Imports, Import{c.Text(), "default", from, typeOnly, n})
		case syntax.NamespaceImport:
			m.Imports = append(m.Imports, Import{c.NamedChild(0).Text(), "*", from, typeOnly, n})
		case syntax.NamedImports:
			for spec := range c.NamedChildren() {
				name := spec.Child(syntax.FieldName).Text()
				local := name
				if alias := spec.Child(syntax.FieldAlias); alias.OK() {
					local = alias.Text()
				}
				m.Imports = append(m.Imports, Import{local, name, from, typeOnly || spec.HasToken("type"), n})
			}
		}
	}
}

// Import returns the import with a local name.
func (m *Module) Import(local string) (Import, bool) {
	for _, i := range m.Imports {
		if i.Local == local {
			return i, true
		}
	}
	return Import{}, false
}

func (m *Module) collectClass(n syntax.Node) {
	c := &Class{Name: n.Child(syntax.FieldName).Text(), Node: n}
	p := n.Parent()
	c.Exported = p.Is(syntax.ExportStatement)
	if c.Name == "" && p.Is(syntax.VariableDeclarator) {
		c.Name = p.Child(syntax.FieldName).Text()
		c.Exported = p.Parent().Parent().Is(syntax.ExportStatement)
	}
	if h := n.FirstOf(syntax.ClassHeritage); h.OK() {
		if e := h.FirstOf(syntax.ExtendsClause); e.OK() {
			c.base = e.Child(syntax.FieldValue)
			c.Base = c.base.Text()
		}
	}
	m.mark(n).class = c
	m.Classes = append(m.Classes, c)
}

func (m *Module) collectFunc(n syntax.Node) {
	f := &Func{Name: n.Child(syntax.FieldName).Text(), Node: n, Body: n.Child(syntax.FieldBody), Async: n.HasToken("async")}
	if params := n.Child(syntax.FieldParameters); params.OK() {
		for p := range params.NamedChildren() {
			f.Params = append(f.Params, p)
		}
	} else if p := n.Child(syntax.FieldParameter); p.OK() {
		f.Params = append(f.Params, p)
	}
	member := n
	switch p := n.Parent(); {
	case n.Is(syntax.MethodDefinition):
		f.Kind = Method
		switch {
		case f.Name == "constructor":
			f.Kind = Constructor
		case n.HasToken("get"):
			f.Kind = Getter
		case n.HasToken("set"):
			f.Kind = Setter
		}
	case p.Is(syntax.PublicFieldDefinition) && n.Field() == syntax.FieldValue:
		f.Kind, f.Name, member = ArrowField, p.Child(syntax.FieldName).Text(), p
	case p.Is(syntax.VariableDeclarator):
		f.Name = p.Child(syntax.FieldName).Text()
	case p.Is(syntax.Pair):
		f.Name = p.Child(syntax.FieldKey).Text()
	}
	if member.Parent().Is(syntax.ClassBody) {
		f.Class = m.class(member.Parent().Parent())
		f.Static = member.HasToken("static")
		f.Hidden = strings.HasPrefix(f.Name, "#")
		if acc := member.FirstOf(syntax.AccessibilityModifier); acc.OK() {
			f.Restricted = acc.Text() != "public"
		}
	}
	for a := range n.Ancestors() {
		if outer := m.Func(a); outer != nil {
			f.Outer = outer
			break
		}
	}
	m.mark(n).fn = f
	m.Funcs = append(m.Funcs, f)
	if f.Class == nil {
		return
	}
	if f.Kind == Constructor {
		f.Class.Ctor = f
	} else {
		f.Class.Methods = append(f.Class.Methods, f)
	}
}

// FuncAt returns the innermost function that n stands in, or nil.
func (m *Module) FuncAt(n syntax.Node) *Func {
	for a := range n.Ancestors() {
		if f := m.Func(a); f != nil {
			return f
		}
	}
	return nil
}

// ClassAt returns the innermost class that n stands in, or nil.
func (m *Module) ClassAt(n syntax.Node) *Class {
	for a := range n.Ancestors() {
		if c := m.class(a); c != nil {
			return c
		}
	}
	return nil
}

// Member returns the class's method, accessor or arrow field with a name,
// looking into base classes, or nil.
func (c *Class) Member(name string) *Func {
	for depth := 0; c != nil && depth < 16; c, depth = c.Super, depth+1 {
		if len(c.Methods) > indexedFrom {
			if f := c.index()[name]; f != nil {
				return f
			}
			continue
		}
		for _, f := range c.Methods {
			if f.Name == name && !f.Static {
				return f
			}
		}
	}
	return nil
}

// index is the methods of a large class by name, the first of each.
func (c *Class) index() map[string]*Func {
	if len(c.indexed) == 0 || c.indexedMethods != len(c.Methods) {
		c.indexed, c.indexedMethods = make(map[string]*Func, len(c.Methods)), len(c.Methods)
		for _, f := range c.Methods {
			if c.indexed[f.Name] == nil && !f.Static {
				c.indexed[f.Name] = f
			}
		}
	}
	return c.indexed
}

// StaticMember returns the class's static method with a name, looking into base
// classes, or nil.
func (c *Class) StaticMember(name string) *Func {
	for depth := 0; c != nil && depth < 16; c, depth = c.Super, depth+1 {
		for _, f := range c.Methods {
			if f.Name == name && f.Static {
				return f
			}
		}
	}
	return nil
}

// Field returns the class's field with a name, looking into base classes, or nil.
func (c *Class) Field(name string) *Field {
	for depth := 0; c != nil && depth < 16; c, depth = c.Super, depth+1 {
		for _, f := range c.Fields {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

// Has reports whether the class, or a base of it, has the method.
func (c *Class) Has(name string) bool { return c.Member(name) != nil }

// Key tells the class from every other one of the project, for Memo and Brief.
func (c *Class) Key() string { return c.Node.Tree().Path + "#" + strconv.Itoa(c.Node.ID()) }

// Opaque reports a base class that the project does not show: handlers and fields
// may be inherited.
func (c *Class) Opaque() bool {
	for depth := 0; c.Super != nil && depth < 16; depth++ {
		c = c.Super
	}
	return c.Lent || c.Framework != "" || c.Base != "" && !c.Modern
}

// frameworkBases own some of the platform's handlers themselves.
// Source: the packages agents, partyserver, y-partyserver, @cloudflare/containers,
// @cloudflare/sandbox and @cloudflare/actors.
var frameworkBases = map[string]bool{
	"Agent": true, "AIChatAgent": true, "McpAgent": true, "Server": true, "YServer": true,
	"Container": true, "Sandbox": true, "Actor": true,
}

// classify decides which classes are Durable Objects, base classes first.
func (g *program) classify() {
	done := map[*Class]bool{}
	var visit func(m *Module, c *Class)
	visit = func(m *Module, c *Class) {
		if done[c] {
			return
		}
		done[c] = true
		base := m.baseOf(c.base, 0)
		if base.class != nil && base.class != c {
			visit(m.Home(base.class.Node), base.class)
			c.Super, c.Object, c.Modern, c.Framework = base.class, base.class.Object, base.class.Modern, base.class.Framework
		} else {
			c.platform(base.name, base.from)
		}
		m.collectFields(c)
		if c.Object == "" {
			m.classifyBySigns(c)
		}
	}
	for _, m := range g.modules {
		for _, c := range m.Classes {
			visit(m, c)
		}
	}
	for _, m := range g.modules {
		m.markExports()
		m.markLent()
		for _, c := range m.Classes {
			if c.Object != "" {
				m.objects = append(m.objects, c)
			}
		}
	}
}

// base is what an extends clause comes to: a class of the project, or a name
// that a package exports ("" for one that nothing declares).
type base struct {
	class      *Class
	name, from string
}

// baseOf follows a class expression through names, imports, mixins and wrappers.
// It is used before values are known, so it evaluates nothing else.
func (m *Module) baseOf(n syntax.Node, depth int) base {
	n = unwrap(n)
	if !n.OK() || depth > maxEval {
		return base{}
	}
	switch n.Kind() {
	case syntax.Identifier:
		b := m.lookup(n, n.Text())
		switch {
		case b == nil:
			return base{name: n.Text()}
		case b.Class != nil:
			return base{class: b.Class}
		case b.Module != nil:
			return base{name: b.Module.Imported, from: b.Module.From}
		case b.Param != nil: // (Base) => class extends Base
			for _, call := range m.callsOf(b.Param) {
				if got := m.baseOf(argument(call, b.Index), depth+1); got.class != nil || got.name != "" {
					return got
				}
			}
			return base{}
		case b.Init.OK() && len(b.Path) == 0:
			return m.baseOf(b.Init, depth+1)
		}
	case syntax.MemberExpression:
		name := n.Child(syntax.FieldProperty).Text()
		space := m.lookup(n, n.Child(syntax.FieldObject).Text())
		switch {
		case space == nil || !n.Child(syntax.FieldObject).Is(syntax.Identifier):
		case space.Space != nil:
			if b := space.Space.exported(name, 0); b != nil && b.Class != nil {
				return base{class: b.Class}
			}
		case space.Module != nil && space.Module.Imported == "*":
			return base{name: name, from: space.Module.From}
		}
		if body := m.namespaceBody(n.Child(syntax.FieldObject), depth+1); body.OK() {
			if b := m.scope(body).get(name).origin(); b != nil && b.Class != nil {
				return base{class: b.Class}
			}
		}
	case syntax.CallExpression:
		callee := unwrap(n.Child(syntax.FieldFunction))
		if b := m.Resolve(callee); b != nil && b.Func != nil {
			return m.baseOf(result(m, b.Func), depth+1)
		}
		// instrument(options, Base): a wrapper from a package hands on what it is given.
		for a := range n.Child(syntax.FieldArguments).NamedChildren() {
			got := m.baseOf(a, depth+1)
			if got.class != nil || got.name == "DurableObject" || frameworkBases[got.name] {
				return got
			}
		}
	}
	if c := m.class(n); c != nil {
		return base{class: c}
	}
	return base{}
}

// result is the expression that a function returns first.
func result(m *Module, f *Func) syntax.Node {
	if !f.Body.Is(syntax.StatementBlock) {
		return f.Body
	}
	for r := range f.Body.Descendants() {
		if r.Is(syntax.ReturnStatement) && m.FuncAt(r) == f {
			return r.NamedChild(0)
		}
	}
	return syntax.Node{}
}

// platform classes a base that a package exports.
func (c *Class) platform(name, from string) {
	switch {
	case c.Base == "":
	case name == "DurableObject" && (from == "cloudflare:workers" || from == ""):
		c.Object, c.Modern = "extends DurableObject", true
	case frameworkBases[name] && from != "" && !strings.HasPrefix(from, "."):
		c.Object, c.Modern, c.Framework = "extends "+name, true, name
	}
}

func (m *Module) classifyBySigns(c *Class) {
	if h := c.Node.FirstOf(syntax.ClassHeritage); h.OK() {
		for n := range h.FirstOf(syntax.ImplementsClause).NamedChildren() {
			if n.Text() == "DurableObject" {
				c.Object = "implements DurableObject"
				return
			}
		}
	}
	if m.bound[c.Name] {
		c.Object = "bound in the configuration"
		return
	}
	// A class that takes the state and answers fetch is the form from before
	// the base class existed. Helpers that take the state have no fetch.
	if f := c.Member("fetch"); c.Ctor == nil || len(c.Ctor.Params) == 0 || f == nil || f.Kind != Method {
		return
	}
	first := c.Ctor.Params[0]
	switch t := first.Child(syntax.FieldType); {
	case strings.Contains(t.Text(), "DurableObjectState"):
		c.Object = "takes a DurableObjectState"
	case !t.OK() && usedAsState(c, first):
		c.Object = "uses its first argument as a DurableObjectState"
	}
}

// usedAsState reports JavaScript that treats the constructor's first parameter
// as the state: it takes its storage, or calls a method that only the state has,
// there or on the field that keeps it.
func usedAsState(c *Class, param syntax.Node) bool {
	name := param.Text()
	if pattern := param.Child(syntax.FieldPattern); pattern.OK() { // state = {}
		name = pattern.Text()
	}
	body := c.Ctor.Body
	names := map[string]bool{name: true}
	for n := range body.Descendants() {
		if n.Is(syntax.AssignmentExpression) && n.Child(syntax.FieldRight).Text() == name {
			names[n.Child(syntax.FieldLeft).Text()] = true
			body = c.Node
		}
	}
	for n := range body.Descendants() {
		if !n.Is(syntax.MemberExpression) || !names[n.Child(syntax.FieldObject).Text()] {
			continue
		}
		switch n.Child(syntax.FieldProperty).Text() {
		case "storage", "blockConcurrencyWhile", "acceptWebSocket", "getWebSockets":
			return true
		}
	}
	return false
}

// markExports follows `export { A, B as C }` and `export const A = wrap(B)`.
func (m *Module) markExports() {
	for n := range m.Tree.Root().NamedChildren() {
		if !n.Is(syntax.ExportStatement) || n.Child(syntax.FieldSource).OK() {
			continue
		}
		for spec := range n.FirstOf(syntax.ExportClause).NamedChildren() {
			if b := m.lookup(n, spec.Child(syntax.FieldName).Text()); b != nil && b.Class != nil {
				b.Class.Exported = true
			}
		}
		for v := range n.Child(syntax.FieldDeclaration).NamedChildren() {
			if !v.Is(syntax.VariableDeclarator) || !unwrap(v.Child(syntax.FieldValue)).Is(syntax.CallExpression) {
				continue
			}
			if c := m.baseOf(v.Child(syntax.FieldValue), 0).class; c != nil {
				c.Exported = true
				if c.Name == "" {
					c.Name = v.Child(syntax.FieldName).Text()
				}
			}
		}
	}
}

// Exports lists the names that the file exports, "default" included, and
// whether a star re-export of what is not at hand makes the list incomplete.
func (m *Module) Exports() (names map[string]bool, open bool) {
	names = map[string]bool{}
	open = m.exportsInto(names, 0)
	return names, open
}

func (m *Module) exportsInto(names map[string]bool, depth int) (open bool) {
	for n := range m.Tree.Root().NamedChildren() {
		if !n.Is(syntax.ExportStatement) {
			continue
		}
		if n.HasToken("default") {
			names["default"] = true
		}
		if as := n.FirstOf(syntax.NamespaceExport); as.OK() {
			names[as.NamedChild(0).Text()] = true
		} else if n.HasToken("*") {
			from := m.links[unquote(n.Child(syntax.FieldSource).Text())]
			if from == nil || depth > maxReexports {
				open = true
			} else {
				own := names["default"]
				open = from.exportsInto(names, depth+1) || open
				names["default"] = own // a star leaves the default out
			}
		}
		for spec := range n.FirstOf(syntax.ExportClause).NamedChildren() {
			name := spec.Child(syntax.FieldName)
			if alias := spec.Child(syntax.FieldAlias); alias.OK() {
				name = alias
			}
			names[name.Text()] = true
		}
		d := n.Child(syntax.FieldDeclaration)
		if name := d.Child(syntax.FieldName); name.OK() {
			names[name.Text()] = true
		}
		for alias := range n.NamedChildren() { // export import Room = Rooms.Room
			if alias.Is(syntax.ImportAlias) {
				names[alias.NamedChild(0).Text()] = true
			}
		}
		for v := range d.NamedChildren() {
			if v.Is(syntax.VariableDeclarator) {
				names[v.Child(syntax.FieldName).Text()] = true
			}
		}
	}
	return open
}

// markHandlers finds the functions of the default export, where the second
// parameter is env and the third the Worker's own context.
func (m *Module) markHandlers() {
	for n := range m.Tree.Root().NamedChildren() {
		if !n.Is(syntax.ExportStatement) || !n.HasToken("default") {
			continue
		}
		v := n.Child(syntax.FieldValue)
		if !v.OK() {
			v = n.Child(syntax.FieldDeclaration)
		}
		obj := unwrap(v)
		if obj.Is(syntax.Identifier) {
			if b := m.Resolve(obj); b != nil {
				obj = unwrap(b.Init)
			}
		}
		for member := range obj.NamedChildren() {
			switch {
			case member.Is(syntax.MethodDefinition):
				m.mark(member).handler = true
			case member.Is(syntax.Pair):
				m.mark(unwrap(member.Child(syntax.FieldValue))).handler = true
			}
		}
	}
}

// WorkerHandler reports whether f is a handler of the module's default export.
func (m *Module) WorkerHandler(f *Func) bool {
	k := m.marked(f.Node)
	return k != nil && k.handler
}

// HasDefaultExport reports whether the module has one.
func (m *Module) HasDefaultExport() bool {
	names, _ := m.Exports()
	return names["default"]
}

// collectFields gathers declared fields, constructor parameter properties and
// fields that the constructor assigns.
func (m *Module) collectFields(c *Class) {
	for n := range c.Node.Child(syntax.FieldBody).NamedChildren() {
		if !n.Is(syntax.PublicFieldDefinition) {
			continue
		}
		f := &Field{
			Name: n.Child(syntax.FieldName).Text(), Node: n, Init: n.Child(syntax.FieldValue),
			Type: n.Child(syntax.FieldType), Static: n.HasToken("static"),
		}
		if m.Func(f.Init) == nil {
			c.Fields = append(c.Fields, f)
		}
	}
	if c.Ctor == nil {
		return
	}
	for _, p := range c.Ctor.Params {
		if p.FirstOf(syntax.AccessibilityModifier).OK() || p.HasToken("readonly") {
			c.Fields = append(c.Fields, &Field{
				Name: p.Child(syntax.FieldPattern).Text(), Node: p, Type: p.Child(syntax.FieldType), Param: true,
			})
		}
	}
	for n := range c.Ctor.Body.Descendants() {
		if !n.Is(syntax.AssignmentExpression) {
			continue
		}
		left := n.Child(syntax.FieldLeft)
		if !left.Is(syntax.MemberExpression) || !left.Child(syntax.FieldObject).Is(syntax.This) {
			continue
		}
		name := left.Child(syntax.FieldProperty).Text()
		right := n.Child(syntax.FieldRight)
		if own := ownField(c, name); own == nil {
			c.Fields = append(c.Fields, &Field{Name: name, Node: left, Init: right})
		} else if !own.Init.OK() && !own.Param {
			own.Init = right
		}
	}
}

func ownField(c *Class, name string) *Field {
	for _, f := range c.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// unwrap strips parentheses, casts, non-null marks and awaits.
func unwrap(n syntax.Node) syntax.Node {
	for n.Is(syntax.ParenthesizedExpression, syntax.AsExpression, syntax.SatisfiesExpression, syntax.NonNullExpression, syntax.TypeAssertion, syntax.AwaitExpression, syntax.InstantiationExpression) {
		inner := n.NamedChild(0)
		if n.Is(syntax.TypeAssertion) {
			inner = n.NamedChild(1)
		}
		if !inner.OK() {
			return n
		}
		n = inner
	}
	return n
}

// Unwrap strips parentheses, casts, non-null marks and awaits from an expression.
func Unwrap(n syntax.Node) syntax.Node { return unwrap(n) }

func unquote(s string) string {
	if len(s) >= 2 {
		return s[1 : len(s)-1]
	}
	return s
}
