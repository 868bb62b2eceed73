package wrangler

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// everythingTOML says the same as everything, in as many forms as TOML has.
// Places in the test below are places in this text.
const everythingTOML = `# a Worker
name = "chat"
main = 'src/index.ts' # the entry
"compatibility_date" = "2026-10-01"
compatibility_flags = [
  "nodejs_compat", # a comment with ] and ,
  "experimental",
]
limits.cpu_ms = 30_000
observability = { enabled = true, traces.enabled = false }
kv_namespaces = [{ binding = "CACHE", id = "1" }]
send_email = [ { name = "MAIL" } ]

[vars]
LIMIT = 10
MODE = """
x"""
LIST = [1, [2]]

[[queues.producers]]
binding = "OUT"
queue = "q"

[[queues.consumers]]
queue = "in"

[ai]
binding = "AI"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Old", "Gone"]
new_classes = [ 'Legacy' ]

[[ durable_objects . bindings ]]
class_name = "Far"
name = "FAR"
script_name = "far"
environment = "qa"

[[migrations]]
tag = "v2"
renamed_classes = [{ from = "Old", to = "Room" }]
deleted_classes = ["Gone"]
new_sqllite_classes = []

[[migrations.transferred_classes]]
from = "A"
from_script = "other"
to = "B"

[env.qa]
name = "chat-quality"
vars = {}

[env.eu]
compatibility_flags = []
migrations = []
durable_objects.bindings = []

[env.eu.limits]
cpu_ms = 50
`

