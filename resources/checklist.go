package resources

import (
	"fmt"
	"strings"
)

// ChecklistItem is one of the ten things that must hold at the end.
type ChecklistItem struct {
	ID   string // stable; verdicts are kept by it
	Text string
	How  string // what decides it
}

// Checklist are the runbook's ten items, in its order.
var Checklist = []ChecklistItem{
	{"complete", "durable_object.ts is complete, idiomatic and deployable: its class extends DurableObject",
		"The class is found, nothing in the file is unreadable, and the code type-checks under strict, bundles and starts on workerd."},
	{"persisted", "Everything that must survive idle time is in ctx.storage, not in a field",
		"The review of fields, socket maps, attachments and module variables."},
	{"scheduling", "Scheduling is ctx.storage.setAlarm() with alarm(), never setTimeout",
		"The review of timers and alarms. A short delay inside one event is no violation."},
	{"atomic", "Counters and read-modify-write are atomic: SQL ON CONFLICT, one synchronous step, or nothing but storage between read and write",
		"The review of races. The runbook also accepts blockConcurrencyWhile; it works and costs throughput, so it is advised against in handlers."},
	{"websockets", "WebSockets use the hibernation handlers: acceptWebSocket with webSocketMessage",
		"The review of sockets; not applicable to an object without any."},
	{"one-alarm", "One alarm serves all events, through a queue where there are several",
		"The review of alarms; not applicable to an object without one."},
	{"constructor", "The constructor is light: no heavy work on every wake",
		"The review of the constructor. Bringing the schema up to date is light."},
	{"wrangler", "wrangler.jsonc has the binding and a lifecycle entry with a unique tag in sequence",
		"The configuration is read, as JSON, JSONC or TOML, and reviewed together with the code. Declarative exports count as a lifecycle entry."},
	{"self-review", "self_review.md addresses each relevant gotcha with a specific reference",
		"Every gotcha that was found violated or guarded is named in the file with the line that shows it."},
	{"script", "The verification script printed PASS for every line",
		"The script's own output. Its NOTE about WebSockets is allowed without sockets; its WARN about the word setTimeout is settled by the review, because the word may stand in a comment or in a short delay."},
}

// checklistItems renders the items as they stand on the checklist page.
func checklistItems() string {
	var b strings.Builder
	for i, c := range Checklist {
		fmt.Fprintf(&b, "%d. **%s.** (`%s`)\n   Decided by: %s\n", i+1, c.Text, c.ID, c.How)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
