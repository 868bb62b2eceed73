package lifecycle

import (
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// wokenWithout is a use of a field by an event which can be the first one of a new
// instance, though only some requests fill the field, each with what its caller
// sent. What alarms find is for alarm-on-fresh-instance.
func wokenWithout(m *model.Module, c *model.Class, f *own) *model.Op {
	for _, op := range f.changes {
		if op.Kind == model.OpFieldWrite && op.Value.OK() && reset(op.Value) {
			continue
		}
		if op.Kind != model.OpFieldWrite || op.Method != "??=" && op.Method != "||=" && !filledWhenMissing(op, f.name) || !fromCaller(m, op) {
			return nil
		}
	}
	wakes := hibernates(m, c)
	for _, entry := range c.Entries() {
		if entry.Name == "alarm" || socketHandlers[entry.Name] && !wakes || !model.Handlers[entry.Name] && c.Framework != "" {
			continue
		}
		steps := m.Expand(entry)
		for i, s := range steps {
			if s.Kind == model.OpFieldRead && s.Name == f.name && !s.Detached && !checkOf(s.Node) && !filledBefore(steps[:i], s) {
				return s.Op
			}
		}
	}
	return nil
}

var socketHandlers = words("webSocketMessage", "webSocketClose", "webSocketError")

// filledBefore reports a field that the same event has filled by then.
func filledBefore(before []model.Step, read model.Step) bool {
	for _, s := range before {
		if s.Kind == model.OpFieldWrite && s.Name == read.Name && model.Reaches(s, read) {
			return true
		}
	}
	return false
}

// fromCaller reports a write of something that a request or a caller sent.
func fromCaller(m *model.Module, op *model.Op) bool {
	for n := range op.Value.Descendants() {
		if n.Is(syntax.AwaitExpression) {
			return false // fetched or loaded
		}
	}
	var sent []syntax.Node
	for n := range op.Func.Body.Descendants() {
		if b := m.Resolve(n); b != nil && b.Param == op.Func {
			sent = append(sent, n)
		}
	}
	return op.Value.OK() && m.DependsOn(op.Value, sent...)
}

// commanded reports a change that a caller asks for: a whole RPC method that
// makes it, or a branch that what was sent decides on.
func commanded(m *model.Module, c *model.Class, op *model.Op) bool {
	member := op.Func.Member()
	if member == nil {
		return false
	}
	if member == op.Func && op.Path == nil && member.Kind == model.Method && !member.Hidden && !member.Restricted && !model.Handlers[member.Name] && c.Framework == "" && !calledInside(m, c, member) {
		return true
	}
	var sent []syntax.Node
	for n := range op.Func.Body.Descendants() {
		if b := m.Resolve(n); b != nil && b.Param == op.Func {
			sent = append(sent, n)
		}
	}
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind == model.Arm && p.Node.Is(syntax.SwitchStatement) && m.DependsOn(p.Cond, sent...) {
			return true
		}
	}
	return false
}

func calledInside(m *model.Module, c *model.Class, f *model.Func) bool {
	for _, op := range m.ClassOps(c) {
		if op.Kind == model.OpInvoke && op.Callee == f {
			return true
		}
	}
	return false
}

// checkOf reports a use that only asks whether there is a value, or says what to
// take instead.
func checkOf(n syntax.Node) bool {
	for p := n.Parent(); ; n, p = p, p.Parent() {
		switch p.Kind() {
		case syntax.ParenthesizedExpression:
			if p.Parent().Is(syntax.IfStatement) {
				return true
			}
		case syntax.UnaryExpression:
			return p.Operator() == "!"
		case syntax.TernaryExpression:
			return n.Field() == syntax.FieldCondition
		case syntax.AugmentedAssignmentExpression:
			return n.Field() == syntax.FieldLeft
		case syntax.MemberExpression:
			if !p.FirstOf(syntax.OptionalChain).OK() {
				return false
			}
		case syntax.BinaryExpression:
			switch p.Operator() {
			case "&&", "||", "??", "===", "!==", "==", "!=":
				return n.Field() == syntax.FieldLeft || p.Operator() != "&&" && p.Operator() != "||" && p.Operator() != "??"
			}
			return false
		default:
			return false
		}
	}
}
