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
type Database struct {
	*connection
	at int // how much of what the connection was told this database was told too
}

// connection is one SQLite with what it was told and asked, so that the next review,
// mostly of the same code after a change, need not wait for the same answers again.
type connection struct {
	conn    *sqlite3.Conn
	told    []exchange       // the schema's statements, in order
	answers map[string]error // of the statements that were prepared against it
	size    int              // the bytes of all of them
}

// exchange is one statement of a schema and what SQLite said of it.
type exchange struct {
	statement string
	answer    error
}

// maxKept is how many bytes a connection keeps for the next database at the most. One
// that knows more starts anew.
const maxKept = 256 << 10

// idle are connections that were closed, for the next to open: a new one takes longer
// than all that is asked of it.
var idle = make(chan *connection, 4)

// Open makes an empty database in memory.
func Open() (*Database, error) {
	select {
	case c := <-idle:
		return &Database{connection: c}, nil
	default:
	}
	conn, err := connect()
	if err != nil {
		return nil, err
	}
	return &Database{connection: &connection{conn: conn, answers: map[string]error{}}}, nil
}

// connect starts SQLite. All that it is told is in one transaction, so that it is as
// new when that is taken back.
func connect() (*sqlite3.Conn, error) {
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
	return conn, nil
}

// Close frees the database.
func (d *Database) Close() {
	if d.at = 0; d.size > maxKept {
		if d.settle() != nil {
			d.conn.Close()
			return
		}
		d.answers, d.size = map[string]error{}, 0
	}
	select {
	case idle <- d.connection:
	default:
		d.conn.Close()
	}
}

// Define runs one statement of a schema.
func (d *Database) Define(statement string) error {
	if d.at < len(d.told) && d.told[d.at].statement == statement {
		d.at++
		return d.told[d.at-1].answer
	}
	if err := d.settle(); err != nil {
		return err
	}
	clear(d.answers)
	answer := d.define(statement)
	d.told = append(d.told, exchange{strings.Clone(statement), answer}) // the text may be a part of a whole file
	d.size += len(statement)
	d.at++
	return answer
}

// settle makes the connection forget what this database was not told.
func (d *Database) settle() error {
	if d.at == len(d.told) {
		return nil
	}
	if err := d.conn.Exec("ROLLBACK; BEGIN"); err != nil {
		return fmt.Errorf("SQLite does not start anew: %w", err)
	}
	clear(d.answers)
	clear(d.told[d.at:])
	d.told = d.told[:d.at]
	for _, x := range d.told {
		_ = d.define(x.statement) // as it was answered before
	}
	return nil
}

func (d *Database) define(statement string) error {
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
	if err := d.settle(); err != nil {
		return err
	}
	answer, known := d.answers[text]
	if !known {
		answer = d.prepare(text)
		d.answers[strings.Clone(text)] = answer
		d.size += len(text)
	}
	return answer
}

func (d *Database) prepare(text string) error {
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
