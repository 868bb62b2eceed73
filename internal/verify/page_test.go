package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/verify"
)

// hostile is text that must be read on the page and never run, load or break out.
const hostile = `</script></style></title>--><script>globalThis.ran = 1</script><img src=x onerror="globalThis.ran = 2"><svg onload=globalThis.ran=3> "'` + "`{{.}} javascript:alert(1) &lt;b&gt;"

// raceCode loses updates in a burst, and its counter in memory when it is evicted.
const raceCode = `  seen = 0;
  override async fetch(request: Request): Promise<Response> {
    this.seen++;
    const n = (await this.ctx.storage.get<number>("n")) ?? 0;
    if (request.method === "POST") {
      await fetch("https://example.com/audit");
      await this.ctx.storage.put("n", n + 1);
    }
    return Response.json({ n, seen: this.seen });
  }`

// richReport is a report with everything that a page can show: six worlds,
// differences with causes, missed traffic, findings, and hostile text wherever
// text comes from somebody else.
func richReport() (*verify.Report, map[string][]byte) {
	code := map[string][]byte{results.DurableObject: []byte(object(raceCode)), results.Wrangler: []byte(config)}
	review := gotchas.Review(gotchas.Input{
		Files:  []gotchas.File{{Path: results.DurableObject, Source: code[results.DurableObject]}},
		Config: &gotchas.File{Path: results.Wrangler, Source: code[results.Wrangler]}, Today: "2026-11-01",
	})
	r := &verify.Report{
		Version: verify.Version, RunDate: "2026-11-01T12:00:00Z", Depth: verify.Runtime,
		Stages: []verify.Stage{
			{Name: "implement", Status: verify.Passed, Passed: true, Message: "durable_object.ts is there (700 bytes)"},
			{Name: "types", Status: verify.Passed, Passed: true, Message: "tsc 7.0.2 accepts it under strict", DurationMS: 56},
			{Name: "bundle", Status: verify.Skipped, Message: "workerd is not installed", Enable: "install Node.js with npm"},
			{Name: "worlds", Status: verify.Failed, Message: "2 of the scenario's promises do not hold", DurationMS: 2731,
				Details: []string{"evicted: step 3 (`GET /`) answered something else", hostile}},
			{Name: "script", Status: verify.NotApplicable, Message: "nothing to decide"},
		},
		Results:     verify.Results{GotchasGuarded: 3, GotchasViolated: 2, Errors: 1, StepsPlayed: 30, Evictions: 5, Differences: 2},
		Checklist:   []verify.ChecklistItem{{ID: "complete", Text: "It is complete", Status: verify.Passed, Evidence: "durable_object.ts:2 `` export class `Obj` ``: " + hostile}},
		Script:      []string{"=== FINAL OUTPUT VERIFICATION ===", "PASS: " + hostile},
		Runtime:     verify.Environment{Workerd: "1.20261023.1", TypeScript: "7.0.2", CompatibilityDate: "2026-10-01", Platform: "linux/amd64"},
		Differences: []verify.Difference{},
		Traffic: &verify.Traffic{From: "scenario", Steps: 6, Reached: []string{"Obj.fetch", "Obj.alarm"},
			Missed: []string{"durable_object.ts:14: SELECT " + strings.Repeat("very_long_column_name, ", 30) + hostile}},
		Notes:  []string{"Differs from run to run by itself, so it was not compared: stored `t`, " + hostile},
		Review: review,
	}
	titles := []string{"GET /", "10 × POST /add", "the count survives being asked twice", "open socket " + hostile, "receive on ann", "advance the clock by 1860000 ms"}
	for _, w := range []verify.World{
		{Name: "base", What: "the scenario as written", Untouched: true},
		{Name: "base again", What: "the same once more, to tell chance from change", Untouched: true},
		{Name: "serial", What: "bursts sent one by one", Untouched: true},
		{Name: "evicted", What: "memory dropped between all steps, sockets hibernating", Untouched: true, Evictions: 5, Failures: 1},
		{Name: "crashed", What: "killed between all steps, on the same disk", Untouched: true, Crashes: 5},
		{Name: "clock", What: "with a clock that moves", Wrapped: "a subclass moves `Date` and the alarms"},
	} {
		at := int64(0)
		for i, title := range titles {
			if i == len(titles)-1 && w.Name != "clock" {
				continue
			}
			p := verify.Played{Step: i + 1, Title: title, Answer: fmt.Sprintf(`200 {"n":%d,"seen":%d}`, i, i+1), StartMS: at, MS: 4}
			if i == 3 {
				p.Answer = "101 opened " + strings.Repeat("unbroken", 40) + hostile
			}
			switch w.Name {
			case "evicted":
				p.Between = "evicted"
				if i == 2 {
					p.Answer, p.Problem = `200 {"n":2,"seen":1}`, "another answer than in the base world"
				}
			case "crashed":
				p.Between, p.MS = "crashed", 1200
			case "base again":
				if i == 4 {
					p.Answer = `200 {"id":"5d1c"}`
				}
			case "serial":
				if i == 1 {
					p.Answer = `10 × 200, n = 10 ` + hostile
				}
			}
			at += p.MS + 7
			w.Timeline = append(w.Timeline, p)
		}
		w.Steps, w.DurationMS = len(w.Timeline), at
		r.Worlds = append(r.Worlds, w)
	}
	r.Differences = append(r.Differences,
		verify.Difference{World: "evicted", Step: 3, Title: titles[2], What: "A client sees another count after the object was evicted.",
			Base: `200 {"n":2,"seen":3}`, Here: `200 {"n":2,"seen":1}`,
			Cause: &verify.Cause{Gotcha: "hibernation-memory-state", Path: results.DurableObject, Line: 3, Quote: "seen = 0;", From: "reviewer", Message: "`seen` is lost with the instance. " + hostile}},
		verify.Difference{World: "serial", Step: 2, Title: titles[1], What: "Updates are lost when requests come at once: " + hostile, Base: "n = 1", Here: "n = 10",
			Cause: &verify.Cause{Gotcha: "race-external-await", Path: "elsewhere.ts", Line: 9, Quote: hostile, From: "log", Message: "the await lets others in"}},
		verify.Difference{World: "crashed", What: "A stored value is gone."})
	return r, code
}

