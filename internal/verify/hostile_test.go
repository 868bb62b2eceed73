package verify_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/verify"
)

// harmful is an object that does harm, or tries to. Whatever it does, the verdict
// comes, says what was wrong, and nothing of it is left.
type harmful struct {
	module string // the whole file; else body stands in a class
	body   string
	config string // instead of the usual one
	steps  []string
	passes bool
	want   string // in the report
}

var get1 = []string{get}

var hostiles = map[string]harmful{
	"a module that never ends": {
		module: object("  override fetch(): Response { return new Response(); }") + "\nfor (;;);\n",
		steps:  get1, want: "boot",
	},
	"a module that waits for ever": {
		module: object("  override fetch(): Response { return new Response(); }") + "\nawait new Promise(() => {});\n",
		steps:  get1, want: "boot",
	},
	"a constructor that never ends": {
		body:  "  constructor(ctx: DurableObjectState, env: Env) { super(ctx, env); for (;;); }",
		steps: get1, want: "the code loops without end",
	},
	"an alarm that sets itself again at once": {
		body: `  override async fetch(): Promise<Response> { await this.ctx.storage.setAlarm(Date.now()); return new Response("ok"); }
  override async alarm(): Promise<void> { await this.ctx.storage.setAlarm(Date.now()); }`,
		steps: []string{get, `{"advance": {"ms": 1000}}`, get}, want: "alarm",
	},
	"an answer without end": {
		body: `  override fetch(): Response {
    return new Response(new ReadableStream({ async pull(c) { c.enqueue(new Uint8Array(1 << 16)); await scheduler.wait(0); } }));
  }`,
		steps: get1, want: "MiB",
	},
	"a flood of log lines": {
		body:  `  override fetch(): Response { for (let i = 0; i < 200_000; i++) console.log("x".repeat(100), i); return new Response("ok"); }`,
		steps: get1, passes: true, want: "hold in",
	},
	"thousands of sockets that it keeps": {
		body: `  override fetch(): Response {
    for (let i = 0; i < 3_000; i++) { const pair = new WebSocketPair(); this.ctx.acceptWebSocket(pair[1]); }
    return new Response(String(this.ctx.getWebSockets().length));
  }`,
		steps: get1, passes: true, want: "hold in",
	},
	"a socket that floods": {
		body: `  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    for (let i = 0; i < 50_000; i++) server.send("x".repeat(1_000));
    return new Response(null, { status: 101, webSocket: client });
  }
  override webSocketClose(ws: WebSocket): void { ws.close(1000); }`,
		steps: []string{`{"open": {"socket": "a", "path": "/"}}`, `{"receive": {"socket": "a"}}`, `{"close": {"socket": "a", "code": 1000}}`}, want: "worlds",
	},
	"a message that fills the disk": {
		body: `  override async fetch(): Promise<Response> {
    for (let i = 0; ; i++) { this.ctx.storage.kv.put("k" + i, new Uint8Array(1 << 20)); await scheduler.wait(1); }
  }`,
		steps: get1, want: "failed         worlds",
	},
}

func TestHostileObjects(t *testing.T) {
	for name, h := range hostiles {
		t.Run(name, func(t *testing.T) {
			leftovers(t)
			code := h.module
			if code == "" {
				code = object(h.body)
			}
			cfg := h.config
			if cfg == "" {
				cfg = config
			}
			r := run(t, map[string]string{
				results.DurableObject: code, results.Wrangler: cfg, results.Summary: "# Obj\n", "scenario.json": steps(h.steps...),
			}, verify.Runtime)
			boot, worlds := r.Stage("boot"), r.Stage("worlds")
			passed := boot.Status == verify.Passed && worlds.Status == verify.Passed
			text := r.Text()
			if passed != h.passes || !strings.Contains(text, h.want) || strings.Contains(text, "goroutine ") {
				t.Errorf("boot and worlds passed: %v, want %v and %q in\n%s", passed, h.passes, h.want, text)
			}
		})
	}
}

// leftovers fails the test when something of what it started is still there at
// its end: a temporary directory, or a process that runs in one.
func leftovers(t *testing.T) {
	t.Helper()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Cleanup(func() {
		entries, err := os.ReadDir(tmp)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			t.Errorf("%s is left", e.Name())
		}
		for _, pid := range processesIn(t, tmp) {
			t.Errorf("process %s still runs", pid)
		}
	})
}

