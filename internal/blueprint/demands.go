package blueprint

import "durable-objects-mcp/internal/lazyregexp"

// demand is something that people ask for and no pattern does. A clause with
// one stays open, with the place where the agent should put it.
type demand struct {
	re      *lazyregexp.Regexp
	missing string
	where   string
	met     func(b *Blueprint) bool // whether this blueprint does it after all
}

// The places where the emitted file is meant to grow.
const (
	inWorker  = "the Worker's fetch, before the object is addressed"
	inMessage = "webSocketMessage() and a further MIGRATIONS entry"
	inSocket  = "fetch() and webSocketClose() of the class"
	inRun     = "#run() of the class"
	inRoutes  = "a method of the class and an entry of ROUTES"
	inSchema  = "a further MIGRATIONS entry, a method of the class and an entry of ROUTES"
)

func on(pattern, missing, where string) demand {
	return demand{re: lazyregexp.MustCompile(pattern), missing: missing, where: where}
}

// unless is a demand that some blueprints meet.
func unless(met func(*Blueprint) bool, pattern, missing, where string) demand {
	d := on(pattern, missing, where)
	d.met = met
	return d
}

func has(k Kind) func(*Blueprint) bool { return func(b *Blueprint) bool { return b.Has(k) } }

func keepsMessages(b *Blueprint) bool { p, _ := b.Pattern(Chat); return p.History > 0 }
func announces(b *Blueprint) bool     { p, _ := b.Pattern(Chat); return p.Presence }
func slides(b *Blueprint) bool        { p, _ := b.Pattern(RateLimit); return p.Algorithm == SlidingWindow }
func fillsBucket(b *Blueprint) bool   { p, _ := b.Pattern(RateLimit); return p.Algorithm == TokenBucket }

var demands = []demand{
	on(`\b(?:auth\w*|log ?in|sign ?in|jwt|bearer|oauth|password\w*|permission\w*|admins?(?:[- ]only)?|roles?|acl)\b|\b(?:requir\w*|valid\w*|check\w*|with)\b.{0,20}\bapi_keys?\b`, "who may do this is not checked", inWorker),
	unless(keepsMessages, historyText, "the messages' texts are not stored", inMessage),
	on(`\b(?:delete|remove|edit|expire|prune)\w* (?:\w+ )?(?:old )?messages?\b|\bmessages? (?:expire|disappear|vanish|are (?:deleted|removed|edited))\w*`, "single messages are not stored, so they cannot be edited or removed", inMessage),
	on(`\btyping(?: indicators?)?\b`, "typing notices are not sent", inMessage),
	unless(announces, presenceText, "presence is not announced", inSocket),
	on(`\b(?:when|whenever|on|once|after|as soon as) (?:\w+ ){0,3}?(?:joins?|joining|connects?|connecting|leaves?|leaving|disconnects?|disconnecting|enters?)\b`, "nothing happens when a socket comes or goes", inSocket),
	on(`\b(?:private|direct) messages?\b|\bdms?\b|\bwhisper\w*`, "every message goes to every socket of the object", inMessage),
	on(`\b(?:moderat\w+|profanity|banned?|bans|mut(?:e|es|ed|ing)|kick\w*)\b`, "nothing is moderated", inMessage),
	unless(has(Outbox), `\bwebhooks?\b`, "nothing outside the object is called", inRun),
	on(`\bemails?\b|\be-mails?\b|\bsms\b|\bpush notif\w+|\bslack\b|\bnotif(?:y|ies|ication|ications)\b`, "nothing outside the object is called", inRun),
	unless(has(Leaderboard), `\bleader ?boards?\b|\brank(?:s|ing|ings)?\b|\bhigh ?scores?\b|\btop[- ]\d+\b`, "there is no ranking", inSchema),
	unless(slides, `\b(?:sliding|rolling)[- ]windows?\b`, "the window is fixed: it starts with the first use", "check() of the class, which counts in one fixed window"),
	unless(fillsBucket, `\b(?:token|leaky)[- ]buckets?\b`, "the limit counts in a fixed window, not in a bucket", "check() of the class, which counts in one fixed window"),
	on(`\bsemaphores?\b|\b(?:read|write|reader|writer)[-/ ](?:write[- ]|writer[- ])?locks?\b|\bre-?entran\w+\b|\bwait(?:ing)? (?:queue|line|list)\b|\bfair(?:ness)?\b`, "the lock has one holder, is not re-entrant and has no waiting line", "acquire() of the class"),
	unless(has(Poll), `\b(?:one|single|once) votes? (?:per|each)\b|\bvotes? once\b|\b(?:unique|distinct) (?:\w+ )?(?:visitors?|users?|views?|votes?)\b`, "the counter does not know who counted", inSchema),
	on(`\bresets?\b`, "nothing is reset on request", inRoutes),
	on(`\b(?:r2|kv namespace|workers kv|d1|queues?\b.{0,12}\bcloudflare|workers ai|openai|llm|ai model|vectorize)\b`, "no other service is bound", "the Worker's configuration and "+inRoutes),
	on(`\bencrypt\w*\b`, "nothing is encrypted beyond what the platform does", inMessage),
	on(`\bcrdt\w*\b|\boperational transform\w*|\bcollaborat\w+ edit\w+|\byjs\b`, "concurrent edits are not merged", inMessage),
	unless(has(Buffer), `\b(?:metrics|analytics|dashboards?|audit(?:ing)?(?: log)?|tracing)\b`, "nothing is measured", inRoutes),
	unless(has(Queue), `\bdead[- ]letters?\b`, "an event that failed for good is recorded as failed, not queued again", "#finish() of the class"),
}
