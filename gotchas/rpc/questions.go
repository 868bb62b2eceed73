package rpc

import "durable-objects-mcp/gotchas/analysis"

var rpc32MiB = &analysis.Gotcha{
	ID:       "rpc-32mib",
	Title:    "A call carries more than RPC can",
	Severity: analysis.Warning,
	Scope:    analysis.Question,
	Why: "The arguments and the result of one call are limited to 32 MiB together; above that it fails with " +
		"“Serialized RPC arguments or return values are limited to 32MiB”. Before it fails, a large one is held in memory on both sides.",
	Fix: "Say how large the largest argument and result can become; pass a ReadableStream, a page at a time, or a key of R2 instead of the bytes.",
	Evidence: []string{
		"developers.cloudflare.com/workers/runtime-apis/rpc/ (limits)",
	},
}

var doAsCache = &analysis.Gotcha{
	ID:       "do-as-cache",
	Title:    "An object serves what needs no coordination",
	Severity: analysis.Info,
	Scope:    analysis.Question,
	Why: "An object answers in one place and on one thread, and is billed for its time. Data that is read everywhere and rarely changes, large files and plain caches " +
		"gain nothing from that and pay for it with distance.",
	Fix: "Say what the object coordinates. For reads without it use the Cache API or KV, for files R2, for relations that all users share D1.",
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/",
	},
}
