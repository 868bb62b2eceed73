package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// race is a write that depends on a read of the same place, with a wait in
// between that may let other events run.
type race struct {
	place             string
	read, write, wait model.Step
	gate              model.Gate
	how               dependenceKind
}

// findRaces lists the races of one function, helpers laid out in place, over
// the places that in accepts.
func findRaces(m *model.Module, f *model.Func, in func(place string) bool) []race {
	var out []race
	steps := m.Expand(f)
	for w, write := range steps {
		if write.Guarded() != nil {
			continue
		}
		for _, acc := range m.Accesses(write.Op) {
			if !acc.Write || !in(acc.Place) {
				continue
			}
			r, ok := lastRead(m, steps, w, acc.Place)
			if !ok || steps[r].Guarded() != nil {
				continue
			}
			wait, gate := opening(m, steps, r, w)
			if gate < model.MayOpen {
				continue
			}
			how := dependence(m, steps, r, w)
			if how == onCondition && claimed(m, steps, r, wait, acc.Place) {
				continue
			}
			if how != independent {
				out = append(out, race{acc.Place, steps[r], write, wait, gate, how})
			}
		}
	}
	return out
}

// lastRead finds the nearest read of a place before a write that reaches it,
// with no write of the same place in between.
func lastRead(m *model.Module, steps []model.Step, w int, place string) (int, bool) {
	for i := w - 1; i >= 0; i-- {
		if !model.Reaches(steps[i], steps[w]) {
			continue
		}
		for _, a := range m.Accesses(steps[i].Op) {
			if a.Place == place && !a.Write {
				return i, true
			}
		}
	}
	return 0, false
}

// claimed reports a write of the same place between a read and the wait after
// it: what the read allowed is already taken when others come.
func claimed(m *model.Module, steps []model.Step, r int, wait model.Step, place string) bool {
	for i := r + 1; i < len(steps) && steps[i].Op != wait.Op; i++ {
		if !model.Reaches(steps[r], steps[i]) || !model.Reaches(steps[i], wait) {
			continue
		}
		for _, a := range m.Accesses(steps[i].Op) {
			if a.Write && a.Place == place {
				return true
			}
		}
	}
	return false
}

// opening finds the strongest wait between two steps.
func opening(m *model.Module, steps []model.Step, from, to int) (model.Step, model.Gate) {
	var wait model.Step
	gate := model.Neutral
	for i := from + 1; i < to; i++ {
		s := steps[i]
		if s.Kind != model.OpAwait || !model.Reaches(steps[from], s) || !model.Reaches(s, steps[to]) || s.Detached {
			continue
		}
		// Waiting for the read, or for a helper that holds both, is no gap.
		if s.Node.Contains(steps[from].Node) && s.Func == steps[from].Func || s.Operand != nil && calls(steps[to], s.Operand) {
			continue
		}
		g, _ := m.AwaitGate(s.Op)
		// A helper's own awaits are laid out as steps of their own.
		if s.Operand != nil && s.Operand.Kind == model.OpInvoke && s.Operand.Callee != nil && !reachedDepth(s) {
			continue
		}
		if g > gate {
			wait, gate = s, g
		}
	}
	return wait, gate
}

// waited is what an await waits for, as a reader of the file sees it.
func waited(m *model.Module, s model.Step) syntax.Node {
	if at := s.At(m); at != s.Node {
		return at
	}
	return s.Node.NamedChild(0)
}

func reachedDepth(s model.Step) bool { return len(s.Calls) >= 6 }

func calls(s model.Step, op *model.Op) bool {
	for _, c := range s.Calls {
		if c == op {
			return true
		}
	}
	return false
}

type dependenceKind uint8

const (
	independent dependenceKind = iota
	onCondition                // the write happens only if the read said so
	onValue                    // the written value is computed from the read one
)

