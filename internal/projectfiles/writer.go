package projectfiles

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/scenario"
)

// writer writes the tests of one scenario.
type writer struct {
	object Object
	uses   map[string]bool // parts of helpers.txt
	long   []string        // see literal

	body      strings.Builder // of the test that is being written
	taken     map[string]bool // names of its variables
	variables map[string]string
	sockets   map[string]string // the variables of open sockets; "" where nothing uses it
	lost      map[string]bool   // values and sockets of steps that are left out
	title     string            // of the step that is being written
	rest      []scenario.Step   // what comes after the step that is being written
}

// steps writes the body of a test.
func (w *writer) steps(r run) string {
	w.body.Reset()
	w.taken, w.variables, w.sockets, w.lost = map[string]bool{}, map[string]string{}, map[string]string{}, map[string]bool{}
	for i, st := range r.steps {
		w.rest = r.steps[i+1:]
		if i > 0 && (st.Evict != nil || st.Advance != nil) {
			w.body.WriteString("\n")
		}
		w.title = plain(st.Title())
		if why := w.impossible(st); why != "" {
			w.leaveOut(st, why)
			continue
		}
		if !asserts(st) && (i > 0 || w.title != r.name) {
			w.comment(w.title)
		}
		w.step(st)
		if st.Purged {
			w.use("stored", "objects")
			w.assert(call("await stored"), node{kind: array})
		}
	}
	return w.body.String()
}

func (w *writer) use(parts ...string) {
	for _, p := range parts {
		w.uses[p] = true
	}
}

// asserts reports whether the step's title is the label of an assertion.
func asserts(st scenario.Step) bool {
	ask := func(r scenario.Request) bool {
		if r.HTTP != nil && r.HTTP.Expect != nil {
			e := r.HTTP.Expect
			return e.Status != 0 || e.JSON != nil || e.Text != ""
		}
		return r.RPC != nil && r.RPC.Expect != nil && (r.RPC.Expect.JSON != nil || r.RPC.Expect.Throws != "")
	}
	if st.Receive != nil {
		return st.Receive.JSON != nil || st.Receive.Text != ""
	}
	return slices.ContainsFunc(requests(st), ask)
}

// assert writes an assertion, which the step's title stands in.
func (w *writer) assert(subject, want node) {
	w.line(assertion(indent, subject, quoted(cut(w.title, 80)), want))
}

const indent = 2

func (w *writer) line(s string) { w.body.WriteString(blanks(indent) + s + "\n") }

func (w *writer) comment(s string) { w.line("// " + cut(plain(s), maxWidth-indent-3)) }

// impossible says why a step cannot be written as a test, "" where it can.
func (w *writer) impossible(st scenario.Step) string {
	for _, class := range st.Classes() {
		if class != w.object.Class {
			return fmt.Sprintf("no binding of %s is known here", class)
		}
	}
	if slices.ContainsFunc(requests(st), bodyWithGet) {
		return "fetch() sends no body with a GET or HEAD request"
	}
	for _, name := range referred(st) {
		if w.lost["${"+name+"}"] {
			return fmt.Sprintf("it needs ${%s}", name)
		}
	}
	if socket := usedSocket(st); w.lost[socket] {
		return "it needs the socket " + socket
	}
	return ""
}

func requests(st scenario.Step) []scenario.Request {
	if st.Burst != nil {
		return st.Burst.Requests()
	}
	return []scenario.Request{{HTTP: st.HTTP, RPC: st.RPC}}
}

func bodyWithGet(r scenario.Request) bool {
	return r.HTTP != nil && (r.HTTP.JSON != nil || r.HTTP.Body != "") && slices.Contains([]string{"GET", "HEAD"}, r.HTTP.MethodOrGet())
}

// usedSocket is the socket that a step needs to be open, "" if it needs none.
func usedSocket(st scenario.Step) string {
	switch {
	case st.Send != nil:
		return st.Send.Socket
	case st.Receive != nil:
		return st.Receive.Socket
	case st.Close != nil:
		return st.Close.Socket
	}
	return ""
}

// leaveOut says why a step is not there, and remembers what is missing with it.
func (w *writer) leaveOut(st scenario.Step, why string) {
	w.comment("Left out, because " + why + ": " + w.title)
	for name := range st.Capture {
		w.lost["${"+name+"}"] = true
	}
	if st.Open != nil {
		w.lost[st.Open.Socket] = true
	}
}

