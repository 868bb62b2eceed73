package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas"
)

// Status is how a stage or a checklist item ended.
type Status string

const (
	Passed        Status = "passed"
	Failed        Status = "failed"
	Skipped       Status = "skipped"
	NotApplicable Status = "not_applicable"
)

// Depth is how far a verification goes.
type Depth string

const (
	// Static reads files only.
	Static Depth = "static"
	// Types also type-checks and bundles.
	Types Depth = "types"
	// Runtime also runs the object on workerd.
	Runtime Depth = "runtime"
)

// ParseDepth reads a depth; "" is Runtime.
func ParseDepth(s string) (Depth, error) {
	switch d := Depth(s); d {
	case "":
		return Runtime, nil
	case Static, Types, Runtime:
		return d, nil
	}
	return "", fmt.Errorf("depth is %q; allowed are static (files only), types (adds the type check and the bundle) and runtime (adds the run on workerd; the default)", s)
}

// Stage is one step of a verification. The first three keys are the runbook's.
type Stage struct {
	Name string `json:"name"`
	// Passed is true only for a stage with status passed.
	Passed     bool   `json:"passed"`
	Message    string `json:"message"`
	Status     Status `json:"status"`
	DurationMS int64  `json:"duration_ms"`
	// Enable says how to make a skipped stage run.
	Enable string `json:"enable,omitempty"`
	// Details are further lines: findings, diagnostics, differences.
	Details []string `json:"details,omitempty"`
}

// ChecklistItem is one of the runbook's ten items, decided.
type ChecklistItem struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Status   Status `json:"status"`
	Evidence string `json:"evidence"`
}

// Results are the figures of a verification.
type Results struct {
	GotchasGuarded       int `json:"gotchas_guarded"`
	GotchasViolated      int `json:"gotchas_violated"`
	GotchasAdvised       int `json:"gotchas_advised"`
	GotchasNotApplicable int `json:"gotchas_not_applicable"`
	Errors               int `json:"errors"`
	Warnings             int `json:"warnings"`
	StepsPlayed          int `json:"steps_played"`
	Evictions            int `json:"evictions"`
	Differences          int `json:"differences"`
}

// Report is validation_report.json.
type Report struct {
	Version string  `json:"version"`
	RunDate string  `json:"run_date"` // RFC 3339, UTC
	Depth   Depth   `json:"depth"`
	Stages  []Stage `json:"stages"`
	Results Results `json:"results"`
	// OverallPassed is true only when every applicable stage of the depth passed.
	OverallPassed bool            `json:"overall_passed"`
	Checklist     []ChecklistItem `json:"checklist"`
	// Script is what the runbook's verification script prints.
	Script []string `json:"script"`
	// Runtime names what the proof ran on.
	Runtime Environment `json:"runtime"`
	// Worlds are the runs of the scenario that were compared.
	Worlds []World `json:"worlds"`
	// Differences is what the worlds found; empty where every promise holds.
	Differences []Difference `json:"differences"`
	// Traffic is nil where no traffic was played.
	Traffic *Traffic `json:"traffic,omitempty"`
	Notes   []string `json:"notes"`

	// Review is what the self_review stage found; the report has its counts.
	Review *gotchas.Result `json:"-"`
}

// Environment names the tools of a run; empty where a stage did not run.
type Environment struct {
	Workerd           string `json:"workerd,omitempty"`
	TypeScript        string `json:"typescript,omitempty"`
	CompatibilityDate string `json:"compatibility_date,omitempty"`
	Platform          string `json:"platform"`
}

// World is one run of the traffic.
type World struct {
	Name string `json:"name"`
	What string `json:"what"`
	// Untouched says that the bundle ran byte for byte as it deploys; Wrapped says
	// otherwise what stood around it and why.
	Untouched  bool   `json:"untouched"`
	Wrapped    string `json:"wrapped,omitempty"`
	Steps      int    `json:"steps"`
	Evictions  int    `json:"evictions"`
	Crashes    int    `json:"crashes"`
	Failures   int    `json:"failures"`
	DurationMS int64  `json:"duration_ms"`
	// Timeline has one entry for each step that was played, in order.
	Timeline []Played `json:"timeline"`
}

// Played is one step in one world.
type Played struct {
	Step   int    `json:"step"` // 1-based, the same in every world
	Title  string `json:"title"`
	Answer string `json:"answer"` // what the client saw, shortened
	// Between is what happened to the objects after the step: "evicted",
	// "crashed" or nothing.
	Between string `json:"between,omitempty"`
	// Problem is what was wrong: an expectation that did not hold, a difference
	// from the base world, an object that could not be evicted.
	Problem string `json:"problem,omitempty"`
	StartMS int64  `json:"start_ms"` // since the world began
	MS      int64  `json:"ms"`
}

