package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

// relay passes messages on as they are, to everybody else.
type relay struct{ base }

func (relay) holds() hold { return socketsOpen }

func (r relay) play(s *script) {
	const channel = "call"
	open := func(socket string) {
		route, _ := s.v.bp.Route(blueprint.RelayConnect)
		s.add(socket+" connects", scenario.Step{Open: &scenario.Open{Socket: socket, Path: s.path(route.Path, channel, "")}})
	}
	text := func(name, socket, want string) {
		s.add(name, scenario.Step{Receive: &scenario.Receive{Socket: socket, Text: want}})
	}
	s.ask("a plain request is no upgrade", target{op: blueprint.RelayConnect, object: channel}, 426, "")
	open("left")
	if r.P.MaxMembers == 1 {
		s.evict()
		s.ask("no place is left for another", target{op: blueprint.RelayConnect, object: channel}, 426, "")
		s.close("the only one leaves", "left", 1000)
		return
	}
	open("right")
	s.send("left offers", "left", `{"offer":"it's me"}`)
	text("right gets it as it is", "right", `{"offer":"it's me"}`)
	s.evict()
	s.send("a socket that hibernated still works", "right", "answer")
	text("left gets the answer, and not what it sent itself", "left", "answer")
	s.close("a close without a code is answered", "right", 0)
	s.close("a close with a code is answered", "left", 1000)
}

func (r relay) afterPurge(s *script) { r.play(s) }

func (r relay) decisions(*view) []string {
	return []string{"Messages are passed on as they come, text or binary, to every socket but the sender's. Nothing of them is stored, so who is not connected misses them. Sockets are accepted with `ctx.acceptWebSocket()`, so the object can hibernate while they stay open."}
}

func (r relay) limits(*view) []string {
	return []string{
		fmt.Sprintf("A message has at most %d bytes; who sends a bigger one is closed with 1009.", r.P.MaxMessageBytes),
		"A deploy closes every socket: clients must reconnect.",
	}
}

func (relay) picture(*view) []string {
	return []string{"client -- WebSocket --> relay[\"webSocketMessage()\"]", "relay -- as it is --> client"}
}
