// Package concurrency holds the gotchas of interleaving: what other events do
// to an object's state while one of its methods waits.
package concurrency

import (
	"embed"
	"maps"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "concurrency",
	Title:   "Concurrency",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		raceExternalAwait,
		raceSameEvent,
		raceMemoryAcrossAwait,
		raceAcrossObjects,
		bcwExternalIO,
		bcwPerRequest,
		bcwThrowResets,
		bcwReentrantDeadlock,
		asyncTransactionBlocks,
		transactionSyncAsync,
		ormAsyncTransaction,
		writeThenThrow,
		awaitBetweenWrites,
		gateOptOut,
		moduleLock,
		memoizedRejection,
	},
}

// sorted are a map's keys in order, so that reports come out the same each time.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
