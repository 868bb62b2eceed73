package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// queue is work that consumers come for: a job that is taken is invisible for a
// time, and one that is never finished ends among the dead letters.
type queue struct{ base }

// fragment keeps apart from the due queue behind the alarm.
func (queue) fragment() string { return "queue_work" }

func (queue) uses() []string { return []string{"body", "integer", "id"} }

func (queue) holds() hold { return hold{"this.#jobsWaiting()", "a job waits or is taken"} }

func (queue) tables(*view) []string { return []string{"jobs", "dead_jobs"} }

func (q queue) play(s *script) {
	push := func(n int) target {
		return target{op: blueprint.QueuePush, object: "mail", json: fmt.Sprintf(`{"payload":{"n":%d}}`, n)}
	}
	take := target{op: blueprint.QueueTake, object: "mail"}
	counts := target{op: blueprint.QueueStats, object: "mail"}
	done := func(id string, receipt int) target {
		return target{op: blueprint.QueueDone, object: "mail", item: id, json: fmt.Sprintf(`{"receipt":%d}`, receipt)}
	}
	is := func(waiting, taken, dead int) string {
		return fmt.Sprintf(`{"waiting":%d,"taken":%d,"dead":%d}`, waiting, taken, dead)
	}
	exact := q.P.VisibilityMS >= shortestExactWindow
	s.ask("nothing waits", take, 204, "")
	s.ask("push a job", push(1), 201, `{"id":1}`)
	s.ask("push another", push(2), 201, `{"id":2}`)
	s.evict()
	s.ask("both wait", counts, 200, is(2, 0, 0))
	s.ask("take the first", take, 200, `{"id":1,"payload":{"n":1},"receipt":1}`)
	if exact {
		s.ask("the others wait", counts, 200, is(1, 1, 0))
		s.ask("take the second", take, 200, `{"id":2,"payload":{"n":2},"receipt":1}`)
		s.ask("nothing more is visible", take, 204, "")
		s.ask("finish the first", done("1", 1), 200, `{"id":1,"done":true}`)
		s.ask("it is gone", done("1", 1), 409, "")
		s.advance("let the second's time run out", q.P.VisibilityMS+1_000)
		if q.P.MaxAttempts > 1 {
			s.ask("it comes back", take, 200, `{"id":2,"receipt":2}`)
			s.ask("the old receipt is worth nothing", done("2", 1), 409, "")
			for n := 2; n < q.P.MaxAttempts && n < 8; n++ {
				s.advance("let its time run out again", q.P.VisibilityMS+1_000)
				s.ask("it comes back", take, 200, fmt.Sprintf(`{"id":2,"receipt":%d}`, n+1))
			}
			if q.P.MaxAttempts <= 8 {
				s.advance("let it run out for the last time", q.P.VisibilityMS+1_000)
			}
		}
		if q.P.MaxAttempts <= 8 {
			s.ask("it is among the dead letters", counts, 200, is(0, 0, 1))
			s.ask("and is not handed out again", take, 204, "")
		}
	}
	s.ask("a receipt that is none is refused", target{op: blueprint.QueueDone, object: "mail", item: "2", json: `{}`}, 400, "")
	many := push(3)
	many.object = "burst"
	s.burst("push 20 at once", 20, many, 201, "")
	taking := take
	taking.object = "burst"
	s.burst("20 consumers take at once", 20, taking, 200, "")
	if exact {
		taken := counts
		taken.object = "burst"
		s.ask("each got a job of its own", taken, 200, is(0, 20, 0))
		s.ask("finish one", target{op: blueprint.QueueDone, object: "burst", item: "20", json: `{"receipt":1}`}, 200, "")
	}
}

func (queue) afterPurge(s *script) {
	s.ask("no job is left", target{op: blueprint.QueueStats, object: "elsewhere"}, 200, `{"waiting":0,"taken":0,"dead":0}`)
}

func (q queue) decisions(*view) []string {
	return []string{
		fmt.Sprintf("A job that is taken is invisible for %s. If nobody finishes it by then, the next consumer gets it with another receipt; finishing needs the receipt, so a slow consumer cannot finish a later one's work.", words(q.P.VisibilityMS)),
		fmt.Sprintf("After %d takings a job is put aside as a dead letter. No alarm is needed: every statement compares times.", q.P.MaxAttempts),
	}
}

func (q queue) limits(*view) []string {
	return []string{fmt.Sprintf("Delivery is at least once: consumers must bear a job twice. At most %s jobs wait, and the last 1,000 dead letters are kept.", thousands(q.P.MaxItems))}
}

func (queue) picture(*view) []string {
	return []string{`worker --> push["push(), take(), done()"]`, `push --> jobs[("jobs")]`, `push -- taken too often --> dead[("dead_jobs")]`}
}
