package projectfiles

import (
	"fmt"
	"slices"

	"durable-objects-mcp/internal/scenario"
)

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
