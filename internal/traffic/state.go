package traffic

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// state is one way through the code so far: what variables hold, what the
// client must have sent for it, and what the code did.
type state struct {
	vars   *variable
	checks []check // conditions on what the client sends, in the order in which they were met
	known  []fixed // parts that a condition fixes
	reads  []place // parts that are read
	types  []typed // parts that the code gives a type
	hints  []hint  // names that the code gives to parts
	ops    []*model.Op
	calls  []called      // methods of other objects, and their fetch
	names  []naming      // objects by name
	wants  []place       // parts of the path that an object is given
	doubts []syntax.Node // conditions that the client cannot decide, where one side refuses it
	depth  int
}

type variable struct {
	up *variable
	b  *model.Binding
	v  value
}

type fixed struct {
	at place
	c  any
}

type typed struct {
	at   place
	node syntax.Node
}

type hint struct {
	at   place
	name string
}

type called struct {
	class  *model.Class
	method string
}

type naming struct {
	class *model.Class
	name  value
}

// add appends without touching what other states share.
func add[T any](s []T, v ...T) []T { return append(s[:len(s):len(s)], v...) }

func (s state) bind(b *model.Binding, v value) state {
	s.vars = &variable{s.vars, b, v}
	if v.kind == given && b.Name != "" {
		s.hints = add(s.hints, hint{v.at, b.Name})
	}
	return s
}

func (s state) lookup(b *model.Binding) (value, bool) {
	for at := s.vars; at != nil; at = at.up {
		if at.b == b {
			return at.v, true
		}
	}
	return value{}, false
}

func (s state) fixedAt(p place) (any, bool) {
	for _, f := range s.known {
		if f.at == p {
			return f.c, true
		}
	}
	return nil, false
}

func (s state) reading(p place) state {
	if !slices.Contains(s.reads, p) {
		s.reads = add(s.reads, p)
	}
	return s
}

func (s state) typing(p place, t syntax.Node) state {
	if t.OK() && p.tree() {
		s.types = add(s.types, typed{p, t})
	}
	return s
}

// fingerprint tells states apart by what the client must send.
func (s state) fingerprint() string {
	var b strings.Builder
	for _, c := range s.checks {
		b.WriteString(c.key())
		b.WriteByte('\n')
	}
	return b.String()
}

// operator is a condition's kind.
type operator uint8

const (
	is       operator = iota // equals c
	present                  // is truthy
	matches                  // the regular expression c
	starts                   // with c
	ends                     // with c
	contains                 // c
	typeIs                   // typeof is c, "array" or "integer"
	less                     // than c
	lessOrIs                 // at most c
)

// check is a condition on a value.
type check struct {
	v    value
	op   operator
	c    any
	want bool
}

func (c check) key() string {
	return strings.Join([]string{c.v.key(), string('a' + rune(c.op)), literal(c.c), literal(c.want)}, "|")
}

// assume adds a condition. It reports whether the client can still meet all of
// them, as far as that is clear at once.
func (s state) assume(c check) (state, bool) {
	v := s.resolve(c.v)
	if v.kind == constant {
		return s, holds(v.c, c.op, c.c) == c.want
	}
	c.v = v
	if v.kind != given && v.kind != joined && v.kind != sized {
		return s, true
	}
	for _, have := range s.checks {
		if have.op == c.op && have.c == c.c && have.v.key() == v.key() {
			return s, have.want == c.want
		}
	}
	if c.op == is && c.want {
		if _, ok := c.c.(string); ok || v.kind != joined {
			return s.equate(v, c.c)
		}
	}
	if c.op == present && v.kind == given && v.at.root == "segment" && !c.want {
		return s.equate(v, "")
	}
	s.checks = add(s.checks, c)
	if c.op == starts && c.want {
		return s.begin(v, c)
	}
	return s, true
}

// equate makes a value equal to a constant.
func (s state) equate(v value, c any) (state, bool) {
	switch v.kind {
	case constant:
		return s, same(v.c, c)
	case sized:
		s.checks = add(s.checks, check{v, is, c, true})
		return s, true
	case joined:
		t, ok := c.(string)
		if !ok {
			return s, false
		}
		return s.unify(v.items, t)
	case given:
		if have, ok := s.fixedAt(v.at); ok {
			return s, same(have, c)
		}
		if v.at.root == "rest" {
			return s.path(v.at.index, c)
		}
		switch t, isText := c.(string); {
		case isText && v.at.root == "method":
			c = strings.ToUpper(t)
		case c == nil && v.at.root == "segment":
			c = ""
		}
		if t, ok := c.(string); ok && v.at.root == "segment" && strings.Contains(t, "/") {
			return s, false
		}
		for _, k := range s.checks {
			if k.v.kind == given && k.v.at == v.at && holds(c, k.op, k.c) != k.want {
				return s, false
			}
		}
		s.known = add(s.known, fixed{v.at, c})
		s.checks = add(s.checks, check{v, is, c, true})
	}
	return s, true
}

