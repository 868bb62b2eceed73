package resources_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/wrangler"
	"durable-objects-mcp/resources"
)

var fenced = regexp.MustCompile("(?s)```(ts|jsonc)\n(.*?)```")

// blocks are the fenced blocks of one language on a page.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	r, ok := resources.Get(resources.Scheme + page)
	if !ok {
		t.Fatalf("no page %s", page)
	}
	var out []string
	for _, m := range fenced.FindAllStringSubmatch(r.Text, -1) {
		if m[1] == language {
			out = append(out, m[2])
		}
	}
	return out
}

var exported = regexp.MustCompile(`(?m)^export class (\w+) `)

// TestPublishedCodeTypeChecks compiles every TypeScript block of every page with
// the runtime's own types, each as a module of one project.
func TestPublishedCodeTypeChecks(t *testing.T) {
	tools, err := toolchain.Locate(context.Background(), toolchain.Options{Progress: func(l string) { t.Log(l) }})
	var missing *toolchain.UnavailableError
	if errors.As(err, &missing) {
		t.Skip(missing.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var env toolchain.EnvInput
	var entry strings.Builder
	n := 0
	for _, r := range resources.All() {
		for i, code := range blocks(t, r.Name, "ts") {
			module := fmt.Sprintf("%s_%d", r.Name, i+1)
			if err := os.WriteFile(filepath.Join(dir, module+".ts"), []byte(code), 0o644); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&entry, "import %q;\n", "./"+module)
			for _, m := range exported.FindAllStringSubmatch(code, -1) {
				if r.Name == "patterns" {
					env.Bindings = append(env.Bindings, toolchain.EnvBinding{Name: wrangler.BindingName(m[1]), Class: m[1], ModulePath: "./" + module})
				}
			}
			n++
		}
	}
	if n < 9 {
		t.Fatalf("only %d blocks were found", n)
	}
	if err := os.WriteFile(filepath.Join(dir, "all.ts"), []byte(entry.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	report, err := tools.TypeCheck(context.Background(), toolchain.TypeCheck{
		ProjectDir: dir, Entry: "all.ts", Date: toolchain.NewestDate(), EnvDTS: toolchain.EnvDTS(env), Pedantic: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Diagnostics {
		t.Errorf("%s:%d:%d: %s: %s", d.Path, d.Line, d.Column, d.Code, d.Message)
	}
}

func TestPublishedConfigurationsAreRead(t *testing.T) {
	found := blocks(t, "configuration", "jsonc")
	if len(found) != 2 {
		t.Fatalf("%d blocks, want 2", len(found))
	}
	for _, text := range found {
		cfg, err := wrangler.Parse("wrangler.jsonc", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(cfg.Problems) > 0 {
			t.Errorf("%s\n%v", text, cfg.Problems)
		}
		if got := cfg.LiveClasses(); len(got) != 1 || got[0] != "ChatRoom" {
			t.Errorf("the live classes are %v", got)
		}
	}
}
