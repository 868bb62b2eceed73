package websockets

import "durable-objects-mcp/gotchas/analysis"

var auth = &analysis.Gotcha{
	ID:       "ws-auth",
	Title:    "Who may open a socket is not decided before the object is reached",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "A user name in the query string proves nothing, and a browser sends cookies along with a WebSocket from any site. " +
		"What the object believes about a socket it believes for hours.",
	Fix: "Authenticate in the Worker before stub.fetch, check the Origin header against your own sites, and pass the verified identity on in a header that clients cannot set.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/",
	},
}

var clientReconnect = &analysis.Gotcha{
	ID:       "ws-client-reconnect",
	Title:    "Clients do not reconnect, though every deploy closes every socket",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "Hibernation keeps connections, but a deploy, a runtime update and an eviction by abort close them all. " +
		"A client that does not come back is silently gone, and one that comes back at once joins a stampede.",
	Fix: "Reconnect with a growing, randomised delay, and resume from the last message that the client has seen.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
		"Measured on workerd 1.20261117.1: sockets survive hibernation and are closed by an abort or a restart.",
	},
}
