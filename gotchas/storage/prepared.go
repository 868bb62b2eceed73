package storage

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/nearest"
	"durable-objects-mcp/internal/sqlite"
	"durable-objects-mcp/internal/syntax"
)

// prepared is what a real SQLite says of the project's statements.
type prepared struct {
	// refused are the texts that it does not accept, by the node of the exec call
	// or of the literal.
	refused map[syntax.Node]refusedSQL
	checked map[syntax.Node]bool // exec calls all of whose statements it accepts
}

type refusedSQL struct{ statement, why, meant string }

// preparedSQL prepares every constant statement of the project against the schema
// that its CREATE and ALTER texts define.
func preparedSQL(p *analysis.Pass) *prepared {
	return model.Memo(p.Modules[0], "storage: prepared", func() *prepared { return prepareAll(p) })
}

func prepareAll(p *analysis.Pass) *prepared {
	out := &prepared{map[syntax.Node]refusedSQL{}, map[syntax.Node]bool{}}
	ops, dynamic := sqlOps(p)
	definitions := definitionsOf(p)
	if len(ops) == 0 && len(definitions) == 0 {
		return out
	}
	db, err := sqlite.Open()
	if err != nil {
		return out
	}
	defer db.Close()
	s := &schema{db: db, columns: map[string][]string{}, open: map[string]bool{}}
	for _, d := range s.define(definitions) {
		out.refused[d.at] = d.refusedSQL
	}
	// Text of unknown origin may define anything, unless it is the list of
	// migrations that the project spells out.
	if dynamic && !slices.ContainsFunc(definitions, func(d definition) bool { return !d.executed }) {
		s.hidden = true
	}
	for _, op := range ops {
		clean, judged := true, false
		for text, part := range parts(op.SQL) {
			if len(part.Statements) > 0 && !reads(part.Statements[0].Verb) {
				continue
			}
			judged = true
			why := s.db.Prepare(text)
			if why == nil {
				continue
			}
			clean = false
			if r, certain := s.certain(text, why.Error()); certain {
				out.refused[op.Node] = r
				break
			}
		}
		out.checked[op.Node] = clean && judged
	}
	return out
}

// sqlOps are the project's SQL calls with a constant text; dynamic reports that
// there are others.
func sqlOps(p *analysis.Pass) (ops []*model.Op, dynamic bool) {
	for _, m := range p.Modules {
		for _, f := range m.Reviewed() {
			for _, op := range f.Ops {
				switch {
				case op.Kind != model.OpSQL || op.Method != "exec" && op.Method != "tag":
				case op.SQL == nil || op.SQL.Holes > 0 && len(op.SQL.Statements) > 0 && !reads(op.SQL.Statements[0].Verb):
					dynamic = true
				case op.SQL.Holes == 0:
					ops = append(ops, op)
				}
			}
		}
	}
	return ops, dynamic
}

func reads(verb string) bool {
	return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}, verb)
}

// parts are the statements of a text, as SQLite takes them apart.
func parts(q *model.Query) iter.Seq2[string, *model.Query] {
	return func(yield func(string, *model.Query) bool) {
		if len(q.Statements) == 1 && !strings.Contains(q.Text, ";") { // nothing to take apart
			yield(q.Text, q)
			return
		}
		for _, text := range sqlite.Split(q.Text) {
			if !yield(text, model.ParseSQL(text)) {
				return
			}
		}
	}
}

// definition is a CREATE or ALTER statement with the literal that it stands in.
type definition struct {
	at       syntax.Node
	text     string
	words    model.Statement
	executed bool // it is what an exec call is given, not an element of a list
}

func definitionsOf(p *analysis.Pass) []definition {
	var out []definition
	for at, q := range sqlTexts(p) {
		parent := at.Parent()
		executed := parent.Is(syntax.Arguments) && strings.HasSuffix(parent.Parent().Child(syntax.FieldFunction).Text(), "exec")
		if !executed && !strings.Contains(q.Text, "(") && !strings.Contains(strings.ToUpper(q.Text), "ALTER") {
			continue // prose
		}
		for text, part := range parts(q) {
			if all := part.Statements; len(all) == 1 && (all[0].Verb == "CREATE" || all[0].Verb == "ALTER") {
				out = append(out, definition{at, text, all[0], executed})
			}
		}
	}
	return out
}

// schema is what the definitions make.
type schema struct {
	db      *sqlite.Database
	columns map[string][]string // by table, all in lower case
	// open are tables whose columns the texts do not show, or show in two ways.
	open map[string]bool
	// hidden reports that there may be more definitions than can be seen.
	hidden bool
}

type refusedDefinition struct {
	at syntax.Node
	refusedSQL
}

