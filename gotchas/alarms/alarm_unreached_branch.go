package alarms

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmUnreachedBranch = &analysis.Gotcha{
	ID:       "alarm-unreached-branch",
	Title:    "alarm() leaves the clean-up to a next run, for which it sets no alarm",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "An alarm fires once. A handler that only marks something as over, and has another branch that cleans up what is marked, comes to that branch only when there is a next alarm. " +
		"Without one the object's storage stays, and is paid for, for ever.",
	Fix: "Clean up in the same run, or set an alarm for it after marking.",
	Fine: []string{
		"An alarm that is set after marking, or before in the same run.",
		"A branch that requests lead to as well, when they set an alarm.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/ (an alarm runs once)"},
	Check:    checkUnreachedBranch,
}

func checkUnreachedBranch(p *analysis.Pass) {
	m := p.Module
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for i, s := range steps {
			arm := ending(steps, s)
			if !cleans(s) || arm == nil {
				continue
			}
			for w := i + 1; w < len(steps); w++ {
				if !marked(m, steps, arm.Cond, w) || model.Reaches(s, steps[w]) {
					continue
				}
				if set, ok := anotherRun(steps, w); ok {
					p.Guard(set.Node, fmt.Sprintf("There is a next run, which comes to the branch of line %d.", arm.Cond.Line()))
					continue
				}
				p.Warn(steps[w].At(p.Module), fmt.Sprintf("This is what the branch on line %d waits for, which cleans up (line %d); but no alarm is set, so alarm() does not run again. This is not a problem if a request sets one later.",
					arm.Cond.Line(), s.Node.Line()), "")
				return
			}
		}
	})
}

// ending is the arm of the handler that a step stands in and that returns from it.
func ending(steps []model.Step, s model.Step) *model.Path {
	for i, p := range s.Chain {
		if p.Kind != model.Arm || !p.Exits || !p.Cond.OK() || p.Arm != 0 {
			continue
		}
		for _, r := range steps {
			if r.Kind == model.OpReturn && len(r.Chain) > i && r.Chain[i] == p {
				return p.Path
			}
		}
	}
	return nil
}

// cleans reports a step that takes things out of storage.
func cleans(s model.Step) bool {
	switch s.Kind {
	case model.OpStorage, model.OpKV:
		return s.Method == "deleteAll" || s.Method == "delete"
	case model.OpSQL:
		return s.SQL != nil && len(s.SQL.Statements) > 0 && s.SQL.Statements[len(s.SQL.Statements)-1].Verb == "DELETE"
	}
	return false
}

// marked reports a write that makes the condition true: of the member or the key
// that it asks for.
func marked(m *model.Module, steps []model.Step, cond syntax.Node, w int) bool {
	s := steps[w]
	for n := range cond.Descendants() {
		if n.Is(syntax.UnaryExpression) && n.Operator() == "!" {
			continue
		}
		wanted, negated := comparedWith(n)
		if negated {
			continue
		}
		switch {
		case n.Is(syntax.MemberExpression):
			if setsMember(m, s, n.Child(syntax.FieldProperty).Text(), wanted) {
				return true
			}
		case n.Is(syntax.CallExpression):
			if _, method := model.Callee(n); method == "get" && s.Method == "put" && m.Key(model.Argument(n, 0)) == m.Key(model.Argument(s.Node, 0)) && truthy(model.Argument(s.Node, 1)) {
				return true
			}
		case n.Is(syntax.Identifier): // const done = await get("done"); if (done)
			if b := m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && s.Method == "put" {
				if _, method := model.Callee(model.Unwrap(b.Init)); method == "get" && m.Key(model.Argument(model.Unwrap(b.Init), 0)) == m.Key(model.Argument(s.Node, 0)) && s.Value.Is(syntax.True) {
					return true
				}
			}
		}
	}
	return false
}

// comparedWith is the text that a value is compared with, "" for a plain condition.
func comparedWith(n syntax.Node) (wanted string, negated bool) {
	p := n.Parent()
	for p.Is(syntax.ParenthesizedExpression, syntax.AwaitExpression, syntax.NonNullExpression) {
		n, p = p, p.Parent()
	}
	switch {
	case p.Is(syntax.Arguments):
		return "", true
	case p.Is(syntax.UnaryExpression):
		return "", p.Operator() == "!"
	case p.Is(syntax.BinaryExpression) && strings.HasPrefix(p.Operator(), "=="):
		return p.Child(syntax.FieldRight).Text(), false
	case p.Is(syntax.BinaryExpression) && p.Operator() != "&&" && p.Operator() != "||":
		return "", true
	}
	return "", false
}

// setsMember reports a write of a member: this.x.member = v, put(k, { …, member: v }),
// UPDATE … SET member = v.
func setsMember(m *model.Module, s model.Step, member, wanted string) bool {
	fits := func(v syntax.Node) bool {
		if wanted == "" {
			return truthy(v)
		}
		return v.Text() == wanted
	}
	switch s.Kind {
	case model.OpFieldWrite, model.OpFieldMutate:
		left := s.Node.Child(syntax.FieldLeft)
		return left.Child(syntax.FieldProperty).Text() == member && fits(s.Value)
	case model.OpStorage, model.OpKV:
		if s.Method != "put" {
			return false
		}
		value := model.Unwrap(model.Argument(s.Node, 1))
		for pair := range value.NamedChildren() {
			if pair.Is(syntax.Pair) && pair.Child(syntax.FieldKey).Text() == member && fits(pair.Child(syntax.FieldValue)) {
				return true
			}
		}
		return assignedBefore(m, s, value, member, fits)
	case model.OpSQL:
		if s.SQL == nil || len(s.SQL.Statements) == 0 {
			return false
		}
		w := s.SQL.Statements[len(s.SQL.Statements)-1].Words
		for i := 0; i+2 < len(w) && w[0] == "UPDATE"; i++ {
			if w[i] == strings.ToUpper(member) && w[i+1] == "=" && (i > 0 && (w[i-1] == "SET" || w[i-1] == ",")) {
				return wanted == "" && w[i+2] != "0" && w[i+2] != "NULL" || strings.Trim(wanted, `"'`) == strings.Trim(w[i+2], "'")
			}
		}
	}
	return false
}

// assignedBefore reports v.member = …; put(k, v).
func assignedBefore(m *model.Module, s model.Step, value syntax.Node, member string, fits func(syntax.Node) bool) bool {
	b := m.Resolve(value)
	if !value.Is(syntax.Identifier) || b == nil {
		return false
	}
	for _, use := range m.Uses(b) {
		access, assignment := use.Parent(), use.Parent().Parent()
		if access.Is(syntax.MemberExpression) && access.Child(syntax.FieldProperty).Text() == member && assignment.Is(syntax.AssignmentExpression) &&
			assignment.Child(syntax.FieldLeft) == access && fits(assignment.Child(syntax.FieldRight)) {
			return true
		}
	}
	return false
}

func truthy(v syntax.Node) bool {
	v = model.Unwrap(v)
	return v.Is(syntax.True) || v.Is(syntax.Number) && v.Text() != "0" || v.Text() == "Date.now()"
}

// anotherRun finds a setAlarm in the run of the step.
func anotherRun(steps []model.Step, at int) (model.Step, bool) {
	for i, s := range steps {
		if isAlarm(s.Op, "setAlarm") && (i < at && model.Reaches(s, steps[at]) || i > at && model.Reaches(steps[at], s)) {
			return s, true
		}
	}
	return model.Step{}, false
}
