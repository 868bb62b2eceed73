package storage

import "durable-objects-mcp/gotchas/analysis"

var sqlSchemaDrift = &analysis.Gotcha{
	ID:       "sql-schema-drift",
	Title:    "Does an object that was made under an older schema get the new columns?",
	Severity: analysis.Error,
	Scope:    analysis.Question,
	Why: "Each object has a database of its own, which may be as old as the class. CREATE TABLE IF NOT EXISTS does nothing where the table exists, so a column that is added to its text " +
		"reaches new objects only; in all others the next statement fails with \"no such column\". Tests start from empty storage and never show it. " +
		"Nothing in the code tells whether a CREATE TABLE was edited after its first deploy.",
	Fix: "Keep an append-only list of migrations, note the last one that ran in a table, and run the missing ones in the constructor under blockConcurrencyWhile. " +
		"Change a table with ALTER TABLE … ADD COLUMN in a new step, with a DEFAULT when the column is NOT NULL, and never edit a step that has been deployed.",
	Fine: []string{
		"CREATE TABLE IF NOT EXISTS and CREATE INDEX IF NOT EXISTS whose text has not changed since the first deploy.",
		"A new table or a new index.",
		"A migration table, or a migrator such as drizzle's migrate() with the durable-sqlite driver.",
	},
	Evidence: []string{
		"sqlite.org/lang_createtable.html (IF NOT EXISTS: no effect on a table that exists)",
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (migrations in the constructor)",
		"Measured on workerd: PRAGMA user_version is not authorized, so the number of the last step lives in a table.",
	},
}
