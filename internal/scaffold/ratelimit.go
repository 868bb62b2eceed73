package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

// rateLimit counts in windows that start with the first use: as a check that
// callers ask for, or inside the sockets for each sender.
type rateLimit struct{ base }

func (rateLimit) holds() hold { return hold{"this.#windowOpen()", "a rate window is running"} }

func (r rateLimit) tables(v *view) []string {
	switch {
	case r.Slides():
		return []string{"uses"}
	case r.Fills():
		return []string{"bucket"}
	}
	return []string{v.RateTable()}
}

// shortestExactWindow is the window below which a scenario names no exact use:
// a slow machine could let the window end between two steps.
const shortestExactWindow = 20_000

// mostExactLimit is the highest limit that a scenario uses up.
const mostExactLimit = 200

// mostMessages is the highest limit that a scenario uses up by single messages.
const mostMessages = 20

// Slides and Fills tell the algorithms apart.
func (r rateLimit) Slides() bool { return r.P.Algorithm == blueprint.SlidingWindow }

// Fills is Slides for a token bucket.
func (r rateLimit) Fills() bool { return r.P.Algorithm == blueprint.TokenBucket }

// Rule is the expression that says what is allowed.
func (r rateLimit) Rule() string {
	if r.Fills() {
		return "`At most ${LIMIT} at once, and as many in ${WINDOW_MS / 1_000} seconds.`"
	}
	return "`At most ${LIMIT} in ${WINDOW_MS / 1_000} seconds.`"
}

// exact reports whether a slow machine still sees the use that a scenario names.
func (r rateLimit) exact() bool {
	if r.Fills() {
		return r.P.WindowMS/int64(r.P.Limit) >= shortestExactWindow
	}
	return r.P.WindowMS >= shortestExactWindow
}

func (r rateLimit) play(s *script) {
	if s.v.GuardsMessages() {
		r.playMessages(s)
		return
	}
	p := s.v.RateLimit
	check := target{op: blueprint.RateCheck, object: "caller"}
	usage := target{op: blueprint.RateUsage, object: "caller"}
	used := func(n int) string {
		return fmt.Sprintf(`{"limit":%d,"used":%d,"remaining":%d}`, p.Limit, n, p.Limit-n)
	}
	s.ask("nothing is used yet", usage, 200, used(0))
	s.ask("the first call is allowed", check, 200, `{"allowed":true}`)
	s.evict()
	if r.Fills() && !r.exact() {
		s.ask("the next is allowed as well", check, 200, `{"allowed":true}`)
	} else if !r.exact() {
		s.ask("the limit is known after the loss", usage, 200, fmt.Sprintf(`{"limit":%d}`, p.Limit))
	} else {
		s.ask("the use survived", usage, 200, used(1))
		if p.Limit <= mostExactLimit {
			s.burst("more calls at once than are left", max(p.Limit+4, 2), check, 0, "")
			s.ask("exactly the limit was let through", usage, 200, used(p.Limit))
			s.ask("the next call is refused", check, 429, "")
		}
	}
	s.ask("another "+s.v.Key+" has an allowance of its own", target{op: blueprint.RateUsage, object: "somebody-else"}, 200, used(0))
	s.advance("let the window end", min(p.WindowMS+1_000, scenario.MaxAdvanceMS))
	s.ask("the allowance is whole again", usage, 200, used(0))
	s.ask("and calls are allowed", check, 200, `{"allowed":true}`)
}

func (rateLimit) playMessages(s *script) {
	p := s.v.RateLimit
	if p.WindowMS < shortestExactWindow || p.Limit > mostMessages {
		return
	}
	chat{base{P: s.v.Chat}}.enter(s, "dave", "busy", nil)
	for i := 1; i <= p.Limit; i++ {
		s.send(fmt.Sprintf("message %d of %d", i, p.Limit), "dave", "hi")
		if !s.v.Chat.SkipSender {
			s.receive("is passed on", "dave", message(s.v, i, "dave", "hi"))
		}
	}
	s.evict()
	s.send("one message too many", "dave", "hi")
	s.receive("is refused", "dave", `{"type":"error"}`)
	s.ask("and not counted", target{op: blueprint.ChatCount, object: "busy"}, 200, fmt.Sprintf(`{"count":%d}`, p.Limit))
	s.advance("let the window end", min(p.WindowMS+1_000, scenario.MaxAdvanceMS))
	s.send("after the window", "dave", "hi")
	if !s.v.Chat.SkipSender {
		s.receive("messages pass again", "dave", message(s.v, p.Limit+1, "dave", "hi"))
	}
	s.ask("and are counted", target{op: blueprint.ChatCount, object: "busy"}, 200, fmt.Sprintf(`{"count":%d}`, p.Limit+1))
	s.close("dave leaves", "dave", 1000)
}

func (rateLimit) afterPurge(s *script) {
	if s.v.GuardsMessages() {
		return
	}
	s.ask("no use is remembered", target{op: blueprint.RateUsage, object: "caller"}, 200, `{"used":0}`)
	s.ask("and calls are counted again", target{op: blueprint.RateCheck, object: "caller"}, 200, `{"allowed":true}`)
}

func (r rateLimit) decisions(v *view) []string {
	whom := "one " + v.Key
	if v.GuardsMessages() {
		whom = "one sender's messages"
	}
	how := "The window starts with the first use and is fixed"
	switch {
	case r.Slides():
		how = "The window slides: each use is kept with its time, and the last ones count"
	case r.Fills():
		how = "A token bucket of that size fills steadily, so a burst of all of them passes and then as many as flow in"
	}
	return []string{fmt.Sprintf("%s may have %d in %s. %s; one statement both decides and counts, so a burst cannot get past it.", upperFirst(whom), v.RateLimit.Limit, words(v.RateLimit.WindowMS), how)}
}

func (r rateLimit) limits(v *view) []string {
	if r.Slides() {
		return []string{"Every use within the window is a row: for high limits take a token bucket."}
	}
	if r.Fills() {
		return []string{"A full bucket and what flows in meanwhile can pass within one period: up to twice the limit."}
	}
	l := []string{"A fixed window lets up to twice the limit through across the seam of two windows."}
	if v.GuardsMessages() {
		l = append(l, "Senders are told apart by the name they connect with, which they choose themselves until the Worker authenticates them.")
	}
	return l
}

func (r rateLimit) picture(v *view) []string {
	table := r.tables(v)[0]
	if v.GuardsMessages() {
		return []string{fmt.Sprintf("messages --> %s[(%q)]", table, table)}
	}
	return []string{`worker --> check["check(), usage()"]`, fmt.Sprintf("check --> %s[(%q)]", table, table)}
}