// define runs the definitions, tables first: the order in the text is not that
// in which they run.
func (s *schema) define(all []definition) (refused []refusedDefinition) {
	made := map[string]string{}
	for _, d := range all {
		name, rest := named(d.words)
		shape := strings.Join(rest, " ")
		switch {
		case strings.Contains(d.text, model.Hole):
			s.open[name] = true
			s.hidden = s.hidden || name == "" && d.words.Verb == "ALTER"
		case d.words.Verb == "CREATE" && d.words.Object == "TABLE":
			if before, again := made[name]; again && before != shape || len(rest) == 0 || rest[0] != "(" {
				s.open[name] = true
			}
			made[name] = shape
		case d.words.Verb == "ALTER":
			if _, plain := added(rest); !plain {
				s.open[name] = true
				if at := slices.Index(rest, "TO"); at >= 0 && at+1 < len(rest) {
					s.open[strings.ToLower(rest[at+1])] = true
				}
			}
		}
	}
	for _, tables := range []bool{true, false} {
		for _, d := range all {
			name, rest := named(d.words)
			table := d.words.Verb == "CREATE" && d.words.Object == "TABLE"
			if table != tables || s.open[name] || strings.Contains(d.text, model.Hole) {
				continue
			}
			err := s.db.Define(d.text)
			switch {
			case err == nil && table:
				s.columns[name] = append(s.columns[name], columnsOf(rest)...)
			case err == nil:
				if c, ok := added(rest); ok {
					s.columns[name] = append(s.columns[name], strings.ToLower(c.name))
				}
			default:
				// The table exists already, or older objects get the column later.
				known := strings.Contains(err.Error(), "already exists") || !table && strings.Contains(err.Error(), "duplicate column name")
				s.open[name] = s.open[name] || !known
				if !known && brokenDefinition(err.Error()) && (d.executed || balanced(d.text) || d.words.Verb == "ALTER") {
					refused = append(refused, refusedDefinition{d.at, refusedSQL{statement: d.words.Verb + " " + d.words.Object, why: err.Error()}})
				}
			}
		}
	}
	return refused
}

// columnsOf are the columns of a CREATE TABLE's words.
func columnsOf(words []string) []string {
	t := &table{}
	t.create(words)
	var out []string
	for _, c := range t.columns {
		out = append(out, strings.ToLower(c.name))
	}
	return out
}

// balanced reports a text that is not one part of a longer one.
func balanced(text string) bool {
	return strings.Count(text, "(") > 0 && strings.Count(text, "(") == strings.Count(text, ")")
}

// brokenDefinition reports what no schema could make right.
func brokenDefinition(why string) bool {
	for _, s := range []string{"syntax error", "duplicate column name", "unknown datatype for", "missing datatype for", "more than one primary key", "AUTOINCREMENT is only allowed", "PRIMARY KEY missing on table", "after add column"} {
		if strings.Contains(why, s) {
			return true
		}
	}
	return false
}

var (
	noColumn = regexp.MustCompile(`^no such column: (?:\w+\.)*(\w+)$|has no column named (\w+)$`)
	noTable  = regexp.MustCompile(`^no such table: (?:main\.)?(\w+)$`)
)

// certain tells whether the statement fails in every object, whatever else there
// may be that nobody sees.
func (s *schema) certain(text, why string) (refusedSQL, bool) {
	r := refusedSQL{why: why}
	all := model.ParseSQL(text).Statements
	if len(all) != 1 {
		return r, false
	}
	r.statement = subject(all[0])
	if strings.Contains(why, "syntax error") || strings.Contains(why, "unrecognized token") || why == "incomplete input" {
		return r, true
	}
	if m := noTable.FindStringSubmatch(why); m != nil {
		name := strings.ToLower(m[1])
		var known []string
		for t := range s.columns {
			known = append(known, t)
		}
		slices.Sort(known)
		r.meant = nearest.Close(name, known)
		// Other tables may be made where nobody sees it; a slip of the pen is not.
		return r, r.meant != "" && !s.hidden && len(s.open) == 0 && name+"s" != r.meant && name != r.meant+"s"
	}
	tables := append(slices.Clone(all[0].Reads), all[0].Writes...)
	if s.hidden || slices.ContainsFunc(tables, func(t string) bool { return s.open[t] }) {
		return r, false
	}
	if m := noColumn.FindStringSubmatch(why); m != nil {
		var known []string
		for _, t := range tables {
			known = append(known, s.columns[t]...)
		}
		r.meant = nearest.Close(m[1]+m[2], known)
		return r, true
	}
	for _, s := range []string{"values for", "values were supplied", "ambiguous column name", "misuse of aggregate", "ON CONFLICT clause does not match", "same number of result columns", "wrong number of arguments to function"} {
		if strings.Contains(why, s) {
			return r, true
		}
	}
	return r, false
}
