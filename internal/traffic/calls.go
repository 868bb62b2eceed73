package traffic

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func (w *walker) callExpression(n syntax.Node, st state, fr frame) []out {
	callee := model.Unwrap(n.Child(syntax.FieldFunction))
	args := n.Child(syntax.FieldArguments)
	if args.Is(syntax.TemplateString) { // a tagged template
		var holes []syntax.Node
		for c := range args.NamedChildren() {
			if c.Is(syntax.TemplateSubstitution) {
				holes = append(holes, c.NamedChild(0))
			}
		}
		return w.all(holes, st, fr, func(st state, _ []value) []out {
			st.ops = add(st.ops, w.ops[n]...)
			return one(st, value{})
		})
	}
	arguments := slices.Collect(args.NamedChildren())
	run := func(st state, this, f value, method string) []out {
		return w.all(arguments, st, fr, func(st state, vals []value) []out {
			for _, a := range arguments {
				st.ops = add(st.ops, w.ops[a]...)
			}
			if f.kind == closure && f.fn != nil {
				return w.invoke(n, f, this, vals, st)
			}
			st.ops = add(st.ops, w.ops[n]...)
			return w.method(n, this, f, method, vals, st)
		})
	}
	switch callee.Kind() {
	case syntax.MemberExpression, syntax.SubscriptExpression:
		if c := w.m.ClassAt(n); model.Unwrap(callee.Child(syntax.FieldObject)).Is(syntax.Super) && c != nil && c.Super != nil {
			f := c.Super.Member(callee.Child(syntax.FieldProperty).Text())
			if f == nil {
				return one(st, value{})
			}
			this := fr.this
			return run(st, this, value{kind: closure, fn: f, of: &this}, "")
		}
		return chain(w.eval(callee.Child(syntax.FieldObject), st, fr), func(o out) []out {
			if callee.Is(syntax.SubscriptExpression) {
				return chain(w.eval(callee.Child(syntax.FieldIndex), o.st, fr), func(i out) []out {
					return chain(w.index(o.v, i.v, callee, i.st), func(f out) []out { return run(f.st, o.v, f.v, "") })
				})
			}
			prop := callee.Child(syntax.FieldProperty).Text()
			f := value{}
			if o.v.kind == object || o.v.kind == record || o.v.kind == classes || o.v.kind == unknown {
				if outs := w.member(o.v, prop, callee, o.st); len(outs) == 1 && outs[0].v.kind == closure {
					f = outs[0].v
				}
			}
			return run(o.st, o.v, f, prop)
		})
	case syntax.Super:
		return run(st, value{}, value{}, "super")
	}
	return chain(w.eval(callee, st, fr), func(o out) []out { return run(o.st, value{}, o.v, callee.Text()) })
}

// small is the size in bytes of functions that are always followed, because
// what they give back may decide something.
const small = 500

// invoke runs a function of the project where it can matter to what the client
// must send; otherwise what it does is known by its operations.
func (w *walker) invoke(n syntax.Node, f, this value, args []value, st state) []out {
	if f.of != nil && (this.kind == unknown || f.of.kind != unknown) {
		this = *f.of
	}
	matters := f.fn.Node.End()-f.fn.Node.Start() < small
	for _, a := range args {
		matters = matters || a.fromClient(0) || a.kind == closure
	}
	if !matters || w.active[f.fn] || st.depth >= maxCalls {
		st.ops = add(st.ops, w.ops[n]...)
		return one(st, value{})
	}
	return w.call(f.fn, this, args, st)
}

// passes are functions that give what they are given, as far as this goes.
var passes = map[string]bool{
	"String": true, "decodeURIComponent": true, "encodeURIComponent": true, "decodeURI": true, "structuredClone": true,
	"unescape": true, "escape": true,
}

