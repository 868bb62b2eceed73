package alarms

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var alarmNotRearmed = &analysis.Gotcha{
	ID:       "alarm-not-rearmed",
	Title:    "Recurring work whose alarm() does not set the next alarm",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "An alarm fires once. Work that is meant to repeat stops after the first time when the handler does not set the next one.",
	Fix:      "Set the next alarm at the end of alarm(), or in a finally block if a failure must not end the series.",
	Fine: []string{
		"Work that is due once.",
		"Requests that set the alarm again when none is pending.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/examples/alarms-api/"},
	Check:    checkNotRearmed,
}

// recurring names delays between the runs of something that repeats.
var recurring = regexp.MustCompile(`(?i)interval|every|period|tick|frequency|poll|heartbeat|cadence`)

func checkNotRearmed(p *analysis.Pass) {
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for _, s := range steps {
			if isAlarm(s.Op, "setAlarm") {
				p.Guard(s.Node, "alarm() sets the next one.")
				return
			}
			if s.Kind == model.OpCall && schedules.MatchString(s.Method) {
				return // something elsewhere may set it
			}
		}
		for _, entry := range runs(c) {
			if entry == f {
				continue
			}
			for _, a := range armings(p.Module, entry) {
				reason := recurs(p.Module, c, a)
				if reason != "" {
					p.Warn(a.step().Node, fmt.Sprintf("%s, but alarm() on line %d sets no further alarm. This is not a problem if the work is to run once.", reason, f.Node.Line()), "")
					return
				}
			}
		}
	})
}

var schedules = regexp.MustCompile(`(?i)alarm|schedul|arm$`)

// recurs says why an alarm looks like the first of a series, or "".
func recurs(m *model.Module, c *model.Class, a arming) string {
	_, looked := inRun(a.steps, a.at, func(s model.Step) bool { return isAlarm(s.Op, "getAlarm") })
	if looked && a.entry != c.Ctor {
		return "" // each request sees to it that one is pending
	}
	if d, ok := delay(m, a.time, 0); ok && d.OK() && recurring.MatchString(lastName(d)) {
		return fmt.Sprintf("The delay %s says that this repeats", analysis.Short(d))
	}
	if f := namedRecurring(a); f != nil {
		return fmt.Sprintf("The name %s says that this repeats", f.Name)
	}
	if looked {
		return "The constructor makes sure that an alarm is pending"
	}
	return ""
}

// namedRecurring is the function around the setAlarm, or one that leads to it, of
// which the name says that it starts something that repeats.
func namedRecurring(a arming) *model.Func {
	if recurring.MatchString(a.step().Func.Name) {
		return a.step().Func
	}
	for _, c := range a.step().Calls {
		if c.Mode == model.Direct && recurring.MatchString(c.Callee.Name) {
			return c.Callee
		}
	}
	return nil
}
