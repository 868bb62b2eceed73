package syntax

// regroup mends precedence errors of the grammar, which reads
//
//	await storage.get<number>("n")   as   (await storage.get)<number>("n")
//	a && b!.c                        as   (a && b)!.c
//	await f() as T                   as   await (f() as T)
//	a ?? b as T                      as   (a ?? b) as T
//	a as b.c.d.T                     as   (a as b).c.d.T
//
// all everyday forms in typed code. What binds less tightly is moved outside,
// so that every reader sees await(call(…)), as in TypeScript's own tree. Offsets
// stay true; only parents and order change.
func regroup(src []byte, nodes []node) {
	for i := 0; i < len(nodes); {
		next := i + 1
		if !regrouped[nodes[i].kind] {
			// Most nodes.
		} else if heldTooTightly(src, nodes, i) {
			next = lift(nodes, i)
		} else if castTooTightly(src, nodes, i) {
			next = liftCast(nodes, i)
		}
		i = next
	}
}

// regrouped has the kinds that can be grouped wrongly.
var regrouped = [256]bool{
	CallExpression: true, NonNullExpression: true, MemberExpression: true, AsExpression: true, SatisfiesExpression: true,
	BinaryExpression: true, AwaitExpression: true, UnaryExpression: true,
}

// heldTooTightly reports a node whose first child is an operator expression,
// without parentheses, that binds less tightly than the node itself.
func heldTooTightly(src []byte, nodes []node, i int) bool {
	n, inner := &nodes[i], i+1
	if inner >= int(n.sub) {
		return false
	}
	in := &nodes[inner]
	switch n.kind {
	case CallExpression:
		if next := in.sub; next >= n.sub || nodes[next].kind != TypeArguments {
			return false
		}
		if in.kind != AwaitExpression && in.kind != UnaryExpression && in.kind != BinaryExpression && in.kind != TypeAssertion {
			return false
		}
	case NonNullExpression:
		if in.kind != AwaitExpression && in.kind != UnaryExpression && in.kind != BinaryExpression && in.kind != TypeAssertion {
			return false
		}
	case AsExpression, SatisfiesExpression:
		if in.kind != BinaryExpression || precedence(src, nodes, inner) >= castPrecedence {
			return false
		}
	case BinaryExpression:
		if in.kind != BinaryExpression || precedence(src, nodes, inner) >= precedence(src, nodes, i) {
			return false
		}
	case MemberExpression:
		if in.kind != AsExpression && in.kind != SatisfiesExpression {
			return false
		}
	default:
		return false
	}
	return isOperand(nodes, lastChild(nodes, inner))
}

// castTooTightly reports an operator expression whose operand is a cast,
// without parentheses, that belongs around it.
func castTooTightly(src []byte, nodes []node, i int) bool {
	switch nodes[i].kind {
	case AwaitExpression, UnaryExpression:
	case BinaryExpression:
		if precedence(src, nodes, i) < castPrecedence {
			return false
		}
	default:
		return false
	}
	last := lastChild(nodes, i)
	return last > 0 && (nodes[last].kind == AsExpression || nodes[last].kind == SatisfiesExpression) && isOperand(nodes, last+1)
}

func isOperand(nodes []node, i int) bool {
	return i > 0 && nodes[i].kind != Token && nodes[i].kind != Comment && nodes[i].kind != Error
}

// castPrecedence is that of as and satisfies, and of the relational operators.
const castPrecedence = 8

// precedence is how tightly a binary expression binds.
func precedence(src []byte, nodes []node, binary int) int {
	for c := int32(binary + 1); c < nodes[binary].sub; c = nodes[c].sub {
		if nodes[c].field != FieldOperator {
			continue
		}
		switch string(src[nodes[c].start:nodes[c].end]) {
		case "??":
			return 1
		case "||":
			return 2
		case "&&":
			return 3
		case "|":
			return 4
		case "^":
			return 5
		case "&":
			return 6
		case "==", "!=", "===", "!==":
			return 7
		case "<<", ">>", ">>>":
			return 9
		case "+", "-":
			return 10
		case "*", "/", "%":
			return 11
		case "**":
			return 12
		}
	}
	return castPrecedence
}

