package concurrency

import (
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// reload is a field that every event loads from storage anew, so that an event
// that waits goes on with another object than it has changed.
type reload struct {
	field         string
	load, changed model.Step
	put           model.Step
	wait          wait
}

// reloads lists the fields whose changes an entry point loses when the next event
// loads the field while this one waits.
func (o *object) reloads(entry *model.Func) []reload {
	var out []reload
	m, steps := o.m, o.m.Expand(entry)
	for l, load := range steps {
		if load.Kind != model.OpFieldWrite || load.Method != "=" || load.Detached || exclusive(load) || load.Within(model.Arm) != nil || behindField(steps, l) {
			continue
		}
		key, ok := loadedFrom(m, steps, l)
		if !ok {
			continue
		}
		for w := l + 1; w < len(steps); w++ {
			put := steps[w]
			if put.Kind == model.OpFieldWrite && put.Name == load.Name && put.Within(model.Arm) == nil {
				break
			}
			if !writesField(m, put, key, load.Name) || !model.Reaches(load, put) {
				continue
			}
			if changed, gap, ok := changedBefore(m, steps, l, w); ok {
				out = append(out, reload{load.Name, load, changed, put, gap})
			}
		}
	}
	return out
}

// behindField reports a step that a field of the object decides about, such as
// if (this.loaded) return.
func behindField(steps []model.Step, at int) bool {
	for _, c := range conditions(steps, at) {
		if ofObject(c.expr) {
			return true
		}
	}
	return false
}

// loadedFrom is the stored place that a write to a field takes its value from.
func loadedFrom(m *model.Module, steps []model.Step, l int) (string, bool) {
	for r := l - 1; r >= 0; r-- {
		for _, t := range touches(m, steps[r].Op) {
			if !t.Write && stored(t.Place) && trace(m, carriers(m, steps[r], steps[l])...).into(steps[l], steps[l].Value) == throughCode {
				return t.Place, true
			}
		}
	}
	return "", false
}

// writesField reports a put of the whole field at the key.
func writesField(m *model.Module, s model.Step, key, field string) bool {
	for _, t := range touches(m, s.Op) {
		if t.Write && t.Place == key {
			v := model.Unwrap(s.Value)
			return v.Is(syntax.MemberExpression) && v.Child(syntax.FieldObject).Is(syntax.This) && v.Child(syntax.FieldProperty).Text() == field
		}
	}
	return false
}

// changedBefore finds a change of the loaded value that a wait parts from the
// put, or that is made on what was there before a wait: this.a.b = await ….
func changedBefore(m *model.Module, steps []model.Step, l, w int) (model.Step, wait, bool) {
	field := steps[l].Name
	for i := l + 1; i < w; i++ {
		s := steps[i]
		if s.Kind != model.OpFieldMutate || s.Name != field || !model.Reaches(s, steps[w]) {
			continue
		}
		for _, gap := range waits(m, steps, l, w) {
			if gap.gate == model.Opens && (s.Node.Contains(gap.step.Node) || precedes(steps, i, gap)) {
				return s, gap, true
			}
		}
	}
	return model.Step{}, wait{}, false
}

// precedes reports that the step at i comes before a wait.
func precedes(steps []model.Step, i int, gap wait) bool {
	for _, s := range steps[i+1:] {
		if s.Op == gap.step.Op {
			return true
		}
	}
	return false
}
