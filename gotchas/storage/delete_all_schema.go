package storage

import (
	"fmt"
	"slices"
	"strings"

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
	if replaced(p) {
		p.NotApplicable("The project puts a function of its own in place of storage.deleteAll.")
		return
	}
	user, used := tableUser(m, c)
	calls := false
	for _, f := range roots(m, c) {
		steps := m.Expand(f)
		for _, at := range deleteAlls(steps) {
			calls = true
			if !used {
				continue
			}
			if s, ok := repaired(steps, at); ok {
				p.Guard(s.Node, fmt.Sprintf("After deleteAll on line %d the next use finds its tables, or a fresh instance.", steps[at].Node.Line()))
				continue
			}
			place := user.At(m)
			p.Error(steps[at].Node, fmt.Sprintf("deleteAll also drops the tables of %s, which are not created again here; %s on line %d then fails in this instance.",
				c.Name, analysis.Short(place.Child(syntax.FieldFunction)), place.Line()), "")
		}
	}
	switch {
	case !calls:
		p.NotApplicable("Nothing calls deleteAll.")
	case !used:
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

// tableUser is the first step of an entry point that needs a table which it does
// not create itself in the same run; ok is false where there is none.
func tableUser(m *model.Module, c *model.Class) (user model.Step, ok bool) {
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
				return s, true
			}
			break
		}
	}
	return model.Step{}, false
}

// createdBefore reports that a CREATE TABLE, or a migrator from elsewhere, has
// certainly run before a step of the same entry point.
func createdBefore(m *model.Module, steps []model.Step, at int) bool {
	for i, s := range steps[:at] {
		creates := s.Kind == model.OpSQL && createsTable(s.Op) || s.Kind == model.OpCall && schemaNames.MatchString(s.Method)
		if creates && certainly(m, steps, i, at) {
			return true
		}
	}
	return false
}

// certainly reports that one step has run whenever a later one does: no condition
// decides about it that does not decide about the later one as well.
func certainly(m *model.Module, steps []model.Step, i, at int) bool {
	return subset(m.Conditions(steps, i), m.Conditions(steps, at))
}

func subset(some, all []syntax.Node) bool {
	for _, n := range some {
		if !slices.Contains(all, n) {
			return false
		}
	}
	return true
}

// replaced reports code that assigns to storage.deleteAll.
func replaced(p *analysis.Pass) bool {
	return slices.ContainsFunc(p.Modules, func(m *model.Module) bool {
		return model.Memo(m, "storage: deleteAll is replaced", func() bool {
			for n := range m.OfKind(syntax.AssignmentExpression) {
				if strings.HasSuffix(n.Child(syntax.FieldLeft).Text(), "storage.deleteAll") {
					return true
				}
			}
			return false
		})
	})
}
