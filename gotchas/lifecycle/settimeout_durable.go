package lifecycle

import (
	"fmt"
	"iter"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var setTimeoutDurable = &analysis.Gotcha{
	ID:       "settimeout-durable",
	Title:    "Work that must happen later hangs on a timer",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A timer lives in memory. It is gone after a deploy, a crash or an eviction, and then the work never happens and nobody is told. " +
		"Until then the pending timer keeps the object in memory, and billed.",
	Fix: "Store what is due and call ctx.storage.setAlarm(Date.now() + delay); do the work in alarm(). The alarm survives everything that ends the object's memory.",
	Fine: []string{
		"A delay of a few seconds inside one event: retry back-off, a timeout in Promise.race, a debounced broadcast that may be lost.",
		"A timer that is cleared in the function that sets it, that only backs up an alarm, or that ends the wait for an answer.",
		"An interval that only tidies what is in memory, which ends with it.",
		"Timers outside of Durable Object classes, and the word in comments and strings.",
	},
	Evidence: []string{
		"Measured on workerd: a pending setTimeout is lost on kill -9 and on abort, and an eviction waits for it; an alarm is delivered after a restart.",
		"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/",
	},
	Runbook: "Eviction used to clear timers. From compatibility date 2026-10-01 a pending timer holds the object in memory for up to 15 minutes instead; it still does not survive a deploy or a crash.",
	Check:   checkSetTimeout,
}

// longDelay is where a delay stops being part of one event. Back-off and
// timeouts that people write stay below it.
const longDelay = 10_000

func checkSetTimeout(p *analysis.Pass) {
	if model.TestFile(p.Module.Tree.Path) {
		p.NotApplicable("This is test code.")
		return
	}
	p.NotApplicable("Nothing is scheduled in this code.")
	p.Ops(func(c *model.Class, op *model.Op) {
		if op.Kind == model.OpStorage && op.Method == "setAlarm" {
			p.Guard(op.Node, "An alarm survives eviction, deploys and crashes.")
			return
		}
		if op.Kind != model.OpTimer {
			return
		}
		ms, known := p.Module.Number(delayOf(op))
		switch {
		case op.Method == "setInterval":
			what := work(p.Module, op)
			if what == "" || tidies(p.Module, op) {
				return
			}
			message := fmt.Sprintf("%s repeats %s from memory; after an eviction or a deploy it never runs again.", op.Method, what)
			if lasts(p.Module, op) {
				p.Error(op.Node, message, "")
			} else {
				p.Warn(op.Node, message+" This is no problem if it only concerns what ends with the memory, such as a connection.", "")
			}
		case debouncedWrite(p.Module, op):
			p.Warn(op.Node, "Each change puts this write off again, so under steady use it never happens, and an eviction, a deploy or a crash in between loses what clients were already told. This is no problem if that much may be lost.",
				"Write when the change is made; writes in one event are stored together, so there is nothing to save by waiting.")
		case known && ms < longDelay, timeoutOnly(op), cleared(op), backedUp(op):
		case known && clearedElsewhere(c, op) && work(p.Module, op) == "":
			p.Warn(op.Node, fmt.Sprintf("%s waits %s in memory, and keeps the object there. This is no problem if it only concerns what ends with the memory, such as a connection.", op.Method, span(ms)), "")
		case known:
			p.Error(op.Node, fmt.Sprintf("%s waits %s in memory; if the object is evicted or redeployed meanwhile, what should follow never happens.", op.Method, span(ms)), "")
		case work(p.Module, op) != "":
			p.Warn(op.Node, fmt.Sprintf("%s puts off %s by %s; if that is more than a few seconds, an eviction or a deploy loses it.", op.Method, work(p.Module, op), analysis.Short(delayOf(op))), "")
		case longByName.MatchString(delayOf(op).Text()):
			p.Warn(op.Node, fmt.Sprintf("%s waits %s in memory, which by its name is long; an eviction or a deploy meanwhile loses what should follow.", op.Method, analysis.Short(delayOf(op))), "")
		}
	})
}

// debouncedWrite reports a timer that stores something and that the function
// which sets it also clears, so that each call starts the wait anew.
func debouncedWrite(m *model.Module, op *model.Op) bool {
	if op.Method != "setTimeout" || op.Node.Parent().Is(syntax.VariableDeclarator) || !strings.Contains(op.Func.Body.Text(), "clearTimeout(") {
		return false
	}
	for s := range fired(m, op) {
		if writesState(s.Op) && !alsoAtOnce(op, s) {
			return true
		}
	}
	return false
}

// alsoAtOnce reports a write that the function which sets the timer sometimes makes
// itself, as when the last one is too long ago.
func alsoAtOnce(timer *model.Op, write model.Step) bool {
	for _, call := range append(write.Calls[:len(write.Calls):len(write.Calls)], write.Op) {
		for _, o := range timer.Func.Ops {
			if o.Kind == model.OpInvoke && o.Mode == model.Direct && o.Callee == call.Callee && call.Callee != nil {
				return true
			}
		}
	}
	return false
}

// longByName are names of spans that no event waits for.
var longByName = regexp.MustCompile(`(?i)minute|hour|day`)

func delayOf(op *model.Op) syntax.Node {
	if op.Method == "scheduler.wait" {
		return model.Argument(op.Node, 0)
	}
	return model.Argument(op.Node, 1)
}

func span(ms float64) string {
	switch s := ms / 1000; {
	case s >= 7200:
		return fmt.Sprintf("%.3g hours", s/3600)
	case s >= 120:
		return fmt.Sprintf("%.3g minutes", s/60)
	default:
		return fmt.Sprintf("%.3g seconds", s)
	}
}

// timeoutOnly reports a callback that only gives up on something: it rejects,
// aborts or resolves a race.
func timeoutOnly(op *model.Op) bool {
	if op.Method == "scheduler.wait" {
		return inRace(op.Node)
	}
	callback := model.Argument(op.Node, 0).Text()
	return strings.Contains(callback, "reject") || strings.Contains(callback, "abort") || strings.Contains(callback, "new Error(") || inRace(op.Node) || answersFirst(op)
}

// answersFirst reports a timer in a promise's executor that gives up waiting:
// what settles the promise in good time is handed out beside the timer.
func answersFirst(op *model.Op) bool {
	args := op.Func.Node.Parent()
	if !args.Parent().Is(syntax.NewExpression) || args.Parent().Child(syntax.FieldConstructor).Text() != "Promise" || len(op.Func.Params) == 0 {
		return false
	}
	resolve := op.Func.Params[0].Text()
	for n := range op.Func.Body.Descendants() {
		if n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) && n.Text() == resolve && !op.Node.Contains(n) {
			return true
		}
	}
	return false
}