func parseToml(t *testing.T, src string) *Config {
	t.Helper()
	c, err := Parse("wrangler.toml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseTOML(t *testing.T) {
	c := parseToml(t, everythingTOML)
	same(t, "name", c.Name, Field[string]{"chat", Pos{2, 8}, true})
	same(t, "main", c.Main, Field[string]{"src/index.ts", Pos{3, 8}, true})
	same(t, "date", c.CompatibilityDate, Field[string]{"2026-10-01", Pos{4, 24}, true})
	same(t, "flags", c.CompatibilityFlags, []Field[string]{{"nodejs_compat", Pos{6, 3}, true}, {"experimental", Pos{7, 3}, true}})
	same(t, "cpu", c.CPUms, Field[float64]{30000, Pos{9, 17}, true})
	same(t, "observability", c.Observability, Observability{Pos: Pos{10, 1}, Enabled: Field[bool]{true, Pos{10, 29}, true}, TracesEnabled: Field[bool]{false, Pos{10, 52}, true}})
	same(t, "vars", fmt.Sprintf("%s", c.Vars), "map[LIMIT:10 LIST:[1,[2]] MODE:\"x\"]")
	same(t, "var places", c.VarPos, map[string]Pos{"LIMIT": {15, 1}, "MODE": {16, 1}, "LIST": {18, 1}})
	same(t, "others", c.Others, []OtherBinding{{"kv_namespaces", "CACHE", Pos{11, 18}}, {"send_email", "MAIL", Pos{12, 16}}, {"queues", "OUT", Pos{20, 1}}, {"ai", "AI", Pos{27, 1}}})
	same(t, "bindings", c.Bindings, []Binding{
		{Name: "ROOM", ClassName: "Room", Pos: Pos{30, 1}, NamePos: Pos{31, 8}, ClassPos: Pos{32, 14}},
		{Name: "FAR", ClassName: "Far", ScriptName: "far", Environment: "qa", Pos: Pos{39, 1}, NamePos: Pos{41, 8}, ClassPos: Pos{40, 14}, ScriptPos: Pos{42, 15}, index: 1},
	})
	same(t, "migrations", c.Migrations, []Migration{
		{Tag: "v1", Pos: Pos{34, 1}, TagPos: Pos{35, 7}, NewSQLite: []ClassRef{{"Old", Pos{36, 23}}, {"Gone", Pos{36, 30}}}, New: []ClassRef{{"Legacy", Pos{37, 17}}}},
		{Tag: "v2", Pos: Pos{45, 1}, TagPos: Pos{46, 7}, Renamed: []Rename{{"Old", "Room", Pos{47, 20}}}, Deleted: []ClassRef{{"Gone", Pos{48, 20}}}, Transferred: []Transfer{{"A", "other", "B", Pos{51, 1}}}},
	})
	same(t, "unknown", c.Unknown, []Key{{"new_sqllite_classes", "migrations[1]", Pos{49, 1}}})
	same(t, "places", []Pos{c.DurableObjectsPos, c.MigrationsPos, c.EnvPos, c.ExportsPos}, []Pos{{30, 3}, {34, 3}, {56, 2}, {}})
	same(t, "problems", c.Problems, []Problem(nil))
	same(t, "line", []string{c.LineText(3), c.LineText(36), c.LineText(99)}, []string{"main = 'src/index.ts' # the entry", `new_sqlite_classes = ["Old", "Gone"]`, ""})
	same(t, "envs", []any{len(c.Envs), c.Envs[0].Name, c.Envs[0].Pos, c.Envs[0].HasDurableObjects, c.Envs[1].Pos, c.Envs[1].DurableObjectsPos, c.Envs[1].CPUms.Pos},
		[]any{2, "qa", Pos{56, 6}, false, Pos{60, 6}, Pos{63, 1}, Pos{66, 10}})
	same(t, "same as JSONC", describe(c), describe(parse(t, strings.Replace(everything, "/* two */ 2,", "[2]", 1))))
}

// TestFormsTOML: each form says the same as the JSON beside it.
func TestFormsTOML(t *testing.T) {
	const room = `{"durable_objects": {"bindings": [{"name": "ROOM", "class_name": "Room"}]}}`
	const two = `{"durable_objects": {"bindings": [{"name": "A", "class_name": "A"}, {"name": "B", "class_name": "B"}]}}`
	const history = `{"migrations": [{"tag": "v1", "new_sqlite_classes": ["A", "B"]}, {"tag": "v2", "deleted_classes": ["A"]}]}`
	const staging = `{"name": "chat", "env": {"staging": {"name": "s", "durable_objects": {"bindings": [{"name": "ROOM", "class_name": "Room"}]}, "migrations": [{"tag": "v1", "new_classes": ["Room"]}]}}}`
	for _, c := range []struct{ name, json, toml string }{
		{"empty", `{}`, ""},
		{"only a comment", `{}`, "# nothing"},
		{"table with an array", room, "[durable_objects]\nbindings = [ { name = \"ROOM\", class_name = \"Room\" } ]"},
		{"array over lines", two, "[durable_objects]\nbindings = [\n  { name = \"A\", class_name = \"A\" }, # one\n  # two\n  { name = \"B\", class_name = \"B\" },\n]\n"},
		{"list of tables", room, "[[durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n"},
		{"list of tables below its table", two, "[durable_objects]\n[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n\n  [[durable_objects.bindings]]\n  name = \"B\"\n  class_name = \"B\"\n"},
		{"dotted key", room, "durable_objects.bindings = [{name='ROOM',class_name='Room'}]"},
		{"inline table", room, "durable_objects = { bindings = [{ name = \"ROOM\", class_name = \"Room\" }] }"},
		{"inline table over lines", room, "durable_objects = {\n  bindings = [{ name = \"ROOM\", class_name = \"Room\", }], # 1.1\n}\n"},
		{"quoted keys", room, "\"durable_objects\".'bindings' = [{ \"name\" = \"ROOM\", \"class_name\" = \"R\\u006fom\" }]"},
		{"space around the dots", room, "[[ durable_objects . bindings ]]\nname=\"ROOM\"\nclass_name\t=\t\"Room\""},
		{"CRLF", two, "[durable_objects]\r\nbindings = [\r\n{ name = \"A\", class_name = \"A\" },\r\n# x\r\n{ name = \"B\", class_name = \"B\" }]\r\n"},
		{"byte order mark", room, "\xef\xbb\xbf[[durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n"},
		{"migrations", history, "[[migrations]]\ntag = \"v1\" # unique\nnew_sqlite_classes = [\"A\", \"B\"]\n\n[[migrations]]\ntag = \"v2\"\ndeleted_classes = [\"A\"]\n"},
		{"migrations in an array", history, "migrations = [\n  { tag = \"v1\", new_sqlite_classes = [\"A\", \"B\"] },\n  { tag = \"v2\", deleted_classes = [\"A\"] }\n]"},
		{"renames as tables", `{"migrations": [{"tag": "v1", "new_classes": ["A"]}, {"tag": "v2", "renamed_classes": [{"from": "A", "to": "B"}]}]}`,
			"[[migrations]]\ntag = \"v1\"\nnew_classes = [\"A\"]\n[[migrations]]\ntag = \"v2\"\n[[migrations.renamed_classes]]\nfrom = \"A\"\nto = \"B\"\n"},
		{"exports", `{"exports": {"Room": {"type": "durable-object", "storage": "sqlite"}, "Old": {"type": "durable-object", "state": "deleted"}}}`,
			"[exports.Room]\ntype = \"durable-object\"\nstorage = \"sqlite\"\n[exports]\nOld = { type = \"durable-object\", state = \"deleted\" }\n"},
		{"environment", staging, "name = \"chat\"\n[env.staging]\nname = \"s\"\n[env.staging.durable_objects]\nbindings = [{ name = \"ROOM\", class_name = \"Room\" }]\n[[env.staging.migrations]]\ntag = \"v1\"\nnew_classes = [\"Room\"]\n"},
		{"environment without a header", staging, "name = \"chat\"\n[[env.staging.durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n[[env.staging.migrations]]\ntag = \"v1\"\nnew_classes = [\"Room\"]\n[env.staging]\nname = \"s\"\n"},
		{"environment by dotted keys", staging, "name = \"chat\"\nenv.staging.name = \"s\"\nenv.staging.durable_objects.bindings = [{ name = \"ROOM\", class_name = \"Room\" }]\nenv.staging.migrations = [{ tag = \"v1\", new_classes = [\"Room\"] }]\n"},
		{"environment in [env]", staging, "name = \"chat\"\n[env]\nstaging = { name = \"s\", durable_objects = { bindings = [{ name = \"ROOM\", class_name = \"Room\" }] }, migrations = [{ tag = \"v1\", new_classes = [\"Room\"] }] }\n"},
		{"strings", `{"vars": {"A": "a\nb", "B": "a\\nb", "C": "ab", "D": "é\t\"", "E": "x\ny\n"}}`,
			"[vars]\nA = \"\"\"\na\nb\"\"\"\nB = 'a\\nb'\nC = \"\"\"a\\\n   b\"\"\"\nD = \"\\u00e9\\t\\\"\"\nE = '''\nx\ny\n'''\n"},
		{"numbers", `{"vars": {"A": 1000, "B": 255, "C": -1.5, "D": 1e+21, "E": true, "F": 10, "G": null}}`,
			"[vars]\nA = 1_000\nB = 0xFF\nC = -1.5\nD = 1e21\nE = true\nF = +1_0.0\nG = nan"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := parseToml(t, c.toml)
			same(t, "model", describe(got), describe(parse(t, c.json)))
		})
	}
}

