package config

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
)

var previews = &analysis.Gotcha{
	ID:       "cfg-previews",
	Title:    "The previews block has no Durable Object bindings",
	Severity: analysis.Warning,
	Scope:    analysis.Config,
	Why:      "A preview takes its bindings from the previews block alone. Without durable_objects there the namespaces are undefined in every preview.",
	Fix:      "Repeat durable_objects.bindings inside previews. Each preview then has objects of its own.",
	Fine: []string{
		"A configuration without a previews block. Preview URLs of single versions do not exist for Workers with Durable Objects.",
	},
	Evidence: []string{
		"The configuration schema of wrangler 4.164.0 (previews.durable_objects).",
	},
	Check: checkPreviews,
}

func checkPreviews(p *analysis.Pass) {
	c := p.Config
	switch {
	case c.Previews == nil:
		p.NotApplicable("The configuration has no previews block.")
	case len(c.Bindings) == 0:
		p.NotApplicable("The configuration binds no Durable Object class.")
	case !c.Previews.HasDurableObjects:
		p.ReportConfig(analysis.Warning, c.Previews.Pos, fmt.Sprintf("previews has no durable_objects, so env.%s is undefined in previews.", c.Bindings[0].Name), "")
	case len(unbound(c.Bindings, c.Previews.Bindings)) > 0:
		p.ReportConfig(analysis.Warning, c.Previews.DurableObjectsPos, fmt.Sprintf("previews does not bind %s, which the top level binds. This is no problem if previews do not use it.", strings.Join(unbound(c.Bindings, c.Previews.Bindings), ", ")), "Add the missing bindings to this block.")
	default:
		p.GuardConfig(c.Previews.DurableObjectsPos, "Previews have bindings of their own.")
	}
}
