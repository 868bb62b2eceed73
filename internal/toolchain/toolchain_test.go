package toolchain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// locate is the real toolchain, installed into the user's cache on first use.
func locate(t *testing.T) *Toolchain {
	t.Helper()
	tools, err := Locate(context.Background(), Options{Progress: func(l string) { t.Log(l) }})
	var missing *UnavailableError
	if errors.As(err, &missing) {
		t.Skip(missing.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

func project(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const counterSource = `import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject<Env> {
  async add(by: number): Promise<number> {
    const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + by;
    await this.ctx.storage.put("n", n);
    return n;
  }
}
export default {
  async fetch(_request, env): Promise<Response> {
    return Response.json(await env.COUNTER.getByName("a").add(1));
  },
} satisfies ExportedHandler<Env>;
`

func check(t *testing.T, src string) []string {
	t.Helper()
	dir := project(t, map[string]string{"durable_object.ts": src})
	r, err := locate(t).TypeCheck(context.Background(), TypeCheck{
		ProjectDir: dir, Entry: "durable_object.ts", Date: NewestDate(), Pedantic: true,
		EnvDTS: EnvDTS(EnvInput{Bindings: []EnvBinding{{"COUNTER", "Counter", "./durable_object"}}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range r.Diagnostics {
		out = append(out, strings.TrimSpace(d.Path+" "+d.Code))
	}
	return out
}

func TestTypeCheck(t *testing.T) {
	if got := check(t, counterSource); len(got) != 0 {
		t.Errorf("a correct file: %v", got)
	}
	for src, want := range map[string]string{
		strings.Replace(counterSource, ".add(1)", `.add("1")`, 1):                   "durable_object.ts TS2345",
		strings.Replace(counterSource, "env.COUNTER", "env.COUNT", 1):               "durable_object.ts TS2551",
		strings.Replace(counterSource, "return n;", "return [n][5];", 1):            "durable_object.ts TS2322",
		strings.Replace(counterSource, "const n =", "document.title; const n =", 1): "durable_object.ts TS2584",
	} {
		if got := check(t, src); len(got) == 0 || got[0] != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestOwnEnvOfTheFileWins(t *testing.T) {
	src := strings.Replace(counterSource, "export class", "interface Env { COUNTER: DurableObjectNamespace<Counter> }\nexport class", 1)
	if got := check(t, src); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestTypeDiagnosticsHavePlaces(t *testing.T) {
	dir := project(t, map[string]string{"durable_object.ts": "export const a: number = 1;\nexport const b: string = a;\n"})
	r, err := locate(t).TypeCheck(context.Background(), TypeCheck{ProjectDir: dir, Entry: "durable_object.ts", Date: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Diagnostics) != 1 || r.Diagnostics[0].Line != 2 || r.Diagnostics[0].Column != 14 {
		t.Errorf("got %+v", r.Diagnostics)
	}
}

func TestBundle(t *testing.T) {
	dir := project(t, map[string]string{
		"durable_object.ts": "import { helper } from \"./lib/helper\";\nimport { EventEmitter } from \"events\";\n" + counterSource + "export { helper, EventEmitter };\n",
		"lib/helper.ts":     "export const helper: number = 5;\n",
	})
	b, diags, err := BundleEntry(context.Background(), BundleInput{Dir: dir, Entry: "durable_object.ts"})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	if got := strings.Join(b.Exports, " "); got != "Counter EventEmitter default helper" {
		t.Errorf("exports %s", got)
	}
	if got := strings.Join(b.Inputs, " "); got != "durable_object.ts lib/helper.ts" {
		t.Errorf("inputs %s", got)
	}
	for _, want := range []string{`from "cloudflare:workers"`, `from "node:events"`} {
		if !strings.Contains(string(b.JS), want) {
			t.Errorf("the bundle lacks %s:\n%s", want, b.JS)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "worker.js")); err == nil {
		t.Error("the bundle was written to disk")
	}
}

func TestBundleErrorsHavePlaces(t *testing.T) {
	for src, want := range map[string]Diagnostic{
		"export const a = ;\n":                                {Path: "durable_object.ts", Line: 1, Column: 18, Message: `Unexpected ";"`},
		"\nimport x from \"./missing\";\nexport default x;\n": {Path: "durable_object.ts", Line: 2, Column: 15, Message: `Could not resolve "./missing"`},
	} {
		_, diags, err := BundleEntry(context.Background(), BundleInput{Dir: project(t, map[string]string{"durable_object.ts": src}), Entry: "durable_object.ts"})
		if err != nil || len(diags) != 1 || diags[0] != want {
			t.Errorf("got %+v, %v; want %+v", diags, err, want)
		}
	}
}

func TestCompatibilityDates(t *testing.T) {
	for _, c := range []struct {
		wanted, used string
		noted        bool
	}{
		{"2026-10-01", "2026-10-01", false}, {"2026-10-30", "2026-10-30", false}, {"2026-10-31", "2026-10-30", true},
		{"2027-01-01", "2026-10-30", true}, {"", "2026-10-23", true}, {"2026-13-45", "2026-10-23", true},
	} {
		used, note := CompatibilityDate(c.wanted, pinnedWorkerd)
		if used != c.used || (note != "") != c.noted {
			t.Errorf("%q: used %s, note %q", c.wanted, used, note)
		}
	}
	if NewestDate() != "2026-10-23" {
		t.Errorf("newest date %s", NewestDate())
	}
}

func TestWithoutToolsTheReasonIsGiven(t *testing.T) {
	expect := func(o Options, want string) {
		t.Helper()
		_, err := Locate(context.Background(), o)
		var missing *UnavailableError
		if !errors.As(err, &missing) || !strings.Contains(missing.Reason, want) || missing.Enable == "" {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	expect(Options{CacheDir: t.TempDir(), NoInstall: true}, "installing is switched off")
	t.Setenv("PATH", t.TempDir())
	expect(Options{CacheDir: t.TempDir()}, "npm, which installs them, was not found")
}

func TestProjectInstallationWins(t *testing.T) {
	tools := locate(t)
	dir := project(t, map[string]string{
		"node_modules/workerd/package.json":                                              `{"version":"1.20261101.0"}`,
		"node_modules/workerd/worker.mjs":                                                "",
		"node_modules/typescript/package.json":                                           `{"version":"5.9.3"}`,
		"node_modules/@cloudflare/workerd-" + workerdPlatform() + "/bin/workerd" + exe(): "",
		"src/a.ts": "",
	})
	got, err := Locate(context.Background(), Options{ProjectDir: filepath.Join(dir, "src")})
	if err != nil {
		t.Fatal(err)
	}
	if got.Workerd.From != "project" || got.Workerd.Version != "1.20261101.0" {
		t.Errorf("workerd %+v", got.Workerd)
	}
	if got.TSC != tools.TSC {
		t.Errorf("tsc %+v: the project's is not the native one", got.TSC)
	}
}

func TestVersionsCompareByNumber(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"1.9.0", "1.10.0", true}, {"1.10", "1.9", false}, {"7.0.0-rc", "7.0.0", false}, {"1.20260101.1", "1.20261023.1", true}} {
		if older(c.a, c.b) != c.want {
			t.Errorf("older(%s, %s)", c.a, c.b)
		}
	}
}
