package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// deleteAllDeletesAlarm is the date from which deleteAll removes the alarm too.
// Source: developers.cloudflare.com/workers/configuration/compatibility-flags/.
const deleteAllDeletesAlarm = "2026-02-24"

var deleteAllAlarm = &analysis.Gotcha{
	ID:       "delete-all-alarm",
	Title:    "deleteAll leaves the alarm behind",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "With a compatibility date before " + deleteAllDeletesAlarm + ", deleteAll keeps the alarm. It fires later on an empty object, " +
		"and as long as it is set the object is not gone and stays billed.",
	Fix: "Call await ctx.storage.deleteAlarm() before deleteAll(), or move compatibility_date to " + deleteAllDeletesAlarm + " or later.",
	Fine: []string{
		"deleteAlarm next to deleteAll, on any date.",
		"deleteAll in alarm() itself: that alarm has been used up.",
		"An alarm() that does nothing on empty storage and does not set itself again: it fires once more and that is all.",
		"A class that sets no alarm.",
		"A date on or after " + deleteAllDeletesAlarm + ", or the flag delete_all_deletes_alarm.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1 with dates on both sides of the switch.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#deleteall",
	},
	Check: checkDeleteAllAlarm,
}

func checkDeleteAllAlarm(p *analysis.Pass) {
	removes := removesAlarm(p)
	for _, c := range p.Objects() {
		if !setsAlarm(p.Module, c) {
			p.NotApplicable("No class here sets an alarm.")
			continue
		}
		for _, f := range roots(p.Module, c) {
			checkAlarmLeft(p, c, f, removes)
		}
	}
}

func checkAlarmLeft(p *analysis.Pass, c *model.Class, f *model.Func, removes bool) {
	m := p.Module
	steps := m.Expand(f)
	for _, at := range deleteAlls(steps) {
		s, ok := around(steps, at, func(s model.Step) bool { return s.Kind == model.OpStorage && s.Method == "deleteAlarm" })
		switch {
		case ok:
			p.Guard(s.Node, "The alarm is deleted together with everything else.")
		case removes:
			p.Guard(steps[at].Node, fmt.Sprintf("With the compatibility date %s deleteAll removes the alarm as well.", p.Date))
			if p.Config == nil {
				p.Advise(steps[at].Node, "There is no configuration here: in a Worker whose compatibility date is before "+deleteAllDeletesAlarm+" this deleteAll keeps the alarm that the class sets.", "")
			}
		case f.Name == "alarm" && !armedBefore(m, steps, at):
			p.Guard(steps[at].Node, "This runs in alarm(), whose alarm has just been used up.")
		case idleWhenEmpty(m, c):
			p.Advise(steps[at].Node, fmt.Sprintf("The compatibility date is %s, so this deleteAll keeps the alarm that the class sets; it fires once more and finds nothing to do.", p.Date), "")
		default:
			p.Error(steps[at].Node, fmt.Sprintf("The compatibility date is %s, so this deleteAll keeps the alarm that the class sets.", p.Date), "")
		}
	}
}

// armedBefore reports that the alarm has certainly been set before a step.
func armedBefore(m *model.Module, steps []model.Step, at int) bool {
	for i, s := range steps[:at] {
		if s.Kind == model.OpStorage && s.Method == "setAlarm" && certainly(m, steps, i, at) {
			return true
		}
	}
	return false
}

// idleWhenEmpty reports an alarm handler that writes, asks and sets nothing unless
// it finds something: everything that it does stands in an arm of a condition or in
// a loop over a list, or comes after a return for the case that nothing is stored.
func idleWhenEmpty(m *model.Module, c *model.Class) bool {
	alarm := c.Member("alarm")
	if alarm == nil {
		return false
	}
	steps := m.Expand(alarm)
	for i, s := range steps {
		acts := false
		switch s.Kind {
		case model.OpStorage, model.OpKV:
			acts = s.Method == "setAlarm" || s.Method == "put" || s.Method == "deleteAll"
		case model.OpSQL:
			acts = true // without the tables even a SELECT throws
		case model.OpORM, model.OpStub, model.OpEnv, model.OpFetch:
			acts = true
		}
		if acts && s.Within(model.Arm) == nil && s.Within(model.Loop) == nil && !leftWhenEmpty(m.Conditions(steps, i)) {
			return false
		}
	}
	return true
}

// leftWhenEmpty reports a condition of an earlier return that holds when there is
// nothing: !x, x === undefined, list.size === 0.
func leftWhenEmpty(conditions []syntax.Node) bool {
	for _, c := range conditions {
		for n := range c.Descendants() {
			switch {
			case n.Is(syntax.UnaryExpression) && n.Operator() == "!":
				return true
			case n.Is(syntax.BinaryExpression) && (n.Operator() == "===" || n.Operator() == "=="):
				if right := n.Child(syntax.FieldRight).Text(); right == "undefined" || right == "null" || right == "0" {
					return true
				}
			}
		}
	}
	return false
}

// removesAlarm reports whether deleteAll removes the alarm in this Worker.
func removesAlarm(p *analysis.Pass) bool {
	removes := p.Since(deleteAllDeletesAlarm)
	if p.Config == nil {
		return removes
	}
	for _, flag := range p.Config.CompatibilityFlags {
		switch flag.Value {
		case "delete_all_deletes_alarm":
			removes = true
		case "delete_all_preserves_alarm":
			removes = false
		}
	}
	return removes
}

func setsAlarm(m *model.Module, c *model.Class) bool {
	for _, f := range roots(m, c) {
		if armedIn(m.Expand(f)) {
			return true
		}
	}
	return false
}

func armedIn(steps []model.Step) bool {
	for _, s := range steps {
		if s.Kind == model.OpStorage && s.Method == "setAlarm" {
			return true
		}
	}
	return false
}
