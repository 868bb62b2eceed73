package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/schema/schematest"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/verify"
)

// config is a configuration for one class behind the binding OBJ.
const config = `{
  "name": "test", "main": "durable_object.ts", "compatibility_date": "2026-10-01",
  "durable_objects": { "bindings": [{ "name": "OBJ", "class_name": "Obj" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Obj"] }]
}
`

// object is a module whose Worker sends everything to one object.
func object(body string) string {
	return `import { DurableObject } from "cloudflare:workers";
export class Obj extends DurableObject<Env> {
` + body + `
}
export default {
  fetch(request, env): Promise<Response> {
    return env.OBJ.getByName("a").fetch(request);
  },
} satisfies ExportedHandler<Env>;
`
}

func steps(list ...string) string {
	return `{"version": 1, "steps": [` + strings.Join(list, ",\n") + `]}`
}

// project writes a results directory and returns its root.
func project(t *testing.T, files map[string]string) *results.Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, "results", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := results.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func run(t *testing.T, files map[string]string, depth verify.Depth) *verify.Report {
	t.Helper()
	r, err := verify.Run(context.Background(), verify.Options{Root: project(t, files), Depth: depth})
	if err != nil {
		t.Fatal(err)
	}
	schematest.Valid(t, "validation-report", r.JSON())
	if text := []byte(files[scenario.FileName]); len(text) > 0 {
		_, wrong := scenario.Parse(text)
		if err := schematest.Check("scenario", text); err != nil && wrong == nil {
			t.Errorf("the schema refuses a scenario that is played: %v", err)
		}
	}
	for _, s := range r.Stages {
		if s.Passed != (s.Status == verify.Passed) {
			t.Errorf("stage %s: passed is %v with status %s", s.Name, s.Passed, s.Status)
		}
		if s.Status == verify.Skipped && strings.Contains(s.Enable, "Node.js") {
			t.Skip(s.Message)
		}
	}
	return r
}

func files(body, scenario string) map[string]string {
	f := map[string]string{results.DurableObject: object(body), results.Wrangler: config, results.Summary: "# Obj\n"}
	if scenario != "" {
		f["scenario.json"] = scenario
	}
	return f
}

func stage(t *testing.T, r *verify.Report, name string) *verify.Stage {
	t.Helper()
	s := r.Stage(name)
	if s == nil {
		t.Fatalf("no stage %s in\n%s", name, r.Text())
	}
	return s
}

// expectStage checks a stage's status and that its message or details have the text.
func expectStage(t *testing.T, r *verify.Report, name string, status verify.Status, want string) {
	t.Helper()
	s := stage(t, r, name)
	if all := s.Message + "\n" + strings.Join(s.Details, "\n"); s.Status != status || !strings.Contains(all, want) {
		t.Errorf("stage %s is %s: %s\nwant %s with …%s…", name, s.Status, all, status, want)
	}
}

const goodCounter = `  async fetch(): Promise<Response> {
    const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return Response.json({ n });
  }`

func hit(n int) string {
	return fmt.Sprintf(`{"http": {"path": "/", "expect": {"status": 200, "json": {"n": %d}}}}`, n)
}

func TestCorrectObjectPasses(t *testing.T) {
	r := run(t, files(goodCounter, steps(hit(1), hit(2), `{"evict": {}}`, hit(3), `{"burst": {"count": 20, "http": {"path": "/"}}}`, hit(24))), verify.Runtime)
	if !r.OverallPassed {
		t.Fatalf("not passed:\n%s", r.Text())
	}
	if len(r.Worlds) != 5 || r.Results.StepsPlayed != 30 || r.Results.Evictions < 6 {
		t.Errorf("worlds %+v, results %+v", r.Worlds, r.Results)
	}
	for _, w := range r.Worlds {
		if !w.Untouched {
			t.Errorf("world %s wraps the bundle though no clock is moved", w.Name)
		}
	}
}

