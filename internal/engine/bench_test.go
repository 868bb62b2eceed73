package engine_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/results"
)

// The ratio of these two, of one run, is what a review of a large directory costs
// over reading its files: 2,000 files of 6 KB, of which one in twenty is an object.

func BenchmarkReviewDirectory(b *testing.B) {
	dir, size := large(b)
	root, err := results.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	e := &engine.Engine{Root: root}
	b.SetBytes(size)
	for b.Loop() {
		r, err := e.Review(engine.ReviewRequest{Paths: []string{"."}})
		if err != nil || len(r.Files) != 100 {
			b.Fatalf("%d files, %v", len(r.Files), err)
		}
	}
}

func BenchmarkReadDirectory(b *testing.B) {
	dir, size := large(b)
	b.SetBytes(size)
	for b.Loop() {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				_, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// large writes the files and says how many bytes they are.
func large(b *testing.B) (dir string, size int64) {
	b.Helper()
	dir = b.TempDir()
	const line = "export function area(width: number, height: number) { return width * height; }\n"
	for i := range 2000 {
		text := strings.Repeat(line, 6000/len(line))
		if i%20 == 0 {
			text = "import { DurableObject } from \"cloudflare:workers\";\n" + text + fmt.Sprintf("export class Room%d extends DurableObject {\n  async fetch() { return new Response(String(await this.ctx.storage.get(\"n\"))); }\n}\n", i)
		}
		path := filepath.Join(dir, fmt.Sprintf("p%02d", i%40), fmt.Sprintf("f%d.ts", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		size += int64(len(text))
	}
	return dir, size
}
