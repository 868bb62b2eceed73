package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// session is data that ends a while after its last use.
type session struct{ base }

func (session) uses() []string { return []string{"body"} }

func (session) due() due { return due{kind: "session-end", unplanned: true} }

func (session) holds() hold { return hold{"this.#sessionLives()", "the session lives"} }

func (session) tables(*view) []string { return []string{"session"} }

func (p session) play(s *script) {
	at := func(op blueprint.Op, json string) target { return target{op: op, object: "abc", json: json} }
	read := at(blueprint.SessionRead, "")
	ttl := p.P.TTLMS
	s.ask("there is no session", read, 404, "")
	s.ask("start it", at(blueprint.SessionStart, `{"user":"ann"}`), 201, `{"data":{"user":"ann"}}`)
	s.ask("it starts once", at(blueprint.SessionStart, `{"user":"bob"}`), 409, "")
	s.evict()
	s.ask("the data survived", read, 200, `{"data":{"user":"ann"}}`)
	s.ask("set a member", at(blueprint.SessionUpdate, `{"cart":["it's"]}`), 200, `{"data":{"user":"ann","cart":["it's"]}}`)
	s.ask("remove one", at(blueprint.SessionUpdate, `{"cart":null}`), 200, `{"data":{"user":"ann"}}`)
	s.burst("many readers at once", 20, read, 200, `{"data":{"user":"ann"}}`)
	if ttl >= 2*shortestExactWindow {
		s.advance("most of its time", ttl*3/4)
		s.ask("a use puts the end off", read, 200, "")
		s.advance("most of its time again", ttl*3/4)
		s.ask("it is still there", read, 200, `{"data":{"user":"ann"}}`)
	}
	s.advance("let it run out", ttl+1_000)
	s.ask("it is over", read, 404, "")
	s.ask("and cannot be changed", at(blueprint.SessionUpdate, `{"a":1}`), 404, "")
	s.ask("start another", at(blueprint.SessionStart, `{}`), 201, "")
	s.ask("end it", at(blueprint.SessionEnd, ""), 204, "")
	s.ask("it is gone", at(blueprint.SessionEnd, ""), 404, "")
	s.ask("data that is no object is refused", at(blueprint.SessionStart, `[1]`), 400, "")
}

func (session) afterPurge(s *script) {
	s.ask("no session is left", target{op: blueprint.SessionRead, object: "abc"}, 404, "")
	s.ask("and one can be started", target{op: blueprint.SessionStart, object: "abc", json: `{}`}, 201, "")
}

func (p session) decisions(*view) []string {
	return []string{fmt.Sprintf("A session is over %s after its last use. Every statement compares times, so it is over even if the alarm that deletes it is late; each use moves the alarm.", words(p.P.TTLMS))}
}

func (session) limits(*view) []string {
	return []string{"The data has at most 16,384 characters. The object's name is the session's secret: make it long and random, and set it as a cookie that scripts cannot read."}
}

func (session) picture(*view) []string {
	return []string{`worker --> use["start(), open(), update(), end()"]`, `use --> session[("session")]`, `use -- last use + TTL --> alarm["alarm()"]`, "alarm --> session"}
}
