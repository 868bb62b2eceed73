package concurrency

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var raceSameEvent = &analysis.Gotcha{
	ID:       "race-same-event",
	Title:    "Several read-modify-writes of one key are started at once inside one event",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The input gate separates events, not branches of one event. When the same method starts several get-then-put sequences without waiting for each, " +
		"all of them read the old value before the first one writes, and all changes but one are lost.",
	Fix: "Run them one after the other (for … of with await), add up first and write once, or use synchronous SQL or ctx.storage.kv, whose read and write cannot be interleaved.",
	Fine: []string{
		"Each branch touches a key of its own.",
		"The branches only read, or only write.",
		"The read and the write are synchronous (SQL, storage.kv) with no await between them.",
	},
	Evidence: []string{
		"Measured on workerd: three increments by get and put, started with Promise.all in one event, leave 1.",
	},
	Check: checkRaceSameEvent,
}

func checkRaceSameEvent(p *analysis.Pass) {
	p.NotApplicable("No read-modify-write is started more than once in one event.")
	for _, c := range p.Objects() {
		for _, op := range p.Module.ClassOps(c) {
			if op.Kind != model.OpInvoke || op.Callee == nil {
				continue
			}
			each := op.Mode == model.Parallel || op.Mode == model.Direct && loopsUnawaited(p.Module, op)
			together := op.Mode == model.Direct && (startedTogether(op) || startedTwice(p.Module, op))
			inTurn := op.Mode == model.Direct && op.Awaited && op.Path.Within(model.Loop) != nil
			if !each && !together && !inTurn {
				continue
			}
			change, ok := readModifyWrite(p.Module, op.Callee)
			if !ok {
				continue
			}
			what := describeChange(change)
			switch {
			case each:
				p.Error(op.Node, fmt.Sprintf("Every element starts a read-modify-write of %s before the first one has finished, so all but one change are lost.", what), "")
			case together:
				p.Error(op.Node, fmt.Sprintf("%s reads and writes %s, and is started several times without waiting, so all but one change are lost.", op.Callee.Name, what), "")
			default:
				p.Guard(op.Node, fmt.Sprintf("Each change of %s is waited for before the next one starts.", what))
			}
		}
	}
}

// rewrite is a place that a function reads, and writes from what it read after
// something has been awaited.
type rewrite struct {
	place string
	write model.Step
}

func describeChange(c rewrite) string {
	_, name, _ := strings.Cut(c.place, ":")
	return fmt.Sprintf("%q (written on line %d)", name, c.write.Node.Line())
}

// readModifyWrite finds a place of which there is one, that a function changes in
// two steps: a key that is constant, or a field.
func readModifyWrite(m *model.Module, f *model.Func) (rewrite, bool) {
	steps := m.Expand(f)
	for w, s := range steps {
		if exclusive(s) {
			continue
		}
		for _, t := range touches(m, s.Op) {
			if !t.Write || !single(m, s, t.Place) {
				continue
			}
			for r := w - 1; r >= 0; r-- {
				if reads(m, steps, r, w, t.Place) && depends(m, steps, r, w) == onValue {
					if pauses(steps, r, w) {
						return rewrite{t.Place, s}, true
					}
					break
				}
			}
		}
	}
	return rewrite{}, false
}

// single reports a place that every run of the function shares.
func single(m *model.Module, s model.Step, place string) bool {
	switch s.Kind {
	case model.OpStorage, model.OpKV:
		_, constant := m.Text(model.Argument(s.Node, 0))
		return constant && s.Method == "put"
	case model.OpFieldWrite:
		return strings.HasPrefix(place, "field:")
	}
	return false
}

// pauses reports an await between two steps, that of the read itself included.
func pauses(steps []model.Step, r, w int) bool {
	for _, s := range steps[r+1 : w] {
		if s.Kind == model.OpAwait && model.Reaches(steps[r], s) && model.Reaches(s, steps[w]) {
			return true
		}
	}
	return false
}

// loopsUnawaited reports a call in a loop of which no round waits for it.
func loopsUnawaited(m *model.Module, op *model.Op) bool {
	loop := op.Path.Within(model.Loop)
	return loop != nil && !op.Awaited && !loop.Node.Is(syntax.CallExpression) && !returned(op) && !awaitedLater(m, op, loop.Node.End())
}

// startedTwice reports a call whose promise is not waited for before another call
// of the same function.
func startedTwice(m *model.Module, op *model.Op) bool {
	for _, other := range op.Func.Ops {
		if other == op || other.Kind != model.OpInvoke || other.Mode != model.Direct || other.Callee != op.Callee {
			continue
		}
		first, second := op, other
		if other.Node.Start() < op.Node.Start() {
			first, second = other, op
		}
		if !first.Awaited && !returned(first) && sameArm(first, second) && !awaitedLater(m, first, second.Node.Start()) {
			return true
		}
	}
	return false
}

// sameArm reports two operations of which the second runs whenever the first does.
func sameArm(first, second *model.Op) bool {
	for p := second.Path; p != nil; p = p.Up {
		if p == first.Path {
			return true
		}
	}
	return first.Path == nil
}

func returned(op *model.Op) bool {
	return op.Node.Parent().Is(syntax.ReturnStatement, syntax.ArrowFunction)
}

// awaitedLater reports an await, before an offset, of what a call was kept in.
func awaitedLater(m *model.Module, op *model.Op, before int) bool {
	for _, o := range op.Func.Ops {
		if o.Kind == model.OpAwait && o.Node.Start() > op.Node.Start() && o.Node.Start() < before && m.DependsOn(o.Node.NamedChild(0), op.Node) {
			return true
		}
	}
	return false
}

// startedTogether reports a call whose promise goes straight into Promise.all
// with another call of the same function.
func startedTogether(op *model.Op) bool {
	list := op.Node.Parent()
	all := list.Parent().Parent()
	if object, method := model.Callee(all); object.Text() != "Promise" || !slices.Contains([]string{"all", "allSettled", "any", "race"}, method) {
		return false
	}
	same := 0
	for sibling := range list.NamedChildren() {
		if _, method := model.Callee(sibling); method != "" && strings.HasSuffix(op.Callee.Name, method) {
			same++
		}
	}
	return same > 1
}
