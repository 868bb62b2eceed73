package alarms

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmLongWork = &analysis.Gotcha{
	ID:       "alarm-long-work",
	Title:    "alarm() works through everything that is due in one run",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "alarm() is cut off after 15 minutes and then repeated from the start. A loop that waits for something outside in each round gets there when enough has piled up, and then never finishes.",
	Fix:      "Take a batch (LIMIT 100), mark what is done as you go, and set the alarm to Date.now() when there is more.",
	Fine: []string{
		"A LIMIT on the query.",
		"A loop on the object's own storage.",
		"Starting the calls together with Promise.all.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/platform/limits/ (wall time per invocation)"},
	Check:    checkLongWork,
}

func checkLongWork(p *analysis.Pass) {
	m := p.Module
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		seen := map[syntax.Node]bool{}
		for i, s := range steps {
			if s.Kind != model.OpAwait || s.Operand == nil || s.Detached || !outside(model.Step{Op: s.Operand}) {
				continue
			}
			loop := s.Within(model.Loop)
			if loop == nil || seen[loop.Node] {
				continue
			}
			seen[loop.Node] = true
			what := everything(m, steps, loop.Node)
			switch {
			case what == "":
			case what == "limited":
				p.Guard(loop.Node, "Each run works through a batch of bounded size.")
			default:
				say := p.Warn
				if inside, after := marks(m, steps, i, loop.Node, iterated(m, steps, loop.Node)); inside.Op == nil && after.Op == nil && what != "no end condition" {
					say = p.Advise // no queue that fills up, but a list that stays as it is
				}
				at := loop.Node
				if at.Tree() != m.Tree {
					at = s.At(m)
				}
				say(at, fmt.Sprintf("Each round awaits %s (line %d), and the loop runs over %s. This is not a problem if there are always few.",
					analysis.Short(s.Operand.Node), s.Operand.Node.Line(), what), "")
			}
		}
	})
}

// everything says over what an unbounded loop runs: a query or a list without
// a limit, or no end at all. It is "limited" for a bounded query and "" for
// what it does not know.
func everything(m *model.Module, steps []model.Step, loop syntax.Node) string {
	var seq syntax.Node
	switch loop.Kind() {
	case syntax.ForInStatement:
		seq = loop.Child(syntax.FieldRight)
	case syntax.WhileStatement, syntax.ForStatement: // while (rows.length > 0), i < rows.length
		seq = loop.Child(syntax.FieldCondition)
		if seq.Text() == "(true)" {
			return "no end condition"
		}
		if !strings.Contains(seq.Text(), ".length") && !strings.Contains(seq.Text(), ".size") {
			return ""
		}
	default:
		return ""
	}
	for _, s := range steps {
		if !m.DependsOn(seq, s.Node) {
			continue
		}
		switch {
		case s.Kind == model.OpSQL && s.SQL != nil && len(s.SQL.Statements) > 0:
			st := s.SQL.Statements[len(s.SQL.Statements)-1]
			if st.Limit {
				return "limited"
			}
			return fmt.Sprintf("all rows of the query on line %d", s.Node.Line())
		case s.Kind == model.OpStorage && s.Method == "list":
			if options := model.Argument(s.Node, 0); options.OK() && !unlimited(m, options) {
				return "limited"
			}
			return fmt.Sprintf("all keys that list() on line %d gives", s.Node.Line())
		}
	}
	return ""
}

// unlimited reports options of list() that are known and have no limit.
func unlimited(m *model.Module, options syntax.Node) bool {
	n := model.Unwrap(options)
	if b := m.Resolve(n); n.Is(syntax.Identifier) && b != nil {
		n = model.Unwrap(b.Init)
	}
	if !n.Is(syntax.Object) {
		return false
	}
	for o := range n.NamedChildren() {
		if o.Is(syntax.SpreadElement) || o.Child(syntax.FieldKey).Text() == "limit" || o.Text() == "limit" {
			return false
		}
	}
	return true
}
