package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
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
		for _, a := range attempts(p) {
			if a.succeeds() && !a.walksOn(p.Module) {
				judgeRetry(p, a)
			}
		}
	},
}

func judgeRetry(p *analysis.Pass, a attempt) {
	retryable, overloaded := mention(a.loop, "retryable"), mention(a.loop, "overloaded")
	switch {
	case retryable.OK():
		p.Guard(retryable, "Only errors that are marked as worth another attempt are repeated.")
		if !overloaded.OK() {
			p.Advise(retryable, "An overloaded object should not be called again at once: stop on .overloaded too.", "")
		}
	case overloaded.OK(), leaves(a.handled()), looksAtError(a.handler):
	case pauses(a.loop):
		p.Warn(a.call.Node, fmt.Sprintf("Every error of %s is tried again, also an overload and the object's own exceptions.", a.call.Method), "")
	default:
		p.Warn(a.call.Node, fmt.Sprintf("Every error of %s is tried again at once, also an overload and the object's own exceptions.", a.call.Method), "")
	}
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
	if params := handler.Child(syntax.FieldParameters); params.OK() { // .catch((error) => …)
		name = params.NamedChild(0)
	}
	if pattern := name.Child(syntax.FieldPattern); pattern.OK() {
		name = pattern
	}
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
