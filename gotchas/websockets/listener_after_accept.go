package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var listenerAfterAccept = &analysis.Gotcha{
	ID:       "ws-listener-after-accept",
	Title:    "A listener is added to a socket that hibernates, and it never fires",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Events of a socket given to acceptWebSocket go to the class's webSocketMessage, webSocketClose and webSocketError. " +
		"A listener on the socket itself is never called, and nothing says so.",
	Fix: "Move the listener's body to the handler method of the same event.",
	Fine: []string{
		"Listeners on a socket that the object opened itself, or that was accepted with accept().",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: a message listener added after acceptWebSocket is never called and no error is raised.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: checkListenerAfterAccept,
}

var handlerOf = map[string]string{"message": "webSocketMessage", "close": "webSocketClose", "error": "webSocketError"}

func checkListenerAfterAccept(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file accepts a hibernating WebSocket.")
	m := p.Module
	for _, c := range p.Objects() {
		rs := runs(m, c)
		if hibernates(rs) != nil {
			exposed(p)
		}
		for _, r := range rs {
			accepted := map[socket]bool{}
			for _, s := range r.steps {
				if accepts(s.Op) {
					end, _ := socketOf(m, s, model.Argument(s.Node, 0))
					accepted[end] = true
				}
			}
			for i, s := range r.steps {
				if !calls(s.Op, "addEventListener") || optional(m, r.steps, i) {
					continue
				}
				end, _ := socketOf(m, s, receiver(s.Op))
				if accepted[end] || c.Framework == "" && handedOver(c, end) {
					reportListener(p, c, s)
				}
			}
		}
		if len(p.Findings) > 0 || hibernates(rs) == nil {
			continue
		}
		for _, name := range []string{"webSocketMessage", "webSocketClose", "webSocketError"} {
			if f := c.Member(name); f != nil {
				p.Guard(f.Node, "The platform calls this method for events of hibernating sockets.")
				break
			}
		}
	}
}

// optional reports a listener under a setting that chooses between the two kinds of
// sockets: if (!options.hibernate) { … }.
func optional(m *model.Module, steps []model.Step, at int) bool {
	for _, cond := range m.Conditions(steps, at) {
		if strings.Contains(strings.ToLower(cond.Text()), "hibernat") {
			return true
		}
	}
	return false
}

// handedOver reports the socket parameter of one of the platform's handlers.
func handedOver(c *model.Class, end socket) bool {
	b := end.binding
	return b != nil && b.Param != nil && b.Index == 0 && b.Param.Class == c && strings.HasPrefix(b.Param.Name, "webSocket") && model.Handlers[b.Param.Name]
}

func reportListener(p *analysis.Pass, c *model.Class, s model.Step) {
	event, _ := p.Module.Text(model.Argument(s.Node, 0))
	end := analysis.Short(receiver(s.Op))
	method, known := handlerOf[event]
	if !known {
		p.Error(s.Node, fmt.Sprintf("%s is a hibernating socket, so this listener is never called.", end), "")
		return
	}
	fix := fmt.Sprintf("Move the listener's body to async %s(ws, …).", method)
	if c.Has(method) {
		fix = fmt.Sprintf("Move the listener's body to the existing %s method.", method)
	}
	p.Error(s.Node, fmt.Sprintf("%s is a hibernating socket, so this %q listener is never called: the platform calls %s instead.", end, event, method), fix)
}
