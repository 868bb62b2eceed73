package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// checkRebuilt looks at the records that a start puts back into a collection: one
// of their parts may start empty, though events fill it and nothing stores it.
func checkRebuilt(p *analysis.Pass, c *model.Class, ops []*model.Op) {
	starts := startFuncs(p.Module, c)
	for _, op := range ops {
		if op.Kind != model.OpFieldMutate || !starts[op.Func] || op.Method != "set" && op.Method != "push" || !fromState(p.Module, op) {
			continue
		}
		record := model.Unwrap(model.Argument(op.Node, 1))
		if op.Method == "push" {
			record = model.Unwrap(model.Argument(op.Node, 0))
		}
		if !record.Is(syntax.Object) {
			continue
		}
		for part := range record.NamedChildren() {
			name := part.Child(syntax.FieldKey).Text()
			if !part.Is(syntax.Pair) || !reset(part.Child(syntax.FieldValue)) || transient(name) || tolerable(name) {
				continue
			}
			if filled, used := partUse(ops, starts, name); filled.OK() && used.OK() {
				p.Warn(filled, fmt.Sprintf("%s is filled here and used on line %d, but each record of %s starts with an empty one on line %d: after hibernation what was in it is lost. This is no problem if losing it is.", name, used.Line(), op.Name, part.Line()), "")
			}
		}
	}
}

// partUse finds where an event adds to a part of a record without storing
// anything, and where one looks at the part.
func partUse(ops []*model.Op, starts map[*model.Func]bool, name string) (filled, used syntax.Node) {
	stored := map[*model.Func]bool{}
	for _, op := range ops {
		if writesState(op) {
			stored[op.Func.Member()] = true
		}
	}
	seen := map[*model.Func]bool{}
	for _, op := range ops {
		f := op.Func
		if f.Outer != nil || starts[f] || seen[f] {
			continue
		}
		seen[f] = true
		for n := range f.Body.Descendants() {
			if !n.Is(syntax.MemberExpression) || n.Child(syntax.FieldProperty).Text() != name || n.Child(syntax.FieldObject).Is(syntax.This) {
				continue
			}
			_, method := model.Callee(n.Parent().Parent())
			switch adds := n.Parent().Is(syntax.MemberExpression) && (method == "push" || method == "add" || method == "unshift"); {
			case adds && !stored[f.Member()]:
				filled = n
			case !adds && !(n.Field() == syntax.FieldLeft && n.Parent().Is(syntax.AssignmentExpression)):
				used = n
			}
		}
	}
	return filled, used
}
