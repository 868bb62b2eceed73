package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
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
			checkAlarmLeft(p, f, removes)
		}
	}
}

func checkAlarmLeft(p *analysis.Pass, f *model.Func, removes bool) {
	steps := p.Module.Expand(f)
	for _, at := range deleteAlls(steps) {
		s, ok := around(steps, at, func(s model.Step) bool { return s.Kind == model.OpStorage && s.Method == "deleteAlarm" })
		switch {
		case ok:
			p.Guard(s.Node, "The alarm is deleted together with everything else.")
		case removes:
			p.Guard(steps[at].Node, fmt.Sprintf("With the compatibility date %s deleteAll removes the alarm as well.", p.Date))
		case f.Name == "alarm" && !armedIn(steps[:at]):
			p.Guard(steps[at].Node, "This runs in alarm(), whose alarm has just been used up.")
		default:
			p.Error(steps[at].Node, fmt.Sprintf("The compatibility date is %s, so this deleteAll keeps the alarm that the class sets.", p.Date), "")
		}
	}
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
