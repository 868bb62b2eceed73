package alarms

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmThrow = &analysis.Gotcha{
	ID:       "alarm-throw",
	Title:    "alarm() swallows a failure, and nothing tries again",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "The platform runs a failed alarm() again, up to six times, but only when it throws. A catch that ends the handler normally makes the failure final: " +
		"the work is not done and no further alarm is set.",
	Fix: "Let the error out for the platform's retries, or set the next alarm with a growing delay in the catch. After the sixth failure the platform gives up, so work that must happen needs the second.",
	Fine: []string{
		"A catch that rethrows, sets an alarm, or records the failure in storage.",
		"setAlarm after the try, in finally, or before it.",
		"Failures of single items while the rest stays queued.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/ (at-least-once, retries)"},
	Check:    checkAlarmThrow,
}

func checkAlarmThrow(p *analysis.Pass) {
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for _, try := range tries(steps) {
			i := awaitedWork(p.Module, steps, try)
			if i < 0 {
				continue
			}
			work := steps[i]
			if keeper, ok := secondChance(steps, i, try); ok {
				p.Guard(keeper, "After a failure there is another attempt, or a record of it.")
				continue
			}
			say := p.Warn
			if moreToDo(steps, i, try) {
				say = p.Advise // best effort, before what matters
			}
			at := try.Child(syntax.FieldHandler)
			if at.Tree() != p.Module.Tree {
				at = work.At(p.Module)
			}
			say(at, fmt.Sprintf("When %s on line %d fails, this catch ends alarm() as if it had worked, and no alarm follows. This is not a problem if the work may be lost.",
				analysis.Short(work.Node), work.Node.Line()), "")
		}
	})
}

// tries are the try statements with a catch that a run enters. Those of helpers
// whose answer the caller looks at are left out: it knows of the failure.
func tries(steps []model.Step) []syntax.Node {
	var out []syntax.Node
	for _, s := range steps {
		for _, place := range s.Chain {
			if place.Kind == model.Try && !slices.Contains(out, place.Node) && !tells(s, place.Node) {
				out = append(out, place.Node)
			}
		}
	}
	return out
}

// tells reports a try in a helper that gives the caller something on failure, and
// whose call's result is used.
func tells(s model.Step, try syntax.Node) bool {
	for i := len(s.Calls) - 1; i >= 0; i-- {
		call := s.Calls[i]
		if call.Callee == nil || !call.Callee.Node.Contains(try) {
			continue
		}
		n := call.Node
		for p := n.Parent(); p.Is(syntax.AwaitExpression, syntax.ParenthesizedExpression); p = n.Parent() {
			n = p
		}
		return !n.Parent().Is(syntax.ExpressionStatement)
	}
	return false
}

// moreToDo reports that the handler goes on to other work after a try.
func moreToDo(steps []model.Step, work int, try syntax.Node) bool {
	for _, s := range steps[work+1:] {
		stores := s.Kind == model.OpStorage && (s.Method == "put" || s.Method == "delete" || s.Method == "deleteAll") || s.Kind == model.OpSQL
		if !runsIn(s, try) && !try.Contains(s.Node) && (outside(s) || stores || (s.Kind == model.OpCall || s.Kind == model.OpInvoke) && s.Awaited) && model.Reaches(steps[work], s) {
			return true
		}
	}
	return false
}

// runsIn reports a step in a try's body, or in what the body calls.
func runsIn(s model.Step, try syntax.Node) bool {
	for _, place := range s.Chain {
		if place.Kind == model.Try && place.Node == try {
			return true
		}
	}
	return false
}

// awaitedWork is the first outside call that a try statement surrounds, or -1.
// An imported function that is awaited counts as one.
func awaitedWork(m *model.Module, steps []model.Step, try syntax.Node) int {
	for i, s := range steps {
		if s.Detached || !outside(s) && !awaitedImport(m, s) {
			continue
		}
		if inner := s.Within(model.Try); inner != nil && inner.Node == try {
			return i
		}
	}
	return -1
}

func awaitedImport(m *model.Module, s model.Step) bool {
	if s.Kind != model.OpCall || !s.Awaited {
		return false
	}
	b := m.Resolve(s.Node.Child(syntax.FieldFunction))
	if b == nil || b.Module == nil {
		return false
	}
	for a := range s.Node.Child(syntax.FieldArguments).NamedChildren() {
		if m.Eval(a).Is(model.ORM, model.SQL, model.Storage, model.Ctx) {
			return false // works on the object's own storage
		}
	}
	return true
}

// secondChance finds what makes up for a failure: outside of the try's body, an
// alarm that is set, an error that is thrown, or something that is stored.
func secondChance(steps []model.Step, work int, try syntax.Node) (syntax.Node, bool) {
	for i, s := range steps {
		inside := false
		inCatch := false
		for _, place := range s.Chain {
			inside = inside || place.Kind == model.Try && place.Node == try
			inCatch = inCatch || place.Kind == model.Catch && place.Node == try.Child(syntax.FieldHandler)
		}
		switch {
		case inside:
		case isAlarm(s.Op, "setAlarm") && (inCatch || i < work && model.Reaches(s, steps[work]) || i > work && (!ends(try) || finally(s, try)) && model.Reaches(steps[work], s)):
			return s.Node, true
		case inCatch && (s.Kind == model.OpThrow || s.Kind == model.OpSQL || s.Kind == model.OpORM || s.Kind == model.OpKV || s.Kind == model.OpStorage):
			return s.Node, true
		case inCatch && (s.Kind == model.OpFieldWrite || s.Kind == model.OpFieldMutate):
			return s.Node, true
		}
	}
	// failed = true, remembered for code after the try.
	for n := range try.Child(syntax.FieldHandler).Descendants() {
		if n.Is(syntax.AssignmentExpression, syntax.UpdateExpression, syntax.AugmentedAssignmentExpression, syntax.ContinueStatement) {
			return n, true
		}
	}
	return syntax.Node{}, false
}

// ends reports a catch that leaves the function, so that nothing behind the try runs.
func ends(try syntax.Node) bool {
	var last syntax.Node
	for n := range try.Child(syntax.FieldHandler).Child(syntax.FieldBody).NamedChildren() {
		last = n
	}
	return last.Is(syntax.ReturnStatement, syntax.ThrowStatement)
}

func finally(s model.Step, try syntax.Node) bool {
	f := try.Child(syntax.FieldFinalizer)
	if f.Contains(s.Node) {
		return true
	}
	for _, c := range s.Calls {
		if f.Contains(c.Node) {
			return true
		}
	}
	return false
}
