package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
)

// maxCodeDelay is in seconds: one day.
const maxCodeDelay = 86_400

// usualCodeDelay is what applies where max_delay is not given, in seconds.
const usualCodeDelay = 300

var codeUpdate = &analysis.Gotcha{
	ID:       "cfg-code-update",
	Title:    "code_update_strategy is refused, or lets old and new code run side by side for long",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "With the mode deferred an object may go on with the code of the last deploy for up to max_delay seconds, so a new Worker can talk to an old object. " +
		"Another mode, or a delay outside 0 to 86,400, is refused.",
	Fix: "Write \"code_update_strategy\": { \"mode\": \"deferred\", \"max_delay\": 300 } or { \"mode\": \"immediate\" }, and keep calls between versions compatible for that long.",
	Fine: []string{
		"No strategy at all: updates are deferred by up to 300 seconds.",
		"A short delay, when the Worker only calls what the last version of the class has too.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: a max_delay outside 0 to 86400 is an error; mode is one of immediate and deferred.",
		"developers.cloudflare.com/changelog/ (2026-08-13: when Durable Objects take over new code)",
	},
	Check: checkCodeUpdate,
}

func checkCodeUpdate(p *analysis.Pass) {
	p.NotApplicable("The configuration has no code_update_strategy, so updates are deferred by up to %d seconds.", usualCodeDelay)
	problems(p, "code_update_strategy")
	for _, l := range levels(p.Config) {
		u := l.scope.CodeUpdate
		mode, delay := u.Mode, u.MaxDelay
		switch {
		case !u.Pos.IsSet():
		case mode.Set && mode.Value != "immediate" && mode.Value != "deferred":
			p.ReportConfig(analysis.Error, mode.Pos, fmt.Sprintf("The mode is %q; allowed are immediate and deferred.", mode.Value), "")
		case delay.Set && (delay.Value < 0 || delay.Value > maxCodeDelay):
			p.ReportConfig(analysis.Error, delay.Pos, fmt.Sprintf("max_delay is %v seconds; allowed are 0 to %d.", delay.Value, maxCodeDelay), "")
		case mode.Value == "deferred" && delay.Value > usualCodeDelay:
			p.ReportConfig(analysis.Info, delay.Pos, fmt.Sprintf("Objects may run the code of the last deploy for %v seconds; until then the Worker must call only what that version has.", delay.Value), "")
		default:
			p.GuardConfig(u.Pos, "The strategy is one that wrangler takes.")
		}
	}
}