// processesIn are the processes whose command line names the directory.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var out []string
	for _, path := range all {
		line, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(line), dir) {
			out = append(out, path)
		}
	}
	return out
}

// TestNothingLeavesTheSandbox: an object sees neither the host's files, nor its
// environment, nor what listens on its ports.
func TestNothingLeavesTheSandbox(t *testing.T) {
	leftovers(t)
	t.Setenv("DO_SECRET_OF_THE_HOST", "secret-of-the-host")
	var reached atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }), ReadHeaderTimeout: time.Second}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	canary := filepath.Join(t.TempDir(), "canary.txt")
	if err := os.WriteFile(canary, []byte("canary-of-the-host"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := fmt.Sprintf(`import { DurableObject } from "cloudflare:workers";
import { connect } from "cloudflare:sockets";
import * as fs from "node:fs";
import process from "node:process";
const ADDRESS = %q, CANARY = %q;
const tried = async (what: () => unknown): Promise<string> => {
  try { return String(await what()); } catch (e) { return "refused: " + String(e).slice(0, 80); }
};
export class Obj extends DurableObject<Env> {
  override async fetch(): Promise<Response> {
    const said = [
      await tried(() => fs.readFileSync(CANARY, "utf8")),
      await tried(() => fs.readFileSync("/etc/passwd", "utf8")),
      await tried(() => fs.readFileSync("/proc/self/environ", "utf8")),
      await tried(() => { fs.writeFileSync(CANARY, "gone"); return "written"; }),
      await tried(() => JSON.stringify(process.env)),
      await tried(async () => (await fetch("http://" + ADDRESS + "/")).status),
      await tried(async () => { const s = connect(ADDRESS); await s.opened; return "connected"; }),
      await tried(async () => (await fetch("http://" + ADDRESS + "/", { headers: { Upgrade: "websocket" } })).status),
    ];
    return Response.json({ said });
  }
}
export default { fetch(request, env): Promise<Response> { return env.OBJ.getByName("a").fetch(request); } } satisfies ExportedHandler<Env>;
`, listener.Addr().String(), canary)
	r := run(t, map[string]string{
		results.DurableObject: code, results.Wrangler: strings.Replace(config, `"compatibility_date"`, `"compatibility_flags": ["nodejs_compat"], "compatibility_date"`, 1),
		results.Summary: "# Obj\n", "scenario.json": steps(`{"http": {"path": "/", "expect": {"status": 200}}}`),
	}, verify.Runtime)
	if w := r.Stage("boot"); w.Status != verify.Passed {
		t.Fatalf("it does not boot:\n%s", r.Text())
	}
	all := string(r.JSON())
	for _, secret := range []string{"canary-of-the-host", "root:x:", "secret-of-the-host", "connected"} {
		if strings.Contains(all, secret) {
			t.Errorf("the report has %q:\n%s", secret, r.Text())
		}
	}
	if got, err := os.ReadFile(canary); err != nil || string(got) != "canary-of-the-host" {
		t.Errorf("the file outside is now %q, %v", got, err)
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("a port of the host was reached %d times", n)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "tried to reach the network") {
		t.Errorf("the attempt is not said: %q", r.Notes)
	}
}

// TestNothingOutsideIsBundled: an import cannot bring a file of the host along.
func TestNothingOutsideIsBundled(t *testing.T) {
	root := project(t, files(`  override fetch(): Response { return new Response(secret); }`, steps(get)))
	outside := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(outside, []byte("secret-of-the-host"), 0o600); err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(filepath.Join(root.Dir(), "results"), outside)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root.Dir(), "results", "linked.txt")); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{relative, outside, "/etc/passwd", "file://" + outside, "./linked.txt"} {
		code := fmt.Sprintf("import secret from %q;\n", from) + object(`  override fetch(): Response { return new Response(String(secret)); }`)
		if err := os.WriteFile(filepath.Join(root.Dir(), "results", results.DurableObject), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := verify.Run(context.Background(), verify.Options{Root: root, Depth: verify.Runtime})
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Stage("bundle"); s.Status == verify.Passed || strings.Contains(string(r.JSON()), "secret-of-the-host") || strings.Contains(string(r.JSON()), "root:x:") {
			t.Errorf("%s: bundle %s: %s\n%v", from, s.Status, s.Message, s.Details)
		}
	}
}