func inRace(n syntax.Node) bool {
	for a := range n.Ancestors() {
		if a.Is(syntax.CallExpression) && strings.HasPrefix(a.Text(), "Promise.race(") {
			return true
		}
		if a.Is(syntax.MethodDefinition) {
			return false
		}
	}
	return false
}

// cleared reports a timer that the same function clears again.
func cleared(op *model.Op) bool {
	p := op.Node.Parent()
	if !p.Is(syntax.VariableDeclarator) {
		return false
	}
	name := p.Child(syntax.FieldName).Text()
	return strings.Contains(op.Func.Body.Text(), "clearTimeout("+name+")") || strings.Contains(op.Func.Body.Text(), "clearInterval("+name+")")
}

// clearedElsewhere reports a timer kept in a field that the class clears.
func clearedElsewhere(c *model.Class, op *model.Op) bool {
	kept := op.Node.Parent()
	if !kept.Is(syntax.AssignmentExpression) {
		return false
	}
	return strings.Contains(c.Node.Text(), "clearTimeout("+kept.Child(syntax.FieldLeft).Text()+")")
}

// backedUp reports a timer in a function that also sets the alarm.
func backedUp(op *model.Op) bool {
	for f := op.Func; f != nil; f = f.Outer {
		for _, o := range f.Ops {
			if o.Kind == model.OpStorage && o.Method == "setAlarm" {
				return true
			}
		}
	}
	return false
}

// fired are the steps of what a timer runs.
func fired(m *model.Module, op *model.Op) iter.Seq[model.Step] {
	return func(yield func(model.Step) bool) {
		for _, o := range op.Func.Ops {
			if o.Kind != model.OpInvoke || o.Mode != model.Later || o.Callee == nil || !op.Node.Contains(o.Node) {
				continue
			}
			for _, s := range m.Expand(o.Callee) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// lasts reports an interval that stores something or calls out.
func lasts(m *model.Module, op *model.Op) bool {
	for s := range fired(m, op) {
		switch s.Kind {
		case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM, model.OpStub, model.OpEnv, model.OpFetch:
			return true
		}
	}
	return false
}

// tidies reports an interval that touches the object's own memory alone, and tells
// nobody: it throws out what is stale, or counts for a log.
func tidies(m *model.Module, op *model.Op) bool {
	for s := range fired(m, op) {
		switch s.Kind {
		case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM, model.OpCtx, model.OpSocket, model.OpStub, model.OpEnv, model.OpFetch, model.OpNamespace:
			return false
		case model.OpCall: // of what the project does not show
			if object, method := model.Callee(s.Node); !quietCall(m, object, method) {
				return false
			}
		}
	}
	return true
}

// quietCall reports a call that stays within the memory: of the language's own
// collections and numbers, or of the console.
func quietCall(m *model.Module, object syntax.Node, method string) bool {
	switch text := object.Text(); text {
	case "console", "Math", "Date", "Object", "Array", "JSON", "Number", "performance":
		return true
	case "":
		return method == "clearInterval" || method == "clearTimeout" || method == "Number" || method == "String"
	}
	switch method {
	case "get", "has", "delete", "clear", "entries", "values", "keys", "push", "filter", "map", "forEach", "slice", "splice", "shift", "pop", "toFixed", "reduce", "sort", "join", "set", "add":
		return m.Eval(object).Kind != model.Instance
	}
	return false
}

// work names what a timer's callback does that matters: it stores, calls out,
// or runs a method that does.
func work(m *model.Module, op *model.Op) string {
	for _, o := range op.Func.Ops {
		if o.Kind != model.OpInvoke || o.Mode != model.Later || !op.Node.Contains(o.Node) || o.Callee == nil {
			continue
		}
		if o.Callee.Class != nil {
			return "this." + o.Callee.Name + "()"
		}
		for _, s := range m.Expand(o.Callee) {
			switch {
			case s.Kind == model.OpInvoke && s.Callee != nil && s.Callee.Class != nil && s.Callee.Name != "":
				return "this." + s.Callee.Name + "()"
			case writesState(s.Op), s.Kind == model.OpStorage && strings.HasPrefix(s.Method, "delete"):
				return "a write to storage"
			case s.Kind == model.OpFetch, s.Kind == model.OpStub, s.Kind == model.OpEnv:
				return "a call to the outside"
			}
		}
	}
	return ""
}
