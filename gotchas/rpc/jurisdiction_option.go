package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var jurisdictionOption = &analysis.Gotcha{
	ID:       "jurisdiction-option",
	Title:    "A jurisdiction given to idFromName or getByName is ignored",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "These methods have no jurisdiction option. The object is created anywhere, and nothing says that its data does not stay where it must.",
	Fix:      "Write env.ROOM.jurisdiction(\"eu\").getByName(name); newUniqueId({ jurisdiction }) is the one call that takes the option.",
	Evidence: []string{
		"Measured on workerd: the option bag is accepted and has no effect.",
		"developers.cloudflare.com/durable-objects/reference/data-location/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No jurisdiction is asked for in this file.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace {
				return
			}
			if op.Method == "jurisdiction" {
				p.Guard(op.Node, "The namespace itself is restricted to the jurisdiction.")
				return
			}
			if op.Method != "idFromName" && op.Method != "getByName" {
				return
			}
			if option(p.Module, model.Argument(op.Node, 1), "jurisdiction").OK() {
				p.Error(op.Node, fmt.Sprintf("%s ignores the jurisdiction.", op.Method), "")
			}
		})
	},
}
