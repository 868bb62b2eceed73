package resources

import "strings"

// Instructions is what the server tells every client at the start, in at most
// 2,048 bytes, because clients cut off what is longer.
func Instructions() string { return strings.TrimSpace(render("instructions", nil)) }

// request is what the runbook is filled with.
type request struct {
	Spec  string // with its fence, or words that stand for it
	Dir   string
	Items []ChecklistItem
}

// Runbook is the prompt: the runbook's six steps with the four tools, for one
// spec. The spec stands in it as given, fenced so that nothing in it reads as
// part of the runbook. An empty results directory is "results".
func Runbook(spec, resultsDir string) string {
	if resultsDir == "" {
		resultsDir = "results"
	}
	ticks := "```"
	for strings.Contains(spec, ticks) {
		ticks += "`"
	}
	return render("runbook", request{Spec: ticks + "text\n" + spec + "\n" + ticks, Dir: resultsDir, Items: Checklist})
}

// runbookPage is the runbook as a page to read, for no spec in particular.
func runbookPage() string {
	return render("runbook", request{Spec: "(What to build, in plain words: behaviour, what must persist, scheduling, routes.)", Dir: "results", Items: Checklist})
}
