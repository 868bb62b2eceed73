package projectfiles

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/internal/scenario"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

func parsed(t *testing.T, steps string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse([]byte(`{"version": 1, "steps": [` + steps + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// byName are the rendered files.
func byName(o Object) map[string]string {
	out := map[string]string{}
	for _, f := range Render(o) {
		out[f.Name] = string(f.Data)
	}
	return out
}

// The ChatRoom of the seed's spec.
func TestGolden(t *testing.T) {
	room := Object{Class: "ChatRoom", Binding: "CHAT_ROOM", WorkerName: "chat-room", Scenario: read(t, "chat_room")}
	for _, f := range Render(room) {
		path := filepath.Join("testdata", "chat_room", strings.TrimPrefix(f.Name, "."))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Data, want) {
			t.Errorf("%s is not what is rendered now; look at the difference, then run: go test ./internal/projectfiles -run TestGolden -update", path)
		}
	}
}

// What holds for every test file, whatever the scenario is.
func TestEveryTestIsWellFormed(t *testing.T) {
	nothing := Object{Class: "A", Binding: "A-1", Scenario: parsed(t, `{"http": {"path": "/"}, "capture": {"all": "$"}}, {"advance": {"ms": 5}}`)}
	for _, o := range append(AnyObjects(t, 100), ledger(t), nothing) {
		text := byName(o)[Test]
		for i, line := range strings.Split(text, "\n") {
			if width(line) > maxWidth {
				t.Errorf("line %d has %d columns: %s", i+1, width(line), line)
			}
			if strings.TrimRight(line, " \t") != line || strings.Contains(line, "\t") {
				t.Errorf("line %d has blanks at its end, or a tab: %q", i+1, line)
			}
		}
		imports, rest, _ := strings.Cut(text, "// Made from")
		times := map[string]int{}
		for _, name := range names.FindAllString(rest, -1) {
			times[name]++
		}
		for _, name := range names.FindAllString(imports, -1) {
			if times[name] == 0 && !slices.Contains(notImported, name) {
				t.Errorf("%s is imported for nothing", name)
			}
		}
		for _, m := range declared.FindAllStringSubmatch(rest, -1) {
			if times[m[1]] < 2 {
				t.Errorf("%s is declared for nothing", m[1])
			}
		}
		for _, bad := range []string{"<no value>", "undefined.", "%!", "\n\n\n", "await await"} {
			if strings.Contains(text, bad) {
				t.Errorf("the file contains %q", bad)
			}
		}
		if t.Failed() {
			t.Fatal(text)
		}
	}
}

var (
	names       = regexp.MustCompile(`\w+`)
	notImported = []string{"import", "from", "cloudflare", "test", "workers", "vitest"}
	declared    = regexp.MustCompile(`(?m)^(?:  )?(?:async )?(?:const|function|class|interface|type) (\w+)`)
)

func ledger(t *testing.T) Object {
	return Object{Class: "Ledger", Binding: "LEDGER", WorkerName: "ledger", Scenario: read(t, "ledger")}
}

// read reads the scenario of a directory of testdata.
func read(t *testing.T, dir string) *scenario.Scenario {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", dir, scenario.FileName))
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The same facts give the same bytes, and rendering changes nothing.
func TestRenderIsStable(t *testing.T) {
	for _, o := range append(AnyObjects(t, 50), ledger(t)) {
		before := o.Scenario.JSON()
		first, second := Render(o), Render(o)
		for i := range first {
			if !bytes.Equal(first[i].Data, second[i].Data) {
				t.Errorf("%s differs when it is rendered again", first[i].Name)
			}
		}
		if !bytes.Equal(before, o.Scenario.JSON()) {
			t.Error("the scenario was changed")
		}
	}
}

func TestConfigurationFiles(t *testing.T) {
	files := byName(Object{Class: "Room", Binding: "ROOM", WorkerName: "my-room"})
	var pkg struct {
		Name, Type      string
		Private         bool
		Scripts         map[string]string
		DevDependencies map[string]string
	}
	if err := json.Unmarshal([]byte(files[PackageJSON]), &pkg); err != nil {
		t.Fatal(err)
	}
	if pkg.Name != "my-room" || pkg.Type != "module" || !pkg.Private {
		t.Errorf("package.json is of %+v", pkg)
	}
	for name, version := range pkg.DevDependencies {
		if strings.Trim(version, "0123456789.") != "" {
			t.Errorf("%s is not pinned: %s", name, version)
		}
	}
	for _, name := range []string{"test", "check", "types", "dev", "deploy"} {
		if pkg.Scripts[name] == "" {
			t.Errorf("package.json has no script %s", name)
		}
	}
	if !json.Valid([]byte(files[TSConfig])) {
		t.Error("tsconfig.json is no JSON")
	}
	if _, there := files[Test]; there {
		t.Error("there is a test without a scenario")
	}
}

func TestLeftOut(t *testing.T) {
	text := byName(ledger(t))[Test]
	for _, want := range []string{
		"// Left out, because fetch() sends no body with a GET or HEAD request: a GET with a body\n",
		"// Left out, because it needs ${never}: what needs it\n",
		"// Left out, because no binding of Other is known here: another class\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the test lacks %q", want)
		}
	}
	o := Object{Class: "Room", Binding: "ROOM", Scenario: parsed(t, `{"open": {"socket": "a", "path": "/", "class": "Other"}}, {"send": {"socket": "a", "text": "x"}}, {"close": {"socket": "a"}}, {"open": {"socket": "a", "path": "/"}}, {"send": {"socket": "a", "text": "y"}}`)}
	text = byName(o)[Test]
	for _, want := range []string{"it needs the socket a: send on a\n", "it needs the socket a: close a\n", "  a.send(\"y\");\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the test lacks %q:\n%s", want, text)
		}
	}
	// What is captured anew is there again.
	o.Scenario = parsed(t, `{"http": {"path": "/", "body": "x"}, "capture": {"v": "$"}}, {"http": {"path": "/"}, "capture": {"v": "$"}}, {"http": {"path": "/${v}"}}`)
	if again := byName(o)[Test]; !strings.Contains(again, "`/${encodeURIComponent(String(v))}`") {
		t.Errorf("the value is not used:\n%s", again)
	}
	if strings.Contains(text, `a.send("x")`) {
		t.Error("something is sent on a socket that was not opened")
	}
}

