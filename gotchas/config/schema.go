package config

import (
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var schema = &analysis.Gotcha{
	ID:       "cfg-schema",
	Title:    "The configuration does not have the shape that wrangler reads",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "wrangler refuses a file with a value of a wrong type, a value that is not allowed, or a required key that is missing. " +
		"Of a key that it does not know it only warns and goes on without it, so a misspelt setting is not in force; in a few places it says nothing at all.",
	Fix: "Write the key and the value as the message says; \"$schema\": \"./node_modules/wrangler/config-schema.json\" lets an editor check the file as it is written.",
	Fine: []string{
		"A key or value that a newer wrangler knows than the one that the message names: accept it with do-review-ignore.",
		"A fault in a part that the review itself has to read cannot be accepted, because wrangler refuses the file and nobody could say what that part does.",
	},
	Evidence: []string{
		"The JSON schema of the npm package wrangler 4.164.0.",
		"Measured with wrangler 4.164.0: a fault in each place of its schema, and which of them its own reader refuses.",
	},
	Check: checkSchema,
}

// checkSchema comes after the other checks of the configuration, and leaves to them
// what they have found.
func checkSchema(p *analysis.Pass) {
	p.NotApplicable("The configuration has the shape that wrangler's schema describes.")
	for _, fault := range p.Config.Faults() {
		said := slices.ContainsFunc(p.Before, func(f analysis.Finding) bool {
			return f.Severity != analysis.Info && fault.About(wrangler.Pos{Line: f.Line, Column: f.Column})
		})
		if !said {
			p.ReportFault(fault, "")
		}
	}
}
