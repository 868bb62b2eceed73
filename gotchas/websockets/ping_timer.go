package websockets

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var pingTimer = &analysis.Gotcha{
	ID:       "ws-ping-timer",
	Title:    "A timer that pings the sockets keeps the object from hibernating",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "While a setInterval or setTimeout is pending the object stays in memory, so the heartbeat undoes what the hibernation API is for and is billed around the clock. " +
		"If the object is evicted all the same, the timer is gone and nothing starts it again.",
	Fix: "Let clients ping and answer with ctx.setWebSocketAutoResponse; find dead sockets in an alarm with ctx.getWebSocketAutoResponseTimestamp(ws).",
	Fine: []string{
		"A timer in a client or a Worker.",
		"The loop of a game, which stops when nobody is connected.",
		"An alarm that visits the sockets now and then.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: an object with a running timer and a connected client is not evicted; without the timer it hibernates after about ten seconds.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: checkPingTimer,
}

func checkPingTimer(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file with hibernating sockets starts a timer.")
	m := p.Module
	for _, c := range p.Objects() {
		rs := runs(m, c)
		if hibernates(rs) == nil || c.Framework != "" {
			continue
		}
		for _, r := range rs {
			for _, s := range r.steps {
				if s.Kind != model.OpTimer || s.Method != "setInterval" && s.Method != "setTimeout" {
					continue
				}
				exposed(p)
				if f := callback(m, s); f != nil && (s.Method == "setInterval" || restarts(m, f, s.Func)) && touchesSockets(m, f) {
					report := p.Warn
					if stops(m, c) && !pings(m, f) {
						report = p.Advise // a loop that runs while somebody plays
					}
					report(s.Node, fmt.Sprintf("This %s writes to the sockets of %s and so keeps it in memory, though its sockets could hibernate. This is no problem if it must tick while clients are connected.", s.Method, c.Name), "")
				}
			}
		}
		if op := firstOp(rs, func(op *model.Op) bool {
			return op.Method == "setWebSocketAutoResponse" || op.Method == "getWebSocketAutoResponseTimestamp"
		}); op != nil {
			p.Guard(op.Node, "Keep-alives are answered by the runtime, without a timer.")
		}
	}
}

// callback is the function that a timer runs, or nil.
func callback(m *model.Module, s model.Step) *model.Func {
	arg := model.Argument(s.Node, 0)
	for _, op := range s.Func.Ops {
		if op.Kind == model.OpInvoke && op.Node == arg {
			return op.Callee
		}
	}
	return m.Eval(arg).Func
}

// restarts reports a callback that is, or runs, the function which sets the timer.
func restarts(m *model.Module, f, starter *model.Func) bool {
	if f == starter {
		return true
	}
	for _, s := range m.Expand(f) {
		if s.Kind == model.OpInvoke && s.Callee == starter && len(s.Calls) == 0 {
			return true
		}
	}
	return false
}

// stops reports a class that ends its timers.
func stops(m *model.Module, c *model.Class) bool {
	for _, op := range m.ReachedOps(c) {
		if op.Method == "clearInterval" || op.Method == "clearTimeout" {
			return true
		}
	}
	return false
}

var heartbeat = regexp.MustCompile(`(?i)ping|beat|keep-?_?alive|noop`)

// pings reports a function, or one that it calls, whose texts are those of a
// heartbeat.
func pings(m *model.Module, f *model.Func) bool {
	for _, s := range m.Expand(f) {
		for n := range s.Node.Descendants() {
			if n.Is(syntax.String, syntax.TemplateString) && heartbeat.MatchString(n.Text()) {
				return true
			}
		}
	}
	return false
}

// touchesSockets reports a function that lists or writes to sockets.
func touchesSockets(m *model.Module, f *model.Func) bool {
	for _, s := range m.Expand(f) {
		if s.Kind == model.OpSocket && (s.Method == "send" || s.Method == "close") ||
			s.Kind == model.OpCtx && s.Method == "getWebSockets" ||
			s.Kind == model.OpCall && s.Method == "send" && receiver(s.Op).OK() {
			return true
		}
	}
	return false
}
