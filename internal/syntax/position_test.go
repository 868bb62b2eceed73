package syntax

import (
	"fmt"
	"strings"
	"testing"
)

func TestPosition(t *testing.T) {
	for _, c := range []struct {
		name, src, at, want string // want is line:column, and the line
	}{
		{"start", "let a;", "let", "1:1 let a;"},
		{"second line", "let a;\nlet b;", "b", "2:5 let b;"},
		{"CRLF", "let a;\r\nlet b;\r\n", "b", "2:5 let b;"},
		{"the line break itself", "let a;\r\nlet b;", "\n", "1:8 let a;"},
		{"byte order mark", "\ufefflet a;\nlet b;", "a", "1:5 let a;"},
		{"after a byte order mark", "\ufefflet a;\nlet b;", "b", "2:5 let b;"},
		{"two bytes", "let é = b;", "b", "1:9 let é = b;"},
		{"three bytes", "let 変数 = b;", "b", "1:10 let 変数 = b;"},
		{"four bytes are one character", "'🙂' + b;", "b", "1:7 '🙂' + b;"},
		{"a mark and CRLF and characters", "\ufeff'é';\r\n'é' + b\r\n", "b", "2:7 'é' + b"},
		{"a lone carriage return is no line break", "a;\rb;", "b", "1:4 a;\rb;"},
		{"no last line break", "a;\n\nb", "b", "3:1 b"},
		{"empty last line", "a;\n", "", "2:1 "},
	} {
		tree := mustParse(t, "a.ts", c.src)
		offset := len(c.src)
		if c.at != "" {
			offset = strings.Index(c.src, c.at)
		}
		line, column := tree.Position(offset)
		if got := fmt.Sprintf("%d:%d %s", line, column, tree.Line(line)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.at == "b" {
			for n := range tree.Root().Descendants() {
				if n.Is(Identifier) && n.Text() == "b" && n.Line() != line {
					t.Errorf("%s: the node is on line %d", c.name, n.Line())
				}
			}
		}
	}
	tree := mustParse(t, "a.ts", "\ufefflet a;\n")
	for offset, want := range map[int]string{-1: "1:1", 0: "1:1", 2: "1:1", 3: "1:1", 4: "1:2", 99: "2:1"} {
		if line, column := tree.Position(offset); fmt.Sprintf("%d:%d", line, column) != want {
			t.Errorf("offset %d is at %d:%d, want %s", offset, line, column, want)
		}
	}
	if tree.Lines() != 2 || tree.Line(0) != "" || tree.Line(3) != "" {
		t.Errorf("%d lines, line 0 %q, line 3 %q", tree.Lines(), tree.Line(0), tree.Line(3))
	}
}

func TestLongLine(t *testing.T) {
	src := strings.Repeat("é;", 100_000) + "b"
	tree := mustParse(t, "a.ts", src)
	line, column := tree.Position(strings.Index(src, "b"))
	if line != 1 || column != 200_001 {
		t.Errorf("at %d:%d", line, column)
	}
}
