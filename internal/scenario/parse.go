package scenario

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

// Parse reads a scenario and checks it whole. An error names the file's line and
// column and the step it is in: "scenario.json:12:5: steps[3]: …".
func Parse(data []byte) (*Scenario, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var whole json.RawMessage
	if err := dec.Decode(&whole); err != nil {
		return nil, syntaxError(data, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: text after the end of the scenario object; a file holds one object", FileName)
	}
	at := locate(data)
	if err := unknown(at, reflect.TypeFor[Scenario](), ""); err != nil {
		return nil, at.place(data, err)
	}
	var s Scenario
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, typeError(data, err)
	}
	if err := s.validate(); err != nil {
		return nil, at.place(data, err)
	}
	return &s, nil
}

// fault is something wrong at a place inside the scenario.
type fault struct {
	at   string // as in "steps[3].burst.count"; "" is the scenario
	text string
}

func (f *fault) Error() string { return f.text }

// in puts the fault's place below another.
func (f *fault) in(at string) *fault {
	if f == nil {
		return nil
	}
	return &fault{join(at, f.at), f.text}
}

func wrong(at, format string, args ...any) *fault { return &fault{at, fmt.Sprintf(format, args...)} }

func join(a, b string) string {
	if a == "" || b == "" || b[0] == '[' {
		return a + b
	}
	return a + "." + b
}

func syntaxError(data []byte, err error) error {
	var syn *json.SyntaxError
	if errors.As(err, &syn) && syn.Offset < int64(len(data)) {
		line, col := position(data, syn.Offset)
		return fmt.Errorf("%s:%d:%d: not valid JSON: %s", FileName, line, col, syn)
	}
	return fmt.Errorf("%s: the file ends before the object does", FileName)
}

func typeError(data []byte, err error) error {
	var typ *json.UnmarshalTypeError
	if !errors.As(err, &typ) {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	line, col := position(data, typ.Offset)
	what := typ.Field
	if what == "" {
		what = "a scenario"
	}
	return fmt.Errorf("%s:%d:%d: %s must be %s, not %s", FileName, line, col, what, kind(typ.Type), typ.Value)
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
	segments, _ := segments(at)
	for _, s := range segments {
		below := (*node)(nil)
		if s.index >= 0 && s.index < len(n.items) {
			below = n.items[s.index]
			offset = below.offset
		}
		for _, m := range n.members {
			if s.index < 0 && m.name == s.name {
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

// place says a fault with the file, the position and the step.
func (n *node) place(data []byte, f *fault) error {
	line, col := position(data, n.find(f.at))
	step := ""
	if end := strings.IndexByte(f.at, ']'); strings.HasPrefix(f.at, "steps[") && end > 0 {
		step = f.at[:end+1] + ": "
	}
	return fmt.Errorf("%s:%d:%d: %s%s", FileName, line, col, step, f.text)
}

// unknown finds members that a type does not have, and members that are there
// twice. A value that is not of the type's kind is left to the decoder.
func unknown(n *node, t reflect.Type, at string) *fault {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]():
		for i, item := range n.items {
			if f := unknown(item, t.Elem(), fmt.Sprintf("%s[%d]", at, i)); f != nil {
				return f
			}
		}
	case t.Kind() == reflect.Struct:
		return unknownMember(n, t, at)
	}
	return nil
}

func unknownMember(n *node, t reflect.Type, at string) *fault {
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
			return wrong(join(at, m.name), "%q is there twice", m.name)
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
		return wrong(join(at, strange[0]), "%s; allowed in %s are %s%s", text, container(at), strings.Join(allowed, ", "), hint)
	}
	for _, m := range n.members {
		if f := unknown(m.value, types[m.name], join(at, m.name)); f != nil {
			return f
		}
	}
	return nil
}

// container names what the members belong to: "a step", "http", "a scenario".
func container(at string) string {
	last := at[strings.LastIndexByte(at, '.')+1:]
	switch {
	case last == "":
		return "a scenario"
	case strings.HasPrefix(last, "steps["):
		return "a step"
	case strings.HasPrefix(last, "each["):
		return "a request of a burst"
	}
	return last
}
