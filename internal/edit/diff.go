package edit

import (
	"strings"

	"github.com/pmezard/go-difflib/difflib"
)

// Diff is the unified diff of a file, "" when nothing changed. before is nil for a
// file that is new.
func Diff(path string, before, after []byte) string {
	from := "a/" + path
	if before == nil {
		from = "/dev/null"
	}
	out, _ := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{ // writing to a string cannot fail
		A: splitLines(before), B: splitLines(after),
		FromFile: from, ToFile: "b/" + path, Context: 3,
	})
	return out
}

func splitLines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	lines := strings.SplitAfter(string(text), "\n")
	last := len(lines) - 1
	if lines[last] == "" {
		return lines[:last]
	}
	lines[last] += "\n\\ No newline at end of file\n"
	return lines
}
