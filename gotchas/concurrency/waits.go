package concurrency

import (
	"regexp"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// wait is a gap between two steps in which other events may run.
type wait struct {
	step model.Step
	gate model.Gate
	// on is what is waited for.
	on syntax.Node
}

// opening finds the strongest wait between two steps; its gate is Neutral when
// there is none.
func opening(m *model.Module, steps []model.Step, from, to int) wait {
	var found wait
	for _, w := range waits(m, steps, from, to) {
		if w.gate > found.gate {
			found = w
		}
	}
	return found
}

// waits lists what opens the gate, surely or likely, between two steps.
func waits(m *model.Module, steps []model.Step, from, to int) []wait {
	var out []wait
	for i := from + 1; i < to; i++ {
		s := steps[i]
		if s.Kind != model.OpAwait || !model.Reaches(steps[from], s) || !model.Reaches(s, steps[to]) || leaves(s, steps[to]) {
			continue
		}
		// Waiting for a helper that holds the other step is no gap; nor is anything
		// that is waited for while no other event runs.
		if s.Operand != nil && runs(steps[to], s.Operand) || exclusive(s) {
			continue
		}
		// A helper's own awaits are laid out as steps of their own.
		if s.Operand != nil && s.Operand.Kind == model.OpInvoke && s.Operand.Callee != nil && len(s.Calls) < 6 {
			continue
		}
		if g := gate(m, s.Op); g >= model.MayOpen {
			out = append(out, wait{s, g, s.Node.NamedChild(0)})
		}
	}
	// promise.then(() => …): the callback runs when the promise is done.
	for i, c := range steps[to].Calls {
		if c.Mode != model.Later || runs(steps[from], c) {
			continue
		}
		if on, g := before(m, c); g >= model.MayOpen {
			out = append(out, wait{model.Step{Op: c, Calls: steps[to].Calls[:i], Chain: steps[to].Chain}, g, on})
		}
	}
	return out
}

// exclusive reports a step during which the object takes no other event.
func exclusive(s model.Step) bool {
	for _, p := range s.Chain {
		if p.Kind == model.Guard && p.Method != "transactionSync" {
			return true
		}
	}
	return false
}

// leaves reports a step in a callback that runs by itself, out of which the other
// step does not follow.
func leaves(s, other model.Step) bool {
	for _, c := range s.Calls {
		if c.Mode == model.Later && !runs(other, c) {
			return true
		}
	}
	return false
}

// before is what must be done before a callback runs, and what waiting for it does.
func before(m *model.Module, callback *model.Op) (syntax.Node, model.Gate) {
	call := callback.Node.Parent().Parent()
	recv, method := model.Callee(call)
	switch method {
	case "setTimeout", "setInterval", "addEventListener":
		return call, model.Opens
	case "then", "catch", "finally":
		strongest, on := model.Neutral, recv
		for _, op := range callback.Func.Ops {
			if op.Kind == model.OpAwait || op.Kind == model.OpInvoke && op.Mode == model.Later || !recv.Contains(op.Node) {
				continue
			}
			g := model.Neutral
			switch op.Kind {
			case model.OpFetch, model.OpStub, model.OpEnv, model.OpTimer, model.OpBody:
				g = model.Opens
			case model.OpInvoke:
				g, _ = m.FuncGate(op.Callee)
			}
			if g > strongest {
				strongest, on = g, op.Node
			}
		}
		return on, strongest
	}
	return recv, model.Neutral
}

// gate is what an await does, as far as it is known; of what the file does not
// show only that counts which by its name goes outside.
func gate(m *model.Module, op *model.Op) model.Gate {
	g, why := m.AwaitGate(op)
	if g != model.MayOpen {
		return g
	}
	for _, o := range op.Func.Ops { // env.DB.prepare(…).bind(…).run()
		if goesOut(o) && op.Node.Contains(o.Node) && !op.Node.Is(syntax.ForInStatement) {
			return model.Opens
		}
	}
	if op.Node.Is(syntax.ForInStatement) || why != nil && unseen(m, why) {
		return model.MayOpen
	}
	return model.Neutral
}

// unseen reports a call of something that the project does not show and that
// goes outside: by the name of the function, or as a method of what a package made.
func unseen(m *model.Module, op *model.Op) bool {
	if op.Kind != model.OpCall {
		return false
	}
	recv, method := model.Callee(op.Node)
	if outsideName.MatchString(method) {
		return true
	}
	root := recv
	for root.Is(syntax.MemberExpression) && !model.Unwrap(root.Child(syntax.FieldObject)).Is(syntax.This) {
		root = model.Unwrap(root.Child(syntax.FieldObject))
	}
	return madeByPackage(m, root, op)
}

// outsideName are the names of functions that go outside.
var outsideName = regexp.MustCompile(`(?i)^(fetch|send|post|request|upload|download|publish|notify|invoke|sleep|delay|wait|dispatch|deliver|push|charge|call|query)([A-Z_]|$)|(Request|Fetch|Mail|Email|Webhook|Notification|Message)$`)

// madeByPackage reports a variable or field that holds new X(…) of a package.
func madeByPackage(m *model.Module, n syntax.Node, op *model.Op) bool {
	var init syntax.Node
	switch {
	case n.Is(syntax.Identifier):
		if b := m.Resolve(n); b != nil {
			init = b.Init
		}
	case n.Is(syntax.MemberExpression):
		if c := m.Owner(op.Func); c != nil {
			if f := c.Field(n.Child(syntax.FieldProperty).Text()); f != nil {
				init = f.Init
			}
		}
	}
	init = model.Unwrap(init)
	if !init.Is(syntax.NewExpression) {
		return false
	}
	b := m.Resolve(init.Child(syntax.FieldConstructor))
	return b != nil && b.Module != nil && !strings.HasPrefix(b.Module.From, ".") && !strings.HasPrefix(b.Module.From, "node:")
}

// waited is what is waited for, as a reader of the reviewed file sees it.
func waited(m *model.Module, w wait) syntax.Node {
	if at := w.step.At(m); at != w.step.Node {
		return at
	}
	return w.on
}
