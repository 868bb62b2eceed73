package gotchas_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
)

// The mutation suite plants each gotcha in correct objects of different styles.
//
//	testdata/mutation/originals/<object>.ts     a correct object; <object>.jsonc is
//	                                            its configuration, where it has one
//	testdata/mutation/mutants/<gotcha>.txt      edits that plant the gotcha
//	testdata/mutation/near/<gotcha>.txt         edits that only look like it
//
// The two folders of edits hold txtar archives. The files of one mutant share
// the original's name and a number:
//
//	-- chat-room.ts 1 find --
//	text that stands once in the original
//	-- chat-room.ts 1 replace --
//	what to write instead
//	-- chat-room.ts 1 at --
//	text of the mutant on whose lines the finding must be, where that is
//	not the replaced text
//
// Further find and replace pairs of the same number belong to the same mutant;
// the last pair is where the finding is expected. A name that ends in .jsonc
// edits the configuration.
const mutationDir = "testdata/mutation"

// edits is one mutant: changed text of an original and where it was changed.
type edits struct {
	name        string // "chat-room.ts 1"
	original    string // "chat-room"
	source      []byte
	config      []byte // nil for none
	path        string // the file of the last edit
	first, last int    // lines of it on which the finding must be, 1-based
}

func TestOriginalsAreClean(t *testing.T) {
	names := originals(t)
	if len(names) < 15 {
		t.Errorf("%d originals; at least 15 styles are wanted", len(names))
	}
	for _, name := range names {
		source, config := readOriginal(t, name)
		for _, f := range violations(reviewPair(name, source, config)) {
			t.Errorf("%s:%d: %s: %s", f.Path, f.Line, f.Gotcha, f.Message)
		}
	}
}

func TestMutantsAreFound(t *testing.T) {
	planted, found := 0, 0
	for _, g := range gotchas.All() {
		if g.Check == nil {
			continue
		}
		styles := map[string]bool{}
		for _, e := range readEdits(t, "mutants", g.ID) {
			styles[e.original] = true
			planted++
			if hit(e, g) {
				found++
			} else {
				t.Logf("missed: %s in %s (line %d)", g.ID, e.name, e.first)
			}
		}
		if len(styles) < 3 {
			t.Errorf("%s is planted in %d styles; at least 3 are wanted", g.ID, len(styles))
		}
	}
	t.Logf("found %d of %d", found, planted)
	if found*100 < planted*95 {
		t.Errorf("found %d of %d planted gotchas, less than 95 %%", found, planted)
	}
}

func TestNearMissesAreSilent(t *testing.T) {
	n := 0
	for _, g := range gotchas.All() {
		for _, e := range readEdits(t, "near", g.ID) {
			n++
			for _, f := range violations(reviewPair(e.original, e.source, e.config)) {
				t.Errorf("near/%s.txt, %s: %s:%d: %s: %s\n  %s", g.ID, e.name, f.Path, f.Line, f.Gotcha, f.Message, f.Quote)
			}
		}
	}
	if n < 60 {
		t.Errorf("%d near misses; at least 60 are wanted", n)
	}
}

// hit reports a finding of the gotcha on the expected lines. Advice counts for a
// gotcha that gives nothing else.
func hit(e edits, g *analysis.Gotcha) bool {
	for _, f := range reviewPair(e.original, e.source, e.config).Findings {
		if f.Gotcha == g.ID && f.Path == e.path && f.Line <= e.last && f.EndLine >= e.first && (f.Severity != analysis.Info || g.Severity == analysis.Info) {
			return true
		}
	}
	return false
}

func violations(r *gotchas.Result) []analysis.Finding {
	return slices.DeleteFunc(r.Findings, func(f analysis.Finding) bool { return f.Severity == analysis.Info })
}

func reviewPair(name string, source, config []byte) *gotchas.Result {
	in := gotchas.Input{Files: []gotchas.File{{Path: name + ".ts", Source: source}}, Today: "2026-11-20"}
	if config != nil {
		in.Config = &gotchas.File{Path: name + ".jsonc", Source: config}
	}
	return gotchas.Review(in)
}

func originals(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(mutationDir + "/originals/*.ts")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(p), ".ts")
	}
	return paths
}

func readOriginal(t *testing.T, name string) (source, config []byte) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(mutationDir, "originals", name+".ts"))
	if err != nil {
		t.Fatal(err)
	}
	config, err = os.ReadFile(filepath.Join(mutationDir, "originals", name+".jsonc"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return source, config
}

// readEdits makes the mutants of one archive; a missing archive has none.
func readEdits(t *testing.T, folder, id string) []edits {
	t.Helper()
	file := filepath.Join(mutationDir, folder, id+".txt")
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []edits
	find := ""
	for _, part := range txtar.Parse(data).Files {
		target, rest, _ := strings.Cut(part.Name, " ")
		number, role, ok := strings.Cut(rest, " ")
		if !ok {
			t.Fatalf("%s: %q is not of the form <original>.ts <number> find|replace|at", file, part.Name)
		}
		original := strings.TrimSuffix(strings.TrimSuffix(target, ".ts"), ".jsonc")
		name := original + ".ts " + number
		if len(out) == 0 || out[len(out)-1].name != name {
			e := edits{name: name, original: original}
			e.source, e.config = readOriginal(t, original)
			out = append(out, e)
		}
		e := &out[len(out)-1]
		text := strings.TrimSuffix(string(part.Data), "\n")
		switch role {
		case "find":
			find = text
		case "replace":
			if err := e.apply(target, find, text); err != nil {
				t.Fatalf("%s, %s: %v", file, part.Name, err)
			}
		case "at":
			if err := e.expect(e.text(target), target, text); err != nil {
				t.Fatalf("%s, %s: %v", file, part.Name, err)
			}
		default:
			t.Fatalf("%s: %q is none of find, replace and at", file, role)
		}
	}
	return out
}

func (e *edits) text(target string) *[]byte {
	if strings.HasSuffix(target, ".jsonc") {
		return &e.config
	}
	return &e.source
}

func (e *edits) apply(target, find, replace string) error {
	text := e.text(target)
	if n := bytes.Count(*text, []byte(find)); n != 1 {
		return fmt.Errorf("the text to find stands there %d times, not once", n)
	}
	at := bytes.Index(*text, []byte(find))
	*text = bytes.Replace(*text, []byte(find), []byte(replace), 1)
	e.path = target
	e.first = 1 + bytes.Count((*text)[:at], []byte("\n"))
	e.last = e.first + strings.Count(replace, "\n")
	return nil
}

func (e *edits) expect(text *[]byte, target, at string) error {
	if n := bytes.Count(*text, []byte(at)); n != 1 {
		return fmt.Errorf("the text of at stands there %d times, not once", n)
	}
	e.path = target
	e.first = 1 + bytes.Count((*text)[:bytes.Index(*text, []byte(at))], []byte("\n"))
	e.last = e.first + strings.Count(at, "\n")
	return nil
}
