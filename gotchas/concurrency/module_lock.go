package concurrency

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var moduleLock = &analysis.Gotcha{
	ID:       "module-lock",
	Title:    "A lock in a variable of the module is shared by all objects, and outlives them",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Every object in the isolate waits for the same lock, so rooms that have nothing to do with each other block one another. " +
		"When an object is reset while it holds the lock, nobody releases it: module memory lives on, and all others wait for ever.",
	Fix: "Make it a field of the class, or leave it out: storage needs no lock (see race-external-await).",
	Fine: []string{
		"A lock in a field.",
	},
	Evidence: []string{
		"github.com/rocicorp/cf-global-state (a lock that stays held after a code update)",
		"developers.cloudflare.com/durable-objects/reference/in-memory-state/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No lock is kept in a variable of the module.")
		p.Ops(func(c *model.Class, op *model.Op) {
			if op.Kind != model.OpGlobalRead || op.Binding == nil {
				return
			}
			init := model.Unwrap(op.Binding.Init)
			if made := init.Child(syntax.FieldConstructor); init.Is(syntax.NewExpression) && lockType.MatchString(made.Text()) {
				p.Error(op.Node, fmt.Sprintf("%s is one lock for all objects of the isolate, %s among them.", op.Name, c.Name), "")
			}
		})
	},
}

// lockType is written in camel case: a Clock and a Block are none.
var lockType = regexp.MustCompile(`(Mutex|Semaphore|Lock)$`)
