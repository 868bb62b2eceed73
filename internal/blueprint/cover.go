package blueprint

import (
	"slices"
	"strings"
)

// actors are those who use any pattern: naming them asks for nothing more.
var actors = wordSet(`user users client clients caller callers people someone somebody anyone anybody process processes`)

var neverLost = re(`\b(?:no|without|never|not|don't|does not|must not|cannot) (?:any |be |get |been )?(?:lose|loses|losing|lost|lost updates?|race conditions?|races?|settimeout|data loss|double[- ]count\w*|miscount\w*|drift\w*)\b(?: (?:any )?(?:updates?|counts?|increments?|messages?|data|state|conditions?|when \w+))?`)

var countSent = re(`\b(?:send|sends|sent|push|pushes|emit|emits|tell|tells|show|shows|broadcast|broadcasts)(?: \w+){0,4}? messages?[- ](?:count(?:er|s)?|totals?|numbers?)\b`)

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
	if r.bp.Has(Feed) {
		c.take(toAnAudience, "feed", r.whereFeed())
	}
	purging := r.bp.Has(IdlePurge) && wantsPurge.MatchString(c.norm)
	if purging {
		r.coverPurge(c)
	}
	for _, d := range demands {
		if (d.met == nil || !d.met(r.bp)) && d.re.MatchString(c.rest) {
			c.rest = d.re.ReplaceAllString(c.rest, " ")
			c.lack(d.missing, d.where)
		}
	}
	r.coverNames(c)
	c.take(neverLost, "SQLite state", "class "+r.bp.Class)
	r.coverLimit(c) // first: a limit on messages or increments is about both
	for _, d := range definitions {
		if r.bp.Has(d.kind) && d.cover != nil && d.kind != RateLimit {
			d.cover(r, c)
		}
	}
	if len(c.by) == 0 && containsAny(c.rest, always) && !r.fallback {
		c.cover("SQLite state", "class "+r.bp.Class)
	}
}

// speaksOf reports whether a clause is about a pattern: by its words, or by a
// route of the pattern that it names.
func (c *clause) speaksOf(k Kind) bool {
	return definitionOf(k).speaks.MatchString(c.rest) || slices.Contains(c.by, string(k))
}

// takeSpan takes away the first time that the clause names.
func (c *clause) takeSpan(by, where string) {
	c.rest = strings.Replace(c.rest, spanPattern.FindString(c.rest), " ", 1)
	c.cover(by, where)
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

func (r *reader) whereIs(op Op) string { return r.whereIsOf(op, "") }

func (r *reader) whereIsOf(op Op, of string) string {
	route, ok := r.bp.RouteOf(op, of)
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

// guardsSender reports whether "per user" is what a limit on messages does, or
// what a poll and a leaderboard keep.
func (r *reader) guardsSender(noun string) bool {
	if r.bp.Has(Poll) && wordSet("user person member voter client ip player participant")[noun] || r.bp.Has(Leaderboard) && (noun == "player" || noun == "user") {
		return true
	}
	p, ok := r.bp.Pattern(RateLimit)
	return ok && p.Guards == "messages" && wordSet("user client sender member participant person")[noun]
}

func firstSpanIs(text string, want int64) bool {
	ms, ok := firstSpan(text)
	return ok && ms == want
}
