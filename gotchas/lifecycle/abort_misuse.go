package lifecycle

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var abortMisuse = &analysis.Gotcha{
	ID:       "abort-misuse",
	Title:    "ctx.abort ends the object in the course of ordinary work",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "abort kills the object at once: it always throws, nothing can catch it, every other event in progress fails too, " +
		"open sockets are closed, and callers' stubs stay broken.",
	Fix: "Throw an error, or clear what has to be cleared and return. abort is for taking a bookmark into use, and for an instance that cannot go on.",
	Fine: []string{
		"After onNextSessionRestoreBookmark, which asks for it.",
		"In a catch for an error that leaves the instance unusable, or after deleteAll, when the object is done for good.",
		"A method that exists to restart the object.",
	},
	Evidence: []string{
		"Measured on workerd: a try around abort does not catch it, and the caller gets its reason as an error.",
		"developers.cloudflare.com/durable-objects/api/state/",
	},
	Check: func(p *analysis.Pass) {
		if model.TestFile(p.Module.Tree.Path) {
			p.NotApplicable("This is test code.")
			return
		}
		p.NotApplicable("No object aborts itself.")
		p.Ops(func(c *model.Class, op *model.Op) {
			if op.Kind != model.OpCtx || op.Method != "abort" {
				return
			}
			member := op.Func.Member()
			switch {
			case afterStorage(op, "onNextSessionRestoreBookmark"):
				p.Guard(op.Node, "The bookmark is taken into use by the restart.")
			case tryAround(op).OK():
				p.Warn(op.Node, fmt.Sprintf("The try on line %d cannot catch this: abort ends every event of %s.", tryAround(op).Line(), c.Name), "")
			case op.Path.Within(model.Catch) != nil, afterStorage(op, "deleteAll"):
				p.Guard(op.Node, "The instance cannot go on.")
			case member != nil && restarts.MatchString(member.Name):
				p.Advise(op.Node, "Every event in progress fails with this one.", "")
			default:
				p.Warn(op.Node, fmt.Sprintf("This ends %s and every event that it is working on.", c.Name), "")
			}
		})
	},
}

// restarts are names of methods that are there to end the instance.
var restarts = regexp.MustCompile(`(?i)abort|crash|kill|evict|restart|reset|reload|debug|destroy|dispose|shutdown|terminate|panic|fatal`)

// afterStorage reports an operation of a function, or of those around it, that
// comes after a call of a storage method.
func afterStorage(op *model.Op, method string) bool {
	for f := op.Func; f != nil; f = f.Outer {
		for _, o := range f.Ops {
			if o.Kind == model.OpStorage && o.Method == method && o.Node.Start() < op.Node.Start() {
				return true
			}
		}
	}
	return false
}

// tryAround is the try that means to catch the operation's error.
func tryAround(op *model.Op) syntax.Node {
	if at := op.Path.Within(model.Try); at != nil {
		return at.Node
	}
	return syntax.Node{}
}
