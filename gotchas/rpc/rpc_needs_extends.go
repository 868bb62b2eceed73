package rpc

import (
	"bytes"
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var rpcNeedsExtends = &analysis.Gotcha{
	ID:       "rpc-needs-extends",
	Title:    "RPC methods on a class, or at a compatibility date, that has no RPC",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A stub can call methods only of a class that extends DurableObject from cloudflare:workers, and only from compatibility date 2024-04-03 on. " +
		"Otherwise every call fails with “The receiving Durable Object does not support RPC”.",
	Fix: "Write `export class … extends DurableObject<Env>`, call super(ctx, env), use this.ctx and this.env, and set a current compatibility_date.",
	Fine: []string{
		"A class that only has fetch, alarm and webSocket handlers.",
		"A base of a framework (Agent, Server, Container) or of the project that extends DurableObject itself.",
	},
	Evidence: []string{
		"Measured on workerd: the error text above, for a class that does not extend DurableObject.",
		"developers.cloudflare.com/durable-objects/best-practices/create-durable-object-stubs-and-send-requests/",
	},
	Check: checkRPCNeedsExtends,
}

const rpcSince = "2024-04-03"

func checkRPCNeedsExtends(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file has methods for RPC.")
	for _, c := range p.Objects() {
		for _, f := range c.Entries() {
			if model.Handlers[f.Name] {
				continue
			}
			switch {
			case c.Modern && p.Since(rpcSince):
				p.Guard(className(c), fmt.Sprintf("It extends %s, so stubs can call %s and its other methods.", c.Base, f.Name))
			case c.Modern && len(p.Module.AllOps(model.OpStub)) > 0 && calledOnStub(p, f.Name) == nil:
				continue // the project's stubs are called in another way
			case c.Modern:
				p.Error(className(c), fmt.Sprintf("At compatibility date %s stubs have no RPC, so %s cannot be called.", p.Date, f.Name), "Set compatibility_date to a current date, at least "+rpcSince+".")
			case c.Opaque(): // a base of a package, which may extend DurableObject
				continue
			case calledOnStub(p, f.Name) != nil || calledByType(p, c, f.Name):
				p.Error(f.Node, fmt.Sprintf("A stub calls %s, but %s does not extend DurableObject, so the call fails.", f.Name, c.Name), "")
			default:
				continue
			}
			break
		}
	}
}

// calledByType reports a call of a method on something that only its type shows to
// be a stub: in code outside of the class, where the project names stubs of the
// class by their type.
func calledByType(p *analysis.Pass, c *model.Class, method string) bool {
	for _, m := range model.Memo(p.Module, "rpc: files that type stubs of "+c.Name, func() []*model.Module { return typingStubs(p, c.Name) }) {
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				if op.Kind == model.OpCall && op.Method == method && op.Recv.Kind == model.Unknown && op.Node.Child(syntax.FieldFunction).Is(syntax.MemberExpression) && m.Owner(f) != c {
					return true
				}
			}
		}
	}
	return false
}

// typingStubs are the files of the project that name stubs of a class by their type.
func typingStubs(p *analysis.Pass, class string) []*model.Module {
	stub, namespace := []byte("DurableObjectStub<"+class+">"), []byte("DurableObjectNamespace<"+class+">")
	return slices.DeleteFunc(slices.Clone(p.Modules), func(m *model.Module) bool {
		return !bytes.Contains(m.Tree.Src, stub) && !bytes.Contains(m.Tree.Src, namespace)
	})
}

func className(c *model.Class) syntax.Node {
	if n := c.Node.Child(syntax.FieldName); n.OK() {
		return n
	}
	return c.Node
}
