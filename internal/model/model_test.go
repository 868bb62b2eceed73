package model

import (
	"fmt"
	"strings"
	"testing"

	"durable-objects-mcp/internal/syntax"
)

func build(t *testing.T, src string) *Module {
	t.Helper()
	tree, err := syntax.Parse("a.ts", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Partial) > 0 {
		t.Fatalf("the sample does not parse at %v", tree.Partial)
	}
	return Build(tree, nil)
}

// object wraps a class body in a Durable Object.
func object(body string) string {
	return "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject<Env> {\n" + body + "\n}\n"
}

var kindWords = map[OpKind]string{
	OpStorage: "storage", OpKV: "kv", OpSQL: "sql", OpORM: "orm", OpCtx: "ctx", OpWorkerCtx: "workerctx", OpSocket: "socket",
	OpNamespace: "ns", OpStub: "stub", OpEnv: "env", OpFetch: "fetch", OpTimer: "timer", OpBody: "body", OpInvoke: "invoke",
	OpCall: "call", OpNew: "new", OpFieldRead: "read", OpFieldWrite: "write", OpFieldMutate: "mutate", OpGlobalRead: "gread",
	OpGlobalWrite: "gwrite", OpAwait: "await", OpReturn: "return", OpThrow: "throw",
}

// trace prints a method's laid-out operations: "storage.get await read:count".
func trace(m *Module, method string) string {
	f := m.Objects()[0].Member(method)
	if f == nil {
		return "no method " + method
	}
	var out []string
	for _, s := range m.Expand(f) {
		w := kindWords[s.Kind]
		switch {
		case s.Kind == OpAwait:
			g, _ := m.AwaitGate(s.Op)
			w += "(" + [...]string{"neutral", "closed", "may open", "opens"}[g] + ")"
		case s.Name != "":
			w += ":" + s.Name
			if s.Method != "" && s.Kind != OpInvoke {
				w += "." + s.Method
			}
		case s.Method != "":
			w += "." + s.Method
		}
		out = append(out, w)
	}
	return strings.Join(out, " ")
}

func expectTrace(t *testing.T, src, method, want string) {
	t.Helper()
	if got := trace(build(t, src), method); got != want {
		t.Errorf("%s\n got  %s\n want %s", src, got, want)
	}
}

func TestAliasesOfStorage(t *testing.T) {
	const want = "storage.get await(closed) return"
	for _, body := range []string{
		`async f() { return await this.ctx.storage.get("n"); }`,
		`async f() { const { storage } = this.ctx; return await storage.get("n"); }`,
		`async f() { const s = this.ctx.storage; return await s.get("n"); }`,
		`async f() { const { ctx: { storage: st } } = this; return await st.get("n"); }`,
		`async f() { return await (this.ctx as DurableObjectState).storage!.get("n"); }`,
	} {
		m := build(t, object(body))
		got := trace(m, "f")
		got = strings.TrimPrefix(strings.TrimPrefix(got, "read:ctx "), "read:storage ")
		if got != want {
			t.Errorf("%s\n got  %s\n want %s", body, got, want)
		}
	}
}

func TestAliasesThroughFields(t *testing.T) {
	for _, body := range []string{
		`#sql = this.ctx.storage.sql; f() { this.#sql.exec("SELECT 1"); }`,
		`sql: SqlStorage; constructor(c, e) { super(c, e); this.sql = c.storage.sql; } f() { this.sql.exec("SELECT 1"); }`,
		`constructor(private readonly state: DurableObjectState, e: Env) { super(state, e); } f() { const { sql } = this.state.storage; sql.exec("SELECT 1"); }`,
		`get db() { return this.ctx.storage.sql; } f() { this.db.exec("SELECT 1"); }`,
		`f() { run(this.ctx.storage.sql); } } function run(db) { db.exec("SELECT 1"); } class B {`,
		`f = () => { this.#go(); }; #go() { this.ctx.storage.sql.exec("SELECT 1"); }`,
	} {
		m := build(t, object(body))
		if got := trace(m, "f"); !strings.Contains(got, "sql.exec") {
			t.Errorf("%s\n got %s", body, got)
		}
	}
}

func TestSocketPairsTakenApart(t *testing.T) {
	for _, pair := range []string{
		"const p = new WebSocketPair(); const server = p[1];",
		"const { 0: client, 1: server } = new WebSocketPair();",
		"const [client, server] = Object.values(new WebSocketPair());",
		"const p = new WebSocketPair(); const [client, server] = [p[0], p[1]];",
		"const p = new WebSocketPair(); const { a: { s: server } } = { a: { s: p[1] } };",
	} {
		m := build(t, object("fetch() { "+pair+" server.accept(); }"))
		found := false
		for _, op := range m.Objects()[0].Member("fetch").Ops {
			found = found || op.Kind == OpSocket && op.Method == "accept" && op.Recv.Kind == PairServer
		}
		if !found {
			t.Errorf("%s: the object's end is not seen", pair)
		}
	}
}

