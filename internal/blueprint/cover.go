package blueprint

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// Words that each pattern explains, in a clause that speaks of the pattern.
// What a word here promises must be built, whatever stands beside it.
var (
	chatWords = wordSet(`chat chats chatroom chatrooms room rooms multi-room message messages text texts broadcast broadcasts broadcasting broadcasted
		send sends sending sent receive receives received client clients user users member members participant participants people everyone everybody
		connected connect connects connection connections socket sockets websocket websockets live real-time ping pong ping/pong keepalive keep-alive heartbeat
		heartbeats upgrade fan-out group join joins joined inside incoming hibernation username nickname attachment attachments attach attached sender relay relays relayed public player players peer peers`)
	counterWords = wordSet(`counter counters count counts counting counted increment increments incremented incrementing decrement decrements decremented
		add adds up down value values number numbers view views hit hits visit visits visitor visitors like likes vote votes upvote upvotes downvote downvotes click clicks download downloads
		signup signups play plays share shares page profile link button video post read reads get sum tally tallies lost updates update upsert distributed`)
	shardWords = wordSet(`shard shards sharded sharding high throughput traffic volume write writes hot heavy load random randomly across over into between sum aggregate aggregates aggregated reads read handle handles`)
	limitWords = wordSet(`rate rate-limit rate-limits rate-limiter rate-limiting rate-limited limit limits limited limiter limiting throttle throttles throttled throttling
		quota allowance max maximum most least more than only allow allows allowed deny denies denied reject rejects rejected refuse refuses refused exceed exceeds exceeded exceeding over too many
		429 retry-after remaining check checks caller callers window windows fixed fixed-window usage calls call not no when error errors`)
	lockWords = wordSet(`lock locks locked locking locker unlock unlocks unlocked distributed mutex lease leases leased acquire acquires acquired acquiring release releases released releasing
		renew renews renewed renewal renewable extend extends extended owner owners holder holders hold holds held fencing token tokens expire expires expired expiry expiring ttl timeout timeouts
		auto auto-release auto-releases auto-expire auto-expires automatic automatically mutual exclusion exclusive resource resources 409 conflict conflicts after named taken timed-out monotonic increasing`)
	eventWords = wordSet(`schedule schedules scheduled scheduler scheduling event events reminder reminders timer timers alarm alarms job jobs task tasks delayed delay delays later future
		due fire fires run runs running trigger triggers triggered retry retries retried retrying exponential backoff idempotent idempotency idempotently cancel cancels cancelled canceled
		at-least-once least once pending list lists several multiple many queue queues cron recurring periodic periodically different times time failed fails fail failure failures setalarm one-off plan plans planned`)
	stateWords = wordSet(`key-value kv key keys value values setting settings preference preferences config configs configuration configurations feature flag flags
		get gets set sets put puts read reads write writes update updates delete deletes remove removes load save saves change changes`)
	purgeWords = wordSet(`delete deletes deleted deleting deletion purge purges purged purging clear clears cleared clean cleans cleaned cleanup remove removes removed wipe wipes wiped
		expire expires expired expiry drop drops dropped destroy destroys destroyed self-destruct self-destructs garbage collect collected collects garbage-collect forget reset resets evict evicts
		everything itself idle idleness inactive inactivity unused activity after for graceful gracefully automatically auto alarm alarms setalarm`)
)

// actors are those who use any pattern: naming them asks for nothing more.
var actors = wordSet(`user users client clients caller callers people someone somebody anyone anybody process processes`)

// Words that say of a clause that it speaks of a pattern.
var speaks = map[Kind]*lazyregexp.Regexp{
	Chat:      re(`\b(?:chat\w*|websockets?|broadcast\w*|messages?|real-time|ping|pong|sockets?|connect(?:s|ed|ions?)?|join(?:s|ed)?|everyone|everybody|keep-?alive|heartbeats?)\b`),
	Counter:   re(`\b(?:counters?|count(?:s|ed|ing)?|increment\w*|decrement\w*|tall(?:y|ies)|shard\w*|throughput|` + counted + `)\b`),
	RateLimit: re(`\brate-limit\w*|\bthrottl\w+|\b429\b|\b(?:limit\w*|quota|allowance|remaining|exceed\w*|too many|reject\w*|denied)\b`),
	Lock:      re(`\b(?:un)?lock\w*\b|\bmutex\w*|\bleases?\b|\bacquir\w+|\breleas\w+|\brenew\w*|\bfencing\b|\bmutual exclusion\b|\bholders?\b|\bttl\b|\brenewable\b|\bauto-(?:release|expire)s?\b`),
	Schedule:  re(`\bschedul\w+|\bevents?\b|\breminders?\b|\bjobs?\b|\btasks?\b|\bretr(?:y|ies|ied|ying)\b|\bbackoff\b|\bidempoten\w+|\bat-least-once\b|\bcron\b|\brecurring\b|\bperiodic\w*|\btimers?\b|\bcancel\w*`),
	State:     re(`\bkey-value\b|\bkv\b|\bsettings?\b|\bpreferences?\b|\bconfig\w*\b|\bflags?\b`),
}

