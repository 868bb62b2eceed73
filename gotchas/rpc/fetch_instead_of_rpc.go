package rpc

import (
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var fetchInsteadOfRPC = &analysis.Gotcha{
	ID:       "fetch-instead-of-rpc",
	Title:    "A made-up address calls what could be a method",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "An object that is called with fetch(\"https://object/path\") takes its own requests apart again: the path, the body and the errors are not checked by any type. " +
		"Since compatibility date 2024-04-03 a stub can call methods.",
	Fix: "Make the path a method of the class and call stub.method(…).",
	Fine: []string{
		"A request of a client that is passed on, a WebSocket upgrade, a body that is streamed.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/create-durable-object-stubs-and-send-requests/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object is called by an address that the code makes up.")
		if !p.Since(rpcSince) {
			return
		}
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Method != "fetch" {
				return
			}
			text, _ := p.Module.Template(model.Argument(op.Node, 0))
			if madeUp.MatchString(text) && !strings.Contains(strings.ToLower(op.Node.Text()), "upgrade") {
				p.Advise(op.Node, "This could be a call of a method.", "")
			}
		})
	},
}

var madeUp = regexp.MustCompile(`^https?://[\w.-]+/.`)
