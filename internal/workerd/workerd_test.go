package workerd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
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
	src := "import { DurableObject } from \"cloudflare:workers\";\n" + body + `
export default { fetch(request, env) { return env.NS.getByName("a").fetch(request); } };
`
	s, err := workerd.Start(ctx, workerd.Config{
		Binary: binary(t), Script: []byte(src), CompatibilityDate: date, Clock: clock,
		Namespaces: []workerd.Namespace{{Binding: "NS", Class: class, SQLite: true}}, MemoryMiB: 700,
	})
	if err == nil {
		t.Cleanup(s.Close)
	}
	return s, err
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
	advance := func(d time.Duration) {
		if err := s.Advance(context.Background(), d); err != nil {
			t.Fatal(err)
		}
	}
	got := []string{get(t, s, "/set")}
	advance(29 * time.Minute)
	got = append(got, get(t, s, "/"))
	advance(2 * time.Minute)
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
	s := boot(t, "C", `export class C extends DurableObject { constructor(ctx, env) { super(ctx, env); throw new Error("no schema"); } }`, false)
	if err := s.Construct(context.Background(), "C"); err == nil || !strings.Contains(err.Error(), "no schema") {
		t.Errorf("got %v", err)
	}
	for name, body := range map[string]string{
		"without fetch": `export class C extends DurableObject { go() {} }`,
		"fetch throws":  `export class C extends DurableObject { fetch() { throw new Error("bad request"); } }`,
	} {
		if err := boot(t, "C", body, false).Construct(context.Background(), "C"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRunawayObjectsAreEnded(t *testing.T) {
	t.Run("loop", func(t *testing.T) {
		s := boot(t, "C", `export class C extends DurableObject { fetch() { while (true) {} } }`, false)
		if got := get(t, s, "/"); !strings.Contains(got, "did not answer within 10s") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("memory", func(t *testing.T) {
		s := boot(t, "C", `export class C extends DurableObject { async fetch() { const all = []; for (;;) { all.push(new Uint8Array(8 << 20).fill(1)); await scheduler.wait(1); } } }`, false)
		if got := get(t, s, "/"); !strings.Contains(got, "MiB of memory") {
			t.Errorf("got %s", got)
		}
	})
}

func TestNoNetworkAndExceptionsAreRecorded(t *testing.T) {
	s := boot(t, "C", `export class C extends DurableObject {
  async fetch(request) {
    if (request.url.endsWith("/throw")) throw new TypeError("oops");
    return new Response(String((await fetch("https://example.com/x")).status));
  }
}`, false)
	if got := get(t, s, "/"); got != "599" {
		t.Errorf("fetch answered %s", got)
	}
	get(t, s, "/throw")
	if out := s.Outbound(); len(out) != 1 || out[0] != "GET https://example.com/x" {
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
