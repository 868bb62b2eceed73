package engine

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

// Bounds of one review of a directory.
const (
	MaxReviewFiles = 2000
	maxFileBytes   = 2 << 20
)

// ReviewRequest asks for a review of paths inside the root, or of a text.
type ReviewRequest struct {
	Paths []string // files or directories; "." is the whole root
	// Source is TypeScript to review instead of Paths; Name is what to call it.
	Source, Name string
	// ConfigPath names the Workers configuration; "" looks beside the code and
	// in the directories above it, up to the root.
	ConfigPath string
}

// ReviewResult is a review with the list of what was read.
type ReviewResult struct {
	*gotchas.Result
	Files  []string `json:"files"`
	Config string   `json:"config"`
}

// Review reads the files and reviews them; it writes nothing.
func (e *Engine) Review(req ReviewRequest) (*ReviewResult, error) {
	in := gotchas.Input{Today: e.today()}
	switch {
	case req.Source != "" && len(req.Paths) > 0:
		return nil, errors.New("give either a path or source text, not both")
	case req.Source != "":
		name := req.Name
		if name == "" {
			name = "durable_object.ts"
		}
		in.Files = []gotchas.File{{Path: name, Source: []byte(req.Source)}}
	case len(req.Paths) == 0:
		return nil, errors.New("nothing to review: give the path of a TypeScript file or a directory, or source text")
	}
	for _, p := range req.Paths {
		files, err := e.readPath(p)
		if err != nil {
			return nil, err
		}
		in.Files = append(in.Files, files...)
	}
	cfg, err := e.findConfig(req, in.Files)
	if err != nil {
		return nil, err
	}
	in.Config = cfg
	r := &ReviewResult{Result: gotchas.Review(e.withImports(in)), Files: []string{}}
	for _, f := range in.Files {
		r.Files = append(r.Files, f.Path)
	}
	if cfg != nil {
		r.Config = cfg.Path
	}
	return r, nil
}

// hints are what a file that a Durable Object lives in, or is called from, has
// in it. Files of a directory without any of them are not parsed.
var hints = []string{"DurableObject", "extends Agent", "extends AIChatAgent", "extends McpAgent", "extends Server", "extends Container", "extends Actor", "ctx.storage", "state.storage", "idFromName", "getByName"}

func (e *Engine) readPath(p string) ([]gotchas.File, error) {
	rel, err := e.Root.Rel(p)
	if err != nil {
		return nil, err
	}
	info, err := e.Root.Stat(rel)
	if err != nil {
		if isMissing(err) {
			return nil, fmt.Errorf("%s does not exist in %s", p, e.Root.Dir())
		}
		return nil, err
	}
	if !info.IsDir() {
		if !isSource(rel) {
			return nil, fmt.Errorf("%s is not TypeScript or JavaScript; reviewed are .ts, .tsx, .mts, .cts, .js, .jsx and .mjs files", p)
		}
		data, err := e.Root.ReadFile(rel, maxFileBytes)
		if err != nil {
			return nil, err
		}
		return []gotchas.File{{Path: rel, Source: data}}, nil
	}
	var out []gotchas.File
	err = e.Root.Walk(rel, MaxReviewFiles, func(name string, err error) error {
		if err != nil || !isSource(name) || strings.HasSuffix(name, ".d.ts") || strings.HasSuffix(name, ".min.js") {
			return nil
		}
		data, err := e.Root.ReadFile(name, maxFileBytes)
		if err != nil {
			return nil // too large or unreadable: not a source that people write
		}
		if !containsAny(string(data), hints) {
			return nil
		}
		out = append(out, gotchas.File{Path: name, Source: data})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no file below %s has to do with Durable Objects", p)
	}
	return out, nil
}

func isSource(name string) bool {
	switch strings.ToLower(path.Ext(filepath.ToSlash(name))) {
	case ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs":
		return true
	}
	return false
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func (e *Engine) findConfig(req ReviewRequest, files []gotchas.File) (*gotchas.File, error) {
	if req.ConfigPath != "" {
		rel, err := e.Root.Rel(req.ConfigPath)
		if err != nil {
			return nil, err
		}
		data, err := e.Root.ReadFile(rel, maxFileBytes)
		if err != nil {
			return nil, fmt.Errorf("the configuration %s cannot be read: %w", req.ConfigPath, err)
		}
		return &gotchas.File{Path: rel, Source: data}, nil
	}
	if req.Source != "" || len(files) == 0 {
		return nil, nil
	}
	for dir := path.Dir(files[0].Path); ; dir = path.Dir(dir) {
		name := wrangler.Find(func(name string) bool {
			_, err := e.Root.Stat(path.Join(dir, name))
			return err == nil
		})
		if name != "" {
			rel := path.Join(dir, name)
			data, err := e.Root.ReadFile(rel, maxFileBytes)
			if err != nil {
				return nil, err
			}
			return &gotchas.File{Path: rel, Source: data}, nil
		}
		if dir == "." || dir == "/" {
			return nil, nil
		}
	}
}

// Text is the review for a reader: the findings first, worst first, then the
// verdicts in one line each.
func (r *ReviewResult) Text() string {
	var b strings.Builder
	count := map[analysis.Severity]int{}
	for _, f := range r.Findings {
		count[f.Severity]++
	}
	fmt.Fprintf(&b, "%d error(s), %d warning(s), %d note(s) in %d file(s)", count[analysis.Error], count[analysis.Warning], count[analysis.Info], len(r.Files))
	if r.Config != "" {
		fmt.Fprintf(&b, " with %s", r.Config)
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
			fmt.Fprintf(&b, "\n%s %s %s:%d:%d\n  %s\n  %s\n  Why: %s\n  Fix: %s\n  More: %s\n", f.Severity, f.Gotcha, f.Path, f.Line, f.Column, f.Quote, f.Message, f.Why, f.Fix, gotchas.URI(f.Gotcha))
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
