package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var destinationExists = &analysis.Gotcha{
	ID:       "cfg-destination-exists",
	Title:    "A class is renamed or transferred to a name that already exists",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why:      "The rename or transfer itself makes the new class. If an earlier entry, or the same one, has created it, the deploy fails.",
	Fix:      "Leave the new name out of new_sqlite_classes.",
	Fine: []string{
		"A name that was deleted or renamed away before.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/ (do not create the destination class first)",
	},
	Check: checkDestinationExists,
}

func checkDestinationExists(p *analysis.Pass) {
	p.NotApplicable("No class is renamed or transferred.")
	for _, l := range levels(p.Config) {
		steps := l.scope.History()
		for i, s := range steps {
			switch {
			case s.Op == wrangler.OpRename && s.Target.Live:
				p.ReportConfig(analysis.Error, s.Pos, fmt.Sprintf("%s exists already, since line %d, so %s cannot be renamed to it.", s.To, s.Target.CreatedAt.Line, s.Class), "")
			case s.Op == wrangler.OpTransfer && s.Before.Live:
				p.ReportConfig(analysis.Error, s.Pos, fmt.Sprintf("%s exists already, since line %d, so nothing can be transferred to it.", s.Class, s.Before.CreatedAt.Line), "")
			case s.Op == wrangler.OpRename || s.Op == wrangler.OpTransfer:
				if made, twice := createdToo(steps[i+1:], s); twice {
					p.ReportConfig(analysis.Error, made.Pos, fmt.Sprintf("Line %d already makes %s; it must not be created as well.", s.Pos.Line, made.Class), "")
				} else {
					p.GuardConfig(s.Pos, "The new name is free.")
				}
			}
		}
	}
}

// createdToo finds a creation of the destination in the same entry.
func createdToo(after []wrangler.Step, s wrangler.Step) (wrangler.Step, bool) {
	to := s.To
	if s.Op == wrangler.OpTransfer {
		to = s.Class
	}
	for _, made := range after {
		if made.Op == wrangler.OpCreate && made.Entry == s.Entry && made.Class == to {
			return made, true
		}
	}
	return wrangler.Step{}, false
}
