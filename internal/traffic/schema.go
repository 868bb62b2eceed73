package traffic

import (
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// schema reports a call whose receiver is a schema of zod: z.object({…}), or a
// constant that holds one.
func (w *walker) schema(call syntax.Node) bool {
	receiver, _ := model.Callee(call)
	return made(w.m, receiver, 0).OK()
}

// made is the call that a schema begins with (z.object(…)), whatever is chained
// to it, or the zero Node.
func made(m *model.Module, n syntax.Node, depth int) syntax.Node {
	n = model.Unwrap(n)
	if depth > 24 {
		return syntax.Node{}
	}
	switch n.Kind() {
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 && !b.Each {
			return made(m, b.Init, depth+1)
		}
	case syntax.CallExpression:
		receiver, _ := model.Callee(n)
		if r := model.Unwrap(receiver); r.Is(syntax.Identifier) {
			if b := m.Resolve(r); b != nil && b.Module != nil && strings.HasPrefix(b.Module.From, "zod") {
				return n
			}
		}
		if receiver.OK() {
			return made(m, receiver, depth+1)
		}
	}
	return syntax.Node{}
}

// schema makes a value that a schema accepts.
func (g *sampler) schema(p place, t syntax.Node, depth int) (v any, ok, known bool) {
	if depth > 12 {
		return nil, false, false
	}
	call := made(g.m, t, 0)
	if !call.OK() {
		return nil, false, false
	}
	_, kind := model.Callee(call)
	first := model.Unwrap(model.Argument(call, 0))
	names, _ := g.hintsFor(p)
	switch kind {
	case "object", "strictObject", "looseObject":
		return g.schemaObject(p, first, depth)
	case "string", "email", "uuid", "url", "iso":
		return g.schemaText(t, kind, names), true, true
	case "number", "int", "bigint":
		return g.schemaNumber(t, names), true, true
	case "boolean":
		return true, true, true
	case "date":
		return sampleDate, true, true
	case "literal":
		if s, isText := g.m.Text(first); isText && first.Is(syntax.String) {
			return s, true, true
		}
		if f, isNumber := g.m.Number(first); isNumber {
			return f, true, true
		}
		return first.Is(syntax.True), true, true
	case "enum":
		for e := range first.NamedChildren() {
			if s, isText := g.m.Text(e); isText {
				if c, fixed := g.st.fixedAt(p); !fixed || c == s {
					return s, true, true
				}
			}
		}
	case "array", "set":
		e, ok := g.json(p.member("0"), first, depth+1)
		return []any{e}, ok, true
	case "record":
		of := model.Argument(call, 1)
		if !of.OK() {
			of = first
		}
		e, ok := g.json(p.member(keyText), of, depth+1)
		return map[string]any{keyText: e}, ok, true
	case "tuple":
		e, ok := g.json(p.member("0"), first.NamedChild(0), depth+1)
		return []any{e}, ok, true
	case "union", "discriminatedUnion":
		list := first
		if kind == "discriminatedUnion" {
			list = model.Unwrap(model.Argument(call, 1))
		}
		for alt := range list.NamedChildren() {
			v, ok, k := g.schema(p, alt, depth+1)
			if k && ok && fits(v, g.checksOn(p)) && g.agrees(p, v) {
				return v, true, true
			}
		}
		return nil, false, true
	case "optional", "nullable", "lazy":
		return g.schema(p, first, depth+1)
	}
	return nil, false, false
}

func (g *sampler) schemaObject(p place, body syntax.Node, depth int) (any, bool, bool) {
	out := map[string]any{}
	for pair := range body.NamedChildren() {
		if !pair.Is(syntax.Pair) {
			continue
		}
		key, of := strings.Trim(pair.Child(syntax.FieldKey).Text(), `"'`), pair.Child(syntax.FieldValue)
		if c, fixed := g.st.fixedAt(p.member(key)); fixed {
			if v, ok, known := g.schema(place{root: "schema"}, of, depth+1); known && ok && typeOf(v) != typeOf(c) {
				return nil, false, true
			}
			if call := made(g.m, of, 0); call.OK() {
				if _, kind := model.Callee(call); kind == "literal" {
					if v, _, _ := g.schema(place{root: "schema"}, of, depth+1); !same(v, c) {
						return nil, false, true
					}
				}
			}
		}
		v, ok := g.json(p.member(key), of, depth+1)
		if !ok {
			return nil, false, true
		}
		if v != nil {
			out[key] = v
		}
	}
	return out, true, true
}

// chained are the methods that are called on a schema, with their first argument.
func chained(t syntax.Node, f func(method string, arg syntax.Node)) {
	for n := model.Unwrap(t); n.Is(syntax.CallExpression); {
		receiver, method := model.Callee(n)
		f(method, model.Argument(n, 0))
		n = model.Unwrap(receiver)
	}
}

func (g *sampler) schemaText(t syntax.Node, kind string, names []string) string {
	text, least, most := textFor(names), 0, 1<<20
	if kind != "string" {
		text = map[string]string{"email": "alpha@example.com", "uuid": sampleUUID, "url": "https://example.com/alpha", "iso": sampleDate}[kind]
	}
	chained(t, func(method string, arg syntax.Node) {
		n, _ := g.m.Number(arg)
		switch method {
		case "email":
			text = "alpha@example.com"
		case "uuid":
			text = sampleUUID
		case "url":
			text = "https://example.com/alpha"
		case "datetime":
			text = sampleDate
		case "date":
			text = sampleDate[:10]
		case "min":
			least = int(n)
		case "max":
			most = int(n)
		case "length":
			least, most = int(n), int(n)
		case "regex":
			if re := model.Unwrap(arg); re.Is(syntax.Regex) {
				if groups, _, ok := sampleText(scriptPattern(re.Child(syntax.FieldPattern).Text(), re.FirstOf(syntax.RegexFlags).Text()), keyText, "1"); ok {
					text = groups[0]
				}
			}
		}
	})
	if len(text) < least && least < 4096 {
		text += strings.Repeat("a", least-len(text))
	}
	if most >= 0 && len(text) > most {
		text = text[:most]
	}
	return text
}

func (g *sampler) schemaNumber(t syntax.Node, names []string) float64 {
	f := numberFor(names)
	chained(t, func(method string, arg syntax.Node) {
		n, ok := g.m.Number(arg)
		switch {
		case !ok:
		case (method == "min" || method == "gte") && f < n, method == "max" && f > n, method == "lte" && f > n:
			f = n
		case method == "gt" && f <= n:
			f = n + 1
		case method == "lt" && f >= n:
			f = n - 1
		}
	})
	return f
}