func TestReportFileIsTheReport(t *testing.T) {
	root := project(t, files(goodCounter, ""))
	r, err := verify.Run(context.Background(), verify.Options{Root: root, Depth: verify.Static})
	if err != nil {
		t.Fatal(err)
	}
	data, err := root.ReadFile("results/validation_report.json", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != string(r.JSON()) {
		t.Error("the file differs from the report")
	}
	var seed struct {
		Version string
		RunDate string `json:"run_date"`
		Stages  []struct {
			Name    string
			Passed  *bool
			Message string
		}
		Results struct {
			Guarded *int `json:"gotchas_guarded"`
		}
		Overall *bool `json:"overall_passed"`
	}
	if err := json.Unmarshal(data, &seed); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339, seed.RunDate); err != nil || seed.Version == "" || seed.Overall == nil || seed.Results.Guarded == nil {
		t.Errorf("the runbook's keys: %+v, %v", seed, err)
	}
	for i, want := range []string{"implement", "configure", "self_review"} {
		if seed.Stages[i].Name != want || seed.Stages[i].Passed == nil || seed.Stages[i].Message == "" {
			t.Errorf("stage %d is %+v, want %s", i, seed.Stages[i], want)
		}
	}
	want := fmt.Sprintf("PASS: ./results/validation_report.json (%d bytes)", len(data))
	if !strings.Contains(strings.Join(r.Script, "\n"), want) {
		t.Errorf("the script does not say %q:\n%s", want, strings.Join(r.Script, "\n"))
	}
}

// Each of these objects type-checks; running it shows what is wrong.
func TestWorldsCatchWhatThePlatformDoes(t *testing.T) {
	const socket = `  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    ACCEPT
    return new Response(null, { status: 101, webSocket: client });
  }
`
	open, send, get := `{"open": {"socket": "a", "path": "/"}}`, `{"send": {"socket": "a", "text": "hi"}}`, `{"receive": {"socket": "a"}}`
	for name, c := range map[string]struct{ body, scenario, want string }{
		"memory": {`  n = 0;
  override fetch(): Response { return Response.json({ n: ++this.n }); }`,
			steps(`{"http": {"path": "/"}}`, `{"http": {"path": "/"}}`), `evicted; crashed: step 2 (GET /) answered 200 {"n":1}, without evictions 200 {"n":2}`},
		"socket memory": {strings.Replace(socket, "ACCEPT", "this.ctx.acceptWebSocket(server);", 1) + `  n = 0;
  override webSocketMessage(ws: WebSocket): void { ws.send(String(++this.n)); }`,
			steps(open, send, get, send, get), "evicted; crashed: step 5 (receive on a) answered 1, without evictions 2"},
		"plain accept": {strings.Replace(socket, "ACCEPT", `server.accept(); server.addEventListener("message", () => server.send("x"));`, 1),
			steps(open, send, get), "cannot be evicted: something pins it in memory"},
		"timer": {`  override fetch(): Response { setTimeout(() => { this.ctx.storage.kv.put("done", true); }, 60_000); return new Response("ok"); }`,
			steps(`{"http": {"path": "/"}}`), "cannot be evicted: something pins it in memory"},
		"lost updates": {`  override async fetch(request: Request): Promise<Response> {
    const n = (await this.ctx.storage.get<number>("n")) ?? 0;
    if (request.method === "POST") { await scheduler.wait(5); await this.ctx.storage.put("n", n + 1); }
    return Response.json({ n });
  }`, steps(`{"burst": {"count": 10, "http": {"method": "POST", "path": "/"}}}`, `{"http": {"path": "/", "expect": {"json": {"n": 10}}}}`), `expected {"n": 10}, got {"n":1}`},
		"close code": {strings.Replace(socket, "ACCEPT", "this.ctx.acceptWebSocket(server);", 1) + `  override webSocketMessage(): void {}
  override webSocketClose(ws: WebSocket, code: number, reason: string): void { ws.close(code, reason); }`,
			steps(open, `{"close": {"socket": "a"}}`), "Invalid WebSocket close code: 1005"},
		"no purge": {`  override async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") { await this.ctx.storage.put("n", 1); await this.ctx.storage.setAlarm(Date.now() + 1_800_000); }
    return Response.json({ n: (await this.ctx.storage.get<number>("n")) ?? 0 });
  }
  override async alarm(): Promise<void> { await this.ctx.storage.delete("m"); }`,
			steps(`{"http": {"method": "POST", "path": "/"}}`, `{"advance": {"ms": 1860000}}`, `{"http": {"path": "/", "expect": {"json": {"n": 0}}}}`), `clock; clock, evicted: step 3 (GET /): expected {"n": 0}, got {"n":1}`},
		"throws": {`  override fetch(): Response { throw new Error("oops"); }`, steps(`{"http": {"path": "/"}}`), "exception in the log: Error: oops at Obj.fetch (durable_object.ts:3:"},
		"undrained": {`  override fetch(): Response {
    const sql = this.ctx.storage.sql;
    sql.exec("CREATE TABLE IF NOT EXISTS t (a INTEGER)");
    sql.exec("INSERT INTO t VALUES (1), (2) RETURNING a");
    return new Response("ok");
  }`, steps(`{"http": {"path": "/", "expect": {"status": 200}}}`), "expected status 200"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, files(c.body, c.scenario), verify.Runtime)
			if s := stage(t, r, "types"); s.Status != verify.Passed {
				t.Fatalf("the sample does not type-check: %v", s.Details)
			}
			expectStage(t, r, "worlds", verify.Failed, c.want)
			if r.OverallPassed {
				t.Error("overall passed")
			}
		})
	}
}

