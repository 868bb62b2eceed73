package alarms

import "durable-objects-mcp/gotchas/analysis"

var alarmIdempotency = &analysis.Gotcha{
	ID:       "alarm-idempotency",
	Title:    "What happens when alarm() runs twice for the same work?",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "Alarms run at least once. When the object stops after an effect outside (a mail, a charge) and before the handler ends, the handler runs again from the start, " +
		"and the effect happens twice.",
	Fix: "Give each job an id that the other side uses as an idempotency key, mark a job as taken before and as done after, and look at alarm({ isRetry, retryCount }).",
	Fine: []string{
		"Work on the object's own storage, which is committed together.",
		"Effects that may be repeated, such as a PUT of the same content.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/ (guaranteed at-least-once execution)"},
}

var alarmHerd = &analysis.Gotcha{
	ID:       "alarm-herd",
	Title:    "Do all objects wake at the same moment?",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why:      "When thousands of objects set their alarms to the same round time, all of them call the same service in the same second.",
	Fix:      "Add a random part to the time, for instance up to a tenth of the interval.",
	Fine:     []string{"Alarms counted from each object's own first use.", "Handlers that touch nothing outside."},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/"},
}
