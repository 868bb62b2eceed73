package blueprint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

var (
	wantsPoll  = re(`\b(?:poll|polls|voting|ballots?|elections?|surveys?)\b|\b(?:one|single|once|only one) votes? (?:per|each|for each)\b|\b(?:each|every|a) (?:user|person|member|voter|client|ip) (?:can |may )?(?:only )?votes? (?:only )?once\b|\bvotes? (?:only )?once\b|\bone vote each\b`)
	perVoter   = re(`\bpolls? (?:per|for each) (?:user|voter|person|client|member)\b`)
	mayChange  = re(`\b(?:can|may|able to|allowed to|to)? ?(?:change|changing|replace|switch|update)(?: \w+)? (?:votes?|mind|choice)\b|\bre-?vot(?:e|es|ing)\b`)
	pollAmong  = lazyregexp.MustCompile(`\b(?:options?|choices|candidates)(?: are| is|:)? ["']?([a-z0-9_-]+["']?(?:, ?["']?[a-z0-9_-]+["']?)*(?:,? (?:and|or) |, ?)["']?[a-z0-9_-]+["']?)`)
	pollOption = lazyregexp.MustCompile(`[a-z0-9_-]+`)
)

var pollDefinition = definition{
	kind: Poll, class: "Poll", key: "poll",
	title: "polls", parameters: "options, may_change, max_items",
	about:  "one vote per voter, which stands or may be changed",
	wants:  wantsPoll,
	speaks: re(`\bpolls?\b|\bvot(?:e|es|ed|er|ers|ing)\b|\bballots?\b|\bresults?\b|\btall(?:y|ies)\b|\boptions?\b|\bchoices?\b`),
	words: wordSet(`poll polls counter counters vote votes voted voter voters voting ballot ballots election survey surveys once one single only twice result results tally tallies count counts counted per each option options choice choices candidate candidates
		change changes changing change replace mind second again refuse refused refuses 409 duplicate duplicates double not no never live totals total person people members member cast casts casting show shows display displays`),
	read: func(p *Pattern, text string) {
		if mayChange.MatchString(text) {
			p.MayChange = true
		}
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Poll)
		for _, o := range p.Options {
			c.take(re(`["']?\b`+regexp.QuoteMeta(o)+`\b["']?`), "poll", "OPTIONS")
		}
		if !c.speaksOf(Poll) {
			return
		}
		where := r.whereIs(PollVote) + ", " + r.whereIs(PollResults)
		// "Per user" is what one vote each means.
		c.take(re(`\b(?:per|for each|for every|each|every) (?:user|person|member|voter|client|ip|player|participant)\b`), "poll", where)
		if !p.MayChange {
			if mayChange.MatchString(c.rest) {
				c.take(mayChange, "", "")
				c.lack("a second vote is refused, not counted instead of the first", "vote() of the class")
			}
		}
		c.words(definitionOf(Poll).words, "poll", where)
	},
	normalize: func(p *Pattern, _ *Blueprint) error {
		if len(p.Options) == 1 || len(p.Options) > maxOptions {
			return fmt.Errorf("options has %d entries; allowed are none (any option may be named) or 2 to %d", len(p.Options), maxOptions)
		}
		for i, o := range p.Options {
			if !valueShape.MatchString(o) || slices.Contains(p.Options[:i], o) {
				return fmt.Errorf("options[%d] is %q; options differ and have 1 to 64 letters, digits, blanks and _ . : @ / + -", i, o)
			}
		}
		fill(&p.MaxItems, 100_000)
		return count("max_items", p.MaxItems, 1, MaxItems)
	},
	operations: []operation{
		{op: PollVote, method: "POST", paths: []string{"/votes", "/poll/votes"}, what: "casts one voter's vote", words: strings.Fields("vote ballot cast poll")},
		{op: PollResults, method: "GET", paths: []string{"/results", "/poll/results"}, what: "votes by option", words: strings.Fields("result tall vote poll total count"), answers: "total results"},
	},
}

// readOptions takes what can be voted for from the whole spec, since its commas
// part clauses.
func (p *Pattern) readOptions(spec string) {
	m := pollAmong.FindStringSubmatch(spec)
	if m == nil {
		return
	}
	for _, w := range pollOption.FindAllString(m[1], -1) {
		if w != "and" && w != "or" && !slices.Contains(p.Options, w) {
			p.Options = append(p.Options, w)
		}
	}
	if len(p.Options) < 2 || len(p.Options) > maxOptions {
		p.Options = nil
	}
}