var neverLost = re(`\b(?:no|without|never|not|don't|does not|must not|cannot) (?:any |be |get |been )?(?:lose|loses|losing|lost|lost updates?|race conditions?|races?|settimeout|data loss|double[- ]count\w*|miscount\w*|drift\w*)\b(?: (?:any )?(?:updates?|counts?|increments?|messages?|data|state|conditions?|when \w+))?`)

var (
	idleness  = re(`\b` + idleText + `\b`)
	countSent = re(`\b(?:send|sends|sent|push|pushes|emit|emits|tell|tells|show|shows|broadcast|broadcasts)(?: \w+){0,4}? messages?[- ](?:count(?:er|s)?|totals?|numbers?)\b`)
)

var exactlyOnce = re(`\b(?:counted )?exactly once\b`)

// cover accounts for the words of a clause: names, routes, parameters and what
// the patterns explain are taken away, demands that nothing meets are noted.
func (r *reader) cover(c *clause, unplaced []string) {
	r.coverRoutes(c, unplaced)
	if c.take(countSent, "", "") {
		c.lack("the count is answered on request, not sent to the sockets", inSocket)
	}
	if r.bp.Has(Chat) && c.take(messageCount, "chat", r.whereIs(ChatCount)) {
		c.take(exactlyOnce, "chat", r.whereIs(ChatCount))
	}
	purging := r.bp.Has(IdlePurge) && wantsPurge.MatchString(c.norm)
	if purging {
		r.coverPurge(c)
	}
	for _, d := range demands {
		if d.re.MatchString(c.rest) {
			c.rest = d.re.ReplaceAllString(c.rest, " ")
			c.lack(d.missing, d.where)
		}
	}
	r.coverNames(c)
	c.take(neverLost, "SQLite state", "class "+r.bp.Class)
	r.coverLimit(c)
	r.coverChat(c)
	r.coverCounter(c)
	r.coverLock(c)
	r.coverSchedule(c)
	if r.bp.Has(State) && !r.fallback && c.speaksOf(State) {
		c.words(stateWords, "state", r.whereIs(StateRead)+", "+r.whereIs(StateWrite))
	}
	if len(c.by) == 0 && containsAny(c.rest, always) && !r.fallback {
		c.cover("SQLite state", "class "+r.bp.Class)
	}
}

// speaksOf reports whether a clause is about a pattern: by its words, or by a
// route of the pattern that it names.
func (c *clause) speaksOf(k Kind) bool {
	return speaks[k].MatchString(c.rest) || slices.Contains(c.by, string(k))
}

// words takes away every word of a set. It covers the clause if there was one.
func (c *clause) words(set map[string]bool, by, where string) {
	took := false
	c.rest = wordPattern.ReplaceAllStringFunc(c.rest, func(w string) string {
		if !set[w] && !actors[w] {
			return w
		}
		took = took || set[w]
		return " "
	})
	if took {
		c.cover(by, where)
	}
}

func containsAny(text string, set map[string]bool) bool {
	for _, w := range wordPattern.FindAllString(text, -1) {
		if set[w] {
			return true
		}
	}
	return false
}

func (r *reader) whereIs(op Op) string {
	route, ok := r.bp.Route(op)
	if !ok {
		return ""
	}
	return route.Method + " " + route.Path
}

// coverNames takes the class name and what one object stands for. "Per X" for
// another X than the object's is something that is not built.
func (r *reader) coverNames(c *clause) {
	if r.header != "" {
		name := re(`(?:\b(?:class|named|called) )?["'` + "`" + `]?\b` + strings.ToLower(r.header) + `\b["'` + "`" + `]?(?: dos?\b| durable-objects?\b)?`)
		c.take(name, "the class", "class "+r.bp.Class)
	}
	c.rest = re(`\bdurable-objects?\b`).ReplaceAllString(c.rest, " ")
	key := r.bp.Key
	plural := `(?:` + keyAdjectives + ` )?` + key + `(?:s|es)?(?:['’]s)?(?: (?:id|name)s?)?`
	c.take(re(`\b(?:one (?:object|instance|do|durable-object) )?(?:per|for each|for every|for any|for a given|keyed by|by|each|every|multiple|many|multi)[ -]+`+plural+`\b`), "routing", "?"+key+"=")
	for _, m := range keyPattern.FindAllStringSubmatch(c.rest, -1) {
		noun := keyOf(m)
		per := strings.HasPrefix(m[0], "per") || strings.HasPrefix(m[0], "for")
		if !per || notKeys[noun] || noun == key || r.guardsSender(noun) {
			continue
		}
		c.rest = strings.Replace(c.rest, m[0], " ", 1) + " " + wordAfter(m, noun)
		c.lack("an object stands for one "+key+", and nothing is kept per "+noun+" inside it", inSchema)
	}
}

