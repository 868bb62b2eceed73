package lifecycle

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var constructorSetAlarm = &analysis.Gotcha{
	ID:       "constructor-setalarm",
	Title:    "The constructor sets the alarm on every wake-up",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The constructor runs on each wake-up, the alarm's own included, so every one of them moves the alarm further away. " +
		"A busy object's alarm never fires, and a quiet one's fires twice.",
	Fix: "Set the alarm in the method that creates the work, or only when there is none: if ((await ctx.storage.getAlarm()) === null).",
	Fine: []string{
		"A setAlarm behind a check of getAlarm or of what is stored.",
		"One that sets the alarm to a time that is stored.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/alarms/",
	},
	Check: checkConstructorSetAlarm,
}

func checkConstructorSetAlarm(p *analysis.Pass) {
	p.NotApplicable("No constructor of this file sets an alarm.")
	for _, c := range p.Objects() {
		if c.Ctor == nil {
			continue
		}
		steps := p.Module.Expand(c.Ctor)
		for i, s := range steps {
			if s.Kind != model.OpStorage || s.Method != "setAlarm" || s.Detached && !followsOn(s) {
				continue
			}
			switch {
			case checked(p.Module, steps, i):
				p.Guard(s.Node, "It is set only when what is stored says so.")
			case setToStored(p.Module, steps, i), setToKept(p.Module, steps, i):
				p.Guard(s.Node, "It is set to the time that is stored.")
			default:
				p.Error(s.Node, "Every wake-up of "+c.Name+" sets the alarm anew.", "")
			}
		}
	}
}

// checked reports a step that runs only under a condition that reads storage.
func checked(m *model.Module, steps []model.Step, at int) bool {
	reads := readsBefore(steps, at)
	for _, cond := range m.Conditions(steps, at) {
		if m.DependsOn(cond, reads...) {
			return true
		}
	}
	return false
}

// readsBefore are the uses of storage before a step, and the calls that lead to them.
func readsBefore(steps []model.Step, at int) []syntax.Node {
	var reads []syntax.Node
	for _, s := range steps[:at] {
		if s.Kind == model.OpStorage || s.Kind == model.OpSQL || s.Kind == model.OpKV {
			reads = append(reads, s.Node)
			for _, c := range s.Calls {
				reads = append(reads, c.Node)
			}
		}
	}
	return reads
}

// setToStored reports an alarm that is set to a time out of storage, which is the
// same however often an object starts; a span that is counted from now is not.
func setToStored(m *model.Module, steps []model.Step, at int) bool {
	time := model.Argument(steps[at].Node, 0)
	fromNow := false
	for n := range time.Descendants() {
		defs := []syntax.Node{n}
		if b := m.Resolve(n); b != nil {
			defs = m.Definitions(b, n)
		}
		for _, d := range defs {
			fromNow = fromNow || strings.Contains(d.Text(), "Date")
		}
	}
	return !fromNow && m.DependsOn(time, readsBefore(steps, at)...)
}

// followsOn reports a step that runs later only as the continuation of a promise,
// and so on each start too.
func followsOn(s model.Step) bool {
	for _, call := range s.Calls {
		if call.Mode == model.Later && call.Method != "then" && call.Method != "finally" {
			return false
		}
	}
	return true
}

// setToKept reports an alarm that is set to a time which the object keeps in a field,
// and which its start has put there out of storage.
func setToKept(m *model.Module, steps []model.Step, at int) bool {
	time := model.Argument(steps[at].Node, 0)
	if b := m.Resolve(model.Unwrap(time)); b != nil && b.Init.OK() && len(b.Writes) == 0 {
		time = b.Init
	}
	if strings.Contains(time.Text(), "Date") {
		return false
	}
	for n := range time.Descendants() {
		if !n.Is(syntax.MemberExpression) || !n.Child(syntax.FieldObject).Is(syntax.This) {
			continue
		}
		kept := false
		for _, s := range steps[:at] {
			if s.Kind != model.OpFieldWrite || s.Name != n.Child(syntax.FieldProperty).Text() {
				continue
			}
			if strings.Contains(s.Value.Text(), "Date") {
				return false
			}
			kept = kept || m.DependsOn(s.Value, readsBefore(steps, at)...) || handedOn(m, s)
		}
		if kept {
			return true
		}
	}
	return false
}

// handedOn reports a write of what a callback of then is given by a read of storage:
// storage.get("jobs").then((jobs) => { this.jobs = jobs; }).
func handedOn(m *model.Module, write model.Step) bool {
	for f := write.Func; f != nil; f = f.Outer {
		object, method := model.Callee(f.Node.Parent().Parent())
		if method == "then" && len(m.ParamsIn(write.Value, f)) > 0 {
			read := model.Unwrap(object)
			recv, _ := model.Callee(read)
			return m.Eval(recv).Is(model.Storage, model.SyncKV)
		}
	}
	return false
}
