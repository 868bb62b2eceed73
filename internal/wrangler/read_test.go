package wrangler

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// everything uses each part of the model once. Places in the tests below are
// places in this text.
const everything = `// a Worker
{
  "name": "chat",
  "main": "src/index.ts", "compatibility_date": "2026-10-01",
  "compatibility_flags": ["nodejs_compat", "experimental"],
  "limits": { "cpu_ms": 30000 },
  "observability": { "enabled": true, "traces": { "enabled": false } },
  "vars": { "LIMIT": 10, "MODE": "x", "LIST": [1, /* two */ 2,] },
  "kv_namespaces": [{ "binding": "CACHE", "id": "1" }],
  "queues": {
    "producers": [{ "binding": "OUT", "queue": "q" }],
    "consumers": [{ "queue": "in" }]
  },
  "ai": { "binding": "AI" },
  "send_email": [{ "name": "MAIL" }],
  "durable_objects": {
    "bindings": [
      { "name": "ROOM", "class_name": "Room" },
      { "class_name": "Far", "name": "FAR", "script_name": "far", "environment": "qa" }
    ]
  },
  "migrations": [
    { "tag": "v1", "new_sqlite_classes": ["Old", "Gone"], "new_classes": ["Legacy"] },
    { "tag": "v2", "renamed_classes": [{ "from": "Old", "to": "Room" }], "deleted_classes": ["Gone"],
      "transferred_classes": [{ "from": "A", "from_script": "other", "to": "B" }], "new_sqllite_classes": [] }
  ],
  "env": {
    "qa": { "vars": {}, "name": "chat-quality" },
    "eu": { "compatibility_flags": [], "migrations": [], "durable_objects": { "bindings": [] }, "limits": { "cpu_ms": 50 } }
  }
}
`

