package gotchas

import (
	"cmp"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
)

// Merge joins the reviews of several projects into one. What two of them report,
// because they share a file, is there once; of each gotcha's verdicts the worst
// stands: violated, guarded, advised, not applicable. No reviews make an empty
// review with every gotcha not applicable.
func Merge(reviews []*Result) *Result {
	switch len(reviews) {
	case 0:
		return Review(Input{})
	case 1:
		return reviews[0]
	}
	r := &Result{
		Findings: []analysis.Finding{}, Verdicts: slices.Clone(reviews[0].Verdicts), Partial: []Partial{},
		Suppressed: []Suppressed{}, Broken: []Broken{}, Classes: []string{},
	}
	for _, other := range reviews {
		r.Findings = append(r.Findings, other.Findings...)
		r.Suppressed = append(r.Suppressed, other.Suppressed...)
		r.Partial = append(r.Partial, other.Partial...)
		r.Broken = append(r.Broken, other.Broken...)
		r.Classes = append(r.Classes, other.Classes...)
		r.Elsewhere += other.Elsewhere
		for i, v := range other.Verdicts {
			if rank[v.Verdict] > rank[r.Verdicts[i].Verdict] {
				r.Verdicts[i] = v
			}
		}
	}
	r.Findings = once(r.Findings, compareFindings)
	r.Suppressed = once(r.Suppressed, func(a, b Suppressed) int { return compareFindings(a.Finding, b.Finding) })
	r.Partial = once(r.Partial, func(a, b Partial) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.EndLine, b.EndLine), cmp.Compare(a.Reason, b.Reason))
	})
	r.Broken = once(r.Broken, func(a, b Broken) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Gotcha, b.Gotcha))
	})
	r.Classes = once(r.Classes, cmp.Compare[string])
	return r
}

var rank = map[analysis.Verdict]int{analysis.NotApplicable: 0, analysis.Advised: 1, analysis.Guarded: 2, analysis.Violated: 3}

// compareFindings orders findings by place; two of the same gotcha at the same
// place are equal.
func compareFindings(a, b analysis.Finding) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Gotcha, b.Gotcha))
}

// once sorts and drops what equals its predecessor. Of equal findings the first
// project's stays.
func once[T any](list []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 })
}
