package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/traffic"
	"durable-objects-mcp/internal/workerd"
)

// report fills the report's worlds, differences and traffic. What is wrong in
// several worlds in the same way is said once, of the first.
func (p *worldsPlan) report() {
	r := p.v.report
	said := told{}
	thrown := map[string]bool{}
	for _, w := range p.all {
		var here []*Difference
		for _, f := range w.rec.problems {
			if p.waitsForTheNetwork(w, f) {
				p.v.note("An object of class " + f.class + " could not always be evicted. It had asked for something from the network, which is refused here, and nothing else is known to pin it; a time limit such as AbortSignal.timeout does until it has passed.")
				continue
			}
			here = said.add(here, p.ofProblem(w, f))
		}
		for _, e := range w.rec.exceptions {
			text := fmt.Sprintf("%s: %s", e.Name, e.Message)
			switch {
			case p.expects(text) || thrown[text]:
			case p.traffic.derived && (w == p.base || w == p.clock) && !causedByCode(e):
				thrown[text] = true
				p.v.note("Input made up from the code made it throw: " + e.String())
			default:
				thrown[text] = true
				here = said.add(here, Difference{World: w.name, What: "exception in the log: " + e.String(), Cause: p.v.causeOfException(e)})
			}
		}
		for _, d := range w.found {
			if slices.ContainsFunc(here, func(f *Difference) bool { return d.socket != "" && f.Step > 0 && receives(w.steps[f.Step-1], d.socket) }) {
				continue // its first wrong message is there already
			}
			f := p.ofDifference(w, d)
			if f.Cause == nil && p.traffic.derived && w == p.serial && p.v.setsAlarms() {
				p.v.note("Differs when the requests of a burst, made up from the code, come one after another. An alarm may run between them, so it was not counted: " + f.What)
				continue
			}
			here = said.add(here, f)
		}
		r.Worlds = append(r.Worlds, p.ofWorld(w, here))
		r.Results.StepsPlayed += len(w.rec.steps)
		r.Results.Evictions += w.rec.evictions
		for _, u := range w.rec.outbound {
			p.v.note("The code tried to reach the network, which is refused here: " + u)
		}
		for _, u := range w.rec.standIns {
			p.v.note("A stand-in answered for a binding that is not played here: " + u)
		}
	}
	r.Differences = said.list()
	r.Results.Differences = len(r.Differences)
	from := "scenario"
	if p.traffic.derived {
		from = "derived"
	}
	r.Traffic = &Traffic{From: from, Steps: len(p.traffic.Steps), Reached: []string{}, Missed: []string{}}
	for _, e := range p.traffic.entries {
		what := e.Class + "." + e.Name
		if e.Kind == traffic.Worker {
			what = "the Worker's fetch"
		}
		if p.reached(e) {
			r.Traffic.Reached = append(r.Traffic.Reached, what)
		} else {
			r.Traffic.Missed = append(r.Traffic.Missed, what)
		}
	}
	if missed := r.Traffic.Missed; len(missed) > 0 && !p.traffic.derived {
		p.v.note("The scenario never runs " + strings.Join(missed, ", ") + ", so nothing is shown about it.")
	}
}

func receives(st scenario.Step, socket string) bool {
	return st.Receive != nil && st.Receive.Socket == socket
}

// told are the differences that were found so far, in order.
type told []*Difference

// add says a difference of one world, whose others are here. What the world
// already shows at that step, or another world has shown, is not said again.
func (t *told) add(here []*Difference, d Difference) []*Difference {
	for _, old := range here {
		if d.Step > 0 && d.Here != "" && old.Step == d.Step && old.Here == d.Here {
			if old.World == d.World && old.Base == "" {
				old.Base = d.Base
			}
			return here
		}
	}
	for _, old := range *t {
		same := old.What == d.What
		if d.Step > 0 && d.Here != "" {
			same = old.Here == d.Here
		}
		if old.Step == d.Step && same {
			if old.World != d.World && !slices.Contains(old.AlsoIn, d.World) {
				old.AlsoIn = append(old.AlsoIn, d.World)
			}
			return append(here, old)
		}
	}
	*t = append(*t, &d)
	return append(here, &d)
}

func (t told) list() []Difference {
	out := make([]Difference, len(t))
	for i, d := range t {
		out[i] = *d
	}
	return out
}

// reached reports that an entry point ran. Of traffic that is made up, one of
// the steps that were meant for it must have been answered, too.
func (p *worldsPlan) reached(e traffic.Entry) bool {
	if p.traffic.derived && !p.answered(e.Steps) {
		return false
	}
	if e.Kind == traffic.Worker {
		return slices.ContainsFunc(p.traffic.Steps, asksWorker)
	}
	handler := string(e.Kind) // a framework's class has other names for it
	if e.Kind == traffic.RPC {
		handler = e.Name
	}
	return slices.ContainsFunc(p.all, func(w *world) bool { return w.rec.ran[e.Class+" "+handler] > 0 })
}

func asksWorker(s scenario.Step) bool {
	if s.Burst != nil {
		return slices.ContainsFunc(s.Burst.Requests(), func(r scenario.Request) bool { return r.HTTP != nil && r.HTTP.Class == "" })
	}
	return s.HTTP != nil && s.HTTP.Class == "" || s.Open != nil && s.Open.Class == ""
}

