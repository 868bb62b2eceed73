package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var storageUnbounded = &analysis.Gotcha{
	ID:       "storage-unbounded",
	Title:    "Stored data only ever grows",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Every event adds a row or a key and nothing in the class takes any away. Stored bytes are billed for as long as the object exists, scans get slower and dearer, " +
		"and at 10 GB (1 GB on the Free plan) writes fail with SQLITE_FULL.",
	Fix: "Delete what has expired when adding or in alarm(): DELETE FROM t WHERE created_at < ?, keep the newest n, or call deleteAll() when the object is done.",
	Fine: []string{
		"A row for each thing that users create and remove.",
		"Upserts and keys that are written again and again.",
		"A limit that is checked before adding.",
		"An object that lives for a bounded time and then empties its storage.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/",
		"developers.cloudflare.com/durable-objects/platform/pricing/ (stored data, rows read)",
	},
	Check: checkStorageUnbounded,
}

func checkStorageUnbounded(p *analysis.Pass) {
	for _, c := range p.Objects() {
		growingTables(p, c)
		growingKeys(p, c)
	}
}

func growingTables(p *analysis.Pass, c *model.Class) {
	tables, insert := growing(p.Module, c)
	for _, t := range tables {
		if op, ok := shrinks(p.Module, c, t); ok {
			p.Guard(op.Node, fmt.Sprintf("Rows of %s are removed again here.", t))
			continue
		}
		if counted(p.Module, c, t) {
			continue
		}
		p.Warn(insert[t].Node, fmt.Sprintf("%s gets a new row each time, and nothing in the file deletes from it. This is not a problem if few rows are ever added to one object.", t), "")
	}
}

// growingKeys reports keys made of a time or a random id that nothing deletes.
func growingKeys(p *analysis.Pass, c *model.Class) {
	var removal *model.Op
	for _, f := range p.Module.Reviewed() {
		if owner := p.Module.Owner(f); owner != nil && owner != c && owner.Object != "" {
			continue
		}
		for _, op := range f.Ops {
			if op.Kind != model.OpStorage && op.Kind != model.OpKV {
				continue
			}
			_, constant := p.Module.Text(model.Argument(op.Node, 0))
			if op.Method == "deleteAll" || op.Method == "delete" && !constant {
				removal = op
			}
		}
	}
	var sources []syntax.Node
	for _, f := range roots(p.Module, c) {
		for _, s := range p.Module.Expand(f) {
			if s.Kind != model.OpStorage && s.Kind != model.OpKV || s.Method != "put" {
				continue
			}
			key := model.Argument(s.Node, 0)
			if sources == nil {
				sources = fresh(p.Module)
			}
			if !key.OK() || !model.Argument(s.Node, 1).OK() || !p.Module.DependsOn(key, sources...) {
				continue
			}
			if removal != nil {
				p.Guard(removal.Node, "Keys are removed again here.")
				return
			}
			p.Warn(s.Node, fmt.Sprintf("The key %s is new each time, and nothing in the file deletes such keys. This is not a problem if few are ever added to one object.", analysis.Short(key)), "")
		}
	}
}
