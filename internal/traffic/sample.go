package traffic

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/syntax"
)

const (
	// objectName is the object that everything is sent to, so that requests and
	// calls meet.
	objectName = scenario.DefaultObject
	// keyText stands for every name, key and id, so that what one call stores
	// another one finds.
	keyText = "alpha"
	// isNumber is the hint that a text is read as a number.
	isNumber = "#number"
	// isIndex is the hint that something is looked up by a part.
	isIndex = "#index"
)

// numeric notes that a text is made a number.
func (s state) numeric(v value) state {
	if v.kind == given {
		return s.hinted(v.at, isNumber)
	}
	return s
}

// sampler makes what the client sends for one state.
type sampler struct {
	m  *model.Module
	st state
	// object is the name that parts get which name an object.
	object string
	// numbered are the names of what the code makes, by what it calls them.
	numbered map[string]string
	made     map[place]any
}

// hintsFor are the names that the code has for a part, its own first.
func (g *sampler) hintsFor(p place) (names []string, num bool) {
	if p.keys != "" {
		names = append(names, p.keys[strings.LastIndexByte(p.keys, '.')+1:])
	}
	for _, h := range g.st.hints {
		if h.at == p && h.name == isNumber {
			num = true
		} else if h.at == p {
			names = append(names, h.name)
		}
	}
	return names, num
}

// checksOn are the conditions on a part alone.
func (g *sampler) checksOn(p place) []check {
	var out []check
	for _, c := range g.st.checks {
		if c.v.kind == given && c.v.at == p || c.v.kind == sized && c.v.of.kind == given && c.v.of.at == p {
			out = append(out, c)
		}
	}
	return out
}

// fits reports whether a value meets the conditions on its part.
func fits(c any, checks []check) bool {
	for _, k := range checks {
		subject := c
		if k.v.kind == sized {
			switch x := c.(type) {
			case string:
				subject = float64(len(x))
			case []any:
				subject = float64(len(x))
			default:
				continue
			}
		}
		if t, ok := subject.(string); ok && k.v.num {
			subject = toNumber(t)
		}
		if holds(subject, k.op, k.c) != k.want {
			return false
		}
	}
	return true
}

// namesObject reports a part that decides which object is reached.
func (g *sampler) namesObject(p place) bool {
	for _, n := range g.st.names {
		if mentions(n.name, p) {
			return true
		}
	}
	return false
}

func mentions(v value, p place) bool {
	if v.kind == given && (v.at == p || v.at.root == "rest" && p.root == "segment" && p.index >= v.at.index) {
		return true
	}
	return slices.ContainsFunc(v.items, func(i value) bool { return mentions(i, p) })
}

// text makes a part that is text: a segment, a parameter, a header.
func (g *sampler) text(p place) (string, bool) {
	if c, ok := g.st.fixedAt(p); ok {
		if c == nil {
			return "", true
		}
		return literal(c), true
	}
	checks := g.checksOn(p)
	names, num := g.hintsFor(p)
	var tries []string
	if g.namesObject(p) {
		tries = append(tries, g.object)
	}
	for _, c := range checks {
		if c.want && c.op == is {
			tries = append(tries, literal(c.c))
		}
		num = num || c.v.num
	}
	if num {
		tries = append(tries, literal(numberFor(names)), "1", "2", "5", "10", "0")
		tries = append(tries, limits(checks)...)
	}
	tries = append(tries, g.textFor(names), keyText, "a", "hello", "1", "beta", sampleUUID, "true", strings.Repeat("a", 32), strings.Repeat("a", 64))
	for _, c := range checks {
		t, _ := c.c.(string)
		switch {
		case !c.want || t == "":
		case c.op == matches:
			if groups, _, ok := sampleText(t, g.object, keyText, "1"); ok {
				tries = append(tries, groups[0])
			}
		case c.op == starts:
			tries = append(tries, t+keyText, t)
		case c.op == ends:
			tries = append(tries, keyText+t, t)
		case c.op == contains:
			tries = append(tries, t)
		}
	}
	for _, t := range tries {
		if fits(t, checks) {
			return t, true
		}
	}
	return "", false
}

