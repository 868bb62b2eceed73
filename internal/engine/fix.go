package engine

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/syntax"
)

// FixResult is what the edits of a review came to, with the review of the files
// as they are then.
type FixResult struct {
	*ReviewResult
	// Fixed are the findings that are gone, with their places before.
	Fixed []analysis.Finding `json:"fixed"`
	// Refused are the findings whose edits were tried and not kept.
	Refused []Refusal `json:"refused"`
	// Written are the changed files; in a dry run they are planned.
	Written []FileChange `json:"written"`
	Diff    string       `json:"diff"`
}

// Refusal is an edit that was taken back.
type Refusal struct {
	Gotcha string `json:"gotcha"`
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// maxTries bounds how often a set of edits is tried. Each try keeps edits or
// rules some out, so only a review of very many findings comes near it.
const maxTries = 500

// Fix makes the edits that the findings carry and reviews again, until none is
// left. An edit stays only if the file still parses, the finding is gone, and no
// error or warning has come instead. A dry run writes nothing.
func (e *Engine) Fix(req ReviewRequest, dry bool) (*FixResult, error) {
	if req.Source != "" {
		return nil, fmt.Errorf("edits are made in files; give a path")
	}
	p, err := e.plan(req)
	if err != nil {
		return nil, err
	}
	f := newFixer(p)
	for range maxTries {
		sets := f.pending()
		if len(sets) == 0 {
			break
		}
		f.keep(sets)
	}
	r := &FixResult{ReviewResult: f.plan.result(f.reviews), Fixed: f.fixed, Refused: f.refused, Written: []FileChange{}}
	for _, name := range slices.Sorted(maps.Keys(f.original)) {
		r.Diff += edit.Diff(name, f.original[name], f.texts[name])
		w, err := e.overwrite(name, f.original[name], f.texts[name], dry)
		if err != nil {
			return nil, fmt.Errorf("%d of %d files were changed: %w", len(r.Written), len(f.original), err)
		}
		r.Written = append(r.Written, w)
	}
	return r, nil
}

// overwrite replaces a file that nobody has changed since it was read.
func (e *Engine) overwrite(name string, before, after []byte, dry bool) (FileChange, error) {
	dir, err := e.Root.Results(path.Dir(name), false)
	if err != nil {
		return FileChange{}, err
	}
	return editFile(dir, path.Base(name), before, after, dry)
}

// fixer holds the files as the edits so far make them.
type fixer struct {
	plan     *plan
	reviews  []*gotchas.Result // of each project
	texts    map[string][]byte // of all files
	original map[string][]byte // of the changed ones
	tried    map[string]bool   // edits that were taken back
	fixed    []analysis.Finding
	refused  []Refusal
}

func newFixer(p *plan) *fixer {
	f := &fixer{
		plan: p, reviews: p.review(), texts: map[string][]byte{}, original: map[string][]byte{}, tried: map[string]bool{},
		fixed: []analysis.Finding{}, refused: []Refusal{},
	}
	for _, in := range p.projects {
		for _, file := range filesOf(in) {
			f.texts[file.Path] = file.Source
		}
	}
	return f
}

// filesOf are all files of a review, its configuration among them.
func filesOf(in gotchas.Input) []gotchas.File {
	files := slices.Concat(in.Files, in.Context)
	if in.Config != nil {
		files = append(files, *in.Config)
	}
	return files
}

// change is one set of edits and the findings that ask for it.
type change struct {
	edits    []analysis.Edit
	findings []analysis.Finding
}

// pending are the sets of edits to try next, none of which overlap.
func (f *fixer) pending() []change {
	var out []change
	for _, found := range gotchas.Merge(f.reviews).Findings {
		if len(found.Edits) == 0 || f.tried[key(found)] {
			continue
		}
		if same := slices.IndexFunc(out, func(c change) bool { return slices.Equal(c.edits, found.Edits) }); same >= 0 {
			out[same].findings = append(out[same].findings, found)
			continue
		}
		if !slices.ContainsFunc(out, func(c change) bool { return collide(c.edits, found.Edits) }) {
			out = append(out, change{found.Edits, []analysis.Finding{found}})
		}
	}
	return out
}

// key tells a finding from others when the lines around it move.
func key(f analysis.Finding) string {
	text := []string{f.Gotcha, f.Path, f.Quote}
	for _, e := range f.Edits {
		text = append(text, e.NewText)
	}
	return strings.Join(text, "\x00")
}

func collide(a, b []analysis.Edit) bool {
	return slices.ContainsFunc(a, func(x analysis.Edit) bool {
		return slices.ContainsFunc(b, func(y analysis.Edit) bool { return edit.Overlap(x, y) })
	})
}

// keep makes as many of the sets as hold together. When all do not, it looks for
// what is wrong in ever smaller parts; what it keeps moves the places of the
// rest, which then are for the next round.
func (f *fixer) keep(sets []change) {
	for ; ; sets = sets[:(len(sets)+1)/2] {
		wrong := f.try(sets)
		switch {
		case wrong == "":
			return
		case len(sets) == 1:
			for _, found := range sets[0].findings {
				f.tried[key(found)] = true
				f.refused = append(f.refused, Refusal{found.Gotcha, found.Path, found.Line, wrong})
			}
			return
		}
	}
}

// try makes the edits and keeps them if the review agrees; else it says what is
// wrong with them.
func (f *fixer) try(sets []change) (wrong string) {
	edits := map[string][]analysis.Edit{}
	var gone []analysis.Finding
	for _, s := range sets {
		gone = append(gone, s.findings...)
		for _, e := range s.edits {
			edits[e.Path] = append(edits[e.Path], e)
		}
	}
	texts := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		before, ok := f.texts[name]
		if !ok {
			return name + " is not among the reviewed files"
		}
		after, err := edit.Apply(before, edits[name])
		if err != nil {
			return err.Error()
		}
		if isSource(name) && unparsed(name, after) > unparsed(name, before) {
			return name + " would no longer parse"
		}
		texts[name] = after
	}
	next := f.with(texts)
	reviews := slices.Clone(f.reviews)
	inParallel(len(reviews), func(i int) {
		if slices.ContainsFunc(filesOf(next.projects[i]), func(file gotchas.File) bool { return texts[file.Path] != nil }) {
			reviews[i] = gotchas.Review(next.projects[i])
		}
	})
	if wrong := compare(gotchas.Merge(f.reviews), gotchas.Merge(reviews), gone); wrong != "" {
		return wrong
	}
	for name, text := range texts {
		if f.original[name] == nil {
			f.original[name] = f.texts[name]
		}
		f.texts[name] = text
	}
	f.plan, f.reviews = next, reviews
	f.fixed = append(f.fixed, gone...)
	return ""
}

