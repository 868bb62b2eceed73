package concurrency

import (
	"fmt"
	"regexp"
	"strings"

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
		"A lock, a flag or a chain of promises in a field.",
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
			switch m := p.Module; {
			case isLock(op.Binding):
				p.Error(op.Node, fmt.Sprintf("%s is one lock for all objects of the isolate, %s among them.", op.Name, c.Name), "")
			case isTail(m, c, op.Binding):
				p.Error(op.Node, fmt.Sprintf("%s makes the calls of all objects of the isolate wait for one another, those of %s among them; one that never ends stops them all.", op.Name, c.Name), "")
			case inCondition(op.Node) && isFlag(m, c, op.Binding):
				p.Error(op.Node, fmt.Sprintf("%s is one flag for all objects of the isolate. While one of them has it set, the others are turned away; when that one is reset, it stays set.", op.Name), "")
			case inCondition(op.Node) && isLockTable(m, c, op.Binding):
				p.Error(op.Node, fmt.Sprintf("%s outlives the object: when one is reset while it holds its entry, nobody takes the entry out, and the next instance waits for ever.", op.Name), "")
			}
		})
	},
}

// lockType is written in camel case: a Clock and a Block are none.
var lockType = regexp.MustCompile(`(Mutex|Semaphore|Lock)$`)

func isLock(b *model.Binding) bool {
	init := model.Unwrap(b.Init)
	return init.Is(syntax.NewExpression) && lockType.MatchString(init.Child(syntax.FieldConstructor).Text())
}

// isTail reports a chain of promises: last = last.then(…), also through a variable.
func isTail(m *model.Module, c *model.Class, b *model.Binding) bool {
	if b.Const || !strings.HasPrefix(model.Unwrap(b.Init).Text(), "Promise.") {
		return false
	}
	for _, op := range globalWrites(m, c, b) {
		for n := range op.Func.Body.Descendants() {
			recv, method := model.Callee(n)
			if n.Is(syntax.CallExpression) && method == "then" && m.Resolve(recv) == b && m.DependsOn(op.Value, n) {
				return true
			}
		}
	}
	return false
}

// isFlag reports a variable that is true or false, and that the class sets.
func isFlag(m *model.Module, c *model.Class, b *model.Binding) bool {
	if b.Const || !model.Unwrap(b.Init).Is(syntax.False) {
		return false
	}
	for _, op := range globalWrites(m, c, b) {
		if op.Value.Is(syntax.True) {
			return true
		}
	}
	return false
}

// isLockTable reports a Set or Map with the name of a lock, into which the class
// puts entries and out of which it takes them again.
func isLockTable(m *model.Module, c *model.Class, b *model.Binding) bool {
	made := model.Unwrap(b.Init).Child(syntax.FieldConstructor).Text()
	if made != "Set" && made != "Map" || !lockName.MatchString(b.Name) {
		return false
	}
	in, out := false, false
	for _, op := range globalWrites(m, c, b) {
		in = in || op.Method == "add" || op.Method == "set"
		out = out || op.Method == "delete"
	}
	return in && out
}

var lockName = regexp.MustCompile(`(?i)lock|busy|mutex|in_?(flight|progress)|held`)

func globalWrites(m *model.Module, c *model.Class, b *model.Binding) []*model.Op {
	var out []*model.Op
	for _, op := range m.ReachedOps(c) {
		if op.Kind == model.OpGlobalWrite && op.Binding == b {
			out = append(out, op)
		}
	}
	return out
}

// inCondition reports a node in the condition of an if or a loop.
func inCondition(n syntax.Node) bool {
	for a := range n.Ancestors() {
		if a.Field() == syntax.FieldCondition {
			return true
		}
		if a.Is(syntax.StatementBlock, syntax.ExpressionStatement) {
			return false
		}
	}
	return false
}
