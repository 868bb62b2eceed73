package syntax

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"
)

// lineStarts lists the byte offset of each line's first byte. A line ends with
// a line feed; a carriage return before it belongs to the break.
func lineStarts(src []byte) []uint32 {
	out := make([]uint32, 1, 1+bytes.Count(src, []byte("\n")))
	for at := 0; ; {
		i := bytes.IndexByte(src[at:], '\n')
		if i < 0 {
			return out
		}
		at += i + 1
		out = append(out, uint32(at))
	}
}

// Position returns the 1-based line and column of a byte offset. The column
// counts characters, that is Unicode code points: neither bytes nor the UTF-16
// units of editors. A byte order mark does not count, and an offset outside of
// the source is taken for the nearer end.
func (t *Tree) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(t.Src)))
	i := sort.Search(len(t.lines), func(i int) bool { return int(t.lines[i]) > offset }) - 1
	start := int(t.lines[i])
	if i == 0 {
		start = min(t.afterBOM(), offset)
	}
	return i + 1, utf8.RuneCount(t.Src[start:offset]) + 1
}

// Line returns the text of a 1-based line without its line break and a byte
// order mark, or "".
func (t *Tree) Line(line int) string {
	if line < 1 || line > len(t.lines) {
		return ""
	}
	start, end := int(t.lines[line-1]), len(t.Src)
	if line == 1 {
		start = t.afterBOM()
	}
	if line < len(t.lines) {
		end = int(t.lines[line])
	}
	return strings.TrimRight(string(t.Src[start:end]), "\r\n")
}

// Lines is the number of lines.
func (t *Tree) Lines() int { return len(t.lines) }

// afterBOM is the offset of the first byte of text.
func (t *Tree) afterBOM() int {
	if bytes.HasPrefix(t.Src, []byte(bom)) {
		return len(bom)
	}
	return 0
}
