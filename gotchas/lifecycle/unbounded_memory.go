package lifecycle

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var unboundedMemory = &analysis.Gotcha{
	ID:       "unbounded-memory",
	Title:    "A collection in memory grows with every caller and never shrinks",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Many objects share one isolate of 128 MB. An object that is in use for days lets such a collection grow until the isolate runs out of memory, " +
		"which resets every object in it.",
	Fix: "Bound it (drop the oldest beyond a size, or what is older than a while), delete what belongs to a socket when the socket closes, or keep it in storage.",
	Fine: []string{
		"A collection that is emptied somewhere, or whose size is looked at.",
		"Keys that the code itself fixes, and a WeakMap.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/platform/limits/ (128 MB for each isolate)",
	},
	Check: func(p *analysis.Pass) {
		if model.TestFile(p.Module.Tree.Path) {
			p.NotApplicable("This is test code.")
			return
		}
		p.NotApplicable("No field collects what callers send.")
		for _, c := range p.Objects() {
			ops := p.Module.ClassOps(c)
			starts := startFuncs(p.Module, c)
			for _, f := range fieldsOf(p.Module, c, ops) {
				if f.restored == nil || !starts[f.restored.Func] {
					checkGrowth(p, c, f)
				}
			}
		}
	},
}

// checkGrowth judges fields that may be lost. Those that must not be are for
// hibernation-memory-state.
func checkGrowth(p *analysis.Pass, c *model.Class, f *own) {
	if !transient(f.name) && !tolerable(f.name) && !knowinglyLost(c, f.name) {
		return
	}
	if fd := c.Field(f.name); fd != nil && strings.Contains(fd.Type.Text()+fd.Init.Text(), "Weak") {
		return
	}
	var grows *model.Op
	for _, op := range f.changes {
		switch {
		case shrinks(op, f.name):
			p.Guard(op.Node, fmt.Sprintf("%s is emptied here.", f.name))
			return
		case grows == nil && adds(p.Module, op):
			grows = op
		}
	}
	if grows == nil {
		return
	}
	for n := range c.Node.Descendants() {
		if n.Is(syntax.MemberExpression) && n.Child(syntax.FieldObject).Text() == "this."+f.name && measures(n) {
			p.Guard(n, fmt.Sprintf("The size of %s is looked at.", f.name))
			return
		}
	}
	p.Warn(grows.Node, fmt.Sprintf("%s grows here and nothing in %s makes it smaller. This is no problem if there are only a few of them in an object's life.", f.name, c.Name), "")
}

// shrinks reports a change that takes something out, or starts anew.
func shrinks(op *model.Op, field string) bool {
	if op.Kind == model.OpFieldWrite {
		return op.Method == "=" && !strings.Contains(op.Value.Text(), "..."+"this."+field)
	}
	switch op.Method {
	case "delete", "clear", "pop", "shift", "splice", "length":
		return true
	}
	return false
}

// adds reports a change that puts in something under a name or with a content
// that the caller chooses.
func adds(m *model.Module, op *model.Op) bool {
	if op.Kind != model.OpFieldMutate {
		return false
	}
	var what syntax.Node
	switch op.Method {
	case "set", "add", "push", "unshift":
		if object, _ := model.Callee(op.Node); !object.Is(syntax.MemberExpression, syntax.Identifier) {
			return false // a builder's chain: this.db.update(table).set(row)
		}
		what = model.Argument(op.Node, 0)
	case "=":
		left := model.Unwrap(op.Node.Child(syntax.FieldLeft))
		if !left.Is(syntax.SubscriptExpression) {
			return false
		}
		what = left.Child(syntax.FieldIndex)
	default:
		return false
	}
	var sent []syntax.Node
	for f := op.Func; f != nil; f = f.Outer {
		for n := range f.Body.Descendants() {
			if b := m.Resolve(n); b != nil && b.Param == f {
				sent = append(sent, n)
			}
		}
	}
	return m.DependsOn(what, sent...)
}

// measures reports this.list.length and this.map.size in a comparison.
func measures(n syntax.Node) bool {
	switch n.Child(syntax.FieldProperty).Text() {
	case "size", "length":
		return n.Parent().Is(syntax.BinaryExpression)
	}
	return false
}
