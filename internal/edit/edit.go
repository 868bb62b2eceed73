// Package edit changes texts by places: an edit is data that a program or an
// editor can apply, and a diff shows a reader what it did.
//
// It knows no language and reads no file.
package edit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Edit replaces one stretch of a file. Lines and columns are 1-based, columns
// count characters (Unicode code points), and the end is exclusive, so that an
// empty stretch is an insertion.
type Edit struct {
	Path        string `json:"path"`
	StartLine   int    `json:"start_line"`
	StartColumn int    `json:"start_column"`
	EndLine     int    `json:"end_line"`
	EndColumn   int    `json:"end_column"`
	NewText     string `json:"new_text"`
}

// String says what the edit does, on one line.
func (e Edit) String() string {
	if e.StartLine == e.EndLine && e.StartColumn == e.EndColumn {
		return fmt.Sprintf("insert %q at %s:%d:%d", e.NewText, e.Path, e.StartLine, e.StartColumn)
	}
	if e.NewText == "" {
		return fmt.Sprintf("delete %s:%d:%d-%d:%d", e.Path, e.StartLine, e.StartColumn, e.EndLine, e.EndColumn)
	}
	return fmt.Sprintf("replace %s:%d:%d-%d:%d by %q", e.Path, e.StartLine, e.StartColumn, e.EndLine, e.EndColumn, e.NewText)
}

// Overlap reports two edits that cannot both be applied: they change the same
// stretch, or it is open which of two insertions comes first.
func Overlap(a, b Edit) bool {
	if a.Path != b.Path {
		return false
	}
	if a.start() == b.start() {
		return true
	}
	if before(b.start(), a.start()) {
		a, b = b, a
	}
	return before(b.start(), a.end())
}

type place struct{ line, column int }

func (e Edit) start() place { return place{e.StartLine, e.StartColumn} }
func (e Edit) end() place   { return place{e.EndLine, e.EndColumn} }

func before(a, b place) bool {
	return a.line < b.line || a.line == b.line && a.column < b.column
}

// Apply makes the edits of one text; their paths are not looked at. It fails when
// two overlap or when one names a place that the text does not have.
func Apply(text []byte, edits []Edit) ([]byte, error) {
	type span struct {
		start, end int
		text       string
	}
	lines := lineStarts(text)
	spans := make([]span, 0, len(edits))
	for _, e := range edits {
		start, ok := offset(text, lines, e.start())
		end, ok2 := offset(text, lines, e.end())
		if !ok || !ok2 || end < start {
			return nil, fmt.Errorf("the text has no %d:%d-%d:%d to change", e.StartLine, e.StartColumn, e.EndLine, e.EndColumn)
		}
		spans = append(spans, span{start, end, e.NewText})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var out bytes.Buffer
	at := 0
	for i, s := range spans {
		if i > 0 && (s.start < at || s.start == spans[i-1].start) {
			return nil, fmt.Errorf("two edits change the same place, byte %d", s.start)
		}
		out.Write(text[at:s.start])
		out.WriteString(s.text)
		at = s.end
	}
	out.Write(text[at:])
	return out.Bytes(), nil
}

func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, b := range text {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset is the byte offset of a place; a column may stand right after the
// line's last character, its line break included.
func offset(text []byte, lines []int, p place) (int, bool) {
	if p.line < 1 || p.line > len(lines) || p.column < 1 {
		return 0, false
	}
	at, end := lines[p.line-1], len(text)
	if p.line < len(lines) {
		end = lines[p.line]
	}
	for range p.column - 1 {
		if at >= end {
			return 0, false
		}
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at, true
}
