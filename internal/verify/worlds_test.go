package verify_test

import (
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/internal/verify"
)

// pair is an object that one world catches, and its good twin.
type pair struct {
	bad, good string
	scenario  string
	worlds    []string // that show something new
	want      string   // in the details
	cause     string   // gotcha; "" is none that the reviewer finds
}

// stored is an object that answers with what it counts; COUNT does it.
const counting = `  override async fetch(request: Request): Promise<Response> {
    if (request.method === "POST") { COUNT }
    return Response.json({ n: READ });
  }`

func counter(count, read string) string {
	return strings.NewReplacer("COUNT", count, "READ", read).Replace(counting)
}

const post, get = `{"http": {"method": "POST", "path": "/"}}`, `{"http": {"path": "/"}}`

// kept counts in storage, in one step.
var kept = counter(`this.ctx.storage.kv.put("n", (this.ctx.storage.kv.get<number>("n") ?? 0) + 1);`, `this.ctx.storage.kv.get<number>("n") ?? 0`)

var pairs = map[string]pair{
	"memory is dropped": {
		bad: "  #n = 0;\n" + counter("this.#n++;", "this.#n"), good: kept,
		scenario: steps(post, get), worlds: []string{"evicted"},
		want: `evicted; crashed: step 2 (GET /) answered 200 {"n":0}, without evictions 200 {"n":1} (differs at $.n)`, cause: "hibernation-memory-state",
	},
	"only a crash ends the isolate": {
		bad:  strings.Replace(counter("seen.n++;", "seen.n"), "  override", "  static readonly seen = { n: 0 };\n  override", 1),
		good: kept, scenario: steps(post, get), worlds: []string{"crashed"},
		want: `crashed: step 2 (GET /) answered 200 {"n":0}, without crashes 200 {"n":1}`,
	},
	"updates are lost": {
		bad: counter(`const n = (await this.ctx.storage.get<number>("n")) ?? 0; await scheduler.wait(20); await this.ctx.storage.put("n", n + 1);`,
			`(await this.ctx.storage.get<number>("n")) ?? 0`),
		good: kept, scenario: steps(`{"burst": {"count": 8, "http": {"method": "POST", "path": "/"}}}`, get), worlds: []string{"serial"},
		want: `serial: step 2 (GET /) answered 200 {"n":8}, sent at once 200 {"n":1}`, cause: "race-external-await",
	},
	"the alarm has forgotten": {
		bad: "  due: string[] = [];\n" + counter(`this.due.push("x"); await this.ctx.storage.setAlarm(Date.now() + 600_000);`, `this.ctx.storage.kv.get<number>("n") ?? 0`) + `
  override alarm(): void { this.ctx.storage.kv.put("n", this.due.length); }`,
		good: counter(`this.ctx.storage.kv.put("due", ["x"]); await this.ctx.storage.setAlarm(Date.now() + 600_000);`, `this.ctx.storage.kv.get<number>("n") ?? 0`) + `
  override alarm(): void { this.ctx.storage.kv.put("n", this.ctx.storage.kv.get<string[]>("due")?.length ?? 0); }`,
		scenario: steps(post, `{"advance": {"ms": 700000}}`, get), worlds: []string{"clock, evicted"},
		want: `clock, evicted: step 3 (GET /) answered 200 {"n":0}, without evictions 200 {"n":1}`, cause: "hibernation-memory-state",
	},
	"a secret is made anew": {
		bad:      "  #secret = crypto.randomUUID();\n  override fetch(): Response { return Response.json({ secret: this.#secret }); }",
		good:     `  override fetch(): Response { const secret = this.ctx.storage.kv.get<string>("s") ?? crypto.randomUUID(); this.ctx.storage.kv.put("s", secret); return Response.json({ secret }); }`,
		scenario: steps(get, get, get), worlds: []string{"evicted", "crashed"}, want: "(differs at $.secret)",
	},
	"beside values that differ by chance": {
		bad:      "  #n = 0;\n  override fetch(): Response { return Response.json({ at: Date.now(), roll: Math.random(), list: [{ id: crypto.randomUUID(), n: ++this.#n }] }); }",
		good:     `  override fetch(): Response { const n = (this.ctx.storage.kv.get<number>("n") ?? 0) + 1; this.ctx.storage.kv.put("n", n); return Response.json({ at: Date.now(), roll: Math.random(), list: [{ id: crypto.randomUUID(), n }] }); }`,
		scenario: steps(get, get), worlds: []string{"evicted", "crashed"}, want: "(differs at $.list[0].n)", cause: "hibernation-memory-state",
	},
	"calls with captured values": {
		bad: `  #tasks = new Map<string, string>();
  add(text: string): { task: { id: string } } { const id = crypto.randomUUID(); this.#tasks.set(id, text); return { task: { id } }; }
  read(id: string): string { const text = this.#tasks.get(id); if (text === undefined) throw new Error("no task " + id); return text; }`,
		good: `  add(text: string): { task: { id: string } } { const id = crypto.randomUUID(); this.ctx.storage.kv.put(id, text); return { task: { id } }; }
  read(id: string): string { const text = this.ctx.storage.kv.get<string>(id); if (text === undefined) throw new Error("no task " + id); return text; }`,
		scenario: steps(`{"rpc": {"class": "Obj", "method": "add", "args": ["tea"]}, "capture": {"id": "$.task.id"}}`,
			`{"rpc": {"class": "Obj", "method": "read", "args": ["${id}"], "expect": {"json": "tea"}}}`,
			`{"rpc": {"class": "Obj", "method": "read", "args": ["none"], "expect": {"throws": "no task none"}}}`),
		worlds: []string{"evicted", "crashed"}, want: "evicted: step 2 (Obj(a).read(\"${id}\")): expected a value, it threw Error: no task", cause: "hibernation-memory-state",
	},
	"a table that only a write creates": {
		bad: `  add(text: string): void { this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS lines (text TEXT)"); this.ctx.storage.sql.exec("INSERT INTO lines VALUES (?)", text); }
  all(): string[] { return this.ctx.storage.sql.exec<{ text: string }>("SELECT text FROM lines").toArray().map((row) => row.text); }`,
		good: `  constructor(ctx: DurableObjectState, env: Env) { super(ctx, env); ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS lines (text TEXT)"); }
  add(text: string): void { this.ctx.storage.sql.exec("INSERT INTO lines VALUES (?)", text); }
  all(): string[] { return this.ctx.storage.sql.exec<{ text: string }>("SELECT text FROM lines").toArray().map((row) => row.text); }`,
		scenario: steps(`{"rpc": {"class": "Obj", "method": "all", "expect": {"json": []}}}`, `{"rpc": {"class": "Obj", "method": "add", "args": ["tea"]}}`,
			`{"rpc": {"class": "Obj", "method": "all", "expect": {"json": ["tea"]}}}`),
		worlds: []string{"base"}, want: "no such table: lines", cause: "sql-schema-per-call",
	},
	"a purge leaves something": {
		bad: `  override async fetch(request: Request): Promise<Response> {
    if (request.method === "DELETE") await this.ctx.storage.delete("a");
    else await this.ctx.storage.put({ a: 1, b: 2 });
    return new Response("ok");
  }`,
		good: `  override async fetch(request: Request): Promise<Response> {
    if (request.method === "DELETE") await this.ctx.storage.deleteAll();
    else await this.ctx.storage.put({ a: 1, b: 2 });
    return new Response("ok");
  }`,
		scenario: steps(post, `{"http": {"method": "DELETE", "path": "/"}, "purged": true}`), worlds: []string{"base"},
		want: "every world: step 2 (DELETE /): expected nothing to be stored after the purge, but 1 value(s) are",
	},
	"an alarm is left after a purge": {
		bad: counter(`await this.ctx.storage.put("n", 1); await this.ctx.storage.setAlarm(Date.now() + 1000);`, `(await this.ctx.storage.get<number>("n")) ?? 0`) + `
  override async alarm(): Promise<void> { await this.ctx.storage.deleteAll(); await this.ctx.storage.setAlarm(Date.now() + 600_000); }`,
		good: counter(`await this.ctx.storage.put("n", 1); await this.ctx.storage.setAlarm(Date.now() + 1000);`, `(await this.ctx.storage.get<number>("n")) ?? 0`) + `
  override async alarm(): Promise<void> { await this.ctx.storage.deleteAll(); }`,
		scenario: steps(post, `{"advance": {"ms": 2000}, "purged": true}`), worlds: []string{"clock"}, want: "but 1 value(s) are, as Obj",
	},
	"it holds on to its memory": {
		bad: `  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept(); server.addEventListener("message", () => server.send("x"));
    return new Response(null, { status: 101, webSocket: client });
  }`,
		good: `  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  override webSocketMessage(ws: WebSocket): void { ws.send("x"); }`,
		scenario: steps(`{"open": {"socket": "a", "path": "/"}}`, `{"send": {"socket": "a", "text": "hi"}}`, `{"receive": {"socket": "a"}}`, `{"send": {"socket": "a", "text": "hi"}}`, `{"receive": {"socket": "a"}}`),
		worlds:   []string{"evicted"}, want: "an object of class Obj cannot be evicted", cause: "ws-standard-accept",
	},
}

