// Package storage holds the gotchas of an object's storage: what SQLite binds,
// returns and forbids, what the key-value interface hides, and what deleteAll
// takes with it.
package storage

import (
	"embed"

	"durable-objects-mcp/gotchas/analysis"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "storage",
	Title:   "Storage",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		sqlUndrainedWrite, sqlInterpolation, sqlBindingArray, sqlBindingCoercion, sqlBindingBigint, sqlIntPrecision,
		sqlInvalid, sqlBindingCount, sqlTransactionStatement, sqlMultiStatement, sqlTooManyParams, sqlStaticLimits, sqlLargeValue, sqlUnauthorized, sqlOnKVClass,
		sqlCursorAcrossAwait, sqlCursorReuse, sqlOneOnMaybeEmpty, sqlDuplicateColumns, sqlUnboundedRead, sqlAwait,
		sqlSchemaDrift, sqlSchemaPerCall,
		kvUncloneable, kvUndefined, kvMutateWithoutPut, kvValueSize, kvBatch128, kvListUnbounded, kvNPlusOne,
		deleteAllSchema, deleteAllAlarm, deleteAllInTransaction, incompleteDelete, pitrMisuse, storageUnbounded,
	},
}
