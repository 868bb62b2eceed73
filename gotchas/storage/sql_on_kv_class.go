package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

var sqlOnKVClass = &analysis.Gotcha{
	ID:       "sql-on-kv-class",
	Title:    "SQL in a class that was created without SQLite",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A class listed in new_classes (or with storage \"legacy-kv\") has the old key-value backend: ctx.storage.sql, ctx.storage.kv and point-in-time recovery throw on first use. " +
		"A class that is already deployed cannot be converted.",
	Fix: "Create the class with new_sqlite_classes, or storage \"sqlite\" in exports. If it is deployed already, add a new SQLite class and move the data over.",
	Fine: []string{
		"The asynchronous get, put, list and delete, which both backends have.",
		"A class that a later rename brought over from a SQLite class.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to `new_sqlite_classes`\".",
		"developers.cloudflare.com/durable-objects/best-practices/access-durable-objects-storage/#create-sqlite-backed-durable-object-class",
	},
	Check: checkSQLOnKV,
}

// sqliteOnly are the methods of ctx.storage that need the SQLite backend.
var sqliteOnly = map[string]bool{"getCurrentBookmark": true, "getBookmarkForTime": true, "onNextSessionRestoreBookmark": true}

func checkSQLOnKV(p *analysis.Pass) {
	if p.Config == nil {
		p.NotApplicable("The review has no configuration, which is where a class gets its backend.")
		return
	}
	for _, c := range p.Objects() {
		op, at := firstSQLite(p.Module, c)
		if op == nil {
			p.NotApplicable("No class here needs the SQLite backend.")
			continue
		}
		state := p.Config.Class(c.Name)
		switch state.Backend {
		case wrangler.KV:
			p.Error(at, fmt.Sprintf("%s uses %s, but line %d of %s creates the class with the key-value backend.",
				c.Name, needs(op), state.CreatedAt.Line, p.Config.Path), "")
		case wrangler.SQLite:
			p.GuardConfig(state.CreatedAt, fmt.Sprintf("%s is created with the SQLite backend that its code uses.", c.Name))
		}
	}
}

// firstSQLite is the operation that needs SQLite and stands first in the file.
func firstSQLite(m *model.Module, c *model.Class) (first *model.Op, at syntax.Node) {
	for _, f := range roots(m, c) {
		for _, s := range m.Expand(f) {
			if s.Kind != model.OpSQL && s.Kind != model.OpKV && (s.Kind != model.OpStorage || !sqliteOnly[s.Method]) {
				continue
			}
			if here := s.At(m); first == nil || here.Tree() == m.Tree && here.Start() < at.Start() {
				first, at = s.Op, here
			}
		}
	}
	return first, at
}

func needs(op *model.Op) string {
	switch op.Kind {
	case model.OpSQL:
		return "SQL"
	case model.OpKV:
		return "ctx.storage.kv"
	}
	return "point-in-time recovery"
}