// TestOldTOML: the keys of the first wrangler are no reason to stop reading.
func TestOldTOML(t *testing.T) {
	c := parseToml(t, `name = "sockets"
type = "javascript"
account_id = "1"
route = ""

[build]
command = "npm install && npm run build"

[build.upload]
format = "modules"

[durable_objects]
bindings = [{name = "SOCKET", class_name = "Socket"}]`)
	same(t, "problems", c.Problems, []Problem(nil))
	same(t, "bindings", c.Bindings, []Binding{{Name: "SOCKET", ClassName: "Socket", Pos: Pos{13, 13}, NamePos: Pos{13, 21}, ClassPos: Pos{13, 44}}})
	same(t, "what is not there", []any{c.Main.Set, c.CompatibilityDate.Set, c.Lifecycle()}, []any{false, false, None})
}

// TestProblemsTOML: what wrangler refuses has a place, and the rest is read.
func TestProblemsTOML(t *testing.T) {
	const whole, keep, apart = ", so wrangler refuses the whole file", "; keep one definition", "; write it in one place"
	for _, c := range []struct{ in, want string }{
		{"name = \"a\"\nname = \"b\"", "2:1 name is defined a second time (first on line 1)" + whole + keep},
		{"[vars]\nA = 1\n[vars]\nB = 2", "3:2 vars is defined a second time (first on line 1)" + whole + keep},
		{"[[migrations]]\ntag = \"v1\"\n[migrations]\ntag = \"v2\"", "3:2 migrations is defined a second time (first on line 1)" + whole + keep},
		{"[durable_objects]\nbindings = []\n[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"", "3:19 durable_objects.bindings is defined on line 2 and cannot be added to here" + whole + apart},
		{"durable_objects = {}\n[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"", "2:3 durable_objects is defined on line 1 and cannot be added to here" + whole + apart},
		{"vars.A = 1\n[vars]\nB = 2", "2:2 vars is defined a second time (first on line 1)" + whole + keep},
		{"[vars.a]\n[vars]\na.b = 1", "3:1 vars.a is defined on line 1 and cannot be added to here" + whole + apart},
		{"vars = { A.b = 1 }\n[vars.A]\nc = 1", "2:2 vars is defined on line 1 and cannot be added to here" + whole + apart},
		{"vars = { A = 1, A = 2 }", "1:17 vars.A is defined a second time (first on line 1)" + whole + keep},
		{"[[migrations]]\ntag = \"v1\"\n[[migrations]]\ntag = \"v2\"\ntag = \"v3\"", "5:1 migrations[1].tag is defined a second time (first on line 4)" + whole + keep},
		{"[[env.x.migrations]]\ntag = \"v1\"\nnew_classes = []\n[[env.x.migrations]]\ntag = \"v2\"\nnew_classes = []\nnew_classes = []", "7:1 env.x.migrations[1].new_classes is defined a second time (first on line 6)" + whole + keep},
		{"name = \"a\"\nname.x = 1", "2:1 name is defined on line 1 and cannot be added to here" + whole + apart},
		{"limits.cpu_ms = 99999999999999999999", "1:17 limits.cpu_ms has the value 99999999999999999999, which cannot be read" + whole},
		{"when = 2026-13-45", "1:8 when has the value 2026-13-45, which cannot be read" + whole},
		{"compatibility_date = 2026-10-01", "1:22 compatibility_date must be a string, not a date without quotes"},
		{"[vars]\nDAY = 2026-10-01", "2:7 vars.DAY is a date without quotes, which wrangler refuses; put it in quotes"},
		{"name = 1", "1:8 name must be a string, not a number"},
		{"[migrations]\ntag = \"v1\"", `1:1 migrations must be an array of objects such as { "tag": "v1", "new_sqlite_classes": ["Room"] }, not an object`},
		{"[[durable_objects.bindings]]\nname = \"A\"", `1:1 durable_objects.bindings[0] must have a string "class_name"`},
		{"[[durable_objects]]\nname = \"A\"", `1:1 durable_objects must be an object with an array "bindings", not an array`},
	} {
		config := parseToml(t, c.in+"\n\n[ai]\nbinding = \"LAST\"\n")
		var got []string
		for _, p := range config.Problems {
			got = append(got, fmt.Sprintf("%d:%d %s", p.Pos.Line, p.Pos.Column, p.Message))
		}
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.in, got, c.want)
		}
		same(t, "the rest of "+c.in, config.Others, []OtherBinding{{"ai", "LAST", Pos{strings.Count(c.in, "\n") + 3, 1}}})
	}
	c := parseToml(t, "compatibility_date = 2026-10-01\nname = \"a\"\nname = \"b\"\ndurable_objects.bindings = []\n[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[migrations]\ntag = \"v0\"\n[[migrations]]\ntag = \"v1\"\n")
	same(t, "as meant", []any{c.CompatibilityDate.Value, c.Name.Value, len(c.Bindings), len(c.Problems)}, []any{"2026-10-01", "a", 1, 5})
}

