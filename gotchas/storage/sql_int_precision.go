package storage

import "durable-objects-mcp/gotchas/analysis"

var sqlIntPrecision = &analysis.Gotcha{
	ID:       "sql-int-precision",
	Title:    "Can an INTEGER column hold numbers above 2^53?",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "SQLite keeps 64 bits, but rows come back as JavaScript numbers: an integer above 9,007,199,254,740,991 loses its last digits when it is read, without an error. " +
		"Snowflake ids, nanosecond timestamps and hashes are that large; nothing in the code tells which numbers a column gets.",
	Fix: "Keep such values in a TEXT column and bind String(value). To compare them as numbers, cast within the statement and return text.",
	Fine: []string{
		"Row ids, counters, cents and milliseconds.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: an INTEGER above 2^53 is read as the nearest number.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#supported-types",
	},
}
