package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var appPing = &analysis.Gotcha{
	ID:       "ws-app-ping",
	Title:    "A client's keep-alive text is answered by the handler, which wakes the object each time",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Every message that reaches webSocketMessage wakes the object and is billed. With a ping every few seconds from each client the object never hibernates. " +
		"An automatic response is sent by the runtime without waking it.",
	Fix: "In the constructor: this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(\"ping\", \"pong\")).",
	Fine: []string{
		"Pings of the protocol itself, which the runtime answers.",
		"A ping whose answer carries something that only the object knows. The automatic response matches one exact text.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/state/ (setWebSocketAutoResponse)",
	},
	Check: checkAppPing,
}

func checkAppPing(p *analysis.Pass) {
	p.NotApplicable("No handler of this file answers a keep-alive text.")
	for _, c := range p.Objects() {
		f := c.Member("webSocketMessage")
		if f == nil || c.Framework != "" {
			continue
		}
		auto := firstOp(runs(p.Module, c), func(op *model.Op) bool { return op.Method == "setWebSocketAutoResponse" })
		if auto != nil {
			p.Guard(auto.Node, "The runtime answers the keep-alive without waking the object.")
			continue
		}
		for n := range f.Body.Descendants() {
			if text, ok := comparedText(p.Module, f, n); ok && keepAlive(text) {
				p.Warn(n, fmt.Sprintf("Each %q from a client wakes %s only to be answered.", text, c.Name),
					fmt.Sprintf("In the constructor: %s.setWebSocketAutoResponse(new WebSocketRequestResponsePair(%q, …)), and drop this branch.", context(c), text))
			}
		}
	}
}

func keepAlive(text string) bool {
	switch strings.ToLower(text) {
	case "ping", "heartbeat", "keepalive", "keep-alive", "__ping__":
		return true
	}
	return false
}

// comparedText is the text that the whole message is compared with.
func comparedText(m *model.Module, f *model.Func, n syntax.Node) (string, bool) {
	if !n.Is(syntax.BinaryExpression) || n.Operator() != "===" && n.Operator() != "==" {
		return "", false
	}
	l, r := model.Unwrap(n.Child(syntax.FieldLeft)), model.Unwrap(n.Child(syntax.FieldRight))
	for _, side := range [][2]syntax.Node{{l, r}, {r, l}} {
		b := m.Resolve(side[0])
		if b == nil {
			continue
		}
		message := b.Param == f && b.Index == 1
		if b.Init.OK() && len(b.Path) == 0 { // const text = message.toString()
			message = mentions(b.Init, func(id syntax.Node) bool {
				from := m.Resolve(id)
				return from != nil && from.Param == f && from.Index == 1
			}) && !strings.Contains(b.Init.Text(), "JSON.parse")
		}
		if text, ok := m.Text(side[1]); ok && message {
			return text, true
		}
	}
	return "", false
}
