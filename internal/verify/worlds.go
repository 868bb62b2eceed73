package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/toolchain"
	"durable-objects-mcp/internal/traffic"
	"durable-objects-mcp/internal/workerd"
)

// runtimeStages run the bundle on workerd.
func (v *run) runtimeStages(ctx context.Context) {
	if v.bundle == nil {
		for _, n := range []string{"boot", "worlds"} {
			v.stage(n, func() outcome { return skipped("mend the bundle stage", "there is no bundle to run") })
		}
		return
	}
	v.stage("boot", func() outcome { return v.boot(ctx) })
	if v.report.Stage("boot").Status != Passed {
		v.stage("worlds", func() outcome { return skipped("mend the boot stage", "the object does not start") })
		return
	}
	v.stage("worlds", func() outcome { return v.worlds(ctx) })
}

// namespaces are the Durable Object classes that the configuration creates.
func (v *run) namespaces() []workerd.Namespace {
	var out []workerd.Namespace
	seen := map[string]bool{}
	for _, b := range v.config.Bindings {
		if !v.config.Own(b) {
			continue
		}
		seen[b.ClassName] = true
		out = append(out, workerd.Namespace{Binding: b.Name, Class: b.ClassName, SQLite: v.config.Class(b.ClassName).Backend != "kv"})
	}
	for _, class := range v.config.LiveClasses() {
		if !seen[class] {
			out = append(out, workerd.Namespace{Class: class, SQLite: v.config.Class(class).Backend != "kv"})
		}
	}
	return out
}

// start runs the Worker; its files are in dir, or in a directory of its own for
// "". It may be called at the same time as itself.
func (v *run) start(ctx context.Context, clock bool, dir string) (*workerd.Server, error) {
	date, _ := toolchain.CompatibilityDate(v.config.CompatibilityDate.Value, v.tools.Workerd.Version)
	cfg := workerd.Config{
		Dir:    dir,
		Binary: v.tools.Workerd.Path, Script: v.bundle.JS, CompatibilityDate: date, CompatibilityFlags: v.flags(),
		Namespaces: v.namespaces(), Vars: v.config.Vars, Clock: clock,
		Place: func(line, column int) string {
			at, ok := v.bundle.Source(line, column)
			if !ok {
				return ""
			}
			return fmt.Sprintf("%s:%d:%d", v.shown(at.Path), at.Line, at.Column)
		},
	}
	for _, o := range v.config.Others {
		cfg.Stubs = append(cfg.Stubs, workerd.Stub{Kind: o.Kind, Name: o.Name})
	}
	return workerd.Start(ctx, cfg)
}

// boot starts the Worker and runs every class's constructor twice, with an
// eviction in between.
func (v *run) boot(ctx context.Context) outcome {
	for _, n := range v.namespaces() {
		if !slices.Contains(v.bundle.Exports, n.Class) {
			return failed("%s creates the class %s, but %s does not export it", v.subject.config, n.Class, v.entry())
		}
	}
	date, _ := toolchain.CompatibilityDate(v.config.CompatibilityDate.Value, v.tools.Workerd.Version)
	v.report.Runtime.Workerd, v.report.Runtime.CompatibilityDate = v.tools.Workerd.Version, date
	s, err := v.start(ctx, false, "")
	if err != nil {
		return startFailure(err)
	}
	defer s.Close()
	for _, n := range v.namespaces() {
		for range 2 {
			err := s.Construct(ctx, n.Class)
			if err != nil && strings.Contains(err.Error(), "Containers have not been enabled") {
				return skipped("run it with `wrangler dev`, which starts containers with Docker", "an object of class %s needs a container, which is not started here", n.Class)
			}
			if err != nil {
				return failed("an object of class %s does not construct: %v", n.Class, err)
			}
			if _, err := s.Evict(ctx); err != nil {
				return failed("an object of class %s cannot be evicted: %v", n.Class, err)
			}
		}
	}
	return passed("workerd %s starts it; every class constructs, is evicted and constructs again", v.tools.Workerd.Version)
}

