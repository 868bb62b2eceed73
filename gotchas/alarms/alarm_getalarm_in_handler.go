package alarms

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmGetalarmInHandler = &analysis.Gotcha{
	ID:       "alarm-getalarm-in-handler",
	Title:    "alarm() relies on getAlarm()",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "While alarm() runs, its own alarm counts as used up: getAlarm() is null unless the handler has set a new one.",
	Fix:      "Take the time from alarm({ scheduledTime }), or keep it in storage.",
	Fine:     []string{"Setting an alarm when getAlarm() is null, as a shared helper does.", "getAlarm() after setAlarm in the same run."},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: getAlarm() in the handler gives null.",
		"developers.cloudflare.com/durable-objects/api/alarms/#getalarm",
	},
	Check: checkGetAlarm,
}

func checkGetAlarm(p *analysis.Pass) {
	m := p.Module
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		asked := false
		for i, s := range steps {
			if !isAlarm(s.Op, "getAlarm") {
				continue
			}
			asked = true
			if _, set := inRun(steps, i, func(e model.Step) bool { return isAlarm(e.Op, "setAlarm") }); set {
				continue
			}
			if at := reliesOn(m, steps, i); at.OK() {
				p.Warn(s.At(p.Module), fmt.Sprintf("getAlarm() is null here, and line %d counts on a time.", at.Line()), "")
			} else {
				p.Guard(s.Node, "Nothing here counts on a time: null leads to a new alarm.")
			}
		}
		if !asked {
			p.NotApplicable("alarm() does not call getAlarm.")
		}
	})
}

// reliesOn finds code that needs getAlarm's result to be a time: a new alarm
// computed from it, or a return when it is null.
func reliesOn(m *model.Module, steps []model.Step, at int) syntax.Node {
	get := steps[at].Node
	helper, whenNull := handedOn(m, steps[at])
	for _, s := range steps[at+1:] {
		if isAlarm(s.Op, "setAlarm") {
			if arg := model.Unwrap(model.Argument(s.Node, 0)); arg.Is(syntax.BinaryExpression) && arg.Operator() == "+" && m.DependsOn(arg, get) && !hasFallback(arg) {
				return s.Node
			}
		}
		if s.Kind != model.OpReturn || len(s.Chain) == 0 {
			continue
		}
		if arm := s.Chain[len(s.Chain)-1]; arm.Kind == model.Arm && arm.Exits && arm.Arm == 0 {
			cond := arm.Cond
			if m.DependsOn(cond, get) && trueWhenNull(cond) || helper.OK() && truth(cond, helper) == whenNull {
				return s.Node
			}
		}
	}
	return syntax.Node{}
}

// handedOn is the call of a helper that returns whether there is an alarm, as the
// handler sees it, and whether a condition on it has to hold (1) or not (-1) for
// null. The call is the zero Node when getAlarm is not in such a helper.
func handedOn(m *model.Module, get model.Step) (call syntax.Node, whenNull int) {
	if len(get.Calls) == 0 {
		return syntax.Node{}, 0
	}
	for _, op := range get.Func.Ops {
		if op.Kind == model.OpReturn && m.DependsOn(op.Value, get.Node) {
			whenNull = -1
			if trueWhenNull(op.Value) {
				whenNull = 1
			}
			return get.Calls[len(get.Calls)-1].Node, whenNull
		}
	}
	return syntax.Node{}, 0
}

// truth is 1 for a condition that holds when the call's result does, -1 for its
// opposite, and 0 for one that is not about it.
func truth(cond, call syntax.Node) int {
	n := model.Unwrap(cond)
	switch {
	case n == call:
		return 1
	case n.Is(syntax.UnaryExpression) && n.Operator() == "!":
		return -truth(n.Child(syntax.FieldArgument), call)
	}
	return 0
}

func hasFallback(n syntax.Node) bool {
	for d := range n.Descendants() {
		if d.Is(syntax.BinaryExpression) && (d.Operator() == "??" || d.Operator() == "||") {
			return true
		}
	}
	return false
}

// trueWhenNull reports a condition that holds for null: !x, x === null.
func trueWhenNull(cond syntax.Node) bool {
	n := model.Unwrap(cond)
	switch n.Kind() {
	case syntax.UnaryExpression:
		return n.Operator() == "!"
	case syntax.BinaryExpression:
		switch n.Operator() {
		case "||":
			return trueWhenNull(n.Child(syntax.FieldLeft)) || trueWhenNull(n.Child(syntax.FieldRight))
		case "&&":
			return trueWhenNull(n.Child(syntax.FieldLeft)) && trueWhenNull(n.Child(syntax.FieldRight))
		}
		right := n.Child(syntax.FieldRight).Text()
		return (n.Operator() == "===" || n.Operator() == "==") && (right == "null" || right == "undefined")
	}
	return false
}
