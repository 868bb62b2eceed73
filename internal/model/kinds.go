package model

import (
	"iter"

	"durable-objects-mcp/internal/syntax"
)

// byKind lists the nodes of a tree by their kind, so that a check that asks for
// one kind does not go through all of them.
type byKind struct {
	ids   []int32
	start [256]int32 // of each kind in ids; the next one's start ends it
}

// OfKind yields the nodes of the file that are of a kind, in source order.
func (m *Module) OfKind(kind syntax.Kind) iter.Seq[syntax.Node] {
	if m.kinds == nil {
		m.kinds = sortByKind(m.Tree)
	}
	ids := m.kinds.ids[m.kinds.start[kind]:m.kinds.start[kind+1]]
	return func(yield func(syntax.Node) bool) {
		for _, id := range ids {
			if !yield(m.Tree.At(int(id))) {
				return
			}
		}
	}
}

func sortByKind(tree *syntax.Tree) *byKind {
	k := &byKind{ids: make([]int32, tree.Size())}
	var count [256]int32
	for n := range tree.Root().Descendants() {
		count[n.Kind()]++
	}
	for i := 1; i < len(count); i++ {
		k.start[i] = k.start[i-1] + count[i-1]
	}
	next := k.start
	for n := range tree.Root().Descendants() {
		kind := n.Kind()
		k.ids[next[kind]] = int32(n.ID())
		next[kind]++
	}
	return k
}
