package traffic

import (
	"encoding/json"
	"regexp"
	"slices"
	"sort"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/syntax"
)

// maxRequests bounds the requests that are derived from a Worker.
const maxRequests = 24

// mainModule is the file that the Worker starts with, or nil.
func (p *planner) mainModule(in Input) *model.Module {
	want := in.Main
	if want == "" && in.Config != nil {
		want = in.Config.Main.Value
	}
	want = strings.TrimPrefix(want, "./")
	for _, m := range in.Modules {
		if want != "" && (m.Tree.Path == want || strings.HasSuffix(m.Tree.Path, "/"+want) || strings.HasSuffix(want, "/"+m.Tree.Path)) && m.HasDefaultExport() {
			return m
		}
	}
	for _, m := range in.Modules {
		if m.HasDefaultExport() {
			return m
		}
	}
	return nil
}

// exported is what a module's default export comes to.
func (w *walker) exported(m *model.Module) (value, syntax.Node) {
	for n := range m.Tree.Root().NamedChildren() {
		if !n.Is(syntax.ExportStatement) {
			continue
		}
		for spec := range n.FirstOf(syntax.ExportClause).NamedChildren() {
			if spec.Child(syntax.FieldAlias).Text() == "default" {
				outs := w.name(spec.Child(syntax.FieldName), state{depth: 1})
				if len(outs) == 1 {
					return outs[0].v, n
				}
			}
		}
		if !n.HasToken("default") {
			continue
		}
		v := n.Child(syntax.FieldValue)
		if !v.OK() {
			v = n.Child(syntax.FieldDeclaration)
		}
		if c := w.m.Eval(v); c.Kind == model.ClassValue {
			return value{kind: classes, class: c.Class}, n
		}
		if outs := w.eval(v, state{depth: 1}, frame{}); len(outs) == 1 {
			return outs[0].v, n
		}
	}
	return value{}, syntax.Node{}
}

// requests follows the Worker's fetch and makes a request of each way through it.
func (p *planner) requests(in Input) {
	m := p.mainModule(in)
	if m == nil {
		p.note("There is no default export, so no request reaches an object; only its methods are called.")
		return
	}
	v, at := p.w.exported(m)
	msg := &message{path: wholePath(), method: part(place{root: "method"}), params: map[string]value{}}
	args := []value{{kind: request, in: msg}, {kind: bindings}, {}}
	var outs []out
	p.w.work = 0
	switch v.kind {
	case record:
		f := v.fields["fetch"]
		if f.kind == router {
			at = f.node
			outs = p.w.route(value{kind: router, node: f.node, text: "fetch"}, args, state{})
		} else if f.kind == closure && f.fn != nil {
			at = f.fn.Node
			this := v
			outs = p.w.call(f.fn, this, args, state{})
		}
	case router:
		outs = p.w.route(value{kind: router, node: v.node, text: "fetch"}, args, state{})
	case closure:
		if v.fn != nil {
			at = v.fn.Node
			outs = p.w.call(v.fn, value{}, args, state{})
		}
	case classes:
		if f := v.class.Member("fetch"); f != nil && v.class.Object == "" {
			p.worker, at = v.class, f.Node
			outs = p.w.call(f, value{kind: object, class: v.class}, args[:1], state{})
		}
	}
	if !at.OK() || len(outs) == 0 {
		p.note("The Worker's fetch in %s could not be followed.", m.Tree.Path)
		return
	}
	entry := p.entry(nil, "fetch", Worker, at)
	if p.w.work > maxWork {
		p.note("The Worker's fetch in %s has more ways than are followed; some requests may be missing.", m.Tree.Path)
	}
	p.leaves(outs, entry)
}

