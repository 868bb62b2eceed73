package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var standardAccept = &analysis.Gotcha{
	ID:       "ws-standard-accept",
	Title:    "The object accepts its end of a WebSocket with accept(), so it can never hibernate",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A socket accepted with accept() lives in memory: the object stays resident and is billed for as long as any client is connected, " +
		"and every client is dropped when the object is evicted for another reason.",
	Fix: "Hand the object's end to ctx.acceptWebSocket(server) and move the listeners' bodies to webSocketMessage, webSocketClose and webSocketError.",
	Fine: []string{
		"accept() on a socket that the object opened itself (response.webSocket.accept()): hibernation is for incoming connections only.",
		"accept() in a Worker, in a test, or on the client's end of a pair.",
		"A socket that is accepted only to be told why it is refused, and closed at once.",
		"A bridge between a client and a connection that the object opened itself; that one cannot hibernate either.",
		"An object that must keep ticking in memory while anyone is connected, such as a game loop; say so in a suppression comment.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
		"Measured on workerd 1.20261117.1: an object with an accepted socket cannot be evicted, one whose sockets were given to acceptWebSocket hibernates after about ten seconds and keeps them.",
	},
	Check: checkStandardAccept,
}

// turnedAway reports a socket that is accepted only to be told why and closed.
func turnedAway(accept *model.Op) bool {
	for _, op := range accept.Func.Ops {
		if calls(op, "close") && receiver(op).Text() == receiver(accept).Text() && op.Node.Start() > accept.Node.Start() {
			return true
		}
	}
	return false
}

func checkStandardAccept(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file accepts a WebSocket.")
	for _, c := range p.Objects() {
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if accepts(s.Op) {
					p.Guard(s.Node, "The hibernation API keeps the connection while the object is out of memory.")
					continue
				}
				if !calls(s.Op, "accept") {
					continue
				}
				if _, v := socketOf(p.Module, s, receiver(s.Op)); v.Kind != model.PairServer || turnedAway(s.Op) {
					continue
				}
				if bridges(p.Module, s.Func) {
					p.Advise(s.Node, fmt.Sprintf("%s passes messages between this socket and a connection that it opened itself, so it cannot hibernate while the two are open.", c.Name), "")
					continue
				}
				if at := s.At(p.Module); at != s.Node {
					p.Error(at, fmt.Sprintf("%s hands its end of the pair to %s, which accepts it with accept() on line %d of %s and so pins the object in memory.",
						c.Name, analysis.Short(at.Child(syntax.FieldFunction)), s.Node.Line(), s.Node.Tree().Path), "")
				}
				end := analysis.Short(receiver(s.Op))
				p.Error(s.Node,
					fmt.Sprintf("%s accepts %s with accept(), which pins the object in memory while the client is connected and loses the connection when the object is evicted.", c.Name, end),
					fmt.Sprintf("Write %s.acceptWebSocket(%s) and handle its events in webSocketMessage, webSocketClose and webSocketError.", context(c), end),
					handOver(p.Module, c, s)...)
			}
		}
	}
}

// bridges reports a function that passes messages on to a connection of the object's
// own: that one keeps the object in memory anyway.
func bridges(m *model.Module, f *model.Func) bool {
	for n := range f.Body.Descendants() {
		if !n.Is(syntax.CallExpression) {
			continue
		}
		if object, method := model.Callee(n); (method == "send" || method == "accept") && m.Eval(object).Kind == model.Upstream {
			return true
		}
	}
	return false
}

// handOver gives the socket to the hibernation API, where the class has its
// handlers already and nothing listens to the socket itself.
func handOver(m *model.Module, c *model.Class, s model.Step) []analysis.Edit {
	end := receiver(s.Op)
	if !c.Modern || !c.Has("webSocketMessage") || m.Owner(s.Func) != c || strings.Contains(c.Node.Text(), ".addEventListener(") {
		return nil
	}
	return []analysis.Edit{analysis.Replace(s.Node, fmt.Sprintf("this.ctx.acceptWebSocket(%s)", end.Text()))}
}
