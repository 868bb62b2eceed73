package verify

import (
	"context"
	"fmt"
)

// between does to the objects what the world is about, after a step.
func (p *player) between(ctx context.Context, i int) {
	st := p.steps[i]
	if i < p.manner.from || ctx.Err() != nil {
		return
	}
	d := &p.rec.steps[i]
	switch {
	case p.manner.evict && st.Evict == nil:
		p.evict(ctx, i)
		d.between = "evicted"
	case p.manner.crash && p.mayCrash(i):
		p.lose()
		p.rec.crashes++
		d.between = "crashed"
		if err := p.server.Crash(ctx); err != nil && ctx.Err() == nil {
			p.rec.problems = append(p.rec.problems, problem{step: i, text: "after the crash it did not start again: " + err.Error(), kind: broken})
		}
	case p.manner.drop && p.mayCrash(i):
		p.lose()
	}
}

// mayCrash leaves out the places where a crash loses what nobody was promised: a
// message that was sent and not answered, an answer that is on its way.
func (p *player) mayCrash(i int) bool {
	last := i == len(p.steps)-1
	return !last && p.unheard == 0 && p.steps[i+1].Receive == nil && p.steps[i].Evict == nil
}

// lose drops the open sockets.
func (p *player) lose() {
	for name, s := range p.open {
		s.Abandon()
		p.rec.lost[name] = true
	}
	clear(p.open)
}

// reconnect opens lost sockets again, but only those that the next step needs, or
// the messages that it leads to: every new connection is an event of its own.
func (p *player) reconnect(ctx context.Context, i int) {
	if len(p.rec.lost) == 0 {
		return
	}
	var need []string
	switch st := p.steps[i]; {
	case st.Send != nil:
		need = append(need, st.Send.Socket)
	case st.Receive != nil:
		need = append(need, st.Receive.Socket)
	}
	for j := i + 1; j < len(p.steps) && p.steps[j].Receive != nil; j++ {
		need = append(need, p.steps[j].Receive.Socket)
	}
	for _, name := range need {
		if o, was := p.opened[name]; was && p.rec.lost[name] && p.open[name] == nil {
			if _, err := p.dial(ctx, o); err != nil {
				p.complain(i, fmt.Errorf("after a crash: %w", err))
			}
		}
	}
}

func (p *player) evict(ctx context.Context, step int) {
	// Nothing has run since a crash. Asking for an object by its id would be the
	// first that the new process hears of it, and it would not know its name.
	if step > 0 && p.rec.steps[step-1].between == "crashed" {
		return
	}
	e, err := p.server.Evict(ctx)
	p.rec.evictions += e.Count
	if err != nil {
		p.rec.problems = append(p.rec.problems, problem{step: step, text: "the objects could not be evicted: " + err.Error(), kind: broken})
	}
	for _, r := range e.Refused {
		p.rec.problems = append(p.rec.problems, problem{
			step: step, kind: refusal, class: r.Class, text: fmt.Sprintf("an object of class %s cannot be evicted: %s", r.Class, r.Why),
		})
	}
}
