package wrangler

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata/plan")

// TestPlanFiles plays every file of testdata/plan. Its comment is a sentence
// about the case, then one request or transformation a line; "in" is the
// existing config and "want" the exact output, with "changes", "warnings" and, of a
// change that takes several deploys, "stages".
func TestPlanFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/plan/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			req, transform := parseCase(t, string(ar.Comment))
			in := transform(section(ar, "in"))
			plan, err := MakePlan("wrangler.jsonc", in, req)
			if err != nil {
				t.Fatal(err)
			}
			var changes, warnings, stages strings.Builder
			for _, c := range plan.Changes {
				changes.WriteString(c.What + "\n")
			}
			for _, w := range plan.Warnings {
				warnings.WriteString(w + "\n")
			}
			for _, s := range plan.Stages {
				fmt.Fprintf(&stages, "%d %s, %s: %s\n", s.Number, s.Worker, s.Status, s.Do)
			}
			if *update {
				out := plan.Output
				if !bytes.HasSuffix(out, []byte("\n")) {
					out = append(out, '\n')
				}
				out = bytes.ReplaceAll(bytes.TrimPrefix(out, byteOrderMark), []byte("\r\n"), []byte("\n"))
				ar.Files = []txtar.File{
					{Name: "in", Data: section(ar, "in")}, {Name: "want", Data: out},
					{Name: "changes", Data: []byte(changes.String())}, {Name: "warnings", Data: []byte(warnings.String())},
				}
				if stages.Len() > 0 {
					ar.Files = append(ar.Files, txtar.File{Name: "stages", Data: []byte(stages.String())})
				}
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := transform(section(ar, "want")); !bytes.Equal(plan.Output, want) {
				t.Errorf("output:\n%s\nwant:\n%s", plan.Output, want)
			}
			if got, want := changes.String(), string(section(ar, "changes")); got != want {
				t.Errorf("changes:\n%s\nwant:\n%s", got, want)
			}
			if got, want := warnings.String(), string(section(ar, "warnings")); got != want {
				t.Errorf("warnings:\n%s\nwant:\n%s", got, want)
			}
			if got, want := stages.String(), string(section(ar, "stages")); got != want {
				t.Errorf("stages:\n%s\nwant:\n%s", got, want)
			}
			if plan.Changed == bytes.Equal(plan.Output, in) {
				t.Errorf("Changed = %v", plan.Changed)
			}

			again, err := MakePlan("wrangler.jsonc", plan.Output, req)
			if err != nil {
				t.Fatalf("planned again: %v", err)
			}
			if again.Changed || !bytes.Equal(again.Output, plan.Output) || again.Diff != "" {
				t.Errorf("planned again, it changes:\n%s", again.Diff)
			}
		})
	}
}

func section(ar *txtar.Archive, name string) []byte {
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// parseCase reads the lines of a case after its first.
func parseCase(t *testing.T, comment string) (req Request, transform func([]byte) []byte) {
	t.Helper()
	var crlf, bom, nonl bool
	for _, line := range strings.Split(strings.TrimSpace(comment), "\n")[1:] {
		f := strings.Fields(line)
		switch f[0] {
		case "class":
			need := ClassNeed{Class: f[1]}
			for _, option := range f[2:] {
				if name, ok := strings.CutPrefix(option, "binding="); ok {
					need.Binding = name
				}
				need.Recreate = need.Recreate || option == "recreate"
			}
			req.Classes = append(req.Classes, need)
		case "rename":
			req.Rename = &Rename{From: f[1], To: f[2]}
		case "transfer":
			req.Transfer = &Transfer{From: f[1], FromScript: f[2], To: f[3]}
		case "transfer-to":
			req.TransferTo = &Handover{From: f[1], ToScript: f[2], To: f[3]}
		case "deployed":
			req.Deployed = int(f[1][0] - '0')
		case "exported":
			req.Exported = map[string]bool{}
			for _, name := range f[1:] {
				req.Exported[name] = true
			}
		case "delete":
			req.Delete = append(req.Delete, f[1])
		case "main":
			req.Main = f[1]
		case "date":
			req.CompatibilityDate = f[1]
		case "today":
			req.Today = f[1]
		case "lifecycle":
			req.Lifecycle = Lifecycle(f[1])
		case "rename-binding":
			req.RenameBinding = &Rename{From: f[1], To: f[2]}
		case "environment":
			req.Environment = f[1]
		case "move-to-exports":
			req.MoveToExports = true
		case "observability":
			req.Observability = f[1]
		case "crlf":
			crlf = true
		case "bom":
			bom = true
		case "nonl":
			nonl = true
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	return req, func(b []byte) []byte {
		if nonl {
			b = bytes.TrimSuffix(b, []byte("\n"))
		}
		if crlf {
			b = bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
		}
		if bom {
			b = append([]byte("\xef\xbb\xbf"), b...)
		}
		return b
	}
}
