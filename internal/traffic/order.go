package traffic

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/syntax"
)

// arrangement says what of the order there is no room for.
type arrangement struct {
	seldom   bool // readers after all writers that come singly, not after each
	rarely   bool // readers after all bursts, not after each
	oneName  bool // nothing is written under a second name
	brief    bool // everything is said once on a socket
	abrupt   bool // the clock moves past an alarm in one step
	forth    bool // writers are not sent in reverse as well
	lateLast bool // what takes things away comes after the clock alone
	warm     bool // nothing is asked of the empty object
	lateOnly bool // bursts come after the single requests, and there are readers after them alone
	together bool // writers share bursts
	once     bool // the clock moves once, when nobody is connected any more
	noAgain  bool // what an alarm may have purged is not written again
	noEnd    bool // no readers after what takes things away
}

// arrangements are all of them, from the one that leaves nothing out to the one
// that needs the least room.
func arrangements() []arrangement {
	var a arrangement
	all := []arrangement{a}
	for _, less := range []*bool{
		&a.seldom, &a.rarely, &a.oneName, &a.brief, &a.abrupt, &a.forth, &a.lateLast, &a.warm, &a.lateOnly, &a.once, &a.together, &a.noAgain, &a.noEnd,
	} {
		*less = true
		all = append(all, a)
	}
	return all
}

// arrange puts everything in order. The empty object is read first. Then each
// writer comes in a burst and once more alone, what is said on sockets, what takes
// things away, and all writers again, the last one first: so each comes before
// each other one, which matters where one only does something after another. Then
// the clock moves past the alarms, and things are written and taken away once
// more. There are reads between all of these. Where that is too much, the first
// things to go are repetitions.
func (p *planner) arrange() {
	slices.SortStableFunc(p.writers, func(a, b sending) int { return gives(a) - gives(b) })
	slices.SortStableFunc(p.last, func(a, b sending) int {
		switch {
		case a.effect.wipes == b.effect.wipes:
			return 0
		case b.effect.wipes:
			return -1
		}
		return 1
	})
	all := arrangements()
	for _, a := range all {
		if p.roomFor(a) {
			return
		}
	}
	for len(p.writers)+len(p.readers)+len(p.last)+len(p.tries) > 0 {
		switch { // the longest list gives
		case len(p.tries) > 0:
			p.tries = p.tries[:len(p.tries)-1]
		case len(p.readers) >= len(p.writers) && len(p.readers) >= len(p.last):
			p.readers = p.readers[:len(p.readers)-1]
		case len(p.last) > len(p.writers):
			p.last = p.last[:len(p.last)-1]
		default:
			p.writers = p.writers[:len(p.writers)-1]
		}
		if p.roomFor(all[len(all)-1]) {
			return
		}
	}
}

// roomFor makes the steps, and keeps them where there is room.
func (p *planner) roomFor(a arrangement) bool {
	b := &builder{p: p}
	b.build(a)
	if len(b.steps) > MaxSteps {
		return false
	}
	b.finish()
	return true
}

// gives orders writers: first what puts something there that others may need, and
// of these first what does not look at what is there.
func gives(s sending) int {
	if s.effect.reads {
		return 2*needs(s) + 1
	}
	return 2 * needs(s)
}

// needs is 0 for what sounds as if others need it, and 1 for the rest.
func needs(s sending) int {
	name := ""
	if s.rpc != nil {
		name = s.rpc.Method
	} else if s.http.Method == "POST" || s.http.Method == "PUT" {
		return 0
	}
	if givesName(name) {
		return 0
	}
	return 1
}

var givesName = regexp.MustCompile(`^(add|create|put|set|open|join|enqueue|import|load|publish|insert|register|start|init|deposit|save|store|write|push|append|subscribe|follow|schedule|upsert)`).MatchString

// builder makes the steps, and notes which entry points each runs.
type builder struct {
	p     *planner
	steps []scenario.Step
	runs  [][]int
	// looked is how many steps there were after the last round of reads.
	looked int
}

func (b *builder) step(s scenario.Step, entries []int) {
	b.steps = append(b.steps, s)
	b.runs = append(b.runs, entries)
}

func (b *builder) send(list []sending) {
	for _, s := range list {
		b.step(scenario.Step{HTTP: s.http, RPC: s.rpc}, s.entries)
	}
}

// look sends readers, unless nothing has happened since the last time.
func (b *builder) look(list []sending) {
	if len(b.steps) > b.looked || b.looked == 0 {
		b.send(list)
		b.looked = len(b.steps)
	}
}

func (b *builder) finish() {
	for i, entries := range b.runs {
		for _, e := range entries {
			at := &b.p.plan.Entries[e]
			if !slices.Contains(at.Steps, i) {
				at.Steps = append(at.Steps, i)
			}
		}
	}
	b.p.plan.Scenario.Steps = b.steps
}

