// Package verify proves a results directory: it runs the runbook's checks over
// the files, type-checks and bundles the code, starts it on real workerd, plays
// its scenario in several worlds, and writes what it found as
// validation_report.json.
//
// A check that could not run is reported as skipped with the reason and how to
// enable it; it never counts as passed.
package verify

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/wrangler"
)

// Options says what to verify and how far.
type Options struct {
	Root *results.Root
	// Dir is the results directory, relative to the root; "" is "results". The
	// reports go there.
	Dir string
	// Project is what is verified instead of the results directory's own code
	// and configuration; nil for those.
	Project *Project
	// Environment is the one of the configuration that runs; "" is the top level.
	Environment string
	Depth       Depth
	// Now is the time of the run; the zero value is the present.
	Now time.Time
	// Toolchain finds or installs workerd and tsc; its ProjectDir is set here.
	Toolchain toolchain.Options
	// Progress receives one short line before each stage; it may be nil.
	Progress func(line string)
	// ReadOnly leaves every file as it is, the reports included.
	ReadOnly bool
}

// Version is that of the report's schema.
const Version = "1.0.0"

const maxSource = 2 << 20

// run is one verification in progress.
type run struct {
	opts    Options
	dir     *results.Dir
	subject subject
	report  *Report

	code   []byte
	review *gotchas.Result
	config *wrangler.Config
	tools  *toolchain.Toolchain
	bundle *toolchain.Bundle
	script []string
}

