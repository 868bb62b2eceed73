package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// counter is a number that is only ever changed by one upsert, in one object
// or spread over several whose sum it is.
type counter struct{ base }

func (counter) uses() []string { return []string{"counters", "body", "integer"} }

func (counter) tables(*view) []string { return []string{"counters"} }

func (counter) play(s *script) {
	add := target{op: blueprint.CounterAdd, object: "visits"}
	read := target{op: blueprint.CounterRead, object: "visits"}
	by := func(json string) target { t := add; t.json = json; return t }
	status, after := 200, func(n int) string { return fmt.Sprintf(`{"value":%d}`, n) }
	answer := after
	if s.v.sharded() {
		// Which shard counts is left to chance, so only the sum is foretold.
		status, answer = 202, func(int) string { return "" }
	}
	s.ask("a counter starts at 0", read, 200, after(0))
	s.ask("add 1", add, status, answer(1))
	s.ask("add 4", by(`{"by":4}`), status, answer(5))
	s.evict()
	s.ask("the value survived", read, 200, after(5))
	s.burst("20 increments at once", 20, add, status, "")
	s.ask("none of them is lost", read, 200, after(25))
	s.ask("take 5 away", by(`{"by":-5}`), status, answer(20))
	s.ask("a step of 0 is refused", by(`{"by":0}`), 400, "")
	s.ask("a step that is no integer is refused", by(`{"by":"many"}`), 400, "")
	s.ask("a body that is no JSON is refused", target{op: blueprint.CounterAdd, object: "visits", body: "{"}, 400, "")
	s.ask("refused requests changed nothing", read, 200, after(20))
}

func (counter) afterPurge(s *script) {
	read := target{op: blueprint.CounterRead, object: "visits"}
	status := 200
	if s.v.sharded() {
		status = 202
	}
	s.ask("the counter is gone", read, 200, `{"value":0}`)
	s.ask("and counts again", target{op: blueprint.CounterAdd, object: "visits"}, status, "")
	s.ask("from 1", read, 200, `{"value":1}`)
}

func (counter) decisions(v *view) []string {
	d := []string{"The counter is changed by one `INSERT … ON CONFLICT … DO UPDATE`, so concurrent increments cannot lose each other."}
	if v.sharded() {
		d = append(d, fmt.Sprintf("One counter is spread over %d objects: the Worker adds to one of them at random and reads the sum of all. An increment therefore answers 202 without a value.", v.Counter.Shards))
	}
	return d
}

func (counter) limits(v *view) []string {
	if v.sharded() {
		return []string{"A read asks every shard. `SHARDS` may grow later, but must never shrink: the counts of the dropped shards would be missing."}
	}
	return []string{"One object serves about 1,000 requests per second. A hotter counter must be sharded."}
}

func (counter) picture(v *view) []string {
	if v.sharded() {
		return []string{fmt.Sprintf("worker -- one of %d shards --> increment[\"increment()\"]", v.Counter.Shards), "increment --> counters[(\"counters\")]", "worker -- all shards --> value[\"value()\"]", "value --> counters"}
	}
	return []string{"worker --> increment[\"increment(), value()\"]", "increment --> counters[(\"counters\")]"}
}
