package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// drains is an object with two findings, of which one has an edit.
const drains = "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject {\n  f() {\n    setTimeout(() => this.f(), 3_600_000);\n    this.ctx.storage.sql.exec(\"DELETE FROM jobs RETURNING id\");\n  }\n}\n"

func TestReviewAsSARIF(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "src", "a.ts"), drains)
	code, out, errOut := command(t, root, "review", "--format", "sarif", ".")
	var log struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID string
				Level  string
				Fixes  []any
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil || code != exitFindings || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errOut)
	}
	fixes := map[string]int{}
	for _, r := range log.Runs[0].Results {
		if r.Level == "error" {
			fixes[r.RuleID] = len(r.Fixes)
		}
	}
	if len(fixes) != 2 || fixes["settimeout-durable"] != 0 || fixes["sql-undrained-write"] != 1 {
		t.Errorf("errors with their fixes: %v", fixes)
	}
	write(t, filepath.Join(root, "clean.ts"), "import { DurableObject } from \"cloudflare:workers\";\nexport class B extends DurableObject {}\n")
	if code, _, _ := command(t, root, "review", "--format", "sarif", "clean.ts"); code != exitOK {
		t.Errorf("clean code: exit %d", code)
	}
}

func TestReviewEditsAreInTheJSONAndTheText(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a.ts"), drains)
	_, out, _ := command(t, root, "review", "--format", "json", "a.ts")
	if want := `"edits": [
        {
          "path": "a.ts",
          "start_line": 5,
          "start_column": 63,
          "end_line": 5,
          "end_column": 63,
          "new_text": ".toArray()"
        }
      ]`; strings.Count(out, want) != 1 || strings.Count(out, `"edits"`) != 1 {
		t.Errorf("the JSON has no\n%s\nin\n%.3000s", want, out)
	}
	if _, out, _ = command(t, root, "review", "a.ts"); !strings.Contains(out, `  Edit: insert ".toArray()" at a.ts:5:63`) {
		t.Errorf("the text says nothing of the edit:\n%s", out)
	}
}

func TestReviewFix(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "a.ts")
	write(t, file, drains)
	code, out, _ := command(t, root, "review", "--fix", "--dry-run", "a.ts")
	if code != exitFindings || !strings.Contains(out, "planned a.ts") || !strings.Contains(out, "+    this.ctx.storage.sql.exec(\"DELETE FROM jobs RETURNING id\").toArray();") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if data, _ := os.ReadFile(file); string(data) != drains {
		t.Errorf("a dry run wrote\n%s", data)
	}
	code, out, _ = command(t, root, "review", "--fix", "--format", "json", "a.ts")
	var r struct {
		Fixed    []struct{ Gotcha string }
		Findings []struct{ Gotcha string }
		Written  []struct{ Path string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitFindings || len(r.Fixed) != 1 || r.Fixed[0].Gotcha != "sql-undrained-write" || len(r.Written) != 1 || r.Written[0].Path != "a.ts" {
		t.Fatalf("exit %d, %v\n%s", code, err, out)
	}
	for _, f := range r.Findings {
		if f.Gotcha == "sql-undrained-write" {
			t.Error("what was fixed is still reported")
		}
	}
	if data, _ := os.ReadFile(file); string(data) != strings.Replace(drains, `id")`, `id").toArray()`, 1) {
		t.Errorf("the file reads\n%s", data)
	}
	if code, _, errOut := command(t, root, "review", "--dry-run", "a.ts"); code != exitBroken || !strings.Contains(errOut, "goes with --fix") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

func TestReviewOfChangedFiles(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	root := t.TempDir()
	write(t, filepath.Join(root, "a.ts"), drains)
	if code, _, errOut := command(t, root, "review", "--changed"); code != exitBroken || !strings.Contains(errOut, "no Git work tree") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "x"}} {
		if out, err := exec.Command("git", append([]string{"-C", root}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	if code, out, _ := command(t, root, "review", "--changed"); code != exitOK || !strings.HasPrefix(out, "Nothing to review") {
		t.Errorf("without a change: exit %d\n%s", code, out)
	}
	write(t, filepath.Join(root, "b.ts"), timer)
	code, out, _ := command(t, root, "review", "--changed", "--base", "HEAD")
	if code != exitFindings || !strings.Contains(out, "b.ts:4") || strings.Contains(out, "a.ts:") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if code, _, errOut := command(t, root, "review", "--base", "HEAD", "."); code != exitBroken || !strings.Contains(errOut, "changed files") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}
