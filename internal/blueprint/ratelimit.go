package blueprint

import (
	"errors"
	"fmt"
	"strings"
)

var (
	wantsLimit    = re(`\brate-limit\w*|\bthrottl\w+|\btoo many requests\b|\brate-limiter\b|\btoken[- ]buckets?\b|\bquotas?\b`)
	limiting      = re(`\b(?:max(?:imum)?|at most|limit\w*|up to|no more than|not more than|only|allow\w*|cap(?:ped)?|quota|not exceed\w*)\b`)
	serving       = re(`\b(?:handle|handles|support|supports|serve|serves|sustain|sustains|scale|scales|expect|expects|throughput|load|traffic)\b`)
	slidingWindow = re(`\b(?:sliding|rolling)[- ]windows?\b`)
	tokenBucket   = re(`\btoken[- ]buckets?\b`)
	bucketSize    = re(`\b(?:capacity|size|burst|bursts|bucket)(?: up to| of| is|:)? (\d{1,7})(?: tokens?)?\b|\b(\d{1,7})[ -]tokens?\b(?: capacity)?`)
	limitWords    = wordSet(`usage quotas rate rate-limit rate-limits rate-limiter rate-limiting rate-limited limit limits limited limiter limiting throttle throttles throttled throttling
		quota allowance max maximum most least more than only allow allows allowed deny denies denied reject rejects rejected refuse refuses refused exceed exceeds exceeded exceeding over too many
		429 retry-after remaining check checks caller callers window windows fixed fixed-window usage calls call not no when error errors`)
)

var rateLimitDefinition = definition{
	kind: RateLimit, class: "RateLimiter", key: "client",
	title: "rate limits", parameters: "limit, window_ms, algorithm (fixed_window, sliding_window, token_bucket), guards",
	about:     "so many per window, for callers that ask or for each sender's messages",
	speaks:    re(`\brate-limit\w*|\bthrottl\w+|\b429\b|\b(?:limit\w*|quota|allowance|usage|remaining|exceed\w*|too many|reject\w*|denied)\b`),
	cover:     (*reader).coverLimit,
	normalize: (*Pattern).normalizeLimit,
	operations: []operation{
		{op: RateCheck, method: "POST", paths: []string{"/check", "/limit/check"}, what: "takes one from the allowance, or answers 429",
			words: strings.Fields(`check limit hit request allow consume take`)},
		{op: RateUsage, method: "GET", paths: []string{"/usage", "/limit/usage"}, what: "how much of the allowance is used", answers: "limit used remaining",
			words: strings.Fields(`usage remaining status limit quota`)},
	},
}

func (p *Pattern) normalizeLimit(b *Blueprint) error {
	if p.Limit == 0 {
		p.Limit = DefaultLimit
	}
	fill(&p.WindowMS, DefaultWindowMS)
	fill(&p.Algorithm, FixedWindow)
	if err := oneOf("algorithm", p.Algorithm, FixedWindow, SlidingWindow, TokenBucket); err != nil {
		return err
	}
	if p.Algorithm == SlidingWindow && p.Limit > maxSliding {
		return fmt.Errorf("limit is %d; a sliding window keeps every use, at most %d: take a token_bucket", p.Limit, maxSliding)
	}
	if p.Guards != "" && p.Algorithm != FixedWindow {
		return fmt.Errorf("algorithm is %q; a limit on messages counts in a fixed_window", p.Algorithm)
	}
	if p.Guards != "" && (p.Guards != "messages" || !b.Has(Chat)) {
		return fmt.Errorf("guards is %q; allowed are \"\" and, beside a chat pattern, \"messages\"", p.Guards)
	}
	return errors.Join(count("limit", p.Limit, 1, maxLimit), period("window_ms", p.WindowMS))
}

// maxSliding is the highest limit of a sliding window, which keeps a row per use.
const maxSliding = 10_000

