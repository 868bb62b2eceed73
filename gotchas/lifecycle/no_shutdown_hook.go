package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var noShutdownHook = &analysis.Gotcha{
	ID:       "no-shutdown-hook",
	Title:    "Something is to be saved when the object leaves memory, and nothing tells it when",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "The runtime ends an object's memory without a last call: there is no unload event, no process exit and no finalizer that runs in time. What such a hook was to store is lost.",
	Fix:      "Write as you go; the output gate makes each write safe before anybody hears of it.",
	Fine: []string{
		"A stub or another resource that is released with `using` inside one event.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/ (no shutdown hooks)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No code waits for the end of the object's memory.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			object, method := model.Callee(op.Node)
			switch {
			case op.Kind == model.OpNew && op.Method == "FinalizationRegistry":
				p.Warn(op.Node, "A finalizer may run late or never, and not when the object is evicted.", "")
			case op.Kind == model.OpCall && method == "register" && registry(p.Module, object):
				p.Warn(op.Node, "A finalizer may run late or never, and not when the object is evicted.", "")
			case op.Kind == model.OpCall && (method == "on" || method == "once") && object.Text() == "process" && p.Module.Resolve(object) == nil && lastCall(p, op):
				p.Warn(op.Node, fmt.Sprintf("process.%s is never told that the object leaves memory.", method), "")
			case op.Kind == model.OpCall && method == "addEventListener" && ofTheGlobal[object.Text()] && lastCall(p, op):
				p.Warn(op.Node, fmt.Sprintf("The event %s does not exist here.", analysis.Short(model.Argument(op.Node, 0))), "")
			}
		})
	},
}

// ofTheGlobal are the receivers of addEventListener that stand for the global
// object; a child process or a container has an exit of its own.
var ofTheGlobal = map[string]bool{"": true, "globalThis": true, "self": true, "window": true}

// registry reports a variable of the module that holds a FinalizationRegistry.
func registry(m *model.Module, n syntax.Node) bool {
	b := m.Resolve(n)
	return b != nil && b.Global && model.Unwrap(b.Init).Child(syntax.FieldConstructor).Text() == "FinalizationRegistry"
}

// lastCall reports the name of an event that other platforms fire at the end, or
// a variable that goes through such names.
func lastCall(p *analysis.Pass, op *model.Op) bool {
	event := model.Argument(op.Node, 0)
	if b := p.Module.Resolve(event); b != nil && b.Each {
		for n := range model.Unwrap(b.Init).NamedChildren() {
			if name, ok := p.Module.Text(n); ok && lastEvents[name] {
				return true
			}
		}
	}
	name, _ := p.Module.Text(event)
	return lastEvents[name]
}

var lastEvents = words("beforeunload", "unload", "pagehide", "exit", "beforeExit", "SIGTERM", "SIGINT")
