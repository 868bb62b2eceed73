package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
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
	const fresh = "1.20261120.0" // built five days before the day of the test
	now := time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		workerd, wanted, used, note string
	}{
		{pinnedWorkerd, "2026-10-01", "2026-10-01", ""},
		{pinnedWorkerd, "2026-10-30", "2026-10-30", ""},
		{pinnedWorkerd, "2026-10-31", "2026-10-30", "newer than workerd"},
		{pinnedWorkerd, "2027-01-01", "2026-10-30", "newer than workerd"},
		{pinnedWorkerd, "", "2026-10-23", "no readable compatibility_date"},
		{pinnedWorkerd, "2026-13-45", "2026-10-23", "no readable compatibility_date"},
		{fresh, "2026-11-25", "2026-11-25", ""},
		{fresh, "2026-11-26", "2026-11-25", "in the future"},
		{fresh, "2027-01-01", "2026-11-25", "in the future"},
	} {
		used, note := compatibilityDate(c.wanted, c.workerd, now)
		if used != c.used || (note != "") != (c.note != "") || !strings.Contains(note, c.note) {
			t.Errorf("%s on %s: used %s, note %q", c.wanted, c.workerd, used, note)
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

// checkFiles type-checks a project whose entry is the counter unless it brings
// its own, and gives path, line and code of each diagnostic.
func checkFiles(t *testing.T, files map[string]string, flags ...string) []string {
	t.Helper()
	if files["durable_object.ts"] == "" {
		files["durable_object.ts"] = counterSource
	}
	r, err := locate(t).TypeCheck(context.Background(), TypeCheck{
		ProjectDir: project(t, files), Entry: "durable_object.ts", Date: NewestDate(), Flags: flags,
		EnvDTS: EnvDTS(EnvInput{Bindings: []EnvBinding{{"COUNTER", "Counter", "./durable_object"}}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range r.Diagnostics {
		out = append(out, fmt.Sprintf("%s:%d %s", d.Path, d.Line, d.Code))
	}
	return out
}

// The flag is in most configurations, and a default since 2026-08-04.
func TestTypesWithNodeCompatibility(t *testing.T) {
	for _, flags := range [][]string{{"nodejs_compat"}, {"no_nodejs_compat"}, {"nodejs_compat", "nodejs_compat"}, {"nodejs_compat_v2"}} {
		if got := checkFiles(t, map[string]string{}, flags...); len(got) != 0 {
			t.Errorf("%v: %v", flags, got)
		}
	}
}

func TestUnknownFlagIsNamed(t *testing.T) {
	_, err := locate(t).RuntimeTypes(context.Background(), NewestDate(), []string{"no_such_flag"})
	if err == nil || !strings.HasSuffix(err.Error(), "No such compatibility flag: no_such_flag") {
		t.Errorf("got %v", err)
	}
}

func TestTypesOfTheProjectTakePart(t *testing.T) {
	runtime, err := locate(t).RuntimeTypes(context.Background(), "2024-01-01", nil)
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(runtime)
	if err != nil {
		t.Fatal(err)
	}
	const env = "interface Env { COUNTER: DurableObjectNamespace<import(\"./durable_object\").Counter>; SECRET: string }\n"
	const generated = "declare namespace Cloudflare { interface Env { COUNTER: DurableObjectNamespace<import(\"./durable_object\").Counter>; SECRET: string } }\ninterface Env extends Cloudflare.Env {}\n"
	secret := counterSource + "export const secret = (e: Env): string => e.SECRET;\n"
	node := "import { EventEmitter } from \"node:events\";\nexport const e = new EventEmitter();\n" + counterSource
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"without a declaration":      {map[string]string{"durable_object.ts": secret}, "durable_object.ts:14 TS2339"},
		"its own Env":                {map[string]string{"durable_object.ts": secret, "types/env.d.ts": strings.Replace(env, "./", "../", 1)}, ""},
		"its own Env lacks one":      {map[string]string{"env.d.ts": "interface Env { OTHER: string }\n"}, "durable_object.ts:11 TS2339"},
		"generated with the runtime": {map[string]string{"durable_object.ts": secret, "worker-configuration.d.ts": generated + "// Begin runtime types\n" + string(old)}, ""},
		"modules of text":            {map[string]string{"durable_object.ts": "import q from \"./a.sql\";\nexport const s: string = q;\n" + counterSource, "a.sql": "", "m.d.ts": "declare module \"*.sql\" { const s: string; export default s; }\n"}, ""},
		"Node.js without its types":  {map[string]string{"durable_object.ts": node}, "durable_object.ts:1 TS2591"},
		"Node.js with its types": {map[string]string{
			"durable_object.ts":                     node,
			"node_modules/@types/node/index.d.ts":   "declare module \"node:events\" { export class EventEmitter {} }\n",
			"node_modules/@types/node/package.json": `{"name":"@types/node","version":"22.0.0","types":"index.d.ts"}`,
		}, ""},
	} {
		if got := strings.Join(checkFiles(t, c.files), ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// The project's own tsconfig.json says how strict it is; the runtime's types
// stay ours.
func TestOwnConfigurationIsExtended(t *testing.T) {
	loose := "export const f = (a) => a;\n" + counterSource
	files := map[string]string{"durable_object.ts": loose}
	if got := strings.Join(checkFiles(t, files), ", "); got != "durable_object.ts:1 TS7006" {
		t.Errorf("without one: %q", got)
	}
	files["tsconfig.json"] = `{ "compilerOptions": { "noImplicitAny": false, "target": "es2022", "module": "esnext", "moduleResolution": "bundler", "types": ["@cloudflare/workers-types"] } }`
	files["node_modules/.keep"] = ""
	if got := checkFiles(t, files); len(got) != 0 {
		t.Errorf("with one: %v", got)
	}
}

// On some systems the temporary directory itself is a link.
func TestLinkedDirectories(t *testing.T) {
	tools := locate(t)
	real := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	t.Setenv("TMPDIR", link)
	source := filepath.Join(link, "durable_object.ts")
	for text, want := range map[string]struct{ env, path string }{
		counterSource + "export const a: string = 1;\n": {EnvDTS(EnvInput{Bindings: []EnvBinding{{"COUNTER", "Counter", "./durable_object"}}}), "durable_object.ts"},
		"export {};\n": {"interface {\n", "the generated Env (env.d.ts)"},
	} {
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := tools.TypeCheck(context.Background(), TypeCheck{ProjectDir: link, Entry: "durable_object.ts", Date: NewestDate(), EnvDTS: want.env})
		if err != nil || len(r.Diagnostics) == 0 || r.Diagnostics[0].Path != want.path {
			t.Errorf("got %+v, %v; want %s", r, err, want.path)
		}
	}
}

func TestSourceMapLeadsBack(t *testing.T) {
	dir := project(t, map[string]string{
		"durable_object.ts": "import { fail } from \"./lib/fail\";\nexport type Nothing = { a: string };\nexport class C {\n  go(): void { fail(); }\n}\n",
		"lib/fail.ts":       "interface Unused { a: number }\n\nexport function fail(): never {\n  throw new Error(\"here\");\n}\n",
	})
	b, diags, err := BundleEntry(context.Background(), BundleInput{Dir: dir, Entry: "durable_object.ts"})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	find := func(text string) (line, column int) {
		at := strings.Index(string(b.JS), text)
		if at < 0 {
			t.Fatalf("the bundle lacks %s:\n%s", text, b.JS)
		}
		before := string(b.JS[:at])
		return 1 + strings.Count(before, "\n"), at - strings.LastIndex(before, "\n")
	}
	for text, want := range map[string]Place{
		`new Error("here")`: {"lib/fail.ts", 4, 9},
		"fail();\n  }":      {"durable_object.ts", 4, 16},
	} {
		if got, ok := b.Source(find(text)); !ok || got != want {
			t.Errorf("%s: got %+v %t, want %+v", text, got, ok, want)
		}
	}
	if got, ok := b.Source(1, 1); ok {
		t.Errorf("esbuild's own first line comes from %+v", got)
	}
}

func TestBundleWarnings(t *testing.T) {
	dir := project(t, map[string]string{"durable_object.ts": "export const a = 1;\nexport default { x: 1, x: 2 };\n"})
	b, _, err := BundleEntry(context.Background(), BundleInput{Dir: dir, Entry: "durable_object.ts"})
	if err != nil || b == nil || len(b.Warnings) != 1 || b.Warnings[0].Line != 2 || !strings.Contains(b.Warnings[0].Message, "Duplicate key") {
		t.Errorf("got %+v, %v", b, err)
	}
}

// fakeNPM puts a shell script in npm's place. It stands for the registry's
// answers, which no test can order; what is installed is never looked into.
func fakeNPM(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for npm is a shell script")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "npm"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestFailedInstallationsAreExplainedAndNotKept(t *testing.T) {
	for script, want := range map[string]string{
		"echo 'npm error code ECONNREFUSED'; echo 'npm error syscall connect'; echo 'npm error FetchError: request to http://r/workerd failed'; exit 1": "npm could not install workerd and tsc: FetchError: request to http://r/workerd failed",
		"mkdir node_modules": "npm installed the packages without the binaries",
	} {
		fakeNPM(t, script)
		cache := t.TempDir()
		_, err := Locate(context.Background(), Options{CacheDir: cache})
		var missing *UnavailableError
		if !errors.As(err, &missing) || !strings.Contains(missing.Reason, want) || missing.Enable == "" {
			t.Errorf("got %v, want %s", err, want)
		}
		left, err := os.ReadDir(cache)
		if err != nil || len(left) != 1 || filepath.Ext(left[0].Name()) != ".lock" {
			t.Errorf("left in the cache: %v, %v", left, err)
		}
	}
}

// Several processes start at once on a cache that holds the remains of a broken
// installation: one installs, all use it.
func TestOneInstallationForAllAndNeverABrokenOne(t *testing.T) {
	tools := locate(t)
	modules := filepath.Dir(filepath.Dir(tools.generator))
	cache := t.TempDir()
	broken := filepath.Join(cache, "toolchain-"+lockHash(), "node_modules", "workerd")
	if err := os.MkdirAll(broken, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "package.json"), []byte(`{"version":"`+pinnedWorkerd+`"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	fakeNPM(t, "echo run >> ../runs; sleep 0.3; ln -s '"+modules+"' node_modules")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			got, err := Locate(context.Background(), Options{CacheDir: cache})
			if err != nil || got.Workerd.Version != tools.Workerd.Version || got.TSC.From != "cache" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	wg.Wait()
	if runs, err := os.ReadFile(filepath.Join(cache, "runs")); err != nil || string(runs) != "run\n" {
		t.Errorf("npm ran: %q, %v", runs, err)
	}
}

func TestCancelledInstallationEndsNPM(t *testing.T) {
	fakeNPM(t, "echo $$ > ../pid; sleep 600 & wait")
	cache := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := Locate(ctx, Options{CacheDir: cache})
		done <- err
	}()
	var pid int
	for pid == 0 {
		data, _ := os.ReadFile(filepath.Join(cache, "pid"))
		fmt.Sscan(string(data), &pid)
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "installing-*")); len(left) > 0 {
		t.Errorf("left in the cache: %v", left)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil {
		t.Errorf("npm, process %d, still runs", pid)
	}
}

// A linked package has its binary beside the place that the link leads to.
func TestLinkedPackagesAreFound(t *testing.T) {
	store := "node_modules/.pnpm/workerd@1.20261101.0/node_modules/"
	dir := project(t, map[string]string{
		store + "workerd/package.json": `{"version":"1.20261101.0"}`,
		store + "workerd/worker.mjs":   "",
		store + "@cloudflare/workerd-" + workerdPlatform() + "/bin/workerd" + exe(): "",
	})
	if err := os.Symlink(filepath.FromSlash(".pnpm/workerd@1.20261101.0/node_modules/workerd"), filepath.Join(dir, "node_modules", "workerd")); err != nil {
		t.Skip(err)
	}
	if got := new(Toolchain).take(filepath.Join(dir, "node_modules"), "project").Workerd; got.Version != "1.20261101.0" {
		t.Errorf("workerd %+v", got)
	}
}

func TestMemoryOfAToolIsBounded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is watched on Linux only")
	}
	// A shell that waits uses more than nothing, and would wait for ten minutes.
	_, err := child{dir: t.TempDir(), memoryMiB: 1}.run(context.Background(), "/bin/bash", "-c", "x=$(head -c 8000000 /dev/zero | tr '\\0' x); sleep 600; echo $x")
	if err == nil || err.Error() != "it used more than 1 MiB of memory and was ended" {
		t.Errorf("got %v", err)
	}
}
