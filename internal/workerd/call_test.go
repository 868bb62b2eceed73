package workerd_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/workerd"
)

const callee = `import { RpcTarget } from "cloudflare:workers";
class Session extends RpcTarget { hello() { return "hello"; } }
export class C extends DurableObject {
  n = 0;
  add(by) { return this.n += by; }
  who() { return this.ctx.id.name; }
  echo(...all) { return all; }
  nothing() {}
  empty() { return null; }
  rich() { return { z: 1, at: new Date(0), map: new Map([["k", new Set([1])]]), big: 10n, bytes: new Uint8Array([1, 2]), nan: NaN, missing: undefined, list: [undefined, "<"] }; }
  loop() { const a = { b: 1 }; a.self = a; return a; }
  session() { return new Session(); }
  nested() { return { session: new Session(), f: () => 1, n: 1 }; }
  callback() { return () => 1; }
  refuse() { throw new RangeError("not yours"); }
  text() { throw "plain text"; }
  async late() { await scheduler.wait(5); throw new TypeError("late"); }
  page() { return new Response("hi", { status: 201 }); }
  id() { return "mine"; }
  large() { return "x".repeat(2 << 20); }
  spin() { for (;;) {} }
  async wait() { await scheduler.wait(60000); }
}`

func args(list ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, a := range list {
		out = append(out, json.RawMessage(a))
	}
	return out
}

func TestCallShowsWhatAMethodDid(t *testing.T) {
	for _, clock := range []bool{false, true} {
		s := boot(t, "C", callee, clock)
		for _, c := range []struct {
			method string
			args   []json.RawMessage
			want   string
		}{
			{"add", args("2"), "2"},
			{"add", args("3"), "5"},
			{"who", nil, `"lobby"`},
			{"echo", args(`{"b":1,"a":[null]}`, `"<x>"`), `[{"a":[null],"b":1},"<x>"]`},
			{"nothing", nil, "null"},
			{"empty", nil, "null"},
			{"rich", nil, `{"at":"1970-01-01T00:00:00.000Z","big":{"bigint":"10"},"bytes":{"bytes":[1,2]},"list":[null,"<"],"map":{"map":[["k",{"set":[1]}]]},"nan":{"number":"NaN"},"z":1}`},
			{"loop", nil, `{"b":1,"self":{"circular":true}}`},
			{"session", nil, `{"stub":true}`},
			{"nested", nil, `{"f":{"stub":true},"n":1,"session":{"stub":true}}`},
			{"callback", nil, `{"stub":true}`},
			{"refuse", nil, "threw RangeError: not yours"},
			{"late", nil, "threw TypeError: late"},
			{"absent", nil, `threw TypeError: The RPC receiver does not implement the method "absent".`},
			{"page", nil, `{"body":"hi","response":201}`},
		} {
			got, err := s.Call(context.Background(), workerd.Call{Class: "C", Object: "lobby", Method: c.method, Args: c.args})
			text := string(got.Value)
			if got.Threw != "" {
				text = "threw " + got.Threw
			}
			if err != nil || text != c.want {
				t.Errorf("%s gives %s, %v; want %s", c.method, text, err, c.want)
			}
		}
		if e := evict(t, s); e.Count != 1 || len(e.Refused) != 0 {
			t.Errorf("after the calls: evicted %+v", e)
		}
		got, err := s.Call(context.Background(), workerd.Call{Class: "C", Object: "lobby", Method: "large"})
		if err != nil || !strings.Contains(string(got.Value), "(2097154 characters, SHA-256 ") || len(got.Value) > 400 {
			t.Errorf("large gives %.300s, %v", got.Value, err)
		}
		s.Close()
	}
}

func TestCallsThatCannotBeMade(t *testing.T) {
	s := boot(t, "C", callee, false)
	for _, c := range []struct {
		call workerd.Call
		want string
	}{
		{workerd.Call{Class: "D", Object: "a", Method: "add"}, "there is no class D; there is C"},
		{workerd.Call{Class: "C", Object: "a", Method: "id"}, "C.id cannot be called: the stub has its own id, which hides it; give the method another name"},
		{workerd.Call{Class: "C", Object: "a", Method: "fetch"}, "C.fetch cannot be called"},
		{workerd.Call{Class: "C", Object: "a", Method: "add", Args: args("{")}, "the arguments of C.add are not JSON"},
		{workerd.Call{Class: "C", Object: "a", Method: "spin"}, "it did not answer within 10s: the code loops without end, and was ended"},
		{workerd.Call{Class: "C", Object: "a", Method: "add"}, "it did not answer within 10s: the code loops without end, and was ended"},
	} {
		if got, err := s.Call(context.Background(), c.call); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s.%s: %+v, %v; want %s", c.call.Class, c.call.Method, got, err, c.want)
		}
	}
	s = boot(t, "C", callee, false)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.Call(ctx, workerd.Call{Class: "C", Object: "a", Method: "wait"}); err == nil {
		t.Error("a call outlives its context")
	}
}

// A request and a socket reach an object past the Worker, with the path and the
// headers that were sent and no others, and neither keeps it in memory.
func TestDirect(t *testing.T) {
	cfg := config(t, "C", `export class C extends DurableObject {
  memory = 0;
  async fetch(request) {
    if (request.headers.get("upgrade")) {
      const pair = new WebSocketPair();
      this.ctx.acceptWebSocket(pair[1]);
      return new Response(null, { status: 101, webSocket: pair[0] });
    }
    const url = new URL(request.url);
    const own = [...request.headers.keys()].filter((name) => name.startsWith("x-"));
    return Response.json({ n: ++this.memory, name: this.ctx.id.name, method: request.method, path: url.pathname + url.search, body: await request.text(), own });
  }
  webSocketMessage(ws, message) { ws.send(message + " " + ++this.memory); }
}`, false)
	cfg.Script = []byte(strings.Replace(string(cfg.Script), "export default { fetch", `export default { fetch: () => new Response("no", { status: 401 }), never`, 1))
	s, err := workerd.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	address, header, err := s.Direct("C", "ä b", "/x/y?z=%20")
	if err != nil {
		t.Fatal(err)
	}
	ask := func() string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("hi"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header.Clone()
		req.Header.Set("X-Own", "1")
		r, err := s.Do(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return string(r.Body)
	}
	if got, want := ask(), `{"n":1,"name":"ä b","method":"POST","path":"/x/y?z=%20","body":"hi","own":["x-own"]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	k, _, err := s.DialAt(t.Context(), address, header)
	if err != nil {
		t.Fatal(err)
	}
	first := exchange(t, k, "a")
	e := evict(t, s)
	if second := exchange(t, k, "b"); first != "a 2" || second != "b 1" || len(e.Refused) > 0 || e.Count != 1 {
		t.Errorf("%s, %s, evicted %+v", first, second, e)
	}
	if _, _, err := s.Direct("D", "a", "/"); err == nil || err.Error() != "there is no class D; there is C" {
		t.Errorf("another class: %v", err)
	}
}
