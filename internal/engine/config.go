package engine

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/changed"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/nearest"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/wrangler"
)

// ConfigRequest asks for a Workers configuration that fits the code.
type ConfigRequest struct {
	ResultsDir string // "" is "results"
	// ConfigPath names the Workers configuration of an existing project, which is
	// made to fit the code that its main leads to. "" is that of the results
	// directory.
	ConfigPath string
	// Rename is a class that was renamed in the code.
	Rename *wrangler.Rename
	// RenameBinding is a binding that gets another name on env.
	RenameBinding *wrangler.Rename
	// Environment is added, with the bindings of the top level, where there is none
	// of that name. With a transfer, one that is there is the party to it.
	Environment string
	// Transfer is a class that another Worker hands over with its data.
	Transfer *wrangler.Transfer
	// TransferTo is a class that this Worker hands over to another one.
	TransferTo *wrangler.Handover
	// Deployed is the number of the last stage of a rename or transfer that is
	// deployed.
	Deployed int
	// Delete names classes whose objects, with all their data, are to go.
	Delete []string
	// Lifecycle is "migrations" or "exports" for a new file; an existing form stays.
	Lifecycle string
	// MoveToExports replaces migrations by exports, from which there is no way back.
	MoveToExports bool
	// Name is the Worker's name for a new file; "" derives it from the class.
	Name   string
	DryRun bool
}

// changes reports whether the request asks for more than what the code needs. The
// last class may be gone from the code when it is deleted, and a class that the
// analysis does not see can still be moved.
func (r *ConfigRequest) changes() bool {
	return r.Rename != nil || r.RenameBinding != nil || r.Transfer != nil || r.TransferTo != nil || r.Environment != "" || r.MoveToExports || len(r.Delete) > 0
}

// ConfigResult says what changed in the configuration and why.
type ConfigResult struct {
	File     FileChange        `json:"file"`
	Classes  []string          `json:"classes"`
	Changes  []wrangler.Change `json:"changes"`
	Warnings []string          `json:"warnings"`
	Stages   []wrangler.Stage  `json:"stages,omitempty"` // of a change that takes several deploys
	Diff     string            `json:"diff"`
}