// limits are numbers just inside and outside of what conditions compare with.
func limits(checks []check) []string {
	var out []string
	for _, c := range checks {
		if f, ok := c.c.(float64); ok && (c.op == less || c.op == lessOrIs || c.op == is) {
			out = append(out, literal(f), literal(f+1), literal(f-1))
		}
	}
	return out
}

// json makes a part that is JSON, with the type that the code gives it or else
// t. ok is false where no value meets the conditions.
func (g *sampler) json(p place, t syntax.Node, depth int) (v any, ok bool) {
	if c, fixed := g.st.fixedAt(p); fixed {
		return c, true
	}
	if depth > 6 {
		return nil, true
	}
	checks := g.checksOn(p)
	for _, have := range g.st.types {
		if have.at == p && !loose(have.node) {
			t = have.node
		}
	}
	for _, c := range checks {
		if c.op == present && !c.want || c.op == is && c.want && c.c == nil {
			return nil, true
		}
	}
	v, ok = g.typed(p, t, checks, depth)
	if !ok {
		return nil, false
	}
	if !fits(v, checks) {
		if v, ok = g.another(p, v, checks); !ok {
			return nil, false
		}
	}
	return v, true
}

// another looks for a value of the same type that meets the conditions.
func (g *sampler) another(p place, v any, checks []check) (any, bool) {
	var tries []any
	switch x := v.(type) {
	case float64:
		for _, f := range []float64{1, 2, 3, 5, 10, 0, -1, 100, 1000} {
			tries = append(tries, f)
		}
		for _, s := range limits(checks) {
			tries = append(tries, toNumber(s))
		}
	case string:
		if t, ok := g.text(p); ok {
			tries = append(tries, t)
		}
		for _, n := range []int{1, 2, 8, 16, 64, 200} {
			tries = append(tries, strings.Repeat("a", n))
		}
	case bool:
		tries = append(tries, !x)
	case []any:
		if len(x) > 0 {
			tries = append(tries, []any{x[0]}, []any{}, []any{x[0], x[0]}, []any{x[0], x[0], x[0]})
		}
	}
	for _, t := range tries {
		if fits(t, checks) {
			return t, true
		}
	}
	return nil, false
}

// keysOf are the members of a part that the code reads, in the order in which it
// does.
func (g *sampler) keysOf(p place) []string {
	var out []string
	note := func(q place) {
		if q.root != p.root || q.index != p.index {
			return
		}
		if tail, ok := strings.CutPrefix(q.keys, p.keys+"."); ok {
			key, _, _ := strings.Cut(tail, ".")
			if !slices.Contains(out, key) && !methods[key] {
				out = append(out, key)
			}
		}
	}
	for _, q := range g.st.reads {
		note(q)
	}
	for _, k := range g.st.known {
		note(k.at)
	}
	return out
}

// methods are members of lists and texts that are no data.
var methods = map[string]bool{
	"length": true, "map": true, "filter": true, "forEach": true, "slice": true, "join": true, "includes": true, "push": true, "some": true, "every": true,
	"find": true, "reduce": true, "trim": true, "toLowerCase": true, "toUpperCase": true, "split": true, "toString": true, "replace": true,
	"startsWith": true, "endsWith": true, "match": true, "then": true, "catch": true, "flatMap": true, "sort": true, "keys": true, "values": true, "entries": true,
	"getTime": true, "toISOString": true, "toFixed": true, "indexOf": true, "at": true, "concat": true, "success": true, "hasOwnProperty": true,
}

// loose reports types that say nothing.
func loose(t syntax.Node) bool {
	if t.Is(syntax.CallExpression, syntax.Identifier) {
		return false // a schema
	}
	switch strings.TrimSpace(strings.TrimPrefix(t.Text(), ":")) {
	case "any", "unknown", "object", "{}", "Record<string, unknown>", "Record<string, any>", "unknown[]":
		return true
	}
	return !t.OK()
}

