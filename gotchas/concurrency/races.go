package concurrency

import (
	"slices"
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

// decided reports that what was read decides whether the write takes something.
func decided(m *model.Module, steps []model.Step, r, w int) bool {
	read, write := steps[r], steps[w]
	t := trace(m, carriers(m, read, write)...)
	for _, c := range conditions(steps, w) {
		clear(t.seen)
		if t.flow(c.expr, write.Calls) == throughCode && takes(m, c, read, write) {
			return true
		}
	}
	return false
}

// takesAway reports a write that removes something.
func takesAway(s model.Step) bool {
	if s.Kind == model.OpSQL && s.SQL != nil && len(s.SQL.Statements) > 0 {
		return s.SQL.Statements[len(s.SQL.Statements)-1].Verb == "DELETE"
	}
	return s.Method == "delete" || s.Method == "clear"
}

// stillHolds reports an UPDATE that asks again for what it changes: SET status = ?
// WHERE id = ? AND status = 'open'.
func stillHolds(s model.Step) bool {
	set := setColumns(s.Op)
	if set == nil {
		return false
	}
	w := s.SQL.Statements[len(s.SQL.Statements)-1].Words
	where := slices.Index(w, "WHERE")
	if where < 0 || !slices.Contains(w[where:], "AND") {
		return false
	}
	for i := where + 1; i+2 < len(w); i++ {
		switch w[i+1] {
		case "=", "IS", "IN", "NOT", "<", ">", "!":
			if slices.Contains(set, w[i]) || strings.HasPrefix(w[i+2], "'") || w[i+1] == "IS" {
				return true
			}
		}
	}
	return false
}

// takes reports a condition under which the write takes what was free: it asks
// that something is not there yet, or compares it, and it asks for what the write
// changes.
func takes(m *model.Module, c condition, read, write model.Step) bool {
	if c.demands() == present {
		return false
	}
	switch write.Kind {
	case model.OpFieldMutate:
		if left := write.Node.Child(syntax.FieldLeft); left.Is(syntax.MemberExpression) {
			return asksFor(m, c.expr, left.Child(syntax.FieldProperty).Text())
		}
		return sameElement(m, read, write)
	case model.OpSQL:
		set := setColumns(write.Op)
		if set == nil {
			return true
		}
		for _, column := range set {
			if asksFor(m, c.expr, column) || read.Kind == model.OpSQL && read.SQL != nil && mentions(read.SQL, column) {
				return true
			}
		}
		return false
	}
	return true
}

// namesMember reports a value that is computed from a member of a name, also through
// variables.
func namesMember(m *model.Module, value syntax.Node, name string, depth int) bool {
	for n := range value.Descendants() {
		if n.Is(syntax.PropertyIdentifier, syntax.PrivatePropertyIdentifier) && n.Text() == name {
			return true
		}
		if b := m.Resolve(n); n.Is(syntax.Identifier) && b != nil && !b.Global && depth < 4 {
			if len(b.Path) > 0 && b.Path[len(b.Path)-1] == name {
				return true
			}
			for _, def := range m.Definitions(b, n) {
				if namesMember(m, def, name, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// asksFor reports that a condition, or a function of the project that it calls,
// names a member. Columns are in upper case.
func asksFor(m *model.Module, cond syntax.Node, name string) bool {
	for n := range cond.Descendants() {
		switch {
		case n.Is(syntax.PropertyIdentifier, syntax.PrivatePropertyIdentifier, syntax.Identifier) && strings.EqualFold(n.Text(), name):
			return true
		case n.Is(syntax.CallExpression):
			f := m.Eval(n.Child(syntax.FieldFunction)).Func
			if f == nil {
				continue
			}
			for d := range f.Body.Descendants() {
				if d.Is(syntax.PropertyIdentifier) && strings.EqualFold(d.Text(), name) {
					return true
				}
			}
		}
	}
	return false
}

func mentions(q *model.Query, column string) bool {
	for _, st := range q.Statements {
		if slices.Contains(st.Words, column) {
			return true
		}
	}
	return false
}

// sameElement reports a question about the element of a Map, Set or list that the
// write adds, or about how many there are.
func sameElement(m *model.Module, read, write model.Step) bool {
	member := read.Node.Parent()
	call := member.Parent()
	if !member.Is(syntax.MemberExpression) {
		return true
	}
	switch member.Child(syntax.FieldProperty).Text() {
	case "has", "get", "includes", "indexOf":
		if call.Is(syntax.CallExpression) && write.Node.Is(syntax.CallExpression) {
			return sameValue(m, model.Argument(call, 0), read.Calls, model.Argument(write.Node, 0), write.Calls)
		}
	}
	return true
}

// sameValue reports two expressions of one run that are the same variable, also
// where a helper has it as a parameter, or the same text.
func sameValue(m *model.Module, a syntax.Node, aCalls []*model.Op, b syntax.Node, bCalls []*model.Op) bool {
	a, b = passed(m, a, aCalls), passed(m, b, bCalls)
	if x, y := m.Resolve(a), m.Resolve(b); a.Is(syntax.Identifier) && b.Is(syntax.Identifier) && x != nil && y != nil {
		return x == y
	}
	return a.Text() == b.Text()
}

// passed follows a helper's parameter to what the helper is called with.
func passed(m *model.Module, n syntax.Node, calls []*model.Op) syntax.Node {
	n = model.Unwrap(n)
	for i := len(calls) - 1; i >= 0; i-- {
		b := m.Resolve(n)
		if !n.Is(syntax.Identifier) || b == nil || b.Param != calls[i].Callee || len(b.Path) > 0 {
			continue
		}
		n = model.Unwrap(model.Argument(calls[i].Node, b.Index))
	}
	return n
}

// plain is a chain of members without what TypeScript adds to it.
func plain(n syntax.Node) string {
	if n.Is(syntax.MemberExpression) {
		return plain(model.Unwrap(n.Child(syntax.FieldObject))) + "." + n.Child(syntax.FieldProperty).Text()
	}
	return n.Text()
}

// removes reports the read of a list of which an element is taken out.
func removes(read model.Step) bool {
	member := read.Node.Parent()
	call := member.Parent()
	if read.Kind != model.OpFieldRead || !member.Is(syntax.MemberExpression) || !call.Is(syntax.CallExpression) {
		return false
	}
	switch member.Child(syntax.FieldProperty).Text() {
	case "shift", "pop", "splice", "delete":
		return true
	}
	return false
}

// appends reports a write that adds something and overwrites nothing.
func appends(s model.Step) bool {
	switch s.Kind {
	case model.OpSQL:
		st := s.SQL.Statements[len(s.SQL.Statements)-1]
		return st.Verb == "INSERT" && !st.Upsert
	case model.OpORM:
		return s.Method == "insert"
	case model.OpFieldMutate:
		return s.Method == "push" || s.Method == "add" || s.Method == "unshift"
	}
	return false
}

// numbers reports a value that is one more than something: a number that must not
// be given twice.
func numbers(values []syntax.Node) bool {
	for _, v := range values {
		for n := range v.Descendants() {
			if n.Is(syntax.BinaryExpression) && n.Operator() == "+" && n.Child(syntax.FieldRight).Text() == "1" {
				return true
			}
		}
	}
	return false
}

// arithmetic tells += and its like from ??=, which assigns only what is missing.
func arithmetic(operator string) bool {
	return operator != "??=" && operator != "||=" && operator != "&&="
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
