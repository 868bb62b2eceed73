package operations

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var subrequestLimits = &analysis.Gotcha{
	ID:       "subrequest-limits",
	Title:    "One event calls out for every row that there is",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "An event may make a limited number of calls: 50 on the free plan, 10,000 on the paid one unless it is set higher, and only six wait for an answer at a time. " +
		"A loop over everything that is stored works in tests and fails once there is enough of it, half way through.",
	Fix: "Take a bounded batch (LIMIT 100), note how far it got, and let an alarm or a queue go on from there.",
	Fine: []string{
		"A list that is short by nature, and one that was read with a limit.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/platform/limits/ (subrequests, simultaneous open connections)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No loop of this file calls out.")
		for _, f := range p.Module.Reviewed() {
			if !loops(f) {
				continue
			}
			for _, s := range p.Module.Expand(f) {
				if s.Kind != model.OpStub && s.Kind != model.OpFetch && !(s.Kind == model.OpEnv && s.Awaited) {
					continue
				}
				for _, place := range s.Chain {
					if place.Kind != model.Loop {
						continue
					}
					if source := everything(p.Module, place.Node); source.OK() {
						p.Advise(s.At(p.Module), fmt.Sprintf("This is called for everything that line %d reads, however much there is. This is no problem if there are always few.", source.Line()), "")
						break
					}
				}
			}
		}
	},
}

// loops reports a function that has a loop.
func loops(f *model.Func) bool {
	for _, op := range f.Ops {
		if op.Path.Within(model.Loop) != nil {
			return true
		}
	}
	return false
}

// everything is the unbounded read of storage that a loop goes through, or the
// zero Node.
func everything(m *model.Module, loop syntax.Node) syntax.Node {
	through := loop.Child(syntax.FieldRight) // for … of
	if loop.Is(syntax.CallExpression) {
		through, _ = model.Callee(loop) // rows.map(…)
	}
	f := m.FuncAt(loop)
	if !through.OK() || f == nil {
		return syntax.Node{}
	}
	for at := f; at != nil; at = at.Outer {
		for _, op := range at.Ops {
			if !unbounded(op) {
				continue
			}
			if m.DependsOn(through, op.Node) && !strings.Contains(through.Text(), ".slice(") {
				return op.Node
			}
		}
	}
	return syntax.Node{}
}

// unbounded reports a read of rows or keys that nothing limits.
func unbounded(op *model.Op) bool {
	switch op.Kind {
	case model.OpSQL:
		if op.SQL == nil {
			return false
		}
		for _, s := range op.SQL.Statements {
			if s.Verb == "SELECT" && !s.Limit && !s.Aggregate && len(s.Reads) > 0 && !one(s) {
				return true
			}
		}
	case model.OpStorage, model.OpKV:
		return op.Method == "list" && !strings.Contains(op.Node.Child(syntax.FieldArguments).Text(), "limit")
	}
	return false
}

// one reports a SELECT that looks up a single row by its key.
func one(s model.Statement) bool {
	for i, w := range s.Words {
		if w == "WHERE" && i+2 < len(s.Words) && s.Words[i+2] == "=" && (s.Words[i+1] == "ID" || s.Words[i+1] == "KEY" || s.Words[i+1] == "NAME") {
			return true
		}
	}
	return false
}
