package shown_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/shown"
	"durable-objects-mcp/internal/verify"
)

// atOnce bounds the pairs that run at the same time, each with two Workers.
var atOnce = make(chan struct{}, 2)

// The good object of each pair starts and keeps every promise of the traffic in
// every world, and the bad one does not, in the way that the pair says. The
// reviewer sees the difference without running anything.
func TestPairs(t *testing.T) {
	for _, id := range shown.IDs() {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			g, err := gotchas.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			p, _, err := shown.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			bad, good := playBoth(t, p)
			if failed := broken(good); len(failed) > 0 {
				t.Errorf("the good object fails:\n%s", strings.Join(failed, "\n"))
			}
			if s := good.Stage("types"); !s.Passed {
				t.Errorf("the good object does not type-check: %s\n%s", s.Message, strings.Join(s.Details, "\n"))
			}
			failed := strings.Join(broken(bad), "\n")
			t.Logf("the bad object:\n%s", failed)
			for _, want := range p.Fails {
				if !strings.Contains(failed, want) {
					t.Errorf("the bad object does not fail with %q, but with:\n%s", want, failed)
				}
			}
			for _, f := range good.Review.Findings {
				if f.Severity == analysis.Error || f.Gotcha == id {
					t.Errorf("the good object is reported: %s:%d %s: %s", f.Path, f.Line, f.Gotcha, f.Message)
				}
			}
			if g.Check != nil && !slices.ContainsFunc(bad.Review.Findings, func(f analysis.Finding) bool { return f.Gotcha == id }) {
				t.Errorf("the reviewer does not report %s on the bad object; it reports %v", id, names(bad.Review.Findings))
			}
		})
	}
}

// playBoth proves both modules of a pair. Measured on workerd 1.20261023.1: under the
// good object of bcw-throw-resets the process ended without a word in 2 of 75 runs, for
// a reason that is not known. A good object that ends workerd once is played a second
// time, and the second time counts.
func playBoth(t *testing.T, p *shown.Pair) (bad, good *verify.Report) {
	t.Helper()
	bad, good = playOnce(t, p)
	if ended(good) {
		t.Logf("workerd itself ended under the good object, so the pair is played again: %q", broken(good))
		bad, good = playOnce(t, p)
	}
	return bad, good
}

// ended reports whether workerd, not the object, gave up.
func ended(r *verify.Report) bool {
	return slices.ContainsFunc(broken(r), func(s string) bool { return strings.Contains(s, "workerd ended") })
}

// playOnce proves both modules side by side: a bad object often makes its client wait.
func playOnce(t *testing.T, p *shown.Pair) (bad, good *verify.Report) {
	t.Helper()
	dirs := []string{t.TempDir(), t.TempDir()}
	var reports [2]*verify.Report
	var errs [2]error
	var wg sync.WaitGroup
	for i, m := range []shown.Module{p.Bad, p.Good} {
		wg.Go(func() { reports[i], errs[i] = play(dirs[i], m, p.Scenario) })
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	if s := reports[0].Stage("boot"); s.Status == verify.Skipped && strings.Contains(s.Enable, "Node.js") {
		t.Skip(s.Message)
	}
	return reports[0], reports[1]
}

// play proves one module, written as a results directory, with the pair's traffic.
func play(dir string, m shown.Module, traffic string) (*verify.Report, error) {
	if err := os.Mkdir(filepath.Join(dir, "results"), 0o755); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{results.DurableObject: m.Code, results.Wrangler: m.Config, scenario.FileName: traffic} {
		if err := os.WriteFile(filepath.Join(dir, "results", name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	root, err := results.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return verify.Run(context.Background(), verify.Options{Root: root, Depth: verify.Runtime, ReadOnly: true})
}

// broken is what the stages boot and worlds say of an object, empty when both
// have passed. Nothing but a run counts here: that the types or the review
// speak against an object as well is no evidence of what it does.
func broken(r *verify.Report) []string {
	var out []string
	for _, name := range []string{"boot", "worlds"} {
		if s := r.Stage(name); s.Status != verify.Passed {
			out = append(out, name+" "+string(s.Status)+": "+s.Message)
			for _, d := range s.Details {
				if !strings.HasPrefix(d, "likely cause: ") { // the reviewer's words
					out = append(out, d)
				}
			}
		}
	}
	return out
}

func names(findings []analysis.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Gotcha)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Sixty shown gotchas are what the project promises at least.
func TestEveryPairReads(t *testing.T) {
	if n := len(shown.IDs()); n < 60 {
		t.Errorf("%d gotchas have a pair; at least 60 must", n)
	}
	for _, id := range shown.IDs() {
		p, ok, err := shown.Get(id)
		if err != nil || !ok {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if _, err := scenario.Parse([]byte(p.Scenario)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, ok, err := shown.Get("nothing"); ok || err != nil {
		t.Errorf("a gotcha without a pair: %v, %v", ok, err)
	}
}
