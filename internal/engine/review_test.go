package engine_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/engine"
)

const (
	// late loses its timer when the object is evicted.
	late = "import { DurableObject } from \"cloudflare:workers\";\nexport class %s extends DurableObject {\n  f() { setTimeout(() => this.f(), 3_600_000); }\n}\n"
	// config binds and creates one class.
	config = `{ "name": "a", "main": "%s", "compatibility_date": "2026-10-01", "durable_objects": { "bindings": [{ "name": "A", "class_name": "%s" }] }, "migrations": [{ "tag": "v1", "new_sqlite_classes": ["%[2]s"] }] }`
)

func object(class string) string { return fmt.Sprintf(late, class) }

func tree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
}

func reviewed(t *testing.T, e *engine.Engine, paths ...string) *engine.ReviewResult {
	t.Helper()
	r, err := e.Review(engine.ReviewRequest{Paths: paths})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// places are the errors and warnings, "gotcha path:line".
func places(r *engine.ReviewResult) string {
	var out []string
	for _, f := range r.Findings {
		if f.Severity != analysis.Info {
			out = append(out, fmt.Sprintf("%s %s:%d", f.Gotcha, f.Path, f.Line))
		}
	}
	return strings.Join(out, ", ")
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s\nwant %s", what, got, want)
	}
}

func TestReviewOfAConfigurationIsOfItsWorker(t *testing.T) {
	files := map[string]string{
		"src/index.ts":  "export { A } from \"./a\";\nexport default {};\n",
		"src/a.ts":      object("A"),
		"src/other.ts":  object("Other"), // not what main leads to
		"src/plain.ts":  "export const x = 1;\n",
		"pkg/nested.ts": object("Nested"),
	}
	for name, text := range map[string]string{
		"wrangler.jsonc":         fmt.Sprintf(config, "src/index.ts", "A"),
		"wrangler.staging.jsonc": fmt.Sprintf(config, "src/index.ts", "A"),
		"wrangler.toml":          "name = \"a\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-10-01\"\n[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"A\"]\n",
	} {
		e, dir := open(t)
		tree(t, dir, files)
		put(t, filepath.Join(dir, name), text)
		r := reviewed(t, e, name)
		equal(t, name+": files", strings.Join(r.Files, " "), "src/a.ts src/index.ts")
		equal(t, name+": configuration", r.Config, name)
		equal(t, name+": findings", places(r), "settimeout-durable src/a.ts:3")
	}
}

// A build makes main, so the code is what lies below the configuration.
func TestReviewOfAConfigurationWithoutItsMain(t *testing.T) {
	e, dir := open(t)
	tree(t, dir, map[string]string{
		"app/wrangler.jsonc":     fmt.Sprintf(config, "dist/worker.js", "A"),
		"app/dist/worker.js":     object("A"),
		"app/src/a.ts":           object("A"),
		"app/sub/wrangler.jsonc": fmt.Sprintf(config, "b.ts", "B"),
		"app/sub/b.ts":           object("B"),
		"c.ts":                   object("C"),
	})
	r := reviewed(t, e, "app/wrangler.jsonc")
	equal(t, "files", strings.Join(r.Files, " "), "app/src/a.ts")
	equal(t, "findings", places(r), "settimeout-durable app/src/a.ts:3")
}

