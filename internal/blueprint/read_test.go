package blueprint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// expect reads a spec and compares its digest: the head line (class, key,
// patterns with their parameters), routes that are not the usual ones, and each
// clause as "+ text" where covered and "- text | what is missing" where open.
func expect(t *testing.T, spec string, want ...string) {
	t.Helper()
	bp, err := Read(spec, Options{})
	if err != nil {
		t.Errorf("Read(%q): %v", spec, err)
		return
	}
	got := digest(bp)
	if !slices.Equal(got, want) {
		t.Errorf("Read(%q)\n got:\n\t\t%s\nwant:\n\t\t%s", spec, strings.Join(got, "\n\t\t"), strings.Join(want, "\n\t\t"))
	}
}

func digest(bp *Blueprint) []string {
	head := bp.Class + "/" + bp.Key
	for _, p := range bp.Patterns {
		head += " " + string(p.Kind) + parameters(p)
	}
	lines := []string{head}
	for _, r := range bp.Routes {
		if o, _ := bp.operation(r.Op, r.Of); r.Method != o.method || r.Path != o.paths[0] {
			lines = append(lines, fmt.Sprintf("%s %s = %s", r.Method, r.Path, r.Op))
		}
	}
	for _, c := range bp.Clauses {
		if c.Status == Covered {
			lines = append(lines, "+ "+c.Text)
		} else {
			lines = append(lines, "- "+c.Text+" | "+c.Missing)
		}
	}
	return lines
}

func parameters(p Pattern) string {
	var s string
	add := func(on bool, format string, v ...any) {
		if on {
			s += fmt.Sprintf(format, v...)
		}
	}
	add(p.MaxMembers > 0, " members=%d", p.MaxMembers)
	add(p.MaxMessageBytes > 0 && p.MaxMessageBytes != DefaultMessageBytes, " bytes=%d", p.MaxMessageBytes)
	add(p.Shards > 0, " shards=%d", p.Shards)
	add(p.Limit > 0, " %d/%d", p.Limit, p.WindowMS)
	add(p.Guards != "", " guards=%s", p.Guards)
	add(p.LeaseMS > 0, " lease=%d", p.LeaseMS)
	add(p.EveryMS > 0, " every=%d", p.EveryMS)
	add(p.IdleMS > 0, " idle=%d", p.IdleMS)
	add(p.History > 0, " history=%d", p.History)
	add(p.Presence, " presence")
	add(p.SkipSender, " others")
	add(p.Algorithm != "" && p.Algorithm != FixedWindow, " %s", p.Algorithm)
	add(p.Capacity > 0, " capacity=%d hold=%d", p.Capacity, p.HoldMS)
	add(len(p.Options) > 0, " options=%v", p.Options)
	add(p.MayChange, " changeable")
	add(p.Keep != "", " %s top=%d", p.Keep, p.Top)
	add(p.VisibilityMS > 0, " visible=%d", p.VisibilityMS)
	add(p.MaxAttempts > 0 && p.MaxAttempts != DefaultMaxAttempts, " attempts=%d", p.MaxAttempts)
	add(p.TTLMS > 0, " ttl=%d", p.TTLMS)
	add(p.Kind == Outbox, " to=%s", p.URL)
	add(p.Name != "", ":%s%s", p.Name, fieldList(p.Fields))
	return s
}