// tab is a tab of a real browser that has no network, with what happened in it.
type tab struct {
	ctx context.Context

	mu       sync.Mutex
	requests []string // addresses
	messages []string // console errors, violations of the policy, exceptions, dialogs
}

// openBrowser starts Debian's chromium; the test is skipped where there is none.
func openBrowser(t *testing.T) *tab {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium is installed; on Debian: apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process, so that its directory can go
		cancel()
	})
	b := &tab{ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, ev.Request.URL)
	case *log.EventEntryAdded:
		b.messages = append(b.messages, "log: "+ev.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.messages = append(b.messages, "console: "+string(ev.Type))
	case *runtime.EventExceptionThrown:
		b.messages = append(b.messages, "exception: "+ev.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		b.messages = append(b.messages, "dialog: "+ev.Message)
	}
}

// open loads a page from disk and returns what it asked for besides itself.
func (b *tab) open(t *testing.T, html []byte) (requests, messages []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, html, 0o644); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.requests, b.messages = nil, nil
	b.mu.Unlock()
	if err := chromedp.Do(b.ctx, chromedp.Navigate("file://"+file)); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, b, "document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(true), 50))))", chromedp.EvalAwaitPromise)
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.requests), func(u string) bool { return u == "file://"+file }), slices.Clone(b.messages)
}

func evaluate[T any](t *testing.T, b *tab, js string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, options...))
	if err != nil {
		t.Fatalf("%v in %s", err, js)
	}
	return v
}

func (b *tab) media(t *testing.T, media, scheme string) {
	t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		t.Fatal(err)
	}
}

// roles counts what a screen reader meets on the page, by role.
func (b *tab) roles(t *testing.T) map[string]int {
	t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, n := range tree.Nodes {
		if !n.Ignored && n.Role != nil {
			count[strings.Trim(string(n.Role.Value), `"`)]++
		}
	}
	return count
}

func (b *tab) size(t *testing.T, width, height int64) {
	t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
}