// Run verifies a results directory and, unless told otherwise, writes
// validation_report.json, the same as a page in report.html, and the generated
// part of self_review.md.
// An error means that the verification itself could not run.
func Run(ctx context.Context, opts Options) (*Report, error) {
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	if opts.Depth == "" {
		opts.Depth = Runtime
	}
	dir, err := opts.Root.Results(opts.Dir, opts.Project != nil && !opts.ReadOnly)
	if err != nil {
		return nil, err
	}
	if _, err := opts.Root.Stat(dir.Path()); err != nil && opts.Project == nil {
		return nil, fmt.Errorf("there is nothing to verify: %w; scaffold first, or name the directory that holds %s", err, results.DurableObject)
	}
	v := &run{opts: opts, dir: dir, report: &Report{
		Version: Version, RunDate: opts.Now.UTC().Format(time.RFC3339), Depth: opts.Depth,
		Stages: []Stage{}, Checklist: []ChecklistItem{}, Script: []string{}, Worlds: []World{}, Differences: []Difference{}, Notes: []string{},
		Runtime: Environment{Platform: runtime.GOOS + "/" + runtime.GOARCH},
	}}
	v.locate()
	v.stage("implement", v.implement)
	v.stage("configure", v.configure)
	v.stage("self_review", v.selfReview)
	if opts.Depth != Static {
		v.toolchainStages(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("verification was cancelled: %w", err)
	}
	page := v.mayWritePage()
	if err := v.finish(); err != nil || !page {
		return v.report, err
	}
	return v.report, v.writePage()
}

// outcome is what a stage returns.
type outcome struct {
	status  Status
	message string
	enable  string
	details []string
}

func passed(format string, args ...any) outcome {
	return outcome{status: Passed, message: fmt.Sprintf(format, args...)}
}

func failed(format string, args ...any) outcome {
	return outcome{status: Failed, message: fmt.Sprintf(format, args...)}
}

func skipped(enable, format string, args ...any) outcome {
	return outcome{status: Skipped, message: fmt.Sprintf(format, args...), enable: enable}
}

func (v *run) stage(name string, fn func() outcome) {
	v.progress(name)
	start := time.Now()
	o := fn()
	v.report.Stages = append(v.report.Stages, stageOf(name, o, time.Since(start)))
}

func (v *run) progress(stage string) {
	if v.opts.Progress != nil {
		v.opts.Progress(stageLines[stage])
	}
}

func stageOf(name string, o outcome, took time.Duration) Stage {
	return Stage{
		Name: name, Status: o.status, Passed: o.status == Passed, Message: o.message, Enable: o.enable, Details: o.details,
		DurationMS: took.Milliseconds(),
	}
}

var stageLines = map[string]string{
	"implement":   "reading the implementation",
	"configure":   "reading the configuration",
	"self_review": "reviewing against the gotchas",
	"types":       "type-checking",
	"bundle":      "bundling",
	"boot":        "starting the object on workerd",
	"worlds":      "playing the scenario in every world",
	"script":      "running the runbook's script",
	"checklist":   "deciding the checklist",
}

func (v *run) reviewAll(cfg *gotchas.File) {
	in := gotchas.Input{Today: v.opts.Now.UTC().Format("2006-01-02")}
	switch {
	case v.opts.Project != nil:
		in = v.opts.Project.Input
	case v.code != nil:
		in.Files = []gotchas.File{{Path: results.DurableObject, Source: v.code}}
	}
	in.Config = cfg
	v.review = gotchas.Review(in)
	v.report.Review = v.review
	for _, vd := range v.review.Verdicts {
		switch vd.Verdict {
		case analysis.Guarded:
			v.report.Results.GotchasGuarded++
		case analysis.Violated:
			v.report.Results.GotchasViolated++
		case analysis.Advised:
			v.report.Results.GotchasAdvised++
		default:
			v.report.Results.GotchasNotApplicable++
		}
	}
	for _, f := range v.review.Findings {
		switch f.Severity {
		case analysis.Error:
			v.report.Results.Errors++
		case analysis.Warning:
			v.report.Results.Warnings++
		}
	}
}

// findings passes a stage whose files, the configuration or the code, have no
// error; warnings are listed.
func (v *run) findings(ofConfig bool, format string, args ...any) outcome {
	o := passed(format, args...)
	for _, f := range v.review.Findings {
		if (f.Path == v.subject.config) != ofConfig || f.Severity == analysis.Info {
			continue
		}
		o.details = append(o.details, fmt.Sprintf("%s:%d: %s %s: %s", f.Path, f.Line, f.Severity, f.Gotcha, f.Message))
		if f.Severity == analysis.Error && o.status != Failed {
			o.status = Failed
			o.message = f.Path + " has findings of severity error"
		}
	}
	return o
}

const generated = "self-review"

func (v *run) selfReview() outcome {
	if v.code == nil {
		return failed("there is no code to review")
	}
	if !v.opts.ReadOnly {
		old, err := v.dir.Read(results.SelfReview)
		if err != nil {
			old = []byte("# Self-review\n\n")
		}
		text := results.SpliceGenerated(old, generated, []byte(gotchas.SelfReview(v.review)))
		if _, err := v.dir.Write(results.SelfReview, text, results.OnlyIfChanged); err != nil {
			return failed("%s cannot be written: %v", results.SelfReview, err)
		}
	}
	for _, p := range v.review.Partial {
		if p.Path != v.subject.config {
			return failed("%s:%d cannot be read (%s); what stands there was not reviewed", p.Path, p.Line, p.Reason)
		}
	}
	if len(v.review.Classes) == 0 {
		return failed("no Durable Object class was found in %s; one extends DurableObject from cloudflare:workers", v.entry())
	}
	if len(v.review.Broken) > 0 {
		b := v.review.Broken[0]
		return failed("the check of %s failed itself, so its outcome is unknown: %s", b.Gotcha, b.Reason)
	}
	return v.findings(false, "reviewed against %d gotchas: %d guarded, %d violated", len(v.review.Verdicts), v.report.Results.GotchasGuarded, v.report.Results.GotchasViolated)
}

// toolchainStages are those that need workerd and tsc. Without them each reads
// skipped, with the reason.
func (v *run) toolchainStages(ctx context.Context) {
	names := []string{"types", "bundle"}
	if v.opts.Depth == Runtime {
		names = append(names, "boot", "worlds")
	}
	if v.code == nil || v.config == nil {
		for _, n := range names {
			v.stage(n, func() outcome {
				return skipped("write both files, then verify again", "there is no readable %s with a %s to run", v.entry(), v.subject.config)
			})
		}
		return
	}
	opts := v.opts.Toolchain
	opts.ProjectDir = v.absolute()
	opts.Progress = v.opts.Progress
	tools, err := toolchain.Locate(ctx, opts)
	if err != nil {
		o := failed("workerd and tsc could not be set up: %v", err)
		var missing *toolchain.UnavailableError
		if errors.As(err, &missing) {
			o = skipped(missing.Enable, "%s", missing.Reason)
		}
		for _, n := range names {
			v.stage(n, func() outcome { return o })
		}
		return
	}
	v.tools = tools
	date, note := toolchain.CompatibilityDate(v.config.CompatibilityDate.Value, v.tools.Workerd.Version)
	if note != "" {
		v.note(note)
	}
	v.report.Runtime.TypeScript = tools.TSC.Version
	// tsc is a process of its own, and nothing that follows needs its verdict.
	at := len(v.report.Stages)
	v.progress("types")
	types := make(chan checked, 1)
	go func() { types <- v.types(ctx, date) }()
	v.stage("bundle", func() outcome { return v.bundling(ctx) })
	if v.opts.Depth == Runtime {
		v.runtimeStages(ctx)
	}
	t := <-types
	v.report.Stages = slices.Insert(v.report.Stages, at, stageOf("types", t.outcome, t.took))
	if t.note != "" {
		v.note(t.note)
	}
}

// checked is the outcome of the type check.
type checked struct {
	outcome
	note string
	took time.Duration
}

// types may run beside everything else: it changes nothing of the run.
func (v *run) types(ctx context.Context, date string) checked {
	start := time.Now()
	o, note := v.typeCheck(ctx, date)
	return checked{o, note, time.Since(start)}
}

func (v *run) typeCheck(ctx context.Context, date string) (o outcome, note string) {
	report, err := v.tools.TypeCheck(ctx, toolchain.TypeCheck{
		ProjectDir: v.absolute(), Entry: v.subject.entry, Date: date, Flags: v.flags(), EnvDTS: toolchain.EnvDTS(v.envInput()),
	})
	if err != nil {
		return failed("tsc could not run: %v", err), ""
	}
	under := "strict"
	if report.OwnConfig {
		under = "the project's tsconfig.json"
	}
	if report.Replaced != "" {
		note = "tsc " + v.tools.TSC.Version + " does not take the project's module and target options, so its own stand in their place: " + report.Replaced
	}
	if n := len(report.Diagnostics); n > 0 {
		o := failed("tsc %s reports %d error(s) under %s", v.tools.TSC.Version, n, under)
		for _, d := range report.Diagnostics {
			o.details = append(o.details, fmt.Sprintf("%s:%d:%d: %s: %s", v.shown(d.Path), d.Line, d.Column, d.Code, d.Message))
		}
		o.details = cut(o.details, 20)
		return o, note
	}
	return passed("tsc %s accepts it under %s, with the runtime's types of %s", v.tools.TSC.Version, under, date), note
}

func (v *run) flags() []string {
	var out []string
	for _, f := range v.config.CompatibilityFlags {
		out = append(out, f.Value)
	}
	return out
}

func (v *run) envInput() toolchain.EnvInput {
	in := toolchain.EnvInput{}
	for _, b := range v.config.Bindings {
		module := v.subject.exported()
		if !v.config.Own(b) {
			module = ""
		}
		in.Bindings = append(in.Bindings, toolchain.EnvBinding{Name: b.Name, Class: b.ClassName, ModulePath: module})
	}
	in.Vars = v.config.Vars
	for _, o := range v.config.Others {
		in.Others = append(in.Others, toolchain.OtherBinding{Kind: o.Kind, Name: o.Name})
	}
	return in
}

func (v *run) bundling(ctx context.Context) outcome {
	b, diags, err := toolchain.BundleEntry(ctx, toolchain.BundleInput{Dir: v.absolute(), Entry: v.subject.entry, Root: v.opts.Root.Dir()})
	if err != nil {
		return failed("esbuild could not run: %v", err)
	}
	if b == nil || len(diags) > 0 {
		o := failed("the code does not bundle")
		for _, d := range diags {
			o.details = append(o.details, fmt.Sprintf("%s:%d:%d: %s", v.shown(d.Path), d.Line, d.Column, d.Message))
		}
		return o
	}
	v.bundle = b
	o := passed("bundled to %d bytes", len(b.JS))
	for _, d := range b.Warnings {
		o.details = append(o.details, fmt.Sprintf("%s:%d:%d: warning: %s", v.shown(d.Path), d.Line, d.Column, d.Message))
	}
	return o
}

func cut(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most:most], fmt.Sprintf("… and %d more", len(lines)-most))
}