func (b *builder) build(a arrangement) {
	p := b.p
	b.open()
	if !a.warm {
		b.look(p.pure())
	}
	if !a.lateOnly {
		b.atOnce(a)
		b.look(p.readers)
	}
	b.singly(a)
	b.send(p.tries)
	b.talk(a.brief)
	if a.lateOnly {
		b.bursts(p.writers, a.together)
	}
	alarm := p.delay() > 0
	early := !alarm || !a.lateLast
	if early {
		b.take(a)
	}
	if !a.forth {
		b.send(backwards(p.writers))
	}
	b.look(p.readers)
	if !alarm {
		return // whoever is connected stays, so that what they were told is compared
	}
	if !a.once || len(p.sockets) == 0 {
		b.wait(a.abrupt)
	}
	if b.hangUp() { // an object may wait until nobody is connected
		b.advance(p.delay())
		b.look(p.readers)
	}
	if len(p.last) == 0 && (a.noAgain || len(p.writers) == 0) {
		return
	}
	if !a.noAgain {
		b.send(rotated(p.writers))
	}
	b.send(p.last)
	if !a.noEnd {
		b.look(p.readers)
	}
}

// pure are the readers that change nothing.
func (p *planner) pure() []sending {
	return slices.DeleteFunc(slices.Clone(p.readers), func(s sending) bool { return s.effect.writes })
}

// atOnce sends each writer in a burst. What was lost in one may be made good by the
// next, so there are reads in between.
func (b *builder) atOnce(a arrangement) {
	if a.rarely {
		b.bursts(b.p.writers, a.together)
		return
	}
	for _, w := range b.p.writers {
		b.look(b.p.pure())
		b.bursts([]sending{w}, a.together)
	}
}

// singly sends each writer once, and once under another name. What one leaves
// behind may be gone after the next, so there are reads in between.
func (b *builder) singly(a arrangement) {
	for _, w := range b.p.writers {
		b.send([]sending{w})
		if !a.seldom {
			b.look(b.p.pure())
		}
	}
	if !a.oneName {
		b.send(others(b.p.writers))
	}
}

// take sends what takes things away: at once, where something may be left for a
// second one, and singly.
func (b *builder) take(a arrangement) {
	takers := slices.DeleteFunc(slices.Clone(b.p.last), func(s sending) bool { return s.effect.wipes })
	b.bursts(takers, a.together)
	if len(takers) > 0 {
		b.look(b.p.readers)
	}
	b.send(b.p.last)
	if len(b.p.last) > 0 && !a.noEnd {
		b.look(b.p.readers)
	}
}

// wait moves the clock past the alarms, with reads half way: what wakes an object
// before its alarm must not move it.
func (b *builder) wait(abrupt bool) {
	all := b.p.delay()
	if !abrupt {
		b.advance(all / 2)
		b.look(b.p.readers)
		all -= all / 2
	}
	b.advance(all)
	b.look(b.p.readers)
}

// rotated has the last one first, so that the round ends with another one than the
// rounds before, and the alarm that is set at the end is what that one left.
func rotated[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	last := len(list) - 1
	return append([]T{list[last]}, list[:last]...)
}