func parse(t *testing.T, src string) *Config {
	t.Helper()
	c, err := Parse("wrangler.jsonc", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func TestParse(t *testing.T) {
	c := parse(t, everything)
	same(t, "name", c.Name, Field[string]{"chat", Pos{3, 11}, true})
	same(t, "main", c.Main, Field[string]{"src/index.ts", Pos{4, 11}, true})
	same(t, "date", c.CompatibilityDate, Field[string]{"2026-10-01", Pos{4, 49}, true})
	same(t, "flags", c.CompatibilityFlags, []Field[string]{{"nodejs_compat", Pos{5, 27}, true}, {"experimental", Pos{5, 44}, true}})
	same(t, "cpu", c.CPUms, Field[float64]{30000, Pos{6, 25}, true})
	same(t, "observability", c.Observability, Observability{Pos: Pos{7, 3}, Enabled: Field[bool]{true, Pos{7, 33}, true}, TracesEnabled: Field[bool]{false, Pos{7, 62}, true}})
	same(t, "vars", fmt.Sprintf("%s", c.Vars), "map[LIMIT:10 LIST:[1,2] MODE:\"x\"]")
	same(t, "var places", c.VarPos, map[string]Pos{"LIMIT": {8, 13}, "MODE": {8, 26}, "LIST": {8, 39}})
	same(t, "others", c.Others, []OtherBinding{{"kv_namespaces", "CACHE", Pos{9, 21}}, {"queues", "OUT", Pos{11, 19}}, {"ai", "AI", Pos{14, 9}}, {"send_email", "MAIL", Pos{15, 18}}})
	same(t, "bindings", c.Bindings, []Binding{
		{Name: "ROOM", ClassName: "Room", Pos: Pos{18, 7}, NamePos: Pos{18, 17}, ClassPos: Pos{18, 39}},
		{Name: "FAR", ClassName: "Far", ScriptName: "far", Environment: "qa", Pos: Pos{19, 7}, NamePos: Pos{19, 38}, ClassPos: Pos{19, 23}, ScriptPos: Pos{19, 60}, index: 1},
	})
	same(t, "migrations", c.Migrations, []Migration{
		{Tag: "v1", Pos: Pos{23, 5}, TagPos: Pos{23, 14}, NewSQLite: []ClassRef{{"Old", Pos{23, 43}}, {"Gone", Pos{23, 50}}}, New: []ClassRef{{"Legacy", Pos{23, 75}}}},
		{Tag: "v2", Pos: Pos{24, 5}, TagPos: Pos{24, 14}, Renamed: []Rename{{"Old", "Room", Pos{24, 40}}}, Deleted: []ClassRef{{"Gone", Pos{24, 94}}}, Transferred: []Transfer{{"A", "other", "B", Pos{25, 31}}}},
	})
	same(t, "unknown", c.Unknown, []Key{{"new_sqllite_classes", "migrations[1]", Pos{25, 84}}})
	same(t, "places", []Pos{c.DurableObjectsPos, c.MigrationsPos, c.EnvPos, c.ExportsPos}, []Pos{{16, 3}, {22, 3}, {27, 3}, {}})
	same(t, "keys", []any{len(c.Keys), c.Keys[0]}, []any{14, Key{Name: "name", Pos: Pos{3, 3}}})
	same(t, "problems", c.Problems, []Problem(nil))
	same(t, "form", c.Lifecycle(), Migrations)
	same(t, "line", []string{c.LineText(3), c.LineText(18), c.LineText(0), c.LineText(99)}, []string{`"name": "chat",`, `{ "name": "ROOM", "class_name": "Room" },`, "", ""})
	same(t, "own", []bool{c.Own(c.Bindings[0]), c.Own(c.Bindings[1]), c.Own(Binding{ScriptName: "chat"})}, []bool{true, false, true})

	same(t, "envs", []any{len(c.Envs), c.Envs[0].Name, c.Envs[0].Pos, c.Envs[0].HasDurableObjects, c.Envs[1].HasDurableObjects}, []any{2, "qa", Pos{28, 5}, false, true})
}

func TestEscapes(t *testing.T) {
	c := parse(t, `{ "\u006dain": "a\u002ets", "n\u0061me": "x", "name": "y" }`)
	same(t, "main", c.Main.Value, "a.ts")
	same(t, "problems", len(c.Problems), 1)
	plan, err := MakePlan("wrangler.jsonc", []byte(`{ "n\u0061me": "x", "m\u0061in": "a.ts" }`), Request{CompatibilityDate: "2026-10-01"})
	if err != nil || string(plan.Output) != `{ "n\u0061me": "x", "m\u0061in": "a.ts", "compatibility_date": "2026-10-01" }` {
		t.Errorf("%v\n%s", err, plan.Output)
	}
}

func TestResolve(t *testing.T) {
	c := parse(t, everything)
	qa, ok := c.Resolve("qa")
	same(t, "qa", []any{ok, qa.Name.Value, qa.Main.Value, len(qa.Bindings), len(qa.Migrations), qa.CPUms.Value, len(qa.CompatibilityFlags), len(qa.Vars), qa.LiveClasses()},
		[]any{true, "chat-quality", "src/index.ts", 0, 2, 30000.0, 2, 0, []string{"B", "Legacy", "Room"}})
	eu, ok := c.Resolve("eu")
	same(t, "eu", []any{ok, eu.Name.Value, len(eu.Migrations), eu.CPUms.Value, len(eu.CompatibilityFlags), eu.LiveClasses()},
		[]any{true, "chat-eu", 0, 50.0, 0, []string(nil)})
	if _, ok := c.Resolve("none"); ok {
		t.Error("an environment that is not there")
	}
}

func TestHistory(t *testing.T) {
	c := parse(t, everything)
	same(t, "live", c.LiveClasses(), []string{"B", "Legacy", "Room"})
	for class, want := range map[string]ClassState{
		"Room":   {Known: true, Live: true, Backend: SQLite, CreatedAt: Pos{24, 40}, RenamedFrom: "Old"},
		"Old":    {Known: true, Backend: SQLite, CreatedAt: Pos{23, 43}, RenamedAt: Pos{24, 40}, RenamedTo: "Room"},
		"Gone":   {Known: true, Backend: SQLite, CreatedAt: Pos{23, 50}, DeletedAt: Pos{24, 94}},
		"Legacy": {Known: true, Live: true, Backend: KV, CreatedAt: Pos{23, 75}},
		"B":      {Known: true, Live: true, CreatedAt: Pos{25, 31}, TransferredFrom: "other"},
		"Far":    {},
	} {
		same(t, class, c.Class(class), want)
	}
	var ops []string
	for _, s := range c.History() {
		ops = append(ops, fmt.Sprintf("%s %s %s %v", s.Tag, s.Op, s.Class, s.Before.Live))
	}
	same(t, "steps", ops, []string{"v1 create Legacy false", "v1 create Old false", "v1 create Gone false", "v2 delete Gone true", "v2 rename Old true", "v2 transfer B false"})

	// Steps that cannot succeed show it by the states that they met.
	c = parse(t, `{"migrations": [
  { "tag": "v1", "new_sqlite_classes": ["A", "B"], "new_classes": ["A"] },
  { "tag": "v2", "deleted_classes": ["X"], "renamed_classes": [{ "from": "A", "to": "B" }] } ]}`)
	steps := c.History()
	same(t, "created twice", []any{steps[1].Class, steps[1].Before.Live, steps[1].Before.Backend}, []any{"A", true, KV})
	same(t, "deletion of nothing", []any{steps[3].Class, steps[3].Before.Known}, []any{"X", false})
	same(t, "rename onto a class", []any{steps[4].Class, steps[4].To, steps[4].Target.Live}, []any{"A", "B", true})
}

func TestExports(t *testing.T) {
	c := parse(t, `{ "exports": {
  "Room": { "type": "durable-object", "storage": "sqlite" },
  "Kv": { "type": "durable-object", "state": "created", "storage": "legacy-kv" },
  "Old": { "type": "durable-object", "state": "renamed", "renamed_to": "Room" },
  "Dead": { "type": "durable-object", "state": "deleted", "oops": 1 },
  "Moved": { "type": "durable-object", "state": "transferred", "transferred_to": "w" },
  "Soon": { "type": "durable-object", "state": "expecting-transfer", "storage": "sqlite", "transfer_from": "w" },
  "Page": { "type": "worker", "cache": {} }
} }`)
	same(t, "form", c.Lifecycle(), Exports)
	same(t, "live", c.LiveClasses(), []string{"Kv", "Room", "Soon"})
	for class, want := range map[string]ClassState{
		"Room":  {Known: true, Live: true, Backend: SQLite, CreatedAt: Pos{2, 3}},
		"Kv":    {Known: true, Live: true, Backend: KV, CreatedAt: Pos{3, 3}},
		"Old":   {Known: true, RenamedTo: "Room", RenamedAt: Pos{4, 3}},
		"Dead":  {Known: true, DeletedAt: Pos{5, 3}},
		"Moved": {Known: true, TransferredTo: "w"},
		"Soon":  {Known: true, Live: true, Backend: SQLite, CreatedAt: Pos{7, 3}, TransferredFrom: "w", Expected: true},
		"Page":  {},
	} {
		same(t, class, c.Class(class), want)
	}
	same(t, "entry", c.Exports[2], Export{Class: "Old", Type: "durable-object", State: "renamed", RenamedTo: "Room", Pos: Pos{4, 3}, ValuePos: Pos{4, 10}, StatePos: Pos{4, 47}})
	same(t, "unknown", c.Unknown, []Key{{"oops", "exports.Dead", Pos{5, 59}}})
}

func TestCodeUpdate(t *testing.T) {
	c := parse(t, `{"durable_objects": {"code_update_strategy": {"mode": "deferred", "max_delay": 300, "after": 1}}}`)
	same(t, "strategy", c.CodeUpdate, CodeUpdate{Pos: Pos{1, 22}, Mode: Field[string]{"deferred", Pos{1, 55}, true}, MaxDelay: Field[float64]{300, Pos{1, 80}, true}})
	same(t, "unknown", c.Unknown, []Key{{"after", "durable_objects.code_update_strategy", Pos{1, 85}}})
}

// TestProblems: one wrong shape a line; the rest of the file is still read.
func TestProblems(t *testing.T) {
	cases := []struct{ in, want string }{
		{`{"name": 1}`, "1:10 name must be a string, not a number"},
		{`{"compatibility_flags": "a"}`, "1:25 compatibility_flags must be an array of strings, not a string"},
		{`{"compatibility_flags": [null]}`, "1:26 compatibility_flags[0] must be a string, not null"},
		{`{"limits": {"cpu_ms": "1"}}`, "1:23 limits.cpu_ms must be a number, not a string"},
		{`{"observability": {"enabled": 1}}`, "1:31 observability.enabled must be true or false, not a number"},
		{`{"durable_objects": {"bindings": [{"name": "A"}]}}`, `1:35 durable_objects.bindings[0] must have a string "class_name"`},
		{`{"durable_objects": {"bindings": [{"name": "A", "class_name": 1}]}}`, "1:63 durable_objects.bindings[0].class_name must be a string, not a number"},
		{`{"durable_objects": {"bindings": ["A"]}}`, `1:35 durable_objects.bindings[0] must be an object { "name": …, "class_name": … }, not a string`},
		{`{"durable_objects": {"code_update_strategy": {"mode": "deferred", "max_delay": "5m"}}}`, "1:80 durable_objects.code_update_strategy.max_delay must be a number, not a string"},
		{`{"migrations": [{}]}`, `1:17 migrations[0] must have a string "tag"`},
		{`{"migrations": [{"tag": "v1", "new_sqlite_classes": "A"}]}`, "1:53 migrations[0].new_sqlite_classes must be an array of class names, not a string"},
		{`{"migrations": [{"tag": "v1", "renamed_classes": ["A"]}]}`, `1:51 migrations[0].renamed_classes[0] must be an object { "from": …, "to": … }, not a string`},
		{`{"exports": {"A": {"storage": "sqlite"}}}`, `1:19 exports.A must have a string "type"`},
		{`{"env": {"x": {"migrations": {}}}}`, `1:30 env.x.migrations must be an array of objects such as { "tag": "v1", "new_sqlite_classes": ["Room"] }, not an object`},
		{`{"env": []}`, "1:9 env must be one object for each environment, not an array"},
		{`{"vars": 1}`, "1:10 vars must be an object of names and values, not a number"},
		{"{\"name\": \"a\",\n\"name\": \"b\"}", `2:1 "name" stands here a second time (first on line 1); wrangler reads only the last one, so keep one`},
		{`{"exports": {"A": {"type": "durable-object"}, "A": {"type": "durable-object"}}}`, `1:47 "A" stands in exports more than once; wrangler reads only the last one, so keep one`},
	}
	for _, c := range cases {
		config := parse(t, c.in)
		var got []string
		for _, p := range config.Problems {
			got = append(got, fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Message))
		}
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.in, got, c.want)
		}
	}
	c := parse(t, `{"name": 1, "migrations": [5, {"tag": "v1", "new_sqlite_classes": ["A", 2]}], "main": "a.ts"}`)
	same(t, "the rest", []any{c.Main.Value, c.LiveClasses(), len(c.Problems)}, []any{"a.ts", []string{"A"}, 3})
}

