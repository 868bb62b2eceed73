package storage

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var sqlSchemaDrift = &analysis.Gotcha{
	ID:       "sql-schema-drift",
	Title:    "Objects that were made under an older schema do not get the new one",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Each object has a database of its own, which may be as old as the class. CREATE TABLE IF NOT EXISTS does nothing where the table exists, so a column that is added to its text " +
		"reaches new objects only; in all others the next statement fails with \"no such column\". An ALTER TABLE that runs at every start fails from the second one on, " +
		"and SQLite adds a NOT NULL column without a default, or one with a computed default, only to a table without rows. Tests start from empty storage and show none of this.",
	Fix: "Keep an append-only list of migrations, note the last one that ran in a table, and run the missing ones in the constructor under blockConcurrencyWhile. " +
		"Change a table with ALTER TABLE … ADD COLUMN in a new step, with a constant DEFAULT when the column is NOT NULL, and never edit a step that has been deployed.",
	Fine: []string{
		"CREATE TABLE IF NOT EXISTS and CREATE INDEX IF NOT EXISTS whose text has not changed since the first deploy. Whether it has, only the history of the code can tell.",
		"A new table or a new index.",
		"ALTER TABLE behind a look at the number of the last step or at PRAGMA table_info.",
		"A migration table, or a migrator such as drizzle's migrate() with the durable-sqlite driver.",
	},
	Evidence: []string{
		"sqlite.org/lang_createtable.html (IF NOT EXISTS: no effect on a table that exists) and sqlite.org/lang_altertable.html (what ADD COLUMN accepts)",
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (migrations in the constructor)",
		"Measured on workerd: PRAGMA user_version is not authorized, so the number of the last step lives in a table.",
	},
	Check: checkSchemaDrift,
}

func checkSchemaDrift(p *analysis.Pass) {
	found := false
	for at, q := range sqlTexts(p) {
		for _, s := range q.Statements {
			name, rest := named(s)
			c, ok := added(rest)
			if s.Verb != "ALTER" || !ok {
				continue
			}
			found = true
			if why := refusedColumn(c); why != "" && at.Tree() == p.Module.Tree && !emptyTable(q, name) {
				p.Error(at, fmt.Sprintf("SQLite does not add the column %s to %s where it has rows: %s.", strings.ToLower(c.name), name, why), "Give the column a constant DEFAULT, or make it nullable and fill it with an UPDATE in the same step.")
			}
		}
	}
	for _, c := range p.Objects() {
		start := c.Ctor
		if c.Framework != "" && c.Member("onStart") != nil {
			start = c.Member("onStart")
		}
		if start != nil && alteredAtStart(p, start) {
			found = true
		}
	}
	if !found {
		p.NotApplicable("The code changes no table that exists. If the text of a CREATE TABLE IF NOT EXISTS was ever edited after a deploy, older objects do not know.")
	}
}

// refusedColumn says why a column cannot be added to a table with rows, "" when it
// can.
func refusedColumn(c column) string {
	spec := c.spec
	at := slices.Index(spec, "DEFAULT")
	switch {
	case slices.Contains(spec, model.Hole):
		return ""
	case slices.Contains(spec, "UNIQUE"):
		return "a new column cannot be UNIQUE"
	case slices.Contains(spec, "PRIMARY"):
		return "a new column cannot be a PRIMARY KEY"
	case slices.Contains(spec, "GENERATED") || slices.Contains(spec, "AS"):
		if slices.Contains(spec, "STORED") {
			return "a new generated column cannot be STORED"
		}
		return ""
	case at >= 0 && at+1 < len(spec) && (spec[at+1] == "(" && !constant(spec[at+1:]) || strings.HasPrefix(spec[at+1], "CURRENT_")):
		return "its default is computed"
	case notNull(spec) && (at < 0 || at+1 < len(spec) && spec[at+1] == "NULL"):
		return "it is NOT NULL and has no default"
	}
	return ""
}

// constant reports a parenthesised default that is one literal: (0), (”).
func constant(w []string) bool {
	return len(w) >= 3 && w[2] == ")" && (strings.HasPrefix(w[1], "'") || isDigits(w[1]))
}

func notNull(spec []string) bool {
	for i, w := range spec {
		if w == "NULL" && i > 0 && spec[i-1] == "NOT" {
			return true
		}
	}
	return false
}

// emptyTable reports a table that the same text makes before it changes it, so that
// it has no rows yet.
func emptyTable(q *model.Query, name string) bool {
	for _, s := range q.Statements {
		if t, rest := named(s); s.Verb == "CREATE" && t == name && !slices.Contains(rest, "SELECT") && !slices.Contains(s.Words, "EXISTS") {
			return true
		}
	}
	return false
}

// alteredAtStart looks at the ALTER TABLEs that a constructor, or a framework's
// onStart, runs by name, not from a list of steps, and reports those that nothing
// decides about.
func alteredAtStart(p *analysis.Pass, start *model.Func) (found bool) {
	m := p.Module
	steps := m.Expand(start)
	for i, s := range steps {
		for _, st := range statements(s.Op) {
			name, rest := named(st)
			column, ok := added(rest)
			if s.Kind != model.OpSQL || st.Verb != "ALTER" || !ok {
				continue
			}
			found = true
			conditions := m.Conditions(steps, i)
			switch {
			case s.Within(model.Try) != nil:
				p.Advise(s.At(m), fmt.Sprintf("From the second start on this fails, and the catch hides it together with every other error, for instance a misspelt name; the column %s may be missing without a sign.", strings.ToLower(column.name)), "")
			case len(conditions) > 0 || s.Within(model.Loop) != nil:
				p.Guard(s.At(m), "The column is added only where a step is still missing.")
			case recreated(steps[:i], name):
			default:
				p.Error(s.At(m), fmt.Sprintf("This runs at every start of an object, and from the second one on it throws \"duplicate column name: %s\".", strings.ToLower(column.name)), "")
			}
		}
	}
	return found
}

// recreated reports steps that drop a table and make it anew.
func recreated(steps []model.Step, name string) bool {
	for _, s := range steps {
		for _, st := range statements(s.Op) {
			if t, _ := named(st); s.Kind == model.OpSQL && st.Verb == "DROP" && t == name {
				return true
			}
		}
	}
	return false
}