func TestEachWorldCatchesItsOwn(t *testing.T) {
	for name, p := range pairs {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(p.bad, "seen.n") {
				p.bad = strings.ReplaceAll(p.bad, "seen.n", "Obj.seen.n")
			}
			good := run(t, files(p.good, p.scenario), verify.Runtime)
			expectStage(t, good, "worlds", verify.Passed, "hold in")
			bad := run(t, files(p.bad, p.scenario), verify.Runtime)
			if s := stage(t, bad, "types"); s.Status != verify.Passed {
				t.Fatalf("the sample does not type-check: %v", s.Details)
			}
			expectStage(t, bad, "worlds", verify.Failed, p.want)
			var worlds []string
			for _, d := range bad.Differences {
				if !slices.Contains(worlds, d.World) {
					worlds = append(worlds, d.World)
				}
				if got := d.Cause; p.cause != "" && (got == nil || got.Gotcha != p.cause || got.Line == 0) {
					t.Errorf("%s: %s: the cause is %+v, want %s", d.World, d.What, got, p.cause)
				}
			}
			if !slices.Equal(worlds, p.worlds) {
				t.Errorf("caught in %q, want %q: %v", worlds, p.worlds, stage(t, bad, "worlds").Details)
			}
		})
	}
}

// A crash loses sockets, what stands in them, and messages on their way. An
// object that says so is not at fault.
func TestACrashMayTakeSockets(t *testing.T) {
	const room = `  override fetch(request: Request): Response {
    if (request.headers.get("Upgrade") !== "websocket") return Response.json({ online: this.ctx.getWebSockets().length, said: this.ctx.storage.kv.get("said") ?? 0 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ name: "" });
    server.send(JSON.stringify({ welcome: this.ctx.getWebSockets().length }));
    return new Response(null, { status: 101, webSocket: client });
  }
  override webSocketMessage(ws: WebSocket, message: string): void {
    const { name } = ws.deserializeAttachment() as { name: string };
    if (message.startsWith("I am ")) return ws.serializeAttachment({ name: message.slice(5) });
    this.ctx.storage.kv.put("said", (this.ctx.storage.kv.get<number>("said") ?? 0) + 1);
    for (const other of this.ctx.getWebSockets()) other.send(JSON.stringify({ from: name, message }));
  }
  override webSocketClose(ws: WebSocket): void { ws.close(1000); }`
	receive := func(socket, want string) string {
		return `{"receive": {"socket": "` + socket + `", "json": ` + want + `}}`
	}
	r := run(t, files(room, steps(
		`{"open": {"socket": "ann", "path": "/"}}`, receive("ann", `{"welcome": 1}`), `{"send": {"socket": "ann", "text": "I am Ann"}}`, get,
		`{"open": {"socket": "bob", "path": "/"}}`, receive("bob", `{"welcome": 2}`),
		`{"send": {"socket": "ann", "text": "hi"}}`, receive("bob", `{"from": "Ann", "message": "hi"}`), receive("ann", `{"from": "Ann"}`),
		`{"http": {"path": "/", "expect": {"json": {"online": 2, "said": 1}}}}`, `{"close": {"socket": "bob", "code": 1000}}`, get)), verify.Runtime)
	expectStage(t, r, "worlds", verify.Passed, "crashes changed nothing")
	i := slices.IndexFunc(r.Worlds, func(w verify.World) bool { return w.Name == "crashed" })
	if i < 0 || r.Worlds[i].Crashes < 4 {
		t.Errorf("worlds %+v", r.Worlds)
	}
}

