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
func (w *writer) assert(subject, want node) { w.line(w.assertion(indent, subject, want)) }

func (w *writer) assertion(indent int, subject, want node) string {
	w.use("expect")
	return assertion(indent, subject, quoted(cut(w.title, 80)), want)
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
	case len(w.captures(st)) > 0:
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