// unify makes texts and parts that follow each other equal to a text.
func (s state) unify(items []value, t string) (state, bool) {
	if len(items) == 0 {
		return s, t == ""
	}
	first := items[0]
	switch {
	case first.kind == constant:
		lead := literal(first.c)
		if !strings.HasPrefix(t, lead) {
			return s, false
		}
		return s.unify(items[1:], t[len(lead):])
	case len(items) == 1:
		return s.equate(first, t)
	case items[1].kind == constant:
		i := strings.Index(t, literal(items[1].c))
		if i < 0 {
			return s, false
		}
		s, ok := s.equate(first, t[:i])
		if !ok {
			return s, false
		}
		return s.unify(items[1:], t[i:])
	}
	s.checks = add(s.checks, check{join(items...), is, t, true})
	return s, true
}

// path makes the path from a segment on equal to a text.
func (s state) path(from int, c any) (state, bool) {
	t, ok := c.(string)
	if !ok {
		return s, false
	}
	parts := strings.Split(t, "/")
	if t == "" {
		parts = nil
	}
	for i, p := range parts {
		if p == "" && i < len(parts)-1 {
			return s, false
		}
		if s, ok = s.assume(check{segment(from + i), is, p, true}); !ok {
			return s, false
		}
	}
	if n := len(parts); n == 0 || parts[n-1] != "" {
		return s.assume(check{segment(from + n), is, "", true})
	}
	return s, true
}

// begin fixes the whole segments of a path's prefix.
func (s state) begin(v value, c check) (state, bool) {
	t, ok := c.c.(string)
	if !ok {
		return s, true
	}
	from := 0
	switch {
	case v.kind == given && v.at.root == "rest":
		from = v.at.index
	case v.kind == joined && len(v.items) == 2 && v.items[0].kind == constant && v.items[1].kind == given && v.items[1].at.root == "rest":
		lead := literal(v.items[0].c)
		if !strings.HasPrefix(t, lead) {
			return s, strings.HasPrefix(lead, t)
		}
		from, t = v.items[1].at.index, t[len(lead):]
	default:
		return s, true
	}
	parts := strings.Split(t, "/")
	for i, p := range parts[:len(parts)-1] {
		if s, ok = s.assume(check{segment(from + i), is, p, true}); !ok {
			return s, false
		}
	}
	if last := parts[len(parts)-1]; last != "" {
		return s.assume(check{segment(from + len(parts) - 1), starts, last, true})
	}
	return s, true
}

// resolve puts constants where parts are known.
func (s state) resolve(v value) value {
	switch v.kind {
	case given:
		if c, ok := s.fixedAt(v.at); ok {
			if t, isText := c.(string); isText && v.num {
				return number(toNumber(t))
			}
			if c == "" && v.at.root == "segment" {
				return text("")
			}
			return value{kind: constant, c: c}
		}
		if v.at.root == "rest" {
			return s.resolveRest(v.at.index)
		}
	case joined:
		items := make([]value, len(v.items))
		for i, p := range v.items {
			items[i] = s.resolve(p)
		}
		return join(items...)
	case sized:
		of := s.resolve(*v.of)
		if t, ok := of.c.(string); ok && of.kind == constant {
			return number(float64(len(t)))
		}
		if of.kind == array {
			return number(float64(len(of.items)))
		}
	}
	return v
}

// resolveRest is the path from a segment on where all of it is known.
func (s state) resolveRest(i int) value {
	var parts []string
	for n := i; n < i+32; n++ {
		c, ok := s.fixedAt(place{root: "segment", index: n})
		t, isText := c.(string)
		switch {
		case !ok || !isText:
			return rest(i)
		case t == "":
			return text(strings.Join(parts, "/"))
		}
		parts = append(parts, t)
	}
	return rest(i)
}

// toNumber is what Number() makes of a text.
func toNumber(s string) float64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

func same(a, b any) bool {
	if fa, ok := a.(float64); ok {
		if fb, ok := b.(float64); ok {
			return fa == fb || math.IsNaN(fa) && math.IsNaN(fb)
		}
	}
	return a == b
}

// holds decides a condition on a constant.
func holds(v any, op operator, c any) bool {
	t, isText := v.(string)
	want, _ := c.(string)
	switch op {
	case is:
		return same(v, c)
	case present:
		return truthy(v)
	case matches:
		return isText && matchText(want, t)
	case starts:
		return isText && strings.HasPrefix(t, want)
	case ends:
		return isText && strings.HasSuffix(t, want)
	case contains:
		return isText && strings.Contains(t, want)
	case typeIs:
		return typeOf(v) == want || want == "integer" && isInteger(v)
	}
	n, ok := v.(float64)
	if isText {
		n, ok = toNumber(t), true
	}
	limit, isNumber := c.(float64)
	if !ok || !isNumber {
		return false
	}
	if op == less {
		return n < limit
	}
	return n <= limit
}

func isInteger(v any) bool {
	f, ok := v.(float64)
	return ok && f == math.Trunc(f)
}

func typeOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case nil:
		return "undefined"
	case []any:
		return "array"
	}
	return "object"
}