// past makes requests to the objects that no request through the Worker is sure to
// reach, as where it lets nobody in whose cookie it has not signed: the Worker is
// left out.
func (p *planner) past() {
	for _, c := range p.classes {
		f, entry := c.Member("fetch"), p.find(c, Fetch)
		if f == nil || entry < 0 || c.Framework != "" || p.sends(entry) {
			continue
		}
		msg := &message{path: wholePath(), method: part(place{root: "method"}), params: map[string]value{}}
		p.w.work = 0
		outs := p.w.call(f, value{kind: object, class: c}, []value{{kind: request, in: msg}}, state{})
		if len(outs) == 0 {
			continue
		}
		p.direct = c
		p.leaves(outs, entry)
		p.direct = nil
		if p.sends(entry) {
			p.note("No request through the Worker is sure to reach %s.fetch, so requests go to the object itself as well.", p.public[c])
		}
	}
}

// sends reports that something is sent for an entry point that may well arrive.
func (p *planner) sends(entry int) bool {
	for _, list := range [][]sending{p.writers, p.readers, p.last} {
		if slices.ContainsFunc(list, func(s sending) bool { return slices.Contains(s.entries, entry) }) {
			return true
		}
	}
	return slices.ContainsFunc(p.sockets, func(s connection) bool { return slices.Contains(s.opened, entry) })
}

// leaves turns the ways through the Worker's fetch into requests.
func (p *planner) leaves(outs []out, entry int) {
	seen := map[string]bool{}
	var bare []out // refused, or not known to be answered
	count := 0
	for _, o := range outs {
		if o.thrown || o.v.kind == response && o.v.status >= 400 || o.v.kind == constant && o.v.c == nil {
			bare = append(bare, o)
			continue
		}
		if count < maxRequests && p.leaf(o, entry, seen) {
			count++
		}
	}
	if count == 0 {
		for _, o := range bare {
			if p.leaf(o, entry, seen) {
				return
			}
		}
	}
}

// leaf makes the request of one way, and reports whether there is a new one.
func (p *planner) leaf(o out, entry int, seen map[string]bool) bool {
	g := &sampler{m: p.w.m, st: o.st, object: objectName, numbered: p.numbered}
	h, upgrade, ok := g.request()
	if !ok {
		return false
	}
	entries := []int{entry}
	target := p.direct
	if target != nil {
		h.Class = p.public[target]
	}
	for _, c := range o.st.calls {
		kind := RPC
		if c.method == "fetch" {
			kind, target = Fetch, c.class
		} else if c.method == "connect" {
			target = c.class
		}
		if i := p.find(c.class, kind); i >= 0 && kind == Fetch {
			entries = append(entries, i)
		}
	}
	for _, n := range o.st.names {
		if name, ok := g.render(n.name).(string); ok && name != "" && !hasUnknown(n.name) && p.names[n.class] == "" {
			p.names[n.class] = name
		}
	}
	path, _, _ := strings.Cut(h.Path, "?")
	key := h.Class + h.MethodOrGet() + " " + path + " " + string(h.JSON) + " " + h.Body + " " + strings.Join(didNames(o.st), ",")
	if upgrade {
		key = "open " + h.Class + path
	}
	if seen[key] {
		return false
	}
	seen[key] = true
	doubtful := false
	for _, d := range o.st.doubts {
		switch {
		case d.Is(syntax.CallExpression):
			doubtful = true
			p.note("%s %s may be refused: the object's id in %s:%d is one that only the Worker can give.", h.MethodOrGet(), h.Path, d.Tree().Path, d.Line())
		case refusesAccess(d):
			doubtful = true
			p.note("%s %s may be refused: nothing that is sent decides the condition in %s:%d.", h.MethodOrGet(), h.Path, d.Tree().Path, d.Line())
		}
	}
	if upgrade {
		p.connect(h, target, entries)
		return true
	}
	e := p.ofOps(o.st.ops)
	for _, c := range o.st.calls {
		if f := c.class.Member(c.method); f != nil && c.method != "fetch" {
			e.add(p.of(f))
		}
	}
	s := sending{http: &h, entries: entries, effect: e}
	for _, c := range o.st.calls {
		if f := c.class.Member(c.method); f != nil && c.method != "fetch" {
			s.runs = append(s.runs, f)
		}
	}
	switch takes := p.takes(o.st, h); {
	case doubtful:
		s.runs = nil
		p.tries = append(p.tries, s)
	case takes || e.wipes:
		p.last = append(p.last, s)
	default:
		p.keepSending(s, e, h.MethodOrGet() == "GET")
	}
	return true
}

