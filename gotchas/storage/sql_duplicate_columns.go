package storage

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var sqlDuplicateColumns = &analysis.Gotcha{
	ID:       "sql-duplicate-columns",
	Title:    "Two columns of a result have the same name",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Each row becomes an object whose properties are the columns' names. Where a join gives the same name twice, one value silently overwrites the other: " +
		"a.id is gone and row.id is b's.",
	Fix: "Name the columns that you need and give each its own name: SELECT a.id AS order_id, b.id AS customer_id, …; or read them with .raw(), which gives arrays.",
	Fine: []string{
		"Columns that the join compares with each other, so that both hold the same value.",
		"Columns with an alias of their own.",
		"A cursor that is read with raw().",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: of SELECT a.id, b.id one property remains.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#sqlstoragecursor (rows as objects, raw)",
	},
	Check: checkDuplicateColumns,
}

func checkDuplicateColumns(p *analysis.Pass) {
	var schema map[string]*table
	queries(p, func(op *model.Op) {
		s := last(op)
		items, from, ok := selected(s)
		if !ok || rawRead(p.Module, op) {
			return
		}
		if schema == nil && len(sources(from)) > 1 {
			schema = tables(p)
		}
		q := join{from: from, sources: sources(from), schema: schema}
		if len(q.sources) < 2 {
			return
		}
		if a, b, twice := q.twice(items); twice {
			p.Warn(op.Node, fmt.Sprintf("%s and %s are both called %s in the result, so each row keeps only one of them.", a.String(), b.String(), strings.ToLower(a.name)), "")
		} else if slices.Contains(s.Words, "AS") {
			p.Guard(op.Node, "The columns of the join have names of their own.")
		}
	})
}

// rawRead reports a cursor that is read as arrays somewhere.
func rawRead(m *model.Module, op *model.Op) bool {
	e := outer(op.Node)
	if _, name := methodOn(e); name == "raw" {
		return true
	}
	if b := namedBy(m, e); b != nil {
		for _, u := range uses(m, b) {
			if _, name := methodOn(outer(u)); name == "raw" || name == "columnNames" {
				return true
			}
		}
	}
	return false
}

// source is one table of a FROM clause and the name that its columns go by there.
type source struct{ table, alias string }

// result is one column of a result: the source and the column that it comes from,
// or the expression, and its name in the result.
type result struct{ from, column, name string }

func (r result) String() string {
	if r.from == "" {
		return strings.ToLower(r.column)
	}
	return strings.ToLower(r.from + "." + r.column)
}

type join struct {
	from    []string
	sources []source
	schema  map[string]*table
}

// sources lists the tables of a FROM clause; a subquery has no table.
func sources(from []string) []source {
	var out []source
	depth := 0
	for i := 0; i < len(from); i++ {
		switch w := from[i]; {
		case w == "(":
			depth++
		case w == ")":
			depth--
		case depth > 0:
		case w == "WHERE" || w == "GROUP" || w == "ORDER" || w == "LIMIT" || w == "UNION":
			return out
		case (w == "FROM" || w == "JOIN" || w == ",") && i+1 < len(from) && from[i+1] != "(":
			s := source{table: strings.ToLower(from[i+1]), alias: from[i+1]}
			if i+2 < len(from) {
				switch next := from[i+2]; {
				case next == "AS" && i+3 < len(from):
					s.alias = from[i+3]
				case !joinWords[next]:
					s.alias = next
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// joinWords may follow a table that has no alias.
var joinWords = map[string]bool{
	",": true, ")": true, ";": true, "JOIN": true, "INNER": true, "LEFT": true, "RIGHT": true, "FULL": true, "CROSS": true, "NATURAL": true, "OUTER": true,
	"ON": true, "USING": true, "WHERE": true, "GROUP": true, "ORDER": true, "LIMIT": true, "UNION": true, "(": true, ".": true, "INDEXED": true, "HAVING": true,
}

// twice finds two columns of the result with one name that hold different values.
func (q join) twice(items [][]string) (a, b result, found bool) {
	var all []result
	for _, item := range items {
		all = append(all, q.results(item)...)
	}
	for i, b := range all {
		for _, a := range all[:i] {
			if a.name == b.name && (a.from != b.from || a.column != b.column) && !q.equal(a, b) {
				return a, b, true
			}
		}
	}
	return a, b, false
}

// results are the columns that one item of a select list gives. An expression
// without an alias has a name of its own, a bare column may be any table's, and what
// a * of an unknown table gives is unknown.
func (q join) results(item []string) []result {
	n := len(item)
	switch {
	case n == 1 && item[0] == "*":
		var out []result
		for _, s := range q.sources {
			out = append(out, q.columns(s)...)
		}
		return out
	case n == 3 && item[1] == "." && item[2] == "*":
		for _, s := range q.sources {
			if s.alias == item[0] {
				return q.columns(s)
			}
		}
	case n == 3 && item[1] == ".":
		return []result{{item[0], item[2], item[2]}}
	case n > 2 && item[n-2] == "AS":
		r := result{"", strings.Join(item[:n-2], " "), item[n-1]}
		if n == 5 && item[1] == "." {
			r.from, r.column = item[0], item[2]
		}
		return []result{r}
	}
	return nil
}

func (q join) columns(s source) []result {
	t := q.schema[s.table]
	if t == nil {
		return nil
	}
	var out []result
	for _, c := range t.columns {
		out = append(out, result{s.alias, c.name, c.name})
	}
	return out
}

// equal reports that the join compares the two columns with each other.
func (q join) equal(a, b result) bool {
	w := q.from
	for i := range w {
		if w[i] == "NATURAL" || w[i] == "USING" && slices.Contains(w[i:min(i+8, len(w))], a.column) {
			return true
		}
		if i+6 < len(w) && w[i+1] == "." && w[i+3] == "=" && w[i+5] == "." &&
			(w[i] == a.from && w[i+2] == a.column && w[i+4] == b.from && w[i+6] == b.column || w[i] == b.from && w[i+2] == b.column && w[i+4] == a.from && w[i+6] == a.column) {
			return true
		}
	}
	return false
}
