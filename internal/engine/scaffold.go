package engine

import (
	"encoding/json"
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/projectfiles"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/scaffold"
	"durable-objects-mcp/internal/scenario"
)

// ScaffoldRequest asks for an object from a spec, a blueprint or both.
type ScaffoldRequest struct {
	Spec string
	// Blueprint is JSON that says what the object is made of. With a spec beside
	// it, it takes the place of what the spec's words ask for, and the spec's
	// clauses are traced to it.
	Blueprint string
	// Grow adds what the request asks for to the object in the results directory,
	// instead of writing a new one.
	Grow bool
	// Project adds what makes the results directory a project: package.json,
	// tsconfig.json, a vitest configuration and a test made from the scenario.
	Project    bool
	ResultsDir string // "" is "results"
	Overwrite  bool
	DryRun     bool
}

// ScaffoldResult says what was written and, for each clause of the spec, what
// covers it or that it is open.
type ScaffoldResult struct {
	Class    string             `json:"class"`
	Binding  string             `json:"binding"`
	Files    []FileChange       `json:"files"`
	Patterns []string           `json:"patterns"`
	Routes   []string           `json:"routes"`
	Clauses  []blueprint.Clause `json:"clauses"`
	Open     int                `json:"open"`
	Next     []string           `json:"next"`
	// Blueprint is what was built, to be corrected and given back.
	Blueprint *blueprint.Blueprint `json:"blueprint"`

	diff string // of durable_object.ts, where an object grew
	code []byte // shown as text in a dry run; source does not travel inside JSON
}

// Scaffold writes durable_object.ts, summary.md, scenario.json and blueprint.json,
// and on request the files of a project.
func (e *Engine) Scaffold(req ScaffoldRequest) (*ScaffoldResult, error) {
	if req.Grow {
		return e.grow(req)
	}
	bp, err := readBlueprint(req)
	if err != nil {
		return nil, err
	}
	out, err := scaffold.Render(bp, scaffold.Options{})
	if err != nil {
		return nil, err
	}
	dir, err := e.Root.Results(req.ResultsDir, !req.DryRun)
	if err != nil {
		return nil, err
	}
	mode := results.Never
	if req.Overwrite {
		mode = results.Replace
	}
	r := newResult(bp, out)
	files := []projectfiles.File{
		{Name: results.DurableObject, Data: out.TypeScript}, {Name: results.Summary, Data: out.Summary},
		{Name: scenario.FileName, Data: out.Scenario.JSON()}, {Name: blueprint.FileName, Data: bp.JSON()},
	}
	if req.Project {
		files = append(files, projectfiles.Render(projectfiles.Object{Class: out.Class, Binding: out.Binding, WorkerName: out.WorkerName, Scenario: out.Scenario})...)
	}
	if !req.DryRun && !req.Overwrite {
		// All or nothing: a refusal must not leave half of the files behind.
		for _, f := range files {
			if err := dir.MayCreate(f.Name); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range files {
		c, err := write(dir, f.Name, f.Data, mode, req.DryRun)
		if err != nil {
			return nil, err
		}
		r.Files = append(r.Files, c)
	}
	r.next()
	if req.Project {
		r.Next = append(r.Next, "With wrangler.jsonc written, `npm install && npm test` and `npx wrangler dev` work in the directory.")
	}
	if req.DryRun {
		r.code = out.TypeScript
	}
	return r, nil
}

// newResult says what a blueprint becomes.
func newResult(bp *blueprint.Blueprint, out *scaffold.Output) *ScaffoldResult {
	r := &ScaffoldResult{
		Class: out.Class, Binding: out.Binding, Files: []FileChange{}, Patterns: []string{}, Routes: []string{},
		Clauses: bp.Clauses, Next: []string{}, Blueprint: withoutTrace(bp),
	}
	if r.Clauses == nil {
		r.Clauses = []blueprint.Clause{} // a blueprint without a spec
	}
	for _, p := range bp.Patterns {
		name := string(p.Kind)
		if p.Name != "" {
			name += " of " + blueprint.Plural(p.Name)
		}
		r.Patterns = append(r.Patterns, name)
	}
	for _, rt := range bp.Routes {
		r.Routes = append(r.Routes, rt.Method+" "+rt.Path)
	}
	return r
}

// next counts what is left to the agent and says what to do.
func (r *ScaffoldResult) next() {
	for _, c := range r.Clauses {
		if c.Status == blueprint.Open {
			r.Open++
		}
	}
	if r.Open > 0 {
		r.Next = append(r.Next, fmt.Sprintf("Write the %d open clause(s) by hand where each says, and extend %s for them.", r.Open, scenario.FileName))
	}
	r.Next = append(r.Next, "Then write_wrangler_config, review_gotchas and verify_results.")
}

// readBlueprint is what the request asks for, completed and checked.
func readBlueprint(req ScaffoldRequest) (*blueprint.Blueprint, error) {
	if strings.TrimSpace(req.Blueprint) == "" {
		return blueprint.Read(req.Spec, blueprint.Options{})
	}
	given, err := blueprint.Parse([]byte(req.Blueprint))
	if err != nil || strings.TrimSpace(req.Spec) == "" {
		return given, err
	}
	return blueprint.Read(req.Spec, blueprint.Options{Blueprint: given})
}

// withoutTrace is the blueprint without what the result says elsewhere.
func withoutTrace(bp *blueprint.Blueprint) *blueprint.Blueprint {
	b := *bp
	b.Clauses, b.Spec = nil, ""
	return &b
}

// Text is the result for a reader.
func (r *ScaffoldResult) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Durable Object %s, binding %s", r.Class, r.Binding)
	if len(r.Patterns) > 0 {
		fmt.Fprintf(&b, ", from the patterns %s", strings.Join(r.Patterns, ", "))
	}
	b.WriteString(".\n")
	describeChanges(&b, r.Files)
	if len(r.Routes) > 0 {
		fmt.Fprintf(&b, "Routes: %s\n", strings.Join(r.Routes, "; "))
	}
	if len(r.Clauses) > 0 {
		b.WriteString("Clauses of the spec:\n")
	}
	for _, c := range r.Clauses {
		fmt.Fprintf(&b, "- %s: %q", c.Status, c.Text)
		if c.By != "" {
			fmt.Fprintf(&b, " by %s", c.By)
		}
		if c.Where != "" {
			fmt.Fprintf(&b, " (%s)", c.Where)
		}
		if c.Missing != "" {
			fmt.Fprintf(&b, "; missing: %s", c.Missing)
		}
		b.WriteString("\n")
	}
	for _, n := range r.Next {
		fmt.Fprintln(&b, n)
	}
	if data, err := json.Marshal(r.Blueprint); err == nil {
		fmt.Fprintf(&b, "Blueprint, to be corrected and given back as blueprint: %s\n", data)
	}
	if r.diff != "" {
		fmt.Fprintf(&b, "\n%s", r.diff)
	}
	if r.code != nil {
		fmt.Fprintf(&b, "\n%s", r.code)
	}
	return b.String()
}

// OpenClauses are the clauses that no pattern covers.
func (r *ScaffoldResult) OpenClauses() []blueprint.Clause {
	var out []blueprint.Clause
	for _, c := range r.Clauses {
		if c.Status == blueprint.Open {
			out = append(out, c)
		}
	}
	return out
}
