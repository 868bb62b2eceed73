package resources

import (
	"fmt"
	"strings"
	"text/template"
)

// Rule is one of the runbook's six. Its texts may name limits and dates as the
// pages do.
type Rule struct {
	N       int
	Text    string   // the runbook's rule
	Runtime string   // what the runtime does, where the rule is short of it or differs
	Gotchas []string // ids of the mistakes that break it
}

// Rules are the six rules, in the runbook's order.
var Rules = []Rule{
	{
		N:    1,
		Text: "An object has one alarm. Several scheduled events share it through a queue in storage.",
		Runtime: "A second `setAlarm()` replaces the first without a word. That is a mistake when the two meant different things, and exactly right for a debounce, where every activity puts the same event off. " +
			"For several events keep a table of what is due, set the alarm to the earliest entry in one helper, and let `alarm()` work off what is due and set it again. " +
			"The handler runs at least once, never twice at the same time; after a throw it is retried up to <<limit \"alarm-retries\">> times and then the alarm is gone, so record what failed and set the alarm yourself if the work must not be lost.",
		Gotchas: []string{"alarm-single", "alarm-missing-handler", "alarm-units", "alarm-not-rearmed", "alarm-unreached-branch", "alarm-early-set", "alarm-throw", "alarm-idempotency"},
	},
	{
		N:    2,
		Text: "One object serves <<limit \"throughput\">> at most. Beyond that, spread the work over several objects.",
		Runtime: "The ceiling is soft and falls with the work that each request does. Choose the object by what must be coordinated (a room, a document, a tenant) instead of one for all; " +
			"where one counter or queue is itself too hot, spread it over numbered shards in the Worker and add up when reading.",
		Gotchas: []string{"singleton-do", "overload"},
	},
	{
		N:    3,
		Text: "The constructor runs on every wake. Keep it light and load the rest when it is needed.",
		Runtime: "It runs before the first event of every life: request, message or alarm. Bringing the schema up to date belongs here, behind a version check that costs one read; synchronous SQL needs no `blockConcurrencyWhile` for it. " +
			"Set-up that is asynchronous stands inside `blockConcurrencyWhile`, or the first event may overtake it. Network calls, bulk reads and `setAlarm()` do not belong here.",
		Gotchas: []string{"constructor-heavy", "constructor-async-floating", "constructor-super", "constructor-setalarm", "constructor-writes-on-probe"},
	},
	{
		N:    4,
		Text: "Hibernation clears memory. What must survive is in storage.",
		Runtime: "Eviction, a deploy, a crash and a reset clear it as well, and none of them calls you first. A field may be a cache of storage, rebuilt in the constructor or on first use. " +
			"What belongs to one connection goes into its attachment (<<limit \"attachment\">> by structured clone, so not only JSON); the sockets themselves are found with `ctx.getWebSockets()`, never in a Map filled by earlier events.",
		Gotchas: []string{"hibernation-memory-state", "ws-map-in-memory", "ws-attachment-missing", "module-global-state", "cache-before-persist", "no-shutdown-hook"},
	},
	{
		N:    5,
		Text: "Clean up after the response with `ctx.waitUntil()`, so that the work is completed.",
		Runtime: "That holds in the Worker. Inside an object, work that has started goes on anyway while the object lives, and `ctx.waitUntil()` adds nothing to it; " +
			"from compatibility date <<since \"durable_object_io_tasks_prevent_eviction\">> it delays the eviction of an idle object for at most <<limit \"keep-alive\">>, billed. It never survives a deploy or a crash. " +
			"Await the work, or write a row and let `alarm()` do it with retries.",
		Gotchas: []string{"waituntil-in-do", "floating-promise"},
	},
	{
		N:    6,
		Text: "No `setTimeout` for what must happen. Schedule with `ctx.storage.setAlarm()`.",
		Runtime: "`setInterval` and `scheduler.wait()` are lost in the same way. While one is pending it also keeps the object awake and billed. " +
			"A short delay inside one event (a back-off, a time limit on a call) is no violation: nothing is lost when it is cut short.",
		Gotchas: []string{"settimeout-durable", "timer-pins-object", "ws-ping-timer"},
	},
}

// ruleSections renders the rules as they stand on the rules page.
func ruleSections() (string, error) {
	var b strings.Builder
	for _, r := range Rules {
		text, err := fill(r.Text)
		if err != nil {
			return "", err
		}
		runtime, err := fill(r.Runtime)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n## Rule %d\n\n**%s**\n\n%s\n\nBroken by: %s.\n", r.N, text, runtime, gotchaLinks(r.Gotchas))
	}
	return strings.Trim(b.String(), "\n"), nil
}

// fill expands the limits and dates in a text of a table.
func fill(text string) (string, error) {
	t, err := template.New("text").Delims("<<", ">>").Funcs(template.FuncMap{"limit": limitValue, "since": since}).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, nil)
	return b.String(), err
}
