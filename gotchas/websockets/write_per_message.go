package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var writePerMessage = &analysis.Gotcha{
	ID:       "ws-write-per-message",
	Title:    "Every cursor move or typing notice is written to storage",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Presence arrives many times a second from each client. A row written for each of them soon costs more than everything else that the object does, " +
		"for data that is worthless a moment later.",
	Fix: "Keep presence in the attachment or in memory and broadcast it; write the last state now and then, in an alarm.",
	Fine: []string{
		"Storing each chat message, move of a game or other thing that must survive.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/pricing/ (rows written)",
	},
	Check: checkWritePerMessage,
}

// fleeting are the names of messages that come at the rate of a pointer.
var fleeting = map[string]bool{
	"cursor": true, "cursor-move": true, "cursor_move": true, "cursormove": true, "mousemove": true, "mouse-move": true, "mouse": true,
	"pointer": true, "pointermove": true, "pointer-move": true, "hover": true, "drag": true, "typing": true, "presence": true, "awareness": true,
}

func checkWritePerMessage(p *analysis.Pass) {
	p.NotApplicable("No message handler of this file writes presence to storage.")
	for _, c := range p.Objects() {
		f := c.Member("webSocketMessage")
		if f == nil {
			continue
		}
		for _, s := range p.Module.Expand(f) {
			if !writes(s.Op) {
				continue
			}
			exposed(p)
			for _, place := range s.Chain {
				if place.Kind != model.Arm {
					continue
				}
				if name := armText(p.Module, place.Path); fleeting[strings.ToLower(name)] {
					p.Warn(s.Node, fmt.Sprintf("Every %q message is written to storage here, as often as the client sends it.", name), "")
				}
			}
		}
	}
}

func writes(op *model.Op) bool {
	switch op.Kind {
	case model.OpStorage, model.OpKV:
		return op.Method == "put"
	case model.OpSQL:
		if op.SQL != nil {
			for _, s := range op.SQL.Statements {
				if len(s.Writes) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// armText is the text that a message must have, or hold, for an arm to run.
func armText(m *model.Module, p *model.Path) string {
	if p.Node.Is(syntax.SwitchStatement) {
		text, _ := m.Text(p.Node.Child(syntax.FieldBody).NamedChild(p.Arm).Child(syntax.FieldValue))
		return text
	}
	cond := model.Unwrap(p.Cond)
	if p.Arm != 0 {
		return ""
	}
	switch cond.Kind() {
	case syntax.BinaryExpression: // type === "cursor", "cursor" in message
		if op := cond.Operator(); op != "===" && op != "==" && op != "in" {
			return ""
		}
		for _, f := range []syntax.Field{syntax.FieldRight, syntax.FieldLeft} {
			if text, ok := m.Text(cond.Child(f)); ok {
				return text
			}
		}
	case syntax.CallExpression: // message.startsWith("cursor:")
		if _, method := model.Callee(cond); method == "startsWith" {
			text, _ := m.Text(model.Argument(cond, 0))
			return strings.TrimRight(text, ":/ ")
		}
	}
	return ""
}
