package syntax

import (
	"iter"
	"unsafe"
)

// Node is a handle on one node of a tree; the zero Node is no node. Handles are
// comparable, so they serve as map keys.
type Node struct {
	tree *Tree
	id   int32
}

// Root is the program node.
func (t *Tree) Root() Node { return Node{t, 0} }

// Size is the number of nodes; ids run from 0 to Size-1 in source order.
func (t *Tree) Size() int { return len(t.nodes) }

// At returns the node with the given id.
func (t *Tree) At(id int) Node { return Node{t, int32(id)} }

// OK reports whether n is a node at all.
func (n Node) OK() bool { return n.tree != nil }

// ID is the node's place in pre-order; a parent's is smaller than its children's.
func (n Node) ID() int { return int(n.id) }

// Tree is the tree that n belongs to, nil for the zero Node.
func (n Node) Tree() *Tree { return n.tree }

func (n Node) raw() *node { return &n.tree.nodes[n.id] }

// Kind is the node's grammar symbol; Other for the zero Node.
func (n Node) Kind() Kind {
	if !n.OK() {
		return Other
	}
	return n.raw().kind
}

// Is reports whether the node is of one of the kinds.
func (n Node) Is(kinds ...Kind) bool {
	if !n.OK() {
		return false
	}
	k := n.raw().kind
	for _, want := range kinds {
		if k == want {
			return true
		}
	}
	return false
}

// Field is the node's role in its parent.
func (n Node) Field() Field {
	if !n.OK() {
		return NoField
	}
	return n.raw().field
}

// Named reports whether the node is more than a keyword or punctuation.
func (n Node) Named() bool { return n.OK() && n.raw().flags&flagNamed != 0 }

// Start is the byte offset of the node's first byte.
func (n Node) Start() int { return int(n.raw().start) }

// End is the byte offset after the node's last byte.
func (n Node) End() int { return int(n.raw().end) }

// Line is the 1-based line that the node starts on.
func (n Node) Line() int { line, _ := n.tree.Position(n.Start()); return line }

// EndLine is the 1-based line that the node ends on.
func (n Node) EndLine() int { line, _ := n.tree.Position(max(n.Start(), n.End()-1)); return line }

// Text is the node's source text. It shares the tree's bytes.
func (n Node) Text() string {
	if !n.OK() || n.Start() == n.End() {
		return ""
	}
	return unsafe.String(&n.tree.Src[n.Start()], n.End()-n.Start())
}

// Parent is the enclosing node; the root's is the zero Node.
func (n Node) Parent() Node {
	if !n.OK() || n.raw().parent < 0 {
		return Node{}
	}
	return Node{n.tree, n.raw().parent}
}

// Children yields every child, tokens included.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if !n.OK() {
			return
		}
		end := n.raw().sub
		for i := n.id + 1; i < end; i = n.tree.nodes[i].sub {
			if !yield(Node{n.tree, i}) {
				return
			}
		}
	}
}

// NamedChildren yields the children that are more than a token or a comment.
func (n Node) NamedChildren() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := range n.Children() {
			if c.Named() && c.Kind() != Comment && !yield(c) {
				return
			}
		}
	}
}

// Child returns the first child with the field, or the zero Node.
func (n Node) Child(f Field) Node {
	if !n.OK() {
		return Node{}
	}
	nodes := n.tree.nodes
	for i, end := n.id+1, nodes[n.id].sub; i < end; i = nodes[i].sub {
		if nodes[i].field == f && nodes[i].kind != Comment {
			return Node{n.tree, i}
		}
	}
	return Node{}
}

// NamedChild returns the i-th named child (comments not counted), or the zero Node.
func (n Node) NamedChild(i int) Node {
	if !n.OK() {
		return Node{}
	}
	nodes := n.tree.nodes
	for c, end := n.id+1, nodes[n.id].sub; c < end; c = nodes[c].sub {
		if nodes[c].flags&flagNamed == 0 || nodes[c].kind == Comment {
			continue
		}
		if i == 0 {
			return Node{n.tree, c}
		}
		i--
	}
	return Node{}
}

// FirstOf returns the first child of one of the kinds, or the zero Node.
func (n Node) FirstOf(kinds ...Kind) Node {
	if !n.OK() {
		return Node{}
	}
	nodes := n.tree.nodes
	for i, end := n.id+1, nodes[n.id].sub; i < end; i = nodes[i].sub {
		for _, k := range kinds {
			if nodes[i].kind == k {
				return Node{n.tree, i}
			}
		}
	}
	return Node{}
}

// HasToken reports whether a keyword or operator stands directly in n.
func (n Node) HasToken(text string) bool {
	if !n.OK() {
		return false
	}
	nodes := n.tree.nodes
	for i, end := n.id+1, nodes[n.id].sub; i < end; i = nodes[i].sub {
		if c := &nodes[i]; c.kind == Token && int(c.end-c.start) == len(text) && string(n.tree.Src[c.start:c.end]) == text {
			return true
		}
	}
	return false
}

// Operator is the text of an operator field ("+=", "??", …), or "".
func (n Node) Operator() string { return n.Child(FieldOperator).Text() }

// Descendants yields n and all below it, in source order.
func (n Node) Descendants() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if !n.OK() {
			return
		}
		for i := n.id; i < n.raw().sub; i++ {
			if !yield(Node{n.tree, i}) {
				return
			}
		}
	}
}

// Contains reports whether other is n or below it.
func (n Node) Contains(other Node) bool {
	return n.OK() && other.tree == n.tree && other.id >= n.id && other.id < n.raw().sub
}

// Ancestors yields the parents from the nearest to the root.
func (n Node) Ancestors() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for p := n.Parent(); p.OK(); p = p.Parent() {
			if !yield(p) {
				return
			}
		}
	}
}

// String names the kind as the grammar does.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}
