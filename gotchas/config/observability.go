package config

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var observability = &analysis.Gotcha{
	ID:       "cfg-observability",
	Title:    "Logs are not kept",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why:      "An exception in a message handler or an alarm reaches nobody: the socket stays open and the alarm is retried. Without observability it leaves no trace. An empty block is refused.",
	Fix:      "Add \"observability\": { \"enabled\": true }.",
	Fine: []string{
		"A Worker whose logs go to a tail Worker or to Logpush.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/observability/logs/workers-logs/",
	},
	Check: checkObservability,
}

func checkObservability(p *analysis.Pass) {
	for _, l := range levels(p.Config) {
		o := l.scope.Observability
		switch {
		case !o.Pos.IsSet():
			p.ReportConfig(analysis.Info, wrangler.Pos{Line: 1, Column: 1}, "observability is not set, so exceptions in handlers and alarms leave no trace.", "")
		case !o.Enabled.Set && !o.LogsEnabled.Set && !o.TracesEnabled.Set:
			p.ReportConfig(analysis.Error, o.Pos, "observability says neither enabled, logs.enabled nor traces.enabled, and one of them is required.", "")
		case o.Enabled.Value || o.LogsEnabled.Value:
			p.GuardConfig(o.Pos, "Logs are kept.")
		default:
			p.ReportConfig(analysis.Info, o.Pos, "Logs are switched off, so exceptions in handlers and alarms leave no trace.", "")
		}
	}
}
