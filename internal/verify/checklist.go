package verify

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/resources"
)

// gotchasOf names, for the checklist items that the reviewer decides, the
// gotchas that decide them.
var gotchasOf = map[string][]string{
	"persisted":   {"hibernation-memory-state", "ws-map-in-memory", "ws-attachment-missing", "module-global-state"},
	"scheduling":  {"settimeout-durable", "timer-pins-object", "alarm-missing-handler", "alarm-units"},
	"atomic":      {"race-external-await", "race-same-event", "race-memory-across-await", "transaction-sync-async"},
	"websockets":  {"ws-standard-accept", "ws-listener-after-accept", "ws-double-accept", "ws-missing-handlers"},
	"one-alarm":   {"alarm-single", "constructor-setalarm"},
	"constructor": {"constructor-heavy", "constructor-async-floating", "constructor-super"},
	"wrangler":    {"cfg-no-lifecycle", "cfg-migration-history", "cfg-class-not-exported", "cfg-compat-date", "cfg-delete-data", "cfg-kv-backend", "cfg-schema"},
}

// decide settles the ten items from what the other stages found.
func (v *run) decide() {
	for _, item := range resources.Checklist {
		c := ChecklistItem{ID: item.ID, Text: item.Text}
		switch item.ID {
		case "complete":
			c.Status, c.Evidence = v.decideComplete()
		case "self-review":
			c.Status, c.Evidence = v.decideSelfReview()
		case "script":
			c.Status, c.Evidence = v.decideScript()
		case "wrangler":
			c.Status, c.Evidence = v.decideWrangler()
		default:
			c.Status, c.Evidence = v.decideByGotchas(item.ID)
		}
		v.report.Checklist = append(v.report.Checklist, c)
	}
}

// decideByGotchas fails on a violation, passes on a guard and is not
// applicable when none of the item's gotchas can occur.
func (v *run) decideByGotchas(item string) (Status, string) {
	if v.review == nil {
		return Skipped, "There is no code to review."
	}
	var guarded *gotchas.Verdict
	reason := ""
	for _, id := range gotchasOf[item] {
		vd := v.verdict(id)
		if vd == nil {
			continue
		}
		switch vd.Verdict {
		case analysis.Violated:
			return Failed, fmt.Sprintf("%s:%d %s (%s): %s", vd.Path, vd.Line, analysis.CodeSpan(vd.Quote), id, vd.Reason)
		case analysis.Guarded:
			if guarded == nil {
				guarded = vd
			}
		default:
			if reason == "" {
				reason = vd.Reason
			}
		}
	}
	if guarded != nil {
		return Passed, fmt.Sprintf("%s:%d %s: %s", guarded.Path, guarded.Line, analysis.CodeSpan(guarded.Quote), guarded.Reason)
	}
	if reason == "" {
		reason = "Nothing in this code can run into it."
	}
	return NotApplicable, reason
}

func (v *run) verdict(id string) *gotchas.Verdict {
	for i := range v.review.Verdicts {
		if v.review.Verdicts[i].Gotcha == id {
			return &v.review.Verdicts[i]
		}
	}
	return nil
}

func (v *run) decideComplete() (Status, string) {
	switch {
	case v.review == nil:
		return Failed, v.entry() + " is missing."
	case len(v.review.Classes) == 0:
		return Failed, "No class that extends DurableObject was found in " + v.entry() + "."
	case len(v.review.Partial) > 0:
		p := v.review.Partial[0]
		return Failed, fmt.Sprintf("%s:%d cannot be read: %s", p.Path, p.Line, p.Reason)
	}
	for _, name := range []string{"types", "bundle", "boot"} {
		if s := v.report.Stage(name); s != nil && s.Status == Failed {
			return Failed, fmt.Sprintf("The %s stage failed: %s", name, s.Message)
		}
	}
	if vd := v.verdict("legacy-class"); vd != nil && vd.Verdict == analysis.Violated {
		return Failed, fmt.Sprintf("%s:%d %s: %s", vd.Path, vd.Line, analysis.CodeSpan(vd.Quote), vd.Reason)
	}
	found := strings.Join(v.review.Classes, ", ")
	for _, name := range []string{"types", "bundle", "boot"} {
		s := v.report.Stage(name)
		switch {
		case s == nil:
			return NotApplicable, fmt.Sprintf("Found %s; whether it deploys is not decided at depth %s.", found, v.report.Depth)
		case s.Status != Passed:
			return Skipped, fmt.Sprintf("Found %s, but the %s stage did not run, so whether it deploys is not shown.", found, name)
		}
	}
	return Passed, "Found " + found + "; it type-checks, bundles and starts on workerd."
}

