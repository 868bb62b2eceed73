package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var sqlInvalid = &analysis.Gotcha{
	ID:       "sql-invalid",
	Title:    "A statement that SQLite does not accept",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "SQL is text until it runs, so neither the type check nor the bundler sees a misspelt column, a value too many or a missing comma: exec throws the first time that the line is reached, " +
		"which may be in an alarm, weeks after the deploy. The review prepares each constant statement with a real SQLite, against the tables that the code itself creates.",
	Fix: "Write the statement as SQLite's message asks for, and let a test or a scenario reach each statement once.",
	Fine: []string{
		"Text in double quotes that is no column: SQLite takes it for a string here.",
		"Tables whose definition is computed, differs between two places, or is changed by more than ADD COLUMN; statements on them are not judged.",
		"Statements with computed parts.",
		"UPDATE and DELETE with ORDER BY and LIMIT, which the runtime accepts.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261023.1: exec throws \"no such column: c at offset 7: SQLITE_ERROR\", \"1 values for 2 columns\", \"near \\\"SELEC\\\": syntax error\" and the like; a name in double quotes that is no column is text.",
		"Measured on workerd 1.20261023.1: ALTER TABLE … ADD COLUMN with a -- comment behind it and no semicolon fails with \"error in table t after add column: incomplete input\".",
		"sqlite.org/lang.html",
	},
	Check: checkInvalid,
}

func checkInvalid(p *analysis.Pass) {
	said := preparedSQL(p)
	for at := range sqlTexts(p) {
		if r, bad := said.refused[at]; bad && at.Tree() == p.Module.Tree {
			p.Error(at, fmt.Sprintf("SQLite does not accept this %s: %s.", r.statement, r.why), "")
		}
	}
	queries(p, func(op *model.Op) {
		if r, bad := said.refused[op.Node]; bad {
			fix := ""
			switch {
			case r.meant != "":
				fix = fmt.Sprintf("%s is in the schema.", r.meant)
			case noColumn.MatchString(r.why):
				fix = "Add the column in a new migration: ALTER TABLE … ADD COLUMN."
			}
			p.Error(op.Node, fmt.Sprintf("SQLite does not accept this %s: %s.", r.statement, r.why), fix)
		} else if said.checked[op.Node] {
			p.Guard(op.Node, "SQLite accepts the statement with the tables that the code creates.")
		}
	})
}
