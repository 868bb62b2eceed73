package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// autoReplyDate is when the runtime began to answer Close frames itself, for
// sockets accepted with accept() only.
const autoReplyDate = "2026-04-07"

var closeNotAnswered = &analysis.Gotcha{
	ID:       "ws-close-not-answered",
	Title:    "A client's close is not answered, so the connection never ends",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "With the hibernation API the closing handshake is the object's task. Until webSocketClose calls ws.close(), the client's close() does not complete: " +
		"its socket stays in the closing state until the client gives up.",
	Fix: "Add async webSocketClose(ws: WebSocket) { ws.close(1000); } and do not echo the received code unchecked.",
	Fine: []string{
		"A close in a helper method, or in a function that webSocketClose hands the socket to.",
		"Calling close on a socket that is already closed: it does nothing.",
		"From compatibility date 2026-04-07 the documentation promises an answer by the runtime; calling close does no harm there.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1 and 1.20261023.1, with compatibility dates on both sides of 2026-04-07: a client's close() never completes unless webSocketClose calls ws.close(). The documentation says that the runtime answers from that date on, so what comes later is reported as advice.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
		"github.com/cloudflare/partykit (packages/partyserver, CHANGELOG 0.5.4 to 0.5.7)",
	},
	Check: checkCloseNotAnswered,
}

func checkCloseNotAnswered(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file accepts a hibernating WebSocket.")
	for _, c := range concrete(p) {
		accept := hibernates(runs(p.Module, c))
		if accept == nil || c.Framework != "" || helper(c) {
			continue
		}
		exposed(p)
		handler := c.Member("webSocketClose")
		switch {
		case handler != nil:
			checkAnswer(p, c, handler)
		case c.Field("webSocketClose") != nil:
		case c.Opaque():
			p.NotApplicable("%s extends %s, which this file does not show and which may answer closes.", c.Name, c.Base)
		default:
			reportUnanswered(p, accept.Node, fmt.Sprintf("%s accepts sockets here but has no webSocketClose, so a client's close is never answered.", c.Name))
		}
	}
}

func checkAnswer(p *analysis.Pass, c *model.Class, handler *model.Func) {
	m := p.Module
	steps := m.Expand(handler)
	for _, s := range steps {
		if s.Method == "close" && (s.Kind == model.OpSocket || s.Kind == model.OpCall) && !spared(m, s, handler) {
			p.Guard(s.Node, "The close is answered.")
			return
		}
	}
	for _, s := range steps {
		if givesAway(m, s, handler) {
			p.NotApplicable("webSocketClose of %s hands the socket to code outside this file.", c.Name)
			return
		}
	}
	at := handler.Node.Child(syntax.FieldName)
	if !at.OK() {
		at = handler.Node
	}
	reportUnanswered(p, at, fmt.Sprintf("webSocketClose of %s never calls close on the socket, so the client's close is not answered.", c.Name))
}

// spared reports a close of the other sockets: one under a condition that compares
// with the socket that the handler received.
func spared(m *model.Module, s model.Step, handler *model.Func) bool {
	own := func(id syntax.Node) bool {
		b := parameter(m, s, id, handler)
		return b != nil && b.Index == 0
	}
	if own(receiver(s.Op)) {
		return false
	}
	for _, place := range s.Chain {
		if cond := model.Unwrap(place.Cond); place.Kind == model.Arm && cond.Is(syntax.BinaryExpression) && mentions(cond, own) {
			return true
		}
	}
	return false
}

// bookkeeping are methods of collections and of the console: they keep or show a
// socket and do not close it.
var bookkeeping = map[string]bool{
	"delete": true, "get": true, "has": true, "set": true, "add": true, "includes": true, "indexOf": true,
	"push": true, "filter": true, "log": true, "info": true, "warn": true, "error": true, "debug": true,
}

// givesAway reports a call of something outside the file that receives the
// handler's socket.
func givesAway(m *model.Module, s model.Step, handler *model.Func) bool {
	if s.Kind != model.OpCall && s.Kind != model.OpNew || bookkeeping[s.Method] {
		return false
	}
	if r := receiver(s.Op); r.Is(syntax.Super) {
		return true
	}
	return mentions(s.Node.Child(syntax.FieldArguments), func(id syntax.Node) bool {
		end, _ := socketOf(m, s, id)
		return end.binding != nil && end.binding.Param == handler && end.binding.Index == 0
	})
}

// reportUnanswered warns where the documentation says the same as the measurement,
// and only advises where it says that the runtime answers by itself.
func reportUnanswered(p *analysis.Pass, at syntax.Node, message string) {
	if !p.Since(autoReplyDate) || manualReply(p) {
		p.Warn(at, message, "")
		return
	}
	p.Advise(at, message+" This is no problem if the runtime answers by itself, as it is documented to do from compatibility date "+autoReplyDate+" on; measured, it does so for sockets accepted with accept() only.", "")
}

func manualReply(p *analysis.Pass) bool {
	if p.Config == nil {
		return false
	}
	for _, flag := range p.Config.CompatibilityFlags {
		if flag.Value == "web_socket_manual_reply_to_close" {
			return true
		}
	}
	return false
}
