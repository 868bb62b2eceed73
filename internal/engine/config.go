package engine

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/wrangler"
)

// ConfigRequest asks for a Workers configuration that fits the code.
type ConfigRequest struct {
	ResultsDir string // "" is "results"
	// Rename is a class that was renamed in the code.
	Rename *wrangler.Rename
	// Delete names classes whose objects, with all their data, are to go.
	Delete []string
	// Lifecycle is "migrations" or "exports" for a new file; an existing form stays.
	Lifecycle string
	// Name is the Worker's name for a new file; "" derives it from the class.
	Name   string
	DryRun bool
}

// ConfigResult says what changed in the configuration and why.
type ConfigResult struct {
	File     FileChange        `json:"file"`
	Classes  []string          `json:"classes"`
	Changes  []wrangler.Change `json:"changes"`
	Warnings []string          `json:"warnings"`
	Diff     string            `json:"diff"`
}

// Config writes what is missing in wrangler.jsonc for the classes that the code
// exports.
func (e *Engine) Config(req ConfigRequest) (*ConfigResult, error) {
	dir, err := e.Root.Results(req.ResultsDir, false)
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
	var needs []wrangler.ClassNeed
	r := &ConfigResult{Classes: []string{}, Changes: []wrangler.Change{}, Warnings: []string{}}
	exported, _ := m.Exports()
	for _, c := range m.Objects() {
		switch {
		case c.Node.Is(syntax.AbstractClassDeclaration):
		case !exported[c.Name]:
			r.Warnings = append(r.Warnings, fmt.Sprintf("The class %s is a Durable Object that %s does not export, so it gets no binding; export it if it is to be used.", c.Name, results.DurableObject))
		default:
			needs = append(needs, wrangler.ClassNeed{Class: c.Name, Binding: bindingFor(m, c.Name)})
			r.Classes = append(r.Classes, c.Name)
		}
	}
	if len(needs) == 0 {
		return nil, fmt.Errorf("%s exports no class that extends DurableObject, so there is nothing to bind; add `export class … extends DurableObject` first", results.DurableObject)
	}
	file, existing, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	plan, err := wrangler.MakePlan(file, existing, wrangler.Request{
		Name: req.Name, Main: results.DurableObject, CompatibilityDate: e.defaultDate(), Classes: needs,
		Rename: req.Rename, Delete: req.Delete, Lifecycle: wrangler.Lifecycle(req.Lifecycle), Today: e.today(),
	})
	if err != nil {
		return nil, err
	}
	r.Changes = append(r.Changes, plan.Changes...)
	r.Warnings = append(r.Warnings, plan.Warnings...)
	r.Diff = plan.Diff
	r.File = FileChange{Path: path.Join(dir.Path(), file), Bytes: len(plan.Output), Action: "unchanged"}
	if plan.Changed {
		if r.File, err = write(dir, file, plan.Output, results.Replace, req.DryRun); err != nil {
			return nil, err
		}
	}
	return r, nil
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
func bindingFor(m *model.Module, class string) string {
	used := m.NamespaceNames()
	want := wrangler.BindingName(class)
	switch {
	case slices.Contains(used, want):
		return want
	case len(used) == 1 && len(m.Objects()) == 1:
		return used[0]
	}
	return ""
}

// Text is the result for a reader.
func (r *ConfigResult) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%d bytes) for %s.\n", r.File.Action, r.File.Path, r.File.Bytes, strings.Join(r.Classes, ", "))
	for _, c := range r.Changes {
		fmt.Fprintf(&b, "- %s: %s\n", c.What, c.Why)
	}
	if len(r.Changes) == 0 {
		b.WriteString("Nothing was missing; the file is as it was.\n")
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "Warning: %s\n", w)
	}
	if r.Diff != "" {
		fmt.Fprintf(&b, "\n%s", r.Diff)
	}
	return b.String()
}
