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
		for _, k := range keepAlives(p.Module, f) {
			switch {
			case answersAnew(p.Module, f, k.at):
			case k.inside:
				p.Advise(k.at, fmt.Sprintf("Each message of type %q wakes %s. If its text is always the same, the runtime can answer it.", k.text, c.Name), "")
			default:
				p.Warn(k.at, fmt.Sprintf("Each %q from a client wakes %s only to be answered.", k.text, c.Name),
					fmt.Sprintf("In the constructor: %s.setWebSocketAutoResponse(new WebSocketRequestResponsePair(%q, …)), and drop this branch.", context(c), k.text))
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

// compared is a comparison of the whole message with a keep-alive text.
type compared struct {
	at     syntax.Node // the comparison, or the case of a switch
	text   string
	inside bool // a member of the message is compared: event.type === "ping"
}

// keepAlives finds the comparisons in a handler and in the functions that it hands
// the message to.
func keepAlives(m *model.Module, handler *model.Func) []compared {
	var out []compared
	seen := map[*model.Func]bool{}
	for _, s := range m.Expand(handler) {
		if seen[s.Func] {
			continue
		}
		seen[s.Func] = true
		for n := range s.Func.Body.Descendants() {
			if m.FuncAt(n) != s.Func {
				continue
			}
			for _, pair := range comparisons(n) {
				text, ok := m.Text(pair[1])
				switch {
				case !ok || !keepAlive(text):
				case wholeMessage(m, s, pair[0], handler):
					out = append(out, compared{at: pair[2], text: text})
				case pair[0].Is(syntax.MemberExpression):
					out = append(out, compared{at: pair[2], text: text, inside: true})
				}
			}
		}
	}
	return out
}

// comparisons are what a node compares: the value, the text, and where.
func comparisons(n syntax.Node) [][3]syntax.Node {
	switch n.Kind() {
	case syntax.BinaryExpression:
		switch n.Operator() {
		case "===", "==", "!==", "!=":
			l, r := model.Unwrap(n.Child(syntax.FieldLeft)), model.Unwrap(n.Child(syntax.FieldRight))
			return [][3]syntax.Node{{l, r, n}, {r, l, n}}
		}
	case syntax.SwitchStatement:
		var out [][3]syntax.Node
		for c := range n.Child(syntax.FieldBody).NamedChildren() {
			out = append(out, [3]syntax.Node{model.Unwrap(n.Child(syntax.FieldValue)), c.Child(syntax.FieldValue), c.Child(syntax.FieldValue)})
		}
		return out
	}
	return nil
}

// wholeMessage reports the message itself, as text or not: message, String(message),
// typeof message === "string" ? message : decode(message).
func wholeMessage(m *model.Module, s model.Step, n syntax.Node, handler *model.Func) bool {
	n = traced(m, s, n)
	if n.Is(syntax.MemberExpression) || strings.Contains(n.Text(), "JSON.parse") {
		return false
	}
	return mentions(n, func(id syntax.Node) bool {
		b := parameter(m, s, id, handler)
		return b != nil && b.Index == 1
	})
}

// answersAnew reports a branch whose answer is not always the same.
func answersAnew(m *model.Module, handler *model.Func, at syntax.Node) bool {
	for _, s := range m.Expand(handler) {
		if s.Method != "send" || s.Kind != model.OpSocket && s.Kind != model.OpCall {
			continue
		}
		for _, place := range s.Chain {
			if place.Kind != model.Arm || !place.Cond.Contains(at) && place.Node.Child(syntax.FieldBody).NamedChild(place.Arm).Child(syntax.FieldValue) != at {
				continue
			}
			if mentions(model.Argument(s.Node, 0), func(id syntax.Node) bool {
				_, constant := m.Text(id)
				return !constant && id.Text() != "JSON"
			}) {
				return true
			}
		}
	}
	return false
}