func (v *run) decideWrangler() (Status, string) {
	if v.config == nil {
		return Failed, "No Workers configuration was found: " + v.subject.config + " is missing or cannot be read."
	}
	if s, evidence := v.decideByGotchas("wrangler"); s == Failed {
		return s, evidence
	}
	if len(v.config.Bindings) == 0 {
		return Failed, v.config.Path + " has no durable_objects binding."
	}
	b := v.config.Bindings[0]
	life := "no lifecycle entry"
	switch {
	case len(v.config.Migrations) > 0:
		last := v.config.Migrations[len(v.config.Migrations)-1]
		life = fmt.Sprintf("%d migration(s), the last with tag %q on line %d", len(v.config.Migrations), last.Tag, last.TagPos.Line)
	case len(v.config.Exports) > 0:
		life = fmt.Sprintf("declarative exports from line %d", v.config.Exports[0].Pos.Line)
	}
	return Passed, fmt.Sprintf("%s:%d %s; %s.", v.config.Path, b.ClassPos.Line, analysis.CodeSpan(analysis.Quote(v.config.LineText(b.ClassPos.Line))), life)
}

// decideSelfReview checks the file itself: every gotcha that the review found
// violated or guarded must be named in it.
func (v *run) decideSelfReview() (Status, string) {
	if v.review == nil {
		return Skipped, "There is no code to review."
	}
	text, err := v.dir.Read(results.SelfReview)
	if err != nil || len(text) == 0 {
		return Failed, results.SelfReview + " is missing or empty."
	}
	named := 0
	for _, vd := range v.review.Verdicts {
		if vd.Verdict == analysis.NotApplicable || vd.Verdict == analysis.Advised {
			continue
		}
		if !strings.Contains(string(text), vd.Gotcha) {
			return Failed, fmt.Sprintf("%s does not mention %s, which is %s at %s:%d.", results.SelfReview, vd.Gotcha, vd.Verdict, vd.Path, vd.Line)
		}
		if vd.Quote != "" && !strings.Contains(string(text), vd.Quote) {
			return Failed, fmt.Sprintf("%s does not quote the line for %s: `%s`.", results.SelfReview, vd.Gotcha, vd.Quote)
		}
		named++
	}
	return Passed, fmt.Sprintf("%s names all %d relevant gotchas, each with its line.", results.SelfReview, named)
}

// decideScript reads the runbook's script as its author means it: a NOTE is
// fine without WebSockets, and a WARN about setTimeout is judged by the
// reviewer, because the script's grep also hits comments and short delays.
func (v *run) decideScript() (Status, string) {
	if v.opts.Project != nil {
		return NotApplicable, "The script is about the deliverables of a results directory; what is proven here is " + v.entry() + " where it stands."
	}
	noted := ""
	for _, line := range v.script {
		switch {
		case strings.HasPrefix(line, "FAIL:"):
			return Failed, line
		case strings.HasPrefix(line, "WARN:"):
			if vd := v.verdictOf("settimeout-durable"); vd == nil || vd.Verdict == analysis.Violated {
				return Failed, line
			}
			noted += " The script warns about the word setTimeout; the reviewer finds no timer that must survive eviction."
		case strings.HasPrefix(line, "NOTE:"):
			noted += " No WebSockets in this object, which the script notes as allowed."
		}
	}
	return Passed, "Every line of the script reads PASS." + noted
}

func (v *run) verdictOf(id string) *gotchas.Verdict {
	if v.review == nil {
		return nil
	}
	return v.verdict(id)
}
