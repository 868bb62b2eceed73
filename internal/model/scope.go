package model

import (
	"strconv"

	"durable-objects-mcp/internal/syntax"
)

// Binding is one declared name.
type Binding struct {
	Name string
	Decl syntax.Node // variable_declarator, parameter, function, class, catch clause or for statement
	// Init is what the name (or the pattern that holds it) is bound to, or the
	// zero Node. Path leads from Init's value to this name through the pattern.
	Init syntax.Node
	Path []string
	Type syntax.Node // type annotation
	// Param is the function when the name is (part of) a parameter, with Index.
	Param *Func
	Index int
	// Each reports a for…of variable: Init is the sequence, not the value.
	Each bool
	// Const reports `const`, a function, a class or an import.
	Const bool
	// Writes are the right-hand sides assigned later, the zero Node for ++.
	Writes []syntax.Node
	// Global reports module scope, that of a namespace included.
	Global bool
	Func   *Func  // the function that it names, or nil
	Class  *Class // the class that it names, or nil
	Module *Import
	// Space is the file that `import * as name` leads to, when it is at hand.
	Space *Module
	// Block is the body of the namespace that it names, or the zero Node.
	Block syntax.Node

	target   func() *Binding // finds what an imported name is in its own file
	source   *Binding
	followed bool
}

// scope holds the names that a block, a function or a file declares. Most have a
// handful, which are found faster one by one; index is for the others.
type scope struct {
	list  []*Binding
	index map[string]*Binding
}

const indexedFrom = 16

func (s *scope) get(name string) *Binding {
	if s == nil {
		return nil
	}
	if s.index != nil {
		return s.index[name]
	}
	for i := len(s.list) - 1; i >= 0; i-- { // a later declaration of the name wins
		if s.list[i].Name == name {
			return s.list[i]
		}
	}
	return nil
}

func (s *scope) put(b *Binding) {
	s.list = append(s.list, b)
	if s.index != nil {
		s.index[b.Name] = b
	} else if len(s.list) >= indexedFrom {
		s.index = make(map[string]*Binding, 4*indexedFrom)
		for _, have := range s.list {
			s.index[have.Name] = have
		}
	}
}

func (m *Module) scopeOf(n syntax.Node) *scope {
	k := m.mark(n)
	if k.scope == nil {
		k.scope = &scope{}
	}
	return k.scope
}

