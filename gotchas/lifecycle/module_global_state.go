package lifecycle

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var moduleGlobalState = &analysis.Gotcha{
	ID:       "module-global-state",
	Title:    "An object keeps state in a variable of the module",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Many objects of a class, and the Worker itself, share one isolate and so one copy of the variable: one room's state shows up in another. " +
		"It also vanishes without notice, and is not the same in every place where the code runs.",
	Fix: "Make it a field of the class, and store what must last.",
	Fine: []string{
		"Constants, encoders, compiled patterns and schemas.",
		"A cache of values that are the same for every object, and a tool that is made once: client ??= new Client().",
		"A WeakMap, whose entries belong to the object that is their key.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/in-memory-state/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No variable of the module is changed by an object.")
		p.Ops(func(c *model.Class, op *model.Op) {
			// A module of tools has a reason for what it keeps; the object's own does not.
			if op.Kind == model.OpGlobalWrite && op.Node.Tree() == p.Module.Tree && !shared.MatchString(op.Name) && !forAll(op) {
				p.Error(op.Node, fmt.Sprintf("%s is shared by all objects in the isolate, and %s changes it here.", op.Name, c.Name), "")
			}
		})
	},
}

// shared are names of things that may be the same for all objects.
var shared = regexp.MustCompile(`(?i)cache|memo|^log|metric|wasm|^module`)

// forAll reports a change that keeps objects apart, or puts the same thing there
// for each of them: a WeakMap's entry, a static member of a class, a tool that
// is made once and knows nothing of the object that made it.
func forAll(op *model.Op) bool {
	b := op.Binding
	if b.Class != nil || b.Func != nil {
		return true
	}
	if init := initialiser(b); init.Is(syntax.NewExpression) && strings.HasPrefix(init.Child(syntax.FieldConstructor).Text(), "Weak") {
		return true
	}
	switch value := model.Unwrap(op.Value); {
	case op.Method == "=" && value.Is(syntax.True, syntax.False, syntax.Null, syntax.Undefined):
		return true // a step that is done once, or undone
	case initialiser(b).Is(syntax.Regex): // pattern.lastIndex = 0
		return true
	}
	return op.Method == "??=" && model.Unwrap(op.Value).Is(syntax.NewExpression) && !strings.Contains(op.Value.Text(), "this.")
}

func initialiser(b *model.Binding) syntax.Node { return model.Unwrap(b.Init) }
