package gotchas

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
)

// suppression is one `do-review-ignore <gotcha>: <reason>` comment, behind // or
// in TOML behind #. It covers its own line and, when nothing else stands on it,
// the next one.
type suppression struct {
	gotcha, reason string
	line           int
	alone          bool
}

var suppressComment = regexp.MustCompile(`^(.*?)(?://|#)\s*do-review-ignore\s+([a-z0-9-]+)\s*:\s*(\S.*)$`)

// suppressions finds the comments of every file. One without a reason is not a
// suppression, so its finding stays.
func suppressions(in Input) map[string][]suppression {
	out := map[string][]suppression{}
	files := slices.Concat(in.Files, in.Context)
	if in.Config != nil {
		files = append(files[:len(files):len(files)], *in.Config)
	}
	for _, f := range files {
		if !bytes.Contains(f.Source, []byte("do-review-ignore")) {
			continue
		}
		for i, line := range strings.Split(string(f.Source), "\n") {
			if m := suppressComment.FindStringSubmatch(strings.TrimRight(line, "\r")); m != nil {
				out[f.Path] = append(out[f.Path], suppression{gotcha: m[2], reason: m[3], line: i + 1, alone: strings.TrimSpace(m[1]) == ""})
			}
		}
	}
	return out
}

func suppressedBy(all []suppression, f analysis.Finding) *suppression {
	for i, s := range all {
		if s.gotcha == f.Gotcha && (s.line == f.Line || s.alone && s.line+1 == f.Line) {
			return &all[i]
		}
	}
	return nil
}
