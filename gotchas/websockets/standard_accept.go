package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
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
		"An object that must keep ticking in memory while anyone is connected, such as a game loop; say so in a suppression comment.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
		"Measured on workerd 1.20261117.1: an object with an accepted socket cannot be evicted, one whose sockets were given to acceptWebSocket hibernates after about ten seconds and keeps them.",
	},
	Check: checkStandardAccept,
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
				if _, v := socketOf(p.Module, s, receiver(s.Op)); v.Kind != model.PairServer {
					continue
				}
				end := analysis.Short(receiver(s.Op))
				p.Error(s.Node,
					fmt.Sprintf("%s accepts %s with accept(), which pins the object in memory while the client is connected and loses the connection when the object is evicted.", c.Name, end),
					fmt.Sprintf("Write %s.acceptWebSocket(%s) and handle its events in webSocketMessage, webSocketClose and webSocketError.", context(c), end))
			}
		}
	}
}