func backwards[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func socketName(way, i int) string {
	name := []string{"one", "two", "three"}[i]
	if way > 0 {
		name += fmt.Sprint("-", way+1)
	}
	return name
}

func (b *builder) open() {
	for way, s := range b.p.sockets {
		for i := range 2 {
			o := s.open
			o.Socket = socketName(way, i)
			o.Path = otherName(o.Path, i)
			b.step(scenario.Step{Open: &o}, s.opened)
		}
	}
}

// otherName gives the user of a further socket another name, where the path has a
// parameter for one.
func otherName(path string, i int) string {
	if i == 0 {
		return path
	}
	for _, key := range []string{"user", "userId", "name", "id", "username", "player", "client", "clientId", "nick"} {
		for _, mark := range []string{"?", "&"} {
			if was := mark + key + "=" + keyText; strings.Contains(path, was) {
				return strings.Replace(path, was, mark+key+"="+[]string{"beta", "gamma"}[i-1], 1)
			}
		}
	}
	return path
}

// talk has everything said, by one client at a time: what two of them say at once
// comes in any order. The second one goes first and hangs up, which waits until the
// object has got there. Whoever comes after that is told, if anything is, what the
// object remembers. Then the first one says everything, and once more, the last
// thing first and with another name, so that what a message left behind shows in
// what follows it.
func (b *builder) talk(brief bool) {
	for way, s := range b.p.sockets {
		b.say(socketName(way, 1), s.messages, s.message)
		b.step(scenario.Step{Close: &scenario.Close{Socket: socketName(way, 1), Code: 1000}}, s.closed)
		late := s.open
		late.Socket = socketName(way, 2)
		late.Path = otherName(late.Path, 2)
		b.step(scenario.Step{Open: &late}, s.opened)
		b.say(socketName(way, 0), s.messages, s.message)
		if brief {
			continue
		}
		for _, m := range backwards(s.messages) {
			b.say(socketName(way, 0), []scenario.Send{otherMessage(m)}, s.message)
		}
	}
}

func (b *builder) say(socket string, messages []scenario.Send, entries []int) {
	for _, m := range messages {
		m.Socket = socket
		b.step(scenario.Step{Send: &m}, entries)
	}
}

// hangUp closes the first sockets, and reports whether there were any.
func (b *builder) hangUp() bool {
	for way, s := range b.p.sockets {
		for _, i := range []int{0, 2} {
			b.step(scenario.Step{Close: &scenario.Close{Socket: socketName(way, i), Code: 1000}}, s.closed)
		}
	}
	return len(b.p.sockets) > 0
}

func (b *builder) bursts(writers []sending, together bool) {
	if !together {
		for _, w := range writers {
			b.step(scenario.Step{Burst: &scenario.Burst{Count: BurstSize, HTTP: w.http, RPC: w.rpc}}, w.entries)
		}
		return
	}
	const each = BurstSize / 2 // two of each writer
	for len(writers) > 0 {
		some := writers[:min(each, len(writers))]
		writers = writers[len(some):]
		burst := &scenario.Burst{}
		var entries []int
		for range 2 {
			for _, w := range some {
				burst.Each = append(burst.Each, scenario.Request{HTTP: w.http, RPC: w.rpc})
				entries = append(entries, w.entries...)
			}
		}
		b.step(scenario.Step{Burst: burst}, entries)
	}
}

func (b *builder) advance(ms int64) {
	b.step(scenario.Step{Advance: &scenario.Advance{MS: ms}}, b.p.alarms)
}

const (
	minuteMS = 60_000
	dayMS    = 24 * 60 * minuteMS
)

// delay is how far the clock must move so that alarms fall due: a minute more
// than the longest delay in the code, and a day where one is not known. 0 is
// without an alarm.
func (p *planner) delay() int64 {
	longest, open := int64(0), len(p.alarms) > 0
	for f := range p.w.m.AllFuncs() {
		for _, op := range f.Ops {
			if c := p.w.m.Owner(f); op.Kind == model.OpCall && op.Method == "schedule" && c != nil && c.Framework != "" {
				open = true
			}
			if op.Kind != model.OpStorage || op.Method != "setAlarm" {
				continue
			}
			ms, ok := p.ahead(model.Argument(op.Node, 0), 0)
			if !ok {
				open = true
				continue
			}
			longest = max(longest, ms)
		}
	}
	if longest > 0 {
		return min(longest+minuteMS, scenario.MaxAdvanceMS)
	}
	if open {
		return dayMS
	}
	return 0
}

// ahead is how far after now a time is that an expression gives, in milliseconds.
func (p *planner) ahead(n syntax.Node, depth int) (int64, bool) {
	n = model.Unwrap(n)
	if depth > 6 {
		return 0, false
	}
	switch n.Kind() {
	case syntax.BinaryExpression:
		if n.Operator() != "+" {
			return 0, false
		}
		l, r := model.Unwrap(n.Child(syntax.FieldLeft)), model.Unwrap(n.Child(syntax.FieldRight))
		if !now(p.w.m, l) {
			l, r = r, l
		}
		if !now(p.w.m, l) {
			return 0, false
		}
		return p.span(r, depth)
	case syntax.Identifier:
		if b := p.w.m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && !b.Each {
			return p.ahead(b.Init, depth+1)
		}
	case syntax.CallExpression:
		if now(p.w.m, n) {
			return 0, true
		}
		longest, ok := int64(0), false
		if object, _ := model.Callee(n); object.Text() == "Math" {
			for a := range n.Child(syntax.FieldArguments).NamedChildren() {
				if ms, fine := p.ahead(a, depth+1); fine {
					longest, ok = max(longest, ms), true
				}
			}
		}
		return longest, ok
	}
	return 0, false
}

// span is a number of milliseconds: a constant, the larger side of a choice, or
// what the callers of a helper pass.
func (p *planner) span(n syntax.Node, depth int) (int64, bool) {
	n = model.Unwrap(n)
	if f, ok := p.w.m.Number(n); ok && f >= 0 && f < float64(scenario.MaxAdvanceMS) {
		return int64(f), true
	}
	if n.Is(syntax.TernaryExpression) {
		a, ok1 := p.span(n.Child(syntax.FieldConsequence), depth+1)
		b, ok2 := p.span(n.Child(syntax.FieldAlternative), depth+1)
		return max(a, b), ok1 && ok2
	}
	b := p.w.m.Resolve(n)
	if b == nil || b.Param == nil || len(b.Path) > 0 || depth > 4 {
		return 0, false
	}
	longest, ok := int64(0), false
	for f := range p.w.m.AllFuncs() {
		for _, op := range f.Ops {
			if op.Kind != model.OpInvoke || op.Callee != b.Param || !op.Node.Is(syntax.CallExpression) {
				continue
			}
			if ms, fine := p.span(model.Argument(op.Node, b.Index), depth+1); fine {
				longest, ok = max(longest, ms), true
			}
		}
	}
	return longest, ok
}

// now reports Date.now(), or a variable that holds it.
func now(m *model.Module, n syntax.Node) bool {
	if b := m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 {
		n = model.Unwrap(b.Init)
	}
	return strings.Join(strings.Fields(n.Text()), "") == "Date.now()"
}