// detectRates reads a rate as a limit where the clause limits, and returns the
// highest rate per second that the object must only bear.
func (r *reader) detectRates(c *clause, want func(Kind) *Pattern) (fastest float64) {
	named := wantsLimit.MatchString(c.norm)
	found := rates(c.norm)
	if named && len(found) == 0 {
		want(RateLimit)
	}
	for _, f := range found {
		if !named && (serving.MatchString(c.norm) || !f.perSomebody(c.norm) && !limiting.MatchString(c.norm) && !r.speaksOfLimits()) {
			fastest = max(fastest, f.perSecond())
			continue
		}
		p := want(RateLimit)
		if p.Limit == 0 && f.count > 0 && f.count <= maxLimit && f.windowMS >= MinPeriodMS {
			p.Limit, p.WindowMS, r.rateText = f.count, f.windowMS, f.text
			if singular(f.noun) == "message" || singular(f.noun) == "msg" {
				p.Guards = "messages"
			}
		}
	}
	return fastest
}

// speaksOfLimits reports whether any clause wants a rate limit by name.
func (r *reader) speaksOfLimits() bool {
	for _, c := range r.clauses {
		if wantsLimit.MatchString(c.norm) {
			return true
		}
	}
	return false
}

func (r *reader) coverLimit(c *clause) {
	p, ok := r.bp.Pattern(RateLimit)
	if !ok {
		return
	}
	where := r.whereIs(RateCheck)
	if p.Guards == "messages" {
		where = "webSocketMessage(), LIMIT and WINDOW_MS"
	}
	if r.rateText != "" && strings.Contains(c.rest, r.rateText) {
		noun := ""
		if found := rates(r.rateText); len(found) > 0 {
			noun = singular(found[0].noun)
		}
		c.rest = strings.Replace(c.rest, r.rateText, " ", 1)
		c.cover("rate_limit", where)
		c.words(limitWords, "rate_limit", where)
		if p.Algorithm == TokenBucket {
			c.words(wordSet("token tokens bucket refill refills refilled refilling rate steady steadily"), "rate_limit", where)
		}
		if p.Guards == "messages" {
			c.take(re(`\b(?:per|for each|for every|each|every|by) (?:user|client|sender|member|participant|person)s?\b`), "rate_limit", where)
		} else if r.limitsOthers(noun) && !wantsLimit.MatchString(c.norm) {
			c.lack("the limit is a check of its own ("+where+"); the other operations do not pass through it", "the methods that it should limit: call this.check() first and refuse when it is not 0")
		}
		return
	}
	if p.Algorithm == SlidingWindow {
		c.take(slidingWindow, "rate_limit", where)
	}
	if p.Algorithm == TokenBucket {
		bucket := c.take(tokenBucket, "rate_limit", where)
		if firstNumber(bucketSize, c.rest) == p.Limit {
			bucket = c.take(bucketSize, "rate_limit", "LIMIT") || bucket
		}
		if bucket {
			c.words(wordSet("token tokens bucket buckets refill refills refilled refilling rate capacity size burst bursts steady steadily"), "rate_limit", where)
		}
	}
	if c.speaksOf(RateLimit) {
		c.words(limitWords, "rate_limit", where)
	}
}

// limitsOthers reports whether a limit would have to hold for other patterns'
// operations too.
func (r *reader) limitsOthers(noun string) bool {
	for _, p := range r.bp.Patterns {
		if p.Kind != RateLimit && p.Kind != IdlePurge {
			return true
		}
	}
	return noun != "" && !wordSet("request req call hit attempt action operation op time token")[noun]
}

// detectAlgorithm reads how the limit counts, and the size of a bucket that
// fills at the rate that was read.
func (r *reader) detectAlgorithm(p *Pattern) {
	size := 0
	for _, c := range r.clauses {
		switch {
		case tokenBucket.MatchString(c.norm):
			p.Algorithm = TokenBucket
		case slidingWindow.MatchString(c.norm) && p.Algorithm == "" && p.Limit <= maxSliding:
			p.Algorithm = SlidingWindow
		}
	}
	if p.Algorithm != TokenBucket {
		return
	}
	for _, c := range r.clauses {
		text := c.norm
		if r.rateText != "" {
			text = strings.Replace(text, r.rateText, " ", 1)
		}
		if n := firstNumber(bucketSize, text); n > 0 && n <= maxLimit && size == 0 {
			size = n
		}
	}
	if size > 0 && p.Limit > 0 {
		if fills := int64(size) * p.WindowMS / int64(p.Limit); fills >= MinPeriodMS && fills <= MaxPeriodMS {
			p.Limit, p.WindowMS = size, fills
		}
	}
}
