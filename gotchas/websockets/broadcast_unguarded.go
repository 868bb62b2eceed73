package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var broadcastUnguarded = &analysis.Gotcha{
	ID:       "ws-broadcast-unguarded",
	Title:    "One closed socket ends a broadcast for everybody after it",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "getWebSockets() can still hold a socket that is closing. send() on a closed socket throws, " +
		"which leaves the loop, so the remaining clients miss the message and the handler fails.",
	Fix: "Put each send into a try/catch inside the loop.",
	Fine: []string{
		"A try/catch around the single send, also in a helper.",
		"A check of readyState before each send.",
		"A send to one socket outside of a loop.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: inside webSocketClose the socket is still listed by getWebSockets(), and send on a closed socket throws a TypeError.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: checkBroadcastUnguarded,
}

func checkBroadcastUnguarded(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file sends to its sockets in a loop.")
	for _, c := range p.Objects() {
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if s.Method == "send" && (s.Kind == model.OpSocket || s.Kind == model.OpCall) {
					checkBroadcast(p, s)
				}
			}
		}
	}
}

func checkBroadcast(p *analysis.Pass, s model.Step) {
	loop := -1
	for i, place := range s.Chain {
		if place.Kind == model.Loop && overSockets(p.Module, place.Node) {
			loop = i
		}
	}
	if loop < 0 {
		return
	}
	for _, place := range s.Chain[loop:] {
		if place.Kind == model.Try {
			p.Guard(place.Node, "A socket that cannot be reached does not end the loop.")
			return
		}
	}
	if test := readyState(s, s.Chain[loop].Node); test.OK() {
		p.Guard(test, "Only open sockets are written to.")
		return
	}
	line := s.Chain[loop].Node.Line()
	if s.Within(model.Try) != nil {
		p.Warn(s.Node, fmt.Sprintf("If one socket is closed, this send leaves the loop of line %d for the catch around it, and the remaining sockets get nothing.", line),
			"Move the try/catch inside the loop, around this send.")
		return
	}
	p.Warn(s.Node, fmt.Sprintf("If one socket is closed, this send throws out of the loop of line %d, and the remaining sockets get nothing.", line), "")
}

// readyState is a look at a socket's state on the way from the loop to the send.
func readyState(s model.Step, loop syntax.Node) syntax.Node {
	regions := []syntax.Node{loop}
	for _, c := range s.Calls {
		if c.Callee != nil {
			regions = append(regions, c.Callee.Body)
		}
	}
	for _, region := range regions {
		for n := range region.Descendants() {
			if n.Is(syntax.MemberExpression) && n.Child(syntax.FieldProperty).Text() == "readyState" && (!region.Contains(s.Node) || n.Start() < s.Node.Start()) {
				return n
			}
		}
	}
	return syntax.Node{}
}

// overSockets reports a loop or an iterating call over getWebSockets().
func overSockets(m *model.Module, loop syntax.Node) bool {
	switch {
	case loop.Is(syntax.ForInStatement):
		right := model.Unwrap(loop.Child(syntax.FieldRight))
		if right.Is(syntax.CallExpression) { // getWebSockets().entries()
			if object, method := model.Callee(right); method == "entries" || method == "values" {
				right = object
			}
		}
		return m.Eval(right).Kind == model.Sockets
	case loop.Is(syntax.CallExpression):
		object, _ := model.Callee(loop)
		return m.Eval(object).Kind == model.Sockets
	}
	return false
}