func fieldList(fields []Field) string {
	var all []string
	for _, f := range fields {
		s := f.Name + " " + string(f.Type)
		if f.Required {
			s += "!"
		}
		if f.Filter {
			s += "?"
		}
		if len(f.Values) > 0 {
			s += fmt.Sprint(f.Values)
		}
		all = append(all, s)
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// head compares the first line of a spec's digest alone.
func head(t *testing.T, spec, want string) {
	t.Helper()
	bp, err := Read(spec, Options{})
	if err != nil {
		t.Errorf("Read(%q): %v", spec, err)
	} else if got := digest(bp)[0]; got != want {
		t.Errorf("Read(%q)\n got: %s\nwant: %s", spec, got, want)
	}
}

func TestReadParameters(t *testing.T) {
	head(t, "Chat rooms, keep the last 50 messages, presence, broadcast to everyone except the sender", "ChatRoom/room chat history=50 presence others")
	head(t, "Token bucket: 10 requests per second, burst 50, per client", "RateLimiter/client rate_limit 50/5000 token_bucket")
	head(t, "Token bucket, 60 requests per minute", "RateLimiter/client rate_limit 60/60000 token_bucket")
	head(t, "Ticket reservations for an event with 1,500 seats, held for 15 minutes", "Reservations/event reservation capacity=1500 hold=900000")
	head(t, "Poll with options red, green and blue; users can change their vote", "Poll/poll poll options=[red green blue] changeable")
	head(t, "leaderboard per game with the top 25, scores add up", "Leaderboard/game leaderboard sum top=25")
	head(t, "Work queue: 45 s visibility timeout, dead letters after 3 attempts", "WorkQueue/queue queue visible=45000 attempts=3")
	head(t, "Session store with sliding expiration of 2 hours", "SessionObject/session session ttl=7200000")
	head(t, "Outbox that delivers webhooks to https://hooks.example.com/in, up to 4 attempts", "Outbox/tenant outbox attempts=4 to=https://hooks.example.com/in")
	head(t, "Metrics buffer per sensor, roll up every 5 minutes", "MetricsBuffer/sensor buffer every=300000")
	head(t, "retry failed jobs 3 times", "EventScheduler/queue schedule attempts=4")
	head(t, "Task tracker per team: tasks have title, status (open, doing, done), assignee (optional) and due date; list by status",
		"TaskList/team collection:task(title text!, status text?[open doing done], assignee text, due_at integer)")
	head(t, "shopping cart per session: items with name, quantity and price", "ItemList/session collection:item(name text!, quantity integer!, price number!)")
	head(t, "Posts and comments per blog: CRUD for posts with title and body, store comments", "PostList/blog collection:post(title text!, body text!) collection:comment(body text!)")
}

// The object may be named in the path, and so may what a request is about.
func TestReadPathParameters(t *testing.T) {
	expect(t, "Comments per article: POST /articles/{id}/comments, GET /articles/{id}/comments, DELETE /articles/:id/comments/:commentId",
		"CommentList/article collection:comment(body text!)",
		"POST /articles/:article/comments = collection.create", "GET /articles/:article/comments = collection.list", "GET /articles/:article/comments/:id = collection.read",
		"PATCH /articles/:article/comments/:id = collection.update", "DELETE /articles/:article/comments/:id = collection.remove",
		"+ Comments per article", "+ POST /articles/{id}/comments", "+ GET /articles/{id}/comments", "+ DELETE /articles/:id/comments/:commentId")
	expect(t, "Counter: POST /pages/:page/hit, GET /pages/:page/count",
		"Counter/page counter", "POST /pages/:page/hit = counter.add", "GET /pages/:page/count = counter.read", "+ Counter", "+ POST /pages/:page/hit", "+ GET /pages/:page/count")
}

func TestReadChat(t *testing.T) {
	expect(t, "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle.",
		"ChatRoom/room chat idle_purge idle=1800000",
		"+ ChatRoom DO", "+ WebSocket broadcast per room", "+ persistent message count at GET /count", "+ delete room state after 30 min idle")
	expect(t, "webscoket chat rom, brodcast mesages to all cliens, count mesages at get /count, delte everything after an hour of inactivty",
		"ChatRoom/room chat idle_purge idle=3600000",
		"+ webscoket chat rom", "+ brodcast mesages to all cliens", "+ count mesages at get /count", "+ delte everything after an hour of inactivty")
	expect(t, "- WebSocket chat per room\n- max 50 users\n- at most 10 messages per 10 seconds per user\n- after 1 hour of inactivity, delete everything\n",
		"ChatRoom/room chat members=50 rate_limit 10/10000 guards=messages idle_purge idle=3600000",
		"+ WebSocket chat per room", "+ max 50 users", "+ at most 10 messages per 10 seconds per user", "+ after 1 hour of inactivity, delete everything")
	expect(t, "Realtime chat, 5 msgs/sec per user, max 1kb messages, idle cleanup after 10m",
		"ChatRoom/room chat bytes=1024 rate_limit 5/1000 guards=messages idle_purge idle=600000",
		"+ Realtime chat", "+ 5 msgs/sec per user", "+ max 1kb messages", "+ idle cleanup after 10m")
	expect(t, "Each game lobby is one object; players connect over WebSockets and every message is broadcast to all players; when nobody talks for 15 minutes wipe everything.",
		"ChatRoom/lobby chat idle_purge idle=900000",
		"+ Each game lobby is one object", "+ players connect over WebSockets", "+ every message is broadcast to all players", "+ when nobody talks for 15 minutes wipe everything")
	expect(t, "Public chat room. Users send messages over a web socket and everyone gets them. Persist how many messages were sent and expose it at GET /stats. If nobody writes for 45 minutes, clear all state.",
		"ChatRoom/room chat idle_purge idle=2700000", "GET /stats = chat.count",
		"+ Public chat room", "+ Users send messages over a web socket", "+ everyone gets them", "+ Persist how many messages were sent", "+ expose it at GET /stats", "+ If nobody writes for 45 minutes, clear all state")
	expect(t, "do not lose messages, no setTimeout, chat over websockets",
		"ChatRoom/room chat", "+ do not lose messages", "+ no setTimeout", "+ chat over websockets")
}

func TestReadChatLeavesOpen(t *testing.T) {
	const misread = "not understood: "
	expect(t, "Chat with typing indicators and message history",
		"ChatRoom/room chat history=100", "- Chat with typing indicators | typing notices are not sent", "+ message history")
	expect(t, "chat, but messages only go to the recipient",
		"ChatRoom/room chat", "+ chat", `- messages only go to the recipient | `+misread+`"only", "recipient"`)
	expect(t, "chat room where messages expire after 24 hours",
		"ChatRoom/room chat", `- chat room where messages expire after 24 hours | single messages are not stored, so they cannot be edited or removed; `+misread+`"after", "24", "hours"`)
	expect(t, "Multi-room chat with JWT auth, broadcast to everyone except the sender, purge when idle for half an hour",
		"ChatRoom/room chat others idle_purge idle=1800000",
		"- Multi-room chat with JWT auth | who may do this is not checked", "+ broadcast to everyone except the sender", "+ purge when idle for half an hour")
	expect(t, "Chat room. When a user joins, send them the current message count. Users can leave rooms.",
		"ChatRoom/room chat", "+ Chat room",
		"- When a user joins, send them the current message count | the count is answered on request, not sent to the sockets; nothing happens when a socket comes or goes",
		`- Users can leave rooms | `+misread+`"users", "leave"`)
	expect(t, "when somebody connects broadcast a message to the room",
		"ChatRoom/room chat", "- when somebody connects broadcast a message to the room | nothing happens when a socket comes or goes")
	expect(t, "WebSocket broadcast to everyone but the sender; GET /count returns number of connected users",
		"ChatRoom/room chat others", "+ WebSocket broadcast to everyone but the sender", `- GET /count returns number of connected users | `+misread+`"number"`)
	expect(t, "WebSocket rooms with 30 minute timeout, only admins may broadcast, persist chat messages in SQLite, delete all messages after 1h without activity",
		"ChatRoom/room chat history=100 idle_purge idle=3600000", `- WebSocket rooms with 30 minute timeout | `+misread+`"30", "minute", "timeout"`,
		`- only admins may broadcast | who may do this is not checked; `+misread+`"only"`, "+ persist chat messages in SQLite", "+ delete all messages after 1h without activity")
	expect(t, "WebSocket echo",
		"ChatRoom/room chat", `- WebSocket echo | `+misread+`"echo"`)
	expect(t, "chat per room, count of messages per user",
		"ChatRoom/room chat", "+ chat per room", "- count of messages per user | an object stands for one room, and nothing is kept per user inside it")
}

func TestReadCounter(t *testing.T) {
	expect(t, "A counter", "Counter/counter counter", "+ A counter")
	expect(t, `page view counter per page, POST /hit increments and GET /count returns {"value": n}`,
		"Counter/page counter", "POST /hit = counter.add", "GET /count = counter.read",
		"+ page view counter per page", "+ POST /hit increments", `+ GET /count returns {"value": n}`)
	expect(t, `Counter: GET /count returns {"hits": n}`,
		"Counter/counter counter", "GET /count = counter.read", "+ Counter", `- GET /count returns {"hits": n} | not understood: "n"`)
	expect(t, "Counter DO: increment via POST /increment, value via GET /value, atomic under concurrency, survives hibernation",
		"Counter/counter counter", "+ Counter DO", "+ increment via POST /increment", "+ value via GET /value", "+ atomic under concurrency", "+ survives hibernation")
	expect(t, "Sharded counter for high throughput (10k increments per second), GET /total",
		"Counter/counter counter shards=21", "GET /total = counter.read", "+ Sharded counter for high throughput (10k increments per second)", "+ GET /total")
	expect(t, "shard a likes counter across 16 objects, POST /like, GET /likes",
		"Counter/counter counter shards=16", "POST /like = counter.add", "GET /likes = counter.read",
		"+ shard a likes counter across 16 objects", "+ POST /like", "+ GET /likes")
	expect(t, "Counter that must never go below zero, with GET /count in XML; increments are idempotent by request id",
		"Counter/counter counter", "GET /count = counter.read", `- Counter that must never go below zero | not understood: "never", "below", "zero"`,
		`- with GET /count in XML | not understood: "xml"`, `- increments are idempotent by request id | not understood: "idempotent", "id"`)
	expect(t, "Votes counter: POST /vote adds one, GET /votes returns the total; one vote per user",
		"Poll/poll poll", "POST /vote = poll.vote", "GET /votes = poll.results",
		"+ Votes counter", "+ POST /vote adds one", "+ GET /votes returns the total", "+ one vote per user")
}

func TestReadRateLimit(t *testing.T) {
	expect(t, "Rate limiter: 100 requests per minute per user",
		"RateLimiter/user rate_limit 100/60000", "+ Rate limiter", "+ 100 requests per minute per user")
	expect(t, "class ApiLimiter: throttle each API key to 10 req/s",
		"ApiLimiter/api_key rate_limit 10/1000", "+ class ApiLimiter", "+ throttle each API key to 10 req/s")
	expect(t, "RateLimiter DO — sliding window, 60 requests per minute per IP, return 429 with Retry-After when exceeded",
		"RateLimiter/ip rate_limit 60/60000 sliding_window", "+ RateLimiter DO", "+ sliding window",
		"+ 60 requests per minute per IP", "+ return 429 with Retry-After when exceeded")
	expect(t, "Counter with POST /increment, at most 30 requests per minute",
		"Counter/counter counter rate_limit 30/60000", "+ Counter with POST /increment",
		"- at most 30 requests per minute | the limit is a check of its own (POST /check); the other operations do not pass through it")
}

func TestReadLock(t *testing.T) {
	expect(t, "Lock", "DistributedLock/resource lock lease=30000", "+ Lock")
	expect(t, "I need a distributed lock with leases that expire after 45 seconds and fencing tokens",
		"DistributedLock/resource lock lease=45000", "+ I need a distributed lock with leases that expire after 45 seconds", "+ fencing tokens")
	expect(t, "mutex per document: POST /lock, DELETE /lock, auto-release after 2 minutes",
		"DistributedLock/document lock lease=120000", "POST /lock = lock.acquire", "DELETE /lock = lock.release",
		"+ mutex per document", "+ POST /lock", "+ DELETE /lock", "+ auto-release after 2 minutes")
	expect(t, "lock per resource, delete everything after 1 hour idle",
		"DistributedLock/resource lock lease=30000 idle_purge idle=3600000",
		"+ lock per resource", "- delete everything after 1 hour idle | a free lock keeps its fencing token, which must never start again; there is nothing else to purge")
	expect(t, "Document lock, 15 min ttl, renewable; force unlock by admins",
		"DistributedLock/document lock lease=900000", "+ Document lock", "+ 15 min ttl", "+ renewable",
		`- force unlock by admins | who may do this is not checked; not understood: "force"`)
}

func TestReadSchedule(t *testing.T) {
	expect(t, "A Durable Object called JobQueue per tenant. It should accept delayed jobs at POST /jobs, list them at GET /jobs, cancel with DELETE /jobs. Failed jobs are retried with exponential backoff. Each job must run at least once and be idempotent.",
		"JobQueue/tenant schedule", "POST /jobs = schedule.add", "GET /jobs = schedule.list", "DELETE /jobs = schedule.cancel",
		"+ A Durable Object called JobQueue per tenant", "+ It should accept delayed jobs at POST /jobs", "+ list them at GET /jobs", "+ cancel with DELETE /jobs",
		"+ Failed jobs are retried with exponential backoff", "+ Each job must run at least once", "+ be idempotent")
	expect(t, "schedule one event per user, retry failed jobs 3 times then give up",
		"EventScheduler/queue schedule attempts=4", "- schedule one event per user | an object stands for one queue, and nothing is kept per user inside it",
		"+ retry failed jobs 3 times then give up")
	expect(t, "Every 5 minutes send an email digest to subscribers",
		"EventScheduler/queue schedule every=300000",
		`- Every 5 minutes send an email digest to subscribers | nothing outside the object is called; the recurring event runs on time, but not what it should do: "send", "digest", "subscribers"`)
	expect(t, "Live document collaboration with CRDT merging, presence, and autosave every 10 seconds",
		"EventScheduler/queue schedule every=10000",
		`- Live document collaboration with CRDT merging | concurrent edits are not merged; not understood: "live", "document", "collaboration", "merging"`,
		"- presence | presence is not announced",
		`- autosave every 10 seconds | the recurring event runs on time, but not what it should do: "autosave"`)
}

func TestReadState(t *testing.T) {
	expect(t, "Build a Durable Object called SessionStore that stores user preferences per user and clears itself when inactive for 24 hours.",
		"SessionStore/user state idle_purge idle=86400000",
		"+ Build a Durable Object called SessionStore that stores user preferences per user", "+ clears itself when inactive for 24 hours")
	expect(t, "Feature flags store: GET /flags and PUT /flags per project",
		"StateStore/project state", "GET /flags = state.read", "PUT /flags = state.write", "+ Feature flags store", "+ GET /flags", "+ PUT /flags per project")
}

func TestReadUnknownObjectIsAllOpen(t *testing.T) {
	expect(t, "please make me something with durable objects",
		"StateStore/name state", `- please make me something with durable objects | not understood: "something"`)
}

func TestReadCollection(t *testing.T) {
	expect(t, "A todo list per user with POST /todos, GET /todos and DELETE /todos/:id",
		"TodoList/user collection:todo(title text!, done boolean)", "+ A todo list per user with POST /todos", "+ GET /todos", "+ DELETE /todos/:id")
}

func TestReadRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"":                            "the spec is empty; ",
		" \n\t":                       "the spec is empty; ",
		"bake me a cake":              "the spec asks for nothing that a Durable Object does",
		strings.Repeat("chat ", 4001): "the spec has 20005 bytes; at most 20000 are read",
	} {
		bp, err := Read(spec, Options{})
		if err == nil {
			t.Errorf("Read(%.20q) gave %v, want an error", spec, digest(bp))
		} else if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Read(%.20q): %v, want it to begin with %q", spec, err, want)
		}
	}
}

