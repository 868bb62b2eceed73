package concurrency

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
)

// selected reports that a query gives the columns which the UPDATE sets; it is true
// for other steps.
func selected(read, write model.Step) bool {
	set := setColumns(write.Op)
	if set == nil || read.Kind != model.OpSQL || read.SQL == nil {
		return true
	}
	for _, st := range read.SQL.Statements {
		from := slices.Index(st.Words, "FROM")
		for _, w := range st.Words[:max(from, 0)] {
			if w == "*" || slices.Contains(set, w) {
				return true
			}
		}
	}
	return false
}

// measured reports that what was read is measured by a condition of the write:
// if (count >= MAX) return.
func measured(m *model.Module, steps []model.Step, r, w int) bool {
	t := trace(m, carriers(m, steps[r], steps[w])...)
	for _, c := range conditions(steps, w) {
		clear(t.seen)
		op := model.Unwrap(c.expr).Operator()
		if strings.HasPrefix(op, "<") || strings.HasPrefix(op, ">") {
			if t.flow(c.expr, steps[w].Calls) == throughCode {
				return true
			}
		}
	}
	return false
}

// claimed reports a write of the same place between the read and the wait: what is
// free is taken before others come.
func claimed(m *model.Module, steps []model.Step, r, w int, gap wait, place string) bool {
	for i := r + 1; i < w && steps[i].Op != gap.step.Op; i++ {
		if !model.Reaches(steps[r], steps[i]) || !model.Reaches(steps[i], steps[w]) {
			continue
		}
		for _, t := range touches(m, steps[i].Op) {
			if t.Write && t.Place == place {
				return true
			}
		}
	}
	return false
}

// claimedFirst reports such a write under a condition that the read decides: a state
// that others respect, after which the rest may be written from what was read.
func claimedFirst(m *model.Module, steps []model.Step, r, w int, gap wait, place string) bool {
	t := trace(m, carriers(m, steps[r], steps[w])...)
	for i := r + 1; i < w && steps[i].Op != gap.step.Op; i++ {
		if !model.Reaches(steps[r], steps[i]) || !model.Reaches(steps[i], steps[w]) {
			continue
		}
		for _, acc := range touches(m, steps[i].Op) {
			if !acc.Write || acc.Place != place {
				continue
			}
			for _, c := range conditions(steps, i) {
				clear(t.seen)
				if c.demands() != present && t.flow(c.expr, steps[i].Calls) != noFlow {
					return true
				}
			}
		}
	}
	return false
}

// answersCache reports a read whose value, where it is there, is the answer:
// if (cached) return cached.
func answersCache(m *model.Module, steps []model.Step, r int) bool {
	sources := carriers(m, steps[r], model.Step{Op: steps[r].Op})
	for i := r + 1; i < len(steps); i++ {
		s := steps[i]
		if s.Kind == model.OpReturn && s.Within(model.Arm) != nil && trace(m, sources...).into(s, s.Value) == throughCode {
			return true
		}
	}
	return false
}
