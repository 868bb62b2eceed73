package lifecycle

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var initNameRPC = &analysis.Gotcha{
	ID:       "init-name-rpc",
	Title:    "An object is told its own name by a call",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "Since 15 March 2026 an object that is addressed by a name knows it as this.ctx.id.name. " +
		"A call that passes the name is one more round trip, and its value is lost with the memory unless it is stored.",
	Fix: "Read this.ctx.id.name; keep the call only for objects that are addressed by newUniqueId or idFromString, whose name is undefined.",
	Fine: []string{
		"A call that passes something else, or that creates what the object stands for.",
	},
	Evidence: []string{
		"Measured on workerd: ctx.id.name is the name after getByName and idFromName, and undefined after newUniqueId, idFromString and for names of more than 1,024 bytes.",
		"developers.cloudflare.com/changelog/ of 15 March 2026",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object is told its name.")
		for _, f := range p.Module.Reviewed() {
			for _, op := range f.Ops {
				if op.Kind == model.OpStub && tellsName(op) {
					p.Advise(op.Node, fmt.Sprintf("%s passes the name that the stub was made with; the object knows it as this.ctx.id.name.", op.Method), "")
				}
			}
		}
	},
}

var setUpName = regexp.MustCompile(`(?i)^(?:init|initiali[sz]e|set_?up|set_?(?:room_?)?(?:name|id)|register)`)

// tellsName reports stub.init(name) on a stub that was made with the same name.
func tellsName(op *model.Op) bool {
	if !setUpName.MatchString(op.Method) || !op.Recv.Node.OK() {
		return false
	}
	name := model.Unwrap(model.Argument(op.Recv.Node, 0))
	if _, method := model.Callee(name); method == "idFromName" {
		name = model.Unwrap(model.Argument(name, 0))
	}
	first := model.Unwrap(model.Argument(op.Node, 0))
	return name.OK() && first.OK() && strings.TrimSpace(name.Text()) == strings.TrimSpace(first.Text())
}