// Difference is one thing that a world shows and the base world does not, or
// one promise that does not hold, in the terms of who would see it.
type Difference struct {
	World string `json:"world"` // the first that shows it
	// AlsoIn are further worlds that show the same at this step.
	AlsoIn []string `json:"also_in,omitempty"`
	Step   int      `json:"step,omitempty"` // 1-based; 0 is not tied to a step
	Title  string   `json:"title,omitempty"`
	// What is the difference in one sentence.
	What string `json:"what"`
	Base string `json:"base,omitempty"` // what the base world showed
	Here string `json:"here,omitempty"` // what this world showed
	// Cause is the likely gotcha with its place; nil where nothing points to one.
	Cause *Cause `json:"cause,omitempty"`
}

// Cause is why a world differs, as far as it is known.
type Cause struct {
	Gotcha string `json:"gotcha,omitempty"`
	Path   string `json:"path,omitempty"`
	Line   int    `json:"line,omitempty"`
	Quote  string `json:"quote,omitempty"`
	// From says who points there: "reviewer", "log" (an exception's place),
	// "refusal" (what pins the object), "world" (what it does to the objects).
	From    string `json:"from"`
	Message string `json:"message"`
}

// Traffic says what was played and what it reached.
type Traffic struct {
	// From is "scenario" (scenario.json) or "derived" (from the code).
	From  string `json:"from"`
	Steps int    `json:"steps"`
	// Reached and Missed are entry points: "Class.method", "Class.fetch",
	// "Class.alarm", "Class.webSocketMessage", "the Worker's fetch". Of traffic that
	// was derived, one is reached that was also answered.
	Reached []string `json:"reached"`
	Missed  []string `json:"missed"`
}

// Stage returns the stage with a name, or nil.
func (r *Report) Stage(name string) *Stage {
	for i := range r.Stages {
		if r.Stages[i].Name == name {
			return &r.Stages[i]
		}
	}
	return nil
}

// settle derives OverallPassed: every stage that applies has passed.
func (r *Report) settle() {
	r.OverallPassed = len(r.Stages) > 0
	for i := range r.Stages {
		s := &r.Stages[i]
		s.Passed = s.Status == Passed
		if s.Status != Passed && s.Status != NotApplicable {
			r.OverallPassed = false
		}
	}
}

// JSON is the report as it is written: indented, no HTML escapes, a final newline.
func (r *Report) JSON() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		panic(err) // plain data: it cannot fail
	}
	return b.Bytes()
}

// Text is the report for a person: the script's lines, the checklist, the stages.
func (r *Report) Text() string {
	var b strings.Builder
	for _, line := range r.Script {
		fmt.Fprintln(&b, line)
	}
	if len(r.Script) > 0 {
		fmt.Fprintln(&b)
	}
	fmt.Fprintln(&b, "Checklist")
	for i, c := range r.Checklist {
		fmt.Fprintf(&b, "%2d. %-14s %s\n    %s\n", i+1, c.Status.word(), c.Text, c.Evidence)
	}
	fmt.Fprintln(&b, "\nStages")
	for _, s := range r.Stages {
		fmt.Fprintf(&b, "%-14s %-12s %s", s.Status.word(), s.Name, s.Message)
		if s.DurationMS > 0 {
			fmt.Fprintf(&b, " (%d ms)", s.DurationMS)
		}
		fmt.Fprintln(&b)
		for _, d := range s.Details {
			fmt.Fprintf(&b, "    %s\n", d)
		}
		if s.Enable != "" {
			fmt.Fprintf(&b, "    To run it: %s\n", s.Enable)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "Note: %s\n", n)
	}
	fmt.Fprintf(&b, "\n%s\n", r.Verdict())
	return b.String()
}

func (s Status) word() string {
	if s == NotApplicable {
		return "n/a"
	}
	return string(s)
}

// Verdict is the report in one sentence.
func (r *Report) Verdict() string {
	if r.OverallPassed {
		return fmt.Sprintf("Overall: passed at depth %s.", r.Depth)
	}
	var failed, skipped []string
	for _, s := range r.Stages {
		switch s.Status {
		case Failed:
			failed = append(failed, s.Name)
		case Skipped:
			skipped = append(skipped, s.Name)
		}
	}
	switch {
	case len(failed) > 0 && len(skipped) > 0:
		return fmt.Sprintf("Overall: not passed. Failed: %s. Skipped: %s.", strings.Join(failed, ", "), strings.Join(skipped, ", "))
	case len(failed) > 0:
		return fmt.Sprintf("Overall: not passed. Failed: %s.", strings.Join(failed, ", "))
	}
	return fmt.Sprintf("Overall: not passed, because %s did not run; nothing is proven about it.", strings.Join(skipped, ", "))
}