// typed makes a value of a type.
func (g *sampler) typed(p place, t syntax.Node, checks []check, depth int) (any, bool) {
	names, num := g.hintsFor(p)
	for _, c := range checks {
		if kind, ok := c.c.(string); ok && c.op == typeIs && c.want {
			switch kind {
			case "array":
				if !strings.Contains(t.Text(), "[]") {
					return g.list(p, syntax.Node{}, depth)
				}
			case "number", "integer":
				return numberFor(names), true
			}
		}
	}
	if kind, ok := g.st.fixedAt(place{root: "typeof " + p.root, index: p.index, keys: p.keys}); ok {
		switch kind {
		case "string":
			return g.textFor(names), true
		case "number":
			return numberFor(names), true
		case "boolean":
			return true, true
		case "undefined":
			return nil, true
		case "function", "symbol":
			return nil, false
		}
	}
	if !loose(t) {
		if v, ok, known := g.ofType(p, t, depth); known {
			return v, ok
		}
	}
	if keys := g.keysOf(p); len(keys) > 0 {
		if !slices.ContainsFunc(keys, func(k string) bool { _, err := strconv.Atoi(k); return err != nil }) {
			return g.list(p, syntax.Node{}, depth)
		}
		out := map[string]any{}
		for _, k := range keys {
			v, ok := g.json(p.member(k), syntax.Node{}, depth+1)
			if !ok {
				return nil, false
			}
			if v != nil {
				out[k] = v
			}
		}
		return out, true
	}
	for _, c := range checks {
		switch {
		case c.v.num, c.op == less && c.v.kind == given, c.op == lessOrIs && c.v.kind == given:
			num = true
		case c.op == starts, c.op == ends, c.op == matches, c.op == contains:
			v, ok := g.text(p)
			return v, ok
		}
	}
	if num || len(names) > 0 && soundsNumeric(names[0]) {
		return numberFor(names), true
	}
	if p.keys == "" && p.root != "arg" {
		return map[string]any{"value": 1.0}, true
	}
	return g.textFor(names), true
}

// list makes a list of things of a type: of names three, so that places in it can
// be told apart, and of anything else one.
func (g *sampler) list(p place, t syntax.Node, depth int) ([]any, bool) {
	first := p.member("0")
	e, ok := g.json(first, t, depth+1)
	if !ok || e != keyText {
		return []any{e}, ok
	}
	out := []any{e}
	for _, name := range []string{otherText, thirdText} {
		if fits(name, g.checksOn(first)) {
			out = append(out, name)
		}
	}
	return out, true
}

// ofType makes a value of a type that is written down. known is false where the
// type says nothing, ok where no value fits.
func (g *sampler) ofType(p place, t syntax.Node, depth int) (v any, ok, known bool) {
	names, _ := g.hintsFor(p)
	switch t.Kind() {
	case syntax.TypeAnnotation, syntax.ParenthesizedType, syntax.ReadonlyType:
		return g.ofType(p, t.NamedChild(0), depth+1)
	case syntax.PredefinedType:
		switch t.Text() {
		case "string":
			return g.textFor(names), true, true
		case "number":
			return numberFor(names), true, true
		case "boolean":
			return true, true, true
		}
		return nil, false, false
	case syntax.LiteralType:
		lit := t.NamedChild(0)
		switch lit.Kind() {
		case syntax.String:
			s, _ := g.m.Text(lit)
			return s, true, true
		case syntax.Number, syntax.UnaryExpression:
			f, _ := g.m.Number(lit)
			return f, true, true
		case syntax.True, syntax.False:
			return lit.Is(syntax.True), true, true
		}
		return nil, true, true
	case syntax.ArrayType:
		v, ok := g.list(p, t.NamedChild(0), depth)
		return v, ok, true
	case syntax.TupleType:
		out := []any{}
		i := 0
		for e := range t.NamedChildren() {
			v, ok := g.json(p.member(strconv.Itoa(i)), e, depth+1)
			if !ok {
				return nil, false, true
			}
			out = append(out, v)
			i++
		}
		return out, true, true
	case syntax.UnionType:
		return g.union(p, t, depth)
	case syntax.IntersectionType:
		out := map[string]any{}
		for part := range t.NamedChildren() {
			v, ok, known := g.ofType(p, part, depth+1)
			if m, isMap := v.(map[string]any); ok && known && isMap {
				for k, f := range m {
					out[k] = f
				}
			}
		}
		return out, true, len(out) > 0
	case syntax.ObjectType:
		return g.members(p, t, depth)
	case syntax.GenericType:
		return g.generic(p, t, depth)
	case syntax.TypeIdentifier:
		return g.namedType(p, t, depth)
	case syntax.CallExpression, syntax.Identifier:
		return g.schema(p, t, depth)
	}
	return nil, false, false
}

