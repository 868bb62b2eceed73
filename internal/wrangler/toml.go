package wrangler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"durable-objects-mcp/internal/lazyregexp"

	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlReader builds the tree of a TOML file, expression by expression. What
// TOML forbids although it can be understood (a key or a table that is defined
// twice, a number out of range) becomes a Problem, so that the rest is read too.
type tomlReader struct {
	text     *source
	parser   unstable.Parser
	known    map[tableKey]int
	root     *value
	table    *value // that the last header opened; the root before any header
	where    string // the path of it, with a final dot, or ""
	clashed  bool   // the key or header at hand has a Problem
	problems []Problem
}

// parseTOML reads TOML as wrangler 4.164 does, whose parser knows TOML 1.1. The
// error is a *ParseError.
func parseTOML(text *source) (*value, []Problem, error) {
	r := &tomlReader{text: text, known: map[tableKey]int{}, root: &value{kind: kindObject, origin: byHeader}}
	r.table = r.root
	// The parser tells offsets by capacity.
	r.parser.Reset(text.text[:len(text.text):len(text.text)])
	for r.parser.NextExpression() {
		e, err := r.parser.Expression(), error(nil)
		if e.Kind == unstable.KeyValue {
			err = r.assign(r.table, r.where, e, 0)
		} else {
			err = r.header(e)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err := r.parser.Error(); err != nil {
		return nil, nil, r.parseError(err)
	}
	return r.root, r.problems, nil
}

// assign reads key = value into a table, whose path is where.
func (r *tomlReader) assign(table *value, where string, e *unstable.Node, depth int) error {
	parts, err := r.key(e, depth)
	if err != nil {
		return err
	}
	last := parts[len(parts)-1]
	v, err := r.value(e.Value(), r.valueStart(e, last), where+dottedName(parts), depth+len(parts))
	if err != nil {
		return err
	}
	r.clashed = false
	for _, p := range parts[:len(parts)-1] {
		table = r.dotted(table, where, p)
		where += p.name + "."
	}
	if have := r.member(table, last.name); have != nil {
		r.twice(last, where+last.name, have)
		return nil
	}
	r.add(table, last, v)
	return nil
}

// valueStart returns the offset of the value of key = value. The parser does
// not tell it for arrays.
func (r *tomlReader) valueStart(e *unstable.Node, last keyPart) int {
	if v := e.Value(); v.Kind != unstable.Array {
		return int(v.Raw.Offset)
	}
	return last.end + bytes.IndexByte(r.text.text[last.end:], '[')
}

// value reads the value at an offset. where is its path.
func (r *tomlReader) value(n *unstable.Node, start int, where string, depth int) (*value, error) {
	if depth > maxDepth {
		return nil, r.tooDeep(start)
	}
	v := &value{start: start, end: start + 1, origin: byValue}
	switch n.Kind {
	case unstable.Array:
		v.kind = kindArray
		for it := n.Children(); it.Next(); {
			item, err := r.value(it.Node(), r.skip(v.end), index(where, len(v.items)), depth+1)
			if err != nil {
				return nil, err
			}
			v.items, v.end = append(v.items, item), item.end
		}
		v.end = r.skip(v.end) + 1
	case unstable.InlineTable:
		v.kind = kindObject
		for it := n.Children(); it.Next(); {
			if err := r.assign(v, where+".", it.Node(), depth); err != nil {
				return nil, err
			}
			v.end = int(it.Node().Raw.Offset + it.Node().Raw.Length)
		}
		v.end = r.skip(v.end) + 1
	default:
		v.end = start + int(n.Raw.Length)
		r.scalar(v, n, where)
	}
	return v, nil
}

// scalar takes over a value of one token.
func (r *tomlReader) scalar(v *value, n *unstable.Node, where string) {
	v.text = string(n.Data)
	ok := true
	switch n.Kind {
	case unstable.String:
		v.kind = kindString
	case unstable.Bool:
		v.kind = kindBool
	case unstable.Integer:
		v.kind = kindNumber
		i, err := strconv.ParseInt(strings.TrimPrefix(strings.ReplaceAll(v.text, "_", ""), "+"), 0, 64)
		ok = err == nil && max(i, -i) <= maxInteger
		v.text = strconv.FormatInt(i, 10)
	case unstable.Float:
		v.kind = kindNumber
		f, err := strconv.ParseFloat(strings.ReplaceAll(v.text, "_", ""), 64)
		switch {
		case strings.HasSuffix(v.text, "nan"), math.IsInf(f, 0) && err == nil:
			// JSON has no such number and gets null.
			v.kind, v.text = kindNull, "null"
		case f == 0:
			v.text = "0" // without a sign
		default:
			ok = err == nil
			text, _ := json.Marshal(f) // as JavaScript writes it
			v.text = string(text)
		}
	default:
		v.kind, ok = kindDate, isTime(v.text)
	}
	if !ok {
		r.problem(v.start, "%s has the value %s, which cannot be read, so wrangler refuses the whole file", where, n.Data)
	}
}

// maxInteger is the largest integer that JavaScript can tell from its neighbours.
const maxInteger = 1<<53 - 1

// isTime reports whether a token is a date, a time, or both.
func isTime(token string) bool {
	token = strings.ToUpper(token)
	if d := len(time.DateOnly); len(token) > d && token[d] == ' ' {
		token = token[:d] + "T" + token[d+1:]
	}
	for _, layout := range []string{
		"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00", "15:04", "15:04:05",
	} {
		if _, err := time.Parse(layout, token); err == nil {
			return true
		}
	}
	return false
}

// skip returns the offset of the next token: behind space, commas and comments.
func (r *tomlReader) skip(at int) int {
	b := r.text.text
	for ; at < len(b); at++ {
		switch b[at] {
		case ' ', '\t', '\r', '\n', ',':
		case '#':
			for at+1 < len(b) && b[at+1] != '\n' {
				at++
			}
		default:
			return at
		}
	}
	return at
}

func (r *tomlReader) tooDeep(at int) error {
	return r.text.fail(at, fmt.Sprintf("tables and arrays are nested more than %d deep", maxDepth))
}

// problem notes what makes wrangler refuse the file as a whole.
func (r *tomlReader) problem(at int, format string, args ...any) {
	r.problems = append(r.problems, Problem{Pos: r.text.pos(at), Message: fmt.Sprintf(format, args...), Refused: true, Unread: true, blocks: true})
}

// codePoint is how the parser numbers a character before it quotes it.
var codePoint = lazyregexp.MustCompile(`U\+[0-9A-F]{4,6} '`)

// parseError gives the parser's error a place and says what is allowed there.
func (r *tomlReader) parseError(err error) *ParseError {
	var inner *unstable.ParserError
	if !errors.As(err, &inner) {
		return r.text.fail(0, err.Error())
	}
	at := len(r.text.text) - cap(inner.Highlight)
	e := r.text.fail(at, codePoint.ReplaceAllString(inner.Message, "'"))
	rest := r.text.text[at:]
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(r.text.text), []byte("{")):
		e.Message += "; this looks like JSON, which belongs in a file named wrangler.jsonc"
	case bytes.HasPrefix(rest, []byte("/")):
		e.Message += "; a comment begins with #"
	case bytes.HasPrefix(rest, []byte(":")):
		e.Message += `; a value is set by =, as in name = "chat"`
	case strings.HasSuffix(e.Message, "at start of value"):
		e.Message += "; strings take quotes"
	}
	return e
}
