package traffic

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/internal/scenario"
)

// steps lists every step of a plan in order.
func steps(p *Plan) []string {
	var out []string
	for _, s := range p.Scenario.Steps {
		out = append(out, stepText(s))
	}
	return out
}

func expectSteps(t *testing.T, p *Plan, want string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(want), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	if got := steps(p); !slices.Equal(got, lines) {
		t.Errorf("steps:\n%s\nwant:\n%s\nnotes: %q", strings.Join(got, "\n"), strings.Join(lines, "\n"), p.Notes)
	}
}

// TestOrderOfSteps has what opens a shop after what needs it open, in the source.
// There: the empty object is read; a burst and a single request of each writer,
// what looks at nothing first; the second name; what takes things away; the
// writers backwards; the clock in halves; the writers, another one last.
func TestOrderOfSteps(t *testing.T) {
	expectSteps(t, derived(t, counterClass+`
export class Counter extends DurableObject<Env> {
  async put(sku: string) {
    const all = (await this.ctx.storage.get<string[]>("all")) ?? [];
    await this.ctx.storage.put("all", [...all, sku]);
    await this.ctx.storage.setAlarm(Date.now() + 60_000);
  }
  async openAt(hour: number) { await this.ctx.storage.put("open", hour); }
  async list() { return await this.ctx.storage.get("all"); }
  async removeOne(sku: string) { return await this.ctx.storage.delete(sku); }
  async reset() { await this.ctx.storage.deleteAll(); }
  async alarm() { await this.ctx.storage.delete("all"); }
}
export default { fetch: () => new Response("hello") };`), `
GET /
Counter.list()
10 x Counter.openAt(7)
GET /
Counter.list()
10 x Counter.put("alpha")
GET /
Counter.list()
Counter.openAt(7)
GET /
Counter.list()
Counter.put("alpha")
GET /
Counter.list()
Counter.put("beta")
10 x Counter.removeOne("alpha")
GET /
Counter.list()
Counter.removeOne("alpha")
Counter.reset()
GET /
Counter.list()
Counter.put("alpha")
Counter.openAt(7)
GET /
Counter.list()
advance 60000
GET /
Counter.list()
advance 60000
GET /
Counter.list()
Counter.put("alpha")
Counter.openAt(7)
Counter.removeOne("alpha")
Counter.reset()
GET /
Counter.list()`)
}

const chatClass = counterClass + `
export class Counter extends DurableObject<Env> {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("upgrade", { status: 426 });
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    ALARM
    return new Response(null, { status: 101, webSocket: client });
  }
  async webSocketMessage(ws: WebSocket, message: string) {
    const data = JSON.parse(message) as { type: "follow"; topic: string } | { type: "list" };
    if (data.type === "follow") await this.ctx.storage.put(data.topic, true);
    if (data.type === "list") ws.send("nothing");
  }
  HANDLER
}
export default { fetch: (request: Request, env: Env) => env.COUNTER.getByName(new URL(request.url).pathname).fetch(request) };`

// TestOtherMessage swaps names in texts and in JSON, and makes neither of the other.
func TestOtherMessage(t *testing.T) {
	for _, c := range []struct{ m, want scenario.Send }{
		{scenario.Send{Text: "join alpha"}, scenario.Send{Text: "join beta"}},
		{scenario.Send{JSON: []byte(`{"to":"beta","by":"alpha"}`)}, scenario.Send{JSON: []byte(`{"to":"alpha","by":"beta"}`)}},
	} {
		if got := otherMessage(c.m); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v becomes %+v, not %+v", c.m, got, c.want)
		}
	}
}

// TestSocketsStay has nobody hang up where no alarm waits for that: what a closed
// socket was told is not compared.
func TestSocketsStay(t *testing.T) {
	talk := `
open one /a
open two /a
send two {"topic":"alpha","type":"follow"}
send two {"type":"list"}
send two {"topic":"alpha","type":"alpha"}
close two
open three /a
send one {"topic":"alpha","type":"follow"}
send one {"type":"list"}
send one {"topic":"alpha","type":"alpha"}
send one {"topic":"beta","type":"beta"}
send one {"type":"list"}
send one {"topic":"beta","type":"follow"}`
	expectSteps(t, derived(t, strings.NewReplacer("ALARM", "", "HANDLER", "").Replace(chatClass)), talk)
	expectSteps(t, derived(t, strings.NewReplacer(
		"ALARM", "await this.ctx.storage.setAlarm(Date.now() + 1_000);",
		"HANDLER", `async alarm() { for (const ws of this.ctx.getWebSockets()) ws.send("soon"); }`,
	).Replace(chatClass)), talk+`
advance 30500
advance 30500
close one
close three
advance 61000`)
}

