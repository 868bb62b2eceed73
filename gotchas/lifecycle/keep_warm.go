package lifecycle

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var keepWarm = &analysis.Gotcha{
	ID:       "keep-warm",
	Title:    "An object is called again and again only to stay in memory",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Each call is billed and keeps the object from hibernating, and it buys nothing that one can rely on: " +
		"a deploy, a move to another machine or a limit ends the object's memory all the same.",
	Fix: "Make the start cheap instead: read in the constructor only what every event needs, and the rest when it is asked for.",
	Fine: []string{
		"A cron or an alarm that has work to do.",
		"A health check that looks at the answer.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/ (what ends and what prevents hibernation)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("Nothing calls an object at regular times.")
		for _, c := range p.Objects() {
			emptyAlarm(p, c)
		}
		for _, f := range p.Module.Reviewed() {
			if f.Name == "scheduled" && p.Module.WorkerHandler(f) {
				scheduledPings(p, f)
			}
		}
		p.Ops(func(c *model.Class, op *model.Op) {
			if op.Kind == model.OpStub && pings(p.Module, op) && callsSelf(p.Module, op) {
				p.Warn(op.Node, fmt.Sprintf("%s calls itself here, and nobody uses the answer: that only keeps it in memory.", c.Name), "")
			}
		})
	},
}

// emptyAlarm reports an alarm that does nothing but set itself again.
func emptyAlarm(p *analysis.Pass, c *model.Class) {
	f := c.Member("alarm")
	if f == nil || f.Kind != model.Method || c.Framework != "" {
		return
	}
	var again *model.Op
	works := false
	for _, s := range p.Module.Expand(f) {
		switch {
		case s.Kind == model.OpStorage && s.Method == "setAlarm":
			again = s.Op
		case !idle(s.Op):
			works = true
		}
	}
	switch {
	case again == nil:
	case works:
		p.Guard(again.Node, "The alarm is set again for work that it does.")
	default:
		p.Warn(again.Node, "alarm() does nothing but set itself again, which keeps the object in memory or wakes it for nothing.", "")
	}
}

// idle reports an operation that is no work: reading the time or a setting,
// logging, waiting for the alarm to be set.
func idle(op *model.Op) bool {
	switch op.Kind {
	case model.OpAwait, model.OpReturn, model.OpFieldRead, model.OpGlobalRead, model.OpInvoke:
		return true
	case model.OpStorage:
		return op.Method == "getAlarm"
	case model.OpNew:
		return op.Method == "Date"
	case model.OpCall:
		object, _ := model.Callee(op.Node)
		text := object.Text()
		return text == "console" || text == "Date" || text == "Math" || strings.HasPrefix(text, "new Date(")
	}
	return false
}

// scheduledPings reports a cron's calls that carry no work.
func scheduledPings(p *analysis.Pass, f *model.Func) {
	for _, s := range p.Module.Expand(f) {
		switch {
		case s.Kind != model.OpStub:
		case pings(p.Module, s.Op):
			p.Warn(s.Node, fmt.Sprintf("The cron calls %s, and nobody uses the answer: that only keeps the object in memory. It is no problem if %s has work to do.", s.Method, s.Method), "")
		default:
			p.Guard(s.Node, "The cron calls the object for work or for its answer.")
		}
	}
}

var (
	pingName = regexp.MustCompile(`(?i)^(ping|noop|keep_?(alive|warm|awake)|stay_?(alive|warm|awake)|warm(_?up)?)$`)
	pingPath = regexp.MustCompile(`(?i)/(ping|noop|keep-?(alive|warm|awake)|stay-?(alive|warm|awake)|warm(-?up)?)/?$`)
)

// pings reports a call that by its name does nothing and whose answer nobody
// uses. When the file shows the method, it must do nothing indeed.
func pings(m *model.Module, op *model.Op) bool {
	if !dropped(op.Node) {
		return false
	}
	if op.Method == "fetch" {
		url, ok := m.Text(model.Argument(op.Node, 0))
		return ok && pingPath.MatchString(url)
	}
	if !pingName.MatchString(op.Method) {
		return false
	}
	for _, c := range m.Objects() {
		if f := c.Member(op.Method); f != nil {
			for _, s := range m.Expand(f) {
				if !idle(s.Op) {
					return false
				}
			}
		}
	}
	return true
}

// dropped reports a call whose result goes nowhere: a statement, awaited or
// not, or the argument of waitUntil.
func dropped(call syntax.Node) bool {
	up := call.Parent()
	if up.Is(syntax.AwaitExpression) {
		up = up.Parent()
	}
	if up.Is(syntax.Arguments) {
		return strings.HasSuffix(up.Parent().Child(syntax.FieldFunction).Text(), "waitUntil")
	}
	return up.Is(syntax.ExpressionStatement)
}

// callsSelf reports a stub made from the object's own id.
func callsSelf(m *model.Module, op *model.Op) bool {
	if !op.Recv.Node.OK() {
		return false
	}
	id := model.Unwrap(model.Argument(op.Recv.Node, 0))
	return id.Is(syntax.MemberExpression) && id.Child(syntax.FieldProperty).Text() == "id" && m.Eval(id.Child(syntax.FieldObject)).Kind == model.Ctx
}