func TestEvaluationOrder(t *testing.T) {
	expectTrace(t, object(`n = 0; async f() { this.n += await this.g(); } async g() { await fetch("https://x"); return 1; }`),
		"f", "read:n invoke:g fetch.fetch await(opens) return await(opens) write:n.+=")
	expectTrace(t, object(`async f(r: Request) { const b = await r.json(); await this.ctx.storage.put("k", b); }`),
		"f", "body.json await(opens) read:ctx storage.put await(closed)")
}

func TestGates(t *testing.T) {
	for expr, want := range map[string]Gate{
		`fetch("https://x")`: Opens, `scheduler.wait(5)`: Opens, `this.ctx.storage.put("a", 1)`: Closed,
		`Promise.resolve(1)`: Neutral, `this.env.ROOM.getByName("a").go()`: Opens, `this.env.AI.run("m")`: Opens,
		`this.ctx.storage.transaction(async (t) => { await fetch("https://x"); })`: Closed,
		`new Promise((r) => setTimeout(r, 5))`:                                     Opens,
		`Promise.all([this.ctx.storage.get("a"), this.ctx.storage.get("b")])`:      Closed,
		`Promise.all([this.ctx.storage.get("a"), fetch("https://x")])`:             Opens,
		`unknown()`:    MayOpen,
		`this.quiet()`: Closed, `this.loud()`: Opens, `null`: Neutral,
	} {
		m := build(t, object(`async f() { await `+expr+`; } async quiet() { await this.ctx.storage.get("q"); } async loud() { return fetch("https://x"); }`))
		f := m.Objects()[0].Member("f")
		for _, op := range f.Ops {
			if op.Kind == OpAwait {
				if g, _ := m.AwaitGate(op); g != want {
					t.Errorf("await %s: gate %d, want %d", expr, g, want)
				}
			}
		}
	}
}

func TestObjectRecognition(t *testing.T) {
	for src, want := range map[string]string{
		`import { DurableObject as D } from "cloudflare:workers"; class A extends D<Env> {}`:                                            "extends DurableObject",
		`import * as w from "cloudflare:workers"; class A extends w.DurableObject {}`:                                                   "extends DurableObject",
		`import { Agent } from "agents"; class A extends Agent<Env, S> {}`:                                                              "extends Agent",
		`import { DurableObject } from "cloudflare:workers"; class B extends DurableObject {} class A extends B {}`:                     "extends DurableObject",
		`class A implements DurableObject { constructor(s: DurableObjectState) {} }`:                                                    "implements DurableObject",
		`class A { constructor(private s: DurableObjectState) {} async fetch(r: Request) { return new Response(); } }`:                  "takes a DurableObjectState",
		`class A { constructor(private s: DurableObjectState) {} load() {} }`:                                                           "is given a DurableObjectState",
		`class A { constructor(private s: DurableObjectState) {} load() {} } new A(x);`:                                                 "",
		`import { WorkerEntrypoint } from "cloudflare:workers"; class A extends WorkerEntrypoint {}`:                                    "",
		`export class A { constructor(state, env) { this.storage = state.storage; } async fetch(r) { return this.storage.get("x"); } }`: "uses its first argument as a DurableObjectState",
		`export class A { constructor(state, env) { this.name = state.name; } async fetch(r) {} }`:                                      "",
		`import { Server } from "./server"; class A extends Server {}`:                                                                  "",
	} {
		m := build(t, src)
		got := ""
		for _, c := range m.Classes {
			if c.Name == "A" {
				got = c.Object
			}
		}
		if got != want {
			t.Errorf("%s\n got %q, want %q", src, got, want)
		}
	}
}

func TestReaches(t *testing.T) {
	m := build(t, object(`async f(x) {
		if (x) { await this.ctx.storage.put("a", 1); return; } else { await this.ctx.storage.put("b", 1); }
		await this.ctx.storage.put("c", 1);
	}`))
	steps := map[string]Step{}
	for _, s := range m.Expand(m.Objects()[0].Member("f")) {
		if s.Kind == OpStorage {
			steps[m.Key(argument(s.Node, 0))] = s
		}
	}
	for pair, want := range map[string]bool{"ab": false, "ac": false, "bc": true} {
		if got := Reaches(steps[pair[:1]], steps[pair[1:]]); got != want {
			t.Errorf("%s reaches %s: %v", pair[:1], pair[1:], got)
		}
	}
}

func TestSQL(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT count(*) AS c FROM t": "SELECT reads [t] writes [] aggregate",
		"INSERT INTO c (id, v) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET v = v + 1 RETURNING v": "INSERT reads [] writes [c] returning upsert [values values]",
		"UPDATE t SET a = ? WHERE id = ?":                                      "UPDATE reads [] writes [t] where [set where]",
		"DELETE FROM t WHERE id IN (SELECT id FROM u LIMIT 5) RETURNING id":    "DELETE reads [u] writes [t] returning limit",
		"CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE c SET n = n + 1; END": "CREATE reads [] writes []",
		"-- c\nSELECT 'a;b' /* ; */ FROM \"T\" LIMIT 1; ":                      "SELECT reads [t] writes [] limit",
	} {
		q := ParseSQL(text)
		if len(q.Statements) != 1 {
			t.Errorf("%s: %d statements", text, len(q.Statements))
			continue
		}
		s := q.Statements[0]
		got := fmt.Sprintf("%s reads %v writes %v", s.Verb, s.Reads, s.Writes)
		for _, f := range []struct {
			on   bool
			word string
		}{{s.Returning, " returning"}, {s.Upsert, " upsert"}, {s.Where && s.Verb == "UPDATE", " where"}, {s.Limit, " limit"}, {s.Aggregate, " aggregate"}} {
			if f.on {
				got += f.word
			}
		}
		if len(s.Params) > 0 {
			got += fmt.Sprint(" ", s.Params)
		}
		if got != want {
			t.Errorf("%s\n got  %s\n want %s", text, got, want)
		}
	}
}

