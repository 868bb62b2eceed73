package rpc

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var rpcErrorClass = &analysis.Gotcha{
	ID:       "rpc-error-class",
	Title:    "An error from an object is told apart by its class",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "An error that crosses RPC arrives as a plain Error: its name and message are kept, and from compatibility date 2026-04-21 its own properties, " +
		"but not its class. `instanceof` of a class of one's own is always false, so the branch never runs.",
	Fix: "Look at error.name or a code of its own, or let the method return { ok: false, reason } instead of throwing.",
	Fine: []string{
		"The language's own classes, such as TypeError.",
		"A class that the caller's own code throws inside the same try.",
	},
	Evidence: []string{
		"Measured on workerd: instanceof is false, name and code are kept, remote and durableObjectId are added.",
		"developers.cloudflare.com/workers/runtime-apis/rpc/error-handling/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No error of a call through a stub is told apart by its class.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Method == "fetch" {
				return
			}
			for _, handler := range handlersOf(op) {
				for n := range handler.Descendants() {
					if class := ownErrorClass(p.Module, n); class != "" && !thrownHere(op, class) {
						p.Warn(n, fmt.Sprintf("What %s on line %d throws is never an instance of %s here.", op.Method, op.Node.Line(), class), "")
					}
				}
			}
		})
	},
}

// handlersOf are the catch clause of the try around a call and the function given
// to its catch.
func handlersOf(op *model.Op) []syntax.Node {
	var out []syntax.Node
	if try := op.Path.Within(model.Try); try != nil {
		out = append(out, try.Node.Child(syntax.FieldHandler))
	}
	if member := op.Node.Parent(); member.Is(syntax.MemberExpression) && member.Child(syntax.FieldProperty).Text() == "catch" {
		out = append(out, model.Argument(member.Parent(), 0))
	}
	return out
}

// ownErrorClass is the class of the right side of an instanceof, when it is not
// one of the language's own.
func ownErrorClass(m *model.Module, n syntax.Node) string {
	if !n.Is(syntax.BinaryExpression) || n.Operator() != "instanceof" {
		return ""
	}
	class := n.Child(syntax.FieldRight)
	b := m.Resolve(class)
	if b == nil {
		return ""
	}
	if b.Class != nil && !strings.Contains(b.Class.Base, "Error") && !strings.HasSuffix(b.Class.Name, "Error") {
		return ""
	}
	if b.Class == nil && !strings.HasSuffix(class.Text(), "Error") {
		return ""
	}
	return class.Text()
}

// thrownHere reports a class that the function of the call makes itself.
func thrownHere(op *model.Op, class string) bool {
	for n := range op.Func.Body.Descendants() {
		if n.Is(syntax.NewExpression) && n.Child(syntax.FieldConstructor).Text() == class {
			return true
		}
	}
	return false
}
