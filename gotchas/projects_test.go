package gotchas_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/project"
)

// archive is a project in a txtar archive.
type archive map[string][]byte

func (a archive) ReadFile(name string, _ int64) ([]byte, error) {
	if data, ok := a[name]; ok {
		return data, nil
	}
	return nil, errors.New("no such file")
}

func (a archive) IsFile(name string) bool { return a[name] != nil }

func (a archive) Dirs(dir string) []string {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	seen := map[string]bool{}
	for name := range a {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if first, _, deeper := strings.Cut(rest, "/"); deeper {
				seen[first] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

var projectMark = regexp.MustCompile(`// want ([a-z0-9-]+)`)

// Each archive of testdata/projects is a project of several files. Its first
// file is reviewed, with what it imports and the Worker in src/index.ts as
// context; the lines that are marked `// want <gotcha>` are those with an error
// or a warning, in whichever file.
func TestProjects(t *testing.T) {
	files, err := filepath.Glob("testdata/projects/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no projects", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files, in := archive{}, gotchas.Input{Today: "2026-11-20"}
			var want, got []string
			for _, f := range a.Files {
				files[f.Name] = f.Data
				for i, line := range strings.Split(string(f.Data), "\n") {
					for _, m := range projectMark.FindAllStringSubmatch(line, -1) {
						want = append(want, fmt.Sprintf("%s:%d %s", f.Name, i+1, m[1]))
					}
				}
			}
			start := project.File{Path: a.Files[0].Name, Source: a.Files[0].Data}
			seeds := []project.File{start}
			in.Files = []gotchas.File{gotchas.File(start)}
			if index := files["src/index.ts"]; index != nil && start.Path != "src/index.ts" {
				seeds = append(seeds, project.File{Path: "src/index.ts", Source: index})
				in.Context = append(in.Context, gotchas.File{Path: "src/index.ts", Source: index})
			}
			imports := project.Follow(files, seeds, nil)
			for _, f := range imports.Files {
				in.Context = append(in.Context, gotchas.File(f))
			}
			in.Links = imports.Links
			for _, f := range violations(gotchas.Review(in)) {
				got = append(got, fmt.Sprintf("%s:%d %s", f.Path, f.Line, f.Gotcha))
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}
