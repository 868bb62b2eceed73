package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

// rateLimit counts in windows that start with the first use: as a check that
// callers ask for, or inside the sockets for each sender.
type rateLimit struct{}

// shortestExactWindow is the window below which a scenario names no exact use:
// a slow machine could let the window end between two steps.
const shortestExactWindow = 20_000

// mostExactLimit is the highest limit that a scenario uses up.
const mostExactLimit = 200

// mostMessages is the highest limit that a scenario uses up by single messages.
const mostMessages = 20

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
	if p.WindowMS < shortestExactWindow {
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
	s.open("dave", "busy", "dave")
	for i := 1; i <= p.Limit; i++ {
		s.send(fmt.Sprintf("message %d of %d", i, p.Limit), "dave", "hi")
		s.receive("is passed on", "dave", message(s.v, i, "dave", "hi"))
	}
	s.evict()
	s.send("one message too many", "dave", "hi")
	s.receive("is refused", "dave", `{"type":"error"}`)
	s.ask("and not counted", target{op: blueprint.ChatCount, object: "busy"}, 200, fmt.Sprintf(`{"count":%d}`, p.Limit))
	s.advance("let the window end", min(p.WindowMS+1_000, scenario.MaxAdvanceMS))
	s.send("after the window", "dave", "hi")
	s.receive("messages pass again", "dave", message(s.v, p.Limit+1, "dave", "hi"))
	s.close("dave leaves", "dave", 1000)
}

func (rateLimit) afterPurge(s *script) {
	if s.v.GuardsMessages() {
		return
	}
	s.ask("no use is remembered", target{op: blueprint.RateUsage, object: "caller"}, 200, `{"used":0}`)
	s.ask("and calls are counted again", target{op: blueprint.RateCheck, object: "caller"}, 200, `{"allowed":true}`)
}

func (rateLimit) decisions(v *view) []string {
	whom := "one " + v.Key
	if v.GuardsMessages() {
		whom = "one sender's messages"
	}
	return []string{fmt.Sprintf("%s may have %d in %s. The window starts with the first use and is fixed; one statement both decides and counts, so a burst cannot get past it.", upperFirst(whom), v.RateLimit.Limit, words(v.RateLimit.WindowMS))}
}

func (rateLimit) limits(v *view) []string {
	l := []string{"A fixed window lets up to twice the limit through across the seam of two windows."}
	if v.GuardsMessages() {
		l = append(l, "Senders are told apart by the name they connect with, which they choose themselves until the Worker authenticates them.")
	}
	return l
}

func (rateLimit) picture(v *view) []string {
	table := v.RateTable()
	if v.GuardsMessages() {
		return []string{fmt.Sprintf("messages --> %s[(%q)]", table, table)}
	}
	return []string{`worker --> check["check(), usage()"]`, fmt.Sprintf("check --> %s[(%q)]", table, table)}
}
