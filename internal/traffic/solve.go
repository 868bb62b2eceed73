package traffic

import (
	"net/url"
	"slices"
	"strings"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/syntax"
)

// maxSegments bounds the path of a request.
const maxSegments = 24

// request makes the request that leads to the state; ok is false where there is
// none. upgrade reports one that asks for a WebSocket.
func (g *sampler) request() (h scenario.HTTP, upgrade, ok bool) {
	g.made = map[place]any{}
	if !g.paths() {
		return h, false, false
	}
	h.Headers = map[string]string{}
	params := url.Values{}
	var wanted []place
	for _, p := range g.places() {
		switch p.root {
		case "query", "header":
			v, ok := g.text(p)
			absent := g.refused(p)
			if absent {
				v, ok = "", true
			}
			if !ok {
				return h, false, false
			}
			if absent || v == "" || p.root == "header" && !g.sends(p) {
				continue
			}
			g.made[p] = v
			if p.root == "query" {
				params.Set(p.keys, v)
			} else if p.keys == "upgrade" {
				upgrade = strings.EqualFold(v, "websocket")
			} else {
				h.Headers[p.keys] = v
			}
		case "body", "text", "form":
			wanted = append(wanted, p)
		}
	}
	if len(h.Headers) == 0 {
		h.Headers = nil
	}
	h.Path = g.pathText()
	if len(params) > 0 {
		h.Path += "?" + params.Encode()
	}
	if h.Method, ok = g.method(len(wanted) > 0); !ok {
		return h, false, false
	}
	g.made[place{root: "method"}] = h.Method
	if h.Method != "GET" && h.Method != "HEAD" && !g.body(&h, wanted) {
		return h, false, false
	}
	if h.Method == "GET" {
		h.Method = ""
	}
	return h, upgrade, g.verified()
}

// places are the parts that the state speaks of, each once.
func (g *sampler) places() []place {
	var out []place
	note := func(p place) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, k := range g.st.known {
		note(k.at)
	}
	var inside func(v value)
	inside = func(v value) {
		if v.kind == given {
			note(v.at)
		}
		for _, i := range v.items {
			inside(i)
		}
		if v.of != nil && v.kind == sized {
			inside(*v.of)
		}
	}
	for _, c := range g.st.checks {
		inside(c.v)
	}
	for _, n := range g.st.names {
		inside(n.name)
	}
	for _, p := range g.st.reads {
		note(p)
	}
	return out
}

// refused reports a part that must not be there.
func (g *sampler) refused(p place) bool {
	if c, ok := g.st.fixedAt(p); ok {
		return c == nil || c == ""
	}
	return slices.ContainsFunc(g.checksOn(p), func(c check) bool { return c.op == present && !c.want && c.v.kind == given })
}

// sends reports a header that the code asks for in earnest.
func (g *sampler) sends(p place) bool {
	switch p.keys {
	case "host", "connection", "content-length", "content-type", "cf-ray", "cookie", "accept":
		if p.keys != "cookie" {
			return false
		}
	}
	if _, ok := g.st.fixedAt(p); ok {
		return true
	}
	return slices.ContainsFunc(g.checksOn(p), func(c check) bool { return c.want || c.op == is && c.c == nil }) || strings.HasPrefix(p.keys, "x-") || g.namesObject(p)
}

// paths makes the segments of the path.
func (g *sampler) paths() bool {
	last := 0
	ps := g.places()
	for _, p := range ps {
		if p.root == "segment" && !g.refused(p) && (g.mustBe(p) || g.namesObject(p)) {
			last = max(last, p.index)
		}
	}
	for _, p := range g.st.wants {
		if !g.refused(place{root: "segment", index: p.index}) && !g.refused(p) {
			last = max(last, p.index)
		}
	}
	if last > maxSegments {
		return false
	}
	for i := 1; i <= last; i++ {
		p := place{root: "segment", index: i}
		if g.refused(p) {
			return false
		}
		t, ok := g.text(p)
		if !ok || t == "" {
			return false
		}
		g.made[p] = t
	}
	for _, p := range ps { // what is asked of the rest of the path
		if p.root != "rest" || p.index <= last || p.index > maxSegments {
			continue
		}
		checks := g.checksOn(p)
		if !slices.ContainsFunc(checks, func(c check) bool { return c.want }) && !g.namesObject(p) {
			continue
		}
		t, ok := g.text(p)
		if !ok {
			return false
		}
		for i := last + 1; i < p.index; i++ {
			g.made[place{root: "segment", index: i}] = keyText
		}
		for i, s := range strings.Split(t, "/") {
			if s != "" {
				g.made[place{root: "segment", index: p.index + i}] = s
				last = max(last, p.index+i)
			}
		}
	}
	return g.endings(ps, last)
}

// endings adds what the whole path must end with or contain.
func (g *sampler) endings(_ []place, last int) bool {
	for _, c := range g.st.checks {
		t, ok := c.c.(string)
		if !ok || !c.want || c.v.kind != joined || c.op != ends && c.op != contains {
			continue
		}
		if holds(g.render(c.v), c.op, c.c) {
			continue
		}
		for _, s := range strings.Split(strings.Trim(t, "/"), "/") {
			last++
			p := place{root: "segment", index: last}
			if g.refused(p) {
				return false
			}
			g.made[p] = s
		}
	}
	return true
}

