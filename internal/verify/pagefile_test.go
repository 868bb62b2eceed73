package verify_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/verify"
)

// static verifies the files of a root without running anything.
func static(t *testing.T, root *results.Root, readOnly bool) *verify.Report {
	t.Helper()
	r, err := verify.Run(context.Background(), verify.Options{
		Root: root, Depth: verify.Static, ReadOnly: readOnly, Now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunWritesThePage(t *testing.T) {
	root := project(t, files(raceCode, ""))
	for range 2 { // the second run replaces the first one's page
		r := static(t, root, false)
		got, err := root.ReadFile("results/report.html", 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		code := map[string][]byte{results.DurableObject: []byte(object(raceCode)), results.Wrangler: []byte(config)}
		if want := string(r.HTML(code)); string(got) != want || want != string(r.HTML(code)) {
			t.Fatal("the file is not the report's page, or a second rendering differs")
		}
		text := string(got)
		for _, want := range []string{
			verify.PageMark, "<title>Not passed: Obj</title>", "Not passed. Failed: ",
			`<span class="n">9</span><span class="src">  await this.ctx.storage.put(&#34;n&#34;, n &#43; 1);</span>`, // the violation, quoted from the code
			"<code>race-external-await</code> at durable_object.ts:9", "No world was played.",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
	}
}

func TestReadOnlyWritesNoPage(t *testing.T) {
	root := project(t, files(goodCounter, ""))
	static(t, root, true)
	if got := strings.Join(root.Names("results"), " "); got != "durable_object.ts summary.md wrangler.jsonc" {
		t.Errorf("after a read-only run there are %s", got)
	}
}

func TestSomebodyElsesPageStays(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"file":      func(p string) error { return os.WriteFile(p, []byte("<h1>Sales</h1>"), 0o644) },
		"empty":     func(p string) error { return os.WriteFile(p, nil, 0o644) },
		"directory": func(p string) error { return os.Mkdir(p, 0o755) },
		"symlink": func(p string) error {
			return os.Symlink("summary.md", p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := project(t, files(goodCounter, ""))
			path := filepath.Join(root.Dir(), "results", "report.html")
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(path)
			r := static(t, root, false)
			after, err := os.Lstat(path)
			if err != nil || before.Mode() != after.Mode() || before.Size() != after.Size() {
				t.Errorf("it was %v, it is %v, %v", before, after, err)
			}
			report, err := root.ReadFile("results/validation_report.json", 1<<20)
			if err != nil || !strings.Contains(string(report), "report.html was not written") || !strings.Contains(strings.Join(r.Notes, "\n"), "move it away") {
				t.Errorf("notes %q, %v", r.Notes, err)
			}
		})
	}
}

func TestPageShowsWhatCannotBeSeen(t *testing.T) {
	r := &verify.Report{Notes: []string{"a\u202eb\u200bc\x00d\x1be\xfff\u2028g\u0085h\ttab"}}
	if want := "a⟨U+202E⟩b⟨U+200B⟩c"; !strings.Contains(string(r.HTML(nil)), want) {
		t.Errorf("the page lacks %s", want)
	}
	for _, c := range string(r.HTML(nil)) {
		if c < ' ' && c != '\n' && c != '\t' || c == '\u202e' || c == '\u2028' || c == '\u0085' {
			t.Errorf("the page holds %U", c)
		}
	}
}

func TestPageMarksCode(t *testing.T) {
	for text, want := range map[string]string{
		"see `a < b` here":     "see <code>a &lt; b</code> here",
		"`` `x` ``: why":       "<code>`x`</code>: why",
		"a ` alone":            "a ` alone",
		"``two` and ``` three": "``two` and ``` three",
		"`a``b` c":             "<code>a``b</code> c",
		"`":                    "<li>`</li>",
	} {
		if got := string((&verify.Report{Notes: []string{text}}).HTML(nil)); !strings.Contains(got, want) {
			t.Errorf("%q is not shown as %s", text, want)
		}
	}
}

// TestPageTakesOtherCode shows that a quote that does not stand in the given code
// is shown as it is, and a line far away is not quoted at all.
func TestPageTakesOtherCode(t *testing.T) {
	page := func(line int, quote string) string {
		r := &verify.Report{Differences: []verify.Difference{{World: "evicted", What: "x", Cause: &verify.Cause{Path: "a.ts", Line: line, Quote: quote, From: "log", Message: "m"}}}}
		return string(r.HTML(map[string][]byte{"a.ts": []byte("\t\tone\r\n\t\t\ttwo\r\n\t\tthree")}))
	}
	for _, c := range []struct {
		line        int
		quote, want string
		not         string
	}{
		{2, "two", `<span class="n">1</span><span class="src">one</span>`, "other"},
		{2, "two", `<span class="line here"><span class="n">2</span><span class="src">	two</span>`, "other"},
		{2, "other", `<span class="line here"><span class="n">2</span><span class="src">other</span>`, "three"},
		{9, "gone", `<span class="n">9</span><span class="src">gone</span>`, "three"},
		{9, "", "a.ts:9", `class="excerpt"`},
		{0, "", "a.ts", `class="excerpt"`},
		{3, "", `<span class="n">3</span><span class="src">three</span>`, "other"},
	} {
		if got := page(c.line, c.quote); !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("line %d, quote %q: want %s and not %s", c.line, c.quote, c.want, c.not)
		}
	}
}
