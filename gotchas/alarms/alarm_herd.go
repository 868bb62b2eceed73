package alarms

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmHerd = &analysis.Gotcha{
	ID:       "alarm-herd",
	Title:    "All objects set their alarms to the same moment of the clock",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why:      "When thousands of objects wake at midnight or at the full hour, all of them call the same service in the same second.",
	Fix:      "Add a random part to the time, for instance up to a tenth of the interval: next + Math.random() * interval / 10.",
	Fine:     []string{"Alarms counted from each object's own first use.", "Handlers that touch nothing outside.", "A handful of objects."},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/"},
	Check:    checkHerd,
}

func checkHerd(p *analysis.Pass) {
	m := p.Module
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		goesOut := false
		for _, s := range steps {
			goesOut = goesOut || outside(s)
		}
		if !goesOut {
			p.NotApplicable("alarm() touches nothing outside the object.")
			return
		}
		for _, entry := range runs(c) {
			for _, a := range armings(m, entry) {
				what := roundTime(m, a.time, 0)
				switch {
				case !what.OK():
				case spread(m, a.time, 0):
					p.Guard(a.step().Node, "The time has a part of its own for each object.")
				default:
					p.Advise(a.step().At(p.Module), fmt.Sprintf("%s is the same moment for every object, and alarm() calls something outside.", analysis.Short(what)), "")
				}
			}
		}
	})
}

var (
	clockSetter = regexp.MustCompile(`^set(UTC)?(Hours|Minutes)$`)
	ownPart     = regexp.MustCompile(`(?i)random|jitter|spread|hash|\bid\b`)
)

// roundTime is what makes a time a round one: a Date of which the hours or minutes
// are set, or a number that is rounded to a multiple. The zero Node for others.
func roundTime(m *model.Module, n syntax.Node, depth int) syntax.Node {
	if depth > 6 {
		return syntax.Node{}
	}
	for d := range n.Descendants() {
		switch {
		case d.Is(syntax.CallExpression):
			object, method := model.Callee(d)
			if clockSetter.MatchString(method) {
				return d
			}
			if object.Text() == "Math" && (method == "ceil" || method == "floor") && roundsUp(d) {
				return d
			}
		case d.Is(syntax.Identifier):
			b := m.Resolve(d)
			if b == nil || b.Global || b.Param != nil {
				continue
			}
			for _, use := range m.Uses(b) {
				if call := use.Parent().Parent(); use.Parent().Is(syntax.MemberExpression) && call.Is(syntax.CallExpression) && clockSetter.MatchString(use.Parent().Child(syntax.FieldProperty).Text()) {
					return call
				}
			}
			if b.Init.OK() {
				if what := roundTime(m, b.Init, depth+1); what.OK() {
					return what
				}
			}
		}
	}
	return syntax.Node{}
}

// roundsUp reports Math.ceil(x / n) * n.
func roundsUp(call syntax.Node) bool {
	inner := model.Unwrap(model.Argument(call, 0))
	outer := call.Parent()
	for outer.Is(syntax.ParenthesizedExpression, syntax.BinaryExpression) && outer.Operator() != "*" {
		outer = outer.Parent()
	}
	return inner.Is(syntax.BinaryExpression) && inner.Operator() == "/" && outer.Operator() == "*"
}

// spread reports a time with a part that differs from object to object.
func spread(m *model.Module, n syntax.Node, depth int) bool {
	if ownPart.MatchString(n.Text()) {
		return true
	}
	for d := range n.Descendants() {
		if b := m.Resolve(d); d.Is(syntax.Identifier) && b != nil && b.Init.OK() && !b.Global && depth < 4 && spread(m, b.Init, depth+1) {
			return true
		}
	}
	return false
}