// bind declares every name in its scope and records later assignments.
func (m *Module) bind() {
	root := m.Tree.Root()
	for i := range m.Imports {
		imp := &m.Imports[i]
		m.scopeOf(root).put(&Binding{Name: imp.Local, Decl: imp.Node, Const: true, Global: true, Module: imp})
	}
	for n := range root.Descendants() {
		switch n.Kind() {
		case syntax.VariableDeclarator:
			decl := n.Parent()
			isConst := decl.HasToken("const") || decl.HasToken("using")
			home := m.blockScope(n)
			if decl.Is(syntax.VariableDeclaration) { // var
				home = m.functionScope(n)
			}
			m.declare(home, n.Child(syntax.FieldName), Binding{Decl: n, Init: n.Child(syntax.FieldValue), Type: n.Child(syntax.FieldType), Const: isConst})
		case syntax.ForInStatement:
			if left := n.Child(syntax.FieldLeft); n.Child(syntax.FieldKind).OK() {
				m.declare(n, left, Binding{Decl: n, Init: n.Child(syntax.FieldRight), Each: n.HasToken("of") || n.Child(syntax.FieldOperator).Text() == "of", Const: n.Child(syntax.FieldKind).Text() == "const"})
			}
		case syntax.CatchClause:
			if p := n.Child(syntax.FieldParameter); p.OK() {
				m.declare(n, p, Binding{Decl: n})
			}
		case syntax.FunctionDeclaration, syntax.GeneratorFunctionDeclaration:
			name := n.Child(syntax.FieldName)
			m.declare(m.blockScope(n), name, Binding{Decl: n, Const: true, Func: m.Func(n)})
		case syntax.ClassDeclaration, syntax.AbstractClassDeclaration:
			name := n.Child(syntax.FieldName)
			m.declare(m.blockScope(n), name, Binding{Decl: n, Const: true, Class: m.class(n)})
		case syntax.Class: // const A = class B { … }: only B itself knows that name
			if m.class(n) != nil {
				m.declare(n, n.Child(syntax.FieldName), Binding{Decl: n, Const: true, Class: m.class(n)})
			}
		case syntax.InternalModule:
			m.bindNamespace(n)
		case syntax.EnumDeclaration:
			m.declare(m.blockScope(n), n.Child(syntax.FieldName), Binding{Decl: n, Const: true})
		}
		if f := m.Func(n); f != nil {
			m.bindParams(f)
		}
	}
	for n := range root.Descendants() {
		switch n.Kind() {
		case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
			m.recordWrites(n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight))
		case syntax.UpdateExpression:
			m.recordWrites(n.Child(syntax.FieldArgument), syntax.Node{})
		case syntax.CallExpression:
			switch callee := unwrap(n.Child(syntax.FieldFunction)); callee.Kind() {
			case syntax.Identifier:
				if b := m.Resolve(callee); b != nil {
					m.calls[b] = append(m.calls[b], n)
				}
			case syntax.MemberExpression:
				name := callee.Child(syntax.FieldProperty).Text()
				m.methods[name] = append(m.methods[name], n)
			case syntax.Super:
				m.news = append(m.news, n)
			}
		case syntax.NewExpression:
			m.news = append(m.news, n)
		}
	}
}

// bindNamespace declares namespace X { … }. A class or function of the same name, to
// which a namespace adds members, keeps the name.
func (m *Module) bindNamespace(n syntax.Node) {
	name, body := n.Child(syntax.FieldName), n.Child(syntax.FieldBody)
	if !name.Is(syntax.Identifier) || !body.OK() {
		return
	}
	home := m.blockScope(n)
	if b := m.scope(home).get(name.Text()); b != nil && (b.Class != nil || b.Func != nil) {
		b.Block = body
		return
	}
	m.declare(home, name, Binding{Decl: n, Const: true, Block: body})
}

// namespaceBody is the body of the namespace that an expression names, in whichever
// file, or the zero Node.
func (m *Module) namespaceBody(n syntax.Node, depth int) syntax.Node {
	n = unwrap(n)
	if depth > maxEval {
		return syntax.Node{}
	}
	var b *Binding
	switch n.Kind() {
	case syntax.Identifier:
		b = m.Resolve(n)
	case syntax.MemberExpression:
		object, name := n.Child(syntax.FieldObject), n.Child(syntax.FieldProperty).Text()
		if space := m.Resolve(object); space != nil && space.Space != nil {
			b = space.Space.exported(name, 0)
		} else if body := m.namespaceBody(object, depth+1); body.OK() {
			b = m.scope(body).get(name).origin()
		}
	}
	if b == nil {
		return syntax.Node{}
	}
	return b.Block
}

func (m *Module) recordWrites(left, right syntax.Node) {
	left = unwrap(left)
	switch {
	case left.Is(syntax.Identifier):
		if b := m.Resolve(left); b != nil {
			b.Writes = append(b.Writes, right)
		}
	case left.Is(syntax.ArrayPattern, syntax.ObjectPattern):
		for n := range left.Descendants() {
			if n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifierPattern) {
				if b := m.Resolve(n); b != nil {
					b.Writes = append(b.Writes, right)
				}
			}
		}
	}
}

func (m *Module) bindParams(f *Func) {
	for i, p := range f.Params {
		pattern, typ := p.Child(syntax.FieldPattern), p.Child(syntax.FieldType)
		if !pattern.OK() {
			pattern = p // the single parameter of `x => …`
		}
		m.declare(f.Node, pattern, Binding{Decl: p, Type: typ, Param: f, Index: i})
	}
}

