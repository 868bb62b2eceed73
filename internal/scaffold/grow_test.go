package scaffold

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

func filesOf(out *Output) Files { return Files{out.TypeScript, out.Scenario.JSON(), out.Summary} }

// grown adds variants to the object that others make, whose files were changed.
func grown(t *testing.T, names, added []string, change func(*Files)) (*Grown, error) {
	t.Helper()
	from := of(names...)
	have := filesOf(render(t, from))
	if change != nil {
		change(&have)
	}
	more := &blueprint.Blueprint{Class: from.Class, Key: from.Key}
	for _, n := range added {
		more.Patterns = append(more.Patterns, variants[n])
	}
	to, err := from.Join(more)
	if err != nil {
		t.Fatal(err)
	}
	return Grow(from, to, have)
}

// Pairs can be grown in both orders, with a file that people have changed, and the
// schema history of the first stays a prefix. A quarter of them is tried, so that
// each variant is there many times; GROW=all tries all.
func TestPairsGrow(t *testing.T) {
	names := slices.Sorted(maps.Keys(variants))
	for i, a := range names {
		for j, b := range names {
			if os.Getenv("GROW") != "all" && (i+j)%4 != 0 {
				continue
			}
			if a == b || a == "purge" && b == "state" || of(a, b).Normalize() != nil || of(a).Normalize() != nil || of(a, b).PurgeIsEmpty() {
				continue
			}
			before := render(t, of(a))
			g, err := grown(t, []string{a}, []string{b}, func(f *Files) { f.TypeScript = byHand(f.TypeScript) })
			if err != nil {
				t.Errorf("%s + %s: %v", a, b, err)
				continue
			}
			ts := string(g.Files.TypeScript)
			marks := []string{"// mine: the class", "ownMethod(): string {", "// mine: at the end"}
			if len(before.Schema) > 0 {
				marks = append(marks, ownMigration)
			}
			for _, mark := range marks {
				if strings.Count(ts, mark) != 1 {
					t.Errorf("%s + %s: %q stands %d times in what was grown", a, b, mark, strings.Count(ts, mark))
				}
			}
			old, now := migrationsOf(string(before.TypeScript)), migrationsOf(ts)
			if !strings.HasPrefix(now, old) {
				t.Errorf("%s + %s: the schema history changed:\n%s\nwas\n%s", a, b, now, old)
			}
			if _, err := scenario.Parse(g.Files.Scenario); err != nil {
				t.Errorf("%s + %s: %v", a, b, err)
			}
		}
	}
}

const (
	ownMethod    = "ownMethod(): string {\n    return \"mine\";\n  }\n\n  "
	ownMigration = "CREATE TABLE own (x INTEGER) STRICT"
)

// byHand is what people do to a scaffolded file.
func byHand(ts []byte) []byte {
	s := string(ts)
	s = strings.Replace(s, "export class ", "// mine: the class\nexport class ", 1)
	if member := "override webSocketError("; !strings.Contains(s, "#migrate(): void {") {
		s = strings.Replace(s, member, ownMethod+member, 1) // nothing is stored
	} else {
		s = strings.Replace(s, "#migrate(): void {", ownMethod+"#migrate(): void {", 1)
		s = strings.Replace(s, "\n];\n", "\n  `"+ownMigration+"`,\n];\n", 1)
	}
	return []byte(s + "// mine: at the end\n")
}

// migrationsOf is the text of the schema history, without its end.
func migrationsOf(ts string) string {
	_, rest, _ := strings.Cut(ts, "const MIGRATIONS: readonly string[] = [\n")
	list, _, _ := strings.Cut(rest, "\n];\n")
	return list
}

