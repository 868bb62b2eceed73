package scaffold

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// chat is the broadcast room: hibernating sockets, a message count that is
// raised by one upsert per message.
type chat struct{ base }

func (chat) uses() []string { return []string{"counters"} }

func (chat) holds() hold { return socketsOpen }

func (c chat) tables(*view) []string {
	if c.P.History > 0 {
		return []string{"counters", "messages"}
	}
	return []string{"counters"}
}

// quotedLimit is the longest message that a scenario spells out to show that
// it is too long.
const quotedLimit = 8_192

func message(v *view, seq int, sender, text string) string {
	return fmt.Sprintf(`{"type":"message","seq":%d,%q:%q,"text":%q}`, seq, v.Sender(), sender, text)
}

func (c chat) play(s *script) {
	v := s.v
	count := target{op: blueprint.ChatCount, object: "lobby"}
	pair := v.Chat.MaxMembers != 1
	speaker := "bob"
	s.ask("nothing was sent yet", count, 200, `{"count":0}`)
	c.enter(s, "alice", "lobby", nil)
	if pair {
		c.enter(s, "bob", "lobby", nil, "alice")
	} else {
		speaker = "alice"
	}
	heard := func(seq int, sender, text string) {
		if !v.Chat.SkipSender {
			s.receive("the sender gets its own message", sender, message(v, seq, sender, text))
		}
		if !pair {
			return
		}
		other := map[string]string{"alice": "bob", "bob": "alice"}[sender]
		s.receive("the others get it", other, message(v, seq, sender, text))
	}
	s.send("alice says hello", "alice", "hello")
	heard(1, "alice", "hello")
	s.ask("one message is counted", count, 200, `{"count":1}`)
	s.evict()
	if v.GuardsMessages() && speaker == "alice" && v.RateLimit.Limit < 2 {
		s.advance("wait until alice may speak again", v.RateLimit.WindowMS+1_000)
	}
	s.send("a socket that hibernated still works", speaker, "again")
	heard(2, speaker, "again")
	s.ask("the count survived", count, 200, `{"count":2}`)
	if v.Chat.History > 0 {
		c.playHistory(s, speaker)
	}
	if v.Chat.Presence {
		members := `{"members":["alice"]}`
		if pair {
			members = `{"members":["alice","bob"]}`
		}
		s.ask("who is connected is known after the loss", target{op: blueprint.ChatMembers, object: "lobby"}, 200, members)
	}
	if n := v.Chat.MaxMessageBytes; n <= quotedLimit {
		s.send("a message that is too long", "alice", strings.Repeat("x", n+1))
		s.receive("is refused", "alice", `{"type":"error"}`)
	}
	s.burst("many readers at once see the same count", 20, count, 200, `{"count":2}`)
	s.ask("another "+v.Key+" is another object", target{op: blueprint.ChatCount, object: "elsewhere"}, 200, `{"count":0}`)
	s.ask("a plain request is no upgrade", target{op: blueprint.ChatConnect, object: "lobby"}, 426, "")
	s.close("a close without a code is answered", "alice", 0)
	if pair {
		if v.Chat.Presence {
			s.receive("bob hears that alice left", "bob", fmt.Sprintf(`{"type":"left",%q:"alice"}`, v.Sender()))
		}
		s.close("a close with a code is answered", "bob", 1000)
	}
}

// enter opens a socket and takes what the object says on it at once: what was
// said before to the newcomer, and to those who are there that somebody came.
func (chat) enter(s *script, who, object string, before []string, there ...string) {
	s.open(who, object, who)
	if s.v.Chat.Presence {
		for _, other := range there {
			s.receive(other+" hears that "+who+" came", other, fmt.Sprintf(`{"type":"joined",%q:%q}`, s.v.Sender(), who))
		}
	}
	if s.v.Chat.History > 0 {
		s.receive(who+" gets what was said before", who, `{"type":"history","messages":[`+strings.Join(before, ",")+`]}`)
	}
}

func (chat) playHistory(s *script, speaker string) {
	said := func(seq int, who, text string) string {
		return fmt.Sprintf(`{"seq":%d,%q:%q,"text":%q}`, seq, s.v.Sender(), who, text)
	}
	kept := []string{said(1, "alice", "hello"), said(2, speaker, "again")}
	kept = kept[max(0, len(kept)-s.v.Chat.History):]
	s.ask("the messages survived", target{op: blueprint.ChatHistory, object: "lobby"}, 200, `{"messages":[`+strings.Join(kept, ",")+`]}`)
}

func (c chat) afterPurge(s *script) {
	count := target{op: blueprint.ChatCount, object: "lobby"}
	s.ask("the "+s.v.Key+" is empty again", count, 200, `{"count":0}`)
	if s.v.Chat.History > 0 {
		s.ask("no message is left", target{op: blueprint.ChatHistory, object: "lobby"}, 200, `{"messages":[]}`)
	}
	c.enter(s, "carol", "lobby", nil)
	s.send("carol starts anew", "carol", "first")
	if !s.v.Chat.SkipSender {
		s.receive("counting starts at 1", "carol", message(s.v, 1, "carol", "first"))
	}
	s.ask("the tables are back", count, 200, `{"count":1}`)
	s.close("carol leaves", "carol", 1000)
}

func (chat) decisions(v *view) []string {
	whom := "Every socket gets every message, the sender's too."
	if v.Chat.SkipSender {
		whom = "Every socket but the sender's gets a message."
	}
	d := []string{
		"Sockets are accepted with `ctx.acceptWebSocket()` and served by `webSocketMessage()` and `webSocketClose()`, so the object can hibernate while they stay open. Who sends is kept in each socket's attachment, never in a field.",
		"A message is counted by one `INSERT … ON CONFLICT … DO UPDATE … RETURNING`; the number that it returns is the message's `seq`. The runtime holds the broadcast back until that write is durable.",
		whom + " `ping` is answered with `pong` by the runtime, without waking the object.",
		"`webSocketClose()` answers the closing handshake; codes that cannot be sent (1005, 1006 and their like) become 1000.",
	}
	if v.Chat.MaxMembers > 0 {
		d = append(d, fmt.Sprintf("At most %d sockets are open in one %s; the next one is refused with 409.", v.Chat.MaxMembers, v.Key))
	}
	if v.Chat.History > 0 {
		d = append(d, fmt.Sprintf("The last %s messages are kept, numbered and counted in one transaction; who connects gets them first.", thousands(v.Chat.History)))
	}
	if v.Chat.Presence {
		d = append(d, "Who is connected is read from the sockets themselves, which outlive the instance; comings and goings are told to the others. A socket that breaks off is told as one that left.")
	}
	return d
}

func (chat) limits(v *view) []string {
	kept := "it is passed on, its text is not stored."
	if v.Chat.History > 0 {
		kept = fmt.Sprintf("the last %s are kept.", thousands(v.Chat.History))
	}
	return []string{
		fmt.Sprintf("`?%s=` is what the client says of itself. Authenticate in the Worker's `fetch` before the object is reached, and check `Origin` if browsers connect with cookies.", v.Sender()),
		fmt.Sprintf("A message has at most %d bytes; %s", v.Chat.MaxMessageBytes, kept),
		"A deploy closes every socket: clients must reconnect.",
	}
}

func (chat) picture(v *view) []string {
	return []string{
		"client -- WebSocket --> messages[\"webSocketMessage()\"]",
		"messages --> counters[(\"counters\")]",
		"messages -- broadcast --> client",
	}
}
