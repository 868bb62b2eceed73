// Package sqlite asks a real SQLite whether it accepts a statement: it prepares
// the statement against a schema, in memory, and runs nothing but the schema's
// own CREATE and ALTER statements, on tables without rows.
package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// Limits keep hostile text cheap. A Durable Object's own limit on a statement is
// 100 KB.
const (
	maxText  = 100_000
	maxDepth = 200
)

// Database is a schema to prepare statements against. It must be closed.
type Database struct{ conn *sqlite3.Conn }

// idle are connections that were closed, for the next to open: a new one takes longer
// than all that is asked of it.
var idle = make(chan *sqlite3.Conn, 4)

// Open makes an empty database in memory.
func Open() (*Database, error) {
	select {
	case conn := <-idle:
		return &Database{conn}, nil
	default:
	}
	conn, err := sqlite3.Open(":memory:")
	if err != nil {
		return nil, fmt.Errorf("SQLite does not start: %w", err)
	}
	// As the runtime has it: a name in double quotes that is no column is text.
	for _, option := range []sqlite3.DBConfig{sqlite3.DBCONFIG_DQS_DDL, sqlite3.DBCONFIG_DQS_DML} {
		if _, err := conn.Config(option, true); err != nil {
			conn.Close()
			return nil, fmt.Errorf("SQLite does not start: %w", err)
		}
	}
	conn.Limit(sqlite3.LIMIT_EXPR_DEPTH, maxDepth)
	conn.Limit(sqlite3.LIMIT_SQL_LENGTH, maxText)
	if err := conn.Exec("BEGIN"); err != nil {
		conn.Close()
		return nil, fmt.Errorf("SQLite does not start: %w", err)
	}
	return &Database{conn}, nil
}

// Close frees the database. All that it was told is in one transaction, so that a
// connection is as new when that is taken back.
func (d *Database) Close() {
	if d.conn.Exec("ROLLBACK; BEGIN") == nil {
		select {
		case idle <- d.conn:
			return
		default:
		}
	}
	d.conn.Close()
}

// Define runs one statement of a schema.
func (d *Database) Define(statement string) error {
	stmt, _, err := d.conn.Prepare(statement)
	if err != nil || stmt == nil {
		return refusal(err)
	}
	defer stmt.Close()
	return refusal(stmt.Exec())
}

// Prepare reports why SQLite does not accept a text of one or more statements;
// nil when it accepts all of them. The error's text is SQLite's own, such as
// "no such column: titel".
func (d *Database) Prepare(text string) error {
	for _, statement := range Split(text) {
		stmt, _, err := d.conn.Prepare(unlimited(statement))
		if stmt != nil {
			stmt.Close()
		}
		if err != nil {
			return refusal(err)
		}
	}
	return nil
}

// unlimited is an UPDATE or DELETE without its ORDER BY and LIMIT, which the
// runtime's SQLite is built to accept and this one is not.
func unlimited(statement string) string {
	depth, changes := 0, false
	for t := range tokens(statement) {
		switch strings.ToUpper(statement[t.start:t.end]) {
		case "(":
			depth++
		case ")":
			depth--
		case "UPDATE", "DELETE":
			changes = changes || depth == 0
		case "SELECT", "INSERT", "REPLACE", "CREATE":
			if depth == 0 && !changes {
				return statement
			}
		case "ORDER", "LIMIT":
			if depth == 0 && changes {
				return statement[:t.start]
			}
		}
	}
	return statement
}

// refusal is an error in SQLite's own words.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "sqlite3: SQL logic error: "))
}

// Split cuts a text into its statements, as SQLite does, without their
// semicolons; comments stay where they are. A text that ends inside a statement
// has that as its last one.
func Split(text string) []string {
	var out []string
	start, depth := 0, 0
	words := []string{} // of the statement, as far as needed to know a trigger
	for t := range tokens(text) {
		word := strings.ToUpper(text[t.start:t.end])
		if len(words) < 4 {
			words = append(words, word)
		}
		trigger := words[0] == "CREATE" && slices.Contains(words, "TRIGGER")
		switch {
		case word == "BEGIN" && trigger, word == "CASE" && depth > 0:
			depth++
		case word == "END" && depth > 0:
			depth--
		case word == ";" && depth == 0:
			if len(words) > 1 {
				out = append(out, text[start:t.start])
			}
			start, words = t.end, nil
		}
	}
	if len(words) > 0 {
		out = append(out, text[start:])
	}
	return out
}

// Parameters is how many values a statement binds: ?, ?3, :name, @name and $name.
func Parameters(text string) int {
	n := 0
	names := map[string]bool{}
	for t := range tokens(text) {
		switch word := text[t.start:t.end]; {
		case word == "?":
			n++
		case word[0] == '?':
			var index int
			fmt.Sscan(word[1:], &index)
			n = max(n, index)
		case strings.ContainsRune(":@$", rune(word[0])) && len(word) > 1 && !names[word]:
			names[word] = true
			n++
		}
	}
	return n
}
