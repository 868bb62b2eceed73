package traffic

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/internal/scenario"
)

// faultOf says what is wrong with a plan that any code may give.
func faultOf(p *Plan) string {
	steps := p.Scenario.Steps
	if len(steps) > MaxSteps {
		return "too many steps"
	}
	for _, s := range steps {
		if s.Burst != nil && len(s.Burst.Requests()) > BurstSize {
			return "a burst is too large"
		}
	}
	for _, e := range p.Entries {
		for _, i := range e.Steps {
			if i < 0 || i >= len(steps) {
				return "an entry names a step that is not there"
			}
		}
	}
	if len(steps) == 0 {
		return ""
	}
	if _, err := scenario.Parse(p.Scenario.JSON()); err != nil {
		return err.Error()
	}
	return ""
}

// TestEveryFileOfTheRepository derives from every sample that there is, good or
// bad, twice.
func TestEveryFileOfTheRepository(t *testing.T) {
	n := 0
	for _, root := range []string{"../../gotchas", "../scaffold/testdata"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ts") {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			n++
			p := FromFiles([]File{{path, src}}, "", nil)
			if wrong := faultOf(p); wrong != "" {
				t.Errorf("%s: %s\n%s", path, wrong, p.Scenario.JSON())
			}
			if again := FromFiles([]File{{path, src}}, "", nil); string(again.Scenario.JSON()) != string(p.Scenario.JSON()) || !slices.Equal(again.Notes, p.Notes) {
				t.Errorf("%s: another plan the second time", path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 100 {
		t.Errorf("%d files were found; there were hundreds", n)
	}
}