// Without changes by hand, what was grown is what would be rendered with the same
// schema history.
func TestGrowingWithoutChangesIsRendering(t *testing.T) {
	g, err := grown(t, []string{"state", "purge"}, []string{"todos", "best"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.Files.TypeScript, g.TypeScript) || !bytes.Equal(g.Files.Summary, g.Summary) || !bytes.Equal(g.Files.Scenario, g.Scenario.JSON()) || len(g.Kept) > 0 {
		t.Errorf("growing and rendering differ; kept: %v", g.Kept)
	}
	if want := []string{"state", "collection todo", "leaderboard"}; !slices.Equal(g.Schema, want) {
		t.Errorf("the schema history is %v, want %v", g.Schema, want)
	}
}

// An alarm that one kind had for itself is put into the queue.
func TestGrowingTakesTheAlarmOver(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{"lock"}, "SELECT 'lease-expiry', '', expires_at FROM lease"},
		{[]string{"state", "purge"}, "VALUES ('idle-purge', '', unixepoch() * 1000 + 1800000)"},
		{[]string{"reservation"}, "SELECT 'hold-expiry', '', min(expires_at) FROM holds"},
		{[]string{"buffer"}, "SELECT 'roll-up', '', min(at) + 60000 FROM samples"},
		{[]string{"session"}, "SELECT 'session-end', '', expires_at FROM session"},
	} {
		g, err := grown(t, c.names, []string{"schedule"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(g.TypeScript), c.want) {
			t.Errorf("%v: the queue takes nothing over; want %s in\n%s", c.names, c.want, migrationsOf(string(g.TypeScript)))
		}
	}
	if g, err := grown(t, []string{"schedule"}, []string{"lock"}, nil); err != nil || strings.Contains(migrationsOf(string(g.TypeScript)), "INSERT INTO due") {
		t.Errorf("a queue that is there already takes nothing over (%v)", err)
	}
}

func TestGrowRefuses(t *testing.T) {
	_, err := grown(t, []string{"state"}, []string{"purge"}, func(f *Files) {
		f.TypeScript = bytes.Replace(f.TypeScript, []byte("  remove(key: string): boolean {"), []byte("  remove(key: string): boolean {\n    console.log(key);"), 1)
	})
	if err == nil || !strings.Contains(err.Error(), "nothing was written") || !strings.Contains(err.Error(), "remove()") {
		t.Errorf("changing a method that the addition changes gives %v", err)
	}
	from := of("best")
	if err := from.Normalize(); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Join(of("best")); err == nil {
		t.Error("adding what is there already is no error")
	}
}

// A blueprint that was kept as JSON grows in the same way.
func TestGrownBlueprintsKeep(t *testing.T) {
	bp := of("lock")
	render(t, bp)
	data, err := json.Marshal(bp)
	if err != nil {
		t.Fatal(err)
	}
	back, err := blueprint.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(back.Schema, []string{"lock"}) {
		t.Errorf("the schema history reads back as %v", back.Schema)
	}
}

