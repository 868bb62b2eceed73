package blueprint

import (
	"strings"
)

// counted is what people count, without saying "counter".
const counted = `(?:(?:page|profile|link|file|button|video|post|up|down)[- ]?)?(?:views?|hits?|visits?|visitors?|likes?|votes?|upvotes?|downvotes?|clicks?|downloads?|signups?|plays?|shares?)`

var (
	wantsCounter = re(`\bcounters?\b|\bincrement\w*|\bdecrement\w*|\b` + counted + ` (?:count(?:er|s|ing)?|totals?|tall(?:y|ies))\b|\bcount(?:s|er|ing)?(?: of| the| how many| all| total| up)* ` + counted + `\b|\bnumber of ` + counted + `\b|\bcount(?:s|ing)? (?:how many times|how often|the number of times)\b|\btall(?:y|ies)\b`)
	ownCounter   = re(`\bincrement\w*|\bdecrement\w*|\b` + counted + `\b`)
	sharding     = re(`\bshard(?:s|ed|ing)?\b|\bhigh[- ](?:throughput|traffic|volume|write)\b|\bthroughput is high\b`)
	shardCount   = re(`\b(\d+) shards\b|\b(?:across|over|into|between) (\d+)(?: (?:objects|dos|durable-objects|instances|shards))?\b|\bshards?[ :=]+(\d+)\b`)
	counterWords = wordSet(`counter counters count counts counting counted increment increments incremented incrementing decrement decrements decremented
		add adds up down value values number numbers view views hit hits visit visits visitor visitors like likes vote votes upvote upvotes downvote downvotes click clicks download downloads
		signup signups play plays share shares page profile link button video post read reads get sum tally tallies lost updates update upsert distributed`)
	shardWords = wordSet(`shard shards sharded sharding high throughput traffic volume write writes hot heavy load random randomly across over into between sum aggregate aggregates aggregated reads read handle handles`)
)

var counterDefinition = definition{
	kind: Counter, class: "Counter", key: "counter",
	title: "counters", parameters: "shards",
	about:     "a number changed by one statement, in one object or spread over several",
	speaks:    re(`\b(?:counters?|count(?:s|ed|ing)?|increment\w*|decrement\w*|tall(?:y|ies)|shard\w*|throughput|` + counted + `)\b`),
	cover:     (*reader).coverCounter,
	normalize: (*Pattern).normalizeCounter,
	operations: []operation{
		{op: CounterAdd, method: "POST", paths: []string{"/increment", "/counter/increment"}, what: "adds to the counter",
			words: strings.Fields(`inc add hit up vote like bump count view visit click`)},
		{op: CounterRead, method: "GET", paths: []string{"/value", "/counter"}, what: "value of the counter", answers: "value",
			words: strings.Fields(`count value total current counter vote like view visit hit`)},
	},
}

func (p *Pattern) normalizeCounter(*Blueprint) error {
	if p.Shards == 1 {
		p.Shards = 0
	}
	return count("shards", p.Shards, 0, MaxShards)
}

func (r *reader) coverCounter(c *clause) {
	p, ok := r.bp.Pattern(Counter)
	if !ok || !definitionOf(Counter).speaks.MatchString(c.norm) && !c.speaksOf(Counter) {
		return
	}
	where := r.whereIs(CounterAdd) + ", " + r.whereIs(CounterRead)
	if p.Shards > 0 {
		if n := firstNumber(shardCount, c.rest); n == p.Shards {
			c.take(shardCount, "sharding", "SHARDS")
		}
		for _, f := range rates(c.rest) {
			if f.perSecond() <= float64(p.Shards)*1_000 {
				c.rest = strings.Replace(c.rest, f.text, " ", 1)
				c.cover("sharding", "SHARDS")
			}
		}
		if sharding.MatchString(c.rest) || len(c.by) > 0 {
			c.words(shardWords, "sharding", "SHARDS")
		}
	}
	c.words(counterWords, "counter", where)
}
