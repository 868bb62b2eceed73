package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/schema/schematest"
	"durable-objects-mcp/internal/verify"
)

// projectFiles are a Worker in several files with a package of its own, path
// aliases and an environment.
var projectFiles = map[string]string{
	"wrangler.jsonc": `{
  // the Worker of the test
  "name": "lists", "main": "src/index.ts", "compatibility_date": "2026-10-01",
  "vars": { "LIMIT": 2 },
  "durable_objects": { "bindings": [{ "name": "LISTS", "class_name": "List" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["List"] }],
  "env": {
    "roomy": {
      "vars": { "LIMIT": 3 },
      "durable_objects": { "bindings": [{ "name": "LISTS", "class_name": "List" }] }
    }
  }
}
`,
	"tsconfig.json": `{ "compilerOptions": { "strict": true, "noEmit": true, "module": "esnext", "moduleResolution": "node", "paths": { "@/*": ["./src/*"] } } }`,
	"src/index.ts": `export { List } from "@/list";

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    return env.LISTS.getByName("one").fetch(request);
  },
} satisfies ExportedHandler<Env>;
`,
	"src/list.ts": `import { DurableObject } from "cloudflare:workers";
import { tidy } from "tidy-text";
import { Items } from "./items";

export class List extends DurableObject<Env> {
  readonly #items: Items;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#items = new Items(ctx.storage.sql);
  }

  override async fetch(request: Request): Promise<Response> {
    if (request.method === "GET") return Response.json(this.#items.all());
    const text = tidy(await request.text());
    if (this.#items.all().length >= this.env.LIMIT) return Response.json({ error: "full" }, { status: 409 });
    this.#items.add(text);
    return Response.json({ text }, { status: 201 });
  }
}
`,
	"src/items.ts": `export class Items {
  constructor(private readonly sql: SqlStorage) {
    sql.exec("CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  }
  add(text: string): void {
    this.sql.exec("INSERT INTO items (text) VALUES (?)", text);
  }
  all(): string[] {
    return this.sql.exec<{ text: string }>("SELECT text FROM items ORDER BY id LIMIT 100").toArray().map((row) => row.text);
  }
}
`,
	"node_modules/tidy-text/package.json": `{ "name": "tidy-text", "version": "1.0.0", "type": "module", "main": "index.js", "types": "index.d.ts" }`,
	"node_modules/tidy-text/index.js":     "export const tidy = (text) => text.trim().replace(/\\s+/g, \" \");\n",
	"node_modules/tidy-text/index.d.ts":   "export declare function tidy(text: string): string;\n",
	"results/scenario.json": `{"version": 1, "steps": [
  {"http": {"method": "POST", "path": "/", "body": "  one  ", "expect": {"status": 201, "json": {"text": "one"}}}},
  {"http": {"method": "POST", "path": "/", "body": "two", "expect": {"status": 201}}},
  {"name": "a third", "http": {"method": "POST", "path": "/", "body": "three", "expect": {"status": 409}}},
  {"http": {"path": "/", "expect": {"json": ["one", "two"]}}}
]}`,
}

func projectEngine(t *testing.T, change map[string]string) *engine.Engine {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range projectFiles {
		put(name, text)
	}
	for name, text := range change {
		put(name, text)
	}
	root, err := results.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &engine.Engine{Root: root}
}

func verifyProject(t *testing.T, e *engine.Engine, env string) *verify.Report {
	t.Helper()
	r, err := e.Verify(context.Background(), engine.VerifyRequest{ConfigPath: "wrangler.jsonc", Environment: env})
	if err != nil {
		t.Fatal(err)
	}
	schematest.Valid(t, "validation-report", r.JSON())
	for _, s := range r.Stages {
		if s.Status == verify.Skipped && strings.Contains(s.Enable, "Node.js") {
			t.Skip(s.Message)
		}
	}
	return r
}

func TestVerifyProvesAProjectWhereItStands(t *testing.T) {
	e := projectEngine(t, nil)
	r := verifyProject(t, e, "")
	if !r.OverallPassed {
		t.Fatalf("not passed:\n%s", r.Text())
	}
	if r.Results.StepsPlayed < 12 || r.Results.Evictions == 0 {
		t.Errorf("%d steps were played with %d evictions", r.Results.StepsPlayed, r.Results.Evictions)
	}
	page, err := e.Root.ReadFile("results/report.html", 1<<20)
	if err != nil || !strings.Contains(string(page), "at src/items.ts:") {
		t.Errorf("the page names no line of the file of helpers: %v", err)
	}
	for _, name := range []string{"validation_report.json", "self_review.md"} {
		if _, err := e.Root.Stat("results/" + name); err != nil {
			t.Errorf("no %s: %v", name, err)
		}
	}
	if !slices.ContainsFunc(r.Review.Verdicts, func(v gotchas.Verdict) bool { return v.Path == "src/items.ts" }) {
		t.Error("the review quotes nothing of the file of helpers")
	}
	if s := r.Stage("script"); s.Status != verify.NotApplicable {
		t.Errorf("the script of a results directory is %s for a project", s.Status)
	}
}

func TestVerifyRunsAnEnvironment(t *testing.T) {
	r := verifyProject(t, projectEngine(t, nil), "roomy")
	s := r.Stage("worlds")
	if s.Status != verify.Failed || !strings.Contains(strings.Join(s.Details, "\n"), "a third") {
		t.Errorf("with the limit of the environment roomy the third is taken, yet worlds is %s: %s", s.Status, s.Details)
	}
}

func TestVerifyNamesTheProjectsFiles(t *testing.T) {
	broken := strings.Replace(projectFiles["src/items.ts"], "text: string", "text: number", 1)
	r := verifyProject(t, projectEngine(t, map[string]string{"src/items.ts": broken}), "")
	s := r.Stage("types")
	if s.Status != verify.Failed || !strings.Contains(strings.Join(s.Details, "\n"), "src/list.ts:17:21: TS2345") {
		t.Errorf("types is %s: %s", s.Status, s.Details)
	}
}

func TestVerifyRefusesAProjectThatIsNotThere(t *testing.T) {
	for _, tt := range []struct {
		name        string
		change      map[string]string
		config, env string
		wants       []string
	}{
		{"no main", map[string]string{"wrangler.jsonc": `{"name": "x"}`}, "wrangler.jsonc", "", []string{"has no main"}},
		{"main is not there", map[string]string{"wrangler.jsonc": `{"main": "src/gone.ts"}`}, "wrangler.jsonc", "", []string{"src/gone.ts", "main in wrangler.jsonc"}},
		{"main is no module", map[string]string{"wrangler.jsonc": `{"main": "tsconfig.json"}`}, "wrangler.jsonc", "", []string{"tsconfig.json", "not TypeScript"}},
		{"no such environment", nil, "wrangler.jsonc", "romy", []string{`no environment "romy"`, "roomy"}},
		{"no such file", nil, "gone.jsonc", "", []string{"gone.jsonc", "cannot be read"}},
		{"outside", nil, "../wrangler.jsonc", "", []string{"outside"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := projectEngine(t, tt.change).Verify(context.Background(), engine.VerifyRequest{ConfigPath: tt.config, Environment: tt.env, Depth: verify.Static})
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error %q does not say %q", err, want)
				}
			}
		})
	}
}
