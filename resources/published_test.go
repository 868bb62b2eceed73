package resources_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/workerd"
	"durable-objects-mcp/internal/wrangler"
	"durable-objects-mcp/resources"
)

var fenced = regexp.MustCompile("(?s)```(ts|jsonc)\n(.*?)```")

// blocks are the fenced blocks of one language on a page.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	r, ok := resources.Get(resources.Scheme + page)
	if !ok {
		t.Fatalf("no page %s", page)
	}
	var out []string
	for _, m := range fenced.FindAllStringSubmatch(r.Text, -1) {
		if m[1] == language {
			out = append(out, m[2])
		}
	}
	return out
}

func locate(t *testing.T) *toolchain.Toolchain {
	t.Helper()
	tools, err := toolchain.Locate(context.Background(), toolchain.Options{Progress: func(l string) { t.Log(l) }})
	var missing *toolchain.UnavailableError
	if errors.As(err, &missing) {
		t.Skip(missing.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

var exported = regexp.MustCompile(`(?m)^export class (\w+) `)

// project writes the TypeScript blocks of a page as modules page_1.ts and so on,
// and says which classes they export.
func project(t *testing.T, dir, page string) (modules []string, bindings []toolchain.EnvBinding) {
	t.Helper()
	for i, code := range blocks(t, page, "ts") {
		module := fmt.Sprintf("%s_%d", page, i+1)
		write(t, filepath.Join(dir, module+".ts"), code)
		modules = append(modules, module)
		for _, m := range exported.FindAllStringSubmatch(code, -1) {
			bindings = append(bindings, toolchain.EnvBinding{Name: wrangler.BindingName(m[1]), Class: m[1], ModulePath: "./" + module})
		}
	}
	return modules, bindings
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPublishedCodeTypeChecks compiles every TypeScript block of every page with
// the runtime's own types.
func TestPublishedCodeTypeChecks(t *testing.T) {
	tools := locate(t)
	for _, r := range texts() {
		dir := t.TempDir()
		modules, bindings := project(t, dir, r.Name)
		if len(modules) == 0 {
			continue
		}
		var entry strings.Builder
		for _, m := range modules {
			fmt.Fprintf(&entry, "import %q;\n", "./"+m)
		}
		write(t, filepath.Join(dir, "all.ts"), entry.String())
		report, err := tools.TypeCheck(context.Background(), toolchain.TypeCheck{
			ProjectDir: dir, Entry: "all.ts", Date: toolchain.NewestDate(), EnvDTS: toolchain.EnvDTS(toolchain.EnvInput{Bindings: bindings}), Pedantic: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report.Diagnostics {
			t.Errorf("%s:%d:%d: %s: %s", d.Path, d.Line, d.Column, d.Code, d.Message)
		}
	}
}

func TestPublishedConfigurationsAreRead(t *testing.T) {
	found := blocks(t, "configuration", "jsonc")
	if len(found) != 2 {
		t.Fatalf("%d blocks, want 2", len(found))
	}
	for _, text := range found {
		cfg, err := wrangler.Parse("wrangler.jsonc", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(cfg.Problems) > 0 {
			t.Errorf("%s\n%v", text, cfg.Problems)
		}
		if got := cfg.LiveClasses(); len(got) != 1 || got[0] != "ChatRoom" {
			t.Errorf("the live classes are %v", got)
		}
	}
}

// probe is a Worker around the pages' classes. It calls any method of any
// object, and stands in for the network: requests are listed, and those that
// speak of something broken fail.
const probe = `
const sent = [];
globalThis.fetch = async (url, init) => {
  const body = String(init?.body ?? "");
  sent.push(init.headers["Idempotency-Key"].replace(/^[0-9a-f-]{36}$/, "*") + " " + body);
  await scheduler.wait(5);
  return new Response(null, { status: body.includes("broken") ? 503 : 200 });
};
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/room") return room.fetch(request, env);
    if (url.pathname === "/tally") return tally.fetch(request, env);
    if (url.pathname === "/sent") return Response.json(sent.splice(0));
    const [binding, method, ...args] = await request.json();
    const stub = env[binding].getByName("one");
    return Response.json((await stub[method](...args)) ?? null);
  },
};
`

// running is the patterns page on workerd.
type running struct {
	t *testing.T
	*workerd.Server
}

func run(t *testing.T) running {
	t.Helper()
	tools := locate(t)
	dir := t.TempDir()
	modules, bindings := project(t, dir, "patterns")
	var entry strings.Builder
	for _, m := range modules {
		fmt.Fprintf(&entry, "export * from %q;\n", "./"+m)
	}
	var namespaces []workerd.Namespace
	for _, b := range bindings {
		namespaces = append(namespaces, workerd.Namespace{Binding: b.Name, Class: b.Class, SQLite: true})
		if b.Class == "Room" || b.Class == "Tally" {
			fmt.Fprintf(&entry, "import %s from %q;\n", strings.ToLower(b.Class), b.ModulePath)
		}
	}
	write(t, filepath.Join(dir, "probe.js"), entry.String()+probe)
	bundle, diagnostics, err := toolchain.BundleEntry(context.Background(), toolchain.BundleInput{Dir: dir, Entry: "probe.js"})
	if err != nil || len(diagnostics) > 0 {
		t.Fatal(err, diagnostics)
	}
	s, err := workerd.Start(context.Background(), workerd.Config{
		Binary: tools.Workerd.Path, Script: bundle.JS, CompatibilityDate: toolchain.NewestDate(), Namespaces: namespaces, Clock: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return running{t, s}
}

func (r running) http(method, path, body string) string {
	r.t.Helper()
	req, err := http.NewRequest(method, r.URL()+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := r.Do(context.Background(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(bytes.TrimSpace(answer.Body))
}

// expect calls a method ("BINDING", "method", arguments…) and compares its
// result as JSON.
func (r running) expect(want string, call ...any) {
	r.t.Helper()
	if got := r.call(call...); got != want {
		r.t.Errorf("%v gives %s, want %s", call, got, want)
	}
}

func (r running) call(call ...any) string {
	r.t.Helper()
	body, err := json.Marshal(call)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.http(http.MethodPost, "/", string(body))
}

// burst makes n calls at once and returns their results, sorted.
func (r running) burst(n int, call func() string) []string {
	out := make([]string, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i] = call() })
	}
	wg.Wait()
	slices.Sort(out)
	return out
}

func (r running) evict() {
	r.t.Helper()
	if _, err := r.Evict(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r running) advance(by time.Duration) {
	r.t.Helper()
	if err := r.Advance(context.Background(), by); err != nil {
		r.t.Fatal(err)
	}
}

// TestPublishedPatternsHold plays the patterns page on real workerd: what its
// prose promises is what happens, across evictions and with the clock moved.
func TestPublishedPatternsHold(t *testing.T) {
	r := run(t)
	part := func(name string, fn func(r running)) {
		t.Run(name, func(t *testing.T) { fn(running{t, r.Server}) })
	}
	part("schema", func(r running) {
		r.expect(`null`, "NOTEBOOK", "write", "a", "text")
		r.evict()
		r.expect(`"text"`, "NOTEBOOK", "read", "a")
		r.expect(`null`, "NOTEBOOK", "read", "b")
	})
	part("counter", func(r running) {
		r.expect(`0`, "COUNTER", "read", "n")
		r.burst(20, func() string { return r.call("COUNTER", "add", "n", 2) })
		r.evict()
		r.expect(`40`, "COUNTER", "read", "n")
	})
	part("rate limit", func(r running) {
		allowed := strings.Count(strings.Join(r.burst(25, func() string { return r.call("LIMITER", "take", "k") }), ""), `"allowed":true`)
		if allowed != 20 {
			r.t.Errorf("%d of 25 were allowed, want 20", allowed)
		}
		r.evict()
		if got := r.call("LIMITER", "take", "k"); !strings.Contains(got, `"allowed":false`) {
			r.t.Errorf("eviction opened the window: %s", got)
		}
		r.advance(time.Minute)
		r.expect(`{"allowed":true,"retryAfterMs":0}`, "LIMITER", "take", "k")
	})
	part("lock", func(r running) {
		got := r.burst(10, func() string { return r.call("LOCK", "acquire", 60_000) })
		if strings.Count(strings.Join(got, ""), "null") != 9 || !strings.Contains(strings.Join(got, ""), `"token":1`) {
			r.t.Errorf("ten callers got %v", got)
		}
		r.evict()
		r.expect(`null`, "LOCK", "acquire", 1_000)
		r.expect(`false`, "LOCK", "release", 7)
		r.expect(`true`, "LOCK", "release", 1)
		if got := r.call("LOCK", "acquire", 1_000); !strings.Contains(got, `"token":2`) {
			r.t.Errorf("after the release: %s", got)
		}
		r.advance(time.Second)
		if got := r.call("LOCK", "acquire", 1_000); !strings.Contains(got, `"token":3`) {
			r.t.Errorf("after the lease's end: %s", got)
		}
	})
	part("chat", chat)
	part("scheduled events", func(r running) {
		now := time.Now().Add(61 * time.Second) // the clock was advanced by so much above
		at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
		r.http(http.MethodGet, "/sent", "")
		r.call("SCHEDULER", "schedule", "late", "ok", at(3*time.Hour))
		r.call("SCHEDULER", "schedule", "soon", "ok", at(time.Hour))
		r.call("SCHEDULER", "schedule", "bad", "broken", at(time.Hour))
		r.evict()
		r.advance(2 * time.Hour)
		r.sent(`* {"id":"bad","kind":"broken"}`, `* {"id":"soon","kind":"ok"}`)
		r.advance(2 * time.Minute)
		r.sent(`* {"id":"bad","kind":"broken"}`)
		r.call("SCHEDULER", "schedule", "bad", "ok", at(3*time.Hour))
		r.advance(2 * time.Hour)
		r.sent(`* {"id":"bad","kind":"ok"}`, `* {"id":"late","kind":"ok"}`)
		r.advance(24 * time.Hour)
		r.sent()
	})
	part("idle clean-up", func(r running) {
		r.call("SCRATCHPAD", "write", "one")
		r.advance(20 * time.Minute)
		r.call("SCRATCHPAD", "write", "two")
		r.advance(20 * time.Minute)
		r.expect(`2`, "SCRATCHPAD", "lines")
		r.advance(10 * time.Minute)
		r.expect(`0`, "SCRATCHPAD", "lines")
		r.call("SCRATCHPAD", "write", "three")
		r.evict()
		r.expect(`1`, "SCRATCHPAD", "lines")
	})
	part("call in the middle", func(r running) {
		r.call("STOCK", "offer", "1A")
		got := strings.Join(r.burst(8, func() string { return r.call("STOCK", "buy", "1A") }), " ")
		if want := `"sold"` + strings.Repeat(` "taken"`, 7); got != want {
			r.t.Errorf("eight buyers got %s", got)
		}
		r.sent(`* `)
		r.evict()
		r.expect(`"taken"`, "STOCK", "buy", "1A")
	})
	part("sharding", func(r running) {
		r.burst(30, func() string { return r.http(http.MethodPost, "/tally?name=x", "") })
		if got := r.http(http.MethodGet, "/tally?name=x", ""); got != `{"n":30}` {
			r.t.Errorf("the sum is %s", got)
		}
	})
	if got := r.Exceptions(); len(got) > 0 {
		t.Errorf("uncaught exceptions: %v", got)
	}
}

// sent compares the outside requests since the last look, in any order.
func (r running) sent(want ...string) {
	r.t.Helper()
	var got []string
	if err := json.Unmarshal([]byte(r.http(http.MethodGet, "/sent", "")), &got); err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) && len(got)+len(want) > 0 {
		r.t.Errorf("sent %q, want %q", got, want)
	}
}

func chat(r running) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	dial := func(user string) *workerd.Socket {
		k, status, err := r.Dial(ctx, "/room?"+url.Values{"room": {"r"}, "user": {user}}.Encode(), nil)
		if err != nil {
			r.t.Fatalf("%s: status %d, %v", user, status, err)
		}
		return k
	}
	ann, bob := dial("ann"), dial("bob")
	say := func(from *workerd.Socket, text, want string) {
		r.t.Helper()
		if err := from.Send(ctx, text); err != nil {
			r.t.Fatal(err)
		}
		for _, k := range []*workerd.Socket{ann, bob} {
			if got, err := k.Next(ctx); err != nil || got != want {
				r.t.Errorf("got %s, %v; want %s", got, err, want)
			}
		}
	}
	say(ann, "hello", `{"user":"ann","text":"hello"}`)
	r.evict()
	say(bob, "still here", `{"user":"bob","text":"still here"}`)
	if code, err := ann.Close(ctx, 0, ""); err != nil || code != 1000 {
		r.t.Errorf("a close without a code is answered with %d, %v", code, err)
	}
	if code, err := bob.Close(ctx, 4001, "bye"); err != nil || code != 4001 {
		r.t.Errorf("a close with 4001 is answered with %d, %v", code, err)
	}
	if got := r.http(http.MethodGet, "/room?room=r&user=ann", ""); got != "Expected a WebSocket upgrade." {
		r.t.Errorf("without an upgrade: %s", got)
	}
}
