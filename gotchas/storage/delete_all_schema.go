package storage

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var deleteAllSchema = &analysis.Gotcha{
	ID:       "delete-all-schema",
	Title:    "deleteAll drops the tables, and the living instance goes on without them",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "deleteAll removes the tables together with the rows. The instance stays in memory and its constructor does not run again, " +
		"so the next statement of this instance fails with \"no such table\" until the object happens to be evicted.",
	Fix: "Create the tables again right after deleteAll, or forget that they exist (this.ready = false) and create them on the next use, or call ctx.abort() so that the next request starts a fresh instance.",
	Fine: []string{
		"An object that keeps no tables.",
		"deleteAll followed by the same migration that the constructor runs.",
		"Entry points that create their tables themselves each time.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: after deleteAll, a SELECT in the same instance throws \"no such table\".",
		"developers.cloudflare.com/durable-objects/best-practices/access-durable-objects-storage/",
	},
	Check: checkDeleteAllSchema,
}

func checkDeleteAllSchema(p *analysis.Pass) {
	for _, c := range p.Objects() {
		if c.Framework != "" {
			p.NotApplicable("The base class %s looks after its own tables.", c.Framework)
			continue
		}
		checkClassDeletes(p, c)
	}
}

func checkClassDeletes(p *analysis.Pass, c *model.Class) {
	m := p.Module
	user := tableUser(m, c)
	calls := false
	for _, f := range roots(m, c) {
		steps := m.Expand(f)
		for _, at := range deleteAlls(steps) {
			calls = true
			if user == nil {
				continue
			}
			if s, ok := repaired(steps, at); ok {
				p.Guard(s.Node, fmt.Sprintf("After deleteAll on line %d the next use finds its tables, or a fresh instance.", steps[at].Node.Line()))
				continue
			}
			p.Error(steps[at].Node, fmt.Sprintf("deleteAll also drops the tables of %s, which are not created again here; %s on line %d then fails in this instance.",
				c.Name, analysis.Short(user.Node.Child(syntax.FieldFunction)), user.Node.Line()), "")
		}
	}
	switch {
	case !calls:
		p.NotApplicable("Nothing calls deleteAll.")
	case user == nil:
		p.NotApplicable("The class keeps no tables that deleteAll could drop, or creates them at each use.")
	}
}

// repaired finds the step that makes the instance usable after a deleteAll:
// tables are created, it is aborted, or a flag is reset.
func repaired(steps []model.Step, at int) (model.Step, bool) {
	if s, ok := after(steps, at, func(s model.Step) bool {
		return createsTables(s) || s.Kind == model.OpCtx && s.Method == "abort"
	}); ok {
		return s, true
	}
	return around(steps, at, func(s model.Step) bool {
		return resetsFlag(s) && readyNames.MatchString(s.Name)
	})
}

// tableUser is the first operation of an entry point that needs a table which
// it does not create itself in the same run, or nil.
func tableUser(m *model.Module, c *model.Class) *model.Op {
	for _, f := range roots(m, c) {
		if f == c.Ctor {
			continue
		}
		steps := m.Expand(f)
		for i, s := range steps {
			if !usesTables(m, s) {
				continue
			}
			if !createdBefore(m, steps, i) {
				return s.Op
			}
			break
		}
	}
	return nil
}

// createdBefore reports a CREATE TABLE that has certainly run before a step of
// the same entry point: no condition decides about it that does not decide
// about the step as well.
func createdBefore(m *model.Module, steps []model.Step, at int) bool {
	for i, s := range steps[:at] {
		if s.Kind == model.OpSQL && createsTable(s.Op) && subset(m.Conditions(steps, i), m.Conditions(steps, at)) {
			return true
		}
	}
	return false
}

func subset(some, all []syntax.Node) bool {
	for _, n := range some {
		if !slices.Contains(all, n) {
			return false
		}
	}
	return true
}
