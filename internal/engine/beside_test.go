package engine_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkBesideAstGrep runs a whole review of a checkout and ast-grep with eleven
// one-pattern rules in turn, each as a process of its own, and reports the ratio of
// their wall times. DO_CORPUS names the checkout; ast-grep comes from the PATH
// (npm install @ast-grep/cli).
func BenchmarkBesideAstGrep(b *testing.B) {
	corpus := os.Getenv("DO_CORPUS")
	if corpus == "" {
		b.Skip("DO_CORPUS names no checkout to compare on")
	}
	astGrep, err := exec.LookPath("ast-grep")
	if err != nil {
		b.Skip("ast-grep is not on the PATH")
	}
	rules, err := filepath.Abs("testdata/ast-grep.yml")
	if err != nil {
		b.Fatal(err)
	}
	review := filepath.Join(b.TempDir(), "review")
	if out, err := exec.Command("go", "build", "-o", review, "durable-objects-mcp").CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	var ours, theirs time.Duration
	for b.Loop() {
		ours += timed(b, corpus, review, "review", "--root", corpus, ".")
		theirs += timed(b, corpus, astGrep, "scan", "-r", rules, ".")
	}
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-ast-grep")
}

// timed runs a command to its end. Findings make both programs exit with 1.
func timed(b *testing.B, dir, name string, args ...string) time.Duration {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		b.Fatalf("%s: %v\n%.500s", name, err, out)
	}
	return took
}
