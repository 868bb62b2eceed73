package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var doubleAccept = &analysis.Gotcha{
	ID:       "ws-double-accept",
	Title:    "One end of a pair is accepted in two ways, or accepted and handed back",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "accept() and acceptWebSocket exclude each other: whichever comes second throws, so the upgrade fails for every client. " +
		"The end that goes into the response must not be accepted at all.",
	Fix: "Accept the object's end once, with ctx.acceptWebSocket(server), and return the other end in the response.",
	Fine: []string{
		"Two branches that accept in different ways, of which only one runs.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`\" and \"Can't accept() WebSocket after enabling hibernation.\"",
	},
	Check: checkDoubleAccept,
}

func checkDoubleAccept(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file accepts a WebSocket.")
	m := p.Module
	for _, c := range p.Objects() {
		for _, r := range runs(m, c) {
			var earlier []model.Step
			for _, s := range r.steps {
				switch {
				case accepts(s.Op) || calls(s.Op, "accept"):
					if first, twice := acceptedBefore(m, earlier, s); twice {
						p.Error(s.Node, fmt.Sprintf("%s was already accepted on line %d in the other way, so this call throws.", analysis.Short(acceptedEnd(s)), first.Node.Line()),
							"Keep the acceptWebSocket call and delete accept().", withoutAccept(first, s)...)
					} else if accepts(s.Op) {
						p.Guard(s.Node, "The object's end is accepted once.")
					}
					earlier = append(earlier, s)
				case s.Kind == model.OpNew && s.Method == "Response":
					reportReturned(p, earlier, s)
				}
			}
		}
	}
}

// withoutAccept deletes the accept() of the two calls, where it is a statement of
// the same function as the other.
func withoutAccept(a, b model.Step) []analysis.Edit {
	plain := a
	if accepts(a.Op) {
		plain = b
	}
	if statement := plain.Node.Parent(); statement.Is(syntax.ExpressionStatement) && a.Func == b.Func {
		return []analysis.Edit{analysis.Remove(statement)}
	}
	return nil
}

func acceptedEnd(s model.Step) syntax.Node {
	if accepts(s.Op) {
		return model.Argument(s.Node, 0)
	}
	return receiver(s.Op)
}

// acceptedBefore finds an earlier acceptance of the same end in the other way.
func acceptedBefore(m *model.Module, earlier []model.Step, s model.Step) (model.Step, bool) {
	end, _ := socketOf(m, s, acceptedEnd(s))
	for _, e := range earlier {
		if other, _ := socketOf(m, e, acceptedEnd(e)); other == end && accepts(e.Op) != accepts(s.Op) && model.Reaches(e, s) {
			return e, true
		}
	}
	return model.Step{}, false
}

// reportReturned reports a response that carries the accepted end.
func reportReturned(p *analysis.Pass, earlier []model.Step, s model.Step) {
	value := webSocketOption(p.Module, s.Node)
	if !value.OK() {
		return
	}
	end, _ := socketOf(p.Module, s, value)
	for _, e := range earlier {
		other, _ := socketOf(p.Module, e, acceptedEnd(e))
		if other == end && model.Reaches(e, s) {
			p.Error(value, fmt.Sprintf("%s was accepted on line %d and is handed back to the client here; a response needs the other end of the pair.", analysis.Short(value), e.Node.Line()),
				"Return the end that is not accepted: const [client, server] = Object.values(new WebSocketPair()), accept server, return client.")
		}
	}
}

// webSocketOption is the socket in new Response(null, { webSocket: … }).
func webSocketOption(m *model.Module, response syntax.Node) syntax.Node {
	return option(m, response, "webSocket")
}

// initOf is the second argument of new Response(body, init), also by a constant.
func initOf(m *model.Module, response syntax.Node) syntax.Node {
	return traced(m, model.Step{}, model.Argument(response, 1))
}

// option is a property's value in the second argument of a constructor call.
func option(m *model.Module, n syntax.Node, key string) syntax.Node {
	for prop := range initOf(m, n).NamedChildren() {
		switch {
		case prop.Is(syntax.Pair) && prop.Child(syntax.FieldKey).Text() == key:
			return prop.Child(syntax.FieldValue)
		case prop.Is(syntax.ShorthandPropertyIdentifier) && prop.Text() == key:
			return prop
		}
	}
	return syntax.Node{}
}