// method runs a call of the platform: this.name(args), or name(args) where f is
// what the name stands for.
func (w *walker) method(n syntax.Node, this, f value, name string, args []value, st state) []out {
	arg := func(i int) value {
		if i < len(args) {
			return st.resolve(args[i])
		}
		return nothing()
	}
	object := ""
	if o, _ := model.Callee(n); o.OK() {
		object = o.Text()
	}
	switch {
	case f.kind == imported && strings.HasPrefix(f.text, "itty-router"):
		return one(st, value{kind: router, node: n})
	case f.kind == imported:
		return w.imported(f, args, st)
	case f.kind == router:
		return w.route(f, args, st)
	case object == "" && passes[name]:
		return one(st, arg(0))
	case object == "" && (name == "Number" || name == "parseInt" || name == "parseFloat") || object == "Number" && strings.HasPrefix(name, "parse"):
		return one(st.numeric(arg(0)), asNumber(arg(0)))
	case object == "" && name == "Boolean":
		yes, no, open := w.branch(arg(0), st)
		if open {
			return one(st, value{})
		}
		return outcomes(yes, no)
	case object == "Number" && (name == "isInteger" || name == "isFinite" || name == "isSafeInteger"),
		object == "" && name == "isFinite":
		return w.hasType(arg(0), map[bool]string{true: "number", false: "integer"}[name == "isFinite"], st)
	case name == "isNaN" && (object == "" || object == "Number"):
		return chain(w.hasType(arg(0), "number", st), func(o out) []out { return one(o.st, not(o.v)) })
	case object == "Array" && name == "isArray":
		return w.hasType(arg(0), "array", st)
	case object == "JSON" && name == "parse":
		return one(w.parsed(arg(0), st))
	case (name == "parse" || name == "safeParse" || name == "parseAsync" || name == "safeParseAsync") && arg(0).kind == given && w.schema(n):
		o, _ := model.Callee(n)
		st = st.typing(arg(0).at, o).reading(arg(0).at)
		if strings.HasPrefix(name, "safe") {
			return one(st, value{kind: record, fields: map[string]value{"success": truth(true), "data": arg(0), "error": nothing()}})
		}
		return one(st, arg(0))
	case object == "Object" && name == "fromEntries":
		if a := arg(0); a.kind == query || a.kind == bag {
			if a.kind == query {
				a = value{kind: bag, at: place{root: "query"}}
			}
			return one(st, a)
		}
	case object == "Object" && (name == "freeze" || name == "values" || name == "assign"):
		if name == "freeze" {
			return one(st, arg(0))
		}
	case object == "Response":
		return one(st, answer(name, args, st))
	case object == "Math" || object == "console" || object == "crypto" || object == "Date" || object == "Promise":
		return one(st, value{})
	}
	switch this.kind {
	case request, incoming:
		return w.requestMethod(n, this, name, args, st)
	case honoContext:
		return one(st, contextMethod(name, args, st))
	case headers:
		if name == "get" || name == "has" {
			return w.lookup(this.in, "header", strings.ToLower(literal(arg(0).c)), name, st)
		}
	case query:
		switch name {
		case "get", "has", "getAll":
			return w.lookup(this.in, "query", literal(arg(0).c), name, st)
		case "entries":
			return one(st, value{kind: bag, at: place{root: "query"}})
		}
	case bag:
		if name == "get" || name == "has" {
			p := place{root: this.at.root, keys: literal(arg(0).c)}
			if this.at.tree() {
				p = this.at.member(literal(arg(0).c))
			}
			return w.present(part(p), name == "has", st.reading(p))
		}
	case address:
		return one(st, this)
	case pattern:
		switch name {
		case "test":
			return w.match(this.text, arg(0), true, st)
		case "exec":
			return w.match(this.text, arg(0), false, st)
		}
	case urlPattern:
		return w.matchURL(this, arg(0), name == "test", st)
	case segments:
		return w.segmentsMethod(n, this, name, args, st)
	case given, joined, constant:
		return w.textMethod(n, st.resolve(this), name, args, st)
	case array:
		return w.arrayMethod(this, name, args, st)
	case namespace:
		switch name {
		case "idFromName", "getByName":
			a := arg(0)
			return one(w.nameObject(this, a, st), value{kind: map[bool]kind{true: identity, false: stub}[name == "idFromName"], name: this.name, of: &a})
		case "newUniqueId", "idFromString":
			if name == "idFromString" { // nobody can make one up
				st.doubts = add(st.doubts, n)
			}
			return one(st, value{kind: identity, name: this.name, of: &value{}})
		case "jurisdiction":
			return one(st, this)
		case "get":
			return one(st, value{kind: stub, name: this.name, of: &value{}})
		}
	case stub:
		return w.stubMethod(this, name, args, st)
	case router:
		return w.route(value{kind: router, node: this.node, in: this.in, text: name}, args, st)
	case closure:
		switch name {
		case "bind":
			return one(st, this)
		case "call":
			return w.invoke(n, this, arg(0), args[min(1, len(args)):], st)
		}
	case unknown:
		if name == "decode" || name == "encode" { // of a TextDecoder
			return one(st, arg(0))
		}
	}
	return one(st, value{})
}

func outcomes(yes, no []state) []out {
	var outs []out
	for _, st := range yes {
		outs = append(outs, out{st: st, v: truth(true)})
	}
	for _, st := range no {
		outs = append(outs, out{st: st, v: truth(false)})
	}
	return outs
}

// hasType asks for the type of a part of JSON.
func (w *walker) hasType(v value, name string, st state) []out {
	switch {
	case v.kind == constant:
		return one(st, truth(holds(v.c, typeIs, name)))
	case v.kind == given && v.num:
		return one(st, truth(true))
	case v.kind == given && v.at.tree():
		return decide(st.reading(v.at), check{v, typeIs, name, true})
	case v.kind == array || v.kind == segments:
		return one(st, truth(name == "array"))
	}
	return one(st, value{})
}

