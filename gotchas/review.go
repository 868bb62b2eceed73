package gotchas

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// File is one source text.
type File struct {
	Path   string // as it is to be shown
	Source []byte
}

// Input is what one review looks at.
type Input struct {
	Files []File
	// Context are further files of the project, which are understood but not
	// reviewed themselves, except where a reviewed object runs their code.
	Context []File
	// Links leads from a file's path and an import specifier in it to the path
	// of the imported file.
	Links map[string]map[string]string
	// Config is the Workers configuration, nil where there is none.
	Config *File
	// Only are the files that are reported on, by path; nil is all.
	Only map[string]bool
	// Today, "2006-01-02", stands in where the configuration has no date, and
	// bounds dates in the future.
	Today string
	// Parses are shared with the reviews of other projects; nil shares nothing.
	Parses *Parses
	// Stop is asked between checks whether to give up; nil never does. It may be
	// called from several goroutines.
	Stop func() bool
}

// Result is a review. Slices are never nil.
type Result struct {
	Findings   []analysis.Finding `json:"findings"`
	Verdicts   []Verdict          `json:"verdicts"`
	Partial    []Partial          `json:"partial"`
	Suppressed []Suppressed       `json:"suppressed"`
	// Broken lists checks that failed themselves; they say nothing about the code.
	Broken []Broken `json:"broken"`
	// Classes are the Durable Object classes that were found, "path: Name".
	Classes []string `json:"classes"`

	// Elsewhere counts the errors and warnings in files that were not asked for,
	// where a review reports on some of its files alone.
	Elsewhere int `json:"elsewhere,omitempty"`
	// Stopped says that Stop ended the review, so that the rest means nothing.
	Stopped bool `json:"-"`

	// silent are the files that are looked at only for what they run elsewhere.
	silent  map[string]bool
	only    map[string]bool
	scratch analysis.Pass // serves one check after the other
}

// Verdict is one gotcha's outcome: the quoted line that breaks or guards it, or
// why it cannot occur.
type Verdict struct {
	Gotcha  string           `json:"gotcha"`
	Verdict analysis.Verdict `json:"verdict"`
	Path    string           `json:"path"`
	Line    int              `json:"line"`
	Quote   string           `json:"quote"`
	Reason  string           `json:"reason"`
}

// Partial is a region that could not be read and so was not reviewed.
type Partial struct {
	Path    string `json:"path"`
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Reason  string `json:"reason"`

	region bool // a part of a file that the parser could not read
}

// Suppressed is a finding that a comment with a reason accepts.
type Suppressed struct {
	analysis.Finding
	Reason string `json:"reason"`
}

// Broken is a check that failed.
type Broken struct {
	Gotcha string `json:"gotcha"`
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Errors counts the findings of severity error.
func (r *Result) Errors() int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == analysis.Error {
			n++
		}
	}
	return n
}

// Review runs every gotcha. A file that cannot be read at all is reported in
// Partial; the rest is reviewed.
func Review(in Input) *Result {
	r := &Result{
		Findings: []analysis.Finding{}, Verdicts: make([]Verdict, 0, len(All())), Partial: []Partial{},
		Suppressed: []Suppressed{}, Broken: []Broken{}, Classes: []string{}, silent: map[string]bool{}, only: in.Only,
	}
	cfg := r.config(in.Config)
	modules, all := r.modules(in, cfg)
	date := in.Today
	if cfg != nil && cfg.CompatibilityDate.Value != "" {
		date = cfg.CompatibilityDate.Value
	}
	comments := r.suppressions(in, all)
	totals := make([]analysis.Pass, len(All()))
	for _, m := range modules {
		for i, g := range All() {
			if in.Stop != nil && in.Stop() {
				r.Stopped = true
				return r
			}
			if g.Check != nil && g.Scope != analysis.Config {
				r.pass(&totals[i], analysis.Pass{Gotcha: g, Module: m, Modules: all, Config: cfg, Date: date, Today: in.Today}, m.Tree.Path)
			}
		}
		m.Forget() // a thousand files are laid out one at a time
	}
	var before []analysis.Finding
	for i, g := range All() {
		if g.Scope == analysis.Config && cfg != nil {
			r.pass(&totals[i], analysis.Pass{Gotcha: g, Modules: all, Config: cfg, Date: date, Today: in.Today, Before: before}, cfg.Path)
			before = append(before, totals[i].Findings...)
		}
		r.verdict(g, &totals[i], cfg, comments)
	}
	slices.SortStableFunc(r.Findings, compareFindings)
	r.Partial = slices.DeleteFunc(r.Partial, func(p Partial) bool { return !r.shown(p.Path) })
	return r
}