// union picks the first member that meets the conditions.
func (g *sampler) union(p place, t syntax.Node, depth int) (any, bool, bool) {
	known := false
	for _, alt := range alternatives(t, nil) {
		if lit := alt.NamedChild(0); alt.Is(syntax.LiteralType) && lit.Is(syntax.Null, syntax.Undefined) || alt.Text() == "undefined" {
			continue
		}
		if depth > 12 {
			break
		}
		v, ok, k := g.ofType(p, alt, depth+1)
		known = known || k
		if k && ok && fits(v, g.checksOn(p)) && g.agrees(p, v) {
			return v, true, true
		}
	}
	return nil, false, known
}

// alternatives are the members of a union in the order in which they are written.
func alternatives(t syntax.Node, out []syntax.Node) []syntax.Node {
	for c := range t.NamedChildren() {
		if c.Is(syntax.UnionType) {
			out = alternatives(c, out)
		} else {
			out = append(out, c)
		}
	}
	return out
}

// agrees reports whether an object has the members that conditions fix.
func (g *sampler) agrees(p place, v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return true
	}
	for _, k := range g.st.known {
		key, isMember := strings.CutPrefix(k.at.keys, p.keys+".")
		if k.at.root != p.root || k.at.index != p.index || !isMember || strings.Contains(key, ".") {
			continue
		}
		if have, ok := m[key]; !ok && k.c != nil || ok && !same(have, k.c) {
			return false
		}
	}
	return true
}

// members makes an object with all members that its type lists; what is optional
// is left out unless it is a plain value.
func (g *sampler) members(p place, body syntax.Node, depth int) (any, bool, bool) {
	out := map[string]any{}
	read := g.keysOf(p)
	for s := range body.NamedChildren() {
		if !s.Is(syntax.PropertySignature) {
			continue
		}
		name := s.Child(syntax.FieldName)
		key := name.Text()
		if name.Is(syntax.String) {
			key, _ = g.m.Text(name)
		}
		t := s.Child(syntax.FieldType)
		if strings.Contains(t.Text(), "=>") {
			continue
		}
		declared := t.NamedChild(0)
		if fixed, ok := g.st.fixedAt(p.member(key)); ok && !g.admits(declared, fixed) {
			return nil, false, true
		}
		optional := s.HasToken("?")
		if optional && !slices.Contains(read, key) && !declared.Is(syntax.PredefinedType, syntax.LiteralType) {
			continue
		}
		v, ok := g.json(p.member(key), declared, depth+1)
		if !ok {
			return nil, false, true
		}
		if v != nil || !optional {
			out[key] = v
		}
	}
	return out, true, true
}

// admits reports whether a type has room for a constant, as far as literals go.
func (g *sampler) admits(t syntax.Node, c any) bool {
	switch t.Kind() {
	case syntax.LiteralType:
		v, ok, _ := g.ofType(place{}, t, 0)
		return ok && same(v, c)
	case syntax.UnionType:
		return slices.ContainsFunc(alternatives(t, nil), func(a syntax.Node) bool { return g.admits(a, c) })
	case syntax.PredefinedType:
		switch t.Text() {
		case "string", "number", "boolean":
			return typeOf(c) == t.Text()
		}
	}
	return true
}

