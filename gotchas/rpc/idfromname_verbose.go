package rpc

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var idFromNameVerbose = &analysis.Gotcha{
	ID:       "idfromname-verbose",
	Title:    "get(idFromName(name)) can be written getByName(name)",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why:      "Since August 2025 one call does what two did. Nothing is wrong with the longer form.",
	Fix:      "Write env.ROOM.getByName(name); it takes the same options.",
	Fine: []string{
		"The id itself is needed, to store or compare it.",
	},
	Evidence: []string{
		"developers.cloudflare.com/changelog/2025-08-21-durable-objects-get-by-name/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No stub is made from an id of a name.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace || op.Method != "get" {
				return
			}
			id := model.Unwrap(model.Argument(op.Node, 0))
			if b := p.Module.Resolve(id); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 && len(p.Module.Uses(b)) == 2 {
				id = model.Unwrap(b.Init) // declared, and used here only
			}
			if _, method := model.Callee(id); method == "idFromName" {
				p.Advise(op.Node, "One call, getByName, does the same.", "")
			}
		})
	},
}