// lowContrast lists the texts whose colour differs from what is behind them by
// less than 4.5 to 1, and counts all that were looked at.
const lowContrast = `(() => {
  const rgba = s => {
    const m = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(s);
    if (!m) throw new Error("not a plain colour: " + s);
    return [+m[1], +m[2], +m[3], m[4] === undefined ? 1 : +m[4]];
  };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const luminance = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  document.querySelectorAll("details").forEach(d => d.open = true);
  const bad = [];
  let count = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walk.nextNode();) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.opacity !== "1") throw new Error("opacity on " + e.className);
      layers.push(rgba(style.backgroundColor));
    }
    const behind = layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
    const front = over(rgba(getComputedStyle(element).color), behind);
    const [a, b] = [luminance(front), luminance(behind)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    count++;
    if (ratio < 4.5) bad.push(ratio.toFixed(2) + " " + element.tagName + "." + element.className + ": " + node.data.trim().slice(0, 40));
  }
  return { bad, count, paper: luminance(rgba(getComputedStyle(document.body).backgroundColor)) };
})()`

// broken lists what a reader with assistive technology would stumble over.
const broken = `(() => {
  const bad = [], ids = new Set();
  const all = s => [...document.querySelectorAll(s)];
  for (const e of all("[id]")) { if (ids.has(e.id)) bad.push("id twice: " + e.id); ids.add(e.id); }
  for (const a of all("a")) if (!ids.has(decodeURIComponent(a.hash.slice(1)))) bad.push("link to nowhere: " + a.getAttribute("href"));
  for (const e of all("[aria-labelledby]")) if (!ids.has(e.getAttribute("aria-labelledby"))) bad.push("no label " + e.getAttribute("aria-labelledby"));
  for (const th of all("th")) if (!/^(col|row)$/.test(th.scope)) bad.push("th without scope: " + th.textContent);
  for (const name of ["header", "nav", "main", "footer", "h1", "title"]) if (all(name).length !== 1) bad.push(all(name).length + " of " + name);
  for (const svg of all("svg")) if (svg.getAttribute("aria-hidden") !== "true") bad.push("svg that is read out");
  let level = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6")) { const n = +h.tagName[1]; if (n > level + 1) bad.push("heading jumps at " + h.textContent); level = n; }
  for (const p of all(".pill")) if (!/\p{L}/u.test(p.textContent)) bad.push("status by sign alone");
  if (!document.documentElement.lang) bad.push("no language");
  return bad;
})()`

// pages are the reports that the browser opens: one with everything in it, and
// one of a real run.
func pages(t *testing.T) map[string]struct {
	report *verify.Report
	html   []byte
} {
	t.Helper()
	type shown = struct {
		report *verify.Report
		html   []byte
	}
	rich, code := richReport()
	real := run(t, files(goodCounter, steps(hit(1), hit(2), `{"evict": {}}`, hit(3))), verify.Runtime)
	return map[string]shown{
		"rich": {rich, rich.HTML(code)},
		"real": {real, real.HTML(map[string][]byte{results.DurableObject: []byte(object(goodCounter))})},
		"bare": {&verify.Report{}, (&verify.Report{}).HTML(nil)},
	}
}

func TestPageInABrowser(t *testing.T) {
	b := openBrowser(t)
	for name, p := range pages(t) {
		t.Run(name, func(t *testing.T) {
			b.media(t, "", "light")
			b.size(t, 1280, 900)
			requests, messages := b.open(t, p.html)
			if len(requests) > 0 || len(messages) > 0 {
				t.Errorf("the page asks for %v and reports %v", requests, messages)
			}
			if bad := evaluate[[]string](t, b, broken); len(bad) > 0 {
				t.Errorf("%q", bad)
			}
			for _, scheme := range []string{"light", "dark"} {
				b.media(t, "", scheme)
				got := evaluate[struct {
					Bad   []string `json:"bad"`
					Count int      `json:"count"`
					Paper float64  `json:"paper"`
				}](t, b, lowContrast)
				if len(got.Bad) > 0 || got.Count < 40 {
					t.Errorf("%s: of %d texts too little contrast have %q", scheme, got.Count, got.Bad)
				}
				if dark := got.Paper < 0.1; dark != (scheme == "dark") {
					t.Errorf("%s: the paper's luminance is %.2f", scheme, got.Paper)
				}
			}
			if name != "bare" && len(p.report.Worlds[0].Timeline) > 0 {
				columns := evaluate[[]int](t, b, `[...document.querySelectorAll(".timeline tbody tr")].map(r => r.cells.length - 1).concat(document.querySelectorAll(".timeline thead .world").length)`)
				for _, n := range columns {
					if n != len(p.report.Worlds) {
						t.Errorf("columns %v for %d worlds", columns, len(p.report.Worlds))
						break
					}
				}
			}
			cells := 0
			for _, w := range p.report.Worlds {
				cells = max(cells, len(w.Timeline))
			}
			for _, width := range []int64{320, 390, 820, 1280} {
				b.size(t, width, 900)
				if roles := b.roles(t); roles["columnheader"] != evaluate[int](t, b, `document.querySelectorAll("th[scope=col]").length`) ||
					roles["rowheader"] != len(p.report.Stages)+len(p.report.Worlds)+cells || roles["main"] != 1 || roles["navigation"] != 1 {
					t.Errorf("at a width of %d a screen reader meets %v", width, roles)
				}
				if got := evaluate[int64](t, b, "document.documentElement.scrollWidth"); got > width {
					t.Errorf("at a width of %d the page is %d wide", width, got)
				}
			}
		})
	}
}

