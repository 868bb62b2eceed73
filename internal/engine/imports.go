package engine

import (
	"bytes"
	"path"
	"slices"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/project"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/wrangler"
)

// withImports adds to a review the files that its files import, and the Worker's
// main module with what that imports, so that callers are known as well.
func (e *Engine) withImports(in gotchas.Input) gotchas.Input {
	seeds := make([]project.File, 0, len(in.Files)+1)
	given := map[string]bool{}
	for _, f := range in.Files {
		seeds = append(seeds, project.File(f))
		given[f.Path] = true
	}
	reader := newRootReader(e.Root)
	main := mainModule(in.Config)
	if main != "" && !given[main] && isSource(main) {
		if data, err := reader.ReadFile(main, maxFileBytes); err == nil {
			seeds = append(seeds, project.File{Path: main, Source: data})
			in.Context = append(in.Context, gotchas.File{Path: main, Source: data})
		}
	}
	imports := project.Follow(reader, seeds, func(f project.File) bool {
		return len(in.Files) == 1 || f.Path == main || !model.TestFile(f.Path) && holdsObjects(f.Source)
	})
	for _, f := range imports.Files {
		in.Context = append(in.Context, gotchas.File(f))
	}
	in.Links = imports.Links
	return in
}

// holdsObjects reports a text that may define an object: what such a file imports
// runs in the object, however far away it is. A caller of objects needs to know
// no more than what it names itself.
func holdsObjects(text []byte) bool {
	return slices.ContainsFunc(classesOf(text), func(c heritage) bool { return len(c.bases) > 0 }) ||
		bytes.Contains(text, []byte("implements DurableObject")) || bytes.Contains(text, []byte("DurableObjectState"))
}

// mainModule is the path of the configuration's main, "" where there is none.
func mainModule(config *gotchas.File) string {
	if config == nil {
		return ""
	}
	cfg, err := wrangler.Parse(config.Path, config.Source)
	if err != nil || cfg.Main.Value == "" {
		return ""
	}
	return path.Join(path.Dir(config.Path), cfg.Main.Value)
}

// rootReader reads the root's files for package project, which asks for many
// names that are not there.
type rootReader struct {
	root    *results.Root
	entries map[string]map[string]bool // by directory
}

func newRootReader(root *results.Root) *rootReader {
	return &rootReader{root: root, entries: map[string]map[string]bool{}}
}

func (r *rootReader) ReadFile(name string, max int64) ([]byte, error) {
	return r.root.ReadFile(name, max)
}

func (r *rootReader) IsFile(name string) bool {
	regular, there := r.in(path.Dir(name))[path.Base(name)]
	if there && !regular { // a symlink may lead to a file
		info, err := r.root.Stat(name)
		return err == nil && info.Mode().IsRegular()
	}
	return regular
}

func (r *rootReader) Dirs(name string) []string {
	var out []string
	for entry, regular := range r.in(path.Clean(name)) {
		if !regular {
			if info, err := r.root.Stat(path.Join(name, entry)); err == nil && info.IsDir() {
				out = append(out, entry)
			}
		}
	}
	slices.Sort(out)
	return out
}

// in are the entries of a directory, none for one that its parent does not have.
func (r *rootReader) in(dir string) map[string]bool {
	if e, ok := r.entries[dir]; ok {
		return e
	}
	var e map[string]bool
	parent := path.Dir(dir)
	there := dir == "." || dir == "/"
	if !there {
		_, there = r.in(parent)[path.Base(dir)]
	}
	if there {
		e = r.root.Entries(dir)
	}
	r.entries[dir] = e
	return e
}
