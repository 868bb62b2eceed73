package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var singletonDO = &analysis.Gotcha{
	ID:       "singleton-do",
	Title:    "One object with a constant name serves all traffic",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "One object runs on one thread in one place. All requests of all users queue there; at roughly a thousand a second, fewer with real work, " +
		"callers get “Durable Object is overloaded”.",
	Fix: "Give each unit that coordinates (room, user, document, tenant) an object of its own by name, or spread a hot one over N objects by a hash of the key.",
	Fine: []string{
		"A registry, a configuration, a leader for cron work: low traffic by nature.",
		"Tests and migrations.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (about 1,000 requests a second, a soft limit)",
	},
	Runbook: "The runbook says shard across idFromName(); getByName(name) does the same in one call.",
	Check:   checkSingleton,
}

// quiet are names that say low traffic.
var quiet = regexp.MustCompile(`(?i)admin|regist|config|setting|cron|sched|leader|coordinator|migrat|test|demo|health|probe|setup`)

func checkSingleton(p *analysis.Pass) {
	p.NotApplicable("No object is addressed in this file.")
	for _, c := range p.Objects() {
		// An Actor's own answer to the question which object a request is for.
		f := c.StaticMember("nameFromRequest")
		if f == nil || c.Base != "Actor" && c.Framework != "Actor" || model.TestFile(p.Module.Tree.Path) {
			continue
		}
		if name, at, constant := onlyReturn(p.Module, f); constant && !quiet.MatchString(name+" "+c.Name) {
			p.Warn(at, fmt.Sprintf("Every request goes to the one object %q. This is no problem for a registry or other rare traffic.", name), "")
		}
	}
	seen := map[string]bool{} // one word about one object is enough
	everyOp(p, func(op *model.Op) {
		if op.Kind != model.OpNamespace || op.Method != "getByName" && op.Method != "idFromName" {
			return
		}
		name, constant := constantName(p.Module, model.Argument(op.Node, 0))
		switch {
		case !constant:
			p.Guard(op.Node, "The name is computed, so traffic spreads over objects.")
		case quiet.MatchString(name+" "+op.Recv.Name) || !serves(p.Module, op.Func) || model.TestFile(p.Module.Tree.Path):
		case seen[op.Recv.Name+" "+name]:
		default:
			seen[op.Recv.Name+" "+name] = true
			p.Warn(op.Node, fmt.Sprintf("Every request that comes here goes to the one object %q. This is no problem for a registry or other rare traffic.", name), "")
		}
	})
}

// constantName is the one text that an expression always is: written out, or what
// a function of the project returns whatever it is given.
func constantName(m *model.Module, n syntax.Node) (string, bool) {
	if text, ok := m.Text(n); ok {
		return text, true
	}
	call := model.Unwrap(n)
	if !call.Is(syntax.CallExpression) {
		return "", false
	}
	f := m.Eval(call.Child(syntax.FieldFunction))
	if f.Kind != model.FuncValue {
		return "", false
	}
	name, _, ok := onlyReturn(m, f.Func)
	return name, ok
}

// onlyReturn is the constant that every return of a function gives, and one of
// these returns.
func onlyReturn(m *model.Module, f *model.Func) (name string, at syntax.Node, ok bool) {
	if !f.Body.Is(syntax.StatementBlock) {
		name, ok = m.Text(f.Body)
		return name, f.Body, ok
	}
	for _, op := range f.Ops {
		if op.Kind != model.OpReturn {
			continue
		}
		text, constant := m.Text(op.Value)
		if !constant || at.OK() && text != name {
			return "", at, false
		}
		name, at = text, op.Node
	}
	return name, at, at.OK()
}

// serves reports code that may answer requests: not a constructor, an alarm, a
// workflow, or a handler for scheduled events and queues.
func serves(m *model.Module, f *model.Func) bool {
	for at := f; at != nil; at = at.Outer {
		if m.WorkerHandler(at) {
			return at.Name == "fetch"
		}
		if c := at.Class; c != nil {
			return at.Kind != model.Constructor && at.Name != "alarm" && !strings.Contains(c.Base, "Workflow") && (c.Object != "" || strings.HasSuffix(c.Base, "WorkerEntrypoint"))
		}
	}
	return true // a helper, or a route's callback
}