// generic makes a value of Array<T>, Record<K, V> and the like.
func (g *sampler) generic(p place, t syntax.Node, depth int) (any, bool, bool) {
	args := t.Child(syntax.FieldTypeArguments)
	if !args.OK() {
		args = t.FirstOf(syntax.TypeArguments)
	}
	first := args.NamedChild(0)
	switch t.Child(syntax.FieldName).Text() {
	case "Array", "ReadonlyArray", "Set", "Iterable":
		v, ok := g.list(p, first, depth)
		return v, ok, true
	case "Record", "Map":
		v, ok := g.json(p.member(keyText), args.NamedChild(1), depth+1)
		key := keyText
		if k, fine, known := g.ofType(place{root: "key"}, first, depth+1); fine && known {
			key = literal(k)
			if key == "1" || first.Text() == "string" {
				key = keyText
			}
		}
		return map[string]any{key: v}, ok, true
	case "Partial", "Required", "Readonly", "Omit", "Pick", "NonNullable", "Promise", "Awaited", "Exclude":
		if depth > 12 {
			return nil, false, false
		}
		v, ok, known := g.ofType(p, first, depth+1)
		if m, isMap := v.(map[string]any); isMap && args.NamedChild(1).OK() {
			listed := map[string]bool{}
			for _, alt := range append(alternatives(args.NamedChild(1), nil), args.NamedChild(1)) {
				if name, ok := g.m.Text(alt.NamedChild(0)); ok {
					listed[name] = true
				}
				if name, ok := g.m.Text(alt); ok {
					listed[name] = true
				}
			}
			omit := t.Child(syntax.FieldName).Text() == "Omit"
			for k := range m {
				if listed[k] == omit {
					delete(m, k)
				}
			}
		}
		return v, ok, known
	}
	return g.namedType(p, t.Child(syntax.FieldName), depth)
}

// namedType makes a value of a type that the project declares, or of one of the
// platform's that JSON has room for.
func (g *sampler) namedType(p place, t syntax.Node, depth int) (any, bool, bool) {
	if depth > 12 {
		return nil, false, false
	}
	d := g.m.Declaration(t)
	switch d.Kind() {
	case syntax.TypeAliasDeclaration:
		return g.ofType(p, d.Child(syntax.FieldValue), depth+1)
	case syntax.InterfaceDeclaration:
		v, ok, known := g.members(p, d.Child(syntax.FieldBody), depth)
		out, isMap := v.(map[string]any)
		for base := range d.FirstOf(syntax.ExtendsTypeClause).NamedChildren() {
			inherited, fine, _ := g.ofType(p, base, depth+1)
			if m, ok := inherited.(map[string]any); ok && fine && isMap {
				for k, f := range m {
					if _, has := out[k]; !has {
						out[k] = f
					}
				}
			}
		}
		return v, ok, known
	}
	for n := range g.m.Home(t).OfKind(syntax.EnumDeclaration) {
		if n.Child(syntax.FieldName).Text() != t.Text() {
			continue
		}
		first := n.Child(syntax.FieldBody).NamedChild(0)
		if s, ok := g.m.Text(first.Child(syntax.FieldValue)); ok && first.Is(syntax.EnumAssignment) {
			if f, isNum := g.m.Number(first.Child(syntax.FieldValue)); isNum {
				return f, true, true
			}
			return s, true, true
		}
		return 0.0, true, true
	}
	switch t.Text() {
	case "Date":
		return sampleDate, true, true
	case "String":
		return keyText, true, true
	case "Uint8Array", "ArrayBuffer", "ReadableStream", "Request", "Response", "Function", "DurableObjectStub", "RpcTarget", "WebSocket":
		return nil, false, true
	}
	return nil, false, false
}

// marshal is a value as JSON text.
func marshal(v any) json.RawMessage {
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		v = nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}
