package tools

import (
	"context"

	"durable-objects-mcp/internal/engine"
)

func reviewTool(e *engine.Engine) tool {
	return tool{
		name:     "review_gotchas",
		title:    "Review Durable Object code",
		readOnly: true,
		description: "Reviews Durable Object TypeScript, with its wrangler configuration, against every documented gotcha: races across awaits, state lost in hibernation, timers, the one alarm, WebSockets, SQL storage, RPC, migrations. " +
			"Each gotcha gets one verdict with the quoted line: violated (with why, what to write instead, and the edit where one is sure), guarded, advised, or not applicable. " +
			"A comment `// do-review-ignore <gotcha>: <reason>` accepts a finding.",
		args: []arg{
			{name: "path", kind: "strings", description: "Files, directories, or Workers configurations (which stand for their Worker) inside the root. Default: results/durable_object.ts."},
			{name: "source", kind: "string", description: "TypeScript text to review instead of a path."},
			{name: "config_path", kind: "string", description: "The wrangler.jsonc, .json or .toml to review with it. Default: the nearest one above each file."},
		},
		output: `{"type":"object","properties":{"findings":{"type":"array","items":{"type":"object"}},"verdicts":{"type":"array","items":{"type":"object"}},"partial":{"type":"array","items":{"type":"object"}},"suppressed":{"type":"array","items":{"type":"object"}},"broken":{"type":"array","items":{"type":"object"}},"classes":{"type":"array","items":{"type":"string"}},"files":{"type":"array","items":{"type":"string"}},"config":{"type":"string"},"configs":{"type":"array","items":{"type":"string"}}},"required":["findings","verdicts","partial","suppressed","broken","classes","files","config","configs"]}`,
		run: func(ctx context.Context, in input, _ func(string)) (engine.Result, error) {
			req := engine.ReviewRequest{Paths: in.list("path"), Source: in.text("source"), ConfigPath: in.text("config_path"), Stop: func() bool { return ctx.Err() != nil }}
			if len(req.Paths) == 0 && req.Source == "" {
				req.Paths = []string{"results/durable_object.ts"}
			}
			return result(e.Review(req))
		},
	}
}