// TestRoomForSteps has more and more to send: repetitions go first, and each thing
// is still sent once.
func TestRoomForSteps(t *testing.T) {
	for _, n := range []int{1, 4, 8, 12, 16} {
		var methods strings.Builder
		for i := range n {
			c := string(rune('a' + i))
			methods.WriteString("async add" + c + "(id: string) { await this.ctx.storage.put('" + c + "', id); }\n")
			methods.WriteString("async get" + c + "() { return await this.ctx.storage.get('" + c + "'); }\n")
		}
		p := derived(t, counterClass+"export class Counter extends DurableObject<Env> {\n"+methods.String()+"}\n")
		if wrong := faultOf(p); wrong != "" {
			t.Fatal(wrong)
		}
		var once []string
		for _, text := range steps(p) {
			if !slices.Contains(once, text) {
				once = append(once, text)
			}
		}
		for _, e := range p.Entries {
			if len(e.Steps) == 0 {
				t.Errorf("%d writers: %s is not called", n, e.Name)
			}
		}
		if second := slices.Contains(once, `Counter.adda("beta")`); second != (n < 12) {
			t.Errorf("%d writers: a second name %v", n, second)
		}
	}
}

// TestNumbered sends the names that the code gives to what it makes.
func TestNumbered(t *testing.T) {
	const source = counterClass + `
export class Counter extends DurableObject<Env> {
  build(rows: number) {
    for (let row = FIRST; row <= rows; row++) this.ctx.storage.sql.exec("INSERT INTO places (label, cents) VALUES (?, ?)", NAME, 5);
  }
  sell(label: string, buyer: string) { this.ctx.storage.sql.exec("UPDATE places SET buyer = ? WHERE label = ?", buyer, label); }
  free(place: string) { return this.ctx.storage.sql.exec("SELECT * FROM places WHERE label = ?", place).toArray(); }
}
`
	for _, c := range []struct{ first, name, want string }{
		{"1", "`A${row}`", "A1"},
		{"0", "`seat-${row}-of-a-row`", "seat-0-of-a-row"},
		{"1", "`A${rows}`", "alpha"},       // no counter
		{"1", "`${row}`", "alpha"},         // a number, not a name
		{"1", "`${row}-${rows}`", "alpha"}, // not known
	} {
		p := derived(t, strings.NewReplacer("FIRST", c.first, "NAME", c.name).Replace(source))
		for _, want := range []string{`Counter.sell("` + c.want + `", "O'Neil")`, `Counter.free("` + c.want + `")`} {
			if !slices.Contains(steps(p), want) {
				t.Errorf("%s: no %s in:\n%s", c.name, want, strings.Join(steps(p), "\n"))
			}
		}
	}
}

// TestLists sends three names, which tells places in a list apart, and fewer where
// no more are allowed.
func TestLists(t *testing.T) {
	p := derived(t, counterClass+`
export class Counter extends DurableObject<Env> {
  ask(text: string, options: string[]) { this.ctx.storage.kv.put("q", { text, options }); }
  pair(names: string[]) { if (names.length > 1) throw new Error("one"); this.ctx.storage.kv.put("pair", names); }
  rows(rows: { id: string }[]) { this.ctx.storage.kv.put("rows", rows); }
  wait(ids: Array<string>, wait_ms: number) { this.ctx.storage.kv.put("wait", [ids, wait_ms]); }
}
`)
	for _, want := range []string{
		`Counter.ask("it's me", ["alpha","beta","gamma"])`, `Counter.pair(["alpha"])`, `Counter.rows([{"id":"alpha"}])`,
		`Counter.wait(["alpha","beta","gamma"], 60000)`, `Counter.ask("it's me", ["beta","alpha","gamma"])`,
	} {
		if !slices.Contains(steps(p), want) {
			t.Errorf("no %s in:\n%s", want, strings.Join(steps(p), "\n"))
		}
	}
}
