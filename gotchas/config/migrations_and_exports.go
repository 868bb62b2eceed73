package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var migrationsAndExports = &analysis.Gotcha{
	ID:       "cfg-migrations-and-exports",
	Title:    "The file has both migrations and exports, which exclude each other",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why:      "A Worker's classes are declared in one form or the other. wrangler refuses a file with both, and a Worker that was once deployed with exports cannot go back.",
	Fix:      "Keep the form that the Worker was deployed with, and delete the other.",
	Fine: []string{
		"An environment that inherits the one form of the top level.",
		"Entries of type worker or workflow in exports beside migrations, and an empty list of migrations beside exports.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: \"`migrations` and `exports` are mutually exclusive\", as soon as exports has any entry of type durable-object and migrations any entry.",
	},
	Check: checkMigrationsAndExports,
}

func checkMigrationsAndExports(p *analysis.Pass) {
	p.NotApplicable("The configuration has neither migrations nor exports.")
	for _, l := range levels(p.Config) {
		switch l.scope.Lifecycle() {
		case wrangler.Both:
			at, other := l.scope.ExportsPos, l.scope.MigrationsPos
			p.ReportConfig(analysis.Error, at, fmt.Sprintf("exports stands here and migrations on line %d; wrangler refuses both together.", other.Line), "")
		case wrangler.Migrations:
			p.GuardConfig(l.scope.MigrationsPos, "The classes are declared by migrations alone.")
		case wrangler.Exports:
			p.GuardConfig(l.scope.ExportsPos, "The classes are declared by exports alone.")
		}
	}
}