// parsed is what JSON.parse gives.
func (w *walker) parsed(v value, st state) (state, value) {
	if v.kind != given {
		return st, value{}
	}
	switch v.at.root {
	case "message":
		p := place{root: "data"}
		return st.reading(p), part(p)
	case "text":
		p := place{root: "body"}
		return st.reading(p), part(p)
	}
	return st, value{}
}

// answer is a Response that a static method makes.
func answer(name string, args []value, st state) value {
	switch name {
	case "json":
		return value{kind: response, status: statusIn(args, 1, 200, st)}
	case "redirect":
		return value{kind: response, status: 302}
	case "error":
		return value{kind: response, status: 500}
	}
	return value{}
}

// statusIn is the status that a Response's init has.
func statusIn(args []value, i, otherwise int, st state) int {
	if i >= len(args) {
		return otherwise
	}
	init := st.resolve(args[i])
	if f, ok := init.c.(float64); ok && init.kind == constant {
		return int(f)
	}
	if init.kind != record {
		return otherwise
	}
	s := st.resolve(init.fields["status"])
	if f, ok := s.c.(float64); ok && s.kind == constant {
		return int(f)
	}
	if _, given := init.fields["status"]; given {
		return 0
	}
	return otherwise
}

// contextMethod is a method of Hono's c.
func contextMethod(name string, args []value, st state) value {
	switch name {
	case "json", "text", "html", "body", "newResponse":
		return value{kind: response, status: statusIn(args, 1, 200, st)}
	case "notFound":
		return value{kind: response, status: 404}
	case "redirect":
		return value{kind: response, status: 302}
	}
	return value{}
}

func (w *walker) requestMethod(n syntax.Node, this value, name string, args []value, st state) []out {
	in := this.in
	key := ""
	if len(args) > 0 {
		key = literal(args[0].c)
	}
	switch name {
	case "json", "text", "formData", "parseBody", "arrayBuffer", "bytes", "blob", "valid":
		if in.body != nil {
			return one(st, *in.body)
		}
		p := place{root: "body"}
		switch name {
		case "text":
			p.root = "text"
		case "formData", "parseBody":
			return one(st.reading(place{root: "form"}), value{kind: bag, at: place{root: "form"}})
		case "arrayBuffer", "bytes", "blob":
			p.root = "text"
		}
		if types := n.Child(syntax.FieldTypeArguments); types.OK() {
			st = st.typing(p, types.NamedChild(0))
		} else if callee := n.Child(syntax.FieldFunction); callee.Is(syntax.InstantiationExpression) {
			st = st.typing(p, callee.FirstOf(syntax.TypeArguments).NamedChild(0))
		}
		return one(st.reading(p), part(p))
	case "clone":
		return one(st, this)
	case "param":
		if len(args) == 0 {
			return one(st, value{kind: record, fields: in.params, open: true})
		}
		return one(st, in.params[key])
	case "query":
		if len(args) == 0 {
			return one(st, value{kind: bag, at: place{root: "query"}})
		}
		return w.lookup(in, "query", key, "get", st)
	case "header":
		return w.lookup(in, "header", strings.ToLower(key), "get", st)
	}
	return one(st, value{})
}

// lookup reads a search parameter or a header.
func (w *walker) lookup(in *message, root, key, method string, st state) []out {
	if key == "" || key == "null" {
		return one(st, value{})
	}
	if root == "query" && in.query != nil {
		v, ok := in.query[key]
		if method == "has" {
			return one(st, truth(ok))
		}
		if !ok {
			v = nothing()
		}
		return one(st, v)
	}
	if root == "header" && in.plain {
		return one(st, value{})
	}
	v := named(root, key)
	return w.present(v, method == "has", st.reading(v.at))
}

func (w *walker) present(v value, asked bool, st state) []out {
	if !asked {
		return one(st, v)
	}
	yes, no, _ := w.branch(v, st)
	return outcomes(yes, no)
}

// nameObject notes which object of a namespace is meant.
func (w *walker) nameObject(ns, name value, st state) state {
	if c := w.world.classOf(ns.name); c != nil {
		st.names = add(st.names, naming{c, name})
	}
	return st
}

// stubMethod goes on in the object for a request, and notes other calls.
func (w *walker) stubMethod(s value, name string, args []value, st state) []out {
	c := w.world.classOf(s.name)
	if c == nil {
		return one(st, value{})
	}
	st.calls = add(st.calls, called{c, name})
	for _, a := range args {
		if a.kind == given && (a.at.root == "segment" || a.at.root == "rest") {
			st.wants = add(st.wants, a.at)
		}
	}
	if name != "fetch" {
		return one(st, value{})
	}
	f := c.Member("fetch")
	if f == nil || len(args) == 0 {
		return one(st, value{})
	}
	in := w.requestOf(args, st)
	if in == nil {
		return one(st, value{})
	}
	outs := w.call(f, value{kind: object, class: c}, []value{{kind: request, in: in}}, st)
	for i := range outs {
		if outs[i].v.kind == unknown {
			outs[i].v = value{kind: response}
		}
	}
	return outs
}

