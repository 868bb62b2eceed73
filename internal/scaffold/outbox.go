package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// outbox keeps calls to another service until they went through.
type outbox struct{ base }

func (outbox) uses() []string { return []string{"body"} }

func (outbox) due() due { return due{kind: "delivery", many: true} }

func (outbox) holds() hold { return hold{"this.#deliveriesPending()", "a delivery is pending"} }

func (outbox) tables(*view) []string { return []string{"deliveries"} }

// firstRetryMS is the wait before the second attempt: long enough that a slow
// machine sees one attempt between two steps.
const firstRetryMS = 30_000

// play runs where nothing can be reached, so every delivery fails: what shows is
// that none is lost, that each is tried again, and that it is given up in the end.
func (o outbox) play(s *script) {
	send := func(id string) target {
		return target{op: blueprint.OutboxSend, object: "shop", json: fmt.Sprintf(`{"id":%q,"payload":{"order":1}}`, id)}
	}
	list := target{op: blueprint.OutboxList, object: "shop"}
	s.ask("nothing is pending", list, 200, `{"deliveries":[]}`)
	s.ask("a delivery is accepted", send("order-1"), 202, `{"id":"order-1"}`)
	s.ask("accepting it again changes nothing", send("order-1"), 200, `{"id":"order-1"}`)
	s.evict()
	s.ask("it is kept until it went through", list, 200, `{"deliveries":[{"id":"order-1","state":"pending"}]}`)
	s.burst("the same delivery many times at once", 10, send("order-1"), 200, "")
	s.ask("is one delivery", list, 200, `{"deliveries":[{"id":"order-1"}]}`)
	s.ask("a delivery without an id is refused", target{op: blueprint.OutboxSend, object: "shop", json: `{}`}, 400, "")
	for wait := int64(firstRetryMS); wait < firstRetryMS<<(o.P.MaxAttempts-1); wait *= 2 {
		s.advance("let it be tried again", min(wait, 3_600_000)+1_000)
	}
	s.ask("what never went through is given up, and kept", list, 200, `{"deliveries":[{"id":"order-1","state":"failed"}]}`)
}

func (outbox) afterPurge(s *script) {
	s.ask("no delivery is left", target{op: blueprint.OutboxList, object: "shop"}, 200, `{"deliveries":[]}`)
	s.ask("and new ones are accepted", target{op: blueprint.OutboxSend, object: "shop", json: `{"id":"order-2"}`}, 202, "")
}

func (o outbox) decisions(*view) []string {
	return []string{
		"A delivery is a row before anything is called, and the alarm makes the call: a crash, an eviction or a deploy in between loses nothing. Each has an `Idempotency-Key`, since a call may go out twice.",
		fmt.Sprintf("A call that fails is tried again after 30 seconds, then after twice as long each time, at most an hour, up to %d times; then it is kept as failed.", o.P.MaxAttempts),
	}
}

func (o outbox) limits(*view) []string {
	return []string{
		fmt.Sprintf("Deliveries go to `%s`: set `DELIVER_TO`, and sign the body if the receiver must know who sends.", o.P.URL),
		fmt.Sprintf("At most %s deliveries are kept, failed ones included; they go out one after the other.", thousands(o.P.MaxItems)),
	}
}

func (outbox) picture(*view) []string {
	return []string{`worker --> send["send(), deliveries()"]`, `send --> deliveries[("deliveries")]`, `deliveries -- due --> alarm["alarm()"]`, `alarm -- POST --> receiver([receiver])`}
}
