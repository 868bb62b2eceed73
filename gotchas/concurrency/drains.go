package concurrency

import (
	"regexp"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// drain is a place that is read, handed to something outside, and then emptied:
// what was added while the outside was busy goes with it.
type drain struct {
	place       string
	read, clear model.Step
	wait        wait
	// adder is the step of another event that adds to the place.
	adder model.Step
	// handed reports that what was read is what goes outside; else the read only
	// decides whether anything is done.
	handed bool
}

// drains lists the places that an entry point empties too late.
func (o *object) drains(entry *model.Func, in func(place string) bool) []drain {
	var out []drain
	m, steps := o.m, o.m.Expand(entry)
	for w, s := range steps {
		if s.Detached {
			continue
		}
		for _, place := range emptied(m, steps, w) {
			if !in(place) {
				continue
			}
			if d, ok := o.drainAt(entry, steps, w, place); ok {
				out = append(out, d)
				break
			}
		}
	}
	return out
}

func (o *object) drainAt(entry *model.Func, steps []model.Step, w int, place string) (drain, bool) {
	m := o.m
	adder, ok := o.adder(entry, place)
	if !ok {
		return drain{}, false
	}
	for r := w - 1; r >= 0; r-- {
		if !reads(m, steps, r, w, place) || removes(steps[r]) {
			continue
		}
		gap := opening(m, steps, r, w)
		if gap.gate < model.MayOpen || swapped(m, steps, r, gap, place) {
			return drain{}, false
		}
		d := drain{place: place, read: steps[r], clear: steps[w], wait: gap, adder: adder}
		switch {
		case handed(m, steps, r, w):
			d.handed = true
			return d, true
		case gap.gate == model.Opens && steps[w].Method != "deleteAll" && asked(m, steps, r, w):
			return d, true
		}
	}
	return drain{}, false
}

// emptied are the places that a step leaves empty.
func emptied(m *model.Module, steps []model.Step, w int) []string {
	s := steps[w]
	var out []string
	for _, t := range touches(m, s.Op) {
		if t.Write && empties(s) && !oneOfMany(m, s, t.Place) {
			out = append(out, t.Place)
		}
	}
	if s.Kind == model.OpStorage && s.Method == "deleteAll" {
		for _, earlier := range steps[:w] {
			for _, t := range touches(m, earlier.Op) {
				if !t.Write && stored(t.Place) {
					out = append(out, t.Place)
				}
			}
		}
	}
	return out
}

// oneOfMany reports a key that is made from data: what it holds is one thing that
// is done with, not a list of them.
func oneOfMany(m *model.Module, s model.Step, place string) bool {
	_, constant := m.Text(model.Argument(s.Node, 0))
	return strings.HasPrefix(place, "kv:") && !constant
}

func empties(s model.Step) bool {
	switch s.Kind {
	case model.OpFieldWrite:
		return s.Method == "=" && emptyValue(s.Value)
	case model.OpFieldMutate:
		if s.Method == "clear" {
			return true
		}
		left := s.Node.Child(syntax.FieldLeft)
		return left.Child(syntax.FieldProperty).Text() == "length" && emptyValue(s.Value) ||
			s.Method == "splice" && model.Argument(s.Node, 0).Text() == "0" && !model.Argument(s.Node, 1).OK()
	case model.OpStorage, model.OpKV:
		return s.Method == "put" && emptyValue(s.Value) || s.Method == "delete"
	case model.OpSQL:
		if s.SQL == nil || len(s.SQL.Statements) != 1 {
			return false
		}
		return s.SQL.Statements[0].Verb == "DELETE" && !s.SQL.Statements[0].Where
	case model.OpORM:
		return s.Method == "delete" && !further(s.Node, "where").OK()
	}
	return false
}

// emptyValue reports [], {}, 0, "" and new Map() or new Set().
func emptyValue(n syntax.Node) bool {
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.Array, syntax.Object:
		return !n.NamedChild(0).OK()
	case syntax.Number:
		return n.Text() == "0"
	case syntax.NewExpression:
		made := n.Child(syntax.FieldConstructor).Text()
		return (made == "Map" || made == "Set") && !model.Argument(n, 0).OK()
	}
	return false
}

