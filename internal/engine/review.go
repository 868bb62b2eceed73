package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
)

// ReviewRequest asks for a review of paths inside the root, or of a text.
type ReviewRequest struct {
	// Paths are files, directories ("." is the whole root) and Workers
	// configurations, which stand for the Worker that they configure.
	Paths []string
	// Source is TypeScript to review instead of Paths; Name is what to call it.
	Source, Name string
	// ConfigPath names the Workers configuration of all files; "" takes for each
	// file the nearest one above it, up to the root.
	ConfigPath string
	// Changed reviews what the files changed since Base belong to, and reports on
	// those files alone; without Paths in the whole root. Base is a Git revision,
	// "" for HEAD.
	Changed bool
	Base    string
	// Stop is asked now and then whether to give up; nil never does. It may be
	// called from several goroutines.
	Stop func() bool
}

// maxReview bounds the time of one review: what people write takes a second or two.
const maxReview = time.Minute

// ReviewResult is a review with the list of what was read.
type ReviewResult struct {
	*gotchas.Result
	Files []string `json:"files"`
	// Configs are the configurations of all projects; Config is the one of a
	// review of one project, "" for none.
	Config  string   `json:"config"`
	Configs []string `json:"configs"`
	// Note says why there was nothing to review.
	Note string `json:"note,omitempty"`
}

// Review reads the files and reviews them, project by project; it writes nothing.
func (e *Engine) Review(req ReviewRequest) (*ReviewResult, error) {
	p, err := e.plan(req)
	if err != nil {
		return nil, err
	}
	reviews, err := p.finish(req.Stop)
	if err != nil {
		return nil, err
	}
	return p.result(reviews), nil
}

// finish reviews until stop says otherwise or the time is up.
func (p *plan) finish(stop func() bool) ([]*gotchas.Result, error) {
	end := time.Now().Add(maxReview)
	late := func() bool { return time.Now().After(end) }
	for i := range p.projects {
		p.projects[i].Stop = func() bool { return late() || stop != nil && stop() }
	}
	reviews := p.review()
	for _, r := range reviews {
		switch {
		case !r.Stopped:
		case late():
			return nil, fmt.Errorf("the review was given up after %s; review fewer files at a time, and split one that is very large", maxReview)
		default:
			return nil, errors.New("the review was cancelled")
		}
	}
	return reviews, nil
}

// plan is what a request comes to: one review for each project.
type plan struct {
	projects []gotchas.Input
	unread   []gotchas.Partial
	note     string
}

func (e *Engine) plan(req ReviewRequest) (*plan, error) {
	switch {
	case req.Source != "" && (len(req.Paths) > 0 || req.Changed):
		return nil, errors.New("give either a path or source text, not both")
	case req.Base != "" && !req.Changed:
		return nil, errors.New("a base says since when files have changed; ask for the changed files too")
	case len(req.Paths) == 0 && req.Source == "" && !req.Changed:
		return nil, errors.New("nothing to review: give the path of a TypeScript file, a directory or a Workers configuration, or source text")
	}
	g, err := e.group(req.ConfigPath)
	if err != nil {
		return nil, err
	}
	if req.Changed {
		return g.changed(req.Paths, req.Base)
	}
	if req.Source != "" {
		name := req.Name
		if name == "" {
			name = "durable_object.ts"
		}
		in := gotchas.Input{Files: []gotchas.File{{Path: name, Source: []byte(req.Source)}}, Config: g.only, Today: e.today()}
		return &plan{projects: []gotchas.Input{e.withImports(in)}}, nil
	}
	for _, p := range req.Paths {
		if err := g.path(p); err != nil {
			return nil, err
		}
	}
	return &plan{projects: g.inputs(), unread: g.unread}, nil
}

// review reviews each project. Projects share no more than the trees of files, so
// they run at once.
func (p *plan) review() []*gotchas.Result {
	out := make([]*gotchas.Result, len(p.projects))
	parses := gotchas.Share(p.projects)
	inParallel(len(out), func(i int) {
		in := p.projects[i]
		in.Parses = parses
		out[i] = gotchas.Review(in)
	})
	return out
}