func TestChanceIsNamedNotReported(t *testing.T) {
	r := run(t, files(`  override fetch(): Response { return Response.json({ id: crypto.randomUUID() }); }`, steps(`{"http": {"path": "/"}}`)), verify.Runtime)
	expectStage(t, r, "worlds", verify.Passed, "hold in 3 worlds")
	if !strings.Contains(strings.Join(r.Notes, "\n"), "step 1 (GET /)") {
		t.Errorf("notes %v", r.Notes)
	}
}

func TestBootFailures(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"throws at load": {object(goodCounter) + "\nthrow new Error(\"boom\");\n", "the module throws when it is loaded: Error: boom"},
		"loops at load":  {object(goodCounter) + "\nwhile (true) {}\n", "endless loop at the top level"},
		"constructor":    {object("  constructor(ctx: DurableObjectState, env: Env) { super(ctx, env); throw new Error(\"no schema\"); }\n" + goodCounter), "no schema"},
		"not exported":   {strings.Replace(object(goodCounter), "export class", "class", 1), "does not export it"},
	} {
		t.Run(name, func(t *testing.T) {
			f := files("", steps(hit(1)))
			f[results.DurableObject] = c.source
			r := run(t, f, verify.Runtime)
			expectStage(t, r, "boot", verify.Failed, c.want)
			expectStage(t, r, "worlds", verify.Skipped, "the object does not start")
		})
	}
}

func TestRunawayObjects(t *testing.T) {
	r := run(t, files(`  override async fetch(): Promise<Response> {
    const all: Uint8Array[] = [];
    for (;;) { all.push(new Uint8Array(8 << 20).fill(1)); await scheduler.wait(1); }
  }`, steps(hit(1))), verify.Runtime)
	if r.OverallPassed || !strings.Contains(r.Text(), "MiB of memory") {
		t.Errorf("got\n%s", r.Text())
	}
}

func TestTypeErrorsHaveLines(t *testing.T) {
	r := run(t, files(strings.Replace(goodCounter, "?? 0) + 1", `?? "0") + 1`, 1), ""), verify.Types)
	expectStage(t, r, "types", verify.Failed, "durable_object.ts:4:15: TS2365")
	if r.Stage("boot") != nil {
		t.Error("depth types ran the boot stage")
	}
}

