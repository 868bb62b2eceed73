package storage

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlSchemaPerCall = &analysis.Gotcha{
	ID:       "sql-schema-per-call",
	Title:    "Each call creates its tables",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why:      "CREATE TABLE IF NOT EXISTS costs little where the table exists, but every call pays it, and a method that forgets it fails on a fresh object only.",
	Fix:      "Create the tables once for each instance: in the constructor, under ctx.blockConcurrencyWhile.",
	Fine: []string{
		"A class that calls deleteAll, whose living instance needs its tables again.",
		"A creation that a flag or an earlier look at the schema decides about.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (set up in the constructor)",
	},
	Check: checkSchemaPerCall,
}

func checkSchemaPerCall(p *analysis.Pass) {
	for _, c := range p.Objects() {
		if empties(p.Module, c) {
			p.NotApplicable("%s calls deleteAll, after which a living instance needs its tables again.", c.Name)
			continue
		}
		for _, f := range roots(p.Module, c) {
			steps := p.Module.Expand(f)
			for i, s := range steps {
				if s.Kind != model.OpSQL || !createsTable(s.Op) {
					continue
				}
				if f == c.Ctor {
					p.Guard(s.Node, "The tables are created once for each instance.")
				} else if !remembered(p.Module.Conditions(steps, i)) {
					p.Advise(s.At(p.Module), fmt.Sprintf("%s creates its tables in every call.", f.Name), "")
					break
				}
			}
		}
	}
}

// empties reports a class that calls deleteAll.
func empties(m *model.Module, c *model.Class) bool {
	for _, op := range m.ReachedOps(c) {
		if op.Kind == model.OpStorage && op.Method == "deleteAll" {
			return true
		}
	}
	return false
}

// remembered reports conditions that look at whether the tables are there: at a
// field, at the schema or at a version. What a request asks for is no such thing.
func remembered(conditions []syntax.Node) bool {
	for _, c := range conditions {
		if text := c.Text(); readyNames.MatchString(text) || strings.Contains(text, "length") || strings.Contains(text, "ersion") || strings.Contains(text, "reated") {
			return true
		}
	}
	return false
}
