package lifecycle

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var timerPinsObject = &analysis.Gotcha{
	ID:       "timer-pins-object",
	Title:    "An interval keeps the object in memory for as long as it runs",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "An object with a running interval never hibernates, so its whole life is billed: 128 MB for every second. " +
		"Heartbeats and polling are the usual cause of surprising duration bills.",
	Fix: "Use an alarm that re-arms itself while there is something to do, and setWebSocketAutoResponse for keep-alives; both let the object sleep in between.",
	Fine: []string{
		"A game loop or another object that must tick while someone is connected, if it stops when nobody is.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/ (what prevents hibernation)",
		"Measured on workerd: an eviction waits for a pending timer.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No interval is started in this code.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind == model.OpTimer && op.Method == "setInterval" {
				p.Warn(op.Node, "While this interval runs the object cannot hibernate and is billed all the time. This is no problem if it stops as soon as nobody needs it.", "")
			}
		})
	},
}
