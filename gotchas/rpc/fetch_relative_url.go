package rpc

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var fetchRelativeURL = &analysis.Gotcha{
	ID:       "fetch-relative-url",
	Title:    "stub.fetch is given a path instead of a whole URL",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "A stub has no base address: stub.fetch(\"/path\") throws “TypeError: Invalid URL” since compatibility date 2021-11-10.",
	Fix:      "Give any absolute URL, such as \"https://object/path\", pass the Request on, or call a method by RPC.",
	Fine: []string{
		"The original request, or a new Request made from one.",
	},
	Evidence: []string{
		"Measured on workerd: the TypeError above.",
		"developers.cloudflare.com/durable-objects/best-practices/create-durable-object-stubs-and-send-requests/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No stub's fetch is called in this file.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Method != "fetch" {
				return
			}
			arg := model.Argument(op.Node, 0)
			text, _ := p.Module.Template(arg)
			if strings.HasPrefix(text, "/") {
				p.Error(op.Node, fmt.Sprintf("%s is a path, and a stub has no address that it could be relative to.", analysis.Short(arg)), "", absolute(arg)...)
				return
			}
			p.Guard(op.Node, "It is given a whole URL or a Request.")
		})
	},
}

// absolute puts an origin in front of a path that stands in the call itself.
func absolute(arg syntax.Node) []analysis.Edit {
	text := arg.Text()
	if !arg.Is(syntax.String, syntax.TemplateString) || !strings.HasPrefix(text[1:], "/") {
		return nil
	}
	return []analysis.Edit{analysis.Replace(arg, text[:1]+"https://object"+text[1:])}
}
