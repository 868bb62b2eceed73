package wrangler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/tailscale/hujson"
)

// maxDepth bounds the nesting of a config. Real ones nest six deep; the parser
// recurses, so that unbounded nesting could exhaust the stack, which Go cannot
// recover from.
const maxDepth = 100

// maxSize bounds a config in bytes.
const maxSize = 4 << 20

// Pos is a place in the file, both parts counted from 1; the column counts
// bytes. The zero Pos means that the element is absent.
type Pos struct{ Line, Column int }

// IsSet reports whether p is a place in the file.
func (p Pos) IsSet() bool { return p.Line > 0 }

// document is the text of a config with its syntax tree. All offsets count
// from the start of text.
type document struct {
	path  string
	bom   []byte // the byte order mark, if the file begins with one
	text  []byte // the file after the mark
	root  hujson.Value
	lines []int // offset at which each line begins
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// parseDocument reads JSONC. The error is a *ParseError.
func parseDocument(path string, src []byte) (*document, error) {
	d := &document{path: path, text: src}
	if bytes.HasPrefix(src, byteOrderMark) {
		d.bom, d.text = src[:len(byteOrderMark)], src[len(byteOrderMark):]
	}
	d.lines = append(make([]int, 0, 1+bytes.Count(d.text, []byte("\n"))), 0)
	for i, c := range d.text {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	if len(src) > maxSize {
		return nil, &ParseError{Path: path, Pos: Pos{1, 1}, Message: fmt.Sprintf("the file has %d bytes; a config may have at most %d", len(src), maxSize)}
	}
	if at := tooDeep(d.text); at >= 0 {
		return nil, &ParseError{Path: path, Pos: d.pos(at), Message: fmt.Sprintf("objects and arrays are nested more than %d deep", maxDepth)}
	}

	// wrangler accepts a line comment that ends with the file; the parser
	// wants its newline. The extra byte lies behind every offset in use.
	text := d.text
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(text[:n:n], '\n')
	}
	root, err := hujson.Parse(text)
	if err != nil {
		return nil, d.parseError(err)
	}
	d.root = root
	if _, ok := root.Value.(*hujson.Object); !ok {
		return nil, &ParseError{Path: path, Pos: d.pos(root.StartOffset), Message: "the top level is " + kindOf(root) + "; a Workers config is one object, { … }"}
	}
	return d, nil
}

// parseError gives the parser's error a place and says what is allowed there.
func (d *document) parseError(err error) *ParseError {
	e := &ParseError{Path: d.path, Pos: Pos{1, 1}}
	if _, scanErr := fmt.Sscanf(err.Error(), "hujson: line %d, column %d:", &e.Pos.Line, &e.Pos.Column); scanErr == nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
	}
	e.Message = err.Error()
	at := d.offset(e.Pos)
	switch {
	case len(bytes.TrimSpace(d.text)) == 0:
		e.Message = "the file is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Pos = d.pos(len(d.text))
		e.Message = "the file ends too early (" + strings.TrimSuffix(err.Error(), ": unexpected EOF") + "): a closing quote, bracket or brace, or the end of a comment, is missing"
	case at < len(d.text) && d.text[at] == '\'':
		e.Message += "; strings take double quotes"
	case strings.HasSuffix(e.Message, "at start of object name"), at < len(d.text) && strings.HasPrefix(e.Message, "invalid literal"):
		e.Message += "; names and strings take double quotes"
	}
	return e
}

// pos converts an offset in the text to a place.
func (d *document) pos(offset int) Pos {
	line := sort.SearchInts(d.lines, offset+1)
	return Pos{Line: line, Column: offset - d.lines[line-1] + 1}
}

// offset converts a place to an offset, clamped to the text.
func (d *document) offset(p Pos) int {
	if p.Line < 1 || p.Line > len(d.lines) {
		return len(d.text)
	}
	return min(d.lines[p.Line-1]+p.Column-1, len(d.text))
}

// line returns a line of the text without surrounding space.
func (d *document) line(n int) string {
	if n < 1 || n > len(d.lines) {
		return ""
	}
	end := len(d.text)
	if n < len(d.lines) {
		end = d.lines[n]
	}
	return string(bytes.TrimSpace(d.text[d.lines[n-1]:end]))
}

// indent returns the blanks that begin the line of an offset.
func (d *document) indent(offset int) string {
	start := d.lines[d.pos(offset).Line-1]
	end := start
	for end < len(d.text) && (d.text[end] == ' ' || d.text[end] == '\t') {
		end++
	}
	return string(d.text[start:end])
}

// beginsLine reports whether only blanks stand before an offset on its line.
func (d *document) beginsLine(offset int) bool {
	start := d.lines[d.pos(offset).Line-1]
	return len(bytes.Trim(d.text[start:offset], " \t")) == 0
}

// spansLines reports whether text[start:end] holds a line break.
func (d *document) spansLines(start, end int) bool {
	return bytes.IndexByte(d.text[start:end], '\n') >= 0
}

// member finds a key in an object. Of duplicates the last counts, as it does
// for wrangler. The index is -1 if the key is absent.
func member(obj *hujson.Object, key string) int {
	for i := len(obj.Members) - 1; i >= 0; i-- {
		if isText(obj.Members[i].Name, key) {
			return i
		}
	}
	return -1
}

// isText reports whether a value is a string literal with that text. Without
// escapes, which is to say always, it allocates nothing.
func isText(v hujson.Value, text string) bool {
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '"' {
		return false
	}
	if bytes.IndexByte(lit, '\\') < 0 {
		return string(lit[1:len(lit)-1]) == text
	}
	return lit.String() == text
}

// unquote returns the text of a string literal, "" for any other value.
func unquote(v hujson.Value) string {
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '"' {
		return ""
	}
	if bytes.IndexByte(lit, '\\') < 0 {
		return string(lit[1 : len(lit)-1])
	}
	return lit.String()
}

// kindOf names the kind of a value for a message.
func kindOf(v hujson.Value) string {
	switch v.Value.Kind() {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 'n':
		return "null"
	default:
		return "a boolean"
	}
}

// tooDeep returns the offset at which nesting exceeds maxDepth, or -1.
// Brackets in strings and comments do not count.
func tooDeep(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '[', '{':
			if depth++; depth > maxDepth {
				return i
			}
		case ']', '}':
			depth--
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '/':
			i += commentLen(b[i:], 1) - 1
		}
	}
	return -1
}

// commentLen returns the length of the comment that b begins with, without
// the newline of a line comment, or other if b begins with no comment.
func commentLen(b []byte, other int) int {
	switch {
	case bytes.HasPrefix(b, []byte("//")):
		if n := bytes.IndexByte(b, '\n'); n >= 0 {
			return n
		}
		return len(b)
	case bytes.HasPrefix(b, []byte("/*")):
		if n := bytes.Index(b[2:], []byte("*/")); n >= 0 {
			return n + 4
		}
		return len(b)
	}
	return other
}