// answered reports that one of the steps, which are to run an entry point, was
// not refused.
func (p *worldsPlan) answered(steps []int) bool {
	rec := p.all[len(p.all)-1].rec
	for _, i := range steps {
		if i >= len(rec.steps) {
			continue
		}
		for _, r := range rec.steps[i].replies {
			if status, err := strconv.Atoi(r.head); err != nil && !strings.HasPrefix(r.head, "not ") && r.head != "no answer" && r.head != "threw" || err == nil && status < 400 {
				return true
			}
		}
	}
	return false
}

// waitsForTheNetwork reports a refusal to be evicted that may be no fault: the
// timer of a request's time limit runs on after the request, and an answer whose
// body is not read stays open.
func (p *worldsPlan) waitsForTheNetwork(w *world, f problem) bool {
	return f.kind == refusal && len(w.rec.outbound) > 0 && p.v.causeAmong(looksPinned) == nil
}

// expects reports that a step wants an exception.
func (p *worldsPlan) expects(thrown string) bool {
	for _, st := range p.traffic.Steps {
		if st.RPC != nil && wanted(st.RPC.Expect, thrown) {
			return true
		}
		if st.Burst == nil {
			continue
		}
		for _, r := range st.Burst.Requests() {
			if r.RPC != nil && wanted(r.RPC.Expect, thrown) {
				return true
			}
		}
	}
	return false
}

func (p *worldsPlan) ofProblem(w *world, f problem) Difference {
	d := Difference{World: w.name, What: f.text, Cause: p.v.causeOfProblem(w, p.firstOf(w), f)}
	if f.step >= 0 && f.step < len(w.steps) {
		d.Step, d.Title = f.step+1, w.steps[f.step].Title()
		if f.kind == unexpected {
			d.Here = texts(w.rec.steps[f.step].replies)
		}
	}
	return d
}

func (p *worldsPlan) ofDifference(w *world, f difference) Difference {
	d := Difference{
		World: w.name, What: fmt.Sprintf("%s %s, %s %s", f.what, short(f.here), w.without, short(f.base)),
		Base: f.base, Here: f.here, Cause: p.v.causeOfDifference(w, f),
	}
	if f.at != "" {
		d.What += " (differs at " + f.at + ")"
	}
	if f.step >= 0 {
		d.Step, d.Title = f.step+1, w.steps[f.step].Title()
	}
	return d
}

func (p *worldsPlan) ofWorld(w *world, found []*Difference) World {
	out := World{
		Name: w.name, What: w.what, Untouched: !w.clock, Steps: len(w.rec.steps), Evictions: w.rec.evictions, Crashes: w.rec.crashes,
		Failures: len(found), DurationMS: w.rec.took.Milliseconds(), Timeline: []Played{},
	}
	if w.clock {
		out.Wrapped = "Every class is wrapped in one whose Date and alarms follow a clock that can be moved."
	}
	for i, d := range w.rec.steps {
		e := Played{
			Step: i + 1, Title: w.steps[i].Title(), Answer: short(texts(d.replies)), Between: d.between,
			StartMS: d.start.Milliseconds(), MS: d.took.Milliseconds(),
		}
		if at := slices.IndexFunc(found, func(f *Difference) bool { return f.Step == i+1 }); at >= 0 {
			e.Problem = found[at].What
		}
		out.Timeline = append(out.Timeline, e)
	}
	return out
}

// worlds are all that show a difference.
func (d Difference) worlds() []string { return append([]string{d.World}, d.AlsoIn...) }

// where names the worlds that show a difference, in a few words.
func (p *worldsPlan) where(d Difference) string {
	switch names := d.worlds(); {
	case len(names) == len(p.all) && len(names) > 1:
		return "every world"
	case len(names) > 3:
		return fmt.Sprintf("%s and %d more worlds", names[0], len(names)-1)
	default:
		return strings.Join(names, "; ")
	}
}

// details are the differences as lines, each with its likely cause.
func (p *worldsPlan) details() []string {
	var out, causes []string
	for _, d := range p.v.report.Differences {
		line := p.where(d) + ": "
		if d.Step > 0 && !strings.HasPrefix(d.What, "step ") {
			line += fmt.Sprintf("step %d (%s): ", d.Step, d.Title)
		}
		out = append(out, line+d.What)
		if c := d.Cause; c != nil && c.Gotcha != "" {
			cause := fmt.Sprintf("likely cause: %s: %s", c.Gotcha, c.Message)
			if c.Path != "" {
				cause = fmt.Sprintf("likely cause: %s:%d %s: %s", c.Path, c.Line, c.Gotcha, c.Message)
			}
			if !slices.Contains(causes, cause) {
				causes = append(causes, cause)
			}
		}
	}
	return append(cut(out, 20), cut(causes, 5)...)
}

// source is the place that a text from the log names: path and line.
func source(e workerd.Exception) (path string, line int) {
	m := sourcePlace.FindStringSubmatch(e.String())
	if m == nil {
		return "", 0
	}
	fmt.Sscan(m[2], &line)
	return m[1], line
}
