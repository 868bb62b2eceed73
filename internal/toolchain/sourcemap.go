package toolchain

import (
	"encoding/json"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// Place is a position in a source file. Path is relative to the bundle's
// directory; Line and Column are 1-based.
type Place struct {
	Path         string
	Line, Column int
}

// segment says where one stretch of the bundle came from; all of it 0-based.
type segment struct{ genLine, genColumn, source, line, column int }

// Source finds where a position in JS came from, 1-based as in a stack trace. It
// is false for code that esbuild added.
func (b *Bundle) Source(line, column int) (Place, bool) {
	var m struct {
		Sources  []string
		Mappings string
	}
	if json.Unmarshal(b.SourceMap, &m) != nil {
		return Place{}, false
	}
	segments := readMappings(m.Mappings)
	line, column = line-1, column-1
	// The last segment that starts at or before the position.
	i := sort.Search(len(segments), func(i int) bool {
		s := segments[i]
		return s.genLine > line || s.genLine == line && s.genColumn > column
	}) - 1
	if i < 0 || segments[i].genLine != line || segments[i].source < 0 || segments[i].source >= len(m.Sources) {
		return Place{}, false
	}
	s := segments[i]
	return Place{Path: path.Clean(filepath.ToSlash(m.Sources[s.source])), Line: s.line + 1, Column: s.column + 1}, true
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// readMappings decodes the mappings of a version 3 source map: lines apart by
// semicolons, segments by commas, each one to five numbers that count from the
// segment before. What cannot be read ends the list.
func readMappings(text string) []segment {
	var out []segment
	var at segment
	for n, line := range strings.Split(text, ";") {
		at.genLine, at.genColumn = n, 0
		if line == "" {
			continue
		}
		for _, field := range strings.Split(line, ",") {
			d, ok := readNumbers(field)
			if !ok {
				return out
			}
			at.genColumn += d[0]
			s := segment{genLine: n, genColumn: at.genColumn, source: -1}
			if len(d) >= 4 {
				at.source, at.line, at.column = at.source+d[1], at.line+d[2], at.column+d[3]
				s = at
			}
			out = append(out, s)
		}
	}
	return out
}

// readNumbers decodes base64 variable-length numbers: five bits a digit, the
// sixth says that more follow, and the lowest bit of the whole is its sign.
func readNumbers(field string) ([]int, bool) {
	var out []int
	value, shift := 0, 0
	for i := range len(field) {
		digit := strings.IndexByte(base64Digits, field[i])
		if digit < 0 || shift > 30 {
			return nil, false
		}
		value |= (digit & 31) << shift
		if digit&32 != 0 {
			shift += 5
			continue
		}
		n := value >> 1
		if value&1 != 0 {
			n = -n
		}
		out = append(out, n)
		value, shift = 0, 0
	}
	return out, len(out) > 0 && shift == 0
}
