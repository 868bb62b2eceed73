package analysis

import (
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// Dropped reports a call whose promise nobody waits for and whose error nobody
// catches: a statement, behind void or not, with a then but no catch, or what the
// callback of forEach or of a timer gives back.
func Dropped(call syntax.Node) bool {
	n := call
	for {
		up := n.Parent()
		switch {
		case up.Is(syntax.ExpressionStatement):
			return true
		case up.Is(syntax.ParenthesizedExpression), up.Is(syntax.UnaryExpression) && up.Operator() == "void":
			n = up
		case up.Is(syntax.MemberExpression) && n.Field() == syntax.FieldObject && up.Parent().Is(syntax.CallExpression):
			chained := up.Parent()
			switch up.Child(syntax.FieldProperty).Text() {
			case "finally":
			case "then":
				if model.Argument(chained, 1).OK() {
					return false
				}
			default:
				return false
			}
			n = chained
		case up.Is(syntax.ArrowFunction) && n.Field() == syntax.FieldBody && up.Parent().Is(syntax.Arguments):
			_, method := model.Callee(up.Parent().Parent())
			return method == "forEach" || method == "setTimeout" || method == "setInterval" || method == "queueMicrotask"
		default:
			return false
		}
	}
}

// Voided reports a dropped call behind void, which says that this is meant.
func Voided(call syntax.Node) bool {
	for n := call; ; n = n.Parent() {
		switch up := n.Parent(); {
		case up.Is(syntax.UnaryExpression) && up.Operator() == "void":
			return true
		case !up.Is(syntax.MemberExpression, syntax.CallExpression, syntax.ParenthesizedExpression):
			return false
		}
	}
}
