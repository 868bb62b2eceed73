package rpc

import (
	"fmt"
	"sync"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var rpcPrivateExposed = &analysis.Gotcha{
	ID:       "rpc-private-exposed",
	Title:    "A TypeScript private method can be called over RPC",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "private and protected exist for the type checker only. At run time such a method is public, and whoever holds a stub can call it, " +
		"which matters where the method's name comes from a request or the binding is used by another team's Worker.",
	Fix: "Make it a #private method: the runtime itself refuses to call those.",
	Fine: []string{
		"#private methods, and private fields and constructor parameters: only methods and getters can be reached.",
		"A Worker of your own that calls fixed method names; then it is advice.",
	},
	Evidence: []string{
		"Measured on workerd: a stub calls a method marked private in TypeScript; a #private one is not found.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No Durable Object of this file has private methods.")
		dynamic := sync.OnceValue(func() syntax.Node { return dynamicCall(p) })
		for _, c := range p.Objects() {
			for _, f := range c.Methods {
				switch {
				case f.Hidden && f.Kind == model.Method:
					p.Guard(f.Node, fmt.Sprintf("%s is private at run time too.", f.Name))
				case !f.Restricted || f.Static || f.Kind == model.ArrowField:
				case dynamic().OK():
					p.Warn(f.Node, fmt.Sprintf("%s is callable through a stub, and line %d calls a method whose name is not fixed.", f.Name, dynamic().Line()), "")
				default:
					p.Advise(f.Node, fmt.Sprintf("%s is private for the type checker only; any holder of a stub can call it.", f.Name), "")
				}
			}
		}
	},
}

// dynamicCall finds stub[name] with a name that is not constant, and
// Reflect.get(stub, name).
func dynamicCall(p *analysis.Pass) syntax.Node {
	for n := range p.Module.Tree.Root().Descendants() {
		var object, name syntax.Node
		switch {
		case n.Kind() == syntax.SubscriptExpression:
			object, name = n.Child(syntax.FieldObject), n.Child(syntax.FieldIndex)
		case n.Kind() == syntax.CallExpression && n.Child(syntax.FieldFunction).Text() == "Reflect.get":
			object, name = model.Argument(n, 0), model.Argument(n, 1)
		default:
			continue
		}
		if p.Module.Eval(object).Kind != model.Stub {
			continue
		}
		if _, constant := p.Module.Text(name); !constant {
			return n
		}
	}
	return syntax.Node{}
}
