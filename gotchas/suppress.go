package gotchas

import (
	"bytes"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// suppression is one `do-review-ignore <gotcha>: <reason>` comment, behind // or
// in TOML behind #. It covers its own line and, when nothing else stands on it,
// the statement that follows; several may stand above each other.
type suppression struct {
	gotcha, reason string
	first, last    int // lines that it covers, 1-based
}

const ignoreWord = "do-review-ignore"

var suppressComment = regexp.MustCompile(`^(?://|#)\s*do-review-ignore\s+([a-z0-9-]+)\s*:\s*(\S.*)$`)

// suppressions finds the comments of every file. One without a reason, or for a
// gotcha that does not exist, accepts nothing and is named in Partial.
func (r *Result) suppressions(in Input, modules []*model.Module) map[string][]suppression {
	out := map[string][]suppression{}
	for _, m := range modules {
		if bytes.Contains(m.Tree.Src, []byte(ignoreWord)) {
			out[m.Tree.Path] = r.codeSuppressions(m)
		}
	}
	if in.Config != nil && bytes.Contains(in.Config.Source, []byte(ignoreWord)) {
		out[in.Config.Path] = r.configSuppressions(in.Config)
	}
	return out
}

func (r *Result) codeSuppressions(m *model.Module) []suppression {
	var out []suppression
	for n := range m.OfKind(syntax.Comment) {
		if !strings.Contains(n.Text(), ignoreWord) {
			continue
		}
		line := n.Line()
		s, ok := r.readSuppression(m.Tree.Path, line, n.Text())
		if !ok {
			continue
		}
		if alone := strings.HasPrefix(strings.TrimSpace(m.Tree.Line(line)), "//"); alone {
			s.first, s.last = statementBelow(m, line)
		}
		out = append(out, s)
	}
	return out
}

// statementBelow is the lines of the statement that follows a comment line, or of
// the head of a class or function.
func statementBelow(m *model.Module, line int) (first, last int) {
	for line++; strings.HasPrefix(strings.TrimSpace(m.Tree.Line(line)), "//"); line++ {
	}
	for n := range m.Tree.Root().Descendants() {
		switch {
		case n.Is(syntax.Program, syntax.Comment) || n.Line() < line:
			continue
		case n.Line() > line:
			return line, line
		case n.Is(syntax.ClassDeclaration, syntax.AbstractClassDeclaration, syntax.MethodDefinition, syntax.FunctionDeclaration, syntax.ExportStatement, syntax.Decorator):
			return line, line
		}
		return line, n.EndLine()
	}
	return line, line
}

func (r *Result) configSuppressions(f *File) []suppression {
	var out []suppression
	for i, text := range strings.Split(string(f.Source), "\n") {
		at := strings.Index(text, ignoreWord)
		if at < 0 {
			continue
		}
		mark := max(strings.LastIndex(text[:at], "//"), strings.LastIndex(text[:at], "#"))
		if mark < 0 {
			continue
		}
		s, ok := r.readSuppression(f.Path, i+1, strings.TrimSpace(text[mark:]))
		if !ok {
			continue
		}
		if strings.TrimSpace(text[:mark]) == "" {
			s.last++
		}
		out = append(out, s)
	}
	return out
}

// readSuppression reads one comment; what is wrong with it is noted.
func (r *Result) readSuppression(path string, line int, comment string) (suppression, bool) {
	wrong := func(reason string) { r.acceptsNothing(path, line, reason) }
	m := suppressComment.FindStringSubmatch(comment)
	if m == nil {
		wrong("write // do-review-ignore <gotcha>: <reason>, with one gotcha and a reason")
		return suppression{}, false
	}
	if _, err := Get(m[1]); err != nil {
		wrong(err.Error())
		return suppression{}, false
	}
	return suppression{gotcha: m[1], reason: m[2], first: line, last: line}, true
}

// acceptsNothing notes a comment that is without effect.
func (r *Result) acceptsNothing(path string, line int, reason string) {
	r.Partial = append(r.Partial, Partial{Path: path, Line: line, EndLine: line, Reason: "this comment accepts nothing: " + reason})
}

func suppressedBy(all []suppression, f analysis.Finding) *suppression {
	for i, s := range all {
		if s.gotcha == f.Gotcha && s.first <= f.Line && f.Line <= s.last {
			return &all[i]
		}
	}
	return nil
}
