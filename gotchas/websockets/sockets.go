package websockets

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// members are the functions of a class, the constructor and those of its bases
// in the same file included. A member that a derived class replaces is left out.
func members(c *model.Class) []*model.Func {
	var out []*model.Func
	for at, depth := c, 0; at != nil && depth < 16; at, depth = at.Super, depth+1 {
		if at.Ctor != nil {
			out = append(out, at.Ctor)
		}
		for _, f := range at.Methods {
			if f.Static || c.Member(f.Name) == f || f.Kind == model.Getter || f.Kind == model.Setter {
				out = append(out, f)
			}
		}
	}
	return out
}

// concrete are the Durable Object classes that the platform can run as they
// stand: neither abstract nor only a base of others in the file.
func concrete(p *analysis.Pass) []*model.Class {
	base := map[*model.Class]bool{}
	for _, c := range p.Module.Classes {
		base[c.Super] = true
	}
	var out []*model.Class
	for _, c := range p.Objects() {
		if !base[c] && !c.Node.Is(syntax.AbstractClassDeclaration) {
			out = append(out, c)
		}
	}
	return out
}

// helper reports a class that serves an object which is not at hand: one that is
// made with the state, or one that looks like an object only because it takes the
// state, and whose own methods for messages or closes show that an object calls
// it: onMessage, handleClose.
func helper(c *model.Class) bool {
	if c.Lent {
		return true
	}
	if c.Object != "takes a DurableObjectState" {
		return false
	}
	for _, f := range c.Methods {
		name := strings.ToLower(f.Name)
		if !f.Hidden && !f.Restricted && !model.Handlers[f.Name] && (strings.Contains(name, "message") || strings.Contains(name, "close")) {
			return true
		}
	}
	return false
}

// run is one member's operations, laid out.
type run struct {
	root  *model.Func
	steps []model.Step
}

func runs(m *model.Module, c *model.Class) []run {
	return model.Brief(m, "websockets: runs of "+c.Key(), func() []run {
		var out []run
		for _, f := range members(c) {
			out = append(out, run{f, m.Expand(f)})
		}
		return out
	})
}

// accepts reports a call of ctx.acceptWebSocket.
func accepts(op *model.Op) bool {
	return op.Method == "acceptWebSocket" && (op.Kind == model.OpCtx || op.Kind == model.OpCall)
}

// hibernates finds the first call that hands a socket to the hibernation API.
func hibernates(rs []run) *model.Op {
	return firstOp(rs, accepts)
}

func firstOp(rs []run, match func(*model.Op) bool) *model.Op {
	for _, r := range rs {
		for _, s := range r.steps {
			if match(s.Op) {
				return s.Op
			}
		}
	}
	return nil
}

// calls matches a method call by name on a socket, or on something whose type
// the file does not show.
func calls(op *model.Op, method string) bool {
	return op.Method == method && (op.Kind == model.OpSocket || op.Kind == model.OpCall && receiver(op).OK())
}

func receiver(op *model.Op) syntax.Node {
	if !op.Node.Is(syntax.CallExpression) {
		return syntax.Node{}
	}
	r, _ := model.Callee(op.Node)
	return r
}

// socket names one end of a connection as a step sees it: by the variable that
// holds it, or by the expression that reaches it.
type socket struct {
	binding *model.Binding
	text    string
}

// socketOf follows an expression through aliases and through the parameters of
// the calls that lead to the step.
func socketOf(m *model.Module, s model.Step, expr syntax.Node) (socket, model.Value) {
	calls := s.Calls
	for range 16 {
		expr = model.Unwrap(expr)
		b := m.Resolve(expr)
		if b == nil {
			break
		}
		if arg, rest, ok := argumentFor(b, calls); ok {
			expr, calls = arg, rest
			continue
		}
		if list := model.Unwrap(b.Init); b.Each && list.Is(syntax.Array) { // for (const end of [server])
			expr = list.NamedChild(0)
			continue
		}
		if len(b.Path) > 0 || b.Each || b.Param != nil {
			return socket{binding: b}, m.Eval(expr)
		}
		if b.Init.OK() && len(b.Writes) == 0 && model.Unwrap(b.Init).Is(syntax.Identifier, syntax.SubscriptExpression, syntax.MemberExpression) {
			expr = b.Init
			continue
		}
		v := m.Eval(expr)
		if len(b.Writes) > 0 && b.Writes[0].OK() && v.Kind == model.Socket {
			v = m.Eval(b.Writes[0]) // let server: WebSocket; server = pair[1]
		}
		return socket{binding: b}, v
	}
	return placeOf(m, expr), m.Eval(expr)
}

// placeOf names what is no variable, pair[1] or this.server, by the variable that it
// begins with and by its text.
func placeOf(m *model.Module, expr syntax.Node) socket {
	base := expr
	for base.Is(syntax.MemberExpression, syntax.SubscriptExpression) {
		base = model.Unwrap(base.Child(syntax.FieldObject))
	}
	return socket{binding: m.Resolve(base), text: strings.Join(strings.Fields(expr.Text()), "")}
}

// traced follows an expression through constants and through the parameters of
// the calls that lead to the step, to what it is made from.
func traced(m *model.Module, s model.Step, expr syntax.Node) syntax.Node {
	calls := s.Calls
	for range 16 {
		expr = model.Unwrap(expr)
		b := m.Resolve(expr)
		if b == nil || len(b.Writes) > 0 {
			break
		}
		if arg, rest, ok := argumentFor(b, calls); ok {
			expr, calls = arg, rest
			continue
		}
		if !b.Init.OK() || len(b.Path) > 0 || b.Each {
			break
		}
		expr = b.Init
	}
	return expr
}

// parameter is the parameter of a function that an expression comes to at a
// step, or nil.
func parameter(m *model.Module, s model.Step, expr syntax.Node, of *model.Func) *model.Binding {
	if b := m.Resolve(traced(m, s, expr)); b != nil && b.Param == of && len(b.Path) == 0 {
		return b
	}
	return nil
}

// argumentFor finds what the nearest call of a parameter's function passes.
func argumentFor(b *model.Binding, calls []*model.Op) (arg syntax.Node, rest []*model.Op, ok bool) {
	if b.Param == nil || len(b.Path) > 0 {
		return arg, nil, false
	}
	for i := len(calls) - 1; i >= 0; i-- {
		if c := calls[i]; c.Callee == b.Param && c.Node.Is(syntax.CallExpression, syntax.NewExpression) {
			arg = model.Argument(c.Node, b.Index)
			return arg, calls[:i], arg.OK()
		}
	}
	return arg, nil, false
}

// exposed takes back the words for code that cannot meet the gotcha, once some
// that can has been seen.
func exposed(p *analysis.Pass) { p.Reason = "" }

// context is how a class names its DurableObjectState.
func context(c *model.Class) string {
	if c.Modern {
		return "this.ctx"
	}
	return "state"
}

// mentions reports whether an identifier below n satisfies the test.
func mentions(n syntax.Node, test func(id syntax.Node) bool) bool {
	for d := range n.Descendants() {
		if d.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) && test(d) {
			return true
		}
	}
	return false
}
