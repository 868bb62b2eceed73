package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// autoResponseMax is in characters, for the request and the response each
// (workerd, src/workerd/api/actor-state.h).
const autoResponseMax = 2048

var autoResponseLimit = &analysis.Gotcha{
	ID:       "ws-auto-response-limit",
	Title:    "An automatic response is longer than 2,048 characters",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The request and the response of an automatic reply may have 2,048 characters each. " +
		"More throws a RangeError, mostly in the constructor, so the object cannot start.",
	Fix: "Use a short pair such as \"ping\" and \"pong\".",
	Fine: []string{
		"Texts of up to 2,048 characters.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: setWebSocketAutoResponse throws a RangeError above 2,048 characters.",
	},
	Check: checkAutoResponseLimit,
}

func checkAutoResponseLimit(p *analysis.Pass) {
	p.NotApplicable("No automatic WebSocket response is set in this file.")
	p.Ops(func(c *model.Class, op *model.Op) {
		if op.Kind != model.OpNew || op.Method != "WebSocketRequestResponsePair" {
			return
		}
		fits := true
		for i, side := range []string{"request", "response"} {
			n := longest(p.Module, model.Argument(op.Node, i))
			if n > autoResponseMax {
				fits = false
				p.Error(op.Node, fmt.Sprintf("The %s has %d characters; %d are allowed.", side, n, autoResponseMax), "")
			}
		}
		if fits {
			p.Guard(op.Node, "Both texts are within 2,048 characters.")
		}
	})
}

// longest is how many characters a text certainly has: a constant's, and what
// repeat and padding make of one.
func longest(m *model.Module, n syntax.Node) int { return length(m, n, 0) }

func length(m *model.Module, n syntax.Node, depth int) int {
	n = model.Unwrap(n)
	if depth > 8 {
		return 0
	}
	if b := m.Resolve(n); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 && !b.Each {
		return length(m, b.Init, depth+1)
	}
	switch n.Kind() {
	case syntax.CallExpression:
		object, method := model.Callee(n)
		times, known := m.Number(model.Argument(n, 0))
		switch {
		case !known:
		case method == "repeat":
			return length(m, object, depth+1) * int(times)
		case method == "padEnd", method == "padStart":
			return max(length(m, object, depth+1), int(times))
		}
		return 0
	case syntax.BinaryExpression:
		if n.Operator() == "+" {
			return length(m, n.Child(syntax.FieldLeft), depth+1) + length(m, n.Child(syntax.FieldRight), depth+1)
		}
		return 0
	case syntax.TemplateString:
		inserted := 0
		for c := range n.NamedChildren() {
			if c.Is(syntax.TemplateSubstitution) {
				if _, constant := m.Text(c.NamedChild(0)); !constant { // the others are counted below
					inserted += length(m, c.NamedChild(0), depth+1)
				}
			}
		}
		text, holes := m.Template(n)
		return len([]rune(text)) - holes + inserted
	}
	text, holes := m.Template(n)
	return len([]rune(text)) - holes
}