// unreadAt reports a finding that begins where the parser could not read.
func (r *Result) unreadAt(f analysis.Finding) bool {
	return slices.ContainsFunc(r.Partial, func(p Partial) bool { return p.Path == f.Path && p.Line <= f.Line && f.Line <= p.EndLine && p.region })
}

// shown reports a file that findings are wanted from.
func (r *Result) shown(path string) bool { return !r.silent[path] && (r.only == nil || r.only[path]) }

func (r *Result) config(f *File) *wrangler.Config {
	if f == nil {
		return nil
	}
	cfg, err := wrangler.Parse(f.Path, f.Source)
	if err != nil {
		r.Partial = append(r.Partial, Partial{Path: f.Path, Line: 1, EndLine: 1 + strings.Count(string(f.Source), "\n"), Reason: err.Error()})
		return nil
	}
	return cfg
}

// Modules understands a project's files together, as a review does. A file that cannot
// be parsed is left out.
func Modules(in Input) []*model.Module {
	r := &Result{silent: map[string]bool{}}
	_, all := r.modules(in, r.config(in.Config))
	return all
}

// modules understands all files. The reviewed ones are those that were asked
// for, those that hold base classes of their objects, and, for a file of helpers
// alone, those whose objects run the helpers.
func (r *Result) modules(in Input, cfg *wrangler.Config) (reviewed, all []*model.Module) {
	project := model.Project{}
	if cfg != nil {
		for _, b := range cfg.Bindings {
			project.Namespaces = append(project.Namespaces, b.Name)
			if b.ScriptName == "" {
				project.Classes = append(project.Classes, b.ClassName)
			}
		}
	}
	var trees []*syntax.Tree
	byPath := map[string]*syntax.Tree{}
	parsed := in.Parses.parseAll(slices.Concat(in.Files, in.Context))
	parse := func(f File) bool {
		if byPath[f.Path] != nil {
			return false
		}
		tree, err := parsed[f.Path].tree, parsed[f.Path].err
		if err != nil {
			r.Partial = append(r.Partial, Partial{Path: f.Path, Line: 1, EndLine: 1 + strings.Count(string(f.Source), "\n"), Reason: err.Error()})
			return false
		}
		byPath[f.Path] = tree
		trees = append(trees, tree)
		return true
	}
	for _, f := range in.Files {
		if parse(f) {
			r.unread(byPath[f.Path])
		}
	}
	asked := len(trees)
	for _, f := range in.Context {
		parse(f)
	}
	project.Link = func(from *syntax.Tree, specifier string) *syntax.Tree {
		return byPath[in.Links[from.Path][specifier]]
	}
	all = model.BuildAll(trees, project)
	reviewed = all[:asked:asked]
	for i := 0; i < len(reviewed); i++ {
		for _, c := range reviewed[i].Objects() {
			for s := c.Super; s != nil; s = s.Super {
				if home := reviewed[i].Home(s.Node); !slices.Contains(reviewed, home) {
					reviewed = append(reviewed, home)
				}
			}
		}
	}
	helpers := slices.DeleteFunc(slices.Clone(all[:asked]), func(m *model.Module) bool { return len(m.Objects()) > 0 })
	for _, m := range all[asked:] {
		if !slices.Contains(reviewed, m) && slices.ContainsFunc(helpers, m.Runs) {
			reviewed = append(reviewed, m)
			r.silent[m.Tree.Path] = true
		}
	}
	for _, m := range reviewed {
		for _, c := range m.Objects() {
			r.Classes = append(r.Classes, m.Tree.Path+": "+c.Name)
		}
	}
	return reviewed, all
}

