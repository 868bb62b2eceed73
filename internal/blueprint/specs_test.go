package blueprint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whatever wording a spec has, what no pattern covers comes back open, and nothing
// else does.
func TestWhatNoPatternCoversIsOpen(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "specs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		spec, beyond, _ := strings.Cut(line, " => ")
		b, err := Read(spec, Options{})
		if beyond == "refused" {
			if err == nil {
				t.Errorf("%q is accepted: %+v", spec, b.Clauses)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		var all string
		var open []string
		for _, c := range b.Clauses {
			all += c.Text + "\n"
			if c.Status == Open {
				open = append(open, c.Text)
			}
		}
		for _, w := range strings.FieldsFunc(spec, func(r rune) bool { return strings.ContainsRune(" ,.;:", r) }) {
			if !slices.Contains([]string{"and", "but", "then"}, w) && !strings.Contains(all, w) {
				t.Errorf("%q: %q is in no clause", spec, w)
			}
		}
		var words []string
		if beyond != "" {
			words = strings.Split(beyond, ", ")
		}
		for _, w := range words {
			if !slices.ContainsFunc(open, func(o string) bool { return strings.Contains(o, w) }) {
				t.Errorf("%q: %q is claimed to be covered; clauses: %+v", spec, w, b.Clauses)
			}
		}
		for _, o := range open {
			if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(o, w) }) {
				t.Errorf("%q: %q came back open, and should be covered", spec, o)
			}
		}
	}
}
