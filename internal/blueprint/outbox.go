package blueprint

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

var (
	wantsOutbox = re(`\boutbox\b|\b(?:deliver|send|post|forward|relay|push)(?:s|ed|ing)?(?: \w+){0,3} (?:to )?(?:a |an |the |our )?(?:webhooks?|external (?:api|service|system)s?|third[- ]party)\b|\bwebhook (?:deliver\w+|queue|retries)\b|\b(?:reliable|guaranteed|at-least-once) (?:webhooks?|deliver\w+)\b`)
	outboxURL   = lazyregexp.MustCompile(`https://[\w.-]+(?::\d+)?(?:/[\w./%-]*[\w/])?`)
)

var outboxDefinition = definition{
	kind: Outbox, class: "Outbox", key: "tenant",
	title: "an outbox", parameters: "url, max_attempts, max_items",
	about:  "calls to another service, kept until they went through, with back-off",
	wants:  wantsOutbox,
	speaks: re(`\boutbox\b|\bwebhooks?\b|\bdeliver\w*|\bexternal\b|\bretr(?:y|ies|ied|ying)\b|\battempts\b|\bbackoff\b|\bidempoten\w+`),
	words: wordSet(`outbox webhook webhooks deliver delivers delivered delivery deliveries delivering send sends sending post posts external service services third-party forward forwards payload payloads event events
		retry retries retried retrying exponential backoff idempotent idempotency key failed fails fail failure failures reliable reliably guaranteed at-least-once least once until list lists status attempts attempt tries up pending system`),
	read: func(p *Pattern, text string) {
		if u := outboxURL.FindString(text); u != "" && p.URL == "" {
			p.URL = u
		}
		p.readAttempts(text)
	},
	cover: func(r *reader, c *clause) {
		p, _ := r.bp.Pattern(Outbox)
		if !c.speaksOf(Outbox) {
			return
		}
		if strings.Contains(c.rest, p.URL) {
			c.rest = strings.Replace(c.rest, p.URL, " ", 1)
			c.cover("outbox", "DELIVER_TO")
		}
		if firstNumber(attemptsMax, c.rest) == p.MaxAttempts {
			c.take(attemptsMax, "outbox", "MAX_ATTEMPTS")
		}
		c.words(definitionOf(Outbox).words, "outbox", r.whereIs(OutboxSend)+", #deliver()")
	},
	normalize: func(p *Pattern, _ *Blueprint) error {
		fill(&p.URL, "https://example.com/webhook")
		fill(&p.MaxAttempts, DefaultMaxAttempts)
		fill(&p.MaxItems, 1_000)
		u, err := url.Parse(p.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(p.URL, "\"`\\$ ") {
			return fmt.Errorf("url is %q; it must be an https address without credentials, e.g. https://example.com/webhook", p.URL)
		}
		return errors.Join(count("max_attempts", p.MaxAttempts, 1, MaxMaxAttempts), count("max_items", p.MaxItems, 1, MaxItems))
	},
	operations: []operation{
		{op: OutboxSend, method: "POST", paths: []string{"/deliveries", "/outbox/deliveries"}, what: "accepts a delivery, once per id", words: strings.Fields("deliver send outbox webhook notify post event")},
		{op: OutboxList, method: "GET", paths: []string{"/deliveries", "/outbox/deliveries"}, what: "pending and failed deliveries", words: strings.Fields("deliver outbox webhook status list pending"), answers: "deliveries"},
	},
}
