package sqlite_test

import (
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/internal/sqlite"
)

func open(t testing.TB, schema ...string) *sqlite.Database {
	t.Helper()
	d, err := sqlite.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	for _, s := range schema {
		if err := d.Define(s); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestPrepare(t *testing.T) {
	d := open(t, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) STRICT", "ALTER TABLE t ADD COLUMN c REAL")
	for text, want := range map[string]string{
		"SELECT a, b, c FROM t WHERE b = ? AND c > :least":                                                                  "",
		`SELECT a FROM t WHERE b = "text in double quotes"`:                                                                 "",
		"SELECT unixepoch(), sqrt(2), json_extract(b, '$.x') FROM t":                                                        "",
		"UPDATE t SET b = 'x' WHERE a = ? ORDER BY a LIMIT 1":                                                               "",
		"WITH old AS (SELECT a FROM t ORDER BY a LIMIT 3) DELETE FROM t WHERE a IN (SELECT a FROM old) RETURNING a LIMIT ?": "",
		"INSERT INTO t (a) SELECT a FROM t ORDER BY z LIMIT 1":                                                              "no such column: z",
		"DELETE FROM t WHERE z = 1 LIMIT 1":                                                                                 "no such column: z",
		"-- nothing":                                                                                                        "",
		"SELECT z FROM t":                                                                                                   "no such column: z",
		"SELECT a FROM u":                                                                                                   "no such table: u",
		"INSERT INTO t VALUES (?)":                                                                                          "table t has 3 columns but 1 values were supplied",
		"INSERT INTO t (a, b) VALUES (?)":                                                                                   "1 values for 2 columns",
		"SELECT 1; SELEC 2":                                                                                                 `near "SELEC": syntax error`,
		"SELECT a FROM t WHERE":                                                                                             "incomplete input",
		"INSERT INTO t (a) VALUES (1) ON CONFLICT (b) DO NOTHING":                                                           "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint",
	} {
		got := ""
		if err := d.Prepare(text); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if err := d.Define("CREATE TABLE s (a STRING) STRICT"); err == nil || !strings.Contains(err.Error(), `unknown datatype for s.a: "STRING"`) {
		t.Errorf("define: %v", err)
	}
}

// Text comes from code that nobody has looked at yet.
func TestHostileText(t *testing.T) {
	d := open(t)
	for _, text := range []string{
		"SELECT " + strings.Repeat("(", 50_000) + "1" + strings.Repeat(")", 50_000),
		"SELECT 1" + strings.Repeat("+1", 49_000),
		strings.Repeat("SELECT 1;", 20_000),
		"SELECT '\x00", "SELECT \xff\xfe", "CREATE TRIGGER x BEGIN", "/*", "'", "[", "?999999999",
	} {
		_ = d.Prepare(text)
		sqlite.Split(text)
		sqlite.Parameters(text)
	}
	if err := d.Prepare("SELECT 1"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestSplit(t *testing.T) {
	got := sqlite.Split("CREATE TABLE t (a TEXT DEFAULT 'x;y'); -- one; two\nCREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; SELECT 1; END;;\nSELECT \"a;b\" ")
	for i := range got {
		got[i] = strings.TrimSpace(got[i])
	}
	want := []string{
		"CREATE TABLE t (a TEXT DEFAULT 'x;y')",
		"-- one; two\nCREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; SELECT 1; END",
		`SELECT "a;b"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestParameters(t *testing.T) {
	for text, want := range map[string]int{
		"SELECT 1": 0, "SELECT ?, ?": 2, "SELECT ?1, ?1": 1, "SELECT ?3": 3, "SELECT ?2, ?": 3, "SELECT :a, :a, @b, $c": 3,
		"SELECT '?', \"?\", [?], `?` -- ?\n, ? /* ? */": 1, "SELECT a$b FROM t": 0,
	} {
		if got := sqlite.Parameters(text); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// A database knows nothing of the one before it.
func TestEachIsNew(t *testing.T) {
	for range 10 {
		d, err := sqlite.Open()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Prepare("SELECT a FROM t"); err == nil {
			t.Error("the table of an earlier database is there")
		}
		if err := d.Define("CREATE TABLE t (a INTEGER)"); err != nil {
			t.Error(err)
		}
		for _, s := range []string{"COMMIT", "ROLLBACK", "END"} { // text of the code under review
			_ = d.Prepare(s)
		}
		d.Close()
	}
}

// What a connection remembers of an earlier database shows in no answer.
func TestWhatIsRememberedIsWhatWouldBeSaid(t *testing.T) {
	const table, broken, other = "CREATE TABLE t (a INTEGER)", "CREATE TABLE s (a STRING) STRICT", "CREATE TABLE u (a)"
	for _, schema := range [][]string{
		{table, broken, other}, {table, broken, other}, // all of it known
		{table},               // a part
		{table, other},        // another end
		{other, table, table}, // another order
		{},
		{broken},
		{table, "ALTER TABLE t ADD COLUMN b"},
	} {
		d, err := sqlite.Open()
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for _, s := range schema {
			if err := d.Define(s); err != nil {
				said[s] = err.Error()
			}
		}
		if want := `unknown datatype for s.a: "STRING"`; slices.Contains(schema, broken) != strings.Contains(said[broken], want) {
			t.Errorf("%q: %q", schema, said)
		}
		if again := "table t already exists"; (len(schema) == 3 && schema[0] == other) != (said[table] == again) {
			t.Errorf("%q: %q", schema, said)
		}
		for range 2 {
			for text, known := range map[string]bool{
				"SELECT a FROM t": slices.Contains(schema, table),
				"SELECT a FROM u": slices.Contains(schema, other),
				"SELECT b FROM t": len(schema) == 2 && schema[1] != other,
				"SELECT a FROM s": false,
			} {
				if err := d.Prepare(text); (err == nil) != known {
					t.Errorf("%q: %s: %v", schema, text, err)
				}
			}
		}
		d.Close()
	}
}

// A connection does not keep what hostile code made it remember.
func TestLittleIsKept(t *testing.T) {
	d, err := sqlite.Open()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		_ = d.Define("CREATE TABLE t" + strings.Repeat("x", i) + " (a /* " + strings.Repeat("y", 4000) + " */)")
	}
	if d.Kept() <= sqlite.MaxKept {
		t.Fatalf("%d bytes are not too many", d.Kept())
	}
	d.Close()
	for range 4 { // as many as can lie idle
		if d := open(t); d.Kept() > sqlite.MaxKept {
			t.Errorf("%d bytes are kept", d.Kept())
		}
	}
}
