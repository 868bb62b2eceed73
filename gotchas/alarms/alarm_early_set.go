package alarms

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var alarmEarlySet = &analysis.Gotcha{
	ID:       "alarm-early-set",
	Title:    "alarm() sets the next alarm before its work is done",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "A failed alarm() is repeated only while no newer alarm is set. When the next one is set first and the work then throws, this run is not repeated: " +
		"the work waits for the next time.",
	Fix: "Do the work first and set the next alarm afterwards; use finally when a failure must not end the series.",
	Fine: []string{
		"Ticks of which one may be missed: then setting it first even protects the series.",
		"Work whose errors are caught.",
		"Work on the object's own storage only.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/ (retries)"},
	Check:    checkEarlySet,
}

func checkEarlySet(p *analysis.Pass) {
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for i, s := range steps {
			if outside(s) {
				noteLateSet(p, steps[i:])
				return
			}
			if !isAlarm(s.Op, "setAlarm") || s.Within(model.Arm) != nil || s.Within(model.Try) != nil {
				continue
			}
			for _, later := range steps[i+1:] {
				if outside(later) && later.Within(model.Try) == nil && !later.Detached && model.Reaches(s, later) {
					p.Warn(s.At(p.Module), fmt.Sprintf("If %s on line %d throws, this run is not repeated, because the next alarm is set already. This is not a problem if a missed run does no harm.",
						analysis.Short(later.Node), later.At(p.Module).Line()), "")
					return
				}
			}
			return
		}
	})
}

func noteLateSet(p *analysis.Pass, steps []model.Step) {
	for _, s := range steps {
		if isAlarm(s.Op, "setAlarm") {
			p.Guard(s.Node, "The next alarm is set after the work.")
			return
		}
	}
}