// The report's time line has each step in each world.
func TestTimeline(t *testing.T) {
	r := run(t, files(kept, steps(post, get, `{"advance": {"ms": 1000}}`, get)), verify.Runtime)
	var names []string
	for _, w := range r.Worlds {
		names = append(names, w.Name)
		if len(w.Timeline) != w.Steps || w.Steps == 0 || w.Untouched == (w.Wrapped != "") || w.DurationMS == 0 {
			t.Errorf("%+v", w)
		}
		if last := w.Timeline[1]; last.Step != 2 || last.Title != "GET /" || last.Answer != `200 {"n":1}` || last.StartMS > w.DurationMS {
			t.Errorf("%s: %+v", w.Name, last)
		}
	}
	if want := []string{"base", "base again", "evicted", "crashed", "clock", "clock, evicted"}; !slices.Equal(names, want) {
		t.Errorf("worlds %q, want %q", names, want)
	}
	if evicted := r.Worlds[2]; evicted.Timeline[0].Between != "evicted" || r.Worlds[3].Timeline[0].Between != "crashed" {
		t.Errorf("between the steps: %+v", r.Worlds)
	}
}

// The report says what a scenario never runs.
func TestTrafficOfAScenario(t *testing.T) {
	const body = `  override async fetch(): Promise<Response> { await this.ctx.storage.setAlarm(Date.now() + 60_000); return new Response("ok"); }
  ring(): void { this.ctx.storage.kv.put("rung", true); }
  override alarm(): void { this.ring(); }`
	r := run(t, files(body, steps(get, get)), verify.Runtime)
	if got := r.Traffic; got.From != "scenario" || !slices.Equal(got.Missed, []string{"Obj.alarm", "Obj.ring"}) || !slices.Equal(got.Reached, []string{"Obj.fetch", "the Worker's fetch"}) {
		t.Errorf("traffic %+v", got)
	}
	if want := "The scenario never runs Obj.alarm, Obj.ring, so nothing is shown about it."; !slices.Contains(r.Notes, want) {
		t.Errorf("notes %q", r.Notes)
	}
	r = run(t, files(body, steps(get, `{"rpc": {"class": "Obj", "method": "ring"}}`, `{"advance": {"ms": 60000}}`)), verify.Runtime)
	if len(r.Traffic.Missed) > 0 || len(r.Traffic.Reached) != 4 {
		t.Errorf("traffic %+v", r.Traffic)
	}
}

