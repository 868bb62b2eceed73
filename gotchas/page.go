package gotchas

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/shown"
	"durable-objects-mcp/internal/toolchain/npm"
)

// URI is the resource address of a gotcha's page.
func URI(id string) string { return uriBase + id }

const uriBase = "durable-objects://gotchas/"

// Page is a gotcha's published text in Markdown: what goes wrong, what to write
// instead, what only looks wrong, the sample pair and how it is known.
func Page(g *analysis.Gotcha) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n`%s` · %s · decided from %s\n\n%s\n\n**Instead:** %s\n", g.Title, g.ID, g.Severity, g.Scope, g.Why, g.Fix)
	if g.Runbook != "" {
		fmt.Fprintf(&b, "\n**Runbook and runtime:** %s\n", g.Runbook)
	}
	for _, s := range []struct{ name, title string }{{"bad", "Goes wrong"}, {"good", "Holds"}} {
		for _, ext := range []string{".ts", ".jsonc"} {
			if text := Sample(g.ID, s.name+ext); text != "" {
				fmt.Fprintf(&b, "\n## %s\n\n```%s\n%s```\n", s.title, strings.TrimPrefix(ext, "."), text)
			}
		}
	}
	if len(g.Fine) > 0 {
		b.WriteString("\n## Only looks wrong\n\n")
		for _, f := range g.Fine {
			fmt.Fprintf(&b, "- %s\n", f)
		}
	}
	fmt.Fprintf(&b, "\n## How this is known\n\n%s\n\n", proof(g.ID))
	for _, e := range g.Evidence {
		fmt.Fprintf(&b, "- %s\n", e)
	}
	return b.String()
}

// proof says whether a gotcha has been seen to happen, or what it rests on instead.
func proof(id string) string {
	p, ok, err := shown.Get(id)
	if !ok || err != nil { // the archives have tests of their own
		return "No pair of objects is run for this one; it rests on:"
	}
	return fmt.Sprintf("**Shown on workerd %s:** %s The tests run an object that has it and one that has not with the same traffic (internal/shown/testdata/%s.txtar).", npm.Version("workerd"), p.Shows, id)
}

// Sample is a gotcha's sample file without its test marks, or "".
func Sample(id, name string) string {
	for _, f := range Families {
		if !slices.ContainsFunc(f.Gotchas, func(g *analysis.Gotcha) bool { return g.ID == id }) {
			continue
		}
		if data, err := fs.ReadFile(f.Samples, "testdata/"+id+"/"+name); err == nil {
			return withoutMarks(string(data))
		}
	}
	return ""
}

// withoutMarks strips the `// want "…"`, `// ok` and `// guard` at line ends.
func withoutMarks(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		body, end := strings.TrimRight(line, "\r\n"), "\n"
		if i := strings.LastIndex(body, "// "); i >= 0 {
			switch mark := strings.TrimSpace(body[i+3:]); {
			case mark == "ok", mark == "guard", strings.HasPrefix(mark, `want "`) && strings.HasSuffix(mark, `"`):
				body = strings.TrimRight(body[:i], " \t")
			}
		}
		b.WriteString(body)
		b.WriteString(end)
	}
	return b.String()
}
