package projectfiles

import (
	"fmt"
	"slices"

	"durable-objects-mcp/internal/scenario"
)

func requests(st scenario.Step) []scenario.Request {
	if st.Burst != nil {
		return st.Burst.Requests()
	}
	return []scenario.Request{{HTTP: st.HTTP, RPC: st.RPC}}
}

func bodyWithGet(r scenario.Request) bool {
	return r.HTTP != nil && (r.HTTP.JSON != nil || r.HTTP.Body != "") && slices.Contains([]string{"GET", "HEAD"}, r.HTTP.MethodOrGet())
}

// ask is one request to the Worker or to an object.
func (w *writer) ask(h scenario.HTTP) node {
	w.use("read", "ask")
	n := call("ask", w.literal(h.MethodOrGet()), w.text(h.Path, true))
	more := node{kind: object}
	if h.Class != "" {
		w.use("askObject", "objects")
		more = more.with("object", w.text(h.ObjectName(), false))
	}
	if len(h.Headers) > 0 {
		more = more.with("headers", w.headers(h.Headers))
	}
	switch {
	case h.JSON != nil:
		more = more.with("json", w.json(h.JSON))
	case h.Body != "":
		more = more.with("body", w.text(h.Body, false))
	}
	if len(more.items) > 0 {
		n.items = append(n.items, more)
	}
	return n
}

func (w *writer) headers(headers map[string]string) node {
	n := node{kind: object}
	for _, name := range sorted(headers) {
		n = n.with(w.memberName(name), w.text(headers[name], false))
	}
	return n
}

func (w *writer) call(r scenario.RPC) node {
	w.use("call", "objects")
	n := call("call", w.text(r.ObjectName(), false), w.literal(r.Method))
	for _, arg := range r.Args {
		n.items = append(n.items, w.json(arg))
	}
	return n
}

// wanted is what an answer must match.
func wanted(w *writer, e *scenario.Expect) node {
	n := node{kind: object}
	if e == nil {
		return n
	}
	if e.Status != 0 {
		n = n.with("status", atomOf(fmt.Sprint(e.Status)))
	}
	return w.content(n, e.JSON, e.Text)
}

func (w *writer) content(n node, json []byte, text string) node {
	if json != nil {
		n = n.with("json", w.json(json))
	}
	if text != "" {
		n = n.with("text", w.containing(text))
	}
	return n
}

func (w *writer) containing(text string) node {
	return call("expect.stringContaining", w.text(text, false))
}

// wantedOutcome is what a call must come to.
func wantedOutcome(w *writer, e *scenario.RPCExpect) node {
	n := node{kind: object}
	switch {
	case e == nil:
	case e.JSON != nil:
		n = n.with("returned", w.json(e.JSON))
	case e.Throws != "":
		n = n.with("threw", w.containing(e.Throws))
	}
	return n
}

func (w *writer) request(r scenario.Request) (question, want node) {
	if r.RPC != nil {
		return w.call(*r.RPC), wantedOutcome(w, r.RPC.Expect)
	}
	return w.ask(*r.HTTP), wanted(w, r.HTTP.Expect)
}

func (w *writer) burst(b scenario.Burst) {
	if len(b.Each) > 0 {
		w.burstOf(b.Each)
		return
	}
	w.use("atOnce")
	question, want := w.request(scenario.Request{HTTP: b.HTTP, RPC: b.RPC})
	all := call("await atOnce", atomOf(fmt.Sprint(b.Count)), node{kind: arrow, text: "()", items: []node{question}})
	if len(want.items) == 0 {
		w.statement(all)
		return
	}
	name := w.name("burst")
	w.line(assignment(indent, name, all))
	w.line(fmt.Sprintf("for (const answer of %s) {", name))
	w.line("  " + w.assertion(indent+2, atomOf("answer"), want))
	w.line("}")
}

// burstOf sends requests that differ.
func (w *writer) burstOf(requests []scenario.Request) {
	all, wants := node{kind: array}, node{kind: array}
	some := false
	for _, r := range requests {
		question, want := w.request(r)
		all.items, wants.items = append(all.items, question), append(wants.items, want)
		some = some || len(want.items) > 0
	}
	together := call("await Promise.all", all)
	if !some {
		w.statement(together)
		return
	}
	name := w.name("burst")
	w.line(assignment(indent, name, together))
	w.assert(atomOf(name), wants)
}
