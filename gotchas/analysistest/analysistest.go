// Package analysistest runs a family's gotchas over their sample files.
//
// A gotcha's folder testdata/<id>/ holds samples named bad*.ts and good*.ts, a
// configuration beside each (bad.jsonc for bad.ts) where the check reads one,
// or a configuration alone. Marks at the end of a line say what is expected:
//
//	// want "regexp"   a finding with a message that matches, on this line
//	                   (advice counts too, so that it can be expected)
//	// ok              a near miss: no finding on this line
//	// guard           the line is quoted as the one that avoids the gotcha
//
// A bad sample has at least one want and no finding beyond its wants; a good
// sample has none. Advice from a gotcha that also knows violations is free.
package analysistest

import (
	"io/fs"
	"regexp"
	"sort"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// Date is the compatibility date of samples without a configuration.
const Date = "2026-11-01"

// Today is the day on which the samples are reviewed.
const Today = "2026-11-20"

var (
	wantMark = regexp.MustCompile(`// want "([^"]*)"`)
	endMark  = regexp.MustCompile(`// (ok|guard)\s*$`)
)

// Run checks every gotcha of a family against its samples.
func Run(t *testing.T, family analysis.Family) {
	seen := map[string]bool{}
	for _, g := range family.Gotchas {
		if seen[g.ID] {
			t.Errorf("%s is listed twice", g.ID)
		}
		seen[g.ID] = true
		t.Run(g.ID, func(t *testing.T) { runGotcha(t, family, g) })
	}
	dirs, _ := fs.ReadDir(family.Samples, "testdata")
	for _, d := range dirs {
		if !seen[d.Name()] {
			t.Errorf("testdata/%s belongs to no gotcha of the family", d.Name())
		}
	}
}

func runGotcha(t *testing.T, family analysis.Family, g *analysis.Gotcha) {
	if g.Title == "" || g.Why == "" || g.Fix == "" || len(g.Evidence) == 0 {
		t.Error("Title, Why, Fix and Evidence must all be written")
	}
	if g.Check == nil {
		if g.Scope != analysis.Question {
			t.Error("a gotcha without a check is a Question")
		}
		return
	}
	names := stems(family.Samples, "testdata/"+g.ID)
	bad, good := 0, 0
	for _, stem := range names {
		switch {
		case strings.HasPrefix(stem, "bad"):
			bad++
			t.Run(stem, func(t *testing.T) { runSample(t, family.Samples, g, stem, true) })
		case strings.HasPrefix(stem, "good"):
			good++
			t.Run(stem, func(t *testing.T) { runSample(t, family.Samples, g, stem, false) })
		default:
			t.Errorf("sample %s is neither bad nor good", stem)
		}
	}
	if bad == 0 || good == 0 {
		t.Errorf("%d bad and %d good samples; each gotcha has both", bad, good)
	}
}

func stems(fsys fs.FS, dir string) []string {
	set := map[string]bool{}
	entries, _ := fs.ReadDir(fsys, dir)
	for _, e := range entries {
		stem, _, _ := strings.Cut(e.Name(), ".")
		set[stem] = true
	}
	var out []string
	for s := range set {
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}

// expectation is one marked line.
type expectation struct {
	path string
	line int
	want *regexp.Regexp
	mark string // "want", "ok" or "guard"
}

func runSample(t *testing.T, fsys fs.FS, g *analysis.Gotcha, stem string, bad bool) {
	p := &analysis.Pass{Gotcha: g, Date: Date, Today: Today}
	var expected []expectation
	base := "testdata/" + g.ID + "/" + stem
	var bound []string
	if data, err := fs.ReadFile(fsys, base+".jsonc"); err == nil {
		cfg, err := wrangler.Parse(stem+".jsonc", data)
		if err != nil {
			t.Fatal(err)
		}
		p.Config = cfg
		if d := cfg.CompatibilityDate.Value; d != "" {
			p.Date = d
		}
		for _, b := range cfg.Bindings {
			bound = append(bound, b.ClassName)
		}
		expected = append(expected, marks(t, stem+".jsonc", data)...)
	}
	for _, ext := range []string{".ts", ".tsx"} {
		data, err := fs.ReadFile(fsys, base+ext)
		if err != nil {
			continue
		}
		tree, err := syntax.Parse(stem+ext, data)
		if err != nil {
			t.Fatal(err)
		}
		if len(tree.Partial) > 0 {
			line, _ := tree.Position(tree.Partial[0].Start)
			t.Fatalf("%s%s does not parse at line %d", stem, ext, line)
		}
		p.Module = model.Build(tree, bound)
		p.Modules = []*model.Module{p.Module}
		expected = append(expected, marks(t, stem+ext, data)...)
	}
	g.Check(p)
	compare(t, g, p, expected, bad)
}

func marks(t *testing.T, path string, data []byte) []expectation {
	var out []expectation
	for i, line := range strings.Split(string(data), "\n") {
		if m := wantMark.FindStringSubmatch(line); m != nil {
			re, err := regexp.Compile(m[1])
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, expectation{path, i + 1, re, "want"})
		} else if m := endMark.FindStringSubmatch(strings.TrimRight(line, "\r")); m != nil {
			out = append(out, expectation{path, i + 1, nil, m[1]})
		}
	}
	return out
}

func compare(t *testing.T, g *analysis.Gotcha, p *analysis.Pass, expected []expectation, bad bool) {
	t.Helper()
	wants := 0
	for _, e := range expected {
		switch e.mark {
		case "want":
			wants++
			if !anyFinding(p, e) {
				t.Errorf("%s:%d: no finding matches %q", e.path, e.line, e.want)
			}
		case "guard":
			if !anyGuard(p, e) {
				t.Errorf("%s:%d: the line is not quoted as a guard; guards: %v", e.path, e.line, p.Guards)
			}
		}
	}
	for _, f := range p.Findings {
		if f.Severity == analysis.Info && g.Severity != analysis.Info {
			continue
		}
		if f.Message == "" || f.Quote == "" {
			t.Errorf("%s:%d: a finding needs a message and a quote", f.Path, f.Line)
		}
		if f.Severity == analysis.Error && g.Severity != analysis.Error {
			t.Errorf("%s:%d: an error from a gotcha of severity %s", f.Path, f.Line, g.Severity)
		}
		if !wanted(expected, f) {
			t.Errorf("%s:%d: unexpected %s: %s", f.Path, f.Line, f.Severity, f.Message)
		}
	}
	if bad && wants == 0 {
		t.Error("a bad sample marks at least one line with want")
	}
	if !bad && wants > 0 {
		t.Error("a good sample has no want")
	}
}

func anyFinding(p *analysis.Pass, e expectation) bool {
	for _, f := range p.Findings {
		if f.Path == e.path && f.Line == e.line && e.want.MatchString(f.Message) {
			return true
		}
	}
	return false
}

func anyGuard(p *analysis.Pass, e expectation) bool {
	for _, g := range p.Guards {
		if g.Path == e.path && g.Line == e.line {
			return true
		}
	}
	return false
}

func wanted(expected []expectation, f analysis.Finding) bool {
	for _, e := range expected {
		if e.mark == "want" && e.path == f.Path && e.line == f.Line {
			return true
		}
	}
	return false
}
