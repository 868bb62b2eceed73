package syntax

// regroup mends a precedence error of the grammar. It reads
//
//	await storage.get<number>("n")     as     (await storage.get)<number>("n")
//
// and likewise for unary and most binary operators before a call with type
// arguments, the everyday form in typed code. The operator is moved back
// outside the whole chain that follows it, so that every reader sees
// await(call(…)). Offsets stay true; only parents and order change.
func regroup(nodes []node) {
	for i := 0; i < len(nodes); i++ {
		for misgrouped(nodes, i) {
			i = rotate(nodes, i)
		}
	}
}

// misgrouped reports a call with type arguments whose callee is an operator
// expression without parentheses.
func misgrouped(nodes []node, call int) bool {
	if nodes[call].kind != CallExpression || call+1 >= len(nodes) {
		return false
	}
	w := &nodes[call+1]
	if w.field != FieldFunction || w.kind != AwaitExpression && w.kind != UnaryExpression && w.kind != BinaryExpression {
		return false
	}
	next := w.sub
	return next < nodes[call].sub && nodes[next].kind == TypeArguments
}

// rotate moves the operator expression below nodes[call] above the chain of
// calls and members that starts with it, and returns the call's new index.
func rotate(nodes []node, call int) int {
	top := call
	for {
		p := int(nodes[top].parent)
		if p < 0 || p+1 != top {
			break
		}
		k := nodes[p].kind
		if k != CallExpression && k != MemberExpression && k != SubscriptExpression && k != NonNullExpression {
			break
		}
		top = p
	}
	w := call + 1
	r := lastChild(nodes, w)
	if r < 0 {
		return call
	}
	chain, op := call-top+1, r-w // how many nodes change places

	// Everything that stands in the moved range or points into it.
	move := func(j int32) int32 {
		switch {
		case int(j) < top || int(j) >= r:
			return j
		case int(j) <= call:
			return j + int32(op)
		default:
			return j - int32(chain)
		}
	}
	oldTop, oldW, operand := nodes[top], nodes[w], nodes[r]
	for j := top; j < int(oldTop.sub); j++ {
		n := &nodes[j]
		n.parent = move(n.parent)
		if j > w && j < r {
			n.sub -= int32(chain)
		}
		if j <= call {
			n.start = operand.start
		}
	}
	nodes[w].parent, nodes[w].field, nodes[w].sub, nodes[w].end = oldTop.parent, oldTop.field, oldTop.sub, oldTop.end
	nodes[top].parent, nodes[top].field = int32(top), operand.field
	nodes[r].parent, nodes[r].field = int32(call+op), oldW.field

	moved := append([]node(nil), nodes[top:call+1]...)
	copy(nodes[top:], nodes[w:r])
	copy(nodes[top+op:], moved)
	return call + op
}

// lastChild is the index of a node's last child, or -1.
func lastChild(nodes []node, n int) int {
	last := -1
	for c := int32(n + 1); c < nodes[n].sub; c = nodes[c].sub {
		last = int(c)
	}
	return last
}
