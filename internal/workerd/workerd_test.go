package workerd_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/workerd"
)

const date = "2026-10-01"

// binary is the pinned workerd, installed into the user's cache on first use.
func binary(t *testing.T) string {
	t.Helper()
	tools, err := toolchain.Locate(context.Background(), toolchain.Options{})
	var missing *toolchain.UnavailableError
	if errors.As(err, &missing) {
		t.Skip(missing.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return tools.Workerd.Path
}

func boot(t *testing.T, class, body string, clock bool) *workerd.Server {
	t.Helper()
	s, err := try(t, class, body, clock)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func try(t *testing.T, class, body string, clock bool) (*workerd.Server, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s, err := workerd.Start(ctx, config(t, class, body, clock))
	if err == nil {
		t.Cleanup(s.Close)
	}
	return s, err
}

// config is a Worker that hands every request to the object that the query's
// "to" names, else to "a".
func config(t *testing.T, class, body string, clock bool) workerd.Config {
	t.Helper()
	src := "import { DurableObject } from \"cloudflare:workers\";\n" + body + `
export default { fetch(request, env) { return env.NS.getByName(new URL(request.url).searchParams.get("to") ?? "a").fetch(request); } };
`
	return workerd.Config{
		Binary: binary(t), Script: []byte(src), CompatibilityDate: date, Clock: clock,
		Namespaces: []workerd.Namespace{{Binding: "NS", Class: class, SQLite: true}}, MemoryMiB: 700,
	}
}

// with starts a Worker whose configuration differs in one thing.
func with(t *testing.T, body string, change func(*workerd.Config)) *workerd.Server {
	t.Helper()
	cfg := config(t, "C", body, false)
	change(&cfg)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s, err := workerd.Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func advance(t *testing.T, s *workerd.Server, d time.Duration) {
	t.Helper()
	if err := s.Advance(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s *workerd.Server, path string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Do(context.Background(), req)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(r.Body)
}

func evict(t *testing.T, s *workerd.Server) workerd.Evicted {
	t.Helper()
	e, err := s.Evict(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const counter = `export class C extends DurableObject {
  memory = 0;
  async fetch() {
    this.memory++;
    const stored = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", stored);
    return new Response(this.memory + " " + stored);
  }
}`

func TestEvictDropsMemoryAndKeepsStorage(t *testing.T) {
	s := boot(t, "C", counter, false)
	got := []string{get(t, s, "/"), get(t, s, "/")}
	if e := evict(t, s); e.Count != 1 || len(e.Refused) != 0 {
		t.Errorf("evicted %+v", e)
	}
	got = append(got, get(t, s, "/"))
	if want := "1 1|2 2|1 3"; strings.Join(got, "|") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	stored, err := s.Dump(context.Background())
	if err != nil || len(stored) != 1 || !strings.HasSuffix(stored[0].Place, ": key n") || stored[0].Value != "3" {
		t.Errorf("stored %v, %v", stored, err)
	}
}

// An object that never touches storage has memory to lose as well.
func TestEvictReachesObjectsWithoutStorage(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject { n = 0; fetch() { return new Response(String(++this.n)); } }`, false)
	first := get(t, s, "/")
	e := evict(t, s)
	if again := get(t, s, "/"); first != "1" || again != "1" || e.Count != 1 {
		t.Errorf("answers %s then %s, evicted %+v", first, again, e)
	}
}

const chat = `export class C extends DurableObject {
  n = 0;
  fetch() {
    const pair = new WebSocketPair();
    ACCEPT;
    return new Response(null, { status: 101, webSocket: pair[0] });
  }
  webSocketMessage(ws, m) { ws.send(m + " " + ++this.n); }
  webSocketClose(ws) { ANSWER }
}`

func dial(t *testing.T, s *workerd.Server) *workerd.Socket {
	t.Helper()
	k, _, err := s.Dial(context.Background(), "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Abandon)
	return k
}

func exchange(t *testing.T, k *workerd.Socket, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := k.Send(ctx, text); err != nil {
		t.Fatal(err)
	}
	m, err := k.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestHibernatingSocketSurvivesEviction(t *testing.T) {
	s := boot(t, "C", strings.NewReplacer("ACCEPT", "this.ctx.acceptWebSocket(pair[1])", "ANSWER", "ws.close()").Replace(chat), false)
	k := dial(t, s)
	a := exchange(t, k, "x")
	b := exchange(t, k, "x")
	e := evict(t, s)
	c := exchange(t, k, "x")
	if a != "x 1" || b != "x 2" || c != "x 1" || len(e.Refused) != 0 {
		t.Errorf("got %s, %s, %s; refused %v", a, b, c, e.Refused)
	}
	if _, err := k.Close(context.Background(), 0, ""); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestSocketThatIsNotOpened(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject { fetch() { return new Response("no", { status: 426 }); } }`, false)
	_, status, err := s.Dial(context.Background(), "/", nil)
	if status != 426 || err == nil || err.Error() != "the socket did not open: the Worker answered 426; a WebSocket needs 101" {
		t.Errorf("got %d, %v", status, err)
	}
}

func TestUnansweredCloseIsSeen(t *testing.T) {
	s := boot(t, "C", strings.NewReplacer("ACCEPT", "this.ctx.acceptWebSocket(pair[1])", "ANSWER", "").Replace(chat), false)
	if _, err := dial(t, s).Close(context.Background(), 1000, ""); err == nil || !strings.Contains(err.Error(), "no close frame came back") {
		t.Errorf("close: %v", err)
	}
}

func TestWhatPinsAnObjectIsRefused(t *testing.T) {
	t.Run("accept", func(t *testing.T) {
		s := boot(t, "C", strings.NewReplacer("ACCEPT", "pair[1].accept()", "ANSWER", "").Replace(chat), false)
		dial(t, s)
		if e := evict(t, s); len(e.Refused) != 1 || !strings.Contains(e.Refused[0].Why, "accept()") {
			t.Errorf("evicted %+v", e)
		}
	})
	t.Run("timer", func(t *testing.T) {
		s := boot(t, "C", `export class C extends DurableObject { fetch() { setTimeout(() => {}, 60000); return new Response("ok"); } }`, false)
		get(t, s, "/")
		if e := evict(t, s); len(e.Refused) != 1 {
			t.Errorf("evicted %+v", e)
		}
		if got := get(t, s, "/"); got != "ok" {
			t.Errorf("after the refusal the object answers %s", got)
		}
	})
}

func TestAdvanceFiresAlarms(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  async fetch(request) {
    if (request.url.endsWith("/set")) await this.ctx.storage.setAlarm(Date.now() + 30 * 60_000);
    const at = await this.ctx.storage.getAlarm();
    return Response.json({ fired: (await this.ctx.storage.get("fired")) ?? 0, inMinutes: at === null ? null : Math.round((at - Date.now()) / 60_000) });
  }
  async alarm() { await this.ctx.storage.put("fired", ((await this.ctx.storage.get("fired")) ?? 0) + 1); }
}`, true)
	got := []string{get(t, s, "/set")}
	advance(t, s, 29*time.Minute)
	got = append(got, get(t, s, "/"))
	advance(t, s, 2*time.Minute)
	got = append(got, get(t, s, "/"))
	evict(t, s)
	got = append(got, get(t, s, "/"))
	want := `{"fired":0,"inMinutes":30}|{"fired":0,"inMinutes":1}|{"fired":1,"inMinutes":null}|{"fired":1,"inMinutes":null}`
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestStartFailuresAreExplained(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"throws": {`throw new Error("boom"); export class C extends DurableObject {}`, "the module throws when it is loaded: Error: boom"},
		"loops":  {`while (true) {} export class C extends DurableObject {}`, "look for an endless loop at the top level"},
		"syntax": {`export class C extends DurableObject { `, "SyntaxError"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := try(t, "C", c.body, false); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestConstructorErrors(t *testing.T) {
	const handlers = ` fetch() { throw new Error("a handler ran"); } go() {} }`
	for name, c := range map[string]struct{ body, want string }{
		"throws":              {`export class C extends DurableObject { constructor(ctx, env) { super(ctx, env); throw new Error("no schema"); }` + handlers, "no schema"},
		"fails while blocked": {`export class C extends DurableObject { constructor(ctx, env) { super(ctx, env); ctx.blockConcurrencyWhile(async () => { await scheduler.wait(5); throw new Error("no migration"); }); }` + handlers, "no migration"},
		"plain class throws":  {`export class C { constructor() { throw new Error("plain"); }` + handlers, "plain"},
		"fine":                {`export class C extends DurableObject {` + handlers, ""},
		"no handlers":         {`export class C extends DurableObject {}`, ""},
		"plain class":         {`export class C {` + handlers, ""},
		"missing":             {`export class D extends DurableObject {}`, "the Worker exports no class C"},
	} {
		for _, day := range []string{date, "2023-01-01"} {
			s := with(t, c.body, func(cfg *workerd.Config) { cfg.CompatibilityDate = day })
			err := s.Construct(context.Background(), "C")
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s on %s: got %v, want %q", name, day, err, c.want)
			}
			s.Close()
		}
	}
}

func TestRunawayObjectsAreEnded(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"loop":   {`while (true) {}`, "it did not answer within 10s: the code loops without end, and was ended"},
		"memory": {`const all = []; for (;;) { all.push(new Uint8Array(8 << 20).fill(1)); await scheduler.wait(1); }`, "the object used more than 700 MiB of memory (an isolate has 128 MB in production) and was ended"},
		"heap":   {`const all = []; for (;;) all.push(new Array(1e5).fill(0.5));`, "the object's JavaScript heap used more than 512 MiB of memory (an isolate has 128 MB in production) and was ended"},
		"disk":   {`for (let i = 0; ; i++) { await this.ctx.storage.put("k" + i, new Uint8Array(1 << 20)); await scheduler.wait(1); }`, "the objects stored more than 20 MiB and were ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := with(t, `export class C extends DurableObject { async fetch() { `+c.body+` } }`, func(cfg *workerd.Config) { cfg.DiskMiB = 20 })
			// What ended the first request answers the next at once as well.
			for range 2 {
				if got := get(t, s, "/"); got != "error: "+c.want {
					t.Errorf("got  %s\nwant error: %s", got, c.want)
				}
			}
		})
	}
	t.Run("waiting", func(t *testing.T) {
		t.Parallel()
		s := boot(t, "C", `export class C extends DurableObject { async fetch(r) { if (r.url.endsWith("/wait")) await scheduler.wait(60000); return new Response("ok"); } }`, false)
		if got := get(t, s, "/wait") + ", " + get(t, s, "/"); got != "error: it did not answer within 10s, ok" {
			t.Errorf("got %s", got)
		}
	})
}

func TestNoNetworkAndExceptionsAreRecorded(t *testing.T) {
	s := boot(t, "C", `import { connect } from "cloudflare:sockets";
export class C extends DurableObject {
  async fetch(request) {
    if (request.url.endsWith("/throw")) throw new TypeError("oops");
    if (request.url.endsWith("/connect")) {
      const socket = connect("example.com:25");
      return new Response(await socket.opened.then(() => new Response(socket.readable).text()).catch(String));
    }
    return new Response(String((await fetch("https://example.com/x")).status));
  }
}`, false)
	if got := get(t, s, "/"); got != "599" {
		t.Errorf("fetch answered %s", got)
	}
	get(t, s, "/throw")
	get(t, s, "/connect")
	if out := strings.Join(s.Outbound(), ", "); out != "GET https://example.com/x, CONNECT example.com:25" {
		t.Errorf("outbound %v", out)
	}
	found := false
	for _, e := range s.Exceptions() {
		found = found || e.Message == "oops" && strings.Contains(e.String(), "worker.js:")
	}
	if !found {
		t.Errorf("exceptions %+v", s.Exceptions())
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	s := boot(t, "C", counter, false)
	pid := s.PID()
	dir := s.Dir()
	s.Close()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there", dir)
	}
	if _, err := os.Stat(filepath.Join("/proc", fmt.Sprint(pid))); err == nil {
		t.Errorf("workerd %d still runs", pid)
	}
	running, stop := context.WithCancel(context.Background())
	s, err := workerd.Start(running, config(t, "C", counter, false))
	if err != nil {
		t.Fatal(err)
	}
	stop()
	for s.Running() {
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := os.Stat(filepath.Join("/proc", fmt.Sprint(s.PID()))); err == nil {
		t.Errorf("workerd %d outlives its context", s.PID())
	}
	s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan error, 1)
	go func() {
		_, err := workerd.Start(ctx, workerd.Config{Binary: binary(t), Script: []byte("while (true) {}"), CompatibilityDate: date})
		started <- err
	}()
	time.Sleep(300 * time.Millisecond)
	cancel()
	select {
	case err := <-started:
		if err != context.Canceled {
			t.Errorf("cancelled start: %v", err)
		}
	case <-time.After(time.Second):
		t.Error("a cancelled start still runs after a second")
	}
}

// An alarm handler may set the alarm of another object while the clock moves
// from object to object. The one that rings is moved first, the other last.
func TestAlarmsThatSetEachOther(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/id") return new Response(this.ctx.id.toString());
    if (url.pathname === "/set") {
      await this.ctx.storage.put("next", url.searchParams.get("next"));
      await this.ctx.storage.setAlarm(Date.now() + Number(url.searchParams.get("minutes")) * 60_000);
    }
    const at = await this.ctx.storage.getAlarm();
    return Response.json({ rung: (await this.ctx.storage.get("rung")) ?? 0, inMinutes: at === null ? null : Math.round((at - Date.now()) / 60_000) });
  }
  async alarm() {
    await this.ctx.storage.put("rung", ((await this.ctx.storage.get("rung")) ?? 0) + 1);
    const next = await this.ctx.storage.get("next");
    if (next) await this.env.NS.getByName(next).fetch("http://x/set?minutes=20");
  }
}`, true)
	ids := map[string]string{}
	var order []string
	for i := range 60 {
		id := get(t, s, fmt.Sprintf("/id?to=%d", i))
		ids[id] = fmt.Sprint(i)
		order = append(order, id)
	}
	slices.Sort(order)
	first, last := ids[order[0]], ids[order[len(order)-1]]
	get(t, s, "/set?minutes=10&to="+first+"&next="+last)
	get(t, s, "/set?minutes=500&to="+last)
	advance(t, s, 15*time.Minute)
	got := get(t, s, "/?to="+first) + get(t, s, "/?to="+last)
	advance(t, s, 21*time.Minute)
	got += get(t, s, "/?to="+last)
	if want := `{"rung":1,"inMinutes":null}{"rung":0,"inMinutes":20}{"rung":1,"inMinutes":null}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHandlersThatAreFields(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  n = 0;
  fetch = async (request) => {
    if (request.url.endsWith("/set")) await this.ctx.storage.setAlarm(Date.now() + 119 * 60_000);
    return new Response("n=" + this.n);
  };
  alarm = async (info) => { if (Math.abs(Date.now() - info.scheduledTime) < 300_000) this.n++; };
}`, true)
	got := get(t, s, "/set")
	advance(t, s, 2*time.Hour)
	if got += get(t, s, "/"); got != "n=0n=1" {
		t.Errorf("got %s", got)
	}
}

func TestFailingAlarmIsNamed(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  async fetch() { await this.ctx.storage.setAlarm(Date.now() + 60_000); return new Response("ok"); }
  alarm() { throw new Error("no such table"); }
}`, true)
	get(t, s, "/")
	err := s.Advance(context.Background(), 2*time.Minute)
	if err == nil || !strings.HasPrefix(err.Error(), "an alarm that fell due fails, also when it is tried again: Error: no such table") {
		t.Errorf("got %v", err)
	}
}

func TestCrashKeepsTheDiskAndTheClock(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  n = 0;
  async fetch(request) {
    if (request.headers.get("upgrade")) {
      const pair = new WebSocketPair();
      this.ctx.acceptWebSocket(pair[1]);
      return new Response(null, { status: 101, webSocket: pair[0] });
    }
    if (request.url.endsWith("/throw")) throw new Error("before the crash");
    if (request.url.endsWith("/set")) await this.ctx.storage.setAlarm(Date.now() + 3600_000), await this.ctx.storage.put("at", Date.now());
    const at = await this.ctx.storage.getAlarm();
    return Response.json({ n: ++this.n, rung: (await this.ctx.storage.get("rung")) ?? 0, hours: Math.round((Date.now() - (await this.ctx.storage.get("at"))) / 3600_000), alarm: at === null ? null : Math.round((at - Date.now()) / 60_000) });
  }
  async alarm() { await this.ctx.storage.put("rung", 1); }
}`, true)
	get(t, s, "/set")
	k := dial(t, s)
	get(t, s, "/throw")
	advance(t, s, 50*time.Minute)
	crash := func() {
		if err := s.Crash(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	pid := s.PID()
	crash()
	got := get(t, s, "/")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := k.Next(ctx); err == nil || err.Error() != "the connection was dropped without a close frame" {
		t.Errorf("the socket: %v", err)
	}
	advance(t, s, 20*time.Minute)
	crash()
	got += get(t, s, "/")
	if want := `{"n":1,"rung":0,"hours":1,"alarm":10}{"n":1,"rung":1,"hours":1,"alarm":null}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// The object throws it, and so does the Worker that asked it.
	if e := s.Exceptions(); len(e) != 2 || e[0].Message != "before the crash" {
		t.Errorf("exceptions %+v", e)
	}
	if _, err := os.Stat(filepath.Join("/proc", fmt.Sprint(pid))); err == nil {
		t.Errorf("workerd %d still runs", pid)
	}
}

func TestDirectoryOfTheCallerIsKept(t *testing.T) {
	dir := t.TempDir()
	var got []string
	for range 2 {
		s := with(t, counter, func(cfg *workerd.Config) { cfg.Dir = dir })
		got = append(got, get(t, s, "/"))
		s.Close()
	}
	if strings.Join(got, "|") != "1 1|1 2" {
		t.Errorf("got %v", got)
	}
}

func TestDumpLeavesTheProbeOut(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.kv.put("made", true); }
  fetch() { this.ctx.storage.kv.put("long", "x".repeat(5000)); return new Response("ok"); }
}`, false)
	if err := s.Construct(context.Background(), "C"); err != nil {
		t.Fatal(err)
	}
	get(t, s, "/")
	stored, err := s.Dump(context.Background())
	if err != nil || len(stored) != 2 || stored[1].Value != "true" {
		t.Fatalf("stored %+v, %v", stored, err)
	}
	if v := stored[0].Value; !strings.HasPrefix(v, `"xxx`) || !strings.Contains(v, "(5002 characters, SHA-256 ") || len(v) > 350 {
		t.Errorf("long value %s", v)
	}
}

// Rows come in the order of their keys, whatever index SQLite would rather read.
func TestDumpKeepsTheOrderOfKeys(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  fetch() {
    this.ctx.storage.sql.exec("CREATE TABLE due (kind TEXT PRIMARY KEY, at INTEGER) STRICT, WITHOUT ROWID; CREATE INDEX due_by_time ON due (at)");
    this.ctx.storage.sql.exec("INSERT INTO due VALUES ('late', 1), ('early', 2)");
    return new Response("ok");
  }
}`, false)
	get(t, s, "/")
	stored, err := s.Dump(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, v := range stored {
		if v.Column == "kind" {
			kinds = append(kinds, v.Value)
		}
	}
	if want := `"early" "late"`; strings.Join(kinds, " ") != want {
		t.Errorf("kinds %v, want %s", kinds, want)
	}
}

func TestEveryExceptionIsHeardOf(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject { fetch(request) { throw new Error(new URL(request.url).pathname); } }`, false)
	for i := range 50 {
		get(t, s, fmt.Sprintf("/%d", i))
		var heard bool
		for _, e := range s.Exceptions() {
			heard = heard || e.Message == fmt.Sprintf("/%d", i)
		}
		if !heard {
			t.Fatalf("exception %d is missing", i)
		}
	}
}

func TestPlacesAreThoseOfTheSource(t *testing.T) {
	place := func(line, column int) string {
		if line == 2 {
			return fmt.Sprintf("object.ts:%d:1", column)
		}
		return ""
	}
	s := with(t, `export class C extends DurableObject { fetch() { throw new Error("here"); } }`, func(cfg *workerd.Config) { cfg.Place = place })
	get(t, s, "/")
	if e := s.Exceptions(); len(e) == 0 || e[0].String() != "Error: here at C.fetch (object.ts:56:1)" {
		t.Errorf("got %+v", e)
	}
	cfg := config(t, "C", `throw new Error("early"); export class C extends DurableObject {}`, false)
	cfg.Place = place
	if _, err := workerd.Start(context.Background(), cfg); err == nil || err.Error() != "the module throws when it is loaded: Error: early (at object.ts:7:1)" {
		t.Errorf("got %v", err)
	}
}

func TestStandIns(t *testing.T) {
	const attempt = `const attempt = async (f) => { try { return String(await f()); } catch (e) { return "threw: " + e.message; } };`
	for _, c := range []struct{ kind, call, want, used string }{
		{"kv_namespaces", `e.B.get("x")`, "null", "B (kv_namespaces): GET "},
		{"kv_namespaces", `e.B.put("x", "y")`, "undefined", "B (kv_namespaces): PUT "},
		{"r2_buckets", `e.B.get("x")`, "threw: ", "B (r2_buckets): GET "},
		{"queues", `e.B.send("x").then(() => "sent")`, "sent", "B (queues): POST "},
		{"d1_databases", `e.B.prepare("select 1").all()`, "threw: D1_ERROR: ", "B (d1_databases): POST "},
		{"services", `e.B.fetch("http://x/y").then((r) => r.text())`, "The binding B (services) is a stand-in here and answers nothing.", "B (services): GET http://x/y"},
		{"ai", `e.B.run("m", {})`, "threw: The RPC receiver does not implement the method", ""},
		{"ratelimits", `e.B.limit({ key: "a" }).then((r) => r.success)`, "true", "B (ratelimits): limit()"},
		{"send_email", `e.B.send({ to: "a@example.com" }).then(() => "sent")`, "sent", "B (send_email): send()"},
		{"pipelines", `e.B.send([{ a: 1 }]).then(() => "sent")`, "sent", "B (pipelines): send()"},
		{"services", `e.B.send("x")`, "threw: The binding B (services) is a stand-in here and has no method send.", "B (services): send()"},
		{"analytics_engine_datasets", `e.B.writeDataPoint({ blobs: ["a"] })`, "undefined", ""},
		{"version_metadata", `e.B.id`, "local", ""},
	} {
		s := with(t, attempt+`export class C extends DurableObject { async fetch() { const e = this.env; return new Response(await attempt(() => `+c.call+`)); } }`,
			func(cfg *workerd.Config) { cfg.Stubs = []workerd.Stub{{Kind: c.kind, Name: "B"}} })
		if got := get(t, s, "/"); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s gives %q, want %q", c.kind, c.call, got, c.want)
		}
		if used := strings.Join(s.StandIns(), ", "); c.used != "" && !strings.HasPrefix(used, c.used) {
			t.Errorf("%s: used %q, want %q", c.kind, used, c.used)
		}
		s.Close()
	}
}

func TestPinnedObjectsAreAllNamed(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject { fetch() { setTimeout(() => {}, 60000); return new Response("ok"); } }`, false)
	for i := range 20 {
		get(t, s, fmt.Sprintf("/?to=%d", i))
	}
	if e := evict(t, s); len(e.Refused) != 20 || e.Count != 0 {
		t.Errorf("evicted %d, refused %d", e.Count, len(e.Refused))
	}
}

// What ran is known in either kind of world, over crashes, and without what the
// clock asks of the object.
func TestRanCountsHandlers(t *testing.T) {
	for _, clock := range []bool{false, true} {
		s := boot(t, "C", `export class C extends DurableObject {
  async fetch(request) {
    if (!request.headers.get("upgrade")) return new Response("ok");
    const pair = new WebSocketPair();
    this.ctx.acceptWebSocket(pair[1]);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }
  async ring() { await this.ctx.storage.setAlarm(Date.now()); }
  webSocketMessage(ws, message) { ws.send(message); }
  webSocketClose(ws) { ws.close(1000); }
  alarm() {}
}`, clock)
		get(t, s, "/")
		get(t, s, "/?to=b")
		k := dial(t, s)
		exchange(t, k, "x")
		if _, err := k.Close(context.Background(), 1000, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.Crash(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Call(context.Background(), workerd.Call{Class: "C", Object: "a", Method: "ring"}); err != nil {
			t.Fatal(err)
		}
		if clock {
			advance(t, s, time.Minute)
		}
		want := map[string]int{"C fetch": 3, "C webSocketMessage": 1, "C webSocketClose": 1, "C ring": 1, "C alarm": 1}
		got := s.Ran()
		for deadline := time.Now().Add(5 * time.Second); !maps.Equal(got, want) && time.Now().Before(deadline); got = s.Ran() {
			time.Sleep(10 * time.Millisecond) // the alarm is due at once, but not awaited
		}
		if !maps.Equal(got, want) {
			t.Errorf("clock %v: ran %v, want %v", clock, got, want)
		}
	}
}

func TestEarlyAlarms(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  async fetch(request) {
    const at = { "/delay": 60_000, "/seconds": Math.floor(Date.now() / 1000), "/now": Date.now(), "/late": Date.now() - 5000, "/then": new Date(Date.now() + 1000) }[new URL(request.url).pathname];
    await this.ctx.storage.setAlarm(at);
    return new Response("ok");
  }
  alarm() {}
}`, true)
	for _, path := range []string{"/now", "/late", "/then"} {
		get(t, s, path)
	}
	if early := s.EarlyAlarms(); len(early) != 0 {
		t.Errorf("early %q", early)
	}
	for _, path := range []string{"/delay", "/delay", "/seconds"} {
		get(t, s, path)
	}
	if early := s.EarlyAlarms(); len(early) != 2 || early[0] != "60000" {
		t.Errorf("early %q", early)
	}
}

// The open runtime has no mail of its own; a Worker that only sends some starts.
func TestEmailModule(t *testing.T) {
	cfg := config(t, "C", `import { EmailMessage } from "cloudflare:email";
export class C extends DurableObject {
  async fetch() {
    const message = new EmailMessage("a@example.com", "b@example.com", "raw");
    return new Response(message.from + " " + message.to + " " + typeof this.env.MAIL.send);
  }
}`, false)
	cfg.Stubs = []workerd.Stub{{Kind: "send_email", Name: "MAIL"}}
	s, err := workerd.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if got := get(t, s, "/"); got != "a@example.com b@example.com function" {
		t.Errorf("got %s", got)
	}
}
