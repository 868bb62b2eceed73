package traffic

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// A registered is one route of a router: app.get("/rooms/:id", handler).
type registered struct {
	method  string // upper case, "" for any
	path    string
	handler value
}

// verbs are the methods that routers register routes with.
var verbs = map[string]string{
	"get": "GET", "post": "POST", "put": "PUT", "delete": "DELETE", "patch": "PATCH", "head": "HEAD", "options": "OPTIONS", "all": "",
}

// routesOf are the routes that the project registers on a router, in source order.
func (w *walker) routesOf(made syntax.Node, prefix string, depth int) []registered {
	var out []registered
	if depth > 4 {
		return nil
	}
	base := prefix
	for call := range w.m.Home(made).OfKind(syntax.CallExpression) {
		object, method := model.Callee(call)
		if !object.OK() || w.routerAt(object, 0) != made {
			continue
		}
		args := slices.Collect(call.Child(syntax.FieldArguments).NamedChildren())
		if len(args) == 0 {
			continue
		}
		path, ok := w.m.Text(args[0])
		verb, known := verbs[method]
		switch {
		case method == "basePath" && ok:
			base = prefix + path
		case method == "route" && ok && len(args) > 1:
			if sub := w.routerAt(args[1], 0); sub.OK() {
				out = append(out, w.routesOf(sub, strings.TrimSuffix(base+path, "/"), depth+1)...)
			}
		case method == "on" && len(args) > 2:
			if m, isText := w.m.Text(args[0]); isText {
				if p, isText := w.m.Text(args[1]); isText {
					out = append(out, registered{strings.ToUpper(m), base + p, w.handler(args[len(args)-1])})
				}
			}
		case known && ok && len(args) > 1:
			full := base + path
			if base != "" && path == "/" {
				full = base
			}
			out = append(out, registered{verb, full, w.handler(args[len(args)-1])})
		}
	}
	return out
}

// handler is the function that a route runs; its this is the object that the
// route was registered in.
func (w *walker) handler(n syntax.Node) value {
	this := value{}
	if c := w.m.ClassAt(n); c != nil {
		this = value{kind: object, class: c}
	}
	outs := w.eval(n, state{depth: 1}, frame{this})
	if len(outs) != 1 {
		return value{}
	}
	v := outs[0].v
	if v.kind == closure && v.of == nil {
		v.of = &this
	}
	return v
}

// routerAt is where the router that an expression stands for was made, or the
// zero Node.
func (w *walker) routerAt(n syntax.Node, depth int) syntax.Node {
	n = model.Unwrap(n)
	if depth > 24 {
		return syntax.Node{}
	}
	switch n.Kind() {
	case syntax.Identifier:
		if b := w.m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 {
			return w.routerAt(b.Init, depth+1)
		}
	case syntax.MemberExpression:
		if c := w.m.ClassAt(n); c != nil && model.Unwrap(n.Child(syntax.FieldObject)).Is(syntax.This) {
			if f := c.Field(n.Child(syntax.FieldProperty).Text()); f != nil {
				return w.routerAt(f.Init, depth+1)
			}
		}
	case syntax.NewExpression:
		if strings.HasSuffix(n.Child(syntax.FieldConstructor).Text(), "Hono") {
			return n
		}
	case syntax.CallExpression:
		object, method := model.Callee(n)
		if !object.OK() {
			if isRouterMaker(w.m.Resolve(model.Unwrap(n.Child(syntax.FieldFunction)))) {
				return n
			}
			return syntax.Node{}
		}
		if _, ok := verbs[method]; ok || method == "use" || method == "route" || method == "on" || method == "basePath" {
			return w.routerAt(object, depth+1)
		}
	}
	return syntax.Node{}
}

// isRouterMaker reports itty-router's functions.
func isRouterMaker(b *model.Binding) bool {
	return b != nil && b.Module != nil && strings.HasPrefix(b.Module.From, "itty-router")
}

// route hands a request to a router.
func (w *walker) route(r value, args []value, st state) []out {
	if r.text != "fetch" && r.text != "handle" && r.text != "request" || len(args) == 0 || !r.node.OK() {
		if _, ok := verbs[r.text]; ok || slices.Contains([]string{"use", "route", "on", "basePath", "onError", "notFound", "mount"}, r.text) {
			r.text = ""
			return one(st, r) // app.get(…) gives the app
		}
		return one(st, value{})
	}
	in := args[0].in
	if in == nil {
		return one(st, value{})
	}
	hono := r.node.Is(syntax.NewExpression)
	var outs []out
	routes := w.routesOf(r.node, "", 0)
	for _, reg := range routes[:min(len(routes), maxRoutes)] {
		for _, m := range w.follows(reg.path, in.path, st) {
			live := []state{m.st}
			if reg.method != "" {
				live, _, _ = w.branch2(w.equal(in.method, text(reg.method), m.st))
			}
			for _, st := range live {
				inner := *in
				inner.params = m.params
				arg := value{kind: request, in: &inner}
				if hono {
					arg = value{kind: honoContext, in: &inner}
				}
				if reg.handler.kind != closure || reg.handler.fn == nil {
					outs = append(outs, out{st: st, v: value{kind: response}})
					continue
				}
				for _, o := range w.call(reg.handler.fn, *reg.handler.of, append([]value{arg}, args[1:]...), st) {
					if o.v.kind == unknown {
						o.v = value{kind: response}
					}
					outs = append(outs, o)
				}
			}
		}
	}
	outs = append(outs, out{st: st, v: value{kind: response, status: 404}})
	return outs
}

