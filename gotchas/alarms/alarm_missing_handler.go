package alarms

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmMissingHandler = &analysis.Gotcha{
	ID:       "alarm-missing-handler",
	Title:    "setAlarm in a class without alarm()",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "setAlarm throws \"Your Durable Object class must have an alarm() handler in order to call setAlarm()\" on the first call.",
	Fix:      "Add async alarm() to the class, or remove the setAlarm.",
	Fine:     []string{"A handler that a base class brings, such as Agent or Container.", "An abstract class whose subclasses have the handler."},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: TypeError \"Your Durable Object class must have an alarm() handler in order to call setAlarm()\".",
		"developers.cloudflare.com/durable-objects/api/alarms/",
	},
	Check: checkMissingHandler,
}

func checkMissingHandler(p *analysis.Pass) {
	for _, c := range p.Objects() {
		set := firstSet(p.Module, c)
		if set == nil {
			p.NotApplicable("No class here sets an alarm.")
			continue
		}
		if f := c.Member("alarm"); f != nil {
			p.Guard(f.Node, fmt.Sprintf("%s has the handler that setAlarm on line %d needs.", c.Name, set.Node.Line()))
			continue
		}
		if f := handledBelow(p.Module, c); f != nil {
			p.Guard(f.Node, fmt.Sprintf("The subclass has the handler that setAlarm on line %d needs.", set.Node.Line()))
			continue
		}
		if c.Field("alarm") != nil || c.Opaque() || c.Node.Is(syntax.AbstractClassDeclaration) || madeToOrder(c) || handsOut(p.Module, c) {
			p.NotApplicable("The handler comes from a class that the file does not show, or from subclasses.")
			continue
		}
		p.Error(set.Node, fmt.Sprintf("%s sets an alarm but has no alarm() method, so this throws.", c.Name), "")
	}
}

func firstSet(m *model.Module, c *model.Class) *model.Op {
	for _, op := range m.ClassOps(c) {
		if isAlarm(op, "setAlarm") {
			return op
		}
	}
	for _, f := range runs(c) {
		if all := armings(m, f); len(all) > 0 {
			return all[0].step().Op
		}
	}
	return nil
}

// madeToOrder reports a class that a function returns, for others to extend.
func madeToOrder(c *model.Class) bool {
	return c.Node.Parent().Is(syntax.ReturnStatement, syntax.ArrowFunction)
}

// handsOut reports a class that gives itself to other code while it is made,
// which may add handlers to it.
func handsOut(m *model.Module, c *model.Class) bool {
	for n := range c.Node.Descendants() {
		if !n.Is(syntax.This) || !n.Parent().Is(syntax.Arguments) {
			continue
		}
		f := m.FuncAt(n)
		for f != nil && f.Outer != nil {
			f = f.Outer
		}
		if f == nil || f == c.Ctor {
			return true
		}
	}
	return false
}

// handledBelow is the handler of a subclass in the file, or nil.
func handledBelow(m *model.Module, c *model.Class) *model.Func {
	for _, sub := range m.Objects() {
		if sub.Super != c {
			continue
		}
		if f := sub.Member("alarm"); f != nil {
			return f
		}
		if f := handledBelow(m, sub); f != nil {
			return f
		}
	}
	return nil
}
