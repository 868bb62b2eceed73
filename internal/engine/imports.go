package engine

import (
	"path"

	"durable-objects-mcp/gotchas"
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
	reader := rootReader{e.Root}
	if main := mainModule(in.Config); main != "" && !given[main] && isSource(main) {
		if data, err := reader.ReadFile(main, maxFileBytes); err == nil {
			seeds = append(seeds, project.File{Path: main, Source: data})
			in.Context = append(in.Context, gotchas.File{Path: main, Source: data})
		}
	}
	imports := project.Follow(reader, seeds)
	for _, f := range imports.Files {
		in.Context = append(in.Context, gotchas.File(f))
	}
	in.Links = imports.Links
	return in
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

// rootReader reads the root's files for package project.
type rootReader struct{ root *results.Root }

func (r rootReader) ReadFile(name string, max int64) ([]byte, error) {
	return r.root.ReadFile(name, max)
}

func (r rootReader) IsFile(name string) bool {
	info, err := r.root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
