// Package shown holds, for each gotcha that a runtime can show, a pair of tiny
// Durable Objects, one that has it and one that has not, and the traffic that
// separates them. The package's tests run every pair on real workerd; whoever
// quotes a pair quotes something that has been seen.
//
// A pair is testdata/<gotcha>.txtar. Its comment has one line "shows:", what a
// client sees of the bad object, and one or more lines "fails:", each a text
// that the failed stage's details contain. Its files are
//
//	bad.ts, good.ts      the two modules, each run as durable_object.ts
//	scenario.json        the traffic, in the format of package scenario
//	wrangler.jsonc       the configuration of both; default [Config]
//	bad.wrangler.jsonc   the bad module's own configuration
//
// Both modules get the same traffic. What separates them is either an
// expectation of the scenario or a difference between the verifier's worlds.
package shown

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed testdata/*.txtar
var archives embed.FS

// Config is the configuration of a pair that brings none: one class Obj on
// SQLite behind the binding OBJ.
const Config = `{
  "name": "shown",
  "main": "durable_object.ts",
  "compatibility_date": "2026-10-01",
  "durable_objects": { "bindings": [{ "name": "OBJ", "class_name": "Obj" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Obj"] }]
}
`

// Pair is one gotcha's two objects.
type Pair struct {
	ID       string
	Shows    string   // what a client sees of the bad object, one sentence
	Fails    []string // texts in the details of the bad object's failed stage
	Bad      Module
	Good     Module
	Scenario string // JSON
}

// Module is one object's code and the configuration that it runs with.
type Module struct{ Code, Config string }

// IDs are the gotchas that have a pair, sorted.
func IDs() []string { return ids() }

var ids = sync.OnceValue(func() []string {
	names, err := fs.Glob(archives, "testdata/*.txtar")
	if err != nil {
		panic(err) // a constant pattern
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(n, "testdata/"), ".txtar")
	}
	slices.Sort(names)
	return names
})

// Get reads a gotcha's pair. The second result is false where there is none; an
// error names what is wrong with the archive.
func Get(id string) (*Pair, bool, error) {
	if !slices.Contains(IDs(), id) {
		return nil, false, nil
	}
	data, err := archives.ReadFile("testdata/" + id + ".txtar")
	if err != nil {
		return nil, true, err
	}
	p, err := parse(id, data)
	if err != nil {
		return nil, true, fmt.Errorf("testdata/%s.txtar: %w", id, err)
	}
	return p, true, nil
}

func parse(id string, data []byte) (*Pair, error) {
	a := txtar.Parse(data)
	p := &Pair{ID: id}
	for line := range strings.Lines(string(a.Comment)) {
		key, text, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch text = strings.TrimSpace(text); {
		case key == "":
		case key == "shows" && p.Shows == "" && text != "":
			p.Shows = text
		case key == "fails" && text != "":
			p.Fails = append(p.Fails, text)
		default:
			return nil, fmt.Errorf("the comment's line %q is not understood; it has one line \"shows: …\" and lines \"fails: …\"", strings.TrimSpace(line))
		}
	}
	files := map[string]string{}
	for _, f := range a.Files {
		if !slices.Contains([]string{"bad.ts", "good.ts", "scenario.json", "wrangler.jsonc", "bad.wrangler.jsonc"}, f.Name) {
			return nil, fmt.Errorf("there is a file %q; allowed are bad.ts, good.ts, scenario.json, wrangler.jsonc and bad.wrangler.jsonc", f.Name)
		}
		if _, twice := files[f.Name]; twice {
			return nil, fmt.Errorf("the file %q is there twice", f.Name)
		}
		files[f.Name] = string(f.Data)
	}
	for _, need := range []string{"bad.ts", "good.ts", "scenario.json"} {
		if files[need] == "" {
			return nil, fmt.Errorf("the file %s is missing or empty", need)
		}
	}
	if p.Shows == "" || len(p.Fails) == 0 {
		return nil, fmt.Errorf("the comment needs a line \"shows: …\" and at least one line \"fails: …\"")
	}
	p.Scenario = files["scenario.json"]
	p.Good = Module{files["good.ts"], first(files["wrangler.jsonc"], Config)}
	p.Bad = Module{files["bad.ts"], first(files["bad.wrangler.jsonc"], p.Good.Config)}
	return p, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