func startFailure(err error) outcome {
	var se *workerd.StartError
	if errors.As(err, &se) {
		o := failed("%s", se.Reason)
		o.details = cut(se.Log, 10)
		return o
	}
	return failed("workerd did not start: %v", err)
}

// world is one way to run the traffic.
type world struct {
	name, what string
	// without says what the base world is, in comparison.
	without string
	manner  manner
	clock   bool
	steps   []scenario.Step

	rec *recording
	err error
	// done is rec for those who do not wait for it; nil until then.
	done *atomic.Pointer[recording]
	// found are this world's differences from its base world.
	found []difference
}

// worlds plays the traffic several times and compares what a client sees, and
// what is stored. The worlds up to the first step that moves the clock run the
// bundle untouched; the rest needs a clock that can be moved, so there the bundle
// is wrapped.
func (v *run) worlds(ctx context.Context) outcome {
	t, o := v.readTraffic()
	if t == nil {
		return o
	}
	p := v.plan(t)
	p.playAll(ctx)
	if ctx.Err() != nil {
		return failed("the run was cancelled")
	}
	for _, w := range p.all {
		if w.err != nil {
			return startFailure(w.err)
		}
	}
	p.compareAll(ctx)
	if ctx.Err() != nil {
		return failed("the run was cancelled")
	}
	p.report()
	if n := len(v.report.Differences); n > 0 {
		o := failed("%d of the scenario's promises do not hold", n)
		if t.derived {
			o = failed("%d promises do not hold", n)
		}
		o.details = p.details()
		return o
	}
	r := v.report.Results
	if t.derived && r.Evictions == 0 {
		return skipped(writeScenario, "the %d steps that were derived from the code reach no Durable Object, so nothing is shown about one", len(t.Steps))
	}
	between := fmt.Sprintf("%d evictions", r.Evictions)
	if n := p.crashes(); n > 0 {
		between += fmt.Sprintf(" and %d crashes", n)
	}
	return passed("%d steps hold in %d worlds; %s changed nothing that a client can see", len(t.Steps), len(v.report.Worlds), between)
}

// writeScenario is what helps where the code alone does not say what to send.
const writeScenario = "write " + scenario.FileName + " beside the code: steps with http, rpc, open, send, receive, close, burst, evict and advance, each with what it must answer; scaffold_durable_object writes one"

// played is the traffic of a run.
type played struct {
	*scenario.Scenario
	derived bool            // from the code; nothing is expected of its answers
	entries []traffic.Entry // of the code
}

// derivable is what the code alone tells about its traffic.
func (v *run) derivable() *traffic.Plan {
	var files []traffic.File
	main := v.entry()
	if p := v.opts.Project; p != nil {
		for _, f := range slices.Concat(p.Input.Files, p.Input.Context) {
			files = append(files, traffic.File{Path: f.Path, Source: f.Source})
		}
	} else {
		files = []traffic.File{{Path: main, Source: v.code}}
	}
	return traffic.FromFiles(files, main, v.config)
}

// deriveTraffic makes traffic up from the code, where nobody wrote any.
func (v *run) deriveTraffic() (*played, outcome) {
	plan := v.derivable()
	for _, n := range plan.Notes {
		v.note(n)
	}
	sc := plan.Scenario
	if len(sc.Steps) == 0 {
		return nil, skipped(writeScenario, "there is no %s to play, and no traffic could be derived from the code", scenario.FileName)
	}
	v.note(fmt.Sprintf("There is no %s, so %d steps were derived from the code. They show whether the worlds differ, not whether the answers are right.", scenario.FileName, len(sc.Steps)))
	return &played{Scenario: sc, derived: true, entries: plan.Entries}, outcome{}
}

func (v *run) readTraffic() (*played, outcome) {
	data, err := v.dir.Read(scenario.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return v.deriveTraffic()
	}
	if err != nil {
		return nil, failed("%s cannot be read: %v", scenario.FileName, err)
	}
	sc, err := scenario.Parse(data)
	if err != nil {
		return nil, failed("%v", err)
	}
	for i, st := range sc.Steps {
		for _, class := range st.Classes() {
			if !slices.ContainsFunc(v.namespaces(), func(n workerd.Namespace) bool { return n.Class == class }) {
				return nil, failed("%s: steps[%d]: there is no class %s in %s", scenario.FileName, i, class, v.subject.config)
			}
		}
	}
	return &played{Scenario: sc, entries: v.derivable().Entries}, outcome{}
}

