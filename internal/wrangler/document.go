package wrangler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tailscale/hujson"
)

// document is a JSONC file with its syntax tree, which the planner edits.
type document struct {
	*source
	root hujson.Value
}

// parseDocument reads JSONC. The error is a *ParseError.
func parseDocument(path string, src []byte) (*document, error) {
	text, err := newSource(path, langJSONC, src)
	if err != nil {
		return nil, err
	}
	d := &document{source: text}
	if at := tooDeep(d.text); at >= 0 {
		return nil, d.fail(at, fmt.Sprintf("objects and arrays are nested more than %d deep", maxDepth))
	}

	// wrangler accepts a line comment that ends with the file; the parser
	// wants its newline. The extra byte lies behind every offset in use.
	body := d.text
	if n := len(body); n > 0 && body[n-1] != '\n' {
		body = append(body[:n:n], '\n')
	}
	if d.root, err = hujson.Parse(body); err != nil {
		return nil, d.parseError(err)
	}
	if _, ok := d.root.Value.(*hujson.Object); !ok {
		return nil, d.fail(d.root.StartOffset, "the top level is "+kindOf(d.root).String()+"; a Workers config is one object, { … }")
	}
	return d, nil
}

// parseError gives the parser's error a place and says what is allowed there.
func (d *document) parseError(err error) *ParseError {
	e := d.fail(0, "")
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

// tree is the document without its syntax.
func (d *document) tree() *value { return treeOf(&d.root) }

func treeOf(v *hujson.Value) *value {
	out := &value{kind: kindOf(*v), start: v.StartOffset}
	switch x := v.Value.(type) {
	case *hujson.Object:
		out.members = make([]entry, len(x.Members))
		for i := range x.Members {
			m := &x.Members[i]
			out.members[i] = entry{unquote(m.Name), m.Name.StartOffset, treeOf(&m.Value)}
		}
	case *hujson.Array:
		out.items = make([]*value, len(x.Elements))
		for i := range x.Elements {
			out.items[i] = treeOf(&x.Elements[i])
		}
	default:
		out.text = unquote(*v)
		if out.kind != kindString {
			out.text = string(v.Value.(hujson.Literal))
		}
	}
	return out
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

func kindOf(v hujson.Value) kind {
	switch v.Value.Kind() {
	case '{':
		return kindObject
	case '[':
		return kindArray
	case '"':
		return kindString
	case '0':
		return kindNumber
	case 'n':
		return kindNull
	default:
		return kindBool
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
