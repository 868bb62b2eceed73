package storage

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// table is what the project's CREATE TABLE and ALTER TABLE texts say about one
// table. Names are upper case, as in a statement's Words.
type table struct {
	columns []column
	// open reports that the texts do not show all columns: a part is computed, the
	// table is made from a SELECT, or it gets another name.
	open bool
}

// column is a column's name and the words of its type and constraints.
type column struct {
	name string
	spec []string
}

func (t *table) has(name string) bool {
	return slices.ContainsFunc(t.columns, func(c column) bool { return c.name == name })
}

// sqlTexts yields the SQL that the project's literals hold, whether they are given
// to exec at once or kept in a list of migrations. at is the literal.
func sqlTexts(p *analysis.Pass) iter.Seq2[syntax.Node, *model.Query] {
	return func(yield func(syntax.Node, *model.Query) bool) {
		for _, m := range p.Modules {
			for _, t := range model.Memo(m, "storage: sql texts", func() []sqlText { return textsOf(m) }) {
				if !yield(t.at, t.query) {
					return
				}
			}
		}
	}
}

type sqlText struct {
	at    syntax.Node
	query *model.Query
}

func textsOf(m *model.Module) []sqlText {
	var out []sqlText
	for _, kind := range []syntax.Kind{syntax.String, syntax.TemplateString} {
		for n := range m.OfKind(kind) {
			if !mentionsTable(n.Text()) || n.Parent().Is(syntax.BinaryExpression) {
				continue
			}
			text, _ := m.Template(n)
			out = append(out, sqlText{n, model.ParseSQL(text)})
		}
	}
	slices.SortFunc(out, func(a, b sqlText) int { return cmp.Compare(a.at.Start(), b.at.Start()) })
	return out
}

func mentionsTable(text string) bool {
	if len(text) < len("ALTER TABLE x") {
		return false
	}
	return (holds(text, "CREATE ") || holds(text, "ALTER TABLE")) && holds(text, "TABLE")
}

// holds reports an ASCII phrase in a text, whatever the letters' case.
func holds(text, phrase string) bool {
	low, up := phrase[0]|0x20, phrase[0]&^0x20
	for i := 0; i+len(phrase) <= len(text); i++ {
		if c := text[i]; (c == low || c == up) && strings.EqualFold(text[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// tables reads the schema that the project writes down, by lower-case name.
func tables(p *analysis.Pass) map[string]*table {
	all := map[string]*table{}
	get := func(name string) *table {
		if all[name] == nil {
			all[name] = &table{}
		}
		return all[name]
	}
	for _, q := range sqlTexts(p) {
		for _, s := range q.Statements {
			switch name, rest := named(s); {
			case name == "":
			case s.Verb == "CREATE":
				get(name).create(rest)
			case s.Verb == "ALTER":
				get(name).alter(rest)
				if at := slices.Index(rest, "TO"); at >= 0 && at+1 < len(rest) && rest[0] == "RENAME" {
					get(strings.ToLower(rest[at+1])).open = true
				}
			}
		}
	}
	return all
}

// named is the table of a CREATE TABLE or ALTER TABLE and the words after it.
func named(s model.Statement) (name string, rest []string) {
	if s.Object != "TABLE" {
		return "", nil
	}
	w := s.Words[slices.Index(s.Words, "TABLE")+1:]
	for len(w) > 0 && (w[0] == "IF" || w[0] == "NOT" || w[0] == "EXISTS") {
		w = w[1:]
	}
	if len(w) > 2 && w[1] == "." { // main.t
		w = w[2:]
	}
	if len(w) == 0 || strings.Contains(w[0], model.Hole) {
		return "", nil
	}
	return strings.ToLower(w[0]), w[1:]
}

// tableConstraints begin a line of a CREATE TABLE that is no column.
var tableConstraints = map[string]bool{"PRIMARY": true, "UNIQUE": true, "CHECK": true, "FOREIGN": true, "CONSTRAINT": true}

func (t *table) create(w []string) {
	if len(w) == 0 || w[0] != "(" || t.open {
		t.open = true
		return
	}
	items, closed := listed(w[1:])
	t.open = !closed
	for _, item := range items {
		switch {
		case slices.Contains(item, model.Hole):
			t.open = true
		case len(item) > 0 && !tableConstraints[item[0]] && !t.has(item[0]):
			t.columns = append(t.columns, column{item[0], item[1:]})
		}
	}
}

// alter follows ADD [COLUMN] name and RENAME COLUMN old TO new.
func (t *table) alter(w []string) {
	if c, ok := added(w); ok {
		t.columns = append(t.columns, c)
	} else {
		t.open = true
	}
}

// added is the column that an ALTER TABLE adds, given the words after the table's
// name.
func added(w []string) (column, bool) {
	if len(w) < 2 || w[0] != "ADD" {
		return column{}, false
	}
	w = w[1:]
	if w[0] == "COLUMN" && len(w) > 1 {
		w = w[1:]
	}
	if strings.Contains(w[0], model.Hole) {
		return column{}, false
	}
	return column{w[0], w[1:]}, true
}

// listed splits words at the commas of the outermost level, up to the parenthesis
// that ends the list; closed reports that there is one.
func listed(w []string) (items [][]string, closed bool) {
	depth := 0
	var item []string
	for _, x := range w {
		switch {
		case x == "(":
			depth++
		case x == ")" && depth == 0:
			return append(items, item), true
		case x == ")":
			depth--
		case x == "," && depth == 0:
			items, item = append(items, item), nil
			continue
		}
		item = append(item, x)
	}
	return append(items, item), false
}

// selected is the select list of a SELECT and the words from its FROM on; ok is
// false for other statements and for those without FROM.
func selected(s model.Statement) (items [][]string, from []string, ok bool) {
	if s.Verb != "SELECT" || len(s.Words) == 0 || s.Words[0] != "SELECT" {
		return nil, nil, false
	}
	depth := 0
	for i, w := range s.Words {
		switch w {
		case "(":
			depth++
		case ")":
			depth--
		case "FROM":
			if depth == 0 {
				start := 1
				if s.Words[1] == "DISTINCT" || s.Words[1] == "ALL" {
					start = 2
				}
				items, _ = listed(s.Words[start:i])
				return items, s.Words[i:], true
			}
		}
	}
	return nil, nil, false
}
