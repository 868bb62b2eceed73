package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvNPlusOne = &analysis.Gotcha{
	ID:       "kv-n-plus-one",
	Title:    "Keys are read one by one in a loop",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "Each get is an operation and a wait of its own; a long loop of them is slow, and in the extreme the platform answers \"too many concurrent storage operations\".",
	Fix:      "Read up to 128 keys in one call: const values = await storage.get(keys), which gives a Map; or list() with a prefix.",
	Fine: []string{
		"get(keys) with an array.",
		"put and delete in a loop, which are collected into one write.",
		"ctx.storage.kv.get, which does not wait.",
		"A loop that reads until it finds something.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#get-1"},
	Check:    checkNPlusOne,
}

func checkNPlusOne(p *analysis.Pass) {
	m := p.Module
	keyOps(p, func(op *model.Op) {
		if op.Kind != model.OpStorage || op.Method != "get" {
			return
		}
		key := model.Argument(op.Node, 0)
		if isArray(m, key) {
			p.Guard(op.Node, "All keys are read in one call.")
			return
		}
		loop := op.Path.Within(model.Loop)
		if loop == nil || !op.Awaited || !loop.Node.Is(syntax.ForInStatement) || leaves(loop.Node).OK() {
			return
		}
		for id := range key.Descendants() {
			if b := m.Resolve(id); b != nil && b.Decl == loop.Node {
				p.Warn(op.Node, fmt.Sprintf("One key is read and waited for in each round of the loop on line %d. This is not a problem for a handful of keys.", loop.Node.Line()), "")
				return
			}
		}
	})
}
