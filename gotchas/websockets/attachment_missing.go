package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var attachmentMissing = &analysis.Gotcha{
	ID:       "ws-attachment-missing",
	Title:    "A socket does not carry who it belongs to, and handlers miss that later",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "fetch runs once for each connection. When the object wakes from hibernation the sockets are still open, but every field is new, " +
		"so the handlers no longer know which user or room a message comes from. " +
		"A socket that is accepted before the request is checked stays listed after a refusal, without an attachment.",
	Fix: "Check the request first, then accept the socket and call ws.serializeAttachment({ … }) beside it; read it back with ws.deserializeAttachment() in the handlers.",
	Fine: []string{
		"A Map of sockets that the constructor fills again from getWebSockets() and the attachments.",
		"A field that is also stored and loaded again, and identity carried by the socket's tags.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: after hibernation the same connection goes on with a new instance; fields are back at their initial values, attachments are kept.",
		"Measured on workerd 1.20261117.1: a socket that was accepted while the request was then answered with status 400 is still in getWebSockets() seconds later.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: checkAttachmentMissing,
}

func checkAttachmentMissing(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file accepts a hibernating WebSocket.")
	m := p.Module
	for _, c := range p.Objects() {
		rs := runs(m, c)
		if hibernates(rs) == nil || c.Framework != "" {
			continue
		}
		exposed(p)
		if op := firstOp(rs, func(op *model.Op) bool { return calls(op, "serializeAttachment") }); op != nil {
			p.Guard(op.Node, "What belongs to the socket travels with it.")
			checkRefused(p, rs)
			for _, r := range rs {
				for i, s := range r.steps {
					if accepts(s.Op) {
						reportUnattached(p, r.steps, i)
					}
				}
			}
			continue
		}
		heard := readByHandlers(m, c)
		for _, r := range rs {
			for i, s := range r.steps {
				if accepts(s.Op) {
					reportForgotten(p, c, rs, r.steps, i, heard)
				}
			}
		}
	}
}

// readByHandlers are the fields that the events of a socket read before they set
// them themselves.
func readByHandlers(m *model.Module, c *model.Class) map[string]*model.Op {
	out := map[string]*model.Op{}
	for _, name := range []string{"webSocketMessage", "webSocketClose", "webSocketError"} {
		f := c.Member(name)
		if f == nil {
			continue
		}
		set := map[string]bool{}
		for _, s := range m.Expand(f) {
			switch {
			case s.Kind == model.OpFieldRead && out[s.Name] == nil && !set[s.Name] && !onlyRemoves(s.Node):
				out[s.Name] = s.Op
			case s.Kind == model.OpFieldWrite && s.Method == "=" && s.Within(model.Arm) == nil:
				set[s.Name] = true
			}
		}
	}
	return out
}

// onlyRemoves reports this.sessions in this.sessions.delete(ws), which asks nothing.
func onlyRemoves(field syntax.Node) bool {
	_, method := model.Callee(field.Parent().Parent())
	return method == "delete" && field.Parent().Parent().Parent().Is(syntax.ExpressionStatement)
}

// reportForgotten looks, in the run that accepts a socket, for fields that are
// given something of the request, or are keyed by the socket, and that handlers
// read later.
func reportForgotten(p *analysis.Pass, c *model.Class, rs []run, steps []model.Step, accept int, heard map[string]*model.Op) {
	m := p.Module
	end, _ := socketOf(m, steps[accept], model.Argument(steps[accept].Node, 0))
	for _, s := range steps {
		read := heard[s.Name]
		if read == nil || !s.Node.OK() || m.Owner(s.Func) == nil {
			continue
		}
		switch s.Kind {
		case model.OpFieldWrite:
			if s.Method == "=" && ofRequest(m, s, s.Value, 0) && !restored(m, rs, steps, s.Name) {
				p.Error(s.Node, fmt.Sprintf("this.%s is learned from the request here and read in %s on line %d, but after hibernation it is back at its initial value; it is also one value for all sockets.",
					s.Name, where(read), read.Node.Line()), "")
			}
		case model.OpFieldMutate:
			if keepsSocket(m, s, end) && !restored(m, rs, steps, s.Name) {
				p.Error(s.Node, fmt.Sprintf("this.%s holds what belongs to the socket and is read in %s on line %d, but after hibernation it is empty while the socket is still connected.",
					s.Name, where(read), read.Node.Line()), "")
			}
		}
	}
}

// reportUnattached looks, in the run that accepts a socket, for a map that is given
// what belongs to it, and that later lives fill from attachments, where the run
// itself attaches nothing.
func reportUnattached(p *analysis.Pass, steps []model.Step, accept int) {
	m := p.Module
	end, _ := socketOf(m, steps[accept], model.Argument(steps[accept].Node, 0))
	for _, s := range steps {
		if calls(s.Op, "serializeAttachment") {
			return
		}
	}
	for _, s := range steps {
		object, _ := model.Callee(s.Node)
		if s.Kind == model.OpFieldMutate && s.Method == "set" && keepsSocket(m, s, end) && filledFromAttachments(m, object, 0) {
			p.Error(s.Node, fmt.Sprintf("this.%s holds what belongs to the socket, and the constructor fills it from the attachments, but nothing is attached here: after hibernation the socket is not in it.", s.Name), "Call serializeAttachment with the same value beside acceptWebSocket.")
			return
		}
	}
}

// keepsSocket reports a collection that is given something about the socket:
// map.set(socket, user), list.push({ socket, user }), list[seat] = { socket, user }.
func keepsSocket(m *model.Module, s model.Step, end socket) bool {
	is := func(n syntax.Node) bool {
		got, _ := socketOf(m, s, n)
		return got == end
	}
	what := s.Value
	switch s.Method {
	case "set":
		if is(model.Argument(s.Node, 0)) {
			return true
		}
		what = model.Argument(s.Node, 1)
	case "push", "unshift", "add":
		what = model.Argument(s.Node, 0)
	case "=":
	default:
		return false
	}
	what = traced(m, s, what)
	parts, holds := 0, false
	for part := range what.NamedChildren() {
		parts++
		if v := part.Child(syntax.FieldValue); v.OK() {
			part = v
		}
		holds = holds || is(part)
	}
	return what.Is(syntax.Object) && holds && parts > 1
}

func where(op *model.Op) string {
	if f := op.Func.Member(); f != nil {
		return f.Name
	}
	return "a handler"
}

// ofRequest reports a value that comes from the incoming request.
func ofRequest(m *model.Module, s model.Step, n syntax.Node, depth int) bool {
	if depth > 12 {
		return false
	}
	return mentions(n, func(id syntax.Node) bool {
		b := m.Resolve(id)
		if b == nil {
			return false
		}
		if arg, _, ok := argumentFor(b, s.Calls); ok {
			return m.Eval(arg).Kind == model.Request || ofRequest(m, s, arg, depth+1)
		}
		if b.Param != nil {
			return m.Eval(id).Kind == model.Request
		}
		return b.Init.OK() && !b.Init.Contains(id) && ofRequest(m, s, b.Init, depth+1)
	})
}

// restored reports a field that some other run fills again: the constructor, or a
// value that comes from storage, from the attachments or from the tags.
func restored(m *model.Module, rs []run, accepting []model.Step, field string) bool {
	here := map[syntax.Node]bool{}
	for _, s := range accepting {
		here[s.Node] = true
	}
	for _, r := range rs {
		var kept []syntax.Node // what this run reads from where things last
		for _, s := range r.steps {
			if lasts(s.Op) {
				kept = append(kept, s.Node)
			}
			if s.Name != field || here[s.Node] && r.root.Kind != model.Constructor || r.root.Kind == model.Constructor && handedOn(s) {
				continue
			}
			switch {
			case r.root.Kind == model.Constructor:
				if s.Kind == model.OpFieldWrite && !cleared(s.Value) || s.Kind == model.OpFieldMutate && s.Method != "delete" && s.Method != "clear" {
					return true
				}
			case s.Kind == model.OpFieldWrite && !cleared(s.Value) && (s.Method != "=" || m.DependsOn(s.Value, kept...) || loaded(m, s)):
				return true
			case s.Kind == model.OpFieldMutate && s.Value.OK() && m.DependsOn(s.Value, kept...), s.Kind == model.OpFieldMutate && m.DependsOn(s.Node, kept...):
				return true
			}
		}
	}
	return false
}

// handedOn reports a step of a callback that the constructor only gives away, such
// as a route's handler.
func handedOn(s model.Step) bool {
	for _, c := range s.Calls {
		if c.Mode == model.Later || c.Mode == model.Perhaps {
			return true
		}
	}
	return false
}

// loaded reports a value that a function returns which reads what lasts, or that is
// waited for from something unknown.
func loaded(m *model.Module, s model.Step) bool {
	value := s.Value
	if b := m.Resolve(model.Unwrap(value)); b != nil && b.Init.OK() && len(b.Writes) == 0 {
		value = b.Init
	}
	f := m.Eval(model.Unwrap(value).Child(syntax.FieldFunction))
	if f.Kind != model.FuncValue {
		return value.Is(syntax.AwaitExpression) && f.Kind == model.Unknown
	}
	for _, inner := range m.Expand(f.Func) {
		if lasts(inner.Op) {
			return true
		}
	}
	return false
}

// lasts reports a read of what hibernation keeps.
func lasts(op *model.Op) bool {
	switch op.Kind {
	case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM, model.OpStub, model.OpEnv, model.OpFetch:
		return true
	case model.OpCtx:
		return op.Method == "getWebSockets" || op.Method == "getTags"
	}
	return op.Method == "deserializeAttachment"
}

// cleared reports a value that only empties a field or sets it to a constant.
func cleared(n syntax.Node) bool {
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.Null, syntax.Undefined, syntax.False, syntax.True, syntax.Number, syntax.String:
		return true
	case syntax.Identifier:
		return n.Text() == "undefined"
	case syntax.Array, syntax.Object:
		return !n.NamedChild(0).OK()
	case syntax.NewExpression:
		return !model.Argument(n, 0).OK()
	}
	return false
}