// unread names the regions of a file that the parser could not make sense of.
func (r *Result) unread(tree *syntax.Tree) {
	for _, p := range tree.Partial {
		line, _ := tree.Position(p.Start)
		end, _ := tree.Position(max(p.Start, p.End-1))
		r.Partial = append(r.Partial, Partial{Path: tree.Path, Line: line, EndLine: end, Reason: "this is not TypeScript that the reviewer can read: " + analysis.Quote(tree.Line(line)), region: true})
	}
}

// verdict adds a gotcha's findings and its verdict.
func (r *Result) verdict(g *analysis.Gotcha, total *analysis.Pass, cfg *wrangler.Config, comments map[string][]suppression) {
	v := Verdict{Gotcha: g.ID, Verdict: analysis.NotApplicable}
	switch {
	case g.Check == nil:
		v.Reason = "A question for the author: " + g.Fix
		r.Verdicts = append(r.Verdicts, v)
		return
	case g.Scope == analysis.Config && cfg == nil:
		total.Reason = "There is no Workers configuration in this review."
	case g.Scope != analysis.Config && len(r.Classes) == 0 && total.Reason == "":
		total.Reason = "No Durable Object class was found."
	}
	r.settle(&v, total, comments)
	r.Verdicts = append(r.Verdicts, v)
}

// pass runs one check and adds what it reported to total. A check that panics
// is a defect of the check: it is reported apart and spoils nothing else.
func (r *Result) pass(total *analysis.Pass, fresh analysis.Pass, path string) {
	p := &r.scratch
	fresh.Findings, fresh.Guards = p.Findings[:0], p.Guards[:0]
	*p = fresh
	func() {
		defer func() {
			if e := recover(); e != nil {
				r.Broken = append(r.Broken, Broken{Gotcha: p.Gotcha.ID, Path: path, Reason: fmt.Sprintf("the check failed: %v", e)})
				p.Findings, p.Guards = nil, nil
				p.Reason = "The check failed; its outcome is unknown."
			}
		}()
		p.Gotcha.Check(p)
	}()
	for _, f := range p.Findings {
		if r.only != nil && !r.only[f.Path] && f.Severity != analysis.Info {
			r.Elsewhere++
		}
		// Two objects can run the same helper of a third file.
		if r.shown(f.Path) && !r.unreadAt(f) && !slices.ContainsFunc(total.Findings, func(have analysis.Finding) bool {
			return have.Path == f.Path && have.Line == f.Line && have.Column == f.Column
		}) {
			total.Findings = append(total.Findings, f)
		}
	}
	for _, g := range p.Guards {
		if r.shown(g.Path) {
			total.Guards = append(total.Guards, g)
		}
	}
	if p.Reason != "" {
		total.Reason = p.Reason
	}
}

func (r *Result) settle(v *Verdict, total *analysis.Pass, comments map[string][]suppression) {
	var accepted *Suppressed
	for _, f := range total.Findings {
		s := suppressedBy(comments[f.Path], f)
		if s != nil && f.Firm {
			r.acceptsNothing(f.Path, s.first, "wrangler refuses a file with this fault whatever a comment says, and what stands there cannot be reviewed; correct it")
		} else if s != nil {
			accepted = &Suppressed{f, s.reason}
			r.Suppressed = append(r.Suppressed, *accepted)
			continue
		}
		r.Findings = append(r.Findings, f)
		verdict := analysis.Violated
		if f.Severity == analysis.Info {
			verdict = analysis.Advised
		}
		if rank[verdict] > rank[v.Verdict] {
			v.Verdict, v.Path, v.Line, v.Quote, v.Reason = verdict, f.Path, f.Line, f.Quote, f.Message
		}
	}
	switch {
	case v.Verdict == analysis.Violated:
	case accepted != nil:
		v.Verdict, v.Path, v.Line, v.Quote, v.Reason = analysis.Guarded, accepted.Path, accepted.Line, accepted.Quote, "Accepted by the author: "+accepted.Reason
	case len(total.Guards) > 0:
		g := total.Guards[0]
		v.Verdict, v.Path, v.Line, v.Quote, v.Reason = analysis.Guarded, g.Path, g.Line, g.Quote, g.Reason
	case v.Verdict == analysis.Advised:
	case total.Reason != "":
		v.Reason = total.Reason
	case r.only != nil:
		v.Reason = "Nothing in the changed files runs into it or guards against it."
	default:
		v.Reason = "Nothing in this code can run into it."
	}
}
