package analysis_test

import (
	"strings"
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// checks are what people write between a request and the object that it names.
var checks = map[string]string{
	"a pattern": `
		const room = url.searchParams.get("room") ?? "";
		if (!/^[a-z]{1,20}$/.test(room)) return new Response(null, { status: 400 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a pattern that stands around": `
		const room = url.searchParams.get("room");
		if (room && ROOM.test(room)) { return env.ROOM.getByName(room).fetch(request); }`,
	"a match": `
		const room = url.searchParams.get("room") ?? "";
		if (room.match(ROOM) === null) return new Response(null, { status: 400 });
		return env.ROOM.get(env.ROOM.idFromName(room.toLowerCase())).fetch(request);`,
	"a route that picks its characters": `
		const match = url.pathname.match(/^\/rooms\/([a-z0-9-]{3,40})$/);
		if (!match) return new Response(null, { status: 404 });
		return env.ROOM.getByName(match[1]).fetch(request);`,
	"a list": `
		const room = url.searchParams.get("room") ?? "";
		if (!["lobby", "garden"].includes(room)) return new Response(null, { status: 404 });
		return env.ROOM.getByName("room:" + room).fetch(request);`,
	"a record": `
		const room = url.searchParams.get("room") ?? "";
		return ROOMS[room] ? env.ROOM.getByName(room).fetch(request) : new Response(null, { status: 404 });`,
	"the words themselves": `
		const room = url.searchParams.get("room");
		if (room !== "lobby" && room !== "garden") return new Response(null, { status: 404 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a store": `
		const room = url.searchParams.get("room") ?? "";
		const known = await env.ROOMS.get(room);
		if (!known) return new Response(null, { status: 404 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a schema": `
		const { room } = Visit.parse(await request.json());
		return env.ROOM.getByName(room).fetch(request);`,
	"a schema that says so": `
		const visit = Visit.safeParse(await request.json());
		if (!visit.success) return new Response(null, { status: 400 });
		return env.ROOM.getByName(visit.data.room).fetch(request);`,
	"a function that knows": `
		const room = url.searchParams.get("room") ?? "";
		if (!isRoom(room)) return new Response(null, { status: 400 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a function that throws": `
		const room = url.searchParams.get("room") ?? "";
		insist(room);
		return env.ROOM.getByName(room).fetch(request);`,
	"a function that refuses": `
		const room = url.searchParams.get("room") ?? "";
		if (isMalformed(room)) return new Response(null, { status: 400 });
		return env.ROOM.getByName(room).fetch(request);`,
	"who asks": `
		const room = url.searchParams.get("room") ?? "";
		const user = await verifyToken(request, env);
		if (!user) return new Response(null, { status: 401 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a secret": `
		if (request.headers.get("authorization") !== "Bearer " + env.KEY) return new Response(null, { status: 401 });
		return env.ROOM.getByName(url.pathname.slice(1)).fetch(request);`,
	"the caller checks": `
		const room = url.searchParams.get("room") ?? "";
		if (!isRoom(room)) return new Response(null, { status: 400 });
		return enter(env, room, request);`,
}

// glances look at the name, and leave strangers every choice.
var glances = map[string]string{
	"nothing": `
		return env.ROOM.getByName(url.pathname.slice(1)).fetch(request);`,
	"that there is one": `
		const room = url.searchParams.get("room");
		if (!room) return new Response(null, { status: 400 });
		return env.ROOM.getByName(room).fetch(request);`,
	"how long it is": `
		const room = url.searchParams.get("room") ?? "";
		if (room.length > 64 || room.trim() === "") return new Response(null, { status: 400 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a function that asks whether there is one": `
		const room = url.searchParams.get("room");
		if (!isThere(room)) return new Response(null, { status: 400 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a cache": `
		const room = url.searchParams.get("room") ?? "";
		const hit = await env.PAGES.get(room);
		if (hit) return new Response(hit);
		return env.ROOM.getByName(room).fetch(request);`,
	"a word that is kept free": `
		const room = url.searchParams.get("room") ?? "";
		if (room === "admin") return new Response(null, { status: 403 });
		return env.ROOM.getByName(room).fetch(request);`,
	"a route that takes anything": `
		const match = url.pathname.match(/^\/rooms\/([^/]+)$/);
		if (!match) return new Response(null, { status: 404 });
		return env.ROOM.getByName(match[1]).fetch(request);`,
	"the other half": `
		const room = url.searchParams.get("room") ?? "", tenant = url.searchParams.get("tenant") ?? "";
		if (!isRoom(room)) return new Response(null, { status: 400 });
		return env.ROOM.getByName(tenant + "/" + room).fetch(request);`,
	"a check that comes too late": `
		const room = url.searchParams.get("room") ?? "";
		const stub = env.ROOM.getByName(room);
		if (!isRoom(room)) return new Response(null, { status: 400 });
		return stub.fetch(request);`,
	"a check that stops nothing": `
		const room = url.searchParams.get("room") ?? "";
		if (!isRoom(room)) console.warn("odd", room);
		return env.ROOM.getByName(room).fetch(request);`,
	"that there is a token": `
		const token = request.headers.get("authorization");
		if (token === null) return new Response(null, { status: 401 });
		return env.ROOM.getByName(url.pathname.slice(1)).fetch(request);`,
	"who wrote it": `
		const author = getAuthor(request);
		if (!author) return new Response(null, { status: 400 });
		return env.ROOM.getByName(url.pathname.slice(1)).fetch(request);`,
	"any text as JSON": `
		const { room } = JSON.parse(await request.text());
		return env.ROOM.getByName(room).fetch(request);`,
	"one caller of two": `
		const room = url.searchParams.get("room") ?? "";
		if (url.pathname === "/new") return enter(env, room, request);
		if (!isRoom(room)) return new Response(null, { status: 400 });
		return enter(env, room, request);`,
}

// around is the file that each of them stands in.
const around = `
const ROOM = /^[a-z]+$/;
const ROOMS: Record<string, true> = { lobby: true };
function isRoom(name: unknown): name is string { return typeof name === "string" && ROOM.test(name); }
function isThere(name: unknown): name is string { return name !== undefined && name !== null && name !== ""; }
function insist(name: string): void { if (!ROOM.test(name)) throw new Error("no room"); }
function enter(env: Env, name: string, request: Request) { return env.ROOM.get(env.ROOM.idFromName(name)).fetch(request); }
export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const url = new URL(request.url);
		BODY
	},
} satisfies ExportedHandler<Env>;
`

func TestChecked(t *testing.T) {
	for want, bodies := range map[bool]map[string]string{true: checks, false: glances} {
		for name, body := range bodies {
			source := strings.Replace(around, "BODY", body, 1)
			if !strings.Contains(body, "enter(") { // else what it is called with stands for it
				source = strings.Replace(source, "env.ROOM.get(env.ROOM.idFromName(name))", "env.ROOM.get(name)", 1)
			}
			tree, err := syntax.Parse("a.ts", []byte(source))
			if err != nil {
				t.Fatal(err)
			}
			m := model.Build(tree, nil)
			asked := 0
			for _, f := range m.Funcs {
				for _, op := range f.Ops {
					if op.Kind != model.OpNamespace || op.Method != "getByName" && op.Method != "idFromName" {
						continue
					}
					asked++
					if got := analysis.Checked(m, op, model.Argument(op.Node, 0)); got != want {
						t.Errorf("%s: %v, want %v", name, got, want)
					}
				}
			}
			if asked != 1 {
				t.Errorf("%s: %d objects are addressed, want one", name, asked)
			}
		}
	}
}

func TestMiddlewareChecks(t *testing.T) {
	for source, want := range map[string]bool{
		`app.use("*", bearerAuth({ token })); app.get("/:room", (c) => c.env.ROOM.getByName(c.req.param("room")).fetch(c.req.raw));`:   true,
		`app.get("/:room", requireUser, (c) => c.env.ROOM.getByName(c.req.param("room")).fetch(c.req.raw));`:                           true,
		`app.get("/:room", zValidator("param", Room), (c) => c.env.ROOM.getByName(c.req.valid("param").room).fetch(c.req.raw));`:       true,
		`app.use("*", logger()); app.get("/:room", (c) => c.env.ROOM.getByName(c.req.param("room")).fetch(c.req.raw));`:                false,
		`app.get("/:room", (c) => c.env.ROOM.getByName(c.req.param("room")).fetch(c.req.raw)); app.use("/admin", bearerAuth({}));`:     false,
		`admin.use("*", bearerAuth({ token })); app.get("/:room", (c) => c.env.ROOM.getByName(c.req.param("room")).fetch(c.req.raw));`: false,
	} {
		tree, err := syntax.Parse("a.ts", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		m := model.Build(tree, nil)
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				if op.Kind == model.OpNamespace && op.Method == "getByName" && analysis.Checked(m, op, model.Argument(op.Node, 0)) != want {
					t.Errorf("%s: want %v", source, want)
				}
			}
		}
	}
}