// Every word of a spec must be in some clause, whatever becomes of it.
func TestReadDropsNothing(t *testing.T) {
	for _, spec := range []string{
		"ChatRoom DO: chat; count (messages, at GET /count), then e.g. nothing. And more!\n1. first\n2) second\n\n* third and fourth",
		"after 5 minutes, if idle, delete; otherwise keep it and tell me",
		"🎉 chat “quoted, text” — done?",
	} {
		bp, err := Read(spec, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, c := range bp.Clauses {
			all.WriteString(strings.ToLower(c.Text) + " ")
		}
		for _, w := range wordPattern.FindAllString(strings.ToLower(spec), -1) {
			if !strings.Contains(all.String(), w) && !slices.Contains([]string{"and", "then", "1", "2"}, w) {
				t.Errorf("%q is in no clause of %q:\n%q", w, spec, all.String())
			}
		}
	}
}

func TestReadOptions(t *testing.T) {
	bp, err := Read("chat per room", Options{Class: "Lounge", Key: "lounge"})
	if err != nil {
		t.Fatal(err)
	}
	if bp.Class != "Lounge" || bp.Key != "lounge" {
		t.Errorf("got %s/%s, want Lounge/lounge", bp.Class, bp.Key)
	}
	if _, err := Read("chat", Options{Class: "no class"}); err == nil || !strings.HasPrefix(err.Error(), `class is "no class"; `) {
		t.Errorf("a bad class gave %v", err)
	}
}

// A name that the runtime uses already gives way instead of failing.
func TestReadReservedClass(t *testing.T) {
	bp, err := Read("Lock DO: acquire and release leases", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if bp.Class != "LockObject" {
		t.Errorf("class is %s, want LockObject", bp.Class)
	}
}

func TestBlueprintIsJSON(t *testing.T) {
	bp, err := Read("ChatRoom DO: WebSocket broadcast per room, typing indicators", Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(bp)
	if err != nil {
		t.Fatal(err)
	}
	var back Blueprint
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if err := back.Normalize(); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(data) {
		t.Errorf("a round trip changed it:\n%s\n%s", data, again)
	}
}

func TestNormalizeRefuses(t *testing.T) {
	good := func() *Blueprint { return &Blueprint{Class: "Room", Key: "room", Patterns: []Pattern{{Kind: Chat}}} }
	for _, c := range []struct {
		want   string
		change func(*Blueprint)
	}{
		{`class is "room"; `, func(b *Blueprint) { b.Class = "room" }},
		{`class is "Response", which the runtime`, func(b *Blueprint) { b.Class = "Response" }},
		{`key is "Room"; `, func(b *Blueprint) { b.Key = "Room" }},
		{`key is "id", which is `, func(b *Blueprint) { b.Key = "id" }},
		{`patterns[0].kind is "blog"; allowed are chat, relay, collection, `, func(b *Blueprint) { b.Patterns[0].Kind = "blog" }},
		{`patterns[1] is a second chat; `, func(b *Blueprint) { b.Patterns = append(b.Patterns, Pattern{Kind: Chat}) }},
		{`patterns[0] (chat): max_members is 40000; `, func(b *Blueprint) { b.Patterns[0].MaxMembers = 40_000 }},
		{`patterns[0] (idle_purge): idle_ms is 5; `, func(b *Blueprint) { b.Patterns[0] = Pattern{Kind: IdlePurge, IdleMS: 5} }},
		{`patterns[0] (chat): capacity is no parameter of it; it has max_members, `, func(b *Blueprint) { b.Patterns[0].Capacity = 5 }},
		{`patterns[1] (state): fields is no parameter of it; it has none`, func(b *Blueprint) {
			b.Patterns = append(b.Patterns, Pattern{Kind: State, Fields: []Field{{Name: "title"}}})
		}},
		{`patterns[0] (rate_limit): guards is "messages"; `, func(b *Blueprint) { b.Patterns[0] = Pattern{Kind: RateLimit, Guards: "messages"} }},
		{`routes[0].op is "lock.acquire", which this blueprint does not have`, func(b *Blueprint) { b.Routes = []Route{{Method: "POST", Path: "/x", Op: LockAcquire}} }},
		{`routes[0].path has the parameter :b; allowed here are :room`, func(b *Blueprint) { b.Routes = []Route{{Method: "GET", Path: "/a/:b", Op: ChatCount}} }},
		{`routes[0].path is "/../x"; `, func(b *Blueprint) { b.Routes = []Route{{Method: "GET", Path: "/../x", Op: ChatCount}} }},
		{`routes[0].method is "HEAD"; `, func(b *Blueprint) { b.Routes = []Route{{Method: "HEAD", Path: "/x", Op: ChatCount}} }},
		{`routes[1] is GET /x a second time`, func(b *Blueprint) {
			b.Routes = []Route{{Method: "GET", Path: "/x", Op: ChatCount}, {Method: "GET", Path: "/x", Op: ChatConnect}}
		}},
	} {
		b := good()
		c.change(b)
		if err := b.Normalize(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want an error that begins with %s", err, c.want)
		}
	}
}

func TestSpans(t *testing.T) {
	for text, want := range map[string]int64{
		"30 min": 1_800_000, "an hour": 3_600_000, "24h": 86_400_000, "half an hour": 1_800_000, "1.5 hours": 5_400_000,
		"90s": 90_000, "two weeks": 1_209_600_000, "thirty minutes": 1_800_000, "500 ms": 500, "5-minute": 300_000, "forty five mins": 2_700_000,
	} {
		if got, ok := firstSpan("after " + text + " idle"); !ok || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"30 mice", "min", "3 hats", "99999 weeks"} {
		if got, ok := firstSpan(text); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestRates(t *testing.T) {
	for text, want := range map[string]string{
		"100 requests per minute":      "100/60000 requests",
		"10 req/s":                     "10/1000 req",
		"5/min":                        "5/60000 ",
		"3 messages every 10 seconds":  "3/10000 messages",
		"1,000 calls in an hour":       "1000/3600000 calls",
		"10k increments per second":    "10000/1000 increments",
		"20 attempts within 5 minutes": "20/300000 attempts",
	} {
		var got string
		for _, r := range rates(text) {
			got += fmt.Sprintf("%d/%d %s", r.count, r.windowMS, r.noun)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := Read("ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle.", Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