// keepSending adds what does not take things away. A read that writes as well
// counts as both.
func (p *planner) keepSending(s sending, e effect, reads bool) {
	if e.writes {
		p.writers = append(p.writers, s)
	}
	if reads || !e.writes {
		p.readers = append(p.readers, s)
	}
}

// looks reports a name that says that something is looked at.
var looks = regexp.MustCompile(`^(get|list|read|count|status|unread|peek|find|load|has|is|current|history|all|stats|total|size|state|view|show|query|search)([A-Z].*)?$`).MatchString

// takes reports a request that takes things away: by its method, its path, or
// the methods that it calls.
func (p *planner) takes(st state, h scenario.HTTP) bool {
	if h.Method == "DELETE" {
		return true
	}
	path, _, _ := strings.Cut(h.Path, "?")
	if slices.ContainsFunc(strings.Split(path, "/"), takesAway) {
		return true
	}
	return slices.ContainsFunc(st.calls, func(c called) bool { return takesAway(c.method) })
}

// didNames tells ways apart by what they run.
func didNames(st state) []string {
	var out []string
	for _, c := range st.calls {
		out = append(out, c.method)
	}
	for _, k := range st.known {
		if k.at.root == "body" || k.at.root == "query" {
			out = append(out, k.at.String()+literal(k.c))
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// refusesAccess reports a condition whose one side answers 401 or 403.
func refusesAccess(n syntax.Node) bool {
	return containsAny(n.Text(), "401", "403")
}

// connect adds a way to open a socket.
func (p *planner) connect(h scenario.HTTP, c *model.Class, entries []int) {
	if len(p.sockets) == 3 {
		return
	}
	s := connection{open: scenario.Open{Path: h.Path, Headers: h.Headers, To: h.To}, class: c, opened: entries}
	if c == nil && len(p.classes) == 1 {
		c = p.classes[0]
	}
	if c != nil {
		if slices.ContainsFunc(p.sockets, func(have connection) bool { return have.class == c }) {
			return
		}
		s.class = c
		s.messages = p.messages(c)
		if i := p.find(c, WebSocketMessage); i >= 0 {
			s.message = []int{i}
		}
		if i := p.find(c, WebSocketClose); i >= 0 {
			s.closed = []int{i}
		}
	}
	p.sockets = append(p.sockets, s)
}

// maxMessages bounds the kinds of messages that are sent on a socket.
const maxMessages = 8

// messages are the messages that an object's sockets understand, one of each
// shape.
func (p *planner) messages(c *model.Class) []scenario.Send {
	sent := part(place{root: "message"})
	var outs []out
	p.w.work = 0
	this := value{kind: object, class: c}
	for _, h := range []string{"webSocketMessage", "onMessage"} {
		if f := c.Member(h); f != nil && (h == "webSocketMessage" || c.Framework != "") {
			outs = p.w.call(f, this, []value{{}, sent}, state{})
		}
	}
	if outs == nil {
		for _, op := range p.w.m.ReachedOps(c) {
			if event, _ := p.w.m.Text(model.Argument(op.Node, 0)); op.Kind == model.OpSocket && op.Method == "addEventListener" && event == "message" {
				if f := p.w.m.Func(model.Unwrap(model.Argument(op.Node, 1))); f != nil {
					outs = append(outs, p.w.call(f, this, []value{{kind: record, fields: map[string]value{"data": sent}, open: true}}, state{})...)
				}
			}
		}
	}
	var good, other []scenario.Send
	seen := map[string]bool{}
	for _, o := range outs {
		m, ok := p.message(o)
		key := m.Text + string(m.JSON)
		if !ok || seen[key] || key == "" {
			continue
		}
		seen[key] = true
		closes := slices.ContainsFunc(o.st.ops, func(op *model.Op) bool { return op.Kind == model.OpSocket && op.Method == "close" })
		if o.thrown || closes || !positive(o.st) && len(o.st.types) == 0 {
			other = append(other, m)
		} else {
			good = append(good, m)
		}
	}
	if len(good) == 0 {
		good = other
	}
	// A text would be an error to a handler that reads JSON.
	if slices.ContainsFunc(good, func(m scenario.Send) bool { return m.JSON != nil }) {
		good = slices.DeleteFunc(good, func(m scenario.Send) bool { return m.JSON == nil })
	}
	if len(good) == 0 {
		good = []scenario.Send{{Text: "hello"}}
	}
	return good[:min(len(good), maxMessages)]
}

// positive reports a way that does not consist of refusals alone.
func positive(st state) bool {
	if len(st.known) > 0 {
		return true
	}
	data := 0
	for _, c := range st.checks {
		if c.want {
			return true
		}
		data++
	}
	return data == 0
}

func (p *planner) message(o out) (scenario.Send, bool) {
	g := &sampler{m: p.w.m, st: o.st, object: objectName, numbered: p.numbered, made: map[place]any{}}
	if slices.ContainsFunc(g.places(), func(q place) bool { return q.root == "data" }) {
		v, ok := g.json(place{root: "data"}, syntax.Node{}, 0)
		if !ok {
			return scenario.Send{}, false
		}
		g.keep(place{root: "data"}, v)
		g.made[place{root: "message"}] = string(marshal(v))
		return scenario.Send{JSON: marshal(v)}, g.verified()
	}
	at := place{root: "message"}
	for _, t := range append([]string{"hello"}, candidates(g.checksOn(at))...) {
		if c, ok := g.st.fixedAt(at); ok {
			t = literal(c)
		}
		if fits(t, g.checksOn(at)) {
			g.made[at] = t
			return scenario.Send{Text: t}, g.verified()
		}
	}
	return scenario.Send{}, false
}

// candidates are texts that conditions mention.
func candidates(checks []check) []string {
	var out []string
	for _, c := range checks {
		t, ok := c.c.(string)
		if !ok {
			continue
		}
		if c.op == matches {
			if groups, _, ok := sampleText(t, "hello", keyText, "1"); ok {
				out = append(out, groups[0])
			}
			continue
		}
		out = append(out, t, t+"hello", t+" "+keyText)
	}
	return out
}

// notMethods are public methods that no caller reaches, or that a framework's
// own machinery calls.
var notMethods = []string{"fetch", "connect", "name", "id", "dup", "constructor", "alarm", "webSocketMessage", "webSocketClose", "webSocketError", "then"}

// methods adds a call of each public method of a class.
func (p *planner) methods(c *model.Class) {
	if !c.Modern {
		return
	}
	var done []string
	for at, depth := c, 0; at != nil && depth < 16; at, depth = at.Super, depth+1 {
		for _, f := range at.Entries() {
			if slices.Contains(notMethods, f.Name) || slices.Contains(done, f.Name) || !f.Body.OK() || strings.HasPrefix(f.Name, "[") ||
				c.Framework != "" && len(f.Name) > 2 && strings.HasPrefix(f.Name, "on") && f.Name[2] >= 'A' && f.Name[2] <= 'Z' {
				continue
			}
			done = append(done, f.Name)
			p.method(c, f)
		}
	}
}

func (p *planner) method(c *model.Class, f *model.Func) {
	entry := p.entry(c, f.Name, RPC, f.Node)
	e := p.of(f)
	reached := false
	for _, list := range [][]sending{p.writers, p.readers, p.last} {
		for i := range list {
			if slices.Contains(list[i].runs, f) {
				list[i].entries = append(list[i].entries, entry)
				reached = true
			}
		}
	}
	if reached && e.writes {
		return // the Worker knows what may be passed, and nothing else should get in
	}
	for _, args := range p.arguments(c, f, e.writes) {
		call := &scenario.RPC{Class: p.public[c], Method: f.Name, Args: args}
		if name := p.names[c]; name != objectName {
			call.Object = name
		}
		s := sending{rpc: call, entries: []int{entry}, effect: e}
		switch {
		case e.wipes || e.writes && takesAway(f.Name):
			p.last = append(p.last, s)
		default:
			p.keepSending(s, e, looks(f.Name))
		}
	}
}

// maxShapes bounds the calls of one method with arguments of different shapes.
const maxShapes = 4

// arguments are the arguments of the calls of a method: one for each shape that
// it tells apart.
func (p *planner) arguments(c *model.Class, f *model.Func, writes bool) [][]json.RawMessage {
	if len(f.Params) == 0 {
		return [][]json.RawMessage{nil}
	}
	var given []value
	for i := range f.Params {
		given = append(given, part(place{root: "arg", index: i}))
	}
	p.w.work = 0
	outs := p.w.call(f, value{kind: object, class: c}, given, state{})
	sort.SliceStable(outs, func(i, j int) bool {
		if outs[i].thrown != outs[j].thrown {
			return !outs[i].thrown
		}
		return p.did(outs[i].st) > p.did(outs[j].st)
	})
	var all [][]json.RawMessage
	shapes := map[string]bool{}
	for _, o := range append(outs, out{}) {
		if o.thrown && len(all) > 0 {
			continue
		}
		var shape []string
		for _, k := range o.st.known {
			if k.at.root == "arg" && k.at.keys != "" {
				shape = append(shape, k.at.String()+literal(k.c))
			}
		}
		sort.Strings(shape)
		key := strings.Join(shape, ",")
		if shapes[key] || len(all) > 0 && key == "" || len(all) == maxShapes {
			continue
		}
		if args, ok := p.sampleArguments(f, o.st, writes); ok {
			shapes[key] = true
			all = append(all, args)
		}
	}
	if len(all) == 0 {
		p.note("%s.%s takes what JSON cannot hold, so it is called with null.", p.public[c], f.Name)
		args := make([]json.RawMessage, len(f.Params))
		for i := range args {
			args[i] = json.RawMessage("null")
		}
		all = append(all, args)
	}
	return all
}

// did counts the writes of a way.
func (p *planner) did(st state) int {
	n := 0
	for _, op := range st.ops {
		if p.ofOp(op).writes {
			n++
		}
	}
	return n
}

func (p *planner) sampleArguments(f *model.Func, st state, writes bool) ([]json.RawMessage, bool) {
	g := &sampler{m: p.w.m, st: st, object: objectName, numbered: p.numbered, made: map[place]any{}}
	var args []json.RawMessage
	for i, param := range f.Params {
		pattern := param.Child(syntax.FieldPattern)
		if pattern.Is(syntax.This) {
			continue
		}
		at := place{root: "arg", index: i}
		t := param.Child(syntax.FieldType)
		optional := param.Is(syntax.OptionalParameter) || param.Child(syntax.FieldValue).OK()
		if optional && !slices.ContainsFunc(g.st.known, func(k fixed) bool { return k.at.root == "arg" && k.at.index == i && k.c != nil }) {
			plain := t.NamedChild(0).Is(syntax.PredefinedType)
			if !writes || !plain || param.Child(syntax.FieldValue).OK() {
				break
			}
		}
		if pattern.OK() && pattern.Is(syntax.Identifier) {
			g.st = g.st.hinted(at, pattern.Text())
		}
		v, ok := g.json(at, t, 0)
		if !ok {
			return nil, false
		}
		g.keep(at, v)
		args = append(args, marshal(v))
	}
	return args, true
}
