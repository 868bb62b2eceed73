package websockets

import (
	"fmt"
	"iter"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var broadcastUnguarded = &analysis.Gotcha{
	ID:       "ws-broadcast-unguarded",
	Title:    "One closed socket ends a broadcast for everybody after it",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "getWebSockets() still holds a socket that the object has closed, until the client has answered. send() throws on it, " +
		"which leaves the loop, so the remaining clients miss the message and the handler fails.",
	Fix: "Put each send into a try/catch inside the loop.",
	Fine: []string{
		"A try/catch around the single send, also in a helper.",
		"A check of readyState before each send.",
		"A send to one socket outside of a loop.",
		"A client that has gone by itself: send() does not throw on its socket. An object that closes none needs no catch.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: after ws.close() the socket is still listed by getWebSockets(), and send throws \"TypeError: Can't call WebSocket send() after close()\"; on a socket whose client has closed or vanished it does not throw.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: checkBroadcastUnguarded,
}

func checkBroadcastUnguarded(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file sends to its sockets in a loop.")
	for _, c := range p.Objects() {
		rs := runs(p.Module, c)
		closing := closesListed(p.Module, c, rs)
		worst := map[syntax.Node]outcome{} // one send can be reached in several runs
		var order []syntax.Node
		for _, r := range rs {
			for i, s := range r.steps {
				if s.Method != "send" || s.Kind != model.OpSocket && s.Kind != model.OpCall {
					continue
				}
				got := checkBroadcast(p, c, r, i, closing)
				if got.report == nil {
					continue
				}
				have, seen := worst[s.Node]
				if !seen {
					order = append(order, s.Node)
				}
				if !seen || got.rank > have.rank {
					worst[s.Node] = got
				}
			}
		}
		for _, n := range order {
			worst[n].report(n, worst[n].message, worst[n].fix)
		}
	}
}

// outcome is what there is to say about one send.
type outcome struct {
	rank         int
	report       func(at syntax.Node, message, fix string, edits ...analysis.Edit)
	message, fix string
}

// closesListed finds a close of a socket that stays listed for a while: one in an
// event other than the socket's own end. A catch clause closes what has failed.
func closesListed(m *model.Module, c *model.Class, rs []run) syntax.Node {
	for _, r := range rs {
		if r.root.Name == "webSocketClose" || r.root.Name == "webSocketError" || r.root.Hidden || r.root.Restricted {
			continue // a helper is looked at where it is called
		}
		for _, s := range r.steps {
			if s.Kind == model.OpSocket && s.Method == "close" && !ownConnection(m, c, s) && s.Within(model.Catch) == nil {
				return s.Node
			}
		}
	}
	return syntax.Node{}
}

func checkBroadcast(p *analysis.Pass, c *model.Class, r run, at int, closing syntax.Node) outcome {
	s := r.steps[at]
	loop := -1
	for i, place := range s.Chain {
		if place.Kind == model.Loop && overSockets(p.Module, place.Node) {
			loop = i
		}
	}
	if loop < 0 {
		return outcome{}
	}
	for _, place := range s.Chain[loop:] {
		if place.Kind == model.Try {
			p.Guard(place.Node, "A socket that cannot be reached does not end the loop.")
			return outcome{}
		}
	}
	if test := readyState(p.Module, s, s.Chain[loop].Node); test.OK() {
		p.Guard(test, "Only open sockets are written to.")
		return outcome{}
	}
	exposed(p)
	line, fix := s.Chain[loop].Node.Line(), ""
	effect := fmt.Sprintf("this send throws out of the loop of line %d, and the remaining sockets get nothing", line)
	if s.Within(model.Try) != nil {
		effect = fmt.Sprintf("this send leaves the loop of line %d for the catch around it, and the remaining sockets get nothing", line)
		fix = "Move the try/catch inside the loop, around this send."
	}
	switch first := closedBefore(p.Module, c, r.steps, at, s.Chain[loop].Node); {
	case first.OK() && len(s.Chain) == loop+1 && !chosen(p.Module, s, s.Chain[loop].Node):
		return outcome{3, p.Error, fmt.Sprintf("%s has just closed a socket that is still listed, so %s.", lineOf(s, first), effect), fix}
	case first.OK():
		return outcome{2, p.Warn, fmt.Sprintf("%s may just have closed a socket that is still listed; then %s.", lineOf(s, first), effect), fix}
	case closing.OK():
		return outcome{1, p.Warn, fmt.Sprintf("%s closes sockets, which are listed until the client answers: meanwhile %s.", lineOf(s, closing), effect), fix}
	}
	return outcome{0, p.Advise, fmt.Sprintf("If one socket was closed by the object, %s.", effect), fix}
}

// chosen reports a loop over the sockets of one tag.
func chosen(m *model.Module, s model.Step, loop syntax.Node) bool {
	return model.Argument(traced(m, s, socketsOf(loop)), 0).OK()
}

// lineOf names a line, with its file where that is another one.
func lineOf(s model.Step, n syntax.Node) string {
	if n.Tree() == s.Node.Tree() {
		return fmt.Sprintf("Line %d", n.Line())
	}
	return fmt.Sprintf("Line %d of %s", n.Line(), n.Tree().Path)
}

// closedBefore finds a close, earlier in the run, of a socket that the broadcast
// does not leave out.
func closedBefore(m *model.Module, c *model.Class, steps []model.Step, at int, loop syntax.Node) syntax.Node {
	for _, s := range steps[:at] {
		if s.Kind != model.OpSocket || s.Method != "close" || ownConnection(m, c, s) || s.Within(model.Catch) != nil || !model.Reaches(s, steps[at]) {
			continue
		}
		if end, _ := socketOf(m, s, receiver(s.Op)); !leftOut(m, steps[at], loop, end) {
			return s.Node
		}
	}
	return syntax.Node{}
}

// leftOut reports a comparison with a socket on the way from the loop to the send.
func leftOut(m *model.Module, s model.Step, loop syntax.Node, end socket) bool {
	for n := range between(s, loop) {
		if !n.Is(syntax.BinaryExpression) || !strings.HasSuffix(n.Operator(), "==") && !strings.HasPrefix(n.Operator(), "!=") {
			continue
		}
		for _, side := range []syntax.Field{syntax.FieldLeft, syntax.FieldRight} {
			if got, _ := socketOf(m, s, n.Child(side)); got == end {
				return true
			}
		}
	}
	return false
}

// between yields the nodes of the loop, and of the functions called on the way,
// that stand before the send.
func between(s model.Step, loop syntax.Node) iter.Seq[syntax.Node] {
	regions := []syntax.Node{loop}
	for _, c := range s.Calls {
		if c.Callee != nil {
			regions = append(regions, c.Callee.Body)
		}
	}
	return func(yield func(syntax.Node) bool) {
		for _, region := range regions {
			for n := range region.Descendants() {
				if (!region.Contains(s.Node) || n.Start() < s.Node.Start()) && !yield(n) {
					return
				}
			}
		}
	}
}

// ownConnection reports a socket that the object has opened itself: getWebSockets()
// does not list it.
func ownConnection(m *model.Module, c *model.Class, s model.Step) bool {
	end := traced(m, s, receiver(s.Op))
	if m.Eval(end).Kind == model.Upstream {
		return true
	}
	if !end.Is(syntax.MemberExpression) || !end.Child(syntax.FieldObject).Is(syntax.This) {
		return false
	}
	for _, op := range m.ClassOps(c) {
		if op.Kind == model.OpFieldWrite && op.Name == end.Child(syntax.FieldProperty).Text() && m.Eval(op.Value).Kind == model.Upstream {
			return true
		}
	}
	return false
}

// readyState is a look at a socket's state on the way from the loop to the send, or
// where the sockets of the loop are chosen.
func readyState(m *model.Module, s model.Step, loop syntax.Node) syntax.Node {
	test := func(n syntax.Node) bool {
		return n.Is(syntax.MemberExpression) && n.Child(syntax.FieldProperty).Text() == "readyState"
	}
	for n := range between(s, loop) {
		if test(n) {
			return n
		}
	}
	for n := range traced(m, s, socketsOf(loop)).Descendants() {
		if test(n) {
			return n
		}
	}
	return syntax.Node{}
}

// socketsOf is what a loop or an iterating call goes through.
func socketsOf(loop syntax.Node) syntax.Node {
	if loop.Is(syntax.ForInStatement) {
		right := model.Unwrap(loop.Child(syntax.FieldRight))
		if right.Is(syntax.CallExpression) { // getWebSockets().entries()
			if object, method := model.Callee(right); method == "entries" || method == "values" {
				return object
			}
		}
		return right
	}
	if loop.Is(syntax.CallExpression) {
		object, _ := model.Callee(loop)
		return object
	}
	return syntax.Node{}
}

// overSockets reports a loop or an iterating call over getWebSockets().
func overSockets(m *model.Module, loop syntax.Node) bool {
	return m.Eval(socketsOf(loop)).Kind == model.Sockets
}
