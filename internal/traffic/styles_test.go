package traffic

import (
	"slices"
	"strings"
	"testing"
)

// derived is the plan of one file, without a configuration.
func derived(t *testing.T, source string) *Plan {
	t.Helper()
	return FromFiles([]File{{"object.ts", []byte(source)}}, "", nil)
}

// sent lists what a plan sends, each once, in order; bursts and rounds of reads
// repeat it.
func sent(p *Plan) []string {
	var out []string
	for _, s := range p.Scenario.Steps {
		text := stepText(s)
		if s.Burst == nil && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func expectSent(t *testing.T, p *Plan, want string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(want), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	if got := sent(p); !slices.Equal(got, lines) {
		t.Errorf("sent:\n%s\nwant:\n%s\nnotes: %q", strings.Join(got, "\n"), strings.Join(lines, "\n"), p.Notes)
	}
}

const counterClass = `
import { DurableObject } from "cloudflare:workers";
interface Env { COUNTER: DurableObjectNamespace<Counter> }
`

func TestStylesOfRouting(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a chain of comparisons in the object", counterClass + `
export class Counter extends DurableObject<Env> {
  async fetch(request: Request) {
    const url = new URL(request.url);
    const n = (await this.ctx.storage.get<number>("n")) ?? 0;
    if (url.pathname === "/increment" && request.method === "POST") {
      const by = Number(url.searchParams.get("by") ?? "1");
      await this.ctx.storage.put("n", n + by);
      return new Response("ok");
    }
    if (url.pathname === "/value") return Response.json({ n });
    if (url.pathname === "/reset") { await this.ctx.storage.deleteAll(); return new Response(null, { status: 204 }); }
    return new Response("not found", { status: 404 });
  }
}
export default { fetch(request: Request, env: Env) {
  const id = env.COUNTER.idFromName("global");
  return env.COUNTER.get(id).fetch(request);
} };`, `
GET /value
POST /increment?by=1
GET /reset`},
		{"a Worker that lets nobody in without a signature", counterClass + `
export class Counter extends DurableObject<Env> {
  async fetch(request: Request) {
    const n = (await this.ctx.storage.get<number>("n")) ?? 0;
    if (request.method === "POST") await this.ctx.storage.put("n", n + 1);
    return Response.json({ n });
  }
}
export default { async fetch(request: Request, env: Env) {
  const signature = request.headers.get("x-signature");
  if (!signature || !(await crypto.subtle.verify("HMAC", await key(env), bytes(signature), bytes(request.url)))) return new Response("no", { status: 401 });
  return env.COUNTER.getByName("a").fetch(request);
} };`, `
Counter GET /
Counter POST /
POST / map[x-signature:alpha]
GET / map[x-signature:alpha]`},
		{"Hono in the Worker", counterClass + `
import { Hono } from "hono";
export class Counter extends DurableObject<Env> {
  async add(by: number) { const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + by; await this.ctx.storage.put("n", n); return n; }
  async value() { return (await this.ctx.storage.get<number>("n")) ?? 0; }
}
const app = new Hono<{ Bindings: Env }>();
app.get("/", (c) => c.text("hello"));
app.get("/counters/:name", async (c) => c.json(await c.env.COUNTER.getByName(c.req.param("name")).value()));
app.post("/counters/:name/add", async (c) => {
  const { by } = await c.req.json<{ by: number }>();
  if (!Number.isInteger(by)) return c.json({ error: "by" }, 400);
  return c.json(await c.env.COUNTER.getByName(c.req.param("name")).add(by));
});
export default app;`, `
GET /
GET /counters/a
Counter.value()
POST /counters/a/add {"by":1}`},
		{"regular expressions", counterClass + `
export class Counter extends DurableObject<Env> {
  async fetch(request: Request) { this.n = 1; return new Response(new URL(request.url).pathname); }
}
const ROOM = /^\/rooms\/([a-z]{4})\/(join|leave)$/;
export default { async fetch(request: Request, env: Env) {
  const { pathname } = new URL(request.url);
  const match = ROOM.exec(pathname);
  if (!match) return new Response("no", { status: 404 });
  const [, room] = match;
  return env.COUNTER.getByName(room).fetch(request);
} };`, `
GET /rooms/aaaa/join`},
		{"startsWith and the rest of the path", counterClass + `
export class Counter extends DurableObject<Env> {
  async fetch(request: Request) {
    const path = new URL(request.url).pathname;
    switch (path) {
      case "/inc": this.count++; return new Response("ok");
      case "/get": return new Response(String(this.count));
      default: return new Response("?", { status: 404 });
    }
  }
}
export default { async fetch(request: Request, env: Env) {
  const url = new URL(request.url);
  if (url.pathname.startsWith("/api/counters/")) {
    const name = url.pathname.slice("/api/counters/".length).split("/")[0];
    const stub = env.COUNTER.get(env.COUNTER.idFromName(name));
    return stub.fetch("https://do/inc", { method: "POST" });
  }
  if (url.pathname.startsWith("/peek/")) return env.COUNTER.getByName(url.pathname.split("/")[2]).fetch(new Request("https://do/get"));
  return new Response("not found", { status: 404 });
} };`, `
GET /peek/a
GET /api/counters/a`},
		{"itty-router and URLPattern", counterClass + `
import { Router } from "itty-router";
export class Counter extends DurableObject<Env> {
  #item = new URLPattern({ pathname: "/items/:id" });
  async fetch(request: Request) {
    const found = this.#item.exec(request.url);
    if (!found) return new Response("no", { status: 404 });
    const { id } = found.pathname.groups;
    if (request.method === "PUT") { await this.ctx.storage.put(id, await request.text()); return new Response("stored"); }
    if (request.method === "DELETE") { await this.ctx.storage.delete(id); return new Response("gone"); }
    if (request.method !== "GET") return new Response("no", { status: 405 });
    return new Response(await this.ctx.storage.get(id));
  }
}
const router = Router();
router.all("/items/:id", (request, env) => env.COUNTER.getByName("all").fetch(request));
router.all("*", () => new Response("no", { status: 404 }));
export default { fetch: (request: Request, env: Env) => router.handle(request, env) };`, `
GET /items/alpha
PUT /items/alpha alpha
PUT /items/beta beta
DELETE /items/alpha`},
		{"bodies that are checked", counterClass + `
type Kind = "a" | "b";
interface Body { kind: Kind; items: { sku: string; count?: number }[]; note: string | null; when?: Date }
export class Counter extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") return new Response("?", { status: 405 });
    const url = new URL(request.url);
    if (url.pathname === "/typed") {
      const body: Body = await request.json();
      this.list.push(body);
      return new Response("ok");
    }
    if (url.pathname === "/checked") {
      let body: any;
      try { body = await request.json(); } catch { return new Response("bad", { status: 400 }); }
      if (typeof body.name !== "string" || body.name.length < 8) return new Response("name", { status: 400 });
      if (typeof body.age !== "number" || body.age < 18 || body.age > 99) return new Response("age", { status: 422 });
      if (!Array.isArray(body.tags)) return new Response("tags", { status: 400 });
      if (!/^[A-Z]{3}$/.test(body.code)) return new Response("code", { status: 400 });
      if (!["red", "green"].includes(body.color)) return new Response("color", { status: 400 });
      this.list.push(body);
      return new Response("ok");
    }
    return new Response("?", { status: 404 });
  }
}
export default { fetch: (request: Request, env: Env) => env.COUNTER.getByName("one").fetch(request) };`, `
POST /typed {"items":[{"count":2,"sku":"alpha"}],"kind":"a","note":"it's me"}
POST /checked {"age":18,"code":"AAA","color":"red","name":"00000000-0000-4000-8000-000000000001","tags":["alpha","beta","gamma"]}
POST /checked {"age":18,"code":"AAA","color":"green","name":"00000000-0000-4000-8000-000000000001","tags":["alpha","beta","gamma"]}
POST /typed {"items":[{"count":2,"sku":"beta"}],"kind":"a","note":"it's me"}
POST /checked {"age":18,"code":"AAA","color":"red","name":"00000000-0000-4000-8000-000000000001","tags":["beta","alpha","gamma"]}
POST /checked {"age":18,"code":"AAA","color":"green","name":"00000000-0000-4000-8000-000000000001","tags":["beta","alpha","gamma"]}`},
		{"bodies with a schema", counterClass + `
import { z } from "zod";
const Line = z.object({ sku: z.string().regex(/^[A-Z]{2}-\d+$/), count: z.number().int().min(5).max(9) });
const Order = z.object({ kind: z.enum(["now", "later"]), lines: z.array(Line).min(1), email: z.string().email(), note: z.string().min(8).optional() });
export class Counter extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") return new Response("?", { status: 405 });
    const parsed = Order.safeParse(await request.json());
    if (!parsed.success) return Response.json(parsed.error, { status: 400 });
    await this.ctx.storage.put("order", parsed.data);
    return new Response("ok");
  }
}
export default { fetch: (request: Request, env: Env) => env.COUNTER.getByName("one").fetch(request) };`, `
POST / {"email":"alpha@example.com","kind":"now","lines":[{"count":5,"sku":"AA-1"}],"note":"it's mea"}
POST / {"email":"beta@example.com","kind":"now","lines":[{"count":5,"sku":"AA-1"}],"note":"it's mea"}`},
		{"an action in the query, and rooms by a pattern", counterClass + `