// declare adds the names of a pattern to the scope of home.
func (m *Module) declare(home, pattern syntax.Node, proto Binding) {
	switch pattern.Kind() {
	case syntax.Identifier, syntax.TypeIdentifier, syntax.ShorthandPropertyIdentifierPattern:
		b := m.bindings.next()
		*b = proto
		b.Name = pattern.Text()
		b.Path = append([]string(nil), proto.Path...)
		if pattern.Is(syntax.ShorthandPropertyIdentifierPattern) {
			b.Path = append(b.Path, b.Name)
		}
		b.Global = home.Is(syntax.Program) || home.Parent().Is(syntax.InternalModule)
		if b.Func == nil && b.Init.OK() && len(b.Path) == 0 {
			b.Func = m.Func(unwrap(b.Init))
			b.Class = m.class(unwrap(b.Init))
		}
		m.scopeOf(home).put(b)
	case syntax.ObjectPattern:
		for c := range pattern.NamedChildren() {
			m.declare(home, c, proto)
		}
	case syntax.PairPattern:
		proto.Path = append(append([]string(nil), proto.Path...), pattern.Child(syntax.FieldKey).Text())
		m.declare(home, pattern.Child(syntax.FieldValue), proto)
	case syntax.ArrayPattern:
		i := 0
		for c := range pattern.Children() {
			if c.Kind() == syntax.Token {
				if c.Text() == "," {
					i++
				}
				continue
			}
			sub := proto
			sub.Path = append(append([]string(nil), proto.Path...), strconv.Itoa(i))
			m.declare(home, c, sub)
		}
	case syntax.ObjectAssignmentPattern, syntax.AssignmentPattern:
		m.declare(home, pattern.Child(syntax.FieldLeft), proto)
	case syntax.RestPattern:
		proto.Init, proto.Param = syntax.Node{}, nil
		m.declare(home, pattern.NamedChild(0), proto)
	}
}

// blockScope is the nearest node that opens a scope around n.
func (m *Module) blockScope(n syntax.Node) syntax.Node {
	for a := range n.Ancestors() {
		switch a.Kind() {
		case syntax.StatementBlock, syntax.ForStatement, syntax.ForInStatement, syntax.SwitchBody, syntax.ClassStaticBlock, syntax.Program:
			return a
		}
		if m.Func(a) != nil {
			return a
		}
	}
	return n.Tree().Root()
}

func (m *Module) functionScope(n syntax.Node) syntax.Node {
	for a := range n.Ancestors() {
		if m.Func(a) != nil || a.Is(syntax.Program) {
			return a
		}
	}
	return n.Tree().Root()
}

// Resolve finds the binding that an identifier refers to, in the file that
// declares it when that is at hand, or nil for a global of the platform and for
// what is not an identifier.
func (m *Module) Resolve(id syntax.Node) *Binding {
	if !id.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier, syntax.ShorthandPropertyIdentifierPattern) {
		return nil
	}
	return m.lookup(id, id.Text())
}

func (m *Module) lookup(from syntax.Node, name string) *Binding {
	if !from.OK() {
		return nil
	}
	t := &m.Home(from).table
	for a := from.Parent(); a.OK(); a = a.Parent() {
		i := t.marked[a.ID()]
		if i == 0 {
			continue
		}
		if b := t.marks[i].scope.get(name); b != nil {
			return b.origin()
		}
	}
	return nil
}

// Uses are the places of the file that declares a variable where it is named, in
// source order, its declaration and assignments to it among them. The result is
// shared: it must not be changed.
func (m *Module) Uses(b *Binding) []syntax.Node {
	home := m.Home(b.Decl)
	if home.uses == nil {
		home.uses = map[*Binding][]syntax.Node{}
		for n := range home.Tree.Root().Descendants() {
			if used := m.Resolve(n); used != nil {
				home.uses[used] = append(home.uses[used], n)
			}
		}
	}
	return home.uses[b]
}
