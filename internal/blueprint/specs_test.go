package blueprint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever wording a spec has, what no pattern covers comes back open.
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
		var all, open string
		for _, c := range b.Clauses {
			all += c.Text + "\n"
			if c.Status == Open {
				open += c.Text + "\n"
			}
		}
		for _, w := range strings.FieldsFunc(spec, func(r rune) bool { return strings.ContainsRune(" ,.;:", r) }) {
			if w != "and" && w != "but" && !strings.Contains(all, w) {
				t.Errorf("%q: %q is in no clause", spec, w)
			}
		}
		if beyond == "" {
			continue
		}
		for w := range strings.SplitSeq(beyond, ", ") {
			if !strings.Contains(open, w) {
				t.Errorf("%q: %q is claimed to be covered; clauses: %+v", spec, w, b.Clauses)
			}
		}
	}
}
