package blueprint

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

func wordSet(lists ...string) map[string]bool {
	set := map[string]bool{}
	for _, l := range lists {
		for _, w := range strings.Fields(l) {
			set[w] = true
		}
	}
	return set
}

// glue are words that ask for nothing. Words that turn a demand round (not, no,
// without, except, only, never, instead) are left out on purpose: a clause with
// one of them is understood as a whole or not at all.
var glue = wordSet(`a an the this that these those it its their our your my his of for to from by in on at with via using use uses used
	and or as is are be been being was were has have having had do does did can could will would shall should must may might
	i we you they me us them want wants need needs needed like please let lets make makes build builds create creates write writes
	implement implements add adds give gives provide provides support supports handle handles include includes expose exposes
	each every per all any some also then so which who whose what when where while there here into through over across
	simple small basic nice new another one single same own just which if up out about under accept accepts get gets w plus go goes them
	that's it's i'd i'm we'd object objects durable cloudflare worker workers typescript class app application service system thing things feature`)

// always are properties that everything emitted has: state in SQLite, atomic
// statements, nothing in memory, typed, JSON over HTTP.
var always = wordSet(`persistent persisted persist persists persistence persistently durably storage store stored stores sqlite sql db database
	atomic atomically consistent consistently concurrent concurrently concurrency race-free thread-safe safe safely
	survive survives surviving restart restarts eviction evictions deploy deploys crash crashes hibernation hibernate hibernates hibernatable hibernating
	production production-ready ready robust typed strongly json http api apis rest restful endpoint endpoints route routes
	return returns returning returned respond responds responding response answer answers current currently total request requests
	shared state data value values work works working across correctly properly reliably`)

// misspelt are short words that people mistype; long ones are corrected by
// distance.
var misspelt = map[string]string{
	"mesage": "message", "mesages": "messages", "messge": "message", "msg": "message", "msgs": "messages",
	"delte": "delete", "dlete": "delete", "deleet": "delete", "cout": "count", "conut": "count", "coutn": "count", "ocunt": "count", "idel": "idle", "ilde": "idle",
	"rom": "room", "usr": "user", "recieve": "receive", "recieves": "receives", "websoket": "websocket", "webscoket": "websocket",
	"brodcast": "broadcast", "broadcat": "broadcast", "lok": "lock", "clinet": "client", "clinets": "clients", "shedule": "schedule", "scedule": "schedule",
	"limt": "limit", "limtis": "limits", "limiter": "limiter", "acquier": "acquire", "aquire": "acquire", "relase": "release", "minuts": "minutes", "minuets": "minutes",
}

// keywords are the long words that are corrected by distance.
var keywords = strings.Fields(`websocket websockets broadcast broadcasts broadcasting persistent persisted messages inactivity inactive
	increment increments decrement decrements counters schedule scheduled scheduler reminder reminders hibernation hibernate throttle throttling
	clients requests minutes seconds release acquire expires cleanup sharding throughput connections connected idempotent idempotency settings
	preferences reservation reservations leaderboard leaderboards presence history session sessions visibility aggregate collection pagination preferences recurring exponential backoff fencing distributed`)

var wordPattern = lazyregexp.MustCompile(`[a-z0-9][a-z0-9'’_-]*`)

// normalize lowers a clause, straightens its spelling and quotes, and leaves
// routes and names as they are for the patterns to read.
func normalize(text string) string {
	s := strings.ToLower(strings.NewReplacer("’", "'", "“", `"`, "”", `"`, "→", " ", "‑", "-").Replace(text))
	s = compounds.ReplaceAllStringFunc(s, func(m string) string {
		return strings.NewReplacer("web socket", "websocket", "web-socket", "websocket", "real time", "real-time", "realtime", "real-time", "rate limit", "rate-limit",
			"ratelimit", "rate-limit", "back off", "backoff", "back-off", "backoff", "clean up", "cleanup", "clean-up", "cleanup",
			"durable object", "durable-object", "key value", "key-value", "api key", "api_key", "time to live", "ttl").Replace(m)
	})
	return wordPattern.ReplaceAllStringFunc(s, correct)
}

var compounds = lazyregexp.MustCompile(`web[ -]socket|real ?time|rate ?limit|back[ -]off|clean[ -]up|durable object|key value|api key|time to live`)

func correct(word string) string {
	if right, ok := misspelt[word]; ok {
		return right
	}
	if len(word) < 6 || glue[word] || always[word] || slices.Contains(keywords, word) {
		return word
	}
	for _, k := range keywords {
		allowed := 1
		if len(k) >= 11 {
			allowed = 2
		}
		if k[0] == word[0] && within(word, k, allowed) {
			return k
		}
	}
	return word
}

// within reports whether two words differ by at most n edits, where swapping
// two neighbours is one edit. A plural is no misspelling.
func within(a, b string, n int) bool {
	if d := len(a) - len(b); d > n || -d > n || strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return false
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)] <= n
}