// dependence says how a write depends on a read. Across helpers the call's
// result stands for what was read in it, and its arguments for what is written.
func dependence(m *model.Module, steps []model.Step, r, w int) dependenceKind {
	read, write := steps[r], steps[w]
	sources := []syntax.Node{read.Node}
	for i := len(read.Calls) - 1; i >= 0; i-- {
		c := read.Calls[i]
		if calls(write, c) || !handsBack(m, c.Callee, sources) {
			break
		}
		sources = append(sources, c.Node)
	}
	if left := write.Node.Child(syntax.FieldLeft); write.Node.Is(syntax.AugmentedAssignmentExpression) && left.Contains(read.Node) && arithmetic(write.Method) {
		return onValue // this.n += await …: the old value is read first
	}
	sinks := written(write)
	for i := len(write.Calls); ; i-- {
		for _, v := range sinks {
			if m.DependsOn(v, sources...) {
				return onValue
			}
		}
		if i == 0 || calls(read, write.Calls[i-1]) {
			break
		}
		sinks = handedIn(m, write.Calls[i-1], sinks)
	}
	for _, cond := range m.Conditions(steps, w) {
		if m.DependsOn(cond, sources...) && concerns(m, cond, write) {
			return onCondition
		}
	}
	return independent
}

// handedIn are the arguments of a call that the sinks in its function come from.
func handedIn(m *model.Module, call *model.Op, sinks []syntax.Node) []syntax.Node {
	var out []syntax.Node
	for _, v := range sinks {
		for _, i := range m.ParamsIn(v, call.Callee) {
			if arg := model.Argument(call.Node, i); arg.OK() {
				out = append(out, arg)
			}
		}
	}
	return out
}

// concerns reports a condition that can be about what is written: an UPDATE of
// other columns than the condition names does not act on it.
func concerns(m *model.Module, cond syntax.Node, write model.Step) bool {
	if write.Kind != model.OpSQL || write.SQL == nil || len(write.SQL.Statements) == 0 {
		return true
	}
	columns := setColumns(write.SQL.Statements[len(write.SQL.Statements)-1])
	if len(columns) == 0 {
		return true
	}
	text := flat(cond.Text())
	for n := range cond.Descendants() {
		if b := m.Resolve(n); b != nil && b.Init.OK() {
			text += flat(b.Init.Text())
		}
	}
	for _, c := range columns {
		if strings.Contains(text, flat(c)) {
			return true
		}
	}
	return false
}

// setColumns are the columns that an UPDATE sets.
func setColumns(st model.Statement) []string {
	if st.Verb != "UPDATE" {
		return nil
	}
	var out []string
	for i, w := range st.Words {
		if w == "WHERE" {
			break
		}
		if w == "=" && i > 0 {
			out = append(out, st.Words[i-1])
		}
	}
	return out
}

// flat makes last_seen and lastSeen the same.
func flat(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// handsBack reports a function whose result comes from one of the sources.
func handsBack(m *model.Module, f *model.Func, sources []syntax.Node) bool {
	if !f.Body.Is(syntax.StatementBlock) {
		return m.DependsOn(f.Body, sources...)
	}
	for _, op := range f.Ops {
		if op.Kind == model.OpReturn && (m.DependsOn(op.Value, sources...) || decidedBy(m, op, sources)) {
			return true
		}
	}
	return false
}

// decidedBy reports a return in a branch that one of the sources chooses.
func decidedBy(m *model.Module, op *model.Op, sources []syntax.Node) bool {
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind == model.Arm && p.Cond.OK() && m.DependsOn(p.Cond, sources...) {
			return true
		}
	}
	return false
}

// arithmetic tells += and its like from ??=, which assigns only what is missing.
func arithmetic(operator string) bool {
	return operator != "??=" && operator != "||=" && operator != "&&="
}

// written are the expressions whose values a step writes. Of a SQL statement
// only the parameters of SET and VALUES count: those of WHERE select rows.
func written(s model.Step) []syntax.Node {
	switch s.Kind {
	case model.OpSQL:
		if s.SQL == nil || len(s.SQL.Statements) == 0 {
			return nil
		}
		st := s.SQL.Statements[len(s.SQL.Statements)-1]
		var out []syntax.Node
		for i, clause := range st.Params {
			if clause == "set" || clause == "values" {
				out = append(out, model.Argument(s.Node, i+1))
			}
		}
		return out
	case model.OpStorage, model.OpKV:
		if arg := model.Unwrap(model.Argument(s.Node, 0)); arg.Is(syntax.Object) {
			return []syntax.Node{arg}
		}
		return []syntax.Node{model.Argument(s.Node, 1)}
	}
	return []syntax.Node{s.Value}
}

func describe(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "kv":
		return fmt.Sprintf("The stored value %q", name)
	case "sql":
		return fmt.Sprintf("The table %q", name)
	case "field":
		return fmt.Sprintf("The field %q", name)
	}
	return place
}
