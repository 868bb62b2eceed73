package alarms

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// isAlarm reports a call of one of the alarm methods of the storage.
func isAlarm(op *model.Op, method string) bool {
	return op.Kind == model.OpStorage && op.Method == method
}

// runs are the functions of a class that the platform or a caller starts, the
// constructor and the alarm handler among them.
func runs(c *model.Class) []*model.Func {
	out := c.Entries()
	for _, f := range c.Methods {
		if f.Kind == model.ArrowField && !f.Hidden && !f.Static {
			out = append(out, f)
		}
	}
	if c.Ctor != nil {
		out = append(out, c.Ctor)
	}
	return out
}

// handlers calls fn with the laid-out steps of each alarm handler that a class
// of the file defines itself.
func handlers(p *analysis.Pass, fn func(c *model.Class, f *model.Func, steps []model.Step)) {
	found := false
	for _, c := range p.Objects() {
		f := c.Member("alarm")
		if f == nil || c.Framework != "" {
			continue
		}
		found = true
		fn(c, f, p.Module.Expand(f))
	}
	if !found {
		p.NotApplicable("No class here has an alarm handler of its own.")
	}
}

// arming is one setAlarm as an entry point reaches it.
type arming struct {
	entry *model.Func
	steps []model.Step
	at    int
	// time is the argument; where a helper takes it as a parameter, what the
	// entry point passes.
	time syntax.Node
}

func (a arming) step() model.Step { return a.steps[a.at] }

// armings are the setAlarm calls of an entry point.
func armings(m *model.Module, f *model.Func) []arming {
	var out []arming
	steps := m.Expand(f)
	for i, s := range steps {
		if isAlarm(s.Op, "setAlarm") {
			out = append(out, arming{f, steps, i, passedTime(m, s)})
		}
	}
	return out
}

// passedTime follows a helper's parameter to the argument of the call.
func passedTime(m *model.Module, s model.Step) syntax.Node {
	n := model.Argument(s.Node, 0)
	f := s.Func
	for i := len(s.Calls) - 1; i >= 0; i-- {
		b := m.Resolve(model.Unwrap(n))
		if b == nil || b.Param != f || len(b.Path) > 0 || !s.Calls[i].Node.Is(syntax.CallExpression) {
			break
		}
		n, f = model.Argument(s.Calls[i].Node, b.Index), s.Calls[i].Func
	}
	return n
}

// delay is what is added to the present: the X of Date.now() + X, also within
// new Date(…) and behind a variable. present reports a time that is computed
// from the present at all.
func delay(m *model.Module, n syntax.Node, depth int) (added syntax.Node, present bool) {
	n = model.Unwrap(n)
	if depth > 8 {
		return syntax.Node{}, false
	}
	switch n.Kind() {
	case syntax.CallExpression:
		return syntax.Node{}, n.Child(syntax.FieldFunction).Text() == "Date.now"
	case syntax.NewExpression:
		if n.Child(syntax.FieldConstructor).Text() == "Date" {
			if arg := model.Argument(n, 0); arg.OK() {
				return delay(m, arg, depth+1)
			}
			return syntax.Node{}, true
		}
	case syntax.BinaryExpression:
		if n.Operator() != "+" {
			return syntax.Node{}, false
		}
		l, r := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
		if _, ok := delay(m, l, depth+1); ok {
			return r, true
		}
		if _, ok := delay(m, r, depth+1); ok {
			return l, true
		}
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Init.OK() && b.Param == nil && len(b.Path) == 0 && !b.Each {
			return delay(m, b.Init, depth+1)
		}
	}
	return syntax.Node{}, false
}

// inRun reports an earlier step of the same run that leads to the step at.
func inRun(steps []model.Step, at int, fits func(model.Step) bool) (model.Step, bool) {
	for _, s := range steps[:at] {
		if fits(s) && model.Reaches(s, steps[at]) {
			return s, true
		}
	}
	return model.Step{}, false
}

// outside reports a call of something that is not the object's own storage.
func outside(s model.Step) bool {
	return s.Kind == model.OpFetch || s.Kind == model.OpStub || s.Kind == model.OpEnv
}