// adder is a step of an event that may come in between which adds to a place.
func (o *object) adder(entry *model.Func, place string) (model.Step, bool) {
	for _, key := range sorted(o.writers) {
		for _, w := range o.writers[key] {
			if w.entry == entry && alone(entry) || !addition(w.step.Op) {
				continue
			}
			for _, t := range touches(o.m, w.step.Op) {
				if t.Write && t.Place == place || place == "kv:*" && strings.HasPrefix(t.Place, "kv:") {
					return w.step, true
				}
			}
		}
	}
	return model.Step{}, false
}

// addition reports a write that leaves more than there was.
func addition(op *model.Op) bool {
	switch op.Kind {
	case model.OpFieldWrite:
		return op.Method == "+=" || op.Method == "++" || op.Method == "=" && grows(op.Value)
	case model.OpFieldMutate:
		switch op.Method {
		case "push", "add", "unshift", "++", "+=":
			return true
		case "set":
			return op.Node.Is(syntax.CallExpression)
		case "=": // this.counts[key] = …
			return op.Node.Child(syntax.FieldLeft).Is(syntax.SubscriptExpression)
		}
	case model.OpStorage, model.OpKV:
		return op.Method == "put" && !emptyValue(op.Value)
	case model.OpSQL:
		return op.SQL != nil && len(op.SQL.Statements) > 0 && op.SQL.Statements[len(op.SQL.Statements)-1].Verb == "INSERT"
	case model.OpORM:
		return op.Method == "insert"
	}
	return false
}

// grows reports [...list, x] and n + 1.
func grows(value syntax.Node) bool {
	v := model.Unwrap(value)
	switch v.Kind() {
	case syntax.Array:
		return v.FirstOf(syntax.SpreadElement).OK() && v.NamedChild(1).OK()
	case syntax.BinaryExpression:
		return v.Operator() == "+"
	}
	return false
}

// swapped reports that the place is written between the read and the wait: a new
// list is put in place of the one that is sent.
func swapped(m *model.Module, steps []model.Step, r int, gap wait, place string) bool {
	for i := r + 1; i < len(steps) && steps[i].Op != gap.step.Op; i++ {
		for _, t := range touches(m, steps[i].Op) {
			if t.Write && t.Place == place && model.Reaches(steps[r], steps[i]) {
				return true
			}
		}
	}
	return false
}

// handed reports that what was read is given to a call that is waited for before
// the place is emptied, or is what a loop around such a call runs over.
func handed(m *model.Module, steps []model.Step, r, w int) bool {
	t := trace(m, carriers(m, steps[r], steps[w])...)
	for _, gap := range waits(m, steps, r, w) {
		s := gap.step
		exprs := []syntax.Node{s.Node}
		for i := r + 1; i < w; i++ {
			if steps[i].Op == s.Op {
				break
			}
			// const sending = fetch(url, { body }); … await sending
			if goesOut(steps[i].Op) && !s.Node.Contains(steps[i].Node) {
				exprs = append(exprs, steps[i].Node)
			}
		}
		for _, p := range s.Chain {
			if p.Kind == model.Loop {
				exprs = append(exprs, p.Node.Child(syntax.FieldRight), p.Node.Child(syntax.FieldCondition), p.Node.Child(syntax.FieldFunction))
			}
		}
		if t.into(s, exprs...) != noFlow {
			return true
		}
	}
	return false
}

func goesOut(op *model.Op) bool {
	return op.Kind == model.OpFetch || op.Kind == model.OpStub || op.Kind == model.OpEnv
}

// asked reports that the read, of how many there are, decides whether the place
// is emptied.
func asked(m *model.Module, steps []model.Step, r, w int) bool {
	t := trace(m, carriers(m, steps[r], steps[w])...)
	for _, c := range conditions(steps, w) {
		clear(t.seen)
		if amount.MatchString(c.expr.Text()) && t.flow(c.expr, steps[w].Calls) == throughCode {
			return true
		}
	}
	return false
}

// amount are conditions on how many there are.
var amount = regexp.MustCompile(`\.(length|size)\b|(===?|!==?|>|<=?|>=) *\d`)
