package projectfiles

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scaffold"
	"durable-objects-mcp/internal/scenario"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

const seedSpec = "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle."

// scaffolded is the object that a spec becomes.
func scaffolded(t *testing.T, spec string) Object {
	t.Helper()
	bp, err := blueprint.Read(spec, blueprint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := scaffold.Render(bp, scaffold.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Object{Class: out.Class, Binding: out.Binding, WorkerName: out.WorkerName, Scenario: out.Scenario}
}

func parsed(t *testing.T, steps string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte(`{"version": 1, "steps": [` + steps + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// byName are the rendered files.
func byName(o Object) map[string]string {
	out := map[string]string{}
	for _, f := range Render(o) {
		out[f.Name] = string(f.Data)
	}
	return out
}

func TestGolden(t *testing.T) {
	for _, f := range Render(scaffolded(t, seedSpec)) {
		path := filepath.Join("testdata", "chat_room", strings.TrimPrefix(f.Name, "."))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Data, want) {
			t.Errorf("%s is not what is rendered now; look at the difference, then run: go test ./internal/projectfiles -run TestGolden -update", path)
		}
	}
}