func TestEachFileBelongsToTheNearestConfiguration(t *testing.T) {
	e, dir := open(t)
	lacking := strings.Replace(fmt.Sprintf(config, "src/index.ts", "A"), `"migrations"`, `"x"`, 1)
	tree(t, dir, map[string]string{
		"one/wrangler.jsonc":  fmt.Sprintf(config, "src/index.ts", "A"),
		"one/src/index.ts":    "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {}\nexport default {};\n",
		"two/wrangler.jsonc":  lacking,
		"two/src/index.ts":    object("A") + "export default {};\n",
		"three/wrangler.toml": "name = \"three\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-10-01\"\n",
		"three/src/index.ts":  "export default {};\n",
		"lib/b.ts":            object("B"),
	})
	r := reviewed(t, e, ".")
	equal(t, "findings", places(r), "settimeout-durable lib/b.ts:3, settimeout-durable two/src/index.ts:3, cfg-no-lifecycle two/wrangler.jsonc:1, cfg-schema two/wrangler.jsonc:1")
	equal(t, "files", strings.Join(r.Files, " "), "lib/b.ts one/src/index.ts two/src/index.ts")
	equal(t, "configurations", strings.Join(r.Configs, " "), "one/wrangler.jsonc two/wrangler.jsonc")
	equal(t, "one configuration", r.Config, "")
	verdicts := map[string]analysis.Verdict{}
	for _, v := range r.Verdicts {
		if _, twice := verdicts[v.Gotcha]; twice {
			t.Errorf("%s has two verdicts", v.Gotcha)
		}
		verdicts[v.Gotcha] = v.Verdict
	}
	for id, want := range map[string]analysis.Verdict{"cfg-no-lifecycle": analysis.Violated, "cfg-compat-date": analysis.Guarded, "ws-tags": analysis.NotApplicable} {
		if verdicts[id] != want {
			t.Errorf("%s is %s, want %s", id, verdicts[id], want)
		}
	}
	equal(t, "a file alone", places(reviewed(t, e, "two/src/index.ts")), "settimeout-durable two/src/index.ts:3, cfg-no-lifecycle two/wrangler.jsonc:1, cfg-schema two/wrangler.jsonc:1")
	equal(t, "paths that overlap", places(reviewed(t, e, ".", "two", "two/src/index.ts", "two/wrangler.jsonc")), places(r))
}

// Of several configurations in one directory, a file belongs to the one whose
// main module leads to it.
func TestConfigurationsSideBySide(t *testing.T) {
	e, dir := open(t)
	tree(t, dir, map[string]string{
		"wrangler.jsonc":     `{ "name": "entry", "main": "src/entry.ts", "compatibility_date": "2026-10-01" }`,
		"src/entry.ts":       "export default { fetch: (r: Request, env: any) => env.ROOMS.fetch(r) };\n",
		"wrangler.jobs.json": fmt.Sprintf(config, "src/jobs.ts", "Jobs"),
		"src/jobs.ts":        "import { DurableObject } from \"cloudflare:workers\";\nexport class Jobs extends DurableObject {}\nexport default { fetch: (r: Request, env: any) => env.A.getByName(\"x\").fetch(r) };\n",
	})
	r := reviewed(t, e, "src")
	equal(t, "configurations", strings.Join(r.Configs, " "), "wrangler.jobs.json")
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Gotcha, "cfg-") && f.Severity == analysis.Error {
			t.Errorf("%s:%d: %s", f.Path, f.Line, f.Message)
		}
	}
}

// Without a configuration a stub's call in one package says nothing about the
// objects of another.
func TestPackagesWithoutAConfiguration(t *testing.T) {
	e, dir := open(t)
	field := "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {\n  tally = async () => 1;\n  f() { return this.tally(); }\n}\n"
	call := "export default { async fetch(request: Request, env: any) { return Response.json(await env.ROOM.getByName(new URL(request.url).pathname).tally()); } };\n"
	tree(t, dir, map[string]string{
		"package.json": "{}", "one/package.json": "{}", "two/package.json": "{}",
		"one/a.ts": field, "two/b.ts": call,
	})
	equal(t, "two packages", places(reviewed(t, e, ".")), "")
	put(t, filepath.Join(dir, "one", "b.ts"), call)
	equal(t, "one package", places(reviewed(t, e, ".")), "rpc-field-method one/a.ts:3")
}

// A configuration whose code lies elsewhere is reviewed with that code.
func TestConfigurationBesideItsCode(t *testing.T) {
	e, dir := open(t)
	tree(t, dir, map[string]string{
		"deploy/wrangler.jsonc": fmt.Sprintf(config, "../src/index.ts", "A"),
		"src/index.ts":          object("A") + "export default {};\n",
	})
	r := reviewed(t, e, ".")
	equal(t, "configurations", strings.Join(r.Configs, " "), "deploy/wrangler.jsonc")
	equal(t, "findings", places(r), "settimeout-durable src/index.ts:3")
}

