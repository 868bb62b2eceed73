package alarms

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmOnFreshInstance = &analysis.Gotcha{
	ID:       "alarm-on-fresh-instance",
	Title:    "alarm() uses a field that only requests fill",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "By the time an alarm fires, the instance that set it has usually been evicted. A new one is made, its constructor runs, and then alarm(): " +
		"a field that a request would have filled is still empty.",
	Fix: "Store what the handler needs and read it there, or load it in the constructor. ctx.id.name gives the object's own name.",
	Fine: []string{
		"A field that the constructor fills, also within blockConcurrencyWhile.",
		"A field that the handler fills first, or falls back from with ?? or a check.",
		"Timers and caches that may be empty.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/"},
	Check:    checkFreshInstance,
}

func checkFreshInstance(p *analysis.Pass) {
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		if c.Opaque() || assignsAll(p.Module, c) {
			return
		}
		filled := filledAtStart(p.Module, c)
		reported := map[string]bool{}
		for i, s := range steps {
			if s.Kind != model.OpFieldRead || reported[s.Name] {
				continue
			}
			fd := c.Field(s.Name)
			if fd == nil || fd.Static || !emptyAtFirst(fd) {
				continue
			}
			if _, ok := inRun(steps, i, func(w model.Step) bool { return w.Kind == model.OpFieldWrite && w.Name == s.Name }); ok {
				continue
			}
			if filled[s.Name] {
				p.Guard(fd.Node, fmt.Sprintf("The constructor sees to %s, so alarm() finds it on a new instance too.", s.Name))
				continue
			}
			by := filler(p.Module, c, s.Name)
			if by == nil || tolerant(p.Module, steps, i) {
				continue
			}
			reported[s.Name] = true
			message := fmt.Sprintf("this.%s is set only in %s (line %d), so it is empty when the alarm wakes a new instance.", s.Name, by.Func.Member().Name, by.Node.Line())
			switch {
			case !passedAsMaybe(fd, s.Node):
				p.Error(s.Node, message, "")
			case s.Func == f:
				p.Warn(s.Node, message+" This is not a problem if what it is passed to copes with that.", "")
			}
		}
	})
}

// emptyAtFirst reports a field without a value of its own.
func emptyAtFirst(fd *model.Field) bool {
	v := model.Unwrap(fd.Init)
	return !fd.Param && (!v.OK() || v.Is(syntax.Null, syntax.Undefined) || v.Text() == "undefined" || v.Text() == `""` || v.Text() == "''")
}

// passedAsMaybe reports a field that is declared as possibly empty and passed
// on as it is, so that the type of the receiving parameter allows that too.
func passedAsMaybe(fd *model.Field, read syntax.Node) bool {
	maybe := fd.Node.HasToken("?") || strings.Contains(fd.Type.Text(), "null") || strings.Contains(fd.Type.Text(), "undefined")
	return maybe && read.Parent().Is(syntax.Arguments, syntax.Pair)
}

// filledAtStart are the fields that the constructor writes, itself or through
// what it calls.
func filledAtStart(m *model.Module, c *model.Class) map[string]bool {
	out := map[string]bool{}
	if c.Ctor == nil {
		return out
	}
	for _, s := range m.Expand(c.Ctor) {
		if s.Kind == model.OpFieldWrite {
			out[s.Name] = true
		}
	}
	return out
}

// filler is a write of the field in the course of a request, or nil.
func filler(m *model.Module, c *model.Class, field string) *model.Op {
	for _, op := range m.ClassOps(c) {
		v := model.Unwrap(op.Value)
		if op.Kind == model.OpFieldWrite && op.Name == field && op.Func.Member() != nil && op.Func.Member() != c.Ctor &&
			!v.Is(syntax.Null, syntax.Undefined) && v.Text() != "undefined" {
			return op
		}
	}
	return nil
}

// assignsAll reports Object.assign(this, …), which fills fields unseen.
func assignsAll(m *model.Module, c *model.Class) bool {
	for _, op := range m.ClassOps(c) {
		if op.Kind == model.OpCall && op.Method == "assign" && model.Argument(op.Node, 0).Is(syntax.This) {
			return true
		}
	}
	return false
}

// tolerant reports a read that is ready for an empty field: it is checked,
// has a fallback, is called or read with ?., or is a timer to clear.
func tolerant(m *model.Module, steps []model.Step, at int) bool {
	s := steps[at]
	for _, cond := range append(m.Conditions(steps, at), conditionAround(s.Node)) {
		if mentions(cond, s.Name) {
			return true
		}
	}
	n := s.Node
	for p := n.Parent(); p.Is(syntax.ParenthesizedExpression, syntax.AsExpression); p = n.Parent() {
		n = p
	}
	switch p := n.Parent(); {
	case p.Is(syntax.BinaryExpression):
		switch p.Operator() {
		case "??", "||", "&&", "==", "===", "!=", "!==":
			return true
		}
	case p.Is(syntax.UnaryExpression, syntax.AugmentedAssignmentExpression):
		return true
	case p.Is(syntax.MemberExpression):
		return p.FirstOf(syntax.OptionalChain).OK()
	case p.Is(syntax.Arguments):
		_, method := model.Callee(p.Parent())
		return strings.HasPrefix(method, "clear")
	}
	return false
}

// conditionAround is the condition that a node stands in itself.
func conditionAround(n syntax.Node) syntax.Node {
	for a := range n.Ancestors() {
		if a.Field() == syntax.FieldCondition {
			return a
		}
		if a.Is(syntax.StatementBlock) {
			break
		}
	}
	return syntax.Node{}
}

func mentions(cond syntax.Node, field string) bool {
	for n := range cond.Descendants() {
		if n.Is(syntax.MemberExpression) && n.Child(syntax.FieldObject).Is(syntax.This) && n.Child(syntax.FieldProperty).Text() == field {
			return true
		}
	}
	return false
}
