package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var frameworkOverride = &analysis.Gotcha{
	ID:       "framework-override",
	Title:    "A handler replaces the one that the framework's base class works with",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The base class uses the platform's handlers itself: an Agent runs its schedules in alarm(), a Server calls onMessage from webSocketMessage. " +
		"A subclass that defines the handler, or sets the one alarm, takes that away: schedules no longer run, hooks are no longer called.",
	Fix: "Use the framework's hooks: onRequest, onConnect, onMessage, onClose, onAlarm, and this.schedule instead of an alarm of your own.",
	Fine: []string{
		"A handler that calls super's first.",
		"onAlarm and setAlarm in a Server, which leaves the alarm to its subclass.",
		"fetch in a Container or an Actor, which is theirs to define.",
	},
	Evidence: []string{
		"github.com/cloudflare/agents and github.com/cloudflare/partykit (partyserver): alarm, fetch and the webSocket handlers of the base classes.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No class of this file has a framework's base class.")
		for _, c := range p.Objects() {
			base := frameworks[c.Framework]
			if base == nil {
				continue
			}
			p.NotApplicable("%s keeps to the hooks of %s.", c.Name, c.Framework)
			for _, f := range c.Methods {
				hook := base.hooks[f.Name]
				switch {
				case hook == "" || f.Static:
				case callsSuper(f):
					p.Guard(f.Node, fmt.Sprintf("The %s's own %s runs too.", c.Framework, f.Name))
				case f.Name == "alarm" && !base.alarm:
					p.Advise(f.Node, fmt.Sprintf("The %s's own alarm waits for onStart before it calls %s; this one may run before it.", c.Framework, hook), "")
				case f.Name == "fetch" && !usesHooks(c):
					p.Advise(f.Node, fmt.Sprintf("%s answers every request itself: routed requests and sockets never reach %s.", c.Name, c.Framework), "")
				default:
					p.Error(f.Node, fmt.Sprintf("%s of %s replaces that of %s, which needs it.", f.Name, c.Name, c.Framework), fmt.Sprintf("Use %s.", hook))
				}
			}
			if !base.alarm {
				continue
			}
			for _, op := range p.Module.ClassOps(c) {
				if op.Kind == model.OpStorage && (op.Method == "setAlarm" || op.Method == "deleteAlarm") {
					p.Error(op.Node, fmt.Sprintf("The one alarm of the object belongs to %s; %s here takes it away from its schedules.", c.Framework, op.Method), "Use "+base.hooks["alarm"]+".")
				}
			}
		}
	},
}

// framework is what a base class needs for itself.
type framework struct {
	hooks map[string]string // handler → what to use instead
	alarm bool              // it sets the alarm itself
}

var (
	agent = &framework{alarm: true, hooks: map[string]string{
		"fetch": "onRequest", "alarm": "this.schedule", "webSocketMessage": "onMessage", "webSocketClose": "onClose", "webSocketError": "onError",
	}}
	server = &framework{hooks: map[string]string{
		"fetch": "onRequest", "alarm": "onAlarm", "webSocketMessage": "onMessage", "webSocketClose": "onClose", "webSocketError": "onError",
	}}
	container = &framework{alarm: true, hooks: map[string]string{"alarm": "this.schedule"}}
)

var frameworks = map[string]*framework{
	"Agent": agent, "AIChatAgent": agent, "McpAgent": agent, "Server": server, "YServer": server,
	"Container": container, "Sandbox": container, "Actor": {hooks: map[string]string{"alarm": "onAlarm"}},
}

// usesHooks reports a class that waits for the base class to call it.
func usesHooks(c *model.Class) bool {
	return c.Has("onRequest") || c.Has("onConnect") || c.Has("onMessage") || c.Has("onClose")
}

func callsSuper(f *model.Func) bool {
	for n := range f.Body.Descendants() {
		if n.Is(syntax.CallExpression) {
			if object, method := model.Callee(n); object.Is(syntax.Super) && method == f.Name {
				return true
			}
		}
	}
	return false
}