func (w *writer) step(st scenario.Step) {
	switch {
	case st.HTTP != nil:
		w.asked(st, w.ask(*st.HTTP), wanted(w, st.HTTP.Expect))
	case st.RPC != nil:
		w.asked(st, w.call(*st.RPC), wantedOutcome(w, st.RPC.Expect))
	case st.Burst != nil:
		w.burst(*st.Burst)
	case st.Open != nil:
		w.open(*st.Open)
	case st.Send != nil:
		w.send(*st.Send)
	case st.Receive != nil:
		next := call("await " + w.sockets[st.Receive.Socket] + ".next")
		w.asked(st, next, w.content(node{kind: object}, st.Receive.JSON, st.Receive.Text))
	case st.Close != nil:
		w.close(*st.Close)
	case st.Evict != nil:
		w.use("evict")
		w.line("await evictAllDurableObjects();")
	case st.Advance != nil:
		w.use("clock", "objects")
		w.line(fmt.Sprintf("await advance(%s);", digits(st.Advance.MS)))
	}
}

// asked writes a question whose answer is to match, and of which values are kept.
func (w *writer) asked(st scenario.Step, question, want node) {
	if question.kind == callOf && !strings.HasPrefix(question.text, "await ") {
		question.text = "await " + question.text
	}
	switch {
	case len(st.Capture) > 0:
		name := w.name("answer")
		w.line(assignment(indent, name, question))
		if len(want.items) > 0 {
			w.assert(atomOf(name), want)
		}
		w.capture(st, name)
	case len(want.items) > 0:
		w.assert(question, want)
	default:
		w.statement(question)
	}
}

func (w *writer) statement(n node) { w.line(n.print(indent, indent, 1) + ";") }

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
	w.line("  " + assertion(indent+2, atomOf("answer"), quoted(cut(w.title, 80)), want))
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

func (w *writer) open(o scenario.Open) {
	w.use("read", "socket")
	n := call("await connect", w.text(o.Path, true))
	if o.Class == "" {
		w.use("connect")
	} else {
		w.use("connectObject", "objects")
		n = call("await connectTo", w.text(o.ObjectName(), false), w.text(o.Path, true))
	}
	if len(o.Headers) > 0 {
		n.items = append(n.items, w.headers(o.Headers))
	}
	w.lost[o.Socket] = false
	if !slices.ContainsFunc(w.rest, func(st scenario.Step) bool { return usedSocket(st) == o.Socket }) {
		w.statement(n)
		return
	}
	w.sockets[o.Socket] = w.name(o.Socket)
	w.line(assignment(indent, w.sockets[o.Socket], n))
}

func (w *writer) send(s scenario.Send) {
	message := w.text(s.Text, false)
	if s.JSON != nil {
		message = w.json(s.JSON)
	}
	if s.JSON != nil && message.kind == atom {
		message = call("JSON.stringify", message) // a text would be sent as it is
	}
	w.statement(call(w.sockets[s.Socket]+".send", message))
}

func (w *writer) close(c scenario.Close) {
	n := call("await " + w.sockets[c.Socket] + ".close")
	if c.Code != 0 {
		n.items = append(n.items, atomOf(fmt.Sprint(c.Code)))
		if c.Reason != "" {
			n.items = append(n.items, w.literal(c.Reason))
		}
	}
	w.statement(n)
}

// capture keeps values of an answer for the steps that refer to them; the others
// must be there all the same.
func (w *writer) capture(st scenario.Step, answer string) {
	w.use("place")
	body := answer + ".json"
	if st.RPC != nil {
		body = answer + ".returned"
	}
	used := map[string]bool{}
	for _, later := range w.rest {
		for _, name := range referred(later) {
			used[name] = true
		}
	}
	for _, name := range sorted(st.Capture) {
		value := call("valueAt", append([]node{atomOf(body)}, place(st.Capture[name])...)...)
		if len(value.items) == 1 {
			value = w.whole(answer, body)
		}
		if !used[name] {
			w.statement(value)
			continue
		}
		w.variables[name] = w.name(name)
		w.line(assignment(indent, w.variables[name], value))
	}
}

// whole is all of an answer, which need not be JSON.
func (w *writer) whole(answer, body string) node {
	if strings.HasSuffix(body, ".returned") {
		return atomOf(body)
	}
	return atomOf(fmt.Sprintf("%s ?? %s.text", body, answer))
}
