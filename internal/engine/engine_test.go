package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/verify"
)

// seed is the runbook's own example.
const seed = "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle."

func open(t *testing.T) (*engine.Engine, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := results.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &engine.Engine{Root: root}, dir
}

func expectErr(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want …%s…", err, want)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// build runs the whole runbook and expects every applicable stage to pass, with
// nothing found by the reviewer and the types clean under the strictest options.
func build(t *testing.T, spec string) (*engine.ScaffoldResult, *verify.Report) {
	t.Helper()
	e, dir := open(t)
	s, r, err := e.Build(context.Background(), engine.BuildRequest{Spec: spec})
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	for _, st := range r.Stages {
		if st.Status == verify.Skipped && strings.Contains(st.Enable, "Node.js") {
			t.Skip(st.Message)
		}
	}
	if !r.OverallPassed {
		t.Errorf("%s:\n%s", spec, r.Text())
	}
	for _, f := range r.Review.Findings {
		if f.Severity != analysis.Info {
			t.Errorf("%s: %s %s:%d %s: %s", spec, f.Severity, f.Path, f.Line, f.Gotcha, f.Message)
		}
	}
	tools, err := toolchain.Locate(context.Background(), toolchain.Options{})
	if err != nil {
		t.Fatal(err)
	}
	strict, err := tools.TypeCheck(context.Background(), toolchain.TypeCheck{
		ProjectDir: filepath.Join(dir, "results"), Entry: results.DurableObject, Date: toolchain.NewestDate(), Pedantic: true,
		EnvDTS: toolchain.EnvDTS(toolchain.EnvInput{Bindings: []toolchain.EnvBinding{{Name: s.Binding, Class: s.Class, ModulePath: "./durable_object"}}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range strict.Diagnostics {
		t.Errorf("%s: %s:%d: %s %s", spec, d.Path, d.Line, d.Code, d.Message)
	}
	return s, r
}

func TestRunbookExampleIsComplete(t *testing.T) {
	s, r := build(t, seed)
	if s.Class != "ChatRoom" || s.Open != 0 {
		t.Errorf("class %s, %d open clauses: %+v", s.Class, s.Open, s.Clauses)
	}
	if len(r.Checklist) != 10 {
		t.Fatalf("%d checklist items", len(r.Checklist))
	}
	for _, c := range r.Checklist {
		if c.Status != verify.Passed || c.Evidence == "" {
			t.Errorf("%s is %s: %s", c.Text, c.Status, c.Evidence)
		}
	}
	want := []string{"implement", "configure", "self_review", "types", "bundle", "boot", "worlds", "script", "checklist"}
	for i, name := range want {
		if i >= len(r.Stages) || r.Stages[i].Name != name {
			t.Fatalf("stages %+v, want %v", r.Stages, want)
		}
	}
	if len(r.Worlds) != 7 || r.Results.Evictions == 0 {
		t.Errorf("%d worlds, %d evictions", len(r.Worlds), r.Results.Evictions)
	}
}

// The six patterns, alone and together, each built, reviewed, type-checked,
// started and played in every world.
func TestPatternsAloneAndTogether(t *testing.T) {
	patterns := []string{
		"a rate limit of 5 requests per minute",
		"a lock with leases of 30 seconds",
		"an atomic counter",
		"WebSocket broadcast per room with a persistent message count",
		"scheduled reminders: several events that fall due later",
		"delete all state after 30 min idle",
	}
	var specs []string
	for i, p := range patterns {
		specs = append(specs, "Thing DO: "+p+".")
		for _, q := range patterns[:i] {
			specs = append(specs, "Thing DO: "+q+", "+p+".")
		}
	}
	specs = append(specs, "Thing DO: "+strings.Join(patterns, ", ")+".", "HitCounter DO: a counter for high traffic, sharded across 8 objects.")
	for i, spec := range specs {
		t.Run(fmt.Sprint(i), func(t *testing.T) { build(t, spec) })
	}
}

func TestSpecsThatAreNone(t *testing.T) {
	e, dir := open(t)
	for spec, want := range map[string]string{
		"":                                  "empty",
		" \n ":                              "empty",
		"bake me a cake":                    "Durable Object",
		strings.Repeat("a counter, ", 5000): "bytes",
	} {
		_, err := e.Scaffold(engine.ScaffoldRequest{Spec: spec})
		expectErr(t, err, want)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("a refused spec left %v behind", entries)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	e, dir := open(t)
	r, err := e.Scaffold(engine.ScaffoldRequest{Spec: seed, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.Text(), "export class ChatRoom extends DurableObject<Env>") {
		t.Error("the text lacks the code")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("a dry run left %v behind", entries)
	}
}

func TestUncoveredClausesAreLeftOpen(t *testing.T) {
	e, _ := open(t)
	r, err := e.Scaffold(engine.ScaffoldRequest{Spec: "Counter DO: atomic counter at GET /count, email the owner at every thousandth visit."})
	if err != nil {
		t.Fatal(err)
	}
	if r.Open == 0 || !strings.Contains(r.Text(), "email the owner") {
		t.Errorf("open %d:\n%s", r.Open, r.Text())
	}
}

func TestConfigForOneTwoAndNoClasses(t *testing.T) {
	const one = "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {}\n"
	for name, c := range map[string]struct{ source, want, err string }{
		"one":          {one, `"class_name": "A"`, ""},
		"two":          {one + "export class B extends DurableObject {}\n", `"new_sqlite_classes": ["A", "B"]`, ""},
		"none":         {"export const x = 1;\n", "", "exports no class that extends DurableObject"},
		"not exported": {strings.Replace(one, "export ", "", 1), "", "exports no class that extends DurableObject"},
	} {
		t.Run(name, func(t *testing.T) {
			e, dir := open(t)
			put(t, filepath.Join(dir, "results", results.DurableObject), c.source)
			_, err := e.Config(engine.ConfigRequest{})
			if c.err != "" {
				expectErr(t, err, c.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			data, _ := os.ReadFile(filepath.Join(dir, "results", results.Wrangler))
			if !strings.Contains(string(data), c.want) {
				t.Errorf("the file lacks %s:\n%s", c.want, data)
			}
			again, err := e.Config(engine.ConfigRequest{})
			if err != nil || again.File.Action != "unchanged" || again.Diff != "" {
				t.Errorf("a second run: %+v, %v", again, err)
			}
		})
	}
}

func TestConfigKeepsWhatItCannotRead(t *testing.T) {
	e, dir := open(t)
	put(t, filepath.Join(dir, "results", results.DurableObject), "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {}\n")
	path := filepath.Join(dir, "results", results.Wrangler)
	put(t, path, "{ \"name\": oops\n")
	_, err := e.Config(engine.ConfigRequest{})
	expectErr(t, err, "wrangler.jsonc:1:")
	if data, _ := os.ReadFile(path); string(data) != "{ \"name\": oops\n" {
		t.Errorf("the file now reads %q", data)
	}
}

func TestConfigSaysWhatToPasteIntoTOML(t *testing.T) {
	e, dir := open(t)
	put(t, filepath.Join(dir, "results", results.DurableObject), "import { DurableObject } from \"cloudflare:workers\";\nexport class Room extends DurableObject {}\nexport default {};\n")
	const toml = "name = \"chat\"\nmain = \"durable_object.ts\"\ncompatibility_date = \"2026-10-01\"\n"
	file := filepath.Join(dir, "results", "wrangler.toml")
	put(t, file, toml)
	_, err := e.Config(engine.ConfigRequest{})
	const missing = "\n[[durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"Room\"]"
	expectErr(t, err, "wrangler.toml is TOML, which is read but not edited here")
	expectErr(t, err, "At the end of the file:\n"+missing)
	if _, err := os.Stat(filepath.Join(dir, "results", results.Wrangler)); err == nil {
		t.Error("a wrangler.jsonc was put beside the TOML file, which it would replace")
	}

	put(t, file, toml+missing)
	r, err := e.Config(engine.ConfigRequest{})
	if err != nil || r.File.Action != "unchanged" || !strings.HasSuffix(r.File.Path, "wrangler.toml") {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestReviewOfADirectoryFindsItsConfig(t *testing.T) {
	e, dir := open(t)
	put(t, filepath.Join(dir, "src", "index.ts"), "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {\n  f() { setTimeout(() => this.f(), 3_600_000); }\n}\nexport default {};\n")
	put(t, filepath.Join(dir, "src", "plain.ts"), "export const a = 1;\n")
	put(t, filepath.Join(dir, "wrangler.jsonc"), `{ "name": "a", "main": "src/index.ts", "compatibility_date": "2026-10-01", "durable_objects": { "bindings": [{ "name": "A", "class_name": "A" }] } }`)
	r, err := e.Review(engine.ReviewRequest{Paths: []string{"src"}})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range r.Findings {
		found[f.Gotcha] = true
	}
	if r.Config != "wrangler.jsonc" || len(r.Files) != 1 || !found["settimeout-durable"] || !found["cfg-no-lifecycle"] {
		t.Errorf("config %q, files %v, found %v", r.Config, r.Files, found)
	}
}

func TestReviewRefusals(t *testing.T) {
	e, dir := open(t)
	put(t, filepath.Join(dir, "notes.md"), "text")
	put(t, filepath.Join(dir, "empty", "x.ts"), "export const a = 1;\n")
	for _, c := range []struct {
		req  engine.ReviewRequest
		want string
	}{
		{engine.ReviewRequest{}, "nothing to review"},
		{engine.ReviewRequest{Paths: []string{"a.ts"}, Source: "x"}, "not both"},
		{engine.ReviewRequest{Paths: []string{"none.ts"}}, "does not exist"},
		{engine.ReviewRequest{Paths: []string{"notes.md"}}, "not TypeScript or JavaScript"},
		{engine.ReviewRequest{Paths: []string{"../x.ts"}}, "outside the root"},
		{engine.ReviewRequest{Paths: []string{"empty"}}, "has to do with Durable Objects"},
	} {
		_, err := e.Review(c.req)
		expectErr(t, err, c.want)
	}
}

func TestSuppressionNeedsAReason(t *testing.T) {
	e, _ := open(t)
	const code = "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {\n  f() {\n    %s\n    setTimeout(() => this.f(), 3_600_000);\n  }\n}\n"
	review := func(comment string) *engine.ReviewResult {
		r, err := e.Review(engine.ReviewRequest{Source: fmt.Sprintf(code, comment)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := review("// do-review-ignore settimeout-durable: losing it is fine"); len(r.Suppressed) != 1 || r.Suppressed[0].Reason != "losing it is fine" || r.Errors() != 0 {
		t.Errorf("with a reason: %+v, %d errors", r.Suppressed, r.Errors())
	}
	for _, comment := range []string{"// do-review-ignore settimeout-durable", "// do-review-ignore settimeout-durable:", "// do-review-ignore alarm-units: why"} {
		if r := review(comment); r.Errors() != 1 || len(r.Suppressed) != 0 {
			t.Errorf("%s: %d errors, suppressed %v", comment, r.Errors(), r.Suppressed)
		}
	}
}
