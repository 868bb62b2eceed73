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
		"A connection that is only written to and is opened when the next request needs it.",
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
		reopened := false
		if f := c.Member("alarm"); f != nil {
			for _, s := range p.Module.Expand(f) {
				reopened = reopened || opens(p.Module, s)
			}
		}
		for _, r := range rs {
			for _, s := range r.steps {
				if !opens(p.Module, s) {
					continue
				}
				exposed(p)
				if reopened {
					p.Guard(c.Member("alarm").Node, "The alarm can bring the connection back.")
				} else if field := keptIn(p.Module, c, s); field != "" && !c.Opaque() {
					reportOutbound(p, c, s.Node, field, s.Within(model.Arm) != nil && !listens(p.Module, c))
				}
			}
		}
		for _, f := range c.Fields {
			if init := model.Unwrap(f.Init); init.Is(syntax.NewExpression) && init.Child(syntax.FieldConstructor).Text() == "WebSocket" && f.Node.Is(syntax.PublicFieldDefinition) {
				exposed(p)
				reportOutbound(p, c, f.Node, f.Name, false)
			}
		}
	}
}

// reportOutbound only advises on a connection that is opened anew when it is
// needed and that nothing listens to.
func reportOutbound(p *analysis.Pass, c *model.Class, at syntax.Node, field string, onDemand bool) {
	alarm := "has no alarm that would open it again"
	if c.Has("alarm") {
		alarm = "its alarm does not open it again"
	}
	message := fmt.Sprintf("%s keeps a connection of its own in this.%s, and %s after an eviction or a deploy.", c.Name, field, alarm)
	if onDemand {
		p.Advise(at, message, "")
		return
	}
	p.Warn(at, message, "")
}

// listens reports a class that hears messages of a connection that it opened.
func listens(m *model.Module, c *model.Class) bool {
	for _, op := range m.ReachedOps(c) {
		if name, _ := m.Text(model.Argument(op.Node, 0)); op.Method == "addEventListener" && name == "message" && receiver(op).OK() {
			return true
		}
	}
	for n := range c.Node.Descendants() {
		if n.Is(syntax.MemberExpression) && n.Child(syntax.FieldProperty).Text() == "onmessage" {
			return true
		}
	}
	return false
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
		v := m.Eval(value)
		if value == s.Node || v.Kind == model.Upstream && (v.Node == s.Node || m.DependsOn(value, s.Node)) {
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