func TestHostileTextIsOnlyText(t *testing.T) {
	b := openBrowser(t)
	r, code := richReport()
	b.open(t, r.HTML(code))
	got := evaluate[struct {
		Ran   *int `json:"ran"`
		Loose int  `json:"loose"`
		Times int  `json:"times"`
	}](t, b, `({ ran: globalThis.ran ?? null, loose: document.querySelectorAll("script, img, iframe, object, embed, link, [onerror], [onload], style:not(head *), svg:not([aria-hidden])").length,
		times: document.body.textContent.split(`+js(t, hostile)+`).length - 1 })`)
	if got.Ran != nil || got.Loose != 0 || got.Times < 10 {
		t.Errorf("ran: %v, elements made of text: %d, the text is there %d times", got.Ran, got.Loose, got.Times)
	}
}

// TestTheBrowserWouldTell shows that the other tests can fail: a page that does
// what a report must not do is noticed.
func TestTheBrowserWouldTell(t *testing.T) {
	b := openBrowser(t)
	requests, messages := b.open(t, []byte(`<!doctype html><img src="http://example.com/a.png"><p style="color: #999; background: #fff">x</p><script>globalThis.ran = 1; console.error("x"); throw new Error("y")</script><h4>y</h4>`))
	if !slices.Contains(requests, "http://example.com/a.png") || !slices.Contains(messages, "console: error") || !strings.Contains(strings.Join(messages, "\n"), "exception: Uncaught") {
		t.Errorf("requests %v, messages %v", requests, messages)
	}
	if got := evaluate[json.RawMessage](t, b, lowContrast); !strings.Contains(string(got), "2.85 P") {
		t.Errorf("contrast: %s", got)
	}
	if got := evaluate[[]string](t, b, broken); !slices.Contains(got, "heading jumps at y") || !slices.Contains(got, "0 of main") {
		t.Errorf("structure: %q", got)
	}
}

func js(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var pdfPage = regexp.MustCompile(`/Type */Page\b[^s]`)

func TestPageInPrint(t *testing.T) {
	b := openBrowser(t)
	r, code := richReport()
	b.open(t, r.HTML(code))
	b.media(t, "print", "dark")
	b.size(t, 718, 1000) // A4 between its margins, in CSS pixels
	got := evaluate[struct {
		Wide  int    `json:"wide"`
		Paper string `json:"paper"`
		Folds []int  `json:"folds"`
	}](t, b, `({ wide: document.documentElement.scrollWidth, paper: getComputedStyle(document.body).backgroundColor,
		folds: [...document.querySelectorAll("details:not([open])")].map(d => d.lastElementChild.checkVisibility({ contentVisibilityAuto: true }) ? d.lastElementChild.getBoundingClientRect().height | 0 : 0) })`)
	if got.Wide > 718 || got.Paper != "rgb(255, 255, 255)" || len(got.Folds) != 3 || slices.Min(got.Folds) < 20 {
		t.Errorf("%d wide, on %s, folded parts are %v high", got.Wide, got.Paper, got.Folds)
	}
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(pdfPage.FindAll(pdf, -1)); !bytes.HasPrefix(pdf, []byte("%PDF-")) || n < 3 {
		t.Errorf("%d pages in %d bytes", n, len(pdf))
	}
}
