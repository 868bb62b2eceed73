package lifecycle

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// endsWithWork reports a collection from which a finally clause, or a callback
// of finally, removes what was put in: a list of work in progress.
func endsWithWork(f *own) bool {
	for _, op := range f.changes {
		if op.Method != "delete" && op.Method != "clear" && op.Method != "splice" {
			continue
		}
		for a := range op.Node.Ancestors() {
			if a.Is(syntax.FinallyClause) || a.Is(syntax.CallExpression) && strings.HasSuffix(a.Child(syntax.FieldFunction).Text(), ".finally") {
				return true
			}
		}
	}
	return false
}

// endsWithConnection reports a collection from which the end of a connection that
// was accepted with accept() takes what it put in. Both end with the memory, and
// whoever connects anew starts anew.
func endsWithConnection(m *model.Module, ops []*model.Op, f *own) bool {
	if !standardSockets(ops) {
		return false
	}
	for _, op := range ops {
		if op.Kind != model.OpInvoke || op.Mode != model.Later || op.Method != "addEventListener" || op.Callee == nil {
			continue
		}
		if event, _ := m.Text(model.Argument(op.Node.Parent().Parent(), 0)); event != "close" && event != "error" {
			continue
		}
		for _, s := range m.Expand(op.Callee) {
			if s.Name == f.name && s.Kind == model.OpFieldMutate && (s.Method == "delete" || s.Method == "splice") {
				return true
			}
		}
	}
	return false
}

// inFlight reports a flag that one function both raises and lowers, the one after
// the other.
func inFlight(f *own) bool {
	byFunc := map[*model.Func][2]bool{}
	for i, op := range f.changes {
		for _, other := range f.changes[:i] {
			if otherArm(op, other) {
				return false
			}
		}
		if op.Kind != model.OpFieldWrite {
			return false
		}
		v := model.Unwrap(op.Value)
		seen := byFunc[op.Func.Member()]
		switch {
		case v.Is(syntax.True):
			seen[0] = true
		case v.Is(syntax.False):
			seen[1] = true
		default:
			return false
		}
		byFunc[op.Func.Member()] = seen
	}
	for _, seen := range byFunc {
		if seen[0] && seen[1] {
			return true
		}
	}
	return false
}

// otherArm reports operations of one function that stand in different arms of one
// branch, so that one call does only one of them.
func otherArm(a, b *model.Op) bool {
	if a.Func != b.Func {
		return false
	}
	for p := a.Path; p != nil; p = p.Up {
		for q := b.Path; q != nil; q = q.Up {
			if p.Kind == model.Arm && q.Kind == model.Arm && p.Node == q.Node && p.Arm != q.Arm {
				return true
			}
		}
	}
	return false
}

// clearedAgain reports a field that each member which sets it clears again: the
// context of a piece of work.
func clearedAgain(f *own) bool {
	var set, cleared []*model.Op
	for _, op := range f.changes {
		switch {
		case op.Kind == model.OpFieldMutate && (op.Method == "clear" || op.Method == "length"),
			op.Kind == model.OpFieldWrite && op.Value.OK() && reset(op.Value):
			cleared = append(cleared, op)
		case op.Kind == model.OpFieldWrite:
			set = append(set, op)
		default:
			return false
		}
	}
	for _, op := range set {
		if !slices.ContainsFunc(cleared, func(c *model.Op) bool { return c.Func.Member() == op.Func.Member() && !otherArm(op, c) }) {
			return false
		}
	}
	return len(set) > 0
}
