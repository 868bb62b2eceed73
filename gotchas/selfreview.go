package gotchas

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
)

// SelfReview is self_review.md's generated part in Markdown: every gotcha with
// the line that breaks or guards it or that there is advice about, the questions
// for the author, and why the rest cannot occur.
func SelfReview(r *Result) string {
	title := map[string]string{}
	questions := map[string]*analysis.Gotcha{}
	for _, g := range All() {
		title[g.ID] = g.Title
		if g.Check == nil {
			questions[g.ID] = g
		}
	}
	var b strings.Builder
	count := map[analysis.Verdict]int{}
	for _, v := range r.Verdicts {
		if questions[v.Gotcha] == nil {
			count[v.Verdict]++
		}
	}
	fmt.Fprintf(&b, "Reviewed %s against %d gotchas: %d violated, %d with advice, %d guarded, %d not applicable; %d more are questions for the author.\n",
		list(r.Classes), len(r.Verdicts), count[analysis.Violated], count[analysis.Advised], count[analysis.Guarded], count[analysis.NotApplicable], len(questions))

	section := func(want analysis.Verdict, heading string) {
		if count[want] == 0 {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n", heading)
		for _, v := range r.Verdicts {
			if v.Verdict == want && questions[v.Gotcha] == nil {
				fmt.Fprintf(&b, "\n### %s\n`%s` at %s:%d\n\n%s\n\n%s\n", title[v.Gotcha], v.Gotcha, v.Path, v.Line, fence(v.Quote), v.Reason)
			}
		}
	}
	section(analysis.Violated, "Violated")
	section(analysis.Advised, "Advice")
	section(analysis.Guarded, "Guarded")
	if len(r.Suppressed) > 0 {
		b.WriteString("\n## Accepted by the author\n\n")
		for _, s := range r.Suppressed {
			fmt.Fprintf(&b, "- `%s` at %s:%d: %s\n", s.Gotcha, s.Path, s.Line, s.Reason)
		}
	}
	if len(r.Partial) > 0 {
		b.WriteString("\n## Not read\n\n")
		for _, p := range r.Partial {
			fmt.Fprintf(&b, "- %s:%d to line %d: %s\n", p.Path, p.Line, p.EndLine, p.Reason)
		}
	}
	b.WriteString("\n## Questions for the author\n\nNo program can decide these; answer them where they matter.\n\n")
	for _, v := range r.Verdicts {
		if g := questions[v.Gotcha]; g != nil {
			fmt.Fprintf(&b, "- `%s`: %s %s\n", g.ID, g.Title+".", g.Fix)
		}
	}
	b.WriteString("\n## Not applicable\n\n")
	for _, v := range r.Verdicts {
		if v.Verdict == analysis.NotApplicable && questions[v.Gotcha] == nil {
			fmt.Fprintf(&b, "- `%s`: %s\n", v.Gotcha, v.Reason)
		}
	}
	return b.String()
}

// fence quotes a code line; the fence is longer than any run of backticks in it.
func fence(line string) string {
	ticks := "```"
	for strings.Contains(line, ticks) {
		ticks += "`"
	}
	return ticks + "\n" + line + "\n" + ticks
}

func list(items []string) string {
	switch len(items) {
	case 0:
		return "no Durable Object class"
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
