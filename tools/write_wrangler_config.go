package tools

import (
	"context"
	"strconv"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/wrangler"
)

func configTool(e *engine.Engine) tool {
	return tool{
		name:  "write_wrangler_config",
		title: "Write the wrangler configuration",
		description: "Reads durable_object.ts and wrangler.jsonc in the results directory, or an existing project, and adds what is missing: the Durable Object binding, a lifecycle entry with the next migration tag, compatibility date, main. " +
			"Comments, order and formatting of an existing file survive and the result carries a diff. Changes that would lose data or cannot deploy are refused with the safe alternative.",
		args: []arg{
			{name: "results_dir", kind: "string", description: "Directory that holds durable_object.ts, inside the root. Default: results."},
			{name: "config_path", kind: "string", description: "Configuration of an existing project instead: made to fit the classes that its main exports."},
			{name: "name", kind: "string", description: "The Worker's name for a new file. Default: from the class."},
			{name: "lifecycle", kind: "string", allowed: []string{"migrations", "exports"}, description: "Lifecycle form of a new file. Default: migrations."},
			{name: "move_to_exports", kind: "boolean", description: "Replace migrations by exports, in a change of its own. There is no way back once it is deployed. Default: false."},
			{name: "rename", kind: "names", allowed: []string{"from", "to"}, description: "A class that was renamed in the code and must keep its data."},
			{name: "rename_binding", kind: "names", allowed: []string{"from", "to"}, description: "A binding that gets another name on env; its class and data stay."},
			{name: "environment", kind: "string", description: "An environment to add, such as staging, with the bindings that it does not inherit; with a transfer, the one that takes part."},
			{name: "transfer", kind: "names", allowed: []string{"from_script", "from", "to"}, description: "A class that another Worker hands over to this one with its data: its name there and here. The result lists the deploys of both as stages."},
			{name: "transfer_to", kind: "names", allowed: []string{"to_script", "from", "to"}, description: "The other side: a class that this Worker hands over, its name here and there. Nothing is deleted."},
			{name: "deployed", kind: "string", allowed: []string{"1", "2", "3"}, description: "The last stage that is deployed of a rename or transfer in several deploys; the same request continues. Default: none."},
			{name: "delete", kind: "strings", description: "Classes to delete with all data of all their objects. Never done unless named here."},
			{name: "dry_run", kind: "boolean", description: "Write nothing and return the diff. Default: false."},
		},
		output: `{"type":"object","properties":{"file":{"type":"object"},"classes":{"type":"array","items":{"type":"string"}},"changes":{"type":"array","items":{"type":"object"}},"warnings":{"type":"array","items":{"type":"string"}},"stages":{"type":"array","items":{"type":"object"}},"diff":{"type":"string"}},"required":["file","classes","changes","warnings","diff"]}`,
		run: func(_ context.Context, in input, _ func(string)) (engine.Result, error) {
			req := engine.ConfigRequest{
				ResultsDir: in.text("results_dir"), ConfigPath: in.text("config_path"), Name: in.text("name"), Lifecycle: in.text("lifecycle"),
				Delete: in.list("delete"), DryRun: in.flag("dry_run"), Environment: in.text("environment"), MoveToExports: in.flag("move_to_exports"),
			}
			if r, ok := in["rename"].(map[string]string); ok {
				req.Rename = &wrangler.Rename{From: r["from"], To: r["to"]}
			}
			if r, ok := in["rename_binding"].(map[string]string); ok {
				req.RenameBinding = &wrangler.Rename{From: r["from"], To: r["to"]}
			}
			if t, ok := in["transfer"].(map[string]string); ok {
				req.Transfer = &wrangler.Transfer{FromScript: t["from_script"], From: t["from"], To: t["to"]}
			}
			if t, ok := in["transfer_to"].(map[string]string); ok {
				req.TransferTo = &wrangler.Handover{From: t["from"], ToScript: t["to_script"], To: t["to"]}
			}
			req.Deployed, _ = strconv.Atoi(in.text("deployed")) // one of the allowed ones, or 0
			return result(e.Config(req))
		},
	}
}
