package engine

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/project"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/wrangler"
)

// grouping sorts the files of a request into projects: each belongs to the
// nearest Workers configuration above it. Where several lie side by side, it is
// the one whose main module leads to the file, else the one that wrangler takes;
// where there is none, the files of a package belong together.
type grouping struct {
	engine *Engine
	// only is the one configuration of the request, nil to look for them.
	only    *gotchas.File
	configs map[string]*gotchas.File // by path
	nearest map[string][]string      // a directory's configurations, by preference
	classes map[string][]string      // those that a configuration binds
	workers map[string]*worker       // by configuration, once asked for
	parcels map[string]string        // a directory's package, as owner gives it

	files  map[string]map[string]gotchas.File // by owner, by path
	unread []gotchas.Partial
}

// worker is a main module with the files that it imports.
type worker struct {
	main    gotchas.File
	imports []gotchas.File
	leads   map[string]bool // the paths of all of them
}

func (e *Engine) group(configPath string) (*grouping, error) {
	g := &grouping{
		engine: e, configs: map[string]*gotchas.File{}, nearest: map[string][]string{}, classes: map[string][]string{},
		workers: map[string]*worker{}, parcels: map[string]string{},
		files: map[string]map[string]gotchas.File{},
	}
	if configPath == "" {
		return g, nil
	}
	rel, err := e.Root.Rel(configPath)
	if ext := path.Ext(rel); err == nil && ext != ".json" && ext != ".jsonc" && ext != ".toml" {
		return nil, fmt.Errorf("%s is no Workers configuration; one is a .jsonc, .json or .toml file", configPath)
	}
	if err == nil {
		g.only, err = g.config(rel)
	}
	if err != nil {
		return nil, fmt.Errorf("the configuration %s cannot be read: %w", configPath, err)
	}
	return g, nil
}

// config reads a configuration once.
func (g *grouping) config(name string) (*gotchas.File, error) {
	if f := g.configs[name]; f != nil {
		return f, nil
	}
	data, err := g.engine.Root.ReadFile(name, maxFileBytes)
	if err != nil {
		return nil, err
	}
	f := &gotchas.File{Path: name, Source: data}
	g.configs[name] = f
	if cfg, err := wrangler.Parse(name, data); err == nil { // what is wrong with it is the review's to say
		for _, b := range cfg.Bindings {
			if b.ScriptName == "" {
				g.classes[name] = append(g.classes[name], b.ClassName)
			}
		}
	}
	return f, nil
}

// above are the configurations that a directory's files may belong to, by
// preference.
func (g *grouping) above(dir string) []string {
	if names, ok := g.nearest[dir]; ok {
		return names
	}
	var names []string
	for _, name := range g.engine.Root.Names(dir) {
		if name = path.Join(dir, name); !isConfig(name) {
			continue
		}
		if _, err := g.config(name); err != nil {
			g.unread = append(g.unread, unread(name, err))
			continue
		}
		names = append(names, name)
	}
	if standard := wrangler.Find(func(n string) bool { return slices.Contains(names, path.Join(dir, n)) }); standard != "" {
		i := slices.Index(names, path.Join(dir, standard))
		names = slices.Insert(slices.Delete(names, i, i+1), 0, path.Join(dir, standard))
	}
	if len(names) == 0 && dir != "." && dir != "/" {
		names = g.above(path.Dir(dir))
	}
	g.nearest[dir] = names
	return names
}

// owner is what a file's project is known by: its configuration, or else the
// directory of its package with a slash behind it, "" outside of packages.
func (g *grouping) owner(file string) string {
	if g.only != nil {
		return g.only.Path
	}
	names := g.above(path.Dir(file))
	switch len(names) {
	case 0:
		return g.parcel(path.Dir(file))
	case 1:
		return names[0]
	}
	for _, name := range names {
		if w := g.worker(name); file == name || w != nil && w.leads[file] {
			return name
		}
	}
	return names[0]
}

// parcel is the nearest directory with a package.json.
func (g *grouping) parcel(dir string) string {
	if p, ok := g.parcels[dir]; ok {
		return p
	}
	p := ""
	if _, err := g.engine.Root.Stat(path.Join(dir, "package.json")); err == nil {
		p = dir + "/"
	} else if dir != "." && dir != "/" {
		p = g.parcel(path.Dir(dir))
	}
	g.parcels[dir] = p
	return p
}

// project makes sure that there is one for an owner.
func (g *grouping) project(owner string) map[string]gotchas.File {
	if g.files[owner] == nil {
		g.files[owner] = map[string]gotchas.File{}
	}
	return g.files[owner]
}

func (g *grouping) add(owner string, files ...gotchas.File) {
	for _, f := range files {
		g.project(owner)[f.Path] = f
	}
}

