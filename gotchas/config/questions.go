package config

import "durable-objects-mcp/gotchas/analysis"

var versionsUpload = &analysis.Gotcha{
	ID:       "cfg-versions-upload",
	Title:    "A change of classes is released with wrangler versions upload or a gradual deployment",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "Creating, renaming, transferring or deleting a class needs a full wrangler deploy. versions upload fails while a migration is pending, " +
		"and neither a gradual deployment nor a rollback can cross it.",
	Fix: "Deploy the lifecycle change alone with wrangler deploy, and release code gradually before or after it.",
	Evidence: []string{
		"developers.cloudflare.com/workers/configuration/versions-and-deployments/gradual-deployments/",
		"github.com/cloudflare/workers-sdk (\"This Worker has a pending Durable Object migration\")",
	},
}