// Values that are random are named, and the rest of the answer is compared.
func TestChanceIsFollowed(t *testing.T) {
	r := run(t, files(`  override fetch(): Response {
    const id = this.ctx.storage.kv.get<string>("id") ?? crypto.randomUUID();
    this.ctx.storage.kv.put("id", id);
    this.ctx.storage.kv.put("seen " + id, Date.now());
    return Response.json({ id, short: Math.floor(Math.random() * 90) });
  }`, steps(get, get, get)), verify.Runtime)
	expectStage(t, r, "worlds", verify.Passed, "hold in 4 worlds")
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"Made anew in each run, so it was compared by where it comes again: step 1 (GET /) at $.id", "it was not compared: step 2 (GET /) at $.short"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note says %q:\n%s", want, notes)
		}
	}
}

// Which of several objects does the work may be left to chance.
func TestChanceMayPickTheObject(t *testing.T) {
	r := run(t, map[string]string{
		"durable_object.ts": `import { DurableObject } from "cloudflare:workers";
export class Obj extends DurableObject<Env> {
  add(): void {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT");
    this.ctx.storage.sql.exec("INSERT INTO counts (name, n) VALUES ('all', 1) ON CONFLICT (name) DO UPDATE SET n = n + 1");
  }
}
export default {
  async fetch(request, env): Promise<Response> {
    await env.OBJ.getByName(String(Math.floor(Math.random() * 16))).add();
    return new Response("ok");
  },
} satisfies ExportedHandler<Env>;
`,
		"wrangler.jsonc": files("", "")["wrangler.jsonc"], "scenario.json": steps(`{"burst": {"count": 40, "http": {"path": "/"}}}`, get),
	}, verify.Runtime)
	expectStage(t, r, "worlds", verify.Passed, "hold in 5 worlds")
}

