// Package analysis is what a gotcha is made of: a value with its texts, its
// evidence and a check, and the pass that the check reads from and reports to.
//
// A check is a pure function of a [Pass]: it does no I/O, reads no clock, and
// sees neither the parser nor MCP. Texts live beside the check and are the one
// source for the resource page, the tool's message and the README.
package analysis

import (
	"fmt"
	"io/fs"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// Severity follows certainty: an error is something to bet a deploy on.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Verdict is a gotcha's outcome for the reviewed code.
type Verdict string

const (
	Violated Verdict = "violated"
	// Advised: there is advice, and no line that avoids the gotcha.
	Advised       Verdict = "advised"
	Guarded       Verdict = "guarded"
	NotApplicable Verdict = "not_applicable"
)

// Scope says what a check needs to see.
type Scope string

const (
	// Code: one source file.
	Code Scope = "code"
	// Config: the Workers configuration; with the code where there is some.
	Config Scope = "configuration"
	// Question: nothing that a program can decide; it is published and asked.
	Question Scope = "question"
)

// Gotcha is one rule with everything that is published about it.
type Gotcha struct {
	// ID is the kebab-case name, stable for ever; it names the resource, the
	// sample folder and the suppression comment.
	ID    string
	Title string // a short sentence: what goes wrong
	// Severity is that of a certain violation; a check may report less.
	Severity Severity
	Scope    Scope
	// Why says in two or three sentences what will happen and when.
	Why string
	// Fix says what to write instead.
	Fix string
	// Fine lists what only looks like the mistake.
	Fine []string
	// Evidence says how the fact is known.
	Evidence []string
	// Runbook is the runbook's own wording when it differs from the runtime,
	// with what is true now; "" when they agree.
	Runbook string
	// Check reports to the pass; nil for a Question.
	Check func(*Pass)
}

// Family groups gotchas that belong together. Samples holds, for each gotcha
// with a check, <id>/bad.ts and <id>/good.ts (or .jsonc, or both).
type Family struct {
	Name    string
	Title   string
	Gotchas []*Gotcha
	Samples fs.FS
}

// Finding is one violation, or one piece of advice when its severity is Info.
type Finding struct {
	Gotcha   string   `json:"gotcha"`
	Severity Severity `json:"severity"`
	Path     string   `json:"path"`
	Line     int      `json:"line"`     // 1-based
	EndLine  int      `json:"end_line"` // 1-based, inclusive
	Column   int      `json:"column"`   // 1-based, in characters
	Quote    string   `json:"quote"`    // the line, trimmed
	Message  string   `json:"message"`  // what is wrong here
	Why      string   `json:"why"`      // what will happen, and when
	Fix      string   `json:"fix"`      // what to write instead
	// Edits, made together, do what Fix says. They are there only where one
	// change is certainly right.
	Edits []Edit `json:"edits,omitempty"`

	// Firm says that no comment accepts the finding.
	Firm bool `json:"-"`
}

// Guard is a line that avoids the gotcha.
type Guard struct {
	Path   string
	Line   int
	Quote  string
	Reason string
}

// Pass is what one check sees: one file, its configuration, or both.
type Pass struct {
	Gotcha *Gotcha
	// Module is the file under review; nil for a check of Config alone.
	Module *model.Module
	// Modules are all files of the project that are at hand, Module among them.
	Modules []*model.Module
	// Config is the Workers configuration, nil where there is none.
	Config *wrangler.Config
	// Date is the compatibility date that verdicts depend on, "2006-01-02":
	// the configuration's, or the review's own day where there is none.
	Date string
	// Today is the day of the review, "2006-01-02" in UTC.
	Today string
	// Before are what earlier checks have found in the configuration; of a check of
	// Config alone.
	Before []Finding

	Findings []Finding
	Guards   []Guard
	// Reason says why the gotcha does not apply, when a check knows better than
	// the general words.
	Reason string
}

// Objects are the Durable Object classes of the file.
func (p *Pass) Objects() []*model.Class { return p.Module.Objects() }

// Since reports whether the compatibility date is on or after date, so that a
// behaviour that a date switches on is in force.
func (p *Pass) Since(date string) bool { return p.Date >= date }

// Error reports a certain violation at a node. message says what is wrong here;
// fix says what to write instead, "" for the gotcha's own words; edits do it,
// where one change is certainly right.
func (p *Pass) Error(at syntax.Node, message, fix string, edits ...Edit) {
	p.report(Error, at, message, fix, edits)
}

// Warn reports a likely violation.
func (p *Pass) Warn(at syntax.Node, message, fix string, edits ...Edit) {
	p.report(Warning, at, message, fix, edits)
}

// Advise reports something worth knowing that is no violation.
func (p *Pass) Advise(at syntax.Node, message, fix string, edits ...Edit) {
	p.report(Info, at, message, fix, edits)
}

func (p *Pass) report(sev Severity, at syntax.Node, message, fix string, edits []Edit) {
	line, col := at.Tree().Position(at.Start())
	f := Finding{
		Gotcha: p.Gotcha.ID, Severity: sev, Path: at.Tree().Path, Line: line, EndLine: at.EndLine(), Column: col,
		Quote: Quote(at.Tree().Line(line)), Message: message, Why: p.Gotcha.Why, Fix: fix, Edits: edits,
	}
	p.add(f)
}

// ReportConfig reports a violation at a place in the configuration.
func (p *Pass) ReportConfig(sev Severity, at wrangler.Pos, message, fix string) {
	p.add(p.inConfig(sev, at, message, fix))
}

// ReportFault reports a wrong shape in the configuration: an error where wrangler
// refuses the file, which no comment accepts if what stands there could not be read.
func (p *Pass) ReportFault(fault wrangler.Problem, fix string) {
	f := p.inConfig(Warning, fault.Pos, fault.Message+".", fix)
	if fault.Refused {
		f.Severity, f.Firm = Error, fault.Unread
	}
	p.add(f)
}

func (p *Pass) inConfig(sev Severity, at wrangler.Pos, message, fix string) Finding {
	line := max(at.Line, 1)
	return Finding{
		Gotcha: p.Gotcha.ID, Severity: sev, Path: p.Config.Path, Line: line, EndLine: line, Column: max(at.Column, 1),
		Quote: Quote(p.Config.LineText(line)), Message: message, Why: p.Gotcha.Why, Fix: fix,
	}
}

func (p *Pass) add(f Finding) {
	if f.Fix == "" {
		f.Fix = p.Gotcha.Fix
	}
	for _, have := range p.Findings {
		if have.Path == f.Path && have.Line == f.Line && have.Column == f.Column {
			return
		}
	}
	p.Findings = append(p.Findings, f)
}

// Guard notes the line that avoids the gotcha, and how.
func (p *Pass) Guard(at syntax.Node, reason string) {
	line := telling(at).Line()
	p.Guards = append(p.Guards, Guard{Path: at.Tree().Path, Line: line, Quote: Quote(at.Tree().Line(line)), Reason: reason})
}

// telling is the part of a node whose line says most when it is quoted. Of a
// call chain that is broken over lines it is the text argument (the SQL) of the
// call, or else the called method, instead of where the chain starts.
func telling(n syntax.Node) syntax.Node {
	if !n.Is(syntax.CallExpression) || n.Line() == n.EndLine() {
		return n
	}
	callee := n.Child(syntax.FieldFunction)
	if property := callee.Child(syntax.FieldProperty); property.OK() && property.Line() > n.Line() {
		if arg := n.Child(syntax.FieldArguments).NamedChild(0); arg.Is(syntax.String, syntax.TemplateString) {
			return arg
		}
		return property
	}
	return n
}

// GuardConfig notes the configuration line that avoids the gotcha, and how.
func (p *Pass) GuardConfig(at wrangler.Pos, reason string) {
	line := max(at.Line, 1)
	p.Guards = append(p.Guards, Guard{Path: p.Config.Path, Line: line, Quote: Quote(p.Config.LineText(line)), Reason: reason})
}

// NotApplicable says why the gotcha cannot occur here. Only the last reason of
// a review without findings and guards is used.
func (p *Pass) NotApplicable(format string, args ...any) { p.Reason = fmt.Sprintf(format, args...) }

// Quote trims a source line for a report and bounds its length.
func Quote(line string) string {
	line = strings.TrimSpace(line)
	if r := []rune(line); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return line
}

// CodeSpan marks a quote as code, in Markdown and for a reader; the fence is longer
// than any run of backticks in it.
func CodeSpan(quote string) string {
	fence := "`"
	for strings.Contains(quote, fence) {
		fence += "`"
	}
	if len(fence) == 1 {
		return fence + quote + fence
	}
	return fence + " " + quote + " " + fence
}

// Ops calls fn for every operation of every Durable Object class in the file, and
// of the functions and helper classes that it runs, in whichever file they stand.
func (p *Pass) Ops(fn func(c *model.Class, op *model.Op)) {
	for _, c := range p.Objects() {
		for _, op := range p.Module.ReachedOps(c) {
			fn(c, op)
		}
	}
}

// Short is an expression's text on one line, cut to a length that reads well in
// a sentence.
func Short(n syntax.Node) string {
	s := strings.Join(strings.Fields(n.Text()), " ")
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}
