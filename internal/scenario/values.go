package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/jsonfile"
)

// Values are captured values by name, as JSON.
type Values map[string]json.RawMessage

// Captured reads what a step captures from its answer. The error names the
// value that is not there.
func (s Step) Captured(answer []byte) (Values, error) {
	out := Values{}
	for _, name := range sortedNames(s.Capture) {
		v, err := lookup(s.Capture[name], answer)
		if err != nil {
			return out, fmt.Errorf("${%s} cannot be captured: %w", name, err)
		}
		out[name] = v
	}
	return out, nil
}

// With is the step with captured values in place of the references to them. The
// error names a value that was not captured, because the step that should have
// captured it failed.
func (s Step) With(v Values) (Step, error) {
	var missing string
	rewrite(&s, func(_, text string, f form) json.RawMessage {
		for _, name := range referred(text) {
			if v[name] == nil {
				missing = name
				return nil
			}
		}
		return put(text, v, f)
	})
	if missing != "" {
		return s, fmt.Errorf("${%s} has no value, because the step that captures it did not get one", missing)
	}
	return s, nil
}

// Text is a captured value as it stands inside other text.
func Text(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

func lookup(place string, answer []byte) (json.RawMessage, error) {
	path, err := jsonfile.Segments(strings.TrimPrefix(place, "$"))
	if err != nil {
		return nil, err
	}
	if !json.Valid(answer) {
		if len(path) == 0 {
			return json.Marshal(string(answer))
		}
		return nil, fmt.Errorf("the answer is not JSON, so it has no %s", place)
	}
	v := json.RawMessage(bytes.TrimSpace(answer))
	for _, s := range path {
		var object map[string]json.RawMessage
		var array []json.RawMessage
		switch {
		case s.Index >= 0 && json.Unmarshal(v, &array) == nil && s.Index < len(array):
			v = array[s.Index]
		case s.Index < 0 && json.Unmarshal(v, &object) == nil && object[s.Name] != nil:
			v = object[s.Name]
		default:
			return nil, fmt.Errorf("the answer has no %s", place)
		}
	}
	return v, nil
}

// form is what surrounds a text, and so how values are put into it.
type form int

const (
	plainText form = iota
	pathText       // values are escaped, so that each stays one part of the path or query
	jsonText       // a JSON document, in whose strings references stand
)

// rewrite gives every text of a step that may hold references to fn, with its
// place inside the step, and puts what fn returns there: JSON for jsonText, a
// JSON string else; nil leaves the text. Nothing is changed that the step shares.
func rewrite(s *Step, fn func(at, text string, f form) json.RawMessage) {
	text := func(at string, p *string, f form) {
		if strings.Contains(*p, "${") {
			if v := fn(at, *p, f); v != nil {
				*p = Text(v)
			}
		}
	}
	raw := func(at string, p *json.RawMessage) {
		if bytes.Contains(*p, []byte("${")) {
			if v := fn(at, string(*p), jsonText); v != nil {
				*p = v
			}
		}
	}
	header := func(at string, p *map[string]string) {
		*p = maps.Clone(*p)
		for _, name := range sortedNames(*p) {
			value := (*p)[name]
			text(at+"."+name, &value, plainText)
			(*p)[name] = value
		}
	}
	onHTTP := func(at string, p **HTTP) {
		h := **p
		*p = &h
		text(at+".path", &h.Path, pathText)
		header(at+".headers", &h.Headers)
		raw(at+".json", &h.JSON)
		text(at+".body", &h.Body, plainText)
		if h.Expect != nil {
			e := *h.Expect
			h.Expect = &e
			raw(at+".expect.json", &e.JSON)
			text(at+".expect.text", &e.Text, plainText)
		}
	}
	onRPC := func(at string, p **RPC) {
		r := **p
		*p = &r
		text(at+".object", &r.Object, plainText)
		r.Args = slices.Clone(r.Args)
		for i := range r.Args {
			raw(fmt.Sprintf("%s.args[%d]", at, i), &r.Args[i])
		}
		if r.Expect != nil {
			e := *r.Expect
			r.Expect = &e
			raw(at+".expect.json", &e.JSON)
			text(at+".expect.throws", &e.Throws, plainText)
		}
	}
	switch {
	case s.HTTP != nil:
		onHTTP("http", &s.HTTP)
	case s.RPC != nil:
		onRPC("rpc", &s.RPC)
	case s.Open != nil:
		o := *s.Open
		s.Open = &o
		text("open.path", &o.Path, pathText)
		header("open.headers", &o.Headers)
	case s.Send != nil:
		m := *s.Send
		s.Send = &m
		text("send.text", &m.Text, plainText)
		raw("send.json", &m.JSON)
	case s.Receive != nil:
		m := *s.Receive
		s.Receive = &m
		text("receive.text", &m.Text, plainText)
		raw("receive.json", &m.JSON)
	case s.Burst != nil:
		b := *s.Burst
		s.Burst = &b
		b.Each = slices.Clone(b.Each)
		if b.HTTP != nil {
			onHTTP("burst.http", &b.HTTP)
		}
		if b.RPC != nil {
			onRPC("burst.rpc", &b.RPC)
		}
		for i := range b.Each {
			at := fmt.Sprintf("burst.each[%d]", i)
			if b.Each[i].HTTP != nil {
				onHTTP(at+".http", &b.Each[i].HTTP)
			}
			if b.Each[i].RPC != nil {
				onRPC(at+".rpc", &b.Each[i].RPC)
			}
		}
	}
}

// reference matches "${name}", and "$${" so that it is passed over.
var reference = regexp.MustCompile(`\$\$\{|\$\{([^}"]*)\}?`)

// referred are the names that a text refers to.
func referred(text string) []string {
	var out []string
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		if m[0] != "$${" {
			out = append(out, m[1])
		}
	}
	return out
}

// put replaces the references in a text; every name has a value.
func put(text string, v Values, f form) json.RawMessage {
	if f != jsonText {
		return encode(fill(text, v, f))
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) != nil {
		return nil
	}
	return encode(fillJSON(doc, v))
}

func fill(text string, v Values, f form) string {
	return reference.ReplaceAllStringFunc(text, func(m string) string {
		if m == "$${" {
			return "${"
		}
		value := Text(v[reference.FindStringSubmatch(m)[1]])
		if f == pathText {
			value = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
		}
		return value
	})
}

func fillJSON(doc any, v Values) any {
	switch d := doc.(type) {
	case string:
		if m := reference.FindStringSubmatch(d); m != nil && m[0] == d && m[0] != "$${" {
			return v[m[1]]
		}
		return fill(d, v, plainText)
	case []any:
		for i := range d {
			d[i] = fillJSON(d[i], v)
		}
	case map[string]any:
		out := make(map[string]any, len(d))
		for key, value := range d {
			out[fill(key, v, plainText)] = fillJSON(value, v)
		}
		return out
	}
	return doc
}

func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // it came from JSON
	}
	return bytes.TrimSpace(b.Bytes())
}

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

func validName(s string) bool { return namePattern.MatchString(s) }

func sortedNames(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