// Config writes what is missing in the configuration for the classes that the code
// exports: durable_object.ts of a results directory, or the Worker of a project.
func (e *Engine) Config(req ConfigRequest) (*ConfigResult, error) {
	e.configuring.Lock()
	defer e.configuring.Unlock()
	w, err := e.configured(req)
	if err != nil {
		return nil, err
	}
	r := &ConfigResult{Classes: []string{}, Changes: []wrangler.Change{}, Warnings: []string{}}
	var needs []wrangler.ClassNeed
	exported, open := w.main.Exports()
	for _, m := range w.modules {
		for _, c := range m.Objects() {
			switch {
			case c.Node.Is(syntax.AbstractClassDeclaration) || c.Name == "" || slices.Contains(r.Classes, c.Name):
			case !exported[c.Name] && open:
				r.Warnings = append(r.Warnings, fmt.Sprintf("The class %s of %s is a Durable Object; whether %s exports it cannot be told, so it gets no binding. Export it by name if it is to be used.", c.Name, m.Tree.Path, w.main.Tree.Path))
			case !exported[c.Name]:
				r.Warnings = append(r.Warnings, fmt.Sprintf("The class %s is a Durable Object that %s does not export, so it gets no binding; export it if it is to be used.", c.Name, w.main.Tree.Path))
			default:
				needs = append(needs, wrangler.ClassNeed{Class: c.Name, Binding: bindingFor(w.modules, c.Name)})
				r.Classes = append(r.Classes, c.Name)
			}
		}
	}
	if len(needs) == 0 && !req.changes() {
		return nil, fmt.Errorf("%s exports no class that extends DurableObject, so there is nothing to bind; add `export class … extends DurableObject` first", w.main.Tree.Path)
	}
	if open {
		exported = nil
	}
	dir, file, existing := w.dir, w.file, w.existing
	plan, err := wrangler.MakePlan(file, existing, wrangler.Request{
		Name: req.Name, Main: w.entry, CompatibilityDate: e.defaultDate(), Classes: needs,
		Rename: req.Rename, Transfer: req.Transfer, Delete: req.Delete, Lifecycle: wrangler.Lifecycle(req.Lifecycle), Today: e.today(),
		Other:      e.otherWorker(path.Join(dir.Path(), file)),
		TransferTo: req.TransferTo, Deployed: req.Deployed, Exported: exported,
		MoveToExports: req.MoveToExports, RenameBinding: req.RenameBinding, Environment: req.Environment,
	})
	if err != nil {
		return nil, err
	}
	if committed, ok := changed.Committed(filepath.Join(e.Root.Dir(), dir.Path()), file); ok {
		if earlier, err := wrangler.Parse(file, committed); err == nil {
			r.Warnings = append(r.Warnings, wrangler.EditedMigrations(earlier, plan.Config)...)
		}
	}
	r.Changes = append(r.Changes, plan.Changes...)
	r.Warnings = append(r.Warnings, plan.Warnings...)
	r.Stages = plan.Stages
	for _, p := range plan.Misshapen {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s:%d: %s", file, p.Pos.Line, p.Message))
	}
	if b := req.RenameBinding; b != nil {
		for _, m := range w.modules {
			if slices.Contains(m.NamespaceNames(), b.From) {
				r.Warnings = append(r.Warnings, fmt.Sprintf("%s still says env.%s, which is undefined from the next deploy on; write env.%s there", m.Tree.Path, b.From, b.To))
			}
		}
	}
	r.Diff = plan.Diff
	r.File = FileChange{Path: path.Join(dir.Path(), file), Bytes: len(plan.Output), Action: "unchanged"}
	if plan.Changed {
		if r.File, err = editFile(dir, file, existing, plan.Output, req.DryRun); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// otherWorker looks for the configurations of other Workers below the root. Where
// several are of the same Worker and say different things, none is believed.
func (e *Engine) otherWorker(own string) func(worker, class string) wrangler.Other {
	return func(worker, class string) wrangler.Other {
		var found []wrangler.Other
		l, err := e.list(".")
		if err != nil {
			return wrangler.Other{}
		}
		for _, name := range l.configs {
			data, err := e.Root.ReadFile(name, maxFileBytes)
			if err != nil || name == own {
				continue
			}
			cfg, err := wrangler.Parse(name, data)
			if err != nil {
				continue
			}
			if o, ok := cfg.Of(worker, class); ok {
				found = append(found, o)
			}
		}
		for _, o := range found {
			if o.Backend != found[0].Backend || o.Lifecycle != found[0].Lifecycle {
				return wrangler.Other{}
			}
		}
		return append(found, wrangler.Other{})[0]
	}
}

// configurable is code with the configuration that is to fit it.
type configurable struct {
	modules  []*model.Module // all files at hand
	main     *model.Module   // the Worker's entry, one of them
	entry    string          // main for a new file
	dir      *results.Dir    // of the configuration
	file     string
	existing []byte // nil for a new file
}

func (e *Engine) configured(req ConfigRequest) (*configurable, error) {
	if req.ConfigPath == "" {
		return e.configuredResults(req.ResultsDir)
	}
	p, err := e.projectOf(req.ConfigPath, "")
	if err != nil {
		return nil, err
	}
	dir, err := e.Root.Results(path.Dir(p.Input.Config.Path), false)
	if err != nil {
		return nil, err
	}
	w := &configurable{modules: gotchas.Modules(p.Input), dir: dir, file: path.Base(p.Input.Config.Path), existing: p.Input.Config.Source}
	for _, m := range w.modules {
		if m.Tree.Path == p.Main {
			w.main = m
		}
	}
	if w.main == nil {
		return nil, fmt.Errorf("%s, which is main in %s, cannot be parsed", p.Main, p.Input.Config.Path)
	}
	return w, nil
}

func (e *Engine) configuredResults(resultsDir string) (*configurable, error) {
	dir, err := e.Root.Results(resultsDir, false)
	if err != nil {
		return nil, err
	}
	code, err := dir.Read(results.DurableObject)
	if err != nil {
		if isMissing(err) {
			return nil, fmt.Errorf("%s is missing in %s; write the code first, so that the configuration fits it", results.DurableObject, dir.Path())
		}
		return nil, err
	}
	tree, err := syntax.Parse(results.DurableObject, code)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", results.DurableObject, err)
	}
	m := model.Build(tree, nil)
	w := &configurable{modules: []*model.Module{m}, main: m, entry: results.DurableObject, dir: dir}
	w.file, w.existing, err = readConfig(dir)
	return w, err
}

// readConfig reads the configuration of a directory: wrangler.jsonc or, so that
// none is put beside it, the one that is there in wrangler's other formats.
// Where there is none, the contents are nil.
func readConfig(dir *results.Dir) (file string, contents []byte, err error) {
	for _, file := range []string{results.Wrangler, "wrangler.json", "wrangler.toml"} {
		contents, err := dir.Read(file)
		if err == nil || !isMissing(err) {
			return file, contents, err
		}
	}
	return results.Wrangler, nil, nil
}

// defaultDate is the compatibility date of a new file: the newest that the
// pinned runtime has, so that what is proven is what deploys, and never a day
// that is still to come.
func (e *Engine) defaultDate() string { return min(e.today(), toolchain.NewestDate()) }

// bindingFor is the name that the code itself uses for a class's namespace; ""
// leaves it to the configuration, where any binding of the class will do.
func bindingFor(modules []*model.Module, class string) string {
	var used []string
	objects := 0
	for _, m := range modules {
		objects += len(m.Objects())
		for _, name := range m.NamespaceNames() {
			if !slices.Contains(used, name) {
				used = append(used, name)
			}
		}
	}
	want := wrangler.BindingName(class)
	switch {
	case slices.Contains(used, want):
		return want
	case len(used) == 1 && objects == 1:
		return used[0]
	}
	return nearest.Close(want, used) // ROOMS for Room
}

// Text is the result for a reader.
func (r *ConfigResult) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%d bytes)", r.File.Action, r.File.Path, r.File.Bytes)
	if len(r.Classes) > 0 {
		fmt.Fprintf(&b, " for %s", strings.Join(r.Classes, ", "))
	}
	b.WriteString(".\n")
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "- %s: %s\n", c.What, c.Why)
	}
	switch {
	case len(r.Changes) == 0 && len(r.Stages) == 0:
		b.WriteString("Nothing was missing; the file is as it was.\n")
	case len(r.Changes) == 0:
		b.WriteString("Nothing to write at this stage; the file is as it was.\n")
	}
	for _, line := range wrangler.StageLines(r.Stages) {
		b.WriteString(line + "\n")
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "Warning: %s\n", w)
	}
	if r.Diff != "" {
		fmt.Fprintf(&b, "\n%s", r.Diff)
	}
	return b.String()
}
