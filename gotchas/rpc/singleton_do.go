package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
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
	everyOp(p, func(op *model.Op) {
		if op.Kind != model.OpNamespace || op.Method != "getByName" && op.Method != "idFromName" {
			return
		}
		name, constant := p.Module.Text(model.Argument(op.Node, 0))
		switch {
		case !constant:
			p.Guard(op.Node, "The name is computed, so traffic spreads over objects.")
		case quiet.MatchString(name+" "+op.Recv.Name) || !serves(p.Module, op.Func) || testFile(p.Module.Tree.Path):
		default:
			p.Warn(op.Node, fmt.Sprintf("Every request that comes here goes to the one object %q. This is no problem for a registry or other rare traffic.", name), "")
		}
	})
}

// serves reports code that may answer requests: not a constructor, an alarm, or
// a handler for scheduled events and queues.
func serves(m *model.Module, f *model.Func) bool {
	for at := f; at != nil; at = at.Outer {
		if m.WorkerHandler(at) {
			return at.Name == "fetch"
		}
		if at.Class != nil {
			return at.Class.Object != "" && at.Kind != model.Constructor && at.Name != "alarm"
		}
	}
	return true // a helper, or a route's callback
}

func testFile(path string) bool {
	return strings.Contains(path, ".test.") || strings.Contains(path, ".spec.") || strings.Contains(path, "/test/") || strings.Contains(path, "__tests__")
}
