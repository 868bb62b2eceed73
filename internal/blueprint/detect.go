package blueprint

import (
	"strconv"

	"durable-objects-mcp/internal/lazyregexp"
)

func re(pattern string) *lazyregexp.Regexp { return lazyregexp.MustCompile(pattern) }

// detect decides which patterns are wanted and reads their parameters. Sockets that
// hear of changes are no chat, as long as there is something that changes.
func (r *reader) detect() {
	if r.wantsFeed() {
		if r.detectPatterns(true); r.publishesOnto() {
			return
		}
		r.bp.Patterns, r.fieldTexts = nil, nil
	}
	r.detectPatterns(false)
}

// publishesOnto reports whether the spec's patterns, or those of the object that
// grows, have changes to tell of.
func (r *reader) publishesOnto() bool {
	return r.bp.publishes() || r.onto != nil && r.onto.publishes() && !r.onto.Has(Relay)
}

func (r *reader) detectPatterns(feed bool) {
	found := map[Kind]*Pattern{}
	want := func(k Kind) *Pattern {
		if found[k] == nil {
			found[k] = &Pattern{Kind: k}
		}
		return found[k]
	}
	for _, c := range r.clauses {
		for _, d := range definitions {
			if d.wants != nil && d.wants.MatchString(c.norm) {
				want(d.kind)
			}
		}
		if wantsChat.MatchString(c.norm) && !(feed && !chatSaid.MatchString(r.norm)) {
			want(Chat)
		}
	}
	if feed {
		want(Feed)
	}
	if found[Queue] != nil && !takesWork.MatchString(r.norm) && plansWork.MatchString(r.norm) {
		delete(found, Queue) // a "job queue" of delayed jobs is a scheduler: nobody comes to take them
		want(Schedule)
	}
	if wantsRelay.MatchString(r.norm) && !wantsRoom.MatchString(r.norm) && !wantsHistory.MatchString(r.norm) && !wantsPresence.MatchString(r.norm) && found[Outbox] == nil {
		delete(found, Chat)
		want(Relay)
	}
	if units.MatchString(r.norm) && holding.MatchString(r.norm) && !wantsLock.MatchString(r.norm) {
		want(Reservation)
	}
	queue := found[Queue] != nil
	if p := found[Outbox]; p != nil && queue && !outboxNamed.MatchString(r.norm) {
		delete(found, Outbox) // the queue is what delivers
	}
	var fastest float64
	shards, counted := 0, false // counted: the spec itself says how many
	for _, c := range r.clauses {
		text := messageCount.ReplaceAllString(c.norm, " ")
		counting := text
		if found[Poll] != nil {
			counting = votes.ReplaceAllString(text, " ") // whose votes the poll counts already
		}
		if wantsCounter.MatchString(counting) && (found[Chat] == nil || ownCounter.MatchString(counting)) {
			want(Counter)
		}
		if wantsEvents.MatchString(c.norm) && (!queue || planned.MatchString(c.norm)) {
			want(Schedule)
		}
		r.detectTimes(text, found, want)
		if wantsLock.MatchString(text) {
			want(Lock)
		}
		if sharding.MatchString(text) {
			shards = max(shards, DefaultShards)
			if n := firstNumber(shardCount, text); n > 1 {
				shards, counted = min(n, MaxShards), true
			}
		}
		for _, k := range []Kind{Chat, Relay} {
			if found[k] != nil {
				detectSockets(found[k], text)
			}
		}
		if found[Chat] != nil {
			detectChat(found[Chat], text)
		}
		fastest = max(fastest, r.detectRates(c, want))
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
	if p := found[RateLimit]; p != nil {
		if p.Guards == "messages" && found[Chat] == nil {
			p.Guards = ""
		}
		if p.Guards == "" {
			r.detectAlgorithm(p)
		}
	}
	if p := found[Poll]; p != nil {
		p.readOptions(r.norm)
	}
	for _, c := range r.clauses {
		for k, p := range found {
			if d := definitionOf(k); d.read != nil && d.speaks.MatchString(c.norm) {
				d.read(p, c.norm)
			}
		}
	}
	collections := r.detectCollections(queue || found[Schedule] != nil || found[Reservation] != nil || found[Leaderboard] != nil || found[Poll] != nil)
	for _, k := range Kinds {
		if k == Collection {
			for _, p := range collections[:min(len(collections), maxCollections)] {
				r.bp.Patterns = append(r.bp.Patterns, *p)
			}
		} else if found[k] != nil {
			r.bp.Patterns = append(r.bp.Patterns, *found[k])
		}
	}
}

var (
	votes       = re(`\b(?:up|down)?votes? count(?:er|ers|s|ing)?\b|\b(?:up|down)?votes?\b|\btall(?:y|ies)\b`)
	outboxNamed = re(`\boutbox\b|\bwebhooks?\b`)
)

// detectTimes tells the times after which everything goes from those at which
// something runs again; sessions and roll-ups have times of their own.
func (r *reader) detectTimes(text string, found map[Kind]*Pattern, want func(Kind) *Pattern) {
	if found[Session] != nil && sessionDefinition.speaks.MatchString(text) || found[Buffer] != nil && bufferDefinition.speaks.MatchString(text) {
		return
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
