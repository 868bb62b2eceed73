package config

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/wrangler"
)

// rpcDate switches on RPC methods on stubs.
const rpcDate = "2024-04-03"

var compatDate = &analysis.Gotcha{
	ID:       "cfg-compat-date",
	Title:    "The compatibility date is missing, still to come, or too old for what the code does",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "Without a date wrangler does not deploy. Before 2024-04-03 a stub has no RPC methods, so a call of one throws; " +
		"before 2026-02-24 deleteAll leaves the alarm behind.",
	Fix: "Set compatibility_date to a day of the last weeks for new code; read what changes before raising the date of old code.",
	Fine: []string{
		"An old date with stub.fetch() alone, or with the compatibility flag rpc.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/configuration/compatibility-flags/ (rpc, delete_all_deletes_alarm)",
		"Measured with wrangler 4.164.0: \"A compatibility_date is required when uploading a Worker\"; a date in the future passes a dry run.",
		"Measured on workerd: a date after today is refused at start.",
	},
	Runbook: "The runbook asks for 2024-04-03 or later. That is the floor for RPC, not a good date for new code.",
	Check:   checkCompatDate,
}

var dateShape = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)

var placeholder = regexp.MustCompile(`^(?:<.*>|\{\{.*\}\}|\$\{.*\}|%.*%)$`)

func checkCompatDate(p *analysis.Pass) {
	problems(p, "compatibility_date")
	for _, l := range levels(p.Config) {
		date := l.scope.CompatibilityDate
		switch {
		case !date.Set && l.env == "" && inEveryEnv(p.Config, func(s *wrangler.Scope) bool { return s.CompatibilityDate.Set }):
		case !date.Set && model.TestFile(p.Config.Path):
			p.ReportConfig(analysis.Info, wrangler.Pos{Line: 1, Column: 1}, fmt.Sprintf("There is no compatibility_date for %s; wrangler does not deploy it.", l.name()), "")
		case !date.Set:
			p.ReportConfig(analysis.Error, wrangler.Pos{Line: 1, Column: 1}, fmt.Sprintf("There is no compatibility_date for %s; wrangler refuses to deploy.", l.name()), "")
		case placeholder.MatchString(date.Value): // a template, filled in before it is used
		case !dateShape.MatchString(date.Value):
			p.ReportConfig(analysis.Error, date.Pos, fmt.Sprintf("%q is no date; write it as \"2026-11-01\".", date.Value), "")
		case date.Value > p.Today:
			p.ReportConfig(analysis.Error, date.Pos, fmt.Sprintf("%s is still to come (today is %s): wrangler takes it in a dry run, and the deploy is refused.", date.Value, p.Today), "")
		case date.Value < rpcDate && !hasFlag(&l.scope, "rpc"):
			checkRPC(p, date)
		default:
			p.GuardConfig(date.Pos, "The date is recent enough for RPC.")
		}
	}
}

func hasFlag(s *wrangler.Scope, name string) bool {
	for _, f := range s.CompatibilityFlags {
		if f.Value == name {
			return true
		}
	}
	return false
}

func checkRPC(p *analysis.Pass, date wrangler.Field[string]) {
	for _, m := range p.Modules {
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				if op.Kind == model.OpStub && op.Method != "fetch" && op.Method != "connect" && op.Method != "" {
					p.ReportConfig(analysis.Error, date.Pos, fmt.Sprintf("%s, line %d, calls %s() on a stub, but RPC begins with compatibility date %s.", m.Tree.Path, op.Node.Line(), op.Method, rpcDate), "Set a date of 2024-04-03 or later.")
					return
				}
			}
		}
	}
	for _, m := range p.Modules {
		for _, c := range m.Objects() {
			if !c.Modern {
				continue
			}
			for _, f := range c.Entries() {
				if !model.Handlers[f.Name] && f.Kind == model.Method {
					p.ReportConfig(analysis.Info, date.Pos, fmt.Sprintf("%s has the method %s, which stubs can call only from compatibility date %s on. This is no problem if only fetch is called from outside.", c.Name, f.Name, rpcDate), "Set a date of 2024-04-03 or later.")
					return
				}
			}
		}
	}
	p.GuardConfig(date.Pos, "The date is old, and the code uses no RPC.")
}
