package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// DUMP names a directory for the modules of all variants, to look at them or to
// run prettier over them.
func TestDump(t *testing.T) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		t.Skip("DUMP names no directory")
	}
	everyCombination(t, func(t *testing.T, names []string) {
		out := render(t, of(names...))
		if err := os.WriteFile(filepath.Join(dir, strings.Join(names, "+")+".ts"), out.TypeScript, 0o644); err != nil {
			t.Fatal(err)
		}
	})
}
