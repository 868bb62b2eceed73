package config

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
)

var envNotInherited = &analysis.Gotcha{
	ID:       "cfg-env-not-inherited",
	Title:    "An environment has no Durable Object bindings of its own",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "Environments inherit migrations and exports but not durable_objects. In an environment without the block env.ROOM is undefined, " +
		"and wrangler only warns. Each environment is a Worker of its own with its own objects and data.",
	Fix: "Repeat the durable_objects block in every environment.",
	Fine: []string{
		"Migrations that stand only at the top level: those are inherited.",
		"A file whose top level has no Durable Object bindings.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: \"durable_objects\" exists at the top level, but not on the environment, is a warning only.",
		"developers.cloudflare.com/workers/wrangler/environments/",
	},
	Check: checkEnvNotInherited,
}

func checkEnvNotInherited(p *analysis.Pass) {
	c := p.Config
	if len(c.Envs) == 0 || len(c.Bindings) == 0 {
		p.NotApplicable("The configuration has no environments, or no Durable Object bindings that they could miss.")
		return
	}
	for _, e := range c.Envs {
		if !e.HasDurableObjects {
			p.ReportConfig(analysis.Error, e.Pos, fmt.Sprintf("env.%s has no durable_objects, and the top level's are not inherited, so env.%s is undefined there.", e.Name, c.Bindings[0].Name), "")
			continue
		}
		missing := unbound(c.Bindings, e.Bindings)
		if len(missing) > 0 {
			p.ReportConfig(analysis.Warning, e.DurableObjectsPos, fmt.Sprintf("env.%s does not bind %s, which the top level binds. This is no problem if that environment does not use it.", e.Name, strings.Join(missing, ", ")), "Add the missing bindings to this block.")
			continue
		}
		p.GuardConfig(e.DurableObjectsPos, fmt.Sprintf("env.%s has bindings of its own.", e.Name))
	}
}