func TestParseErrors(t *testing.T) {
	deep := strings.Repeat("[", 5000)
	cases := []struct{ in, want string }{
		{"", "wrangler.jsonc:1:1: the file is empty"},
		{"[]", "wrangler.jsonc:1:1: the top level is an array; a Workers config is one object, { … }"},
		{"{\n  \"a\": 1\n  \"b\": 2 }", "wrangler.jsonc:3:3: invalid character '\"' after object value (expecting ',' or '}')"},
		{"\xef\xbb\xbf{\n  'a': 1 }", "wrangler.jsonc:2:3: invalid character '\\'' at start of value; strings take double quotes"},
		{"{ name: 1 }", "wrangler.jsonc:1:3: invalid literal: name; names and strings take double quotes"},
		{"{ \"a\": 1", "wrangler.jsonc:1:9: the file ends too early (parsing object after value): a closing quote, bracket or brace, or the end of a comment, is missing"},
		{"{} /* x", "wrangler.jsonc:1:8: the file ends too early (parsing comment): a closing quote, bracket or brace, or the end of a comment, is missing"},
		{`{"a": ` + deep + "}", "wrangler.jsonc:1:106: objects and arrays are nested more than 100 deep"},
	}
	const allowed = ". Allowed is JSON with // and /* */ comments and trailing commas; correct this place and try again"
	for _, c := range cases {
		_, err := Parse("wrangler.jsonc", []byte(c.in))
		var parseErr *ParseError
		if !errors.As(err, &parseErr) || err.Error() != c.want+allowed {
			t.Errorf("%.40q\n got %v\nwant %s", c.in, err, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for class, want := range map[string][2]string{
		"ChatRoom": {"CHAT_ROOM", "chat-room"}, "HTTPCache": {"HTTP_CACHE", "http-cache"}, "Room": {"ROOM", "room"},
		"room": {"ROOM", "room"}, "V2Room": {"V2_ROOM", "v2-room"}, "MyDO": {"MY_DO", "my-do"}, "my_room": {"MY_ROOM", "my-room"},
		"$Room": {"ROOM", "room"}, "Räume": {"R_UME", "r-ume"}, "$": {"OBJECT", "worker"}, "_2x": {"OBJECT_2X", "2x"},
	} {
		same(t, class, [2]string{BindingName(class), WorkerName(class)}, want)
	}
}

func TestNextTag(t *testing.T) {
	for _, c := range []struct{ tags, today, want string }{
		{"", "", "v1"}, {"v1 v2", "", "v3"}, {"v0001", "", "v0002"}, {"v9", "", "v10"}, {"v2 v1", "", "v3"},
		{"1", "", "2"}, {"v1.0.9", "", "v1.0.10"}, {"rooms", "", "rooms-2"}, {"rooms rooms-2", "", "rooms-3"}, {"rooms-2 rooms", "", "rooms-3"},
		{"2026-01-31", "2026-11-02", "2026-11-02"}, {"2026-01-31", "", "2026-01-31-2"}, {"2026-11-02", "2026-11-02", "2026-11-02-2"},
		{"20260131", "2026-11-02", "20261102"}, {"20260131", "", "20260131-2"}, {"v18446744073709551615", "", "v18446744073709551616"},
	} {
		if got := nextTag(strings.Fields(c.tags), c.today); got != c.want {
			t.Errorf("%s, %s: got %s, want %s", c.tags, c.today, got, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	for have, want := range map[string]string{
		"": "", "wrangler.toml": "wrangler.toml", "wrangler.toml wrangler.jsonc": "wrangler.jsonc", "wrangler.jsonc wrangler.json": "wrangler.json",
	} {
		names := strings.Fields(have)
		got := Find(func(name string) bool {
			for _, n := range names {
				if n == name {
					return true
				}
			}
			return false
		})
		if got != want {
			t.Errorf("%q: got %q", have, got)
		}
	}
}
