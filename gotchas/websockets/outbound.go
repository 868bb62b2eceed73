package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var outbound = &analysis.Gotcha{
	ID:       "ws-outbound",
	Title:    "The object opens a WebSocket of its own, and nothing opens it again",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "A connection that the object opened itself cannot hibernate. It keeps the object in memory for up to 15 minutes at a time, " +
		"and is gone after an eviction, a deploy or a crash, while no event tells the object to reconnect.",
	Fix: "Store that the connection is wanted and set an alarm; let alarm() reconnect when the socket is missing, and arm the next check.",
	Fine: []string{
		"A connection that lives within one request.",
		"A class whose alarm() checks the connection and opens it again.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
		"developers.cloudflare.com/changelog/ (2026-06-19: outgoing connections keep a Durable Object alive)",
	},
	Check: checkOutbound,
}

func checkOutbound(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file opens a WebSocket of its own.")
	for _, c := range p.Objects() {
		rs := runs(p.Module, c)
		for _, r := range rs {
			for _, s := range r.steps {
				if !opens(p.Module, s) {
					continue
				}
				exposed(p)
				field := keptIn(p.Module, c, s)
				switch {
				case c.Has("alarm"):
					p.Guard(c.Member("alarm").Node, "The alarm can bring the connection back.")
				case c.Opaque() || field == "":
				default:
					p.Warn(s.Node, fmt.Sprintf("%s keeps a connection of its own in this.%s, and has no alarm that would open it again after an eviction or a deploy.", c.Name, field), "")
				}
			}
		}
	}
}

// opens reports new WebSocket(url) and the accept() of a fetched socket.
func opens(m *model.Module, s model.Step) bool {
	if s.Kind == model.OpNew && s.Method == "WebSocket" {
		return true
	}
	return s.Kind == model.OpSocket && s.Method == "accept" && s.Recv.Kind == model.Upstream
}

// keptIn is the field that holds the connection beyond the run, or "".
func keptIn(m *model.Module, c *model.Class, s model.Step) string {
	end := syntax.Node{}
	if s.Kind == model.OpSocket {
		end = receiver(s.Op)
	}
	for _, op := range m.ClassOps(c) {
		if op.Kind != model.OpFieldWrite || !op.Value.OK() {
			continue
		}
		value := model.Unwrap(op.Value)
		if value == s.Node || m.DependsOn(value, s.Node) && m.Eval(value).Kind == model.Upstream {
			return op.Name
		}
		if b := m.Resolve(value); b != nil && end.OK() && m.Resolve(model.Unwrap(end)) == b {
			return op.Name
		}
	}
	if end.Is(syntax.MemberExpression) && end.Child(syntax.FieldObject).Is(syntax.This) {
		return end.Child(syntax.FieldProperty).Text()
	}
	return ""
}