// path adds what a path of the request names.
func (g *grouping) path(p string) error {
	root := g.engine.Root
	rel, err := root.Rel(p)
	if err != nil {
		return err
	}
	info, err := root.Stat(rel)
	switch {
	case isMissing(err):
		return fmt.Errorf("%s does not exist in %s", p, root.Dir())
	case err != nil:
		return err
	case info.IsDir():
		return g.directory(p, rel)
	case isConfig(rel) && g.only != nil && g.only.Path != rel:
		return fmt.Errorf("%s and %s are both configurations; give one, as the path or with the option", p, g.only.Path)
	case isConfig(rel):
		return g.configured(rel)
	case !isSource(rel):
		return fmt.Errorf("%s is not TypeScript or JavaScript, nor a Workers configuration; reviewed are .ts, .tsx, .mts, .cts, .js, .jsx and .mjs files, wrangler.jsonc, wrangler.json and wrangler.toml", p)
	}
	data, err := root.ReadFile(rel, maxFileBytes)
	if err != nil {
		return err
	}
	g.add(g.owner(rel), gotchas.File{Path: rel, Source: data})
	return nil
}

// directory adds the files below a directory that have to do with Durable
// Objects, and the projects whose configuration lies there.
func (g *grouping) directory(p, rel string) error {
	l, err := g.engine.list(rel)
	if err != nil {
		return err
	}
	g.unread = append(g.unread, l.unread...)
	found := g.scan(l.sources)
	if g.only == nil {
		for _, name := range l.configs {
			if g.owner(name) == name && g.files[name] == nil && speaksOfObjects(g.configs[name]) {
				g.bundled(name) // its code lies elsewhere
				found = true
			}
		}
	}
	if !found && len(g.unread) == 0 {
		return fmt.Errorf("no file below %s has to do with Durable Objects", p)
	}
	return nil
}

// scan adds those of the files that matter, and reports whether there are any.
func (g *grouping) scan(names []string) bool {
	files, failed := g.engine.read(names, func(name string) []string { return g.classes[g.owner(name)] })
	g.unread = append(g.unread, failed...)
	for _, f := range files {
		g.add(g.owner(f.Path), f)
	}
	return len(files) > 0
}

// configured adds the project of a configuration: its main module with what that
// imports, or, where main is not there (a build makes it), what lies below.
func (g *grouping) configured(name string) error {
	if _, err := g.config(name); err != nil {
		return err
	}
	if g.bundled(name) {
		return nil
	}
	l, err := g.engine.list(path.Dir(name))
	if err != nil {
		return err
	}
	g.unread = append(g.unread, l.unread...)
	files, failed := g.engine.read(slices.DeleteFunc(l.sources, func(source string) bool {
		owner := g.owner(source)
		return owner != "" && deeper(path.Dir(owner), path.Dir(name))
	}), func(string) []string { return g.classes[name] })
	g.unread = append(g.unread, failed...)
	g.add(name, files...)
	return nil
}

// deeper reports a directory below another.
func deeper(dir, top string) bool {
	return top == "." && dir != "." || strings.HasPrefix(dir, top+"/")
}

// bundled adds a configuration's main module and what that imports, and reports
// whether main is there, as code that people write.
func (g *grouping) bundled(name string) bool {
	g.project(name)
	w := g.worker(name)
	if w == nil {
		return false
	}
	var found []candidate
	for _, f := range w.imports {
		found = append(found, consider(f))
	}
	g.add(name, w.main)
	g.add(name, pick(found, func(string) []string { return g.classes[name] })...)
	return true
}

// worker reads what a configuration's main module leads to, nil where main is
// not there as code that people write.
func (g *grouping) worker(name string) *worker {
	if w, ok := g.workers[name]; ok {
		return w
	}
	g.workers[name] = nil
	main := mainModule(g.configs[name])
	if main == "" || !isSource(main) || inOutput(main) {
		return nil
	}
	data, err := g.engine.Root.ReadFile(main, maxFileBytes)
	file := gotchas.File{Path: main, Source: data}
	if err != nil || generated(data) || compiled(file) != "" {
		return nil
	}
	w := &worker{main: file, leads: map[string]bool{main: true}}
	for _, f := range project.Follow(newRootReader(g.engine.Root), []project.File{project.File(w.main)}, nil).Files {
		w.imports = append(w.imports, gotchas.File(f))
		w.leads[f.Path] = true
	}
	g.workers[name] = w
	return w
}

// inOutput reports a file in a directory of dependencies or build outputs.
func inOutput(name string) bool {
	return slices.ContainsFunc(strings.Split(path.Dir(name), "/"), results.Skipped)
}

// inputs are the reviews of the request, one for each project, in the order of
// their owners. What a configuration's project has, no review without a
// configuration looks at again.
func (g *grouping) inputs() []gotchas.Input {
	configured := map[string]bool{}
	for owner, files := range g.files {
		for name := range files {
			configured[name] = configured[name] || g.configs[owner] != nil
		}
	}
	var out []gotchas.Input
	for _, owner := range slices.Sorted(maps.Keys(g.files)) {
		files, config := g.files[owner], g.configs[owner]
		if config == nil {
			maps.DeleteFunc(files, func(name string, _ gotchas.File) bool { return configured[name] })
			if len(files) == 0 {
				continue
			}
		}
		in := gotchas.Input{Config: config, Today: g.engine.today()}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			in.Files = append(in.Files, files[name])
		}
		out = append(out, in)
	}
	inParallel(len(out), func(i int) { out[i] = g.engine.withImports(out[i]) })
	return out
}

// speaksOfObjects reports a configuration that binds or creates Durable Objects.
func speaksOfObjects(config *gotchas.File) bool {
	return config != nil && bytes.Contains(config.Source, []byte("durable"))
}