// worldsPlan are the worlds of one run, in the order of the report.
type worldsPlan struct {
	v       *run
	traffic *played
	all     []*world

	base, again, serial, evicted, crashed, clock, woken *world

	mu sync.Mutex // one progress line at a time
}

func (v *run) plan(t *played) *worldsPlan {
	p := &worldsPlan{v: v, traffic: t}
	plain, moved := t.Steps, slices.IndexFunc(t.Steps, func(s scenario.Step) bool { return s.Advance != nil })
	if moved >= 0 {
		plain = t.Steps[:moved]
	}
	add := func(w world) *world {
		w.manner.lenient, w.done = t.derived, new(atomic.Pointer[recording])
		p.all = append(p.all, &w)
		return &w
	}
	if len(plain) > 0 {
		p.base = add(world{name: "base", what: "the scenario as written", steps: plain})
		p.again = add(world{name: "base again", what: "the same once more, to tell chance from change", steps: plain})
		if slices.ContainsFunc(plain, func(s scenario.Step) bool { return s.Burst != nil }) {
			p.serial = add(world{name: "serial", what: "the requests of each burst one after another", without: "sent at once", steps: plain, manner: manner{serial: true}})
		}
		p.evicted = add(world{name: "evicted", what: "memory dropped between all steps, sockets hibernating", without: "without evictions", steps: plain, manner: manner{evict: true}})
		if len(plain) > 1 {
			p.crashed = add(world{name: "crashed", what: "the process killed between all steps, on the same disk", without: "without crashes", steps: plain, manner: manner{crash: true}})
		}
	}
	if moved >= 0 {
		p.clock = add(world{name: "clock", what: "the whole scenario with a clock that moves", clock: true, steps: t.Steps})
		p.woken = add(world{
			name: "clock, evicted", what: "the same with memory dropped around each step from the first that moves the clock", without: "without evictions",
			clock: true, steps: t.Steps, manner: manner{evict: true, from: max(0, moved-1)},
		})
	}
	return p
}

// atOnce is how many worlds run side by side: each is a process of its own, and
// mostly waits for the disk.
const atOnce = 2

// playAll plays the first of each kind before the others, because these wait for as
// many messages as it got. The crashes, which take longest, begin with them: when
// it matters to that world, the first one has long ended.
func (p *worldsPlan) playAll(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { p.side(ctx, p.crashed) })
	p.side(ctx, p.base, p.clock)
	p.side(ctx, p.evicted, p.woken, p.again, p.serial)
	wg.Wait()
}

// side plays worlds side by side; nil ones are passed over.
func (p *worldsPlan) side(ctx context.Context, list ...*world) {
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, w := range list {
		if w == nil {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			rec, err := p.play(ctx, w)
			w.done.Store(rec)
			w.rec, w.err = rec, err
		})
	}
	wg.Wait()
}

