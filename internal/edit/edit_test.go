package edit_test

import (
	"strings"
	"testing"

	"durable-objects-mcp/internal/edit"
)

func at(l1, c1, l2, c2 int, text string) edit.Edit {
	return edit.Edit{Path: "a.ts", StartLine: l1, StartColumn: c1, EndLine: l2, EndColumn: c2, NewText: text}
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name, text string
		edits      []edit.Edit
		want       string
	}{
		{"insertion", "ab\ncd\n", []edit.Edit{at(2, 2, 2, 2, "X")}, "ab\ncXd\n"},
		{"columns are characters", "é😀b\n", []edit.Edit{at(1, 3, 1, 4, "X")}, "é😀X\n"},
		{"any order, and touching", "abcd", []edit.Edit{at(1, 3, 1, 5, "Y"), at(1, 1, 1, 3, "X")}, "XY"},
		{"over lines", "ab\ncd\nef", []edit.Edit{at(1, 2, 3, 2, "-")}, "a-f"},
		{"CRLF stays", "ab\r\ncd\r\n", []edit.Edit{at(1, 3, 1, 3, ";"), at(2, 3, 2, 3, ";")}, "ab;\r\ncd;\r\n"},
		{"at the very end", "ab", []edit.Edit{at(1, 3, 1, 3, "c")}, "abc"},
		{"none", "ab", nil, "ab"},
	} {
		got, err := edit.Apply([]byte(c.text), c.edits)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	for name, edits := range map[string][]edit.Edit{
		"overlap":                 {at(1, 1, 1, 3, ""), at(1, 2, 1, 2, "x")},
		"two insertions in place": {at(1, 2, 1, 2, "x"), at(1, 2, 1, 2, "y")},
		"no such line":            {at(5, 1, 5, 1, "x")},
		"no such column":          {at(1, 9, 1, 9, "x")},
		"line zero":               {at(0, 1, 1, 1, "x")},
		"end before start":        {at(1, 3, 1, 2, "x")},
	} {
		if got, err := edit.Apply([]byte("abc\nd\n"), edits); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOverlap(t *testing.T) {
	other := at(1, 1, 1, 3, "")
	other.Path = "b.ts"
	for _, c := range []struct {
		a, b edit.Edit
		want bool
	}{
		{at(1, 1, 1, 3, ""), at(1, 3, 1, 4, ""), false},
		{at(1, 1, 1, 3, ""), at(1, 2, 1, 4, ""), true},
		{at(1, 1, 3, 1, ""), at(2, 5, 2, 5, "x"), true},
		{at(1, 2, 1, 2, "x"), at(1, 2, 1, 2, "y"), true},
		{at(1, 1, 1, 3, ""), other, false},
	} {
		if edit.Overlap(c.a, c.b) != c.want || edit.Overlap(c.b, c.a) != c.want {
			t.Errorf("%v and %v: want %v", c.a, c.b, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	if d := edit.Diff("a.ts", []byte("x\n"), []byte("x\n")); d != "" {
		t.Errorf("of the same text: %q", d)
	}
	d := edit.Diff("src/a.ts", []byte("one\ntwo"), []byte("one\nTWO\n"))
	for _, want := range []string{"--- a/src/a.ts", "+++ b/src/a.ts", "-two\n\\ No newline", "+TWO\n"} {
		if !strings.Contains(d, want) {
			t.Errorf("the diff lacks %q:\n%s", want, d)
		}
	}
}
