package lifecycle

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var moduleGlobalState = &analysis.Gotcha{
	ID:       "module-global-state",
	Title:    "An object keeps state in a variable of the module",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Many objects of a class, and the Worker itself, share one isolate and so one copy of the variable: one room's state shows up in another. " +
		"It also vanishes without notice, and is not the same in every place where the code runs.",
	Fix: "Make it a field of the class, and store what must last.",
	Fine: []string{
		"Constants, encoders, compiled patterns and schemas.",
		"A cache of values that are the same for every object.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/in-memory-state/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No variable of the module is changed by an object.")
		p.Ops(func(c *model.Class, op *model.Op) {
			if op.Kind == model.OpGlobalWrite && !shared.MatchString(op.Name) {
				p.Error(op.Node, fmt.Sprintf("%s is shared by all objects in the isolate, and %s changes it here.", op.Name, c.Name), "")
			}
		})
	},
}

// shared are names of things that may be the same for all objects.
var shared = regexp.MustCompile(`(?i)cache|memo|^log|metric|wasm|^module`)
