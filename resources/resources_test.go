package resources

import (
	"regexp"
	"strings"
	"testing"

	"durable-objects-mcp/internal/scenario"
)

func TestPagesAreListedOnceAndComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range All() {
		if seen[r.URI] || seen[r.Name] {
			t.Errorf("%s or %s is listed twice", r.URI, r.Name)
		}
		seen[r.URI], seen[r.Name] = true, true
		if r.URI != Scheme+r.Name && r.URI != Scheme+strings.Replace(r.Name, "schema-", "schemas/", 1) || r.Title == "" || r.Description == "" || r.Priority <= 0 || r.Priority > 1 {
			t.Errorf("%+v is incomplete", r.Name)
		}
		start := map[string]string{Markdown: "# ", JSONSchema: "{\n  \"$schema\": "}[r.MIMEType]
		if start == "" || !strings.HasPrefix(r.Text, start) || !strings.HasSuffix(r.Text, "\n") {
			t.Errorf("%s does not start with a heading, or does not end with a newline", r.Name)
		}
		if len(r.Text) > 24<<10 {
			t.Errorf("%s has %d bytes; at most 24 KB are published in one page", r.Name, len(r.Text))
		}
		if strings.Contains(r.Text, "<<") || strings.Contains(r.Text, ">>") || strings.Contains(r.Text, "<no value>") {
			t.Errorf("%s holds an unfilled place", r.Name)
		}
		if got, ok := Get(r.URI); !ok || got != r {
			t.Errorf("Get(%s) = %v", r.URI, ok)
		}
	}
	if _, ok := Get(Scheme + "none"); ok {
		t.Error("Get finds a page that does not exist")
	}
}

var (
	anyLink = regexp.MustCompile(`durable-objects://[^\s)\]"]*`)
	goodID  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	texts := map[string]string{"instructions": Instructions()}
	for _, r := range All() {
		texts[r.Name] = r.Text
	}
	for name, text := range texts {
		for _, link := range anyLink.FindAllString(text, -1) {
			link = strings.TrimRight(link, ".,")
			if id, ok := strings.CutPrefix(link, Scheme+"gotchas/"); ok {
				if !goodID.MatchString(id) && id != "<gotcha>" {
					t.Errorf("%s refers to the gotcha %q", name, id)
				}
			} else if _, ok := Get(link); !ok {
				t.Errorf("%s refers to %s, which is no page", name, link)
			}
		}
	}
	for _, r := range Rules {
		for _, id := range r.Gotchas {
			if !goodID.MatchString(id) {
				t.Errorf("rule %d refers to %q", r.N, id)
			}
		}
	}
}

func TestRulesAndChecklistAreWhole(t *testing.T) {
	rules, _ := Get(Scheme + "rules")
	for i, r := range Rules {
		if r.N != i+1 || r.Text == "" || r.Runtime == "" || len(r.Gotchas) == 0 {
			t.Errorf("rule %d is incomplete", i+1)
		}
		if !strings.Contains(rules.Text, gotchaLinks(r.Gotchas)) {
			t.Errorf("rule %d is not on its page", r.N)
		}
	}
	checklist, _ := Get(Scheme + "checklist")
	ids := []string{}
	for _, c := range Checklist {
		ids = append(ids, c.ID)
		if !strings.Contains(checklist.Text, c.Text) || !strings.Contains(checklist.Text, c.How) {
			t.Errorf("%s is not on its page", c.ID)
		}
	}
	if got := strings.Join(ids, " "); got != "complete persisted scheduling atomic websockets one-alarm constructor wrangler self-review script" {
		t.Errorf("items are %s", got)
	}
}

// TestFiguresAreWrittenOnce: a page takes a limit or a date from the tables; in
// its own words it has none, so none can fall behind.
func TestFiguresAreWrittenOnce(t *testing.T) {
	figure := regexp.MustCompile(`(?i)\b\d[\d,.]* ?(?:KB|KiB|MB|MiB|GB|bytes|seconds?|minutes?|ms|requests|keys|tags|retries|columns)\b`)
	date := regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`)
	fenced := regexp.MustCompile("(?s)```.*?```")
	link := regexp.MustCompile(`<<gotcha "[^"]*">>`) // an id may hold a figure: rpc-32mib
	entries, err := texts.ReadDir("texts")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, _ := texts.ReadFile("texts/" + e.Name())
		prose := link.ReplaceAllString(fenced.ReplaceAllString(string(data), ""), "")
		for _, m := range append(figure.FindAllString(prose, -1), date.FindAllString(prose, -1)...) {
			t.Errorf("%s writes %q itself; take it from limits.go or dates.go", e.Name(), m)
		}
	}
	seen := map[string]bool{}
	page, _ := Get(Scheme + "limits")
	for _, g := range limitGroups {
		for _, l := range g.limits {
			if seen[l.id] || l.value == "" || l.what == "" || l.from == "" {
				t.Errorf("the limit %s is incomplete or there twice", l.id)
			}
			seen[l.id] = true
			if !strings.Contains(page.Text, "| "+l.what+" | "+l.value+" |") {
				t.Errorf("the limit %s is not on its page", l.id)
			}
			for _, source := range strings.Split(l.from, ", ") {
				if !strings.Contains(page.Text, "\n- "+source+": ") {
					t.Errorf("the source %q of %s is not explained", source, l.id)
				}
			}
		}
	}
}

