package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// checkRefused looks for runs that accept a socket, may then refuse the request,
// and attach something only after that.
func checkRefused(p *analysis.Pass, rs []run) {
	m := p.Module
	for _, r := range rs {
		for i, s := range r.steps {
			if !accepts(s.Op) {
				continue
			}
			end, _ := socketOf(m, s, model.Argument(s.Node, 0))
			refusal := syntax.Node{}
			for _, later := range r.steps[i+1:] {
				if other, _ := socketOf(m, later, receiver(later.Op)); other == end && (calls(later.Op, "serializeAttachment") || calls(later.Op, "close")) {
					if calls(later.Op, "serializeAttachment") && refusal.OK() {
						reportRefused(p, rs, s, refusal)
					}
					break
				}
				if later.Kind == model.OpReturn && later.Func == s.Func && model.Reaches(s, later) && refuses(m, later.Value) {
					refusal = later.Node
				}
			}
		}
	}
}

// refuses reports a response with an error status.
func refuses(m *model.Module, value syntax.Node) bool {
	value = model.Unwrap(value)
	if !value.Is(syntax.NewExpression) || value.Child(syntax.FieldConstructor).Text() != "Response" {
		return false
	}
	status, known := m.Number(option(m, value, "status"))
	return known && status >= 400
}

func reportRefused(p *analysis.Pass, rs []run, accept model.Step, refusal syntax.Node) {
	message := fmt.Sprintf("The socket is accepted before line %d may refuse the request; then it stays in getWebSockets() without an attachment", refusal.Line())
	for _, r := range rs {
		for _, s := range r.steps {
			if s.Method == "deserializeAttachment" && overAll(p.Module, s) && takesApart(p.Module, s.Node) {
				p.Error(accept.Node, fmt.Sprintf("%s, and line %d fails on it, because it takes something out of null.", message, s.Node.Line()), "Check the request first, and accept the socket after that.")
				return
			}
		}
	}
	p.Advise(accept.Node, message+".", "Check the request first, and accept the socket after that.")
}

// overAll reports a step in a loop over the object's sockets.
func overAll(m *model.Module, s model.Step) bool {
	for _, place := range s.Chain {
		if place.Kind == model.Loop && overSockets(m, place.Node) {
			return true
		}
	}
	return false
}

// takesApart reports an attachment that is read from without a look whether it is
// there: const { id } = …, ….id, or a variable of which a member is read and that
// no condition tests.
func takesApart(m *model.Module, call syntax.Node) bool {
	n := call
	for p := n.Parent(); p.Is(syntax.ParenthesizedExpression, syntax.AsExpression, syntax.NonNullExpression, syntax.SatisfiesExpression, syntax.TypeAssertion); p = n.Parent() {
		n = p
	}
	switch p := n.Parent(); {
	case p.Is(syntax.MemberExpression):
		return !p.FirstOf(syntax.OptionalChain).OK()
	case p.Is(syntax.VariableDeclarator) && p.Child(syntax.FieldName).Is(syntax.ObjectPattern):
		return true
	case p.Is(syntax.VariableDeclarator):
		return readUntested(m, p)
	}
	return false
}

func readUntested(m *model.Module, declarator syntax.Node) bool {
	b := m.Resolve(declarator.Child(syntax.FieldName))
	f := m.FuncAt(declarator)
	if b == nil || f == nil {
		return false
	}
	read := false
	for n := range f.Body.Descendants() {
		if !n.Is(syntax.Identifier) || m.Resolve(n) != b {
			continue
		}
		switch p := n.Parent(); {
		case p.Is(syntax.MemberExpression) && !p.FirstOf(syntax.OptionalChain).OK():
			read = true
		case p.Is(syntax.VariableDeclarator):
		default:
			return false // tested, or handed on
		}
	}
	return read
}
