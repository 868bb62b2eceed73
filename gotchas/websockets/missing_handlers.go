package websockets

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var missingHandlers = &analysis.Gotcha{
	ID:       "ws-missing-handlers",
	Title:    "Sockets are accepted for hibernation in a class that has no webSocketMessage",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Messages of a hibernating socket are delivered to the class's webSocketMessage method and to nothing else. " +
		"Without it every message from a client is lost, and nothing says so.",
	Fix: "Add async webSocketMessage(ws: WebSocket, message: string | ArrayBuffer), and webSocketClose beside it.",
	Fine: []string{
		"Handlers inherited from a base class, or written as arrow-function properties.",
		"An object that only pushes to its clients needs no webSocketMessage.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/base/",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: checkMissingHandlers,
}

func checkMissingHandlers(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file accepts a hibernating WebSocket.")
	for _, c := range concrete(p) {
		rs := runs(p.Module, c)
		accept := hibernates(rs)
		if accept == nil || c.Framework != "" {
			continue
		}
		if has(c, "webSocketMessage") {
			if f := c.Member("webSocketMessage"); f != nil {
				p.Guard(f.Node, "Messages of hibernating sockets arrive here.")
			}
			continue
		}
		switch f := misnamed(p.Module, c); {
		case helper(c):
			p.NotApplicable("%s is driven by a Durable Object that passes its events on.", c.Name)
		case c.Opaque():
			p.NotApplicable("%s extends %s, which this file does not show and which may have the handlers.", c.Name, c.Base)
		case f != nil:
			p.Error(f.Node, fmt.Sprintf("%s looks like the message handler of %s, but nothing calls it: the platform calls a method webSocketMessage only, so messages are lost.", f.Name, c.Name),
				"Name it webSocketMessage, as an ordinary method.")
		case pushes(p.Module, c, rs):
			p.Advise(accept.Node, fmt.Sprintf("%s has no webSocketMessage, so what a client sends is lost. This is no problem if clients never send.", c.Name), "")
		default:
			p.Error(accept.Node, fmt.Sprintf("%s accepts sockets here but has no webSocketMessage and writes to no socket later, so nothing ever goes over them.", c.Name), "")
		}
	}
}

// has reports a handler as a method, an arrow function or a field that holds
// one from elsewhere.
func has(c *model.Class, name string) bool { return c.Has(name) || c.Field(name) != nil }

// misnamed finds a member that takes a socket and a message, as webSocketMessage
// does, and that nothing calls; or nil.
func misnamed(m *model.Module, c *model.Class) *model.Func {
	for at, depth := c, 0; at != nil && depth < 16; at, depth = at.Super, depth+1 {
		for _, f := range at.Methods {
			if len(f.Params) < 2 || f.Kind == model.Getter || f.Kind == model.Setter || m.Eval(name(f.Params[0])).Kind != model.Socket && !socketType(f.Params[0]) {
				continue
			}
			second := f.Params[1]
			typ := second.Child(syntax.FieldType).Text()
			if !strings.Contains(typ, "ArrayBuffer") && !strings.Contains(strings.ToLower(f.Name), "message") {
				continue
			}
			if !invoked(m, f) {
				return f
			}
		}
	}
	return nil
}

// name is the identifier that a parameter declares.
func name(param syntax.Node) syntax.Node {
	if p := param.Child(syntax.FieldPattern); p.OK() {
		return p
	}
	return param
}

func socketType(param syntax.Node) bool {
	return strings.TrimSpace(strings.TrimPrefix(param.Child(syntax.FieldType).Text(), ":")) == "WebSocket"
}

// invoked reports a function that something of the project calls or hands on,
// other than itself.
func invoked(m *model.Module, f *model.Func) bool {
	return slices.ContainsFunc(m.Invocations(f), func(op *model.Op) bool { return op.Func != f })
}

// pushes reports an object that writes to sockets other than one that it is just
// accepting, in a run that something from outside can start.
func pushes(m *model.Module, c *model.Class, rs []run) bool {
	for _, r := range rs {
		if r.root.Kind != model.Constructor && (r.root.Hidden || r.root.Restricted) {
			continue
		}
		accepted := map[socket]bool{}
		for _, s := range r.steps {
			if accepts(s.Op) {
				end, _ := socketOf(m, s, model.Argument(s.Node, 0))
				accepted[end] = true
			}
		}
		for _, s := range r.steps {
			if !calls(s.Op, "send") {
				continue
			}
			if end, _ := socketOf(m, s, receiver(s.Op)); !accepted[end] {
				return true
			}
		}
	}
	return false
}
