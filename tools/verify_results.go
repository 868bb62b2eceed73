package tools

import (
	"context"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/verify"
)

func verifyTool(e *engine.Engine) tool {
	return tool{
		name:  "verify_results",
		title: "Verify the results",
		description: "Proves a results directory: the runbook's script and ten-item checklist, the review, the configuration, a strict type check, the bundle, a start on real workerd, and scenario.json played with evictions between all steps and with the clock moved so that alarms fire. " +
			"Writes validation_report.json (its schema is durable-objects://schemas/validation-report, the scenario's durable-objects://schemas/scenario), the same as a page in report.html, and the generated part of self_review.md. A stage that could not run reads skipped, with the reason, and never counts as passed. " +
			"The first run installs workerd and tsc into the user's cache.",
		args: []arg{
			{name: "results_dir", kind: "string", description: "Directory with the five deliverables, inside the root. Default: results."},
			{name: "config_path", kind: "string", description: "The Workers configuration of an existing project, inside the root: its main module and what that imports are proven where they stand, with the project's installed packages and tsconfig; results_dir then holds scenario.json and gets the reports."},
			{name: "environment", kind: "string", description: "The environment of the configuration to run. Default: the top level."},
			{name: "depth", kind: "string", allowed: []string{"static", "types", "runtime"}, description: "static reads files only, types adds the type check and the bundle, runtime adds the run on workerd. Default: runtime."},
		},
		output: `{"type":"object","properties":{"version":{"type":"string"},"run_date":{"type":"string"},"depth":{"type":"string"},"stages":{"type":"array","items":{"type":"object"}},"results":{"type":"object"},"overall_passed":{"type":"boolean"},"checklist":{"type":"array","items":{"type":"object"}},"script":{"type":"array","items":{"type":"string"}},"runtime":{"type":"object"},"worlds":{"type":"array","items":{"type":"object"}},"notes":{"type":"array","items":{"type":"string"}}},"required":["version","run_date","depth","stages","results","overall_passed","checklist"]}`,
		run: func(ctx context.Context, in input, progress func(string)) (engine.Result, error) {
			depth, err := verify.ParseDepth(in.text("depth"))
			if err != nil {
				return nil, err
			}
			return result(e.Verify(ctx, engine.VerifyRequest{ResultsDir: in.text("results_dir"), ConfigPath: in.text("config_path"), Environment: in.text("environment"), Depth: depth, Progress: progress}))
		},
	}
}
