package gotchas_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/shown"
	"durable-objects-mcp/internal/toolchain/npm"
	"durable-objects-mcp/resources"
)

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func TestEveryGotchaIsPublishedWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range gotchas.All() {
		if seen[g.ID] || !kebab.MatchString(g.ID) {
			t.Errorf("the id %q is not unique or not kebab-case", g.ID)
		}
		seen[g.ID] = true
		page := gotchas.Page(g)
		for _, want := range []string{g.Title, g.Why, g.Fix, g.Evidence[0]} {
			if !strings.Contains(page, want) {
				t.Errorf("the page of %s lacks %q", g.ID, want)
			}
		}
		if p, ok, _ := shown.Get(g.ID); ok != strings.Contains(page, "**Shown on workerd "+npm.Version("workerd")) || ok && !strings.Contains(page, p.Shows) {
			t.Errorf("the page of %s does not say whether it is shown on workerd", g.ID)
		}
		if strings.Contains(page, "// want") || strings.Contains(page, "// guard") {
			t.Errorf("the page of %s shows the tests' marks", g.ID)
		}
		if g.Check != nil && g.Scope != analysis.Config && !strings.Contains(page, "```ts") {
			t.Errorf("the page of %s has no sample", g.ID)
		}
	}
}

func TestResourcesReferToGotchasThatExist(t *testing.T) {
	link := regexp.MustCompile(`durable-objects://gotchas/([a-z0-9-]+)`)
	for _, r := range resources.All() {
		for _, m := range link.FindAllStringSubmatch(r.Text, -1) {
			if _, err := gotchas.Get(m[1]); err != nil {
				t.Errorf("%s: %v", r.URI, err)
			}
		}
	}
}

// The runbook's six rules and all of its gotchas have to be there.
func TestRunbookIsCovered(t *testing.T) {
	for _, id := range []string{
		"hibernation-memory-state", "settimeout-durable", "constructor-heavy", "race-external-await", "alarm-single", "ws-standard-accept",
		"overload", "sqlite-full", "cfg-cpu-ms", "cfg-migration-history", "rpc-needs-extends", "cfg-compat-date", "cfg-delete-data", "cold-start",
		"waituntil-in-do", "singleton-do", "ws-attachment-size", "ws-attachment-missing", "ws-client-reconnect", "alarm-long-work",
	} {
		if _, err := gotchas.Get(id); err != nil {
			t.Error(err)
		}
	}
}

func review(src string) *gotchas.Result {
	return gotchas.Review(gotchas.Input{Files: []gotchas.File{{Path: "a.ts", Source: []byte(src)}}, Today: "2026-11-01"})
}

const broken = "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {\n  f() { setTimeout(() => this.f(), 3_600_000); }\n}\n"

func TestUnreadableRegionsAreNamedAndTheRestIsReviewed(t *testing.T) {
	r := review(broken + "\nclass { ] ) ;\n")
	if len(r.Partial) == 0 || r.Partial[0].Line < 5 {
		t.Errorf("partial %+v", r.Partial)
	}
	if r.Errors() == 0 {
		t.Error("the timer above the unreadable region is not reported")
	}
}

func TestCommentsAndStringsAreNotCode(t *testing.T) {
	r := review("import { DurableObject } from \"cloudflare:workers\";\n// setTimeout(() => {}, 3600000); this.ctx.storage.sql.exec(\"BEGIN\")\nexport class A extends DurableObject {\n  f() { return `setInterval(() => server.accept(), 1000)`; }\n}\n")
	for _, f := range r.Findings {
		if f.Severity != analysis.Info {
			t.Errorf("%s: %s", f.Gotcha, f.Message)
		}
	}
}

