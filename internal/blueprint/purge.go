package blueprint

import (
	"strings"
)

const (
	idleText = `(?:idle(?:ness)?(?: time)?|inactive|inactivity|unused|silence|silent|(?:no|without(?: any)?) (?:more )?(?:activity|messages?|traffic|visits?|hits?|requests?|votes?|writes?|updates?|views?|orders?|one (?:speaks|talks)|connections?|use)|nobody (?:speaks|talks|writes|is active)|not (?:been )?used)`
	deletion = `(?:delet(?:e|es|ed|ing|ion)|purg(?:e|es|ed|ing)|clear(?:s|ed|ing)?|clean(?:s|ed|ing)?(?: up)?|cleanup|remov(?:e|es|ed|al)|wip(?:e|es|ed|ing)|expir(?:e|es|ed|y)|drop(?:s|ped)?|destroy(?:s|ed)?|self-destructs?|garbage[- ]collect\w*|forget|reset(?:s)?|evict(?:s|ed)?)`
)

var (
	wantsPurge = re(`\b` + deletion + `\b.*\b` + idleText + `\b|\b` + idleText + `\b.*\b` + deletion + `\b|\bgraceful(?:ly)? clean(?:s|ed|ing)?(?: ?up)?\b`)
	idleness   = re(`\b` + idleText + `\b`)
	purgeWords = wordSet(`delete deletes deleted deleting deletion purge purges purged purging clear clears cleared clean cleans cleaned cleanup remove removes removed wipe wipes wiped
		expire expires expired expiry drop drops dropped destroy destroys destroyed self-destruct self-destructs garbage collect collected collects garbage-collect forget reset resets evict evicts
		everything itself idle idleness inactive inactivity unused activity after for graceful gracefully automatically auto alarm alarms setalarm`)
)

var purgeDefinition = definition{
	kind: IdlePurge, class: "StateStore", key: "name",
	title: "idle clean-up", parameters: "idle_ms",
	about:     "everything deleted after a time without activity, unless something still wants it",
	normalize: (*Pattern).normalizePurge,
}

func (p *Pattern) normalizePurge(*Blueprint) error {
	fill(&p.IdleMS, DefaultIdleMS)
	return period("idle_ms", p.IdleMS)
}

func (r *reader) coverPurge(c *clause) {
	by, where := "idle_purge", "alarm(), IDLE_MS"
	switch {
	case r.bp.PurgeIsEmpty() && r.bp.Has(Relay):
		by, where = "relay (nothing is stored)", "webSocketMessage()"
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
