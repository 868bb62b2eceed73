// Package concurrency holds the gotchas of interleaving: what other events do
// to an object's state while one of its methods waits.
package concurrency

import (
	"embed"

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
	},
}