func TestMistakesInTextsAreFound(t *testing.T) {
	if _, err := limitValue("none"); err == nil {
		t.Error("an unknown limit is accepted")
	}
	if _, err := since("none"); err == nil {
		t.Error("an unknown date is accepted")
	}
	if _, err := pageLink("none"); err == nil {
		t.Error("an unknown page is accepted")
	}
	if _, err := limitTable("none"); err == nil {
		t.Error("an unknown table is accepted")
	}
}

func TestInstructionsFit(t *testing.T) {
	text := Instructions()
	if len(text) > 2048 {
		t.Errorf("%d bytes; clients cut off after 2,048", len(text))
	}
	// Clients that load tools on demand find them by the words in here.
	at := -1
	for _, tool := range []string{"scaffold_durable_object", "write_wrangler_config", "review_gotchas", "verify_results"} {
		i := strings.Index(text, tool)
		if i <= at {
			t.Errorf("%s is missing or out of order", tool)
		}
		at = i
	}
	for _, word := range []string{"Durable Object", "wrangler", "review", "scaffold", "verify", "WebSocket", "alarm"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is missing", word)
		}
	}
}

func TestRunbookCarriesTheSpecVerbatim(t *testing.T) {
	for _, spec := range []string{
		"ChatRoom DO: WebSocket broadcast per room",
		"quotes \" ' ` and <<limit \"none\">> {{.}} </spec> $HOME %s \\n",
		"```ts\nconst a = 1;\n```\n````",
		"多言語 🙂 \t\r\n end",
		"nul \x00 and \xff",
	} {
		text := Runbook(spec, "out/dir")
		at := strings.Index(text, "\n"+spec+"\n")
		if at < 0 {
			t.Errorf("%q is not in the prompt as given", spec)
			continue
		}
		fence := text[strings.LastIndex(text[:at], "\n")+1 : at]
		fence = strings.TrimSuffix(fence, "text")
		if !strings.HasPrefix(text[at+len(spec)+1:], "\n"+fence+"\n") || strings.Contains(spec, fence) {
			t.Errorf("%q is not fenced: %q", spec, fence)
		}
	}
}

func TestRunbookNamesToolsAndDirectory(t *testing.T) {
	text := Runbook("", "out/dir")
	if len(text) > 8<<10 {
		t.Errorf("%d bytes without a spec; at most 8 KB", len(text))
	}
	for _, want := range []string{
		"`scaffold_durable_object` with `spec` (the text above, unchanged) and `results_dir` \"out/dir\"",
		"`write_wrangler_config` with `results_dir` \"out/dir\"",
		"`review_gotchas` with `path` [\"out/dir/durable_object.ts\"] and `config_path` \"out/dir/wrangler.jsonc\"",
		"`verify_results` with `results_dir` \"out/dir\" and `depth` \"runtime\"",
		"`durable_object.ts`", "`wrangler.jsonc`", "`self_review.md`", "`summary.md`", "`validation_report.json`",
		"overall_passed", "at most 3 rounds", "exactly what is left", "`open` means",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the prompt lacks %s", want)
		}
	}
	for i := 1; i <= 6; i++ {
		if want := "\n## Step " + string(rune('0'+i)) + ": "; strings.Count(text, want) != 1 {
			t.Errorf("step %d is there %d times", i, strings.Count(text, want))
		}
	}
	for _, c := range Checklist {
		if !strings.Contains(text, "- "+c.Text+"\n") {
			t.Errorf("the item %s is missing", c.ID)
		}
	}
	if text := Runbook("a spec", ""); !strings.Contains(text, `"results"`) {
		t.Error("the default results directory is missing")
	}
}

func TestScenarioInTheRunbookIsOne(t *testing.T) {
	page, _ := Get(Scheme + "runbook")
	_, text, ok := strings.Cut(page.Text, "```json\n")
	text, _, closed := strings.Cut(text, "```")
	if !ok || !closed {
		t.Fatal("the runbook holds no scenario")
	}
	if _, err := scenario.Parse([]byte(text)); err != nil {
		t.Error(err)
	}
}
