package concurrency

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
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
			key, write := readModifyWrite(p.Module, op.Callee)
			if key == "" {
				continue
			}
			switch {
			case op.Mode == model.Parallel:
				p.Error(op.Node, fmt.Sprintf("Every element starts a read-modify-write of %q (written on line %d) before the first one has finished, so all but one change are lost.", key, write.Node.Line()), "")
			case op.Mode == model.Direct && startedTogether(op):
				p.Error(op.Node, fmt.Sprintf("%s reads and writes %q (line %d), and is started several times without waiting, so all but one change are lost.", op.Callee.Name, key, write.Node.Line()), "")
			case op.Mode == model.Direct && op.Awaited && op.Path.Within(model.Loop) != nil:
				p.Guard(op.Node, fmt.Sprintf("Each change of %q is waited for before the next one starts.", key))
			}
		}
	}
}

// readModifyWrite finds a constant key that a function reads asynchronously and
// writes from what it read.
func readModifyWrite(m *model.Module, f *model.Func) (key string, write model.Step) {
	steps := m.Expand(f)
	for w := range steps {
		s := steps[w]
		if s.Kind != model.OpStorage || s.Method != "put" || s.Guarded() != nil {
			continue
		}
		text, constant := m.Text(model.Argument(s.Node, 0))
		if !constant {
			continue
		}
		for r := w - 1; r >= 0; r-- {
			if steps[r].Kind == model.OpStorage && reads(m, steps, r, w, "kv:"+text) && depends(m, steps, r, w) == onValue {
				return text, s
			}
		}
	}
	return "", model.Step{}
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