// finish decides script and checklist, which read the files and the other
// stages, and writes the report. The report is written first, because the
// script looks for it, and again with the script's own output in it.
func (v *run) finish() error {
	r := v.report
	progress := v.opts.Progress
	defer func() { v.opts.Progress = progress }()
	for i := 0; ; i++ {
		v.script = v.scriptLines()
		stages := r.Stages
		r.Script, r.Checklist = v.script, []ChecklistItem{}
		v.decide()
		v.stage("script", v.scriptStage)
		v.stage("checklist", v.checklistStage)
		for j := len(stages); j < len(r.Stages); j++ {
			r.Stages[j].DurationMS = 0 // so that a second pass gives the same bytes
		}
		v.opts.Progress = nil // said once
		r.settle()
		if v.opts.ReadOnly {
			return nil
		}
		written, err := v.dir.Write(results.Report, r.JSON(), results.Replace)
		if err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		// The report states its own size, so it is written until that is true.
		if v.opts.Project != nil || i > 0 && strings.Contains(strings.Join(v.script, "\n"), fmt.Sprintf("%s (%d bytes)", results.Report, written.Bytes)) || i == 4 {
			return nil
		}
		r.Stages = stages
	}
}

func (v *run) scriptLines() []string {
	out := []string{}
	if v.opts.Project != nil {
		return out
	}
	for _, l := range results.Script(v.dir) {
		out = append(out, l.Text)
	}
	return out
}

func (v *run) scriptStage() outcome {
	status, evidence := v.decideScript()
	return outcome{status: status, message: evidence}
}

func (v *run) checklistStage() outcome {
	n := map[Status]int{}
	o := outcome{status: Passed}
	for _, c := range v.report.Checklist {
		n[c.Status]++
		if c.Status == Failed || c.Status == Skipped {
			o.details = append(o.details, string(c.Status)+": "+c.Text)
		}
	}
	o.message = fmt.Sprintf("%d of %d items passed, %d not applicable", n[Passed], len(v.report.Checklist), n[NotApplicable])
	switch {
	case n[Failed] > 0:
		o.status = Failed
	case n[Skipped] > 0:
		o.status = Skipped
		o.enable = "run the stages that the items depend on"
	}
	return o
}
