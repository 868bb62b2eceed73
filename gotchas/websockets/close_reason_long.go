package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// A control frame carries 125 bytes, two of which are the code.
const reasonLimit = 123

// reasonDate is when the runtime began to throw on longer reasons.
const reasonDate = "2026-03-03"

var closeReasonLong = &analysis.Gotcha{
	ID:       "ws-close-reason-long",
	Title:    "A close reason longer than 123 bytes makes close() throw",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "A closing frame has room for 123 bytes of UTF-8. From compatibility date 2026-03-03 a longer reason throws, so the socket that should have been closed with an error stays open.",
	Fix:      "Use a short constant reason, and send details in a message before closing.",
	Fine: []string{
		"A constant reason of at most 123 bytes, or one that is cut with slice or substring.",
		"Compatibility dates before 2026-03-03.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: with the compatibility flag websocket_close_reason_byte_limit a reason of 124 bytes throws.",
		"developers.cloudflare.com/workers/configuration/compatibility-flags/",
	},
	Check: checkCloseReasonLong,
}

func checkCloseReasonLong(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file closes a WebSocket with a reason.")
	if !p.Since(reasonDate) {
		p.NotApplicable("Before compatibility date %s a long reason does not throw.", reasonDate)
		return
	}
	for _, c := range p.Objects() {
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if s.Kind == model.OpSocket && s.Method == "close" && model.Argument(s.Node, 1).OK() {
					checkReason(p, s)
				}
			}
		}
	}
}

func checkReason(p *analysis.Pass, s model.Step) {
	exposed(p)
	reason := model.Argument(s.Node, 1)
	value := traced(p.Module, s, reason)
	text, holes := p.Module.Template(value)
	switch n := len(text) - holes; {
	case n > reasonLimit && holes == 0:
		p.Error(reason, fmt.Sprintf("This reason is %d bytes long; close() throws above %d.", n, reasonLimit), "")
	case n > reasonLimit:
		p.Error(reason, fmt.Sprintf("This reason has %d bytes even without what is inserted; close() throws above %d.", n, reasonLimit), "")
	case holes == 0:
		p.Guard(s.Node, "A constant reason within 123 bytes.")
	case errorText(p.Module, value):
		p.Warn(reason, fmt.Sprintf("%s can be longer than %d bytes, and then close() throws instead of closing.", analysis.Short(reason), reasonLimit),
			"Cut it: "+analysis.Short(reason)+".slice(0, 100), or send a constant reason.")
	}
}

// errorText reports an error's message, alone or in a template, that nothing
// shortens.
func errorText(m *model.Module, n syntax.Node) bool {
	for d := range n.Descendants() {
		if d.Is(syntax.CallExpression) {
			switch _, method := model.Callee(d); method {
			case "slice", "substring", "substr", "truncate":
				return false
			}
		}
	}
	for d := range n.Descendants() {
		switch {
		case d.Is(syntax.MemberExpression):
			if prop := d.Child(syntax.FieldProperty).Text(); prop == "message" || prop == "stack" {
				return caught(m, d.Child(syntax.FieldObject))
			}
		case d.Is(syntax.CallExpression) && d.Child(syntax.FieldFunction).Text() == "String":
			return caught(m, model.Argument(d, 0))
		case d.Is(syntax.Identifier) && d.Field() != syntax.FieldFunction:
			if b := m.Resolve(d); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 && !strings.Contains(b.Init.Text(), d.Text()) && errorText(m, b.Init) {
				return true
			}
		}
	}
	return false
}

// caught reports the variable of a catch clause, or the error parameter of
// webSocketError.
func caught(m *model.Module, n syntax.Node) bool {
	b := m.Resolve(model.Unwrap(n))
	return b != nil && (b.Decl.Is(syntax.CatchClause) || b.Param != nil && b.Param.Name == "webSocketError" && b.Index == 1)
}