// lift moves the operator expression that is the first child of nodes[at] above
// the chain of nodes that starts with it, and returns where to look on.
func lift(nodes []node, at int) int {
	top := at
	for {
		p := int(nodes[top].parent)
		if p < 0 || p+1 != top || !continues(nodes[at].kind, nodes[p].kind) {
			break
		}
		top = p
	}
	w := at + 1
	r := lastChild(nodes, w)
	chain, op := at-top+1, r-w // how many nodes change places

	// Everything that stands in the moved range or points into it.
	move := func(j int32) int32 {
		switch {
		case int(j) < top || int(j) >= r:
			return j
		case int(j) <= at:
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
		if j <= at {
			n.start = operand.start
			if oldW.kind == AsExpression || oldW.kind == SatisfiesExpression {
				n.kind = NestedTypeIdentifier
			}
		}
	}
	nodes[w].parent, nodes[w].field, nodes[w].sub, nodes[w].end = oldTop.parent, oldTop.field, oldTop.sub, oldTop.end
	nodes[top].parent, nodes[top].field = int32(top), operand.field
	nodes[r].parent, nodes[r].field = int32(at+op), oldW.field

	moved := append([]node(nil), nodes[top:at+1]...)
	copy(nodes[top:], nodes[w:r])
	copy(nodes[top+op:], moved)
	return lookAgain(nodes, top)
}

// continues reports whether a node of the outer kind, whose first child is one
// of the inner kind, belongs to the same chain.
func continues(inner, outer Kind) bool {
	switch inner {
	case AsExpression, SatisfiesExpression:
		return outer == AsExpression || outer == SatisfiesExpression
	case BinaryExpression:
		return false
	case MemberExpression:
		return outer == MemberExpression
	}
	return outer == CallExpression || outer == MemberExpression || outer == SubscriptExpression || outer == NonNullExpression
}

// liftCast moves the cast that is the last child of nodes[at] above it, and
// returns where to look on.
func liftCast(nodes []node, at int) int {
	r := lastChild(nodes, at)
	outer, cast, operand := nodes[at], nodes[r], nodes[r+1]
	for j := at + 1; j < int(outer.sub); j++ {
		n := &nodes[j]
		switch p := int(n.parent); {
		case p == r:
			n.parent = int32(at)
		case p < r:
			n.parent++
		}
		if j < r {
			n.sub++
		}
	}
	nodes[r+1].parent, nodes[r+1].field = int32(at+1), cast.field
	cast.parent, cast.field, cast.start, cast.sub = outer.parent, outer.field, outer.start, outer.sub
	outer.parent, outer.field, outer.end, outer.sub = int32(at), operand.field, operand.end, operand.sub
	nodes[at] = outer
	copy(nodes[at+1:], nodes[at:r])
	nodes[at] = cast
	return lookAgain(nodes, at)
}

// lookAgain is where to go on after a change at a node: at its parent, where
// the change is to be judged from there, or at the node.
func lookAgain(nodes []node, at int) int {
	p := int(nodes[at].parent)
	if p < 0 {
		return at
	}
	switch nodes[p].kind {
	case CallExpression, NonNullExpression, AsExpression, SatisfiesExpression, BinaryExpression:
		if p+1 == at || nodes[at].sub == nodes[p].sub {
			return p
		}
	case AwaitExpression, UnaryExpression:
		return p
	}
	return at
}

// lastChild is the index of a node's last child, or -1.
func lastChild(nodes []node, n int) int {
	last := -1
	for c := int32(n + 1); c < nodes[n].sub; c = nodes[c].sub {
		last = int(c)
	}
	return last
}
