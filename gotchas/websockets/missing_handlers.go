package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var missingHandlers = &analysis.Gotcha{
	ID:       "ws-missing-handlers",
	Title:    "Sockets are accepted for hibernation in a class that has no webSocketMessage",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Messages of a hibernating socket are delivered to the class's webSocketMessage method and to nothing else. " +
		"Without it every message from a client is lost.",
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
		accept := hibernates(runs(p.Module, c))
		if accept == nil {
			continue
		}
		if has(c, "webSocketMessage") {
			if f := c.Member("webSocketMessage"); f != nil {
				p.Guard(f.Node, "Messages of hibernating sockets arrive here.")
			}
			continue
		}
		switch {
		case helper(c):
			p.NotApplicable("%s is driven by a Durable Object that passes its events on.", c.Name)
		case c.Opaque():
			p.NotApplicable("%s extends %s, which this file does not show and which may have the handlers.", c.Name, c.Base)
		case has(c, "webSocketClose"):
			p.Warn(accept.Node, fmt.Sprintf("%s accepts sockets but has no webSocketMessage, so what a client sends is lost. This is no problem if clients never send.", c.Name), "")
		default:
			p.Error(accept.Node, fmt.Sprintf("%s accepts sockets here but has neither webSocketMessage nor webSocketClose, so nothing ever hears from them.", c.Name), "")
		}
	}
}

// has reports a handler as a method, an arrow function or a field that holds
// one from elsewhere.
func has(c *model.Class, name string) bool { return c.Has(name) || c.Field(name) != nil }
