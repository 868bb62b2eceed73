package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var retryPolicy = &analysis.Gotcha{
	ID:       "retry-policy",
	Title:    "A call of an object is repeated whatever went wrong",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Only a lost connection or a restarted object is worth another attempt, and the runtime marks such errors with .retryable. " +
		"Repeating a call to an object that is overloaded (.overloaded) adds to its load, and an exception of the object's own code comes back every time. " +
		"The call may also have been carried out before its answer was lost, so a repeated one has to be harmless.",
	Fix: "In the catch: if (!error.retryable || error.overloaded) throw error; then wait a little longer each time, with a random part, and make a new stub.",
	Fine: []string{
		"A catch that looks at the error, or asks a function about it.",
		"A loop over many objects or pages that goes on after a failure.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/error-handling/ (.retryable, .overloaded)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No call of an object is repeated after an error.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Path.Within(model.Try) == nil {
				return
			}
			loop, try := retryLoop(op.Path), op.Path.Within(model.Try).Node
			if !loop.OK() || !leaves(try.Child(syntax.FieldBody)) || walksOn(p.Module, loop, try.Child(syntax.FieldBody)) {
				return
			}
			judgeRetry(p, op, loop, try.Child(syntax.FieldHandler))
		})
	},
}

func judgeRetry(p *analysis.Pass, op *model.Op, loop, handler syntax.Node) {
	retryable, overloaded := mention(loop, "retryable"), mention(loop, "overloaded")
	switch {
	case retryable.OK():
		p.Guard(retryable, "Only errors that are marked as worth another attempt are repeated.")
		if !overloaded.OK() {
			p.Advise(retryable, "An overloaded object should not be called again at once: stop on .overloaded too.", "")
		}
	case overloaded.OK(), leaves(handler.Child(syntax.FieldBody)), looksAtError(handler):
	case pauses(loop):
		p.Warn(op.Node, fmt.Sprintf("Every error of %s is tried again, also an overload and the object's own exceptions.", op.Method), "")
	default:
		p.Warn(op.Node, fmt.Sprintf("Every error of %s is tried again at once, also an overload and the object's own exceptions.", op.Method), "")
	}
}

// leaves reports a try or catch body that ends the loop whatever happens in it.
// A loop that ends on a certain answer is asking for news, not trying again.
func leaves(body syntax.Node) bool {
	for n := range body.NamedChildren() {
		if n.Is(syntax.ReturnStatement, syntax.ThrowStatement, syntax.BreakStatement) {
			return true
		}
	}
	return false
}

// walksOn reports a loop whose own variable takes part in the call: it goes
// through objects or pages and repeats nothing.
func walksOn(m *model.Module, loop, body syntax.Node) bool {
	for n := range body.Descendants() {
		if b := m.Resolve(n); b != nil && loop.Child(syntax.FieldInitializer).Contains(b.Decl) {
			return true
		}
	}
	return false
}

// mention is the first name in a node that reads as given, types left aside.
func mention(n syntax.Node, name string) syntax.Node {
	for d := range n.Descendants() {
		if d.Is(syntax.MemberExpression) && d.Child(syntax.FieldProperty).Text() == name ||
			d.Is(syntax.ShorthandPropertyIdentifierPattern) && d.Text() == name {
			return d
		}
	}
	return syntax.Node{}
}

// looksAtError reports a catch that does more with the error than to log it, to
// keep it or to throw it on.
func looksAtError(handler syntax.Node) bool {
	name := handler.Child(syntax.FieldParameter)
	if !name.OK() {
		return false
	}
	for n := range handler.Child(syntax.FieldBody).Descendants() {
		if n.Is(syntax.Identifier) && n.Text() == name.Text() && !passedOn(n) {
			return true
		}
	}
	return false
}

func passedOn(n syntax.Node) bool {
	up := n.Parent()
	switch up.Kind() {
	case syntax.ThrowStatement:
		return true
	case syntax.AssignmentExpression:
		return up.Child(syntax.FieldRight) == n
	case syntax.Arguments:
		return strings.HasPrefix(up.Parent().Text(), "console.")
	}
	return false
}

// pauses reports a loop that waits between its attempts.
func pauses(loop syntax.Node) bool {
	for n := range loop.Descendants() {
		if n.Is(syntax.CallExpression) && pauseName.MatchString(n.Child(syntax.FieldFunction).Text()) {
			return true
		}
	}
	return false
}

var pauseName = regexp.MustCompile(`(?i)(wait|sleep|delay|backoff|pause|timeout)[A-Za-z]*$`)