// mustBe reports a segment that a condition needs.
func (g *sampler) mustBe(p place) bool {
	if _, ok := g.st.fixedAt(p); ok {
		return true
	}
	return slices.ContainsFunc(g.checksOn(p), func(c check) bool { return c.want })
}

func (g *sampler) pathText() string {
	var b strings.Builder
	for i := 1; i <= maxSegments; i++ {
		s, ok := g.made[place{root: "segment", index: i}].(string)
		if !ok || s == "" {
			break
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// method is the request's method; without a word on it, a body decides.
func (g *sampler) method(body bool) (string, bool) {
	p := place{root: "method"}
	if c, ok := g.st.fixedAt(p); ok {
		return strings.ToUpper(literal(c)), true
	}
	order := []string{"GET", "POST", "PUT", "DELETE", "PATCH"}
	if body {
		order = []string{"POST", "PUT", "PATCH", "DELETE"}
	}
	checks := g.checksOn(p)
	for _, m := range order {
		if fits(m, checks) {
			return m, true
		}
	}
	return "", false
}

// body makes the request's body, of the kind that the code reads.
func (g *sampler) body(h *scenario.HTTP, wanted []place) bool {
	for _, p := range wanted {
		switch p.root {
		case "text":
			t, ok := g.text(place{root: "text"})
			if !ok {
				return false
			}
			if h.JSON == nil {
				h.Body = t
			}
			g.made[place{root: "text"}] = t
		case "form":
			form := url.Values{}
			for _, key := range g.keysOf(place{root: "form"}) {
				t, ok := g.text(place{root: "form", keys: "." + key})
				if !ok {
					return false
				}
				form.Set(key, t)
			}
			h.Body, h.JSON = form.Encode(), nil
			if h.Headers == nil {
				h.Headers = map[string]string{}
			}
			h.Headers["content-type"] = "application/x-www-form-urlencoded"
			return true
		case "body":
			if h.JSON != nil {
				continue
			}
			v, ok := g.json(place{root: "body"}, syntax.Node{}, 0)
			if !ok {
				return false
			}
			g.keep(place{root: "body"}, v)
			h.JSON, h.Body = marshal(v), ""
		}
	}
	return true
}

// keep notes what parts a tree has, so that conditions can be checked.
func (g *sampler) keep(p place, v any) {
	g.made[p] = v
	g.made[place{root: "typeof " + p.root, index: p.index, keys: p.keys}] = typeOf(v)
	switch v := v.(type) {
	case map[string]any:
		for k, f := range v {
			g.keep(p.member(k), f)
		}
	case []any:
		if len(v) > 0 {
			g.keep(p.member("0"), v[0])
		}
	}
}

// render is what a value comes to with what has been made.
func (g *sampler) render(v value) any {
	switch v.kind {
	case constant:
		return v.c
	case given:
		if v.at.root == "rest" {
			var parts []string
			for i := v.at.index; i <= maxSegments; i++ {
				s, ok := g.made[place{root: "segment", index: i}].(string)
				if !ok || s == "" {
					break
				}
				parts = append(parts, s)
			}
			return strings.Join(parts, "/")
		}
		c := g.made[v.at]
		if v.at.root == "segment" && c == nil {
			c = ""
		}
		if t, ok := c.(string); ok && v.num {
			return toNumber(t)
		}
		return c
	case joined:
		var b strings.Builder
		for _, i := range v.items {
			if i.kind == unknown {
				return nil
			}
			b.WriteString(literal(g.render(i)))
		}
		return b.String()
	case sized:
		switch x := g.render(*v.of).(type) {
		case string:
			return float64(len(x))
		case []any:
			return float64(len(x))
		}
	}
	return nil
}

// verified reports whether what has been made meets every condition.
func (g *sampler) verified() bool {
	for _, c := range g.st.checks {
		if c.v.kind != given && c.v.kind != joined {
			continue
		}
		if c.v.kind == given && (c.v.at.root == "text" || c.v.at.root == "header" && !g.sends(c.v.at)) {
			continue
		}
		if c.v.kind == joined && hasUnknown(c.v) {
			continue
		}
		got := g.render(c.v)
		if t, ok := c.c.(string); ok && c.v.kind == given && c.v.at.root == "method" {
			c.c = strings.ToUpper(t)
		}
		if t, ok := c.c.(string); ok && c.v.kind == given && c.v.at.root == "header" && c.v.at.keys == "upgrade" && c.op == is && t == "websocket" {
			if (g.made[c.v.at] != nil) == c.want {
				continue
			}
			return false
		}
		if holds(got, c.op, c.c) != c.want {
			return false
		}
	}
	return true
}

func hasUnknown(v value) bool {
	return v.kind == unknown || slices.ContainsFunc(v.items, hasUnknown)
}
