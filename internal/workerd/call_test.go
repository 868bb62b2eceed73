package workerd_test

import (
	"context"
	"encoding/json"
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
