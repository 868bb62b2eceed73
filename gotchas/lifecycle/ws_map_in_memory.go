package lifecycle

import (
	"fmt"
	"strings"

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
	for _, op := range ops {
		if op.Kind == model.OpCtx && op.Method == "getWebSockets" {
			p.Guard(op.Node, "The runtime itself says which sockets are open.")
		}
		if op.Kind != model.OpFieldMutate || op.Method != "set" && op.Method != "add" && op.Method != "push" || !holdsSocket(m, op) {
			continue
		}
		if rebuilt(m, ops, op.Name) {
			continue
		}
		if read := readOf(ops, op.Name); read != nil {
			p.Error(op.Node, fmt.Sprintf("%s is filled only here; after a wake-up it is empty, and line %d works on an empty list while the sockets are open.", op.Name, read.Node.Line()), "")
		}
	}
}

// holdsSocket reports a call that puts a socket into its receiver.
func holdsSocket(m *model.Module, op *model.Op) bool {
	for i := range 2 {
		arg := model.Argument(op.Node, i)
		for n := range arg.Descendants() {
			if n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) && m.Eval(n).Is(model.PairServer, model.Socket) {
				return true
			}
		}
	}
	return false
}

// rebuilt reports a field that is filled from getWebSockets() somewhere.
func rebuilt(m *model.Module, ops []*model.Op, field string) bool {
	var sources []syntax.Node
	for _, op := range ops {
		if op.Kind == model.OpCtx && op.Method == "getWebSockets" {
			sources = append(sources, op.Node)
		}
	}
	for _, op := range ops {
		if op.Name != field || op.Kind != model.OpFieldMutate && op.Kind != model.OpFieldWrite {
			continue
		}
		if m.DependsOn(op.Node, sources...) {
			return true
		}
		// A callback over the sockets: getWebSockets().forEach((ws) => this.map.set(ws, …)).
		for a := range op.Node.Ancestors() {
			if a.Is(syntax.CallExpression) && strings.Contains(a.Child(syntax.FieldFunction).Text(), "getWebSockets()") {
				return true
			}
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