// maxRoutes bounds the routes of one router.
const maxRoutes = 60

// following is a way to follow a route's pattern: what its names stand for.
type following struct {
	st     state
	params map[string]value
}

// follows makes a path follow a pattern such as /rooms/:id/*.
func (w *walker) follows(route string, path value, st state) []following {
	path = st.resolve(path)
	parts := strings.Split(strings.Trim(route, "/"), "/")
	if strings.Trim(route, "/") == "" {
		parts = nil
	}
	params := map[string]value{}
	s := split(path, "/")
	if s.kind == array { // a path that is known
		if len(s.items) > 0 && s.items[0].c == "" {
			s.items = s.items[1:]
		}
		for i, p := range parts {
			name, open := placeholder(p)
			if p == "*" || open {
				return []following{{st, params}}
			}
			if i >= len(s.items) || s.items[i].c == "" || name == "" && s.items[i].c != p {
				return nil
			}
			if name != "" {
				params[name] = s.items[i]
			}
		}
		if len(s.items) > len(parts) && s.items[len(parts)].c != "" {
			return nil
		}
		return []following{{st, params}}
	}
	if s.kind != segments {
		return nil
	}
	at, ok := s.at.index, true
	for _, p := range parts {
		name, open := placeholder(p)
		switch {
		case p == "*" || open:
			if name != "" {
				params[name] = rest(at)
			}
			return []following{{st, params}}
		case name != "":
			params[name] = segment(at)
			st, ok = st.assume(check{segment(at), present, nil, true})
			if v := st.hinted(place{root: "segment", index: at}, name); ok {
				st = v
			}
			if re := patternIn(p); ok && re != "" {
				st, ok = st.assume(check{segment(at), matches, re, true})
			}
		default:
			st, ok = st.assume(check{segment(at), is, p, true})
		}
		if !ok {
			return nil
		}
		at++
	}
	if st, ok = st.assume(check{segment(at), is, "", true}); !ok {
		return nil
	}
	return []following{{st, params}}
}

func (s state) hinted(p place, name string) state {
	s.hints = add(s.hints, hint{p, name})
	return s
}

// placeholder is the name of a :name part, and whether it takes the rest of the
// path: :name{.+}, :name+, :name*.
func placeholder(p string) (name string, open bool) {
	name, ok := strings.CutPrefix(p, ":")
	if !ok {
		return "", strings.HasPrefix(p, "*")
	}
	if re := patternIn(p); re != "" {
		name, _, _ = strings.Cut(name, "{")
		return name, strings.Contains(re, ".+") || strings.Contains(re, ".*")
	}
	open = strings.HasSuffix(name, "+") || strings.HasSuffix(name, "*")
	return strings.TrimRight(name, "+*?"), open
}

// patternIn is the regular expression of a :name{…} part, anchored, or "".
func patternIn(p string) string {
	_, re, ok := strings.Cut(p, "{")
	if !ok {
		return ""
	}
	return "^(?:" + strings.TrimSuffix(re, "}") + ")$"
}

// imported runs a function of a package that routes requests itself.
func (w *walker) imported(f value, args []value, st state) []out {
	prefix := map[string]string{"routeAgentRequest": "agents", "routePartykitRequest": "parties"}[f.name]
	if prefix == "" || len(args) == 0 || args[0].in == nil {
		return one(st, value{})
	}
	outs := []out{}
	for _, ns := range w.world.namespaces() {
		c := w.world.classOf(ns)
		if c == nil || c.Framework == "" {
			continue
		}
		for _, m := range w.follows("/"+prefix+"/"+kebab(ns)+"/:name/*", args[0].in.path, st) {
			st := m.st
			st.names = add(st.names, naming{c, m.params["name"]})
			this := value{kind: object, class: c}
			upgrade := check{named("header", "upgrade"), is, "websocket", true}
			if f := c.Member("onRequest"); f != nil {
				if st, ok := st.assume(check{upgrade.v, upgrade.op, upgrade.c, false}); ok {
					for _, o := range w.call(f, this, []value{args[0]}, st) {
						if o.v.kind == unknown {
							o.v = value{kind: response}
						}
						o.st.calls = add(o.st.calls, called{c, "fetch"})
						outs = append(outs, o)
					}
				}
			}
			if c.Has("onConnect") || c.Has("onMessage") {
				st, ok := st.assume(upgrade)
				st.calls = add(st.calls, called{c, "connect"})
				if f := c.Member("onConnect"); ok && f != nil {
					around := value{kind: record, fields: map[string]value{"request": args[0]}}
					for _, o := range w.call(f, this, []value{{}, around}, st) {
						o.v = value{kind: response, status: 101}
						outs = append(outs, o)
					}
				} else if ok {
					outs = append(outs, out{st: st, v: value{kind: response, status: 101}})
				}
			}
		}
	}
	return append(outs, out{st: st, v: nothing()})
}

// kebab is a name as those packages write it in paths: PartyRoom and PARTY_ROOM
// are party-room.
func kebab(name string) string {
	if name == strings.ToUpper(name) {
		return strings.ReplaceAll(strings.ToLower(name), "_", "-")
	}
	var b strings.Builder
	for i, r := range name {
		if 'A' <= r && r <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "_", "-")
}
