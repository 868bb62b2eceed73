package model

import "durable-objects-mcp/internal/syntax"

// table holds what is known about the nodes of one tree. Few nodes have a mark
// or a value, so a number per node leads to it, 0 for none.
type table struct {
	marked []int32
	marks  []mark
	valued []int32
	values []Value
}

// mark says what a node opens or is.
type mark struct {
	scope   *scope
	fn      *Func
	class   *Class
	handler bool // a function of the default export
}

func newTable(tree *syntax.Tree) table {
	n := tree.Size()
	ids := make([]int32, 2*n)
	return table{marked: ids[:n:n], marks: make([]mark, 1, 64), valued: ids[n:], values: make([]Value, 1, 128)}
}

// marked returns what is known about a node, or nil.
func (m *Module) marked(n syntax.Node) *mark {
	if !n.OK() {
		return nil
	}
	t := &m.Home(n).table
	if i := t.marked[n.ID()]; i != 0 {
		return &t.marks[i]
	}
	return nil
}

// mark returns a node's mark, to be filled in. It is valid until the next one is made.
func (m *Module) mark(n syntax.Node) *mark {
	t := &m.Home(n).table
	i := t.marked[n.ID()]
	if i == 0 {
		i = int32(len(t.marks))
		t.marks = append(t.marks, mark{})
		t.marked[n.ID()] = i
	}
	return &t.marks[i]
}

// Func returns the function whose node n is, or nil.
func (m *Module) Func(n syntax.Node) *Func {
	if k := m.marked(n); k != nil {
		return k.fn
	}
	return nil
}

// class returns the class whose node n is, or nil.
func (m *Module) class(n syntax.Node) *Class {
	if k := m.marked(n); k != nil {
		return k.class
	}
	return nil
}

// scope returns the names that are declared in what n opens, or nil.
func (m *Module) scope(n syntax.Node) *scope {
	if k := m.marked(n); k != nil {
		return k.scope
	}
	return nil
}

// value returns what is remembered of an expression's meaning.
func (m *Module) value(n syntax.Node) (Value, bool) {
	t := &m.Home(n).table
	if i := t.valued[n.ID()]; i != 0 {
		return t.values[i], true
	}
	return Value{}, false
}

func (m *Module) remember(n syntax.Node, v Value) {
	t := &m.Home(n).table
	if i := t.valued[n.ID()]; i != 0 {
		t.values[i] = v
		return
	}
	t.valued[n.ID()] = int32(len(t.values))
	t.values = append(t.values, v)
}