// A note is a finding too: its gotcha is not called inapplicable beside it.
func TestNoGotchaIsBothFoundAndInapplicable(t *testing.T) {
	noted := 0
	for _, g := range gotchas.All() {
		if g.Check == nil || g.Severity != analysis.Info {
			continue
		}
		in := gotchas.Input{Today: "2026-11-26", Files: []gotchas.File{{Path: "object.ts", Source: []byte(gotchas.Sample(g.ID, "bad.ts"))}}}
		if config := gotchas.Sample(g.ID, "bad.jsonc"); config != "" {
			in.Config = &gotchas.File{Path: "wrangler.jsonc", Source: []byte(config)}
		}
		r := gotchas.Review(in)
		verdict := map[string]gotchas.Verdict{}
		for _, v := range r.Verdicts {
			verdict[v.Gotcha] = v
		}
		for _, f := range r.Findings {
			v := verdict[f.Gotcha]
			if v.Verdict == analysis.NotApplicable {
				t.Errorf("%s is found at line %d of its sample of %s, and not applicable: %s", f.Gotcha, f.Line, g.ID, v.Reason)
			}
			if f.Gotcha == g.ID && v.Verdict == analysis.Advised {
				noted++
				if v.Reason != f.Message && v.Line == f.Line {
					t.Errorf("%s: the verdict says %q, the finding %q", g.ID, v.Reason, f.Message)
				}
				if text := gotchas.SelfReview(r); !strings.Contains(text, "## Advice\n") || strings.Contains(text, "- `"+g.ID+"`: ") {
					t.Errorf("the self-review lists %s in the wrong place:\n%s", g.ID, text)
				}
			}
		}
	}
	if noted < 5 {
		t.Errorf("only %d samples were noted", noted)
	}
}

// room.get(room.idFromName(id)) is one mistake, however often it names the binding.
func TestAnUnboundNameIsReportedOnceALine(t *testing.T) {
	r := gotchas.Review(gotchas.Input{
		Today: "2026-11-26",
		Files: []gotchas.File{{Path: "index.ts", Source: []byte(`export class User extends DurableObject<Env> {}
export default {
	fetch(request: Request, env: Env) {
		const stub = env.USER.get(env.USER.idFromName("a"));
		return env.USER.getByName("b").fetch(request) ?? stub.fetch(request);
	},
};
`)}},
		Config: &gotchas.File{Path: "wrangler.jsonc", Source: []byte(`{"name": "x", "main": "index.ts", "compatibility_date": "2026-11-01"}`)},
	})
	var lines []int
	for _, f := range r.Findings {
		if f.Gotcha == "cfg-binding-name" {
			lines = append(lines, f.Line)
		}
	}
	if !slices.Equal(lines, []int{4, 5}) {
		t.Errorf("reported on the lines %v, want 4 and 5", lines)
	}
}

func TestEveryGotchaGetsOneVerdict(t *testing.T) {
	r := review(broken)
	if len(r.Verdicts) != len(gotchas.All()) {
		t.Fatalf("%d verdicts for %d gotchas", len(r.Verdicts), len(gotchas.All()))
	}
	for _, v := range r.Verdicts {
		if v.Reason == "" || v.Verdict != analysis.NotApplicable && (v.Quote == "" || v.Line == 0) {
			t.Errorf("%+v", v)
		}
	}
	if len(r.Broken) != 0 {
		t.Errorf("checks that failed: %+v", r.Broken)
	}
}

func TestSameInputSameOutput(t *testing.T) {
	first := gotchas.SelfReview(review(broken))
	for range 20 {
		if again := gotchas.SelfReview(review(broken)); again != first {
			t.Fatal("two reviews of the same text differ")
		}
	}
}

// Whatever the text, a review ends without a failed check.
func FuzzReview(f *testing.F) {
	f.Add(broken)
	f.Add("export class A { constructor(state) {} async fetch() { await this.x?.y`${z}`; } }")
	f.Add("class A extends B { @d accessor #x = await using y; static { } }")
	f.Fuzz(func(t *testing.T, src string) {
		done := make(chan *gotchas.Result, 1)
		go func() { done <- review(src) }()
		select {
		case r := <-done:
			if len(r.Broken) > 0 {
				t.Errorf("%+v", r.Broken)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("still reviewing %d bytes after 20 seconds", len(src))
		}
	})
}
