package rpc

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var newUniqueIDLost = &analysis.Gotcha{
	ID:       "newuniqueid-lost",
	Title:    "A new object's id is kept nowhere",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "newUniqueId makes an object that nothing else leads to. When its id is not handed out or stored, the object can never be reached again: " +
		"each request gets a fresh one, and what it stored stays and is billed.",
	Fix: "Give id.toString() to the client or store it, and come back with idFromString; or use getByName with the name of what the object stands for.",
	Fine: []string{
		"An id that is returned, stored or passed on, and an object that tells its own id.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/namespace/ (newUniqueId)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object gets a random id.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace || op.Method != "newUniqueId" {
				return
			}
			switch {
			case !lost(p.Module, op.Node):
				p.Guard(op.Node, "The id is used for more than this one stub.")
			case tellsID(p):
				p.Advise(op.Node, "Only the object itself can tell its id; see that it does, and that the caller keeps it.", "")
			default:
				p.Warn(op.Node, "The id serves for one stub and is then forgotten, so this object is never found again.", "")
			}
		})
	},
}

// lost reports an id that only makes a stub, which is asked for nothing but calls.
func lost(m *model.Module, id syntax.Node) bool {
	for _, use := range usesOf(m, id) {
		call := use.Parent().Parent()
		if _, method := model.Callee(call); !use.Parent().Is(syntax.Arguments) || method != "get" || m.Eval(call).Kind != model.Stub {
			return false
		}
		if !onlyCalled(m, call, 0) {
			return false
		}
	}
	return true
}

// onlyCalled reports a stub that is asked for nothing but calls, here or where the
// function that makes it is called.
func onlyCalled(m *model.Module, stub syntax.Node, depth int) bool {
	for _, use := range usesOf(m, stub) {
		up := use.Parent()
		switch {
		case up.Is(syntax.MemberExpression) && up.Parent().Is(syntax.CallExpression) && !strings.Contains(up.Parent().Text(), ".id"):
		case up.Is(syntax.ReturnStatement, syntax.ArrowFunction) && depth < 2:
			made := m.FuncAt(use)
			calls := m.Invocations(made)
			for _, op := range calls {
				if !onlyCalled(m, op.Node, depth+1) {
					return false
				}
			}
			if len(calls) == 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// usesOf are the places where an expression's value goes: where it stands, or
// where the variable that holds it is named.
func usesOf(m *model.Module, n syntax.Node) []syntax.Node {
	for n.Parent().Is(syntax.AwaitExpression, syntax.ParenthesizedExpression, syntax.AsExpression, syntax.NonNullExpression) {
		n = n.Parent()
	}
	decl := n.Parent()
	if !decl.Is(syntax.VariableDeclarator) {
		return []syntax.Node{n}
	}
	b := m.Resolve(decl.Child(syntax.FieldName))
	if b == nil {
		return []syntax.Node{n}
	}
	var out []syntax.Node
	for _, use := range m.Uses(b) {
		if use.Parent() != decl {
			out = append(out, use)
		}
	}
	return out
}

// tellsID reports a project one of whose objects reads its own id.
func tellsID(p *analysis.Pass) bool {
	for _, m := range p.Modules {
		for _, c := range m.Objects() {
			for n := range c.Node.Descendants() {
				if n.Is(syntax.MemberExpression) && n.Child(syntax.FieldProperty).Text() == "id" && m.Eval(n.Child(syntax.FieldObject)).Kind == model.Ctx {
					return true
				}
			}
		}
	}
	return false
}