func (p *worldsPlan) play(ctx context.Context, w *world) (*recording, error) {
	if p.v.opts.Progress != nil {
		p.mu.Lock()
		p.v.opts.Progress("world " + w.name + ": " + w.what)
		p.mu.Unlock()
	}
	player := &player{steps: w.steps, manner: w.manner, alarms: p.v.setsAlarms()}
	if slices.ContainsFunc(w.steps, func(s scenario.Step) bool { return s.Purged }) {
		dir, err := os.MkdirTemp("", "do-run-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		player.dir = dir
		player.look = func(dir string) (*workerd.Server, error) { return p.v.start(ctx, false, dir) }
	}
	s, err := p.v.start(ctx, w.clock, player.dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	player.server = s
	if first := p.firstOf(w); first != w {
		player.first = first.done.Load
	}
	return player.play(ctx), nil
}

// firstOf is the world of a kind that the others are compared with.
func (p *worldsPlan) firstOf(w *world) *world {
	if w.clock {
		return p.clock
	}
	return p.base
}

// compareAll finds the differences of each world. The second world of a kind
// tells chance from change.
func (p *worldsPlan) compareAll(ctx context.Context) {
	if p.base != nil {
		c := compare(p.base.steps, p.base.rec, p.again.rec, p.again.rec)
		for _, what := range cut(c.chance, 10) {
			p.v.note("Differs from run to run by itself, so it was not compared: " + what)
		}
		for _, what := range cut(c.followed, 10) {
			p.v.note("Made anew in each run, so it was compared by where it comes again: " + what)
		}
		for _, w := range []*world{p.serial, p.evicted, p.crashed} {
			p.judge(ctx, w, p.base, p.again)
		}
	}
	p.judge(ctx, p.woken, p.clock, p.clock)
}

// judge compares one world with its base world. What differs is played once
// more: what does not show again is not counted, nor what the base world shows as
// well when it takes as long, or loses its sockets, as this world did.
func (p *worldsPlan) judge(ctx context.Context, w, base, again *world) {
	if w == nil || ctx.Err() != nil {
		return
	}
	first := compare(w.steps, base.rec, again.rec, w.rec)
	races := w.manner.serial && len(raced(w.steps, w.rec, nil, base.rec, again.rec)) > 0
	if len(first.diffs) == 0 && !races && !(w.manner.crash && hasMore(w.rec, base.rec)) {
		return
	}
	control, twice := *base, *w
	control.name, control.manner.drop = "base, as slow as "+w.name, w.manner.crash
	control.done, twice.done = new(atomic.Pointer[recording]), new(atomic.Pointer[recording])
	for _, d := range w.rec.steps {
		control.manner.pace = append(control.manner.pace, d.start)
	}
	twice.name = w.name + " again"
	twice.manner.reversed = w.manner.serial
	p.side(ctx, &control, &twice)
	if control.err != nil || twice.err != nil || ctx.Err() != nil {
		w.found = first.diffs
		return
	}
	if w.manner.serial {
		w.found = raced(w.steps, w.rec, twice.rec, base.rec, again.rec, control.rec)
	}
	slow := compare(w.steps, base.rec, control.rec, w.rec).keys()
	second := compare(w.steps, base.rec, again.rec, twice.rec).keys()
	if base == again {
		second = compare(w.steps, base.rec, control.rec, twice.rec).keys()
	}
	for _, d := range first.diffs {
		_, bySlow := slow[d.key]
		other, bySecond := second[d.key]
		switch {
		case !bySlow && base != again:
			p.v.note(fmt.Sprintf("Differs by the time that the world %s takes, or by its lost sockets, so it was not counted: %s", w.name, d.key))
		case !bySlow: // chance
		case !bySecond, w.manner.serial && other.shown != d.shown:
			p.v.note(fmt.Sprintf("Showed in one run of the world %s and not in the next, so it was not counted: %s", w.name, d.key))
		default:
			if base == again {
				d = slow[d.key]
			}
			w.found = append(w.found, d)
		}
	}
	if w.manner.crash {
		w.rec.problems = slices.DeleteFunc(w.rec.problems, func(f problem) bool {
			return f.kind == unexpected && (hasProblem(control.rec, f.step) || !hasProblem(twice.rec, f.step))
		})
	}
}

// hasMore reports that a world breaks an expectation that the base world keeps.
func hasMore(w, base *recording) bool {
	return slices.ContainsFunc(w.problems, func(f problem) bool { return f.kind == unexpected && !hasProblem(base, f.step) })
}

func hasProblem(r *recording, step int) bool {
	return slices.ContainsFunc(r.problems, func(f problem) bool { return f.step == step })
}

func (p *worldsPlan) crashes() int {
	n := 0
	for _, w := range p.all {
		n += w.rec.crashes
	}
	return n
}

// setsAlarms reports that the code may set an alarm.
func (v *run) setsAlarms() bool { return bytes.Contains(v.bundle.JS, []byte("setAlarm")) }

func (v *run) note(text string) {
	if !slices.Contains(v.report.Notes, text) {
		v.report.Notes = append(v.report.Notes, text)
	}
}