func TestRuns(t *testing.T) {
	http := func(path string) string { return `{"http": {"path": "` + path + `"}}` }
	const wait = `{"name": "time passes", "advance": {"ms": 1000}}`
	open, shut := `{"open": {"socket": "s", "path": "/?room=a"}}`, `{"close": {"socket": "s"}}`
	a, b, c := http("/x?room=a&k=1"), http("/x?room=b"), http("/x?room=c")
	for _, test := range []struct {
		name  string
		steps []string
		want  string
	}{
		{"one object", []string{a, a, a}, "serves room=a: 3"},
		{"each object in turn", []string{a, a, a, b, b, b}, "serves room=a: 3; serves room=b: 3"},
		{"a glance at another", []string{a, a, a, c, a}, "serves room=a: 5"},
		{"to and fro", []string{a, b, a, b, a}, "serves room=a: 5"},
		{"time passes", []string{a, wait, a, a, wait, a}, "serves room=a: 1; time passes: 3; time passes, again: 2"},
		{"time passes twice at once", []string{a, wait, wait, a}, "serves room=a: 1; time passes: 3"},
		{"a socket is open", []string{open, a, wait, a, b, b, shut, b}, "serves room=a: 8"},
		{"no object", []string{http("/x"), http("/y")}, "plays the scenario: 2"},
		{"back again", []string{a, a, a, b, b, b, a, a}, "serves room=a: 3; serves room=b: 3; serves room=a, again: 2"},
		{"a captured value", []string{a, a, `{"http": {"path": "/?room=a"}, "capture": {"id": "$.id"}}`, b, http("/${id}?room=b"), b, b, b}, "serves room=a: 5; serves room=b: 3"},
	} {
		var got []string
		for _, r := range runs(parsed(t, strings.Join(test.steps, ",")).Steps) {
			got = append(got, fmt.Sprintf("%s: %d", r.name, len(r.steps)))
		}
		if got := strings.Join(got, "; "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestLiterals(t *testing.T) {
	w := &writer{variables: map[string]string{"id": "id2"}}
	for in, want := range map[string]string{
		`"it's"`:                             `"it's"`,
		`"say \"x\""`:                        `'say "x"'`,
		`"a\nb\\c\u0001"`:                    `"a\nb\\c\u0001"`,
		`"${id}"`:                            `id2`,
		`"no ${id}"`:                         "`no ${String(id2)}`",
		`"$${id}"`:                           `"${id}"`,
		`"xxxxxxxxxxxxxxxxxxxxx"`:            `"x".repeat(21)`,
		`1.50E+3`:                            `1.5e3`,
		`-0.0`:                               `0`,
		`-7`:                                 `-7`,
		`12345678901234567890`:               `12345678901234567890`,
		`{"b": 1, "a b": null, "b": [true]}`: `{ b: [true], "a b": null }`,
		`{"__proto__": 1, "k${id}": {}}`:     "{ [\"__proto__\"]: 1, [`k${String(id2)}`]: {} }",
	} {
		if got := w.json(json.RawMessage(in)).flat(); got != want {
			t.Errorf("%s is written as %s, want %s", in, got, want)
		}
	}
	if got := digits(999) + " " + digits(1_000) + " " + digits(34_560_000_000); got != "999 1_000 34_560_000_000" {
		t.Error(got)
	}
}
