package engine

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/changed"
)

// changed plans the reviews of the projects that changed files belong to. Those
// files alone are reported on, and a project that runs none of them is left out.
func (g *grouping) changed(paths []string, base string) (*plan, error) {
	within, err := g.within(paths)
	if err != nil {
		return nil, err
	}
	files, err := changed.Files(g.engine.Root.Dir(), base)
	if err != nil {
		return nil, err
	}
	only := map[string]bool{}
	for _, name := range files {
		if !within(name) || inOutput(name) {
			continue
		}
		switch {
		case isConfig(name):
			if _, err := g.config(name); err != nil {
				g.unread = append(g.unread, unread(name, err))
				continue
			}
			if g.only == nil {
				g.project(name)
			}
		case isSource(name) && !generatedName(name):
			g.project(g.owner(name))
		default:
			continue
		}
		only[name] = true
	}
	for _, owner := range slices.Sorted(maps.Keys(g.files)) {
		if err := g.complete(owner, only); err != nil {
			return nil, err
		}
	}
	p := &plan{}
	for _, in := range g.inputs() {
		if in.Only = touched(in, only); len(in.Only) > 0 {
			p.projects = append(p.projects, in)
		}
	}
	for _, u := range g.unread {
		if only[u.Path] {
			p.unread = append(p.unread, u)
		}
	}
	if len(p.projects) == 0 && len(p.unread) == 0 {
		p.note = "Nothing to review: no changed file has to do with Durable Objects."
		gone, err := changed.Deleted(g.engine.Root.Dir(), base)
		if err != nil {
			return nil, err
		}
		gone = slices.DeleteFunc(gone, func(name string) bool { return !within(name) || !isSource(name) })
		if len(gone) > 0 {
			p.note = fmt.Sprintf("Nothing to review in the files that are left. %d file(s) are gone, %s among them; review the project as a whole for what used them.", len(gone), gone[0])
		}
	}
	return p, nil
}

// within reports the files that the paths of the request hold.
func (g *grouping) within(paths []string) (func(name string) bool, error) {
	var held []string
	for _, p := range paths {
		rel, err := g.engine.Root.Rel(p)
		if err != nil {
			return nil, err
		}
		held = append(held, rel)
	}
	return func(name string) bool {
		return len(held) == 0 || slices.ContainsFunc(held, func(p string) bool {
			return p == "." || p == name || strings.HasPrefix(name, p+"/")
		})
	}, nil
}

// complete adds the files that a project has besides the changed ones. Where no
// configuration says how far a project reaches, or one is forced on all files,
// it is the changed files alone.
func (g *grouping) complete(owner string, only map[string]bool) error {
	var mine []string
	if g.configs[owner] == nil || g.only != nil {
		for _, name := range slices.Sorted(maps.Keys(only)) {
			if isSource(name) && g.owner(name) == owner {
				mine = append(mine, name)
			}
		}
		g.scan(mine)
		return nil
	}
	l, err := g.engine.list(path.Dir(owner))
	if err != nil {
		return err
	}
	for _, name := range l.sources {
		if g.owner(name) == owner {
			mine = append(mine, name)
		}
	}
	if !g.scan(mine) {
		g.bundled(owner)
	}
	return nil
}

// touched are the changed files that a review looks at, nil where its project has
// nothing to do with Durable Objects.
func touched(in gotchas.Input, only map[string]bool) map[string]bool {
	files := slices.Concat(in.Files, in.Context)
	found := make([]candidate, 0, len(files))
	for _, f := range files {
		found = append(found, consider(f))
	}
	if len(pick(found, func(string) []string { return nil })) == 0 && !speaksOfObjects(in.Config) {
		return nil
	}
	if in.Config != nil {
		files = append(files, *in.Config)
	}
	out := map[string]bool{}
	for _, f := range files {
		if only[f.Path] {
			out[f.Path] = true
		}
	}
	return out
}