// A race leaves other numbers behind each time, which is not the chance that is meant.
func TestARaceIsNotChance(t *testing.T) {
	burst := `{"burst": {"count": 12, "http": {"method": "POST", "path": "/"}}}`
	racy := counter(`const n = (await this.ctx.storage.get<number>("n")) ?? 0; await scheduler.wait(Math.random() * 3); await this.ctx.storage.put("n", n + 1);`,
		`(await this.ctx.storage.get<number>("n")) ?? 0`)
	bad := run(t, files(racy, steps(burst, get)), verify.Runtime)
	expectStage(t, bad, "worlds", verify.Failed, `serial: step 2 (GET /)`)
	if d := bad.Differences; len(d) == 0 || d[0].Cause == nil || d[0].Cause.Gotcha != "race-external-await" {
		t.Errorf("differences %+v", d)
	}
	// A dice is thrown anew in each run, and one after another as well.
	meant := counter(`this.ctx.storage.kv.put("n", Math.floor(Math.random() * 1000));`, `this.ctx.storage.kv.get<number>("n") ?? 0`)
	expectStage(t, run(t, files(meant, steps(burst, get)), verify.Runtime), "worlds", verify.Passed, "hold in")
}

// Without a scenario the traffic is derived from the code.
func TestDerivedTraffic(t *testing.T) {
	good := run(t, files(kept, ""), verify.Runtime)
	expectStage(t, good, "worlds", verify.Passed, "hold in")
	if tr := good.Traffic; tr == nil || tr.From != "derived" || tr.Steps == 0 || !slices.Contains(tr.Reached, "Obj.fetch") {
		t.Errorf("traffic %+v", tr)
	}
	bad := run(t, files("  #n = 0;\n"+counter("this.#n++;", "this.#n"), ""), verify.Runtime)
	expectStage(t, bad, "worlds", verify.Failed, "without evictions")
	// What made-up input makes an object throw is a note.
	throws := run(t, files(`  override async fetch(request: Request): Promise<Response> {
    const { name } = (await request.json()) as { name: string };
    if (name.length > 0) throw new Error("no names here");
    return new Response("ok");
  }`, ""), verify.Runtime)
	if s := stage(t, throws, "worlds"); s.Status == verify.Failed {
		t.Errorf("%v", s.Details)
	}
}
