package traffic

import (
	"strconv"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// member evaluates v.prop; n is the expression, where there is one.
func (w *walker) member(v value, prop string, n syntax.Node, st state) []out {
	v = st.resolve(v)
	switch v.kind {
	case given:
		return w.givenMember(v, prop, st)
	case joined:
		if prop == "length" || prop == "byteLength" {
			return one(st, value{kind: sized, of: &v})
		}
	case constant:
		if t, ok := v.c.(string); ok && prop == "length" {
			return one(st, number(float64(len(t))))
		}
	case segments:
		if prop == "length" {
			return one(st, value{kind: sized, of: &v})
		}
		if i, err := strconv.Atoi(prop); err == nil {
			st, e := w.element(v, i, st)
			return one(st, e)
		}
	case record:
		if f, ok := v.fields[prop]; ok {
			return one(st, f)
		}
		if !v.open {
			return one(st, nothing())
		}
	case array, matched:
		if prop == "length" {
			return one(st, number(float64(len(v.items))))
		}
		if prop == "groups" && v.kind == matched {
			return one(st, value{kind: record, fields: v.fields})
		}
		if f, ok := v.fields[prop]; ok {
			return one(st, f)
		}
		if i, err := strconv.Atoi(prop); err == nil {
			st, e := w.element(v, i, st)
			return one(st, e)
		}
	case request, incoming, honoContext:
		return one(st, requestMember(v, prop))
	case address:
		switch prop {
		case "pathname":
			return one(st, v.in.path)
		case "searchParams":
			return one(st, value{kind: query, in: v.in})
		case "href":
			return one(st, v)
		}
	case bag:
		p := place{root: v.at.root, keys: prop}
		if v.at.tree() {
			p = v.at.member(prop)
		}
		return one(st.reading(p), part(p))
	case bindings:
		return one(st, w.binding(prop, n))
	case object:
		return w.objectMember(v, prop, n, st)
	case classes:
		if f := v.class.StaticMember(prop); f != nil {
			return one(st, value{kind: closure, fn: f, of: &v})
		}
		if f := v.class.Field(prop); f != nil && f.Static {
			return one(st, w.constantOf(f.Init))
		}
	case closure:
		if v.fn != nil && (prop == "fetch" || prop == "handle") {
			return one(st, v)
		}
	case router:
		return one(st, value{kind: router, node: v.node, in: v.in, text: prop})
	case response:
		if prop == "status" && v.status != 0 {
			return one(st, number(float64(v.status)))
		}
		if prop == "ok" && v.status != 0 {
			return one(st, truth(v.status < 400))
		}
	}
	if n.OK() {
		return one(st, w.platform(n))
	}
	return one(st, value{})
}

func (w *walker) givenMember(v value, prop string, st state) []out {
	if prop == "length" || prop == "byteLength" {
		return one(st.reading(v.at), value{kind: sized, of: &v})
	}
	if !v.at.tree() {
		return one(st, value{})
	}
	p := v.at.member(prop)
	return one(st.reading(p), part(p))
}

func requestMember(v value, prop string) value {
	switch prop {
	case "url":
		return value{kind: address, in: v.in}
	case "path":
		if v.kind == incoming {
			return v.in.path
		}
	case "method":
		return v.in.method
	case "headers":
		return value{kind: headers, in: v.in}
	case "raw":
		return value{kind: request, in: v.in}
	case "req":
		if v.kind == honoContext {
			return value{kind: incoming, in: v.in}
		}
	case "env":
		return value{kind: bindings}
	case "params":
		return value{kind: record, fields: v.in.params, open: true}
	case "query":
		return value{kind: bag, at: place{root: "query"}}
	case "cf":
		return nothing() // a local request has none
	}
	return value{}
}

// binding is a member of env: a namespace, or a variable of the configuration.
func (w *walker) binding(name string, n syntax.Node) value {
	if w.world.classOf(name) != nil {
		return value{kind: namespace, name: name}
	}
	if c, ok := w.world.vars[name]; ok {
		return value{kind: constant, c: c}
	}
	if n.OK() && w.m.Eval(n).Kind == model.Namespace {
		return value{kind: namespace, name: name}
	}
	return value{}
}

// constantOf is the value of a field that nothing the client sends decides.
func (w *walker) constantOf(init syntax.Node) value {
	if !init.OK() {
		return value{}
	}
	this := value{}
	if c := w.m.ClassAt(init); c != nil {
		this = value{kind: object, class: c}
	}
	if outs := w.eval(init, state{depth: maxCalls - 2}, frame{this}); len(outs) == 1 && !outs[0].thrown {
		return outs[0].v
	}
	return value{}
}

func (w *walker) objectMember(v value, prop string, n syntax.Node, st state) []out {
	if prop == "env" && (v.class.Object != "" || w.world.isWorker(v.class)) {
		return one(st, value{kind: bindings})
	}
	if f := v.class.Member(prop); f != nil {
		if f.Kind == model.Getter {
			return w.call(f, v, nil, st)
		}
		return one(st, value{kind: closure, fn: f, of: &v})
	}
	f := v.class.Field(prop)
	if f == nil || !f.Init.OK() {
		return one(st, w.platformAt(n))
	}
	switch init := model.Unwrap(f.Init); init.Kind() {
	case syntax.NewExpression, syntax.Regex, syntax.Object, syntax.CallExpression, syntax.Array, syntax.Identifier:
		if c := w.constantOf(f.Init); c.kind == router || c.kind == pattern || c.kind == object || c.kind == record && f.Node.HasToken("readonly") || c.kind == closure {
			return one(st, c)
		}
	case syntax.String, syntax.Number:
		if f.Node.HasToken("readonly") {
			return one(st, w.constantOf(f.Init))
		}
	}
	return one(st, w.platformAt(n))
}

func (w *walker) platformAt(n syntax.Node) value {
	if !n.OK() {
		return value{}
	}
	return w.platform(n)
}