export class Counter implements DurableObject {
  constructor(private state: DurableObjectState) {}
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    switch (searchParams.get("action")) {
      case "up": await this.state.storage.put("n", 1); return new Response("up");
      case "show": return new Response(String(await this.state.storage.get("n")));
      default: return new Response("unknown action", { status: 400 });
    }
  }
}
export default { async fetch(request: Request, env: Env) {
  const parts = new URL(request.url).pathname.split("/").filter(Boolean);
  if (parts.length !== 2 || parts[0] !== "room") return new Response("not found", { status: 404 });
  return env.COUNTER.get(env.COUNTER.idFromName(parts[1])).fetch(request);
} };`, `
GET /room/a?action=show
GET /room/a?action=up`},
		{"messages of sockets that are not hibernated", counterClass + `
export class Counter extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("upgrade", { status: 426 });
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", (event) => {
      const data = JSON.parse(event.data as string);
      if (data.type === "join") this.users.set(data.user, server);
      else if (data.type === "say" && typeof data.text === "string") this.all(data.text);
    });
    return new Response(null, { status: 101, webSocket: client });
  }
}
export default { fetch: (request: Request, env: Env) => env.COUNTER.getByName(new URL(request.url).pathname).fetch(request) };`, `
open one /a
open two /a
send two {"type":"join","user":"alpha"}
send two {"text":"it's me","type":"say"}
close two
open three /a
send one {"type":"join","user":"alpha"}
send one {"text":"it's me","type":"say"}
send one {"type":"join","user":"beta"}`},
	} {
		t.Run(c.name, func(t *testing.T) { expectSent(t, derived(t, c.source), c.want) })
	}
}