func TestConstants(t *testing.T) {
	m := build(t, "const MIN = 60_000;\nconst IDLE = 30 * MIN;\nconst T = `a${\"b\"}` + 'c';\nuse(IDLE, T);")
	for n := range m.Tree.Root().Descendants() {
		if n.Is(syntax.CallExpression) {
			if v, ok := m.Number(argument(n, 0)); !ok || v != 1_800_000 {
				t.Errorf("number %v %v", v, ok)
			}
			if s, ok := m.Text(argument(n, 1)); !ok || s != "abc" {
				t.Errorf("text %q %v", s, ok)
			}
		}
	}
}

func TestRenamedNamespace(t *testing.T) {
	expectTrace(t, object(`async f() { const { ROOM: rooms } = this.env; return await rooms.getByName("a").go(); }`),
		"f", "read:env ns:ROOM.getByName stub:ROOM.go await(opens) return")
}

func TestCallsOnTheLeftOfAnAssignment(t *testing.T) {
	expectTrace(t, object(`webSocketMessage(ws) { ws.deserializeAttachment().user = "x"; }`), "webSocketMessage", "socket.deserializeAttachment")
}

func TestTypesThatTakeAPlatformName(t *testing.T) {
	const body = `f(r: Request) { this.ctx.storage.put("r", r); }`
	for _, c := range []struct {
		head string
		want bool
	}{
		{"", true},
		{"interface Request { id: string }\n", false},
		{"export type Request = { id: string };\n", false},
		{"import type { Request } from \"./types\";\n", false},
		{"import type { Request } from \"@cloudflare/workers-types\";\n", true},
	} {
		m := build(t, c.head+object(body))
		for _, op := range m.Objects()[0].Member("f").Ops {
			if op.Kind == OpStorage && (m.Eval(op.Value).Kind == Request) != c.want {
				t.Errorf("%q: a value of kind %d; a request is %v", c.head, m.Eval(op.Value).Kind, c.want)
			}
		}
	}
}

func TestListsOfStubs(t *testing.T) {
	m := build(t, object(`
		each() { const stubs = ["a", "b"].map((name) => this.env.ROOM.getByName(name)); for (const stub of stubs) stub.go(); }
		all() { [this.env.ROOM.getByName("a"), this.env.ROOM.getByName("b")].forEach((one) => one.go()); }
		copy() { for (const ws of [...this.ctx.getWebSockets()]) ws.send("x"); }
		plain() { const names = ["a"].map((name) => name.trim()); names.forEach((name) => name.go()); }
	`))
	for method, want := range map[string]string{"each": "stub:ROOM.go", "all": "stub:ROOM.go", "copy": "socket.send", "plain": "call.go"} {
		if got := trace(m, method); !strings.Contains(got+" ", want+" ") {
			t.Errorf("%s: %q has no %s", method, got, want)
		}
	}
}

func TestMembersOfDeclaredTypes(t *testing.T) {
	m := build(t, "interface Options<T> { db: SqlStorage; name: T }\n"+object(`
		options!: Options<string>;
		read() { this.options.db.exec("SELECT 1"); }
		change() { const { list } = this; list.push(1); }
		list: number[] = [];
	`))
	for method, want := range map[string]string{"read": "sql", "change": "mutate:list.push"} {
		if got := trace(m, method); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %s", method, got, want)
		}
	}
}

func TestWritesOfPatternsToVariablesOfTheModule(t *testing.T) {
	m := build(t, "let first: string | undefined;\n"+object(`set(names: string[]) { [first] = names; }`))
	if got := trace(m, "set"); !strings.Contains(got, "gwrite:first.=") {
		t.Errorf("%q has no write of first", got)
	}
}

// However many functions call each other, what is laid out of a file stays bounded.
func TestLayoutsAreBounded(t *testing.T) {
	var b strings.Builder
	const n = 600
	for i := range n {
		fmt.Fprintf(&b, "async m%d() { await this.m%d(); this.n++; await this.m%d(); await fetch(\"https://x\"); await this.m%d(); }\n", i, (i*7+1)%n, (i*3+2)%n, (i+5)%n)
	}
	m := build(t, object(b.String()))
	total := 0
	for _, f := range m.Objects()[0].Methods {
		total += len(m.Expand(f))
	}
	if total > totalSteps+n*minSteps || total < n*minSteps {
		t.Errorf("%d steps in all", total)
	}
}