// requestOf is the request that fetch(…) or new Request(…) is given, or nil.
func (w *walker) requestOf(args []value, st state) *message {
	if len(args) == 0 {
		return nil
	}
	var in message
	switch a := args[0]; a.kind {
	case request, incoming:
		in = *a.in
	case address:
		in = *a.in
		in.method, in.plain, in.body = text("GET"), true, &value{}
	case constant, joined:
		in = *w.addressOf(a, st)
		in.method, in.plain, in.body = text("GET"), true, &value{}
	default:
		return nil
	}
	if len(args) < 2 {
		return &in
	}
	switch init := args[1]; init.kind {
	case request:
		path, q := in.path, in.query
		in = *init.in
		in.path, in.query = path, q
	case record:
		if m, ok := init.fields["method"]; ok {
			in.method = m
		}
		if _, ok := init.fields["headers"]; ok {
			in.plain = init.fields["headers"].kind != headers
		}
		if b, ok := init.fields["body"]; ok && b.kind != unknown {
			in.body = &b
			if b.kind == given && b.at.root == "text" {
				in.body = nil
			}
		} else if ok {
			in.body = nil
		}
	}
	return &in
}

// addressOf reads a URL that the code writes.
func (w *walker) addressOf(v value, _ state) *message {
	items := []value{v}
	if v.kind == joined {
		items = slices.Clone(v.items)
	}
	first := literal(items[0].c)
	if i := strings.Index(first, "://"); i >= 0 && items[0].kind == constant {
		first = first[i+3:]
		if j := strings.IndexByte(first, '/'); j >= 0 {
			first = first[j:]
		} else {
			first = "/"
		}
	}
	items[0] = text(first)
	in := &message{method: text("GET"), query: map[string]value{}}
	for i, it := range items { // the query, as far as it is constant
		t, ok := it.c.(string)
		if at := strings.IndexByte(t, '?'); ok && it.kind == constant && at >= 0 {
			rest := append([]value{text(t[at+1:])}, items[i+1:]...)
			items = append(items[:i:i], text(t[:at]))
			name := ""
			for _, r := range rest {
				if q, ok := r.c.(string); ok && r.kind == constant {
					for _, pair := range strings.Split(q, "&") {
						k, val, _ := strings.Cut(pair, "=")
						if name = k; k != "" {
							in.query[k] = text(val)
						}
					}
				} else if name != "" {
					in.query[name] = r
				}
			}
			break
		}
	}
	in.path = join(items...)
	return in
}

func (w *walker) construct(n syntax.Node, st state, fr frame) []out {
	ctor := n.Child(syntax.FieldConstructor)
	args := slices.Collect(n.Child(syntax.FieldArguments).NamedChildren())
	return w.all(args, st, fr, func(st state, vals []value) []out {
		st.ops = add(st.ops, w.ops[n]...)
		v := value{}
		first := nothing()
		if len(vals) > 0 {
			first = st.resolve(vals[0])
		}
		switch name := ctor.Text(); name {
		case "URL":
			switch {
			case first.kind == address || first.kind == request:
				v = value{kind: address, in: first.in}
			case first.kind == constant || first.kind == joined:
				v = value{kind: address, in: w.addressOf(first, st)}
			}
		case "Request":
			if in := w.requestOf(vals, st); in != nil {
				v = value{kind: request, in: in}
			}
		case "Headers":
			if first.kind == headers {
				v = first
			}
		case "Response":
			v = value{kind: response, status: statusIn(vals, 1, 200, st)}
			if len(vals) > 1 && vals[1].kind == record {
				if _, ok := vals[1].fields["webSocket"]; ok {
					v.status = 101
				}
			}
		case "URLSearchParams":
			v = first
		case "URLPattern":
			v = value{kind: urlPattern, text: literal(first.fields["pathname"].c)}
		case "RegExp":
			if t, ok := first.c.(string); ok {
				v = value{kind: pattern, text: t}
			}
		case "Set", "Map":
			v = value{kind: array, text: name}
			if first.kind == array {
				v.items = first.items
			} else if first.kind != constant {
				v = value{}
			}
		case "Hono", "OpenAPIHono":
			v = value{kind: router, node: n}
		default:
			if m := w.m.Eval(ctor); m.Kind == model.ClassValue {
				v = value{kind: object, class: m.Class}
			}
		}
		return one(st, v)
	})
}
