package model

import (
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Query is the text of one exec call.
type Query struct {
	Text       string // a Hole stands for each inserted value
	Holes      int    // inserted values that are not constants
	Statements []Statement
}

// Statement is one SQL statement, read as far as the reviewer needs.
type Statement struct {
	Verb      string   // SELECT, INSERT, UPDATE, DELETE, REPLACE, CREATE, …, upper case
	Object    string   // for CREATE, DROP, ALTER: TABLE, INDEX, TRIGGER, VIEW
	Reads     []string // tables read, lower case
	Writes    []string // tables written, lower case
	Returning bool
	Where     bool
	Limit     bool
	Upsert    bool // ON CONFLICT … DO UPDATE, or INSERT OR REPLACE/IGNORE
	// Aggregate reports a SELECT of aggregates without GROUP BY: one row always.
	Aggregate bool
	// Params are the clauses that the ? placeholders stand in, in order:
	// "values", "set", "where" or "other".
	Params []string
	Words  []string // the tokens, words in upper case, for closer looks
}

// Write reports a statement that changes rows.
func (s Statement) Write() bool {
	switch s.Verb {
	case "INSERT", "UPDATE", "DELETE", "REPLACE":
		return true
	}
	return false
}

// parseSQLArgument reads the first argument of exec. Arrays of migrations and
// other computed text give nil.
func parseSQLArgument(m *Module, n syntax.Node) *Query {
	if !n.OK() {
		return nil
	}
	text, holes := m.Template(n)
	if text == Hole {
		return nil
	}
	s := ParseSQL(text)
	s.Holes = holes
	return s
}

// ParseSQL splits and reads SQL text. It never fails: what it does not
// understand has an empty Verb.
func ParseSQL(text string) *Query {
	s := &Query{Text: text}
	var words []string
	depth := 0 // BEGIN … END of a trigger body
	flush := func() {
		if len(words) > 0 {
			s.Statements = append(s.Statements, readStatement(words))
		}
		words = nil
	}
	for _, w := range unqualified(tokens(text)) {
		trigger := len(words) > 1 && words[0] == "CREATE" && contains(words, "TRIGGER")
		switch {
		case w == "BEGIN" && trigger, w == "CASE":
			depth++
		case w == "END" && depth > 0:
			depth--
		case w == ";" && depth == 0:
			flush()
			continue
		}
		words = append(words, w)
	}
	flush()
	return s
}

// unqualified drops the schema from names such as main.users: an object has no other.
func unqualified(words []string) []string {
	out := words[:0]
	for i := 0; i < len(words); i++ {
		if words[i] == "MAIN" && i+1 < len(words) && words[i+1] == "." {
			i++
			continue
		}
		out = append(out, words[i])
	}
	return out
}

// tokens splits SQL into words (upper case), quoted names and strings (kept),
// punctuation and placeholders. Comments vanish.
func tokens(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
		case strings.HasPrefix(text[i:], "--"):
			if j := strings.IndexByte(text[i:], '\n'); j >= 0 {
				i += j
			} else {
				i = len(text)
			}
		case strings.HasPrefix(text[i:], "/*"):
			if j := strings.Index(text[i+2:], "*/"); j >= 0 {
				i += j + 4
			} else {
				i = len(text)
			}
		case c == '\'' || c == '"' || c == '`' || c == '[':
			end := c
			if c == '[' {
				end = ']'
			}
			j := i + 1
			for j < len(text) {
				if text[j] == end {
					if end != ']' && j+1 < len(text) && text[j+1] == end {
						j += 2
						continue
					}
					break
				}
				j++
			}
			j = min(j+1, len(text))
			if c == '\'' {
				out = append(out, text[i:j])
			} else {
				out = append(out, strings.ToUpper(strings.Trim(text[i:j], "\"`[]")))
			}
			i = j
		case isWord(c):
			j := i
			for j < len(text) && isWord(text[j]) {
				j++
			}
			out = append(out, strings.ToUpper(text[i:j]))
			i = j
		default:
			out = append(out, text[i:i+1])
			i++
		}
	}
	return out
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func contains(words []string, w string) bool {
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

func readStatement(w []string) Statement {
	s := Statement{Words: w, Verb: w[0]}
	if s.Verb == "WITH" || s.Verb == "EXPLAIN" {
		s.Verb = mainVerb(w)
	}
	switch s.Verb {
	case "CREATE", "DROP", "ALTER":
		for _, x := range w[1:min(len(w), 5)] {
			switch x {
			case "TABLE", "INDEX", "TRIGGER", "VIEW":
				s.Object = x
			}
			if s.Object != "" {
				break
			}
		}
		return s
	}
	clause, selectDepth := "other", 0
	group := false
	for i, x := range w {
		next := ""
		if i+1 < len(w) {
			next = w[i+1]
		}
		switch x {
		case "(":
			selectDepth++
		case ")":
			selectDepth--
		case "FROM", "JOIN":
			if s.Verb == "DELETE" && x == "FROM" && len(s.Writes) == 0 {
				s.Writes = append(s.Writes, tableName(next))
			} else if next != "(" && next != "" {
				s.Reads = append(s.Reads, tableName(next))
			}
		case "INTO":
			s.Writes = append(s.Writes, tableName(next))
		case "UPDATE":
			if i == 0 || s.Verb == "UPDATE" && len(s.Writes) == 0 {
				if next == "OR" && i+3 < len(w) {
					next = w[i+3]
				}
				s.Writes = append(s.Writes, tableName(next))
			} else if i > 0 && w[i-1] == "DO" {
				s.Upsert = true
			}
		case "REPLACE", "IGNORE":
			if i > 0 && w[i-1] == "OR" {
				s.Upsert = true
			}
		case "VALUES":
			clause = "values"
		case "SET":
			clause = "set"
		case "WHERE", "HAVING":
			clause = "where"
			s.Where = s.Where || selectDepth == 0
		case "GROUP":
			group = true
			clause = "other"
		case "ORDER", "CONFLICT":
			clause = "other"
		case "LIMIT":
			s.Limit, clause = true, "other"
		case "RETURNING":
			s.Returning, clause = true, "other"
		case "?":
			s.Params = append(s.Params, clause)
		}
	}
	if s.Verb == "SELECT" {
		s.Aggregate = !group && onlyAggregates(w)
	}
	return s
}

func mainVerb(w []string) string {
	depth := 0
	for _, x := range w[1:] {
		switch x {
		case "(":
			depth++
		case ")":
			depth--
		case "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE":
			if depth == 0 {
				return x
			}
		}
	}
	return w[0]
}

var aggregates = map[string]bool{"COUNT": true, "MAX": true, "MIN": true, "SUM": true, "AVG": true, "TOTAL": true, "COALESCE": true, "IFNULL": true, "GROUP_CONCAT": true, "EXISTS": true}

// onlyAggregates reports a select list that starts with an aggregate call. A
// SELECT without FROM gives one row too.
func onlyAggregates(w []string) bool {
	if !contains(w, "FROM") {
		return true
	}
	if len(w) < 3 || !aggregates[w[1]] || w[2] != "(" {
		return false
	}
	if w[1] == "COALESCE" || w[1] == "IFNULL" {
		return len(w) > 3 && (aggregates[w[3]] || w[3] == "(")
	}
	return true
}

func tableName(w string) string { return strings.ToLower(w) }