// A collection gets fields, each a column of its own migration, in a file that people
// have changed; the rows that are there have the default, or null.
func TestFieldsGrow(t *testing.T) {
	from := of("todos", "best")
	have := filesOf(render(t, from))
	have.TypeScript = byHand(have.TypeScript)
	old := migrationsOf(string(have.TypeScript))
	grow := func(part string) (*Grown, error) {
		added, err := blueprint.ParsePart([]byte(part), from)
		if err != nil {
			return nil, err
		}
		to, err := from.Join(added)
		if err != nil {
			return nil, err
		}
		return Grow(from, to, have)
	}
	g, err := grow(`{"class":"Sample","key":"room","patterns":[{"kind":"collection","name":"todo","max_items":50,"fields":[
		{"name":"priority","type":"text","values":["low","high"],"default":"low","filter":true},
		{"name":"owner","type":"text"}, {"name":"urgent","type":"boolean"}, {"name":"weight","type":"number","default":1.5},
		{"name":"due_at","filter":true}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	ts := string(g.Files.TypeScript)
	now := migrationsOf(ts)
	if !strings.HasPrefix(now, old) || !strings.Contains(now, ownMigration) {
		t.Errorf("the schema history changed:\n%s\nwas\n%s", now, old)
	}
	want := []string{
		"CREATE INDEX todos_by_due_at ON todos (due_at)",
		"ALTER TABLE todos ADD COLUMN priority TEXT NOT NULL DEFAULT 'low';",
		"CREATE INDEX todos_by_priority ON todos (priority)",
		"ALTER TABLE todos ADD COLUMN owner TEXT",
		"ALTER TABLE todos ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0",
		"ALTER TABLE todos ADD COLUMN weight REAL NOT NULL DEFAULT 1.5",
	}
	var entries []string
	for line := range strings.Lines(strings.TrimPrefix(now, old)) {
		if line = strings.Trim(line, " `,\n"); line != "" {
			entries = append(entries, line)
		}
	}
	if !slices.Equal(entries, want) {
		t.Errorf("the new entries are %q, want %q", entries, want)
	}
	for _, mark := range []string{"// mine: the class", "priority: string;", "owner: string | null;", "urgent: boolean;", `priority: fields.priority ?? "low",`, "if (byPriority !== null) {", "MAX_TODOS = 50;"} {
		if strings.Count(ts, mark) != 1 {
			t.Errorf("%q stands %d times in what was grown", mark, strings.Count(ts, mark))
		}
	}
	if want := []string{"collection todo", "leaderboard", "collection todo?due_at", "collection todo.priority", "collection todo.owner", "collection todo.urgent", "collection todo.weight"}; !slices.Equal(g.Schema, want) {
		t.Errorf("the schema history is %q, want %q", g.Schema, want)
	}

	for _, c := range []struct{ part, want string }{
		{`{"patterns":[{"kind":"collection","name":"todo","fields":[{"name":"owner","type":"text","required":true}]}]}`, "new and required"},
		{`{"patterns":[{"kind":"collection","name":"todo","fields":[{"name":"due_at","type":"text"}]}]}`, "is integer in the rows that are stored"},
		{`{"patterns":[{"kind":"collection","name":"todo","fields":[{"name":"price","required":true}]}]}`, "no migration can be rewritten"},
		{`{"patterns":[{"kind":"collection","name":"todo","fields":[{"name":"price","type":"number","default":"x"}]}]}`, "default is"},
		{`{"patterns":[{"kind":"collection","name":"todo","fields":[{"name":"title","max":1000}]}]}`, "with the same parameters"},
		{`{"patterns":[{"kind":"leaderboard"}]}`, "with the same parameters"},
	} {
		if _, err := grow(c.part); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gives %v, want an error with %q", c.part, err, c.want)
		}
	}
}

// What a feed can tell of is the same for who reads a spec and for who renders it.
func TestFeedsHaveSomethingToTell(t *testing.T) {
	for name, p := range variants {
		if p.Kind == blueprint.Feed || p.Kind == blueprint.Relay {
			continue
		}
		refused := of(name, "feed").Normalize()
		if told := newView(of(name)).publishers(); (refused == nil) != (len(told) > 0) {
			t.Errorf("%s: a feed is refused with %v, and it has %d parts to tell of", name, refused, len(told))
		}
	}
}

// What lies in tables of another shape, or in other objects, is not given up.
func TestParametersGrow(t *testing.T) {
	for _, c := range []struct{ have, part, want string }{
		{"limit", `{"kind":"rate_limit","limit":9,"window_ms":5000}`, ""},
		{"limit", `{"kind":"rate_limit","algorithm":"sliding_window"}`, "no migration can be rewritten"},
		{"queue", `{"kind":"queue","max_attempts":5}`, ""},
		{"counter", `{"kind":"counter","shards":4}`, "their numbers would be lost"},
		{"chat", `{"kind":"chat","history":10,"presence":true}`, ""},
	} {
		from := of(c.have)
		have := filesOf(render(t, from))
		added, err := blueprint.ParsePart([]byte(`{"patterns":[`+c.part+`]}`), from)
		if err == nil {
			var to *blueprint.Blueprint
			if to, err = from.Join(added); err == nil {
				_, err = Grow(from, to, have)
			}
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s with %s gives %v, want %q", c.have, c.part, err, c.want)
		}
	}
}