// wordAfter gives back a word that a match took beyond its noun.
func wordAfter(m []string, noun string) string {
	if m[1] == noun {
		return m[2]
	}
	return ""
}

// guardsSender reports whether "per user" is what a limit on messages does.
func (r *reader) guardsSender(noun string) bool {
	p, ok := r.bp.Pattern(RateLimit)
	return ok && p.Guards == "messages" && wordSet("user client sender member participant person")[noun]
}

func (r *reader) coverPurge(c *clause) {
	by, where := "idle_purge", "alarm(), IDLE_MS"
	switch {
	case r.bp.PurgeIsEmpty():
		by, where = "lock", "alarm()"
		c.lack("a free lock keeps its fencing token, which must never start again; there is nothing else to purge", "nowhere, unless tokens may start again: then deleteAll() in alarm()")
	case r.bp.Has(Lock):
		by = "idle_purge (all but the fencing token)"
	}
	if p, _ := r.bp.Pattern(IdlePurge); firstSpanIs(c.rest, p.IdleMS) {
		c.rest = strings.Replace(c.rest, spanPattern.FindString(c.rest), " ", 1)
	}
	c.take(idleness, by, where)
	if r.bp.Has(Chat) {
		c.take(re(`\b(?:messages?|history|chats?)\b`), by, where)
	}
	c.words(purgeWords, by, where)
}

func firstSpanIs(text string, want int64) bool {
	ms, ok := firstSpan(text)
	return ok && ms == want
}

func (r *reader) coverChat(c *clause) {
	p, ok := r.bp.Pattern(Chat)
	if !ok {
		return
	}
	for _, bound := range []*lazyregexp.Regexp{memberLimit, memberBound} {
		if p.MaxMembers > 0 && firstNumber(bound, c.rest) == p.MaxMembers {
			c.take(bound, "chat", "MAX_MEMBERS")
		}
	}
	if m := sizeLimit.FindStringSubmatch(c.rest); m != nil && bytesOf(m[1], m[2]) == p.MaxMessageBytes {
		c.take(sizeLimit, "chat", "MAX_MESSAGE_BYTES")
		c.words(wordSet("message messages size long bytes"), "chat", "MAX_MESSAGE_BYTES")
	}
	if c.speaksOf(Chat) {
		c.words(chatWords, "chat", r.whereIs(ChatConnect)+", webSocketMessage()")
	}
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
		if p.Guards == "messages" {
			c.take(re(`\b(?:per|for each|for every|each|every|by) (?:user|client|sender|member|participant|person)s?\b`), "rate_limit", where)
		} else if r.limitsOthers(noun) && !wantsLimit.MatchString(c.norm) {
			c.lack("the limit is a check of its own ("+where+"); the other operations do not pass through it", "the methods that it should limit: call this.check() first and refuse when it is not 0")
		}
		return
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

func (r *reader) coverCounter(c *clause) {
	p, ok := r.bp.Pattern(Counter)
	if !ok || !speaks[Counter].MatchString(c.norm) && !c.speaksOf(Counter) {
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

func (r *reader) coverLock(c *clause) {
	p, ok := r.bp.Pattern(Lock)
	if !ok || !c.speaksOf(Lock) {
		return
	}
	if firstSpanIs(c.rest, p.LeaseMS) {
		c.rest = strings.Replace(c.rest, spanPattern.FindString(c.rest), " ", 1)
		c.cover("lock", "LEASE_MS")
	}
	c.words(lockWords, "lock", r.whereIs(LockAcquire)+", "+r.whereIs(LockRelease))
}

func (r *reader) coverSchedule(c *clause) {
	p, ok := r.bp.Pattern(Schedule)
	if !ok {
		return
	}
	if ms, found := firstRecurrence(c.rest); found && ms == p.EveryMS {
		c.rest = strings.Replace(c.rest, recurrence.FindString(c.rest), " ", 1)
		c.cover("schedule", "EVERY_MS, #run()")
		if left := r.residue(c); len(left) > 0 && !speaks[Schedule].MatchString(c.rest) {
			c.rest = ""
			c.lack("the recurring event runs on time, but not what it should do: "+quoteWords(left), inRun)
			return
		}
	}
	if c.speaksOf(Schedule) {
		c.words(eventWords, "schedule", r.whereIs(ScheduleAdd)+", alarm()")
	}
}
