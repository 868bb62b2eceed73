package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var noEntry = &analysis.Gotcha{
	ID:       "cfg-entry",
	Title:    "The configuration names no Worker that could hold the class",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "A class lives in a Worker of its own name and is exported by its entry file. Without main there is no code to deploy, without name no Worker to deploy it to, " +
		"and a Pages project (pages_build_output_dir) can bind to the classes of a Worker but has none itself.",
	Fix: "Set name (lower-case letters, digits, _ and -) and main. Beside a Pages project, put the classes into a Worker of their own and bind to them with script_name.",
	Fine: []string{
		"main and name that are given on the command line, as in wrangler deploy src/index.ts --name rooms.",
		"A Pages project, or a Worker of assets alone, that binds to another Worker's classes.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: a deploy without name or main is refused, and so is a name with upper-case letters or spaces.",
		"developers.cloudflare.com/pages/functions/bindings/#durable-objects (a Pages Function binds to a class of a Worker that is deployed by itself)",
	},
	Check: checkEntry,
}

func checkEntry(p *analysis.Pass) {
	c := p.Config
	has := len(own(&c.Scope)) > 0 || len(c.LiveClasses()) > 0
	switch {
	case c.Name.Set && c.Name.Value != "" && !wrangler.IsWorkerName(c.Name.Value) && !placeholder.MatchString(c.Name.Value):
		p.ReportConfig(analysis.Error, c.Name.Pos, fmt.Sprintf("%q is no name for a Worker; wrangler refuses it.", c.Name.Value), "Use lower-case letters, digits, _ and -.")
	case !has:
		p.NotApplicable("The configuration has no class of its own.")
	case c.PagesOutput.Set:
		p.ReportConfig(analysis.Error, c.PagesOutput.Pos, "This is a Pages project, which cannot have Durable Object classes of its own.", "Put the class into a Worker of its own, and bind to it here with script_name.")
	case !c.Main.Set && !inEveryEnv(c, func(s *wrangler.Scope) bool { return s.Main.Set }):
		p.ReportConfig(analysis.Info, wrangler.Pos{Line: 1, Column: 1}, "There is no main, so wrangler deploys only with a command that names the file.", "")
	case !c.Name.Set && !inEveryEnv(c, func(s *wrangler.Scope) bool { return s.Name.Set }):
		p.ReportConfig(analysis.Info, wrangler.Pos{Line: 1, Column: 1}, "There is no name, so wrangler deploys only with a command that gives it.", "")
	default:
		p.GuardConfig(c.Main.Pos, "The entry file is named.")
	}
}