func TestParseErrorsTOML(t *testing.T) {
	deep := strings.Repeat("[", 5000)
	for _, c := range []struct{ in, want string }{
		{"{\n  \"name\": \"a\"\n}", "1:1: invalid character at start of key: '{'; this looks like JSON, which belongs in a file named wrangler.jsonc"},
		{"// a comment\nname = \"a\"", "1:1: invalid character at start of key: '/'; a comment begins with #"},
		{"\xef\xbb\xbfname = \"a\"\nmain: \"b\"", "2:5: expected '=' after key; a value is set by =, as in name = \"chat\""},
		{"name = chat", "1:8: unexpected character 'c' at start of value; strings take quotes"},
		{"name = \"chat", "1:12: unterminated basic string"},
		{"[durable_objects\nbindings = []", "1:17: expected ']' to close table name"},
		{"[[migrations]\ntag = \"v1\"", "1:13: expected ']]' to close array table name"},
		{"a = [1, 2", "1:9: array is incomplete"},
		{"a = [1 2]", "1:8: expected ',' or ']' after array value"},
		{"a = { b = 1", "1:11: inline table is incomplete"},
		{"a = 1 b = 2", "1:7: expected newline but got 'b'"},
		{"a = " + deep, "1:5004: array is incomplete"},
		{"a = " + strings.Repeat("[", 101) + strings.Repeat("]", 101), "1:105: tables and arrays are nested more than 100 deep"},
		{strings.Repeat("a.", 100) + "a = 1", "1:201: tables and arrays are nested more than 100 deep"},
		{"[" + strings.Repeat("a.", 100) + "a]", "1:202: tables and arrays are nested more than 100 deep"},
	} {
		_, err := Parse("wrangler.toml", []byte(c.in))
		var parseErr *ParseError
		const allowed = ". Allowed is TOML: key = value lines, [table] and [[list of tables]] headers, # comments; correct this place and try again"
		if !errors.As(err, &parseErr) || !strings.HasPrefix(err.Error(), "wrangler.toml:"+c.want) || !strings.HasSuffix(err.Error(), allowed) {
			t.Errorf("%.40q\n got %v\nwant %s", c.in, err, c.want)
		}
	}
}
