package tools_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas"
)

// BenchmarkStartToFirstResult is the time from starting the process to its
// first tool result over stdio, for this server (a review of a small object)
// and for a bare mcp-go server (a constant). Compare the two of one run.
func BenchmarkStartToFirstResult(b *testing.B) {
	bare := filepath.Join(b.TempDir(), "bare")
	if out, err := exec.Command("go", "build", "-o", bare, "./testdata/bare").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	source, err := json.Marshal(gotchas.Sample("hibernation-memory-state", "good-2.ts"))
	if err != nil {
		b.Fatal(err)
	}
	root := b.TempDir()
	for _, s := range []struct{ name, tool, command string }{{"ours", "review_gotchas", binary}, {"bare", "hello", bare}} {
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				args := []string{}
				if s.name == "ours" {
					args = []string{"--root", root}
				}
				firstResult(b, exec.Command(s.command, args...), s.tool, string(source))
			}
		})
	}
}

func firstResult(b *testing.B, cmd *exec.Cmd, tool, source string) {
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewReader(out)
	ask := func(msg, want string) {
		if _, err := io.WriteString(in, msg+"\n"); err != nil {
			b.Fatal(err)
		}
		if want == "" {
			return
		}
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, want) {
			b.Fatalf("%v: %s", err, line)
		}
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`, `"id":1`)
	ask(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "")
	ask(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"`+tool+`","arguments":{"source":`+source+`}}}`, `"id":2`)
	cmd.Process.Kill()
	cmd.Wait()
}