func TestSkippedIsNeverPassed(t *testing.T) {
	t.Run("no traffic", func(t *testing.T) {
		f := files("  override alarm(): void {}", "")
		f[results.DurableObject] = strings.Replace(f[results.DurableObject], `env.OBJ.getByName("a").fetch(request)`, `Promise.resolve(new Response("nothing here", { status: 404 }))`, 1)
		r := run(t, f, verify.Runtime)
		expectStage(t, r, "worlds", verify.Skipped, "reach no Durable Object")
		if r.OverallPassed || stage(t, r, "worlds").Enable == "" {
			t.Errorf("overall %v, enable %q", r.OverallPassed, stage(t, r, "worlds").Enable)
		}
	})
	t.Run("no tools", func(t *testing.T) {
		r, err := verify.Run(context.Background(), verify.Options{
			Root: project(t, files(goodCounter, steps(hit(1)))), Toolchain: toolchain.Options{CacheDir: t.TempDir(), NoInstall: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"types", "bundle", "boot", "worlds"} {
			expectStage(t, r, name, verify.Skipped, "not installed")
		}
		if r.OverallPassed || !strings.Contains(r.Verdict(), "nothing is proven") {
			t.Errorf("overall %v: %s", r.OverallPassed, r.Verdict())
		}
	})
}

func TestStaticFailures(t *testing.T) {
	t.Run("nothing there", func(t *testing.T) {
		r := run(t, map[string]string{"keep": ""}, verify.Static)
		expectStage(t, r, "implement", verify.Failed, "durable_object.ts is missing")
		expectStage(t, r, "configure", verify.Failed, "wrangler.jsonc is missing")
		expectStage(t, r, "script", verify.Failed, "FAIL: ./results/durable_object.ts is missing or empty")
	})
	t.Run("no class", func(t *testing.T) {
		f := files("", "")
		f[results.DurableObject] = "export const a = 1;\n"
		expectStage(t, run(t, f, verify.Static), "self_review", verify.Failed, "no Durable Object class was found")
	})
	t.Run("does not parse", func(t *testing.T) {
		f := files(goodCounter, "")
		f[results.DurableObject] += "\nconst = ;;; }{\n"
		expectStage(t, run(t, f, verify.Static), "self_review", verify.Failed, "durable_object.ts:15 cannot be read")
	})
	t.Run("config is not JSONC", func(t *testing.T) {
		f := files(goodCounter, "")
		f[results.Wrangler] = "{ \"name\": \n"
		expectStage(t, run(t, f, verify.Static), "configure", verify.Failed, "wrangler.jsonc:")
	})
	// As a deploy takes them: what wrangler refuses fails, what it warns of does not.
	t.Run("config of a wrong shape", func(t *testing.T) {
		f := files(goodCounter, "")
		f[results.Wrangler] = strings.Replace(f[results.Wrangler], "{", "{\n  \"placement\": { \"mode\": \"clever\" },\n  \"mainn\": \"a.ts\",", 1)
		r := run(t, f, verify.Static)
		expectStage(t, r, "configure", verify.Failed, "wrangler.jsonc has findings of severity error")
		want := []string{
			`wrangler.jsonc:2: error cfg-schema: placement.mode must be "off", "smart" or "targeted", not "clever".`,
			`wrangler.jsonc:3: warning cfg-schema: "mainn" is no key of the top level that wrangler 4.164.0 knows; "main" may be meant.`,
		}
		if details := r.Stage("configure").Details; !slices.Equal(details, want) {
			t.Errorf("%q", details)
		}
	})
	t.Run("config with a key that nobody knows", func(t *testing.T) {
		f := files(goodCounter, "")
		f[results.Wrangler] = strings.Replace(f[results.Wrangler], "{", "{\n  \"mainn\": \"a.ts\",", 1)
		r := run(t, f, verify.Static)
		expectStage(t, r, "configure", verify.Passed, "binds and creates the class")
		if details := r.Stage("configure").Details; len(details) != 1 || !strings.Contains(details[0], "wrangler.jsonc:2: warning cfg-schema") {
			t.Errorf("%q", details)
		}
	})
	t.Run("config with an accepted fault", func(t *testing.T) {
		f := files(goodCounter, "")
		f[results.Wrangler] = strings.Replace(f[results.Wrangler], "{", "{\n  \"placement\": { \"mode\": \"clever\" }, // do-review-ignore cfg-schema: wrangler 5 has it", 1)
		expectStage(t, run(t, f, verify.Static), "configure", verify.Passed, "binds and creates the class")
	})
	t.Run("bad scenario", func(t *testing.T) {
		expectStage(t, run(t, files(goodCounter, `{"version": 1, "steps": [{"htpp": {}}]}`), verify.Runtime), "worlds", verify.Failed, `unknown field "htpp"`)
	})
}

func TestEachDepthCanPass(t *testing.T) {
	for _, depth := range []verify.Depth{verify.Static, verify.Types, verify.Runtime} {
		if r := run(t, files(goodCounter, steps(hit(1))), depth); !r.OverallPassed {
			t.Errorf("depth %s:\n%s", depth, r.Text())
		}
	}
}

func TestSelfReviewKeepsTheAuthorsWords(t *testing.T) {
	f := files(goodCounter, "")
	f[results.SelfReview] = "# Mine\n\nI thought about it.\n"
	root := project(t, f)
	for range 2 {
		if _, err := verify.Run(context.Background(), verify.Options{Root: root, Depth: verify.Static}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := root.ReadFile("results/self_review.md", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if !strings.HasPrefix(text, "# Mine\n\nI thought about it.\n") || strings.Count(text, "generated:self-review begin") != 1 || !strings.Contains(text, "race-external-await") {
		t.Errorf("self_review.md:\n%s", text)
	}
}

func TestCancelledRunEndsSoon(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	root := project(t, files(`  override async fetch(): Promise<Response> { await scheduler.wait(60_000); return new Response(); }`, steps(`{"http": {"path": "/"}}`)))
	done := make(chan error, 1)
	go func() {
		_, err := verify.Run(ctx, verify.Options{Root: root})
		done <- err
	}()
	time.Sleep(700 * time.Millisecond)
	cancel()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "cancelled") {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("a cancelled run is still going after five seconds")
	}
}

func TestMissingDirectoryIsSaidAtOnce(t *testing.T) {
	root, err := results.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, err = verify.Run(context.Background(), verify.Options{Root: root, Dir: "nope"})
	if err == nil || !strings.Contains(err.Error(), "nope does not exist") {
		t.Errorf("got %v", err)
	}
}
