package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var wsMapInMemory = &analysis.Gotcha{
	ID:       "ws-map-in-memory",
	Title:    "Hibernating sockets are kept in a field that starts empty after each wake-up",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "After hibernation the sockets are still open, but the field is new and empty: broadcasts reach nobody and look-ups find nothing, " +
		"until each client connects again.",
	Fix: "Iterate ctx.getWebSockets() and keep what belongs to a socket in its attachment, or rebuild the field in the constructor from both.",
	Fine: []string{
		"A field that the constructor fills from getWebSockets().",
		"Sockets that were accepted with accept(): they end together with the memory.",
	},
	Evidence: []string{
		"Measured on workerd: after an eviction the same connection goes on with a new instance whose fields are reset.",
		"developers.cloudflare.com/durable-objects/best-practices/websockets/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No Durable Object of this file accepts a hibernating WebSocket.")
		for _, c := range p.Objects() {
			if hibernates(p.Module, c) {
				checkSocketFields(p, c)
			}
		}
	},
}

func checkSocketFields(p *analysis.Pass, c *model.Class) {
	p.NotApplicable("No field holds sockets.")
	m := p.Module
	ops := m.ClassOps(c)
	starts := startFuncs(m, c)
	for _, op := range ops {
		if op.Kind == model.OpCtx && op.Method == "getWebSockets" {
			p.Guard(op.Node, "The runtime itself says which sockets are open.")
		}
		if !holdsSocket(m, op) || starts[op.Func] || rebuilt(m, ops, op.Name) || refilled(m, ops, op.Name) {
			continue
		}
		if read := readOf(ops, op.Name); read != nil {
			p.Error(op.Node, fmt.Sprintf("%s is filled only here; after a wake-up it is empty, and line %d works without the sockets that are open.", op.Name, read.Node.Line()), "")
		}
	}
}

// holdsSocket reports a change that puts a socket into a field: a call with one,
// this.sockets[id] = socket, this.sockets = [...this.sockets, socket].
func holdsSocket(m *model.Module, op *model.Op) bool {
	parts := []syntax.Node{op.Value}
	switch {
	case op.Kind == model.OpFieldMutate && op.Node.Is(syntax.CallExpression):
		switch op.Method {
		case "set", "add", "push", "unshift":
			parts = []syntax.Node{model.Argument(op.Node, 0), model.Argument(op.Node, 1)}
		default:
			return false
		}
	case op.Kind != model.OpFieldMutate && op.Kind != model.OpFieldWrite || op.Method != "=":
		return false
	case !model.Unwrap(op.Value).Is(syntax.Identifier, syntax.Array, syntax.Object):
		return false
	}
	for _, part := range parts {
		if containsSocket(m, part, 0) {
			return true
		}
	}
	return false
}

// containsSocket reports an expression that a socket stands in, also through a
// variable: const session = { socket }.
func containsSocket(m *model.Module, part syntax.Node, depth int) bool {
	for n := range part.Descendants() {
		if !n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) {
			continue
		}
		switch v := m.Eval(n); v.Kind {
		case model.PairServer, model.Socket:
			return true
		case model.Literal:
			if depth < 3 && containsSocket(m, v.Node, depth+1) {
				return true
			}
		}
	}
	return false
}

// rebuilt reports a field that is filled from getWebSockets() somewhere, in place
// or by a function that is given its sockets.
func rebuilt(m *model.Module, ops []*model.Op, field string) bool {
	var sources []syntax.Node
	for _, op := range ops {
		if op.Kind == model.OpCtx && op.Method == "getWebSockets" {
			sources = append(sources, op.Node)
		}
	}
	for _, op := range ops {
		fills := op.Kind == model.OpFieldWrite
		if op.Kind == model.OpFieldMutate {
			switch op.Method {
			case "set", "add", "push", "unshift", "=":
				fills = true
			}
		}
		if op.Name == field && fills && overOpen(m, ops, op, sources, 0) {
			return true
		}
	}
	return false
}

// overOpen reports an operation that works on what getWebSockets() gives, or
// whose function is called with that.
func overOpen(m *model.Module, ops []*model.Op, op *model.Op, sources []syntax.Node, depth int) bool {
	if len(sources) == 0 || depth > 3 {
		return false
	}
	if op.Kind == model.OpFieldWrite && m.DependsOn(op.Value, sources...) {
		return true
	}
	for arg := range op.Node.Child(syntax.FieldArguments).NamedChildren() {
		// A key that only counts the sockets brings none of them back.
		if m.Eval(arg).Is(model.Socket, model.Sockets, model.List) && m.DependsOn(arg, sources...) {
			return true
		}
	}
	for a := range op.Node.Ancestors() {
		// A callback over the sockets: getWebSockets().forEach((ws) => this.map.set(ws, …)).
		if a.Is(syntax.CallExpression) {
			if object, _ := model.Callee(a); object.OK() && m.DependsOn(object, sources...) {
				return true
			}
		}
		if a.Is(syntax.ForInStatement) && m.DependsOn(a.Child(syntax.FieldRight), sources...) {
			return true
		}
	}
	for _, call := range ops {
		if call.Kind == model.OpInvoke && call.Callee == op.Func && call.Func != op.Func && overOpen(m, ops, call, sources, depth+1) {
			return true
		}
	}
	return false
}

// refilled reports a field that an event of a socket fills again when it finds
// nothing there.
func refilled(m *model.Module, ops []*model.Op, field string) bool {
	looks := map[*model.Func]bool{}
	for _, op := range ops {
		if op.Kind == model.OpFieldRead && op.Name == field {
			if _, method := model.Callee(op.Node.Parent().Parent()); method == "get" || method == "has" {
				looks[op.Func] = true
			}
		}
	}
	for _, op := range ops {
		if op.Name != field || !holdsSocket(m, op) {
			continue
		}
		if member := op.Func.Member(); looks[op.Func] || member != nil && socketHandlers[member.Name] {
			return true
		}
	}
	return false
}

// readOf is a use of a field other than to change it.
func readOf(ops []*model.Op, field string) *model.Op {
	for _, op := range ops {
		if op.Kind == model.OpFieldRead && op.Name == field && !receiver(op.Node) {
			return op
		}
	}
	return nil
}

// receiver reports a field read that is only the target of a change: this.x in
// this.x.push(v), as a statement.
func receiver(n syntax.Node) bool {
	member := n.Parent()
	call := member.Parent()
	if member.Is(syntax.MemberExpression) && call.Is(syntax.CallExpression) && member.Field() == syntax.FieldFunction && changes[member.Child(syntax.FieldProperty).Text()] {
		return statement(call)
	}
	if n.Parent().Is(syntax.UpdateExpression) || n.Parent().Is(syntax.AugmentedAssignmentExpression) {
		return statement(n.Parent())
	}
	return n.Field() == syntax.FieldLeft && n.Parent().Is(syntax.AssignmentExpression)
}

var changes = map[string]bool{"set": true, "add": true, "push": true, "delete": true, "clear": true, "unshift": true, "pop": true, "shift": true, "splice": true}
