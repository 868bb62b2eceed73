package tools

import (
	"context"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/engine"
)

func scaffoldTool(e *engine.Engine) tool {
	return tool{
		name:  "scaffold_durable_object",
		title: "Scaffold a Durable Object",
		description: "Turns a spec into a complete, typed Cloudflare Durable Object: durable_object.ts with its Worker entry, summary.md and a scenario.json that proves it. " +
			"Composes any of: " + patternTitles() + ". " +
			"For every clause of the spec the result says what covers it or that it is open, and where it belongs.",
		args: []arg{
			{name: "spec", kind: "string", description: "What to build, in plain words, e.g. \"ChatRoom DO: WebSocket broadcast per room, message count at GET /count, delete after 30 min idle.\""},
			{name: "blueprint", kind: "object", description: "What to build, as data (durable-objects://blueprint), e.g. what a call returned, corrected. Beside a spec it decides. One of both is needed."},
			{name: "grow", kind: "boolean", description: "Add to the object in results_dir and keep what was changed there; refuses where both change the same method. Default: false."},
			{name: "project", kind: "boolean", description: "Also write package.json, tsconfig.json and a vitest test made from the scenario. Default: false."},
			{name: "results_dir", kind: "string", description: "Directory of the files, in the root. Default: results."},
			{name: "overwrite", kind: "boolean", description: "Replace existing files. Default: false."},
			{name: "dry_run", kind: "boolean", description: "Write nothing and return the code. Default: false."},
		},
		output: `{"type":"object","properties":{"class":{"type":"string"},"binding":{"type":"string"},"files":{"type":"array","items":{"type":"object"}},"patterns":{"type":"array","items":{"type":"string"}},"routes":{"type":"array","items":{"type":"string"}},"clauses":{"type":"array","items":{"type":"object"}},"blueprint":{"type":"object"},"open":{"type":"integer"},"next":{"type":"array","items":{"type":"string"}}},"required":["class","binding","files","clauses","open","next","blueprint"]}`,
		run: func(_ context.Context, in input, _ func(string)) (engine.Result, error) {
			return result(e.Scaffold(engine.ScaffoldRequest{
				Spec: in.text("spec"), Blueprint: in.text("blueprint"), Grow: in.flag("grow"), Project: in.flag("project"), ResultsDir: in.text("results_dir"), Overwrite: in.flag("overwrite"), DryRun: in.flag("dry_run"),
			}))
		},
	}
}

// patternTitles lists what the scaffold composes.
func patternTitles() string {
	var titles []string
	for _, p := range blueprint.Patterns() {
		titles = append(titles, p.Title)
	}
	return strings.Join(titles, ", ")
}

// result keeps a nil pointer from becoming a non-nil Result.
func result[R engine.Result](r R, err error) (engine.Result, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}
