package blueprint

import (
	"errors"
	"strings"
)

var (
	wantsBuffer = re(`\b(?:roll(?:s|ed|ing)?[- ]?ups?|rollups?|roll(?:s|ed|ing)? (?:them|it|samples|events|metrics) up|aggregat(?:e|es|ed|ing|ion)s?(?: \w+){0,3} (?:every|per|each|by|into|hourly|daily)|time[- ]series|buffer(?:s|ed|ing)?|batch(?:es|ed|ing)? (?:writes|events|metrics|samples|up)|down-?sampl\w+)\b`)
	rollUpEvery = re(`\b(?:every|each|per|once (?:a|an|every|per)|by|into) (?:` + spanText + `|second|minute|hour|day|week)|\b(?:hourly|daily|minutely)\b`)
)

var bufferDefinition = definition{
	kind: Buffer, class: "MetricsBuffer", key: "source",
	title: "roll-ups", parameters: "every_ms",
	about:  "samples gathered for a period and rolled up into count, total, least and greatest",
	wants:  wantsBuffer,
	speaks: re(`\broll\w*|\baggregat\w+|\bsamples?\b|\bmetrics?\b|\bbuffer\w*|\btime[- ]series\b|\bflush\w*|\bbatch\w*|\bevents?\b|\breadings?\b|\bmeasurements?\b`),
	words: wordSet(`roll rolls rolled rolling rollup rollups roll-up roll-ups up them aggregate aggregates aggregated aggregating aggregation aggregations buffer buffers buffered buffering sample samples metric metrics event events reading readings measurement measurements
		batch batches batched batching flush flushes flushed period periods periodic periodically count sum min max average mean minimum maximum time-series time series record records recording ingest ingests collect collects incoming raw points data point query queries by into hourly daily`),
	read: func(p *Pattern, text string) {
		if p.EveryMS == 0 {
			if ms, ok := recurrenceMS(rollUpEvery.FindString(text)); ok {
				p.EveryMS = ms
			}
		}
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Buffer)
		if !c.speaksOf(Buffer) {
			return
		}
		if ms, ok := recurrenceMS(rollUpEvery.FindString(c.rest)); ok && ms == p.EveryMS {
			c.rest = strings.Replace(c.rest, rollUpEvery.FindString(c.rest), " ", 1)
			c.cover("buffer", "ROLL_UP_MS")
		}
		c.words(definitionOf(Buffer).words, "buffer", r.whereIs(BufferRecord)+", "+r.whereIs(BufferRead))
	},
	normalize: func(p *Pattern, _ *Blueprint) error {
		fill(&p.EveryMS, DefaultRollUpMS)
		return errors.Join(period("every_ms", p.EveryMS))
	},
	operations: []operation{
		{op: BufferRecord, method: "POST", paths: []string{"/samples", "/buffer/samples"}, what: "records a sample", words: strings.Fields("sample record metric ingest event reading measure point track")},
		{op: BufferRead, method: "GET", paths: []string{"/rollups", "/buffer/rollups"}, what: "count, sum, least and greatest by period", words: strings.Fields("roll aggregat metric series stat summar histor quer"), answers: "rollups"},
	},
}
