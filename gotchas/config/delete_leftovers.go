package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
)

var deleteLeftovers = &analysis.Gotcha{
	ID:       "cfg-delete-leftovers",
	Title:    "A deleted class is still bound or still exported",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why:      "The deploy that deletes a class fails while a binding refers to it, and objects with code that nothing can reach any more are misleading at best.",
	Fix:      "Remove the binding and the class from the code in the same deploy, or before.",
	Fine: []string{
		"A class of the same name in another Worker, bound with script_name.",
		"A name that is created again in a later entry.",
	},
	Evidence: []string{
		"github.com/cloudflare/workers-sdk (API error 10061: a class cannot be deleted without also removing the binding that references it)",
	},
	Check: checkDeleteLeftovers,
}

func checkDeleteLeftovers(p *analysis.Pass) {
	p.NotApplicable("No class is deleted.")
	classes := objects(p)
	for _, l := range levels(p.Config) {
		deleted := func(class string) bool {
			s := l.scope.Class(class)
			return !s.Live && s.DeletedAt.IsSet()
		}
		for _, b := range own(&l.scope) {
			if deleted(b.ClassName) {
				p.ReportConfig(analysis.Error, place(b.ClassPos, b.Pos), fmt.Sprintf("%s is deleted on line %d and still bound here, so the deploy fails.", b.ClassName, l.scope.Class(b.ClassName).DeletedAt.Line), "Remove this binding.")
			}
		}
		for _, step := range l.scope.History() {
			if c := classes[step.Class]; c != nil && c.Exported && deleted(step.Class) {
				p.Warn(c.Node, fmt.Sprintf("%s is deleted on line %d of %s, but its class is still exported here.", c.Name, l.scope.Class(c.Name).DeletedAt.Line, p.Config.Path), "Remove the class.")
			} else if deleted(step.Class) {
				p.GuardConfig(step.Pos, fmt.Sprintf("Nothing refers to %s any more.", step.Class))
			}
		}
		for _, x := range l.scope.Exports {
			if x.State != "deleted" {
				continue
			}
			if c := classes[x.Class]; c == nil || !c.Exported {
				p.GuardConfig(x.Pos, fmt.Sprintf("Nothing refers to %s any more.", x.Class))
			} else {
				p.Warn(c.Node, fmt.Sprintf("%s is declared deleted on line %d of %s, but its class is still exported here.", c.Name, x.Pos.Line, p.Config.Path), "Remove the class.")
			}
		}
	}
}