func TestWhatADirectoryReviewReads(t *testing.T) {
	e, dir := open(t)
	code := object("A")
	tree(t, dir, map[string]string{
		"a.ts":                    code,
		"plain.ts":                "export class Shape { area() { return 1; } }\n",
		"base.ts":                 "import { DurableObject } from \"cloudflare:workers\";\nexport abstract class Base extends DurableObject {}\n",
		"derived.ts":              "import { Base } from \"./base\";\nexport class Derived extends Base<Env> {\n  f() { setTimeout(() => this.f(), 3_600_000); }\n}\n",
		"more.ts":                 "import { Derived } from \"./derived\";\nexport class More extends Derived { g() {} }\n",
		"types.d.ts":              code,
		"lib.min.js":              code,
		"api.gen.ts":              code,
		"client.ts":               "/* eslint-disable */\n// This file is auto-generated. Do not edit.\n" + code,
		"late-note.ts":            strings.Replace(code, "A extends", "Late extends", 1) + "// generated, do not edit: a note further down is none\n",
		"assisted.ts":             "// Generated by an assistant; edit as you like.\n" + strings.Replace(code, "A extends", "Assisted extends", 1),
		"inlined.ts":              strings.Replace(code, "A extends", "Inlined extends", 1) + "const image = \"" + strings.Repeat("x", 20000) + "\";\n",
		"packed.js":               "var " + strings.Repeat("a=1,", 2000) + "b;" + code,
		"out.js":                  code + "//# sourceMappingURL=out.js.map\n",
		"node_modules/x/index.ts": code,
		"dist/index.js":           code,
		".wrangler/tmp/index.js":  code,
		"coverage/index.ts":       code,
		"huge.ts":                 code + "//" + strings.Repeat("x", 3<<20),
		"utf16.ts":                "\xff\xfei\x00m\x00",
	})
	r := reviewed(t, e, ".")
	equal(t, "files", strings.Join(r.Files, " "), "a.ts assisted.ts base.ts derived.ts inlined.ts late-note.ts more.ts")
	for i, want := range []string{"huge.ts it was not read: huge.ts is 3145", "utf16.ts it was not read: source is not UTF-8", "out.js it was not read: it names a source map", "packed.js it was not read: it looks minified"} {
		if i >= len(r.Partial) || !strings.Contains(r.Partial[i].Path+" "+r.Partial[i].Reason, want) {
			t.Errorf("not read: %+v, want %s", r.Partial, want)
		}
	}
	equal(t, "a generated file that is named", places(reviewed(t, e, "client.ts")), "settimeout-durable client.ts:5")
	for range 5 {
		equal(t, "the same review", reviewed(t, e, ".").Text(), r.Text())
	}
}

// Nothing but the configuration's list tells that this is a Durable Object.
func TestClassesThatOnlyTheConfigurationNames(t *testing.T) {
	e, dir := open(t)
	tree(t, dir, map[string]string{
		"wrangler.jsonc": fmt.Sprintf(config, "index.js", "Old"),
		"index.js":       "export { Old } from \"./old.js\";\nexport default {};\n",
		"old.js":         "export class Old {\n  constructor(ctx, env) { this.env = env; }\n  async fetch() { setTimeout(() => this.fetch(), 3_600_000); return new Response(\"\"); }\n}\n",
	})
	if r := reviewed(t, e, "."); !strings.Contains(places(r), "settimeout-durable old.js:3") {
		t.Errorf("files %v, found %s", r.Files, places(r))
	}
}

func TestTwoConfigurationsAreRefused(t *testing.T) {
	e, dir := open(t)
	tree(t, dir, map[string]string{
		"wrangler.jsonc":   fmt.Sprintf(config, "a.ts", "A"),
		"b/wrangler.jsonc": fmt.Sprintf(config, "../a.ts", "A"),
		"a.ts":             object("A"),
		"package.json":     "{}",
	})
	_, err := e.Review(engine.ReviewRequest{Paths: []string{"b/wrangler.jsonc"}, ConfigPath: "wrangler.jsonc"})
	expectErr(t, err, "both configurations")
	_, err = e.Review(engine.ReviewRequest{Paths: []string{"package.json"}})
	expectErr(t, err, "nor a Workers configuration")
	_, err = e.Review(engine.ReviewRequest{Paths: []string{"."}, Base: "main"})
	expectErr(t, err, "ask for the changed files")
	// One configuration for all files, as an option.
	r, err := e.Review(engine.ReviewRequest{Paths: []string{"a.ts"}, ConfigPath: "b/wrangler.jsonc"})
	if err != nil || r.Config != "b/wrangler.jsonc" {
		t.Errorf("%+v, %v", r, err)
	}
}
