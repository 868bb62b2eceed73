// Package jsonfile reads a JSON file that people and agents write by hand, and
// says what is wrong with it: the line and column, what is allowed there, and
// what was probably meant.
package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"durable-objects-mcp/internal/nearest"
)

// Format is what messages call the file and its parts.
type Format struct {
	File  string // its name
	Whole string // what it holds: "a scenario"
	// Container names what the members at a place belong to: "a step".
	Container func(at string) string
	// Item names the item that a place is in, for the beginning of a message; it
	// may be nil.
	Item func(at string) string
}

// Places knows where each value of a decoded file stands.
type Places struct {
	format Format
	data   []byte
	root   *node
}

// Decode reads the one value of a file. Members that the type does not have are
// errors, as are members that are there twice.
func Decode[T any](f Format, data []byte) (*T, *Places, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var whole json.RawMessage
	if err := dec.Decode(&whole); err != nil {
		return nil, nil, f.syntaxError(data, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%s: text after the end of %s; a file holds one object", f.File, f.Whole)
	}
	places := &Places{f, data, locate(data)}
	if err := f.unknown(places.root, reflect.TypeFor[T](), ""); err != nil {
		return nil, nil, places.Place(err)
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, nil, f.typeError(data, err)
	}
	return &v, places, nil
}

// Fault is something wrong at a place inside a file.
type Fault struct {
	At   string // as in "steps[3].burst.count"; "" is the whole
	Text string
}

func (f *Fault) Error() string { return f.Text }

// In puts the fault's place below another.
func (f *Fault) In(at string) *Fault {
	if f == nil {
		return nil
	}
	return &Fault{join(at, f.At), f.Text}
}

// Wrong is a fault at a place.
func Wrong(at, format string, args ...any) *Fault { return &Fault{at, fmt.Sprintf(format, args...)} }

func join(a, b string) string {
	if a == "" || b == "" || b[0] == '[' {
		return a + b
	}
	return a + "." + b
}

func (f Format) syntaxError(data []byte, err error) error {
	var syn *json.SyntaxError
	if errors.As(err, &syn) && syn.Offset < int64(len(data)) {
		line, col := position(data, syn.Offset)
		return fmt.Errorf("%s:%d:%d: not valid JSON: %s", f.File, line, col, syn)
	}
	return fmt.Errorf("%s: the file ends before the object does", f.File)
}

func (f Format) typeError(data []byte, err error) error {
	var typ *json.UnmarshalTypeError
	if !errors.As(err, &typ) {
		return fmt.Errorf("%s: %w", f.File, err)
	}
	line, col := position(data, typ.Offset)
	what := typ.Field
	if what == "" {
		what = f.Whole
	}
	return fmt.Errorf("%s:%d:%d: %s must be %s, not %s", f.File, line, col, what, kind(typ.Type), typ.Value)
}

// kind names a type in the terms of JSON.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kind(t.Elem())
	case reflect.Struct:
		return "an object"
	case reflect.Map:
		return "an object with text values"
	case reflect.Slice:
		return "an array"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	}
	return t.String()
}

func position(data []byte, offset int64) (line, col int) {
	offset = min(offset, int64(len(data)))
	before := data[:offset]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, int(offset) - (bytes.LastIndexByte(before, '\n') + 1)
}

// node is where a JSON value stands in the file.
type node struct {
	offset  int64 // behind its first byte
	members []member
	items   []*node
}

type member struct {
	name   string
	offset int64
	value  *node
}

// locate finds the places of all values in valid JSON.
func locate(data []byte) *node {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // so that no number is out of range
	return locateNext(dec, data)
}

func locateNext(dec *json.Decoder, data []byte) *node {
	n := &node{offset: next(data, dec.InputOffset())}
	token, err := dec.Token()
	if err != nil {
		return n
	}
	switch token {
	case json.Delim('{'):
		for dec.More() {
			m := member{offset: next(data, dec.InputOffset())}
			name, err := dec.Token()
			if err != nil {
				return n
			}
			m.name, _ = name.(string)
			m.value = locateNext(dec, data)
			n.members = append(n.members, m)
		}
	case json.Delim('['):
		for dec.More() {
			n.items = append(n.items, locateNext(dec, data))
		}
	default:
		return n
	}
	dec.Token() // the closing bracket
	return n
}

// next is the offset behind the first byte of the next value or name.
func next(data []byte, offset int64) int64 {
	for offset < int64(len(data)) && strings.IndexByte(" \t\r\n,:", data[offset]) >= 0 {
		offset++
	}
	return offset + 1
}

// find follows a fault's place as far as it goes, and returns the offset of the
// item or of the member's name.
func (n *node) find(at string) int64 {
	offset := n.offset
	segments, _ := Segments(at)
	for _, s := range segments {
		below := (*node)(nil)
		if s.Index >= 0 && s.Index < len(n.items) {
			below = n.items[s.Index]
			offset = below.offset
		}
		for _, m := range n.members {
			if s.Index < 0 && m.name == s.Name {
				below, offset = m.value, m.offset
			}
		}
		if below == nil {
			break
		}
		n = below
	}
	return offset
}

// Place says a fault with the file, its position and the item that it is in.
func (p *Places) Place(f *Fault) error {
	line, col := position(p.data, p.root.find(f.At))
	item := ""
	if p.format.Item != nil {
		if item = p.format.Item(f.At); item != "" {
			item += ": "
		}
	}
	return fmt.Errorf("%s:%d:%d: %s%s", p.format.File, line, col, item, f.Text)
}

// unknown finds members that a type does not have, and members that are there
// twice. A value that is not of the type's kind is left to the decoder.
func (f Format) unknown(n *node, t reflect.Type, at string) *Fault {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]():
		for i, item := range n.items {
			if fault := f.unknown(item, t.Elem(), fmt.Sprintf("%s[%d]", at, i)); fault != nil {
				return fault
			}
		}
	case t.Kind() == reflect.Struct:
		return f.unknownMember(n, t, at)
	}
	return nil
}

func (f Format) unknownMember(n *node, t reflect.Type, at string) *Fault {
	types := map[string]reflect.Type{}
	var allowed []string
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous {
			continue // its own fields are visible, too
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		types[name] = field.Type
		allowed = append(allowed, name)
	}
	var strange, seen []string
	for _, m := range n.members {
		if types[m.name] == nil {
			strange = append(strange, m.name)
		} else if slices.Contains(seen, m.name) {
			return Wrong(join(at, m.name), "%q is there twice", m.name)
		}
		seen = append(seen, m.name)
	}
	if len(strange) > 0 {
		text := fmt.Sprintf("unknown field %q", strange[0])
		if len(strange) > 1 {
			text = fmt.Sprintf("unknown fields %q", strange)
		}
		hint := ""
		if meant := nearest.Close(strange[0], allowed); meant != "" {
			hint = fmt.Sprintf("; is %s meant?", meant)
		}
		return Wrong(join(at, strange[0]), "%s; allowed in %s are %s%s", text, f.Container(at), strings.Join(allowed, ", "), hint)
	}
	for _, m := range n.members {
		if fault := f.unknown(m.value, types[m.name], join(at, m.name)); fault != nil {
			return fault
		}
	}
	return nil
}
