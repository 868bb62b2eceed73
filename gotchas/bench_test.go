package gotchas_test

import (
	"os"
	"testing"

	"durable-objects-mcp/internal/syntax"
)

// chatRoom is an object of the usual size: sockets, SQL, an alarm.
func chatRoom(b *testing.B) []byte {
	b.Helper()
	src, err := os.ReadFile("../internal/scaffold/testdata/chat_room.ts")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	return src
}

// The ratio of these two, of one run, is what all rules cost over parsing.

func BenchmarkReview(b *testing.B) {
	src := string(chatRoom(b))
	for b.Loop() {
		review(src)
	}
}

func BenchmarkParse(b *testing.B) {
	src := chatRoom(b)
	for b.Loop() {
		if _, err := syntax.Parse("a.ts", src); err != nil {
			b.Fatal(err)
		}
	}
}
