package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
)

// command runs the command line in a root and returns the exit code and streams.
func command(t *testing.T, root string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), append(args, "--root", root), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const timer = "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {\n  f() {\n    setTimeout(() => this.f(), 3_600_000);\n  }\n}\n"

func TestExitCodesOfReview(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "bad.ts"), timer)
	write(t, filepath.Join(root, "good.ts"), "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {}\n")
	for path, want := range map[string]int{"good.ts": exitOK, "bad.ts": exitFindings, "none.ts": exitBroken} {
		if code, out, errOut := command(t, root, "review", path); code != want {
			t.Errorf("review %s: exit %d, want %d\n%s%s", path, code, want, out, errOut)
		}
	}
}

// The keys are a contract with whoever reads the JSON.
func TestReviewJSONShape(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "bad.ts"), timer)
	_, out, _ := command(t, root, "review", "--format", "json", "bad.ts")
	var r map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	has := func(name, keys string) {
		t.Helper()
		var list []map[string]any
		if err := json.Unmarshal(r[name], &list); err != nil || len(list) == 0 {
			t.Fatalf("%s: %v, %s", name, err, r[name])
		}
		for _, key := range strings.Fields(keys) {
			if _, ok := list[0][key]; !ok {
				t.Errorf("%s[0] has no %s", name, key)
			}
		}
	}
	has("findings", "gotcha severity path line end_line column quote message why fix")
	has("verdicts", "gotcha verdict path line quote reason")
	for _, empty := range []string{"partial", "suppressed", "broken"} {
		if string(r[empty]) != "[]" {
			t.Errorf("%s is %s", empty, r[empty])
		}
	}
	var findings []struct {
		Gotcha, Quote string
		Line          int
	}
	if err := json.Unmarshal(r["findings"], &findings); err != nil {
		t.Fatal(err)
	}
	if f := findings[0]; f.Gotcha != "settimeout-durable" || f.Line != 4 || f.Quote != "setTimeout(() => this.f(), 3_600_000);" {
		t.Errorf("finding %+v", f)
	}
}

func TestScaffoldConfigVerifyInTurn(t *testing.T) {
	root := t.TempDir()
	for _, args := range [][]string{{"scaffold", "a counter DO at GET /count"}, {"config"}} {
		if code, out, errOut := command(t, root, args...); code != exitOK {
			t.Fatalf("%v: exit %d\n%s%s", args, code, out, errOut)
		}
	}
	code, out, _ := command(t, root, "verify", "--depth", "static", "--format", "json", "results")
	var r struct {
		Stages []struct{ Name, Status string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Stages) != 5 {
		t.Fatalf("exit %d, %v\n%s", code, err, out)
	}
	// A second scaffold must not overwrite.
	if code, _, errOut := command(t, root, "scaffold", "a lock DO"); code != exitBroken || !strings.Contains(errOut, "overwrite") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

func TestUsageErrorsSayWhatIsAllowed(t *testing.T) {
	root := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"build"}, "build takes 1 argument"},
		{[]string{"build", ""}, "empty"},
		{[]string{"verify", "nope"}, "does not exist"},
		{[]string{"verify", "--depth", "deep", "x"}, "allowed are static"},
		{[]string{"review", "--format", "xml", "x.ts"}, "allowed are text, json and sarif"},
		{[]string{"explain", "alarm-singel"}, `the nearest is "alarm-single"`},
		{[]string{"config", "--rename", "A"}, "OldName=NewName"},
		{[]string{"config", "--transfer-to", "A"}, "--transfer-to is \"A\"; write it as worker:Class"},
		{[]string{"frobnicate"}, "unknown command"},
	} {
		code, _, errOut := command(t, root, c.args...)
		if code != exitBroken || !strings.Contains(errOut, c.want) || strings.Contains(errOut, "goroutine") {
			t.Errorf("%v: exit %d: %s\nwant %s", c.args, code, errOut, c.want)
		}
	}
}

func TestExplain(t *testing.T) {
	code, out, _ := command(t, t.TempDir(), "explain", "sql-undrained-write")
	if code != exitOK || !strings.Contains(out, "RETURNING") || !strings.Contains(out, "```ts") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

// The README names every pattern that the scaffold composes.
func TestReadmeNamesThePatterns(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range blueprint.Patterns() {
		if !strings.Contains(string(readme), p.Title+",") && !strings.Contains(string(readme), p.Title+" in one class") {
			t.Errorf("README.md does not name %s (%s)", p.Title, p.Kind)
		}
	}
}

// The README's transcript is what the command prints, sizes and times aside.
func TestReadmeTranscriptIsCurrent(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	code, out, errOut := command(t, root, "build", "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle.")
	if strings.Contains(out, "Node.js") {
		t.Skip("npm is missing, so the proof cannot run")
	}
	if code != exitOK {
		t.Fatalf("exit %d\n%s%s", code, out, errOut)
	}
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line == "" || strings.Contains(line, " bytes") || strings.Contains(line, " ms)") || strings.Contains(line, "gotchas") {
			continue
		}
		if !strings.Contains(string(readme), line) {
			t.Errorf("README.md does not show this line of build's output: %s", line)
		}
	}
}
