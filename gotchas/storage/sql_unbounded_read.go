package storage

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlUnboundedRead = &analysis.Gotcha{
	ID:       "sql-unbounded-read",
	Title:    "A whole growing table is read at once",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "Each row that is scanned is billed, and all of them are held in the 128 MB that the object shares with others. The table grows with every event, so each read gets slower and dearer.",
	Fix:      "Read a page: WHERE id > ? ORDER BY id LIMIT 100, or only what is newer than the caller has. Keep totals in a row of their own.",
	Fine: []string{
		"A LIMIT or a WHERE.",
		"count(*) and other aggregates.",
		"Tables that are small by nature, such as settings or members.",
		"A table whose old rows are deleted.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/pricing/ (rows read)",
		"developers.cloudflare.com/durable-objects/platform/limits/",
	},
	Check: checkUnboundedRead,
}

func checkUnboundedRead(p *analysis.Pass) {
	m := p.Module
	for _, c := range p.Objects() {
		tables, insert := growing(m, c)
		if len(tables) == 0 {
			p.NotApplicable("No table here gets a row for every event.")
			continue
		}
		for _, op := range m.ClassOps(c) {
			s := last(op)
			if op.Kind != model.OpSQL || s.Verb != "SELECT" || len(s.Reads) != 1 || !slices.Contains(tables, s.Reads[0]) {
				continue
			}
			t := s.Reads[0]
			switch {
			case s.Limit:
				p.Guard(op.Node, "LIMIT bounds what one call reads.")
			case s.Where || s.Aggregate || op.Method != "tag" && !collected(m, op.Node) || pruned(m, t):
			default:
				p.Warn(op.Node, fmt.Sprintf("This reads all of %s, to which line %d adds a row each time. This is not a problem if one object only ever has few.", t, insert[t].Line()), "")
			}
		}
	}
}

// collected reports a cursor all of whose rows are put into an array.
func collected(m *model.Module, call syntax.Node) bool {
	e := outer(call)
	if c, name := methodOn(e); name == "raw" && c.OK() {
		e = outer(c)
	}
	_, name := methodOn(e)
	return name == "toArray" || consumption(m, e, 0).how == drained && !e.Parent().Is(syntax.ForInStatement)
}

// pruned reports a DELETE of a range of rows, or of all.
func pruned(m *model.Module, table string) bool {
	for _, f := range m.Funcs {
		for _, op := range f.Ops {
			if op.Kind != model.OpSQL {
				continue
			}
			for _, st := range statements(op) {
				byRange := !st.Where || slices.Contains(st.Words, "<") || slices.Contains(st.Words, ">") || slices.Contains(st.Words, "LIMIT")
				if st.Verb == "DELETE" && byRange && len(st.Writes) > 0 && st.Writes[0] == table {
					return true
				}
			}
		}
	}
	return false
}