// result joins the reviews of the projects.
func (p *plan) result(reviews []*gotchas.Result) *ReviewResult {
	r := &ReviewResult{Result: gotchas.Merge(reviews), Files: []string{}, Configs: []string{}, Note: p.note}
	r.Partial = append(r.Partial, p.unread...)
	seen := map[string]bool{}
	for _, in := range p.projects {
		files := in.Files
		if in.Only != nil { // what a reviewed object runs is reported on too
			files = slices.DeleteFunc(slices.Concat(in.Files, in.Context), func(f gotchas.File) bool { return !in.Only[f.Path] })
		}
		for _, f := range files {
			if !seen[f.Path] {
				seen[f.Path] = true
				r.Files = append(r.Files, f.Path)
			}
		}
		if in.Config != nil {
			r.Configs = append(r.Configs, in.Config.Path)
		}
	}
	if len(p.projects) == 1 && len(r.Configs) == 1 {
		r.Config = r.Configs[0]
	}
	return r
}

// Text is the review for a reader: the findings first, worst first, then the
// verdicts in one line each.
func (r *ReviewResult) Text() string {
	var b strings.Builder
	if r.Note != "" {
		return r.Note + "\n"
	}
	count := map[analysis.Severity]int{}
	for _, f := range r.Findings {
		count[f.Severity]++
	}
	fmt.Fprintf(&b, "%d error(s), %d warning(s), %d note(s) in %d file(s)", count[analysis.Error], count[analysis.Warning], count[analysis.Info], len(r.Files))
	switch {
	case len(r.Configs) > 3:
		fmt.Fprintf(&b, " with %d configurations", len(r.Configs))
	case len(r.Configs) > 0:
		fmt.Fprintf(&b, " with %s", strings.Join(r.Configs, ", "))
	}
	if r.Elsewhere > 0 {
		fmt.Fprintf(&b, "; %d more error(s) and warning(s) stand in files that did not change, and a review without --changed shows them", r.Elsewhere)
	}
	if len(r.Partial) > 0 {
		fmt.Fprintf(&b, "; %d part(s) not read, see below", len(r.Partial))
	}
	b.WriteString(".\n")
	if len(r.Classes) > 0 {
		fmt.Fprintf(&b, "Durable Objects: %s\n", strings.Join(r.Classes, ", "))
	} else {
		b.WriteString("No Durable Object class was found.\n")
	}
	for _, sev := range []analysis.Severity{analysis.Error, analysis.Warning, analysis.Info} {
		for _, f := range r.Findings {
			if f.Severity != sev {
				continue
			}
			fmt.Fprintf(&b, "\n%s %s %s:%d:%d\n  %s\n  %s\n  Why: %s\n  Fix: %s\n", f.Severity, f.Gotcha, f.Path, f.Line, f.Column, f.Quote, f.Message, f.Why, f.Fix)
			for _, edit := range f.Edits {
				fmt.Fprintf(&b, "  Edit: %s\n", edit)
			}
			fmt.Fprintf(&b, "  More: %s\n", gotchas.URI(f.Gotcha))
		}
	}
	for _, p := range r.Partial {
		fmt.Fprintf(&b, "\nnot read %s:%d-%d: %s\n", p.Path, p.Line, p.EndLine, p.Reason)
	}
	for _, s := range r.Suppressed {
		fmt.Fprintf(&b, "\nsuppressed %s %s:%d: %s\n", s.Gotcha, s.Path, s.Line, s.Reason)
	}
	for _, x := range r.Broken {
		fmt.Fprintf(&b, "\nbroken check %s on %s: %s\n", x.Gotcha, x.Path, x.Reason)
	}
	r.verdicts(&b)
	return b.String()
}

func (r *ReviewResult) verdicts(b *strings.Builder) {
	var guarded, idle []string
	for _, v := range r.Verdicts {
		switch v.Verdict {
		case analysis.Guarded:
			guarded = append(guarded, fmt.Sprintf("- %s at %s:%d %s: %s", v.Gotcha, v.Path, v.Line, analysis.CodeSpan(v.Quote), v.Reason))
		case analysis.NotApplicable:
			idle = append(idle, v.Gotcha)
		}
	}
	if len(guarded) > 0 {
		fmt.Fprintf(b, "\nGuarded (%d):\n%s\n", len(guarded), strings.Join(guarded, "\n"))
	}
	if len(idle) > 0 {
		fmt.Fprintf(b, "\nNot applicable (%d): %s\n", len(idle), strings.Join(idle, ", "))
	}
}
