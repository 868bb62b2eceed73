package alarms

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var alarmDeleteInHandler = &analysis.Gotcha{
	ID:       "alarm-delete-in-handler",
	Title:    "alarm() calls deleteAlarm()",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "The alarm that runs is used up already, so deleteAlarm() in its handler removes nothing. It may keep the platform from trying again after a failure, " +
		"but that is not promised.",
	Fix:      "Leave it out: a handler that sets no alarm has none. To end the retries of a failing run, catch the error and return.",
	Fine:     []string{"Removing an alarm that the same run has set.", "deleteAlarm() before deleteAll()."},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/#deletealarm (best effort while the handler runs)"},
	Check:    checkDeleteInHandler,
}

func checkDeleteInHandler(p *analysis.Pass) {
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for i, s := range steps {
			if !isAlarm(s.Op, "deleteAlarm") {
				continue
			}
			if set, ok := inRun(steps, i, func(e model.Step) bool { return isAlarm(e.Op, "setAlarm") }); ok {
				p.Guard(s.Node, fmt.Sprintf("It removes the alarm that line %d has set.", set.Node.Line()))
				continue
			}
			if !followedByDeleteAll(steps, i) {
				p.Advise(s.At(p.Module), "The alarm that runs is used up; nothing is pending here that this could remove.", "")
			}
		}
	})
}

func followedByDeleteAll(steps []model.Step, at int) bool {
	for _, s := range steps[at+1:] {
		if s.Kind == model.OpStorage && s.Method == "deleteAll" && model.Reaches(steps[at], s) {
			return true
		}
	}
	return false
}