// unparsed counts the regions of a text that do not parse.
func unparsed(name string, text []byte) int {
	tree, err := syntax.Parse(name, text)
	if err != nil {
		return 1 + len(text)
	}
	return len(tree.Partial)
}

// with is the plan with other texts.
func (f *fixer) with(texts map[string][]byte) *plan {
	next := *f.plan
	next.projects = slices.Clone(f.plan.projects)
	swap := func(files []gotchas.File) []gotchas.File {
		files = slices.Clone(files)
		for i, file := range files {
			if text := texts[file.Path]; text != nil {
				files[i].Source = text
			}
		}
		return files
	}
	for i, in := range next.projects {
		in.Files, in.Context = swap(in.Files), swap(in.Context)
		if in.Config != nil {
			in.Config = &swap([]gotchas.File{*in.Config})[0]
		}
		next.projects[i] = in
	}
	return &next
}

// compare says what speaks against the edits: a finding that should be gone and
// is not, or an error, a warning or a failed check that was not there before.
func compare(before, after *gotchas.Result, gone []analysis.Finding) string {
	had, have := count(before.Findings), count(after.Findings)
	for _, f := range gone {
		had[at{f.Gotcha, f.Path}]--
	}
	for _, f := range gone {
		if k := (at{f.Gotcha, f.Path}); have[k] > had[k] {
			return "the edit does not remove the finding"
		}
	}
	for _, f := range after.Findings {
		if k := (at{f.Gotcha, f.Path}); f.Severity != analysis.Info && have[k] > had[k] {
			return fmt.Sprintf("the edit would bring %s in %s:%d: %s", f.Gotcha, f.Path, f.Line, f.Message)
		}
	}
	if len(after.Broken) > len(before.Broken) {
		return "a check failed on the edited file"
	}
	return ""
}

// at is where findings are counted, since edits move lines.
type at struct{ gotcha, path string }

func count(findings []analysis.Finding) map[at]int {
	out := map[at]int{}
	for _, f := range findings {
		out[at{f.Gotcha, f.Path}]++
	}
	return out
}

// Text is what was changed, and the review of what remains.
func (r *FixResult) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d finding(s) fixed in %d file(s).\n", len(r.Fixed), len(r.Written))
	describeChanges(&b, r.Written)
	for _, f := range r.Fixed {
		fmt.Fprintf(&b, "fixed %s %s:%d: %s\n", f.Gotcha, f.Path, f.Line, f.Fix)
	}
	for _, x := range r.Refused {
		fmt.Fprintf(&b, "not fixed %s %s:%d: %s\n", x.Gotcha, x.Path, x.Line, x.Reason)
	}
	if r.Diff != "" {
		fmt.Fprintf(&b, "\n%s", r.Diff)
	}
	return b.String() + "\n" + r.ReviewResult.Text()
}
