package scaffold

import (
	"fmt"

	"durable-objects-mcp/internal/blueprint"
)

// buffer gathers samples and rolls them up when the period is over.
type buffer struct{ base }

func (buffer) uses() []string { return []string{"body", "integer"} }

func (buffer) due() due { return due{kind: "roll-up"} }

func (buffer) holds() hold {
	return hold{"this.#samplesWaiting()", "samples wait for their roll-up"}
}

func (buffer) tables(*view) []string { return []string{"samples", "rollups"} }

func (b buffer) play(s *script) {
	record := func(series string, value float64) target {
		return target{op: blueprint.BufferRecord, object: "sensor", json: fmt.Sprintf(`{"series":%q,"value":%v}`, series, value)}
	}
	read := func(series string) target {
		return target{op: blueprint.BufferRead, object: "sensor", query: "series=" + series}
	}
	s.ask("nothing is rolled up", read("heat"), 200, `{"rollups":[]}`)
	s.ask("record a sample", record("heat", 20), 202, "")
	s.ask("record a lower one", record("heat", 10.5), 202, "")
	s.ask("record one of another series", record("light", 3), 202, "")
	s.evict()
	s.burst("record 20 at once", 20, record("heat", 12), 202, "")
	s.advance("let the period end", b.P.EveryMS+1_000)
	s.ask("one row says it all", read("heat"), 200, `{"rollups":[{"series":"heat","samples":22,"total":270.5,"least":10.5,"greatest":20}]}`)
	s.ask("each series has its own", read("light"), 200, `{"rollups":[{"samples":1,"total":3}]}`)
	s.ask("record a sample in the next period", record("heat", 1), 202, "")
	s.advance("let it end as well", b.P.EveryMS+1_000)
	s.ask("the newest comes first", read("heat"), 200, `{"rollups":[{"samples":1,"total":1},{"samples":22}]}`)
	s.ask("a value that is no number is refused", target{op: blueprint.BufferRecord, object: "sensor", json: `{"series":"heat","value":"hot"}`}, 400, "")
	s.ask("a series outside the alphabet is refused", read("a%20b"), 400, "")
}

func (buffer) afterPurge(s *script) {
	s.ask("no roll-up is left", target{op: blueprint.BufferRead, object: "sensor", query: "series=heat"}, 200, `{"rollups":[]}`)
	s.ask("and samples are taken", target{op: blueprint.BufferRecord, object: "sensor", json: `{"series":"heat","value":1}`}, 202, "")
}

func (b buffer) decisions(*view) []string {
	return []string{fmt.Sprintf("Samples are gathered for %s from the first one on. The alarm then turns them into one row per series (samples, total, least, greatest) and deletes them in the same transaction: none counts twice, or not at all.", words(b.P.EveryMS))}
}

func (buffer) limits(*view) []string {
	return []string{"At most 10,000 samples between two roll-ups (429), and the last 10,000 roll-ups are kept. Samples that are not rolled up yet are not in an answer."}
}

func (buffer) picture(*view) []string {
	return []string{`worker --> record["record(), rollups()"]`, `record --> samples[("samples")]`, `samples -- period is over --> alarm["alarm()"]`, `alarm --> rollups[("rollups")]`}
}
