package gotchas_test

import (
	"testing"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/syntax"
)

// The ratio of these two, of one run, is what all rules cost over parsing.

func BenchmarkReview(b *testing.B) {
	src := gotchas.Sample("hibernation-memory-state", "good-2.ts")
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		review(src)
	}
}

func BenchmarkParse(b *testing.B) {
	src := []byte(gotchas.Sample("hibernation-memory-state", "good-2.ts"))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := syntax.Parse("a.ts", src); err != nil {
			b.Fatal(err)
		}
	}
}
