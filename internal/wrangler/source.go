package wrangler

import (
	"bytes"
	"fmt"
	"sort"
)

// maxDepth bounds the nesting of a config. Real ones nest six deep; the parsers
// and the reader recurse, so that unbounded nesting could exhaust the stack,
// which Go cannot recover from.
const maxDepth = 100

// maxSize bounds a config in bytes.
const maxSize = 4 << 20

// Pos is a place in the file, both parts counted from 1; the column counts
// bytes. The zero Pos means that the element is absent.
type Pos struct{ Line, Column int }

// IsSet reports whether p is a place in the file.
func (p Pos) IsSet() bool { return p.Line > 0 }

// source is the text of a config, and turns offsets in it into places. All
// offsets count from the start of text.
type source struct {
	path  string
	lang  language
	bom   []byte // the byte order mark, if the file begins with one
	text  []byte // the file after the mark
	lines []int  // offset at which each line begins
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// newSource takes a file apart. The error is a *ParseError.
func newSource(path string, lang language, src []byte) (*source, error) {
	s := &source{path: path, lang: lang, text: src}
	if bytes.HasPrefix(src, byteOrderMark) {
		s.bom, s.text = src[:len(byteOrderMark)], src[len(byteOrderMark):]
	}
	s.lines = append(make([]int, 0, 1+bytes.Count(s.text, []byte("\n"))), 0)
	for i, c := range s.text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	if len(src) > maxSize {
		return nil, s.fail(0, fmt.Sprintf("the file has %d bytes; a config may have at most %d", len(src), maxSize))
	}
	return s, nil
}

// fail is the error that the file cannot be read at an offset.
func (s *source) fail(offset int, message string) *ParseError {
	return &ParseError{Path: s.path, Pos: s.pos(offset), Message: message, lang: s.lang}
}

// pos converts an offset in the text to a place.
func (s *source) pos(offset int) Pos {
	line := sort.SearchInts(s.lines, offset+1)
	return Pos{Line: line, Column: offset - s.lines[line-1] + 1}
}

// offset converts a place to an offset, clamped to the text.
func (s *source) offset(p Pos) int {
	if p.Line < 1 || p.Line > len(s.lines) {
		return len(s.text)
	}
	return min(s.lines[p.Line-1]+p.Column-1, len(s.text))
}

// line returns a line of the text without surrounding space.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	end := len(s.text)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return string(bytes.TrimSpace(s.text[s.lines[n-1]:end]))
}

// indent returns the blanks that begin the line of an offset.
func (s *source) indent(offset int) string {
	start := s.lines[s.pos(offset).Line-1]
	end := start
	for end < len(s.text) && (s.text[end] == ' ' || s.text[end] == '\t') {
		end++
	}
	return string(s.text[start:end])
}

// beginsLine reports whether only blanks stand before an offset on its line.
func (s *source) beginsLine(offset int) bool {
	start := s.lines[s.pos(offset).Line-1]
	return len(bytes.Trim(s.text[start:offset], " \t")) == 0
}

// spansLines reports whether text[start:end] holds a line break.
func (s *source) spansLines(start, end int) bool {
	return bytes.IndexByte(s.text[start:end], '\n') >= 0
}
