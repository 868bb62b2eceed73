package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strings"
	"strconv"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/toolchain"
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

func (v *run) start(ctx context.Context, clock bool) (*workerd.Server, error) {
	date, _ := toolchain.CompatibilityDate(v.config.CompatibilityDate.Value, v.tools.Workerd.Version)
	v.report.Runtime.Workerd, v.report.Runtime.CompatibilityDate = v.tools.Workerd.Version, date
	cfg := workerd.Config{
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
	s, err := v.start(ctx, false)
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

// world is one way to run the scenario.
type world struct {
	name, what string
	clock      bool
	between    bool
	steps      []scenario.Step
}

// worlds plays the scenario several times and compares what a client sees. The
// worlds up to the first step that moves the clock run the bundle untouched;
// the rest needs a clock that can be moved, so there the bundle is wrapped.
func (v *run) worlds(ctx context.Context) outcome {
	sc, o := v.readScenario()
	if sc == nil {
		return o
	}
	plain := sc.Steps
	if i := slices.IndexFunc(sc.Steps, func(s scenario.Step) bool { return s.Advance != nil }); i >= 0 {
		plain = sc.Steps[:i]
	}
	var details []string
	var base, again, evicted *recording
	for _, w := range []struct {
		world
		into **recording
	}{
		{world{name: "base", what: "the scenario as written", steps: plain}, &base},
		{world{name: "base again", what: "the same once more, to tell chance from change", steps: plain}, &again},
		{world{name: "evicted", what: "memory dropped between all steps, sockets hibernating", between: true, steps: plain}, &evicted},
	} {
		if len(plain) == 0 {
			break
		}
		rec, err := v.playWorld(ctx, w.world, base)
		if err != nil {
			return startFailure(err)
		}
		*w.into = rec
		details = append(details, problems(w.name, w.steps, rec)...)
	}
	if sc.UsesClock() {
		w := world{name: "clock", what: "the whole scenario with a clock that moves, in a wrapped bundle", clock: true, steps: sc.Steps}
		rec, err := v.playWorld(ctx, w, nil)
		if err != nil {
			return startFailure(err)
		}
		details = append(details, problems(w.name, w.steps, rec)...)
	}
	if evicted != nil {
		diffs, chance := compare(plain, base, again, evicted)
		v.report.Results.Differences = len(diffs)
		for _, d := range diffs {
			details = append(details, "evicted: "+d)
		}
		for _, c := range chance {
			v.report.Notes = append(v.report.Notes, "Differs from run to run by itself, so it was not compared: "+c)
		}
	}
	if ctx.Err() != nil {
		return failed("the run was cancelled")
	}
	if len(details) > 0 {
		o := failed("%d of the scenario's promises do not hold", len(details))
		o.details = append(cut(details, 20), v.suspects()...)
		return o
	}
	return passed("%d steps hold in %d worlds; %d evictions changed nothing that a client can see", len(sc.Steps), len(v.report.Worlds), v.report.Results.Evictions)
}

func (v *run) readScenario() (*scenario.Scenario, outcome) {
	data, err := v.dir.Read(scenario.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, skipped("write "+scenario.FileName+" beside the code: steps with http, open, send, receive, close, burst, evict and advance, each with what it must answer; scaffold_durable_object writes one",
			"there is no %s to play", scenario.FileName)
	}
	if err != nil {
		return nil, failed("%s cannot be read: %v", scenario.FileName, err)
	}
	sc, err := scenario.Parse(data)
	if err != nil {
		return nil, failed("%v", err)
	}
	return sc, outcome{}
}

func (v *run) playWorld(ctx context.Context, w world, base *recording) (*recording, error) {
	if v.opts.Progress != nil {
		v.opts.Progress("world " + w.name + ": " + w.what)
	}
	s, err := v.start(ctx, w.clock)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	p := &player{server: s, steps: w.steps, between: w.between}
	if base != nil {
		p.want = map[string]int{}
		for name, msgs := range base.sockets {
			p.want[name] = len(msgs)
		}
	}
	rec := p.play(ctx)
	v.report.Worlds = append(v.report.Worlds, World{
		Name: w.name, What: w.what, Untouched: !w.clock, Steps: len(rec.answers), Evictions: rec.evictions, Failures: len(rec.problems) + len(rec.errors), Timeline: []Played{},
	})
	v.report.Results.StepsPlayed += len(rec.answers)
	v.report.Results.Evictions += rec.evictions
	for _, u := range rec.outbound {
		v.note("The code tried to reach the network, which is refused here: " + u)
	}
	for _, u := range rec.standIns {
		v.note("A stand-in answered for a binding that is not played here: " + u)
	}
	return rec, nil
}

func (v *run) note(text string) {
	if !slices.Contains(v.report.Notes, text) {
		v.report.Notes = append(v.report.Notes, text)
	}
}

// problems are what went wrong inside one world, in the words of the scenario.
func problems(name string, steps []scenario.Step, rec *recording) []string {
	var out []string
	for _, p := range rec.problems {
		if p.step < 0 || p.step >= len(steps) {
			out = append(out, fmt.Sprintf("%s: %s", name, p.text))
			continue
		}
		out = append(out, fmt.Sprintf("%s: step %d (%s): %s", name, p.step+1, steps[p.step].Title(), p.text))
	}
	for _, e := range rec.errors {
		out = append(out, name+": exception in the log: "+e)
	}
	return out
}

// compare says what a client, or the stored state, shows differently after
// evictions. What differs between two equal runs is chance, and is returned
// apart instead of being reported or hidden.
func compare(steps []scenario.Step, base, again, evicted *recording) (diffs, chance []string) {
	for i := range min(len(base.answers), len(again.answers), len(evicted.answers)) {
		title := fmt.Sprintf("step %d (%s)", i+1, steps[i].Title())
		switch {
		case base.answers[i] != again.answers[i]:
			chance = append(chance, title)
		case base.answers[i] != evicted.answers[i]:
			diffs = append(diffs, fmt.Sprintf("%s answered %s, without evictions %s", title, short(evicted.answers[i]), short(base.answers[i])))
		}
	}
	for _, name := range sortedKeys(base.sockets) {
		b, a, e := fmt.Sprint(base.sockets[name]), fmt.Sprint(again.sockets[name]), fmt.Sprint(evicted.sockets[name])
		switch {
		case b != a:
			chance = append(chance, "the messages of socket "+name)
		case b != e:
			diffs = append(diffs, fmt.Sprintf("socket %s got %s, without evictions %s", name, short(e), short(b)))
		}
	}
	stored, varied := compareState(base.state, again.state, evicted.state)
	diffs = append(diffs, stored...)
	for _, v := range varied {
		chance = append(chance, "stored "+v)
	}
	return diffs, chance
}

// compareState compares what is stored at the end. What two equal runs store
// differently is chance: a column that holds the time of day, or else the whole
// table, since what varies otherwise (random keys, random shards) may decide
// which rows there are.
func compareState(base, again, evicted map[string]workerd.Stored) (diffs, chance []string) {
	rows, values := map[string]bool{}, map[string]bool{}
	for _, p := range union(base, again) {
		b, inBase := base[p]
		a, inAgain := again[p]
		switch {
		case !inAgain:
			rows[b.Group] = true
		case !inBase:
			rows[a.Group] = true
		case a.Value != b.Value && clock(a.Value) && clock(b.Value):
			values[b.Group+", "+b.Column] = true
		case a.Value != b.Value:
			rows[b.Group] = true
		}
	}
	for _, p := range union(base, evicted) {
		b, e := base[p], evicted[p]
		at := e
		if b.Place != "" {
			at = b
		}
		if !rows[at.Group] && !values[at.Group+", "+at.Column] && b.Value != e.Value {
			diffs = append(diffs, fmt.Sprintf("stored %s is %s, without evictions %s", p, orNothing(e.Value), orNothing(b.Value)))
		}
	}
	return diffs, append(sortedKeys(rows), sortedKeys(values)...)
}

// clock reports a time of this century in milliseconds since 1970.
func clock(value string) bool {
	n, err := strconv.ParseInt(value, 10, 64)
	return err == nil && n > 1_600_000_000_000 && n < 5_000_000_000_000
}

func union(a, b map[string]workerd.Stored) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return sortedKeys(all)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return short(s)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// suspects are the reviewer's findings, as the likely causes of a failed world.
func (v *run) suspects() []string {
	var out []string
	for _, f := range v.review.Findings {
		if f.Severity != analysis.Info && f.Path != v.subject.config {
			out = append(out, fmt.Sprintf("likely cause: %s:%d %s: %s", f.Path, f.Line, f.Gotcha, f.Message))
		}
	}
	return cut(out, 5)
}
