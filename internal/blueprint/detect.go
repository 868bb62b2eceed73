package blueprint

import (
	"strconv"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

func re(pattern string) *lazyregexp.Regexp { return lazyregexp.MustCompile(pattern) }

// What calls for each pattern.
var (
	wantsChat    = re(`\bchat(?:s|rooms?| rooms?)?\b|\bwebsockets?\b|\bbroadcast\w*|\breal-time (?:messag|updates|room)\w*`)
	messageCount = re(`\b(?:total |running |persistent |persisted |durable |overall )*messages?[- ](?:count(?:er|s)?|totals?|numbers?|tall(?:y|ies))\b|\bcount(?:s|er|ing)?(?: of| how many)?(?: the| all| sent| every| each| total)* messages?\b|\bnumber of(?: the| all| sent)* messages?\b|\bhow many messages?(?: were sent| have been sent)?\b|\bmessages? (?:are |is |must be |get )?counted\b`)
	counted      = `(?:(?:page|profile|link|file|button|video|post|up|down)[- ]?)?(?:views?|hits?|visits?|visitors?|likes?|votes?|upvotes?|downvotes?|clicks?|downloads?|signups?|plays?|shares?)`
	wantsCounter = re(`\bcounters?\b|\bincrement\w*|\bdecrement\w*|\b` + counted + ` (?:count(?:er|s|ing)?|totals?|tall(?:y|ies))\b|\bcount(?:s|er|ing)?(?: of| the| how many| all| total| up)* ` + counted + `\b|\bnumber of ` + counted + `\b|\bcount(?:s|ing)? (?:how many times|how often|the number of times)\b|\btall(?:y|ies)\b`)
	ownCounter   = re(`\bincrement\w*|\bdecrement\w*|\b` + counted + `\b`)
	wantsLimit   = re(`\brate-limit\w*|\bthrottl\w+|\btoo many requests\b|\brate-limiter\b`)
	limiting     = re(`\b(?:max(?:imum)?|at most|limit\w*|up to|no more than|not more than|only|allow\w*|cap(?:ped)?|quota|not exceed\w*)\b`)
	serving      = re(`\b(?:handle|handles|support|supports|serve|serves|sustain|sustains|scale|scales|expect|expects|throughput|load|traffic)\b`)
	wantsLock    = re(`\b(?:un)?lock(?:s|ed|ing|er|ers)?\b|\bmutex(?:es)?\b|\bleases?\b|\bmutual exclusion\b|\bfencing\b`)
	recurrence   = re(`\b(?:every|each) ` + spanText + `|\b(?:every|each|once (?:a|an|per|every)) (?:second|minute|hour|day|week)\b|\b(?:hourly|daily|nightly|weekly)\b`)
	wantsEvents  = re(`\bschedul\w+|\breminders?\b|\b(?:delayed|recurring|periodic|timed|deferred|due) (?:jobs?|tasks?|events?|work|actions?)\b|\bcron\w*|\bretr(?:y|ies|ying) (?:failed )?(?:jobs?|tasks?|events?)\b|\b(?:multiple|several|many) (?:timers?|alarms?|events?|jobs?|tasks?)\b|\b(?:job|task|event|work|delay) queue\b`)
	idleText     = `(?:idle(?:ness)?(?: time)?|inactive|inactivity|unused|silence|silent|(?:no|without(?: any)?) (?:more )?(?:activity|messages?|traffic|one (?:speaks|talks)|connections?|use)|nobody (?:speaks|talks|writes|is active)|not (?:been )?used)`
	deletion     = `(?:delet(?:e|es|ed|ing|ion)|purg(?:e|es|ed|ing)|clear(?:s|ed|ing)?|clean(?:s|ed|ing)?(?: up)?|cleanup|remov(?:e|es|ed|al)|wip(?:e|es|ed|ing)|expir(?:e|es|ed|y)|drop(?:s|ped)?|destroy(?:s|ed)?|self-destructs?|garbage[- ]collect\w*|forget|reset(?:s)?|evict(?:s|ed)?)`
	wantsPurge   = re(`\b` + deletion + `\b.*\b` + idleText + `\b|\b` + idleText + `\b.*\b` + deletion + `\b|\bgraceful(?:ly)? clean(?:s|ed|ing)?(?: ?up)?\b`)
	sharding     = re(`\bshard(?:s|ed|ing)?\b|\bhigh[- ](?:throughput|traffic|volume|write)\b|\bthroughput is high\b`)
	shardCount   = re(`\b(\d+) shards\b|\b(?:across|over|into|between) (\d+)(?: (?:objects|dos|durable-objects|instances|shards))?\b|\bshards?[ :=]+(\d+)\b`)
	wantsState   = re(`\bkey-value\b|\bkv store\b|\bsettings?\b|\bpreferences?\b|\bconfig(?:s|uration|urations)?\b|\bfeature flags?\b`)
	memberLimit  = re(`\b(?:max(?:imum)?(?: of)?|at most|up to|limit(?:ed)?(?: to| of)?|no more than|not more than) (\d{1,5}) (?:concurrent |simultaneous |connected )?(?:users?|clients?|members?|participants?|connections?|people|sockets?|players?)\b`)
	memberBound  = re(`\b(\d{1,5}) (?:concurrent |simultaneous )?(?:users?|clients?|members?|participants?|connections?|people|sockets?|players?) (?:at most|max(?:imum)?|or fewer)\b`)
	sizeLimit    = re(`\b(?:messages? )?(?:size )?(?:max(?:imum)?(?: of)?|at most|up to|limit(?:ed)?(?: to| of)?|no more than|not more than|no longer than) (?:messages? )?(?:size )?(?:of )?(\d{1,7}) ?(bytes?|b|kb|kib|mb|mib)\b`)
)

// detect decides which patterns are wanted and reads their parameters.
func (r *reader) detect() {
	var chat, events bool
	for _, c := range r.clauses {
		chat = chat || wantsChat.MatchString(c.norm)
		events = events || wantsEvents.MatchString(c.norm)
	}
	found := map[Kind]*Pattern{}
	want := func(k Kind) *Pattern {
		if found[k] == nil {
			found[k] = &Pattern{Kind: k}
		}
		return found[k]
	}
	if chat {
		want(Chat)
	}
	var fastest float64
	shards, counted := 0, false // counted: the spec itself says how many
	for _, c := range r.clauses {
		text := messageCount.ReplaceAllString(c.norm, " ")
		if wantsCounter.MatchString(text) && (!chat || ownCounter.MatchString(text)) {
			want(Counter)
		}
		if wantsState.MatchString(text) {
			want(State)
		}
		if wantsPurge.MatchString(text) {
			p := want(IdlePurge)
			if ms, ok := firstSpan(text); ok && ms >= MinPeriodMS && p.IdleMS == 0 {
				p.IdleMS = ms
			}
		} else if ms, ok := firstRecurrence(text); ok {
			if p := want(Schedule); p.EveryMS == 0 {
				p.EveryMS = ms
			}
		}
		if wantsLock.MatchString(text) {
			want(Lock)
		}
		if sharding.MatchString(text) {
			shards = max(shards, DefaultShards)
			if n := firstNumber(shardCount, text); n > 1 {
				shards, counted = min(n, MaxShards), true
			}
		}
		if chat {
			r.detectChat(want(Chat), text)
		}
		fastest = max(fastest, r.detectRates(c, want))
	}
	if events {
		want(Schedule)
	}
	if p := found[Lock]; p != nil {
		p.LeaseMS = r.leaseMS()
	}
	if p := found[Counter]; p != nil {
		if fastest > 500 && !counted {
			shards = max(shards, int(min(fastest/500+1, MaxShards))) // half of what one object can serve, for bursts
		}
		p.Shards = shards
	}
	if p := found[RateLimit]; p != nil && p.Guards == "messages" && !chat {
		p.Guards = ""
	}
	for _, k := range Kinds {
		if found[k] != nil {
			r.bp.Patterns = append(r.bp.Patterns, *found[k])
		}
	}
}

// leaseMS is the first time that a clause about the lock names, 0 if none does.
func (r *reader) leaseMS() int64 {
	for _, c := range r.clauses {
		if !speaks[Lock].MatchString(c.norm) || wantsPurge.MatchString(c.norm) {
			continue
		}
		if ms, ok := firstSpan(c.norm); ok && ms >= MinPeriodMS {
			return ms
		}
	}
	return 0
}

func (r *reader) detectChat(p *Pattern, text string) {
	if n := max(firstNumber(memberLimit, text), firstNumber(memberBound, text)); n > 0 && p.MaxMembers == 0 {
		p.MaxMembers = min(n, MaxMembers)
	}
	if m := sizeLimit.FindStringSubmatch(text); m != nil && p.MaxMessageBytes == 0 {
		if n := bytesOf(m[1], m[2]); n <= MaxMessageBytes {
			p.MaxMessageBytes = n
		}
	}
}

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

// firstRecurrence finds "every 5 minutes", "hourly", "once a day"; a rate such
// as "5 messages every minute" is none.
func firstRecurrence(text string) (int64, bool) {
	for _, f := range rates(text) {
		text = strings.Replace(text, f.text, " ", 1)
	}
	found := recurrence.FindString(text)
	switch found {
	case "":
		return 0, false
	case "hourly":
		return 3_600_000, true
	case "daily", "nightly":
		return 86_400_000, true
	case "weekly":
		return 7 * 86_400_000, true
	}
	if ms, ok := firstSpan(found); ok {
		return ms, ms >= MinPeriodMS
	}
	unit := found[strings.LastIndexByte(found, ' ')+1:]
	ms, ok := unitMS(unit)
	return int64(ms), ok
}

func firstNumber(re *lazyregexp.Regexp, text string) int {
	for _, g := range re.FindStringSubmatch(text) {
		if n, err := strconv.Atoi(g); err == nil {
			return n
		}
	}
	return 0
}

func bytesOf(number, unit string) int {
	n, err := strconv.Atoi(number)
	if err != nil {
		return MaxMessageBytes + 1
	}
	switch unit[0] {
	case 'k':
		return n * 1_024
	case 'm':
		return n * 1_024 * 1_024
	}
	return n
}
