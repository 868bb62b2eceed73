// Package config holds the gotchas of the Workers configuration: what must be
// declared so that a Durable Object class exists, is reachable and keeps its
// data from one deploy to the next.
package config

import (
	"embed"

	"durable-objects-mcp/gotchas/analysis"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "config",
	Title:   "Configuration",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		noLifecycle,
		classNotExported,
		bindingName,
		noEntry,
		kvBackend,
		migrationsAndExports,
		migrationHistory,
		deleteData,
		renameWrong,
		destinationExists,
		deleteLeftovers,
		exportsShape,
		envNotInherited,
		scriptName,
		compatDate,
		cpuMs,
		observability,
		previews,
		codeUpdate,
		versionsUpload,
		staleTypes,
		schema, // last: see checkSchema
	},
}
