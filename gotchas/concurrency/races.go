package concurrency

import (
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// race is a write that depends on a read of the same place, with a wait in
// between in which other events may run.
type race struct {
	place       string
	read, write model.Step
	wait        wait
	how         dependence
	// conditions decide whether the write happens.
	conditions []condition
}

// callNodes are the calls through which the wait is reached and the write is not.
func callNodes(r race) []syntax.Node {
	var out []syntax.Node
	for _, c := range r.wait.step.Calls {
		if !runs(r.write, c) {
			out = append(out, c.Node)
		}
	}
	return out
}

// dependence is how a write depends on a read.
type dependence uint8

const (
	independent dependence = iota
	onCondition            // it happens only if the read said so
	onAnswer               // it writes what something outside answered to the read value
	onValue                // it writes what is computed from the read value
)

// races lists the races of one entry point, helpers laid out in place, over the
// places that in accepts.
func (o *object) races(entry *model.Func, in func(place string) bool) []race {
	var out []race
	m, steps := o.m, o.m.Expand(entry)
	for w, write := range steps {
		for _, t := range touches(m, write.Op) {
			if !t.Write || !in(t.Place) || !o.contended(entry, write.Op, t.Place) {
				continue
			}
			if r, ok := o.raceAt(entry, steps, w, t.Place); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// raceAt looks from a write back to the last read that it depends on.
func (o *object) raceAt(entry *model.Func, steps []model.Step, w int, place string) (race, bool) {
	m, fresh := o.m, false
	for r := w - 1; r >= 0; r-- {
		if !reads(m, steps, r, w, place) {
			continue
		}
		how := depends(m, steps, r, w)
		if how == independent || fresh && (how != onCondition || !measured(m, steps, r, w)) {
			continue
		}
		gap := opening(m, steps, r, w)
		switch {
		case gap.gate < model.MayOpen && how == onValue && !decided(m, steps, r, w):
			fresh = true // it has been read again; what allowed the write may be old
			continue
		case gap.gate < model.MayOpen:
			return race{}, false // it has been asked again
		case how != onValue && claimed(m, steps, r, w, gap, place), how == onValue && claimedFirst(m, steps, r, w, gap, place):
			return race{}, false
		case how == onCondition && alone(entry):
			return race{}, false // nobody else asks and takes
		case how == onAnswer && (inserts(steps[w]) && steps[w].Kind == model.OpSQL || answersCache(m, steps, r) || !selected(steps[r], steps[w])):
			return race{}, false
		}
		return race{place, steps[r], steps[w], gap, how, conditions(steps, w)}, true
	}
	return race{}, false
}

// reads reports that a step reads a place, in a run that goes on to the write,
// other than to reach what the write itself changes: the this.items of
// this.items.push(x).
func reads(m *model.Module, steps []model.Step, r, w int, place string) bool {
	read, write := steps[r], steps[w]
	if !model.Reaches(read, write) || leaves(read, write) {
		return false
	}
	if write.Kind == model.OpFieldMutate && write.Node.Contains(read.Node) && !within(written(write), read.Node) {
		return false
	}
	for _, t := range touches(m, read.Op) {
		if t.Place == place && !t.Write {
			return true
		}
	}
	if key, ok := strings.CutPrefix(place, "kv:"); ok && (write.Kind == model.OpStorage || write.Kind == model.OpKV) {
		prefix, listed := prefixOf(m, read.Op)
		return listed && strings.HasPrefix(strings.TrimLeft(key, "`"), prefix)
	}
	return false
}

func within(exprs []syntax.Node, n syntax.Node) bool {
	for _, e := range exprs {
		if e.OK() && e.Contains(n) {
			return true
		}
	}
	return false
}

// depends says how a write depends on a read. Across helpers the call's result
// stands for what was read in it, and its arguments for what is written.
func depends(m *model.Module, steps []model.Step, r, w int) dependence {
	read, write := steps[r], steps[w]
	if left := write.Node.Child(syntax.FieldLeft); write.Node.Is(syntax.AugmentedAssignmentExpression) && left.Contains(read.Node) && arithmetic(write.Method) {
		return onValue // this.n += await …: the old value is read first
	}
	if removes(read) {
		return independent // whoever takes an element out has it alone
	}
	if takesAway(write) || stillHolds(write) {
		return independent // it is done with, or changed only where it is as expected
	}
	sources := carriers(m, read, write)
	t := trace(m, sources...)
	switch t.into(write, written(write)...) {
	case throughCode:
		if left := write.Node.Child(syntax.FieldLeft); write.Kind == model.OpFieldMutate && left.Is(syntax.MemberExpression) && !namesMember(m, write.Value, left.Child(syntax.FieldProperty).Text(), 0) {
			break // another member of the same thing
		}
		if !appends(write) || numbers(written(write)) {
			return onValue
		}
	case viaOutside:
		return onAnswer
	}
	if decided(m, steps, r, w) {
		return onCondition
	}
	return independent
}
