package concurrency

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// condition is an expression that decides whether a step runs: it runs only
// where the expression's truth is holds.
type condition struct {
	expr  syntax.Node
	holds bool
}

// conditions are those of the arms that a step stands in, and of earlier arms
// that leave the function: if (taken) return.
func conditions(steps []model.Step, at int) []condition {
	var out []condition
	s := steps[at]
	for _, p := range s.Chain {
		if p.Kind == model.Arm && p.Cond.OK() && !p.Node.Is(syntax.SwitchStatement) {
			out = append(out, condition{p.Cond, taken(p.Path)})
		}
	}
	for _, e := range steps[:at] {
		if e.Kind != model.OpReturn && e.Kind != model.OpThrow || len(e.Chain) == 0 || e.Kind == model.OpReturn && !runsWithin(e, s) {
			continue
		}
		last := e.Chain[len(e.Chain)-1]
		if last.Kind == model.Arm && last.Exits && last.Cond.OK() && !last.Node.Is(syntax.SwitchStatement) && !model.Reaches(e, s) && branchesShared(e, s) {
			out = append(out, condition{last.Cond, !taken(last.Path)})
		}
	}
	return out
}

// runsWithin reports that s runs in the activation in which e returns.
func runsWithin(e, s model.Step) bool {
	return len(e.Calls) <= len(s.Calls) && slices.Equal(e.Calls, s.Calls[:len(e.Calls)])
}

// branchesShared reports that s stands in all branches in which e stands, but for
// the innermost: that one always decides about s.
func branchesShared(e, s model.Step) bool {
	for _, p := range e.Chain[:len(e.Chain)-1] {
		if p.Kind == model.Arm && !slices.Contains(s.Chain, p) {
			return false
		}
	}
	return true
}

// taken is the truth of its condition in an arm.
func taken(p *model.Path) bool {
	if p.Node.Is(syntax.BinaryExpression) { // a || b, a ?? b run b where a is false
		return p.Node.Operator() == "&&"
	}
	if p.Node.Is(syntax.AugmentedAssignmentExpression) {
		return p.Node.Operator() == "&&="
	}
	return p.Arm == 0
}

// demand is what a condition asks of a value.
type demand uint8

const (
	present  demand = iota // that it is there
	absent                 // that it is not there yet
	compared               // that it is below, equal to or otherwise like something
)

// demands says what must be true of the value for the step to run.
func (c condition) demands() demand { return demands(c.expr, c.holds) }

func demands(n syntax.Node, holds bool) demand {
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.UnaryExpression:
		if n.Operator() == "!" {
			return demands(n.Child(syntax.FieldArgument), !holds)
		}
	case syntax.BinaryExpression:
		l, r := n.Child(syntax.FieldLeft), model.Unwrap(n.Child(syntax.FieldRight))
		switch op := n.Operator(); op {
		case "&&", "||", "??":
			return max(demands(l, holds), demands(r, holds))
		case "==", "===", "!=", "!==":
			equal := holds == (op[0] == '=')
			switch {
			case strings.HasPrefix(l.Text(), "typeof "):
				return present
			case r.Is(syntax.Null, syntax.Undefined) || r.Text() == "undefined" || r.Text() == "0":
				if equal {
					return absent
				}
				return present
			}
			return compared
		case ">":
			if r.Text() == "0" {
				if holds {
					return present
				}
				return absent
			}
			return compared
		case "<", "<=", ">=":
			return compared
		}
	}
	if holds {
		return present
	}
	return absent
}
