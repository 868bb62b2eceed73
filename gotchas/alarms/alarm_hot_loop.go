package alarms

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var alarmHotLoop = &analysis.Gotcha{
	ID:       "alarm-hot-loop",
	Title:    "alarm() sets the next alarm at once, for ever",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "Each run is billed as a request and each setAlarm as a written row, and the object never becomes idle. Nothing ends the loop, and unlike a failing handler it is not limited to six runs.",
	Fix:      "Set the next alarm only while there is work, and with a delay of a second or more otherwise.",
	Fine: []string{
		"Setting it at once while a batch is not finished.",
		"A handler that stops under some condition.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/platform/pricing/ (alarms)"},
	Check:    checkHotLoop,
}

// hotBelow is the delay in milliseconds below which an endless series counts
// as hot: at one run per second it costs 2.6 million requests a month.
const hotBelow = 1000

func checkHotLoop(p *analysis.Pass) {
	m := p.Module
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for i, s := range steps {
			if !isAlarm(s.Op, "setAlarm") {
				continue
			}
			added, present := delay(m, passedTime(m, s), 0)
			ms, hot := 0.0, present
			if added.OK() {
				for _, n := range choices(added) {
					v, constant := m.Number(n)
					ms, hot = max(ms, v), hot && constant && v < hotBelow
				}
			}
			if !hot {
				continue
			}
			if len(m.Conditions(steps, i)) > 0 || s.Within(model.Catch) != nil {
				p.Guard(s.Node, "The next run follows at once only under a condition.")
				continue
			}
			p.Warn(s.At(p.Module), fmt.Sprintf("Every run of alarm() sets the next one %.0f ms ahead, and nothing ends that. This is not a problem if the object is deleted soon.", ms), "")
		}
	})
}
