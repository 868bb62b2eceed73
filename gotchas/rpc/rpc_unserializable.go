package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var rpcUnserializable = &analysis.Gotcha{
	ID:       "rpc-unserializable",
	Title:    "An RPC method returns something that cannot be sent",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "What a method returns is copied to the caller. A SQL cursor, the storage, the context or the object itself cannot be copied, so the call fails with a DataCloneError at run time, though the types allow it.",
	Fix:      "Return plain data: the cursor's rows (.toArray()), the fields that the caller needs, or a class that extends RpcTarget.",
	Fine: []string{
		"#private and TypeScript-private helpers that hand such things around inside the object, and public ones that a helper object calls.",
		"Plain objects, Map, Set, Date, typed arrays, streams, Request and Response, functions, stubs.",
	},
	Evidence: []string{
		"Measured on workerd: a returned cursor gives a DataCloneError.",
		"developers.cloudflare.com/workers/runtime-apis/rpc/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No Durable Object of this file has methods for RPC that return values of the platform.")
		for _, c := range p.Objects() {
			for _, f := range c.Entries() {
				if model.Handlers[f.Name] || !c.Modern || c.Framework != "" || (handsOut(p.Module, c) || usedInside(p.Module, c, f.Name)) && calledOnStub(p, f.Name) == nil {
					continue
				}
				for _, op := range f.Ops {
					if op.Kind != model.OpReturn || !op.Value.OK() {
						continue
					}
					if what := unsendable(p.Module, op.Value); what != "" {
						p.Error(op.Node, fmt.Sprintf("%s returns %s, which cannot be sent to a caller.", f.Name, what), "")
					}
				}
			}
		}
	},
}

var cannotTravel = map[model.ValueKind]string{
	model.Cursor: "a SQL cursor", model.SQL: "the SQL interface", model.Storage: "the storage", model.SyncKV: "the storage",
	model.Ctx: "the object's context", model.Env: "the bindings", model.Socket: "a WebSocket", model.Sockets: "WebSockets",
}

// unsendable names what an expression is or holds that cannot be copied to a
// caller, or "".
func unsendable(m *model.Module, n syntax.Node) string {
	if n.Is(syntax.AwaitExpression) {
		return ""
	}
	switch v := m.Eval(n); v.Kind {
	case model.Instance:
		switch {
		case v.Class.Object != "":
			return "the object itself"
		case plain(v.Class):
			return "an instance of " + v.Class.Name
		}
		return ""
	case model.Literal:
		for part := range v.Node.NamedChildren() {
			value := part
			if part.Is(syntax.Pair) {
				value = part.Child(syntax.FieldValue)
			}
			if what := unsendable(m, value); what != "" && !part.Is(syntax.SpreadElement, syntax.MethodDefinition) {
				return what
			}
		}
		return ""
	default:
		return cannotTravel[v.Kind]
	}
}

// plain reports a class of the project whose instances RPC does not know: it has
// methods, and neither it nor a base of it is an RpcTarget, an Error or unknown.
func plain(c *model.Class) bool {
	methods := false
	for depth := 0; c != nil && depth < 16; c, depth = c.Super, depth+1 {
		methods = methods || len(c.Methods) > 0
		if c.Super == nil && c.Base != "" {
			return false
		}
	}
	return methods
}

// handsOut reports a class whose methods may have callers in the same isolate: it
// is there to be extended, or gives itself to a helper.
func handsOut(m *model.Module, c *model.Class) bool {
	if c.Node.Is(syntax.AbstractClassDeclaration) || !c.Exported {
		return true
	}
	return model.Memo(m, "rpc: "+c.Key()+" hands itself out", func() bool {
		for n := range c.Node.Descendants() {
			if n.Kind() == syntax.This && (n.Parent().Is(syntax.Arguments) || n.Parent().Is(syntax.Pair)) {
				if _, method := model.Callee(n.Parent().Parent()); method != "bind" && method != "call" {
					return true
				}
			}
		}
		return false
	})
}

// usedInside reports a method that the class calls itself: then it may be a
// helper that was never meant for RPC.
func usedInside(m *model.Module, c *model.Class, name string) bool {
	return model.Memo(m, "rpc: names that "+c.Key()+" uses of itself", func() map[string]bool {
		used := map[string]bool{}
		for n := range c.Node.Descendants() {
			if n.Kind() == syntax.MemberExpression && n.Child(syntax.FieldObject).Is(syntax.This) {
				used[n.Child(syntax.FieldProperty).Text()] = true
			}
		}
		return used
	})[name]
}
