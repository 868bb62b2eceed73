package blueprint

import (
	"strings"
)

var wantsSession = re(`\bsessions? (?:store|storage|data|object|management|service|with|that|which|expir\w+)\b|\b(?:user|login|web|browser) sessions?\b|\bsliding (?:expir\w+|ttl|time-?outs?|sessions?)\b|^\W*sessions?\b`)

var sessionDefinition = definition{
	kind: Session, class: "SessionObject", key: "session",
	title: "sessions", parameters: "ttl_ms",
	about:  "data that ends a while after its last use",
	wants:  wantsSession,
	speaks: re(`\bsessions?\b|\bsliding\b|\bexpir\w+|\blog(?:s|ged)? ?out\b|\bttl\b`),
	words: wordSet(`session sessions user users login web browser sliding expire expires expired expiry expiration expiring ttl timeout timeouts store stores data start starts started create creates read reads update updates
		end ends ended delete deletes destroy destroys logout log out each extend extends extended refresh refreshes refreshed access use after last without when not used every`),
	read: func(p *Pattern, text string) {
		if ms, ok := firstSpan(text); ok && ms >= MinPeriodMS && p.TTLMS == 0 {
			p.TTLMS = ms
		}
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Session)
		if !c.speaksOf(Session) {
			return
		}
		if firstSpanIs(c.rest, p.TTLMS) {
			c.takeSpan("session", "TTL_MS")
		}
		c.take(idleness, "session", "alarm(), TTL_MS")
		c.words(definitionOf(Session).words, "session", r.whereIs(SessionStart)+", "+r.whereIs(SessionRead))
	},
	normalize: func(p *Pattern, _ *Blueprint) error {
		fill(&p.TTLMS, DefaultTTLMS)
		return period("ttl_ms", p.TTLMS)
	},
	operations: []operation{
		{op: SessionStart, method: "POST", paths: []string{"/session"}, what: "starts the session, or answers 409", words: strings.Fields("session login start create")},
		{op: SessionRead, method: "GET", paths: []string{"/session"}, what: "the session's data; keeps it alive", words: strings.Fields("session data read"), answers: "data expires_at"},
		{op: SessionUpdate, method: "PATCH", paths: []string{"/session"}, what: "changes members of the data; keeps it alive", words: strings.Fields("session update data change")},
		{op: SessionEnd, method: "DELETE", paths: []string{"/session"}, what: "ends the session", words: strings.Fields("session logout end delete destroy")},
	},
}
