package alarms

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmIdempotency = &analysis.Gotcha{
	ID:       "alarm-idempotency",
	Title:    "alarm() does everything that is due and marks it as done only at the end",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Alarms run at least once. When one item fails, or the object stops half way, the handler runs again from the start, " +
		"and the items before it, which are not marked yet, go out a second time.",
	Fix: "Mark each item in its own round, right after its effect (DELETE … WHERE id = ?), and give the other side the item's id as an idempotency key, so that even the one in between does no harm.",
	Fine: []string{
		"Work on the object's own storage, which is committed together.",
		"An effect with an idempotency key, or one that may be repeated, such as a GET.",
		"An item that is deleted or marked in the round that handles it.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/ (guaranteed at-least-once execution)"},
	Check:    checkIdempotency,
}

func checkIdempotency(p *analysis.Pass) {
	m := p.Module
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		seen := map[syntax.Node]bool{}
		for i, s := range steps {
			if s.Kind != model.OpFetch && s.Kind != model.OpEnv && s.Kind != model.OpStub {
				continue
			}
			loop := s.Within(model.Loop)
			if s.Detached || loop == nil || seen[loop.Node] || !effect(s) {
				continue
			}
			over := iterated(m, steps, loop.Node)
			if len(over) == 0 {
				continue
			}
			seen[loop.Node] = true
			inside, after := marks(m, steps, i, loop.Node, over)
			switch {
			case inside.Op != nil:
				p.Guard(inside.Node, fmt.Sprintf("Each item is marked in the round in which line %d handles it.", s.Node.Line()))
			case after.Op != nil:
				p.Warn(s.At(m), fmt.Sprintf("The items are marked as done only on line %d, after the loop: when a later round fails, alarm() runs again and repeats this for all of them. This is not a problem if the other side recognises a repetition.", after.At(m).Line()), "")
			}
		}
	})
}

// effect reports an outside call that changes something there and that is not told
// how to recognise a repetition.
func effect(s model.Step) bool {
	if keyed.MatchString(s.Node.Text()) {
		return false
	}
	switch s.Kind {
	case model.OpFetch:
		return changesMethod.MatchString(s.Node.Text())
	case model.OpEnv:
		return effectName.MatchString(s.Method)
	case model.OpStub:
		return s.Method == "fetch" && changesMethod.MatchString(s.Node.Text()) || effectName.MatchString(s.Method)
	}
	return false
}

var (
	keyed         = regexp.MustCompile(`(?i)idempoten|dedup|nonce`)
	changesMethod = regexp.MustCompile(`method\W+(POST|PATCH)|method: *(POST|PATCH)`)
	effectName    = regexp.MustCompile(`^(send|publish|notify|deliver|charge|post|push|enqueue|dispatch|mail|email|transfer|pay|refund)([A-Z_]|$)`)
)

// items are what a loop runs over: a stored place, and the read that gives it.
type items struct {
	place string
	read  syntax.Node
}

// iterated are the stored items that a loop runs over.
func iterated(m *model.Module, steps []model.Step, loop syntax.Node) []items {
	over := loop.Child(syntax.FieldRight)
	if !over.OK() {
		over = loop.Child(syntax.FieldCondition)
	}
	var out []items
	for _, s := range steps {
		for _, acc := range m.Accesses(s.Op) {
			if !acc.Write && s.Kind != model.OpFieldRead && over.OK() && m.DependsOn(over, s.Node) {
				out = append(out, items{acc.Place, s.Node})
			}
		}
	}
	return out
}

// marks finds what removes or changes the iterated items: in the loop's round, or
// behind the loop.
func marks(m *model.Module, steps []model.Step, at int, loop syntax.Node, over []items) (inside, after model.Step) {
	for i, s := range steps {
		if !marksAny(m, s, over) {
			continue
		}
		in := false
		for _, p := range s.Chain {
			in = in || p.Kind == model.Loop && p.Node == loop
		}
		switch {
		case in && inside.Op == nil:
			inside = s
		case !in && i > at && model.Reaches(steps[at], s) && after.Op == nil:
			after = s
		}
	}
	return inside, after
}

// marksAny reports a write of the items: of their table, or of keys that come from
// the list.
func marksAny(m *model.Module, s model.Step, over []items) bool {
	for _, acc := range m.Accesses(s.Op) {
		for _, it := range over {
			switch {
			case !acc.Write:
			case acc.Place == it.place:
				return true
			case it.place == "kv:*" && (s.Kind == model.OpStorage || s.Kind == model.OpKV) && comesFrom(m, s, it.read):
				return true
			}
		}
	}
	return false
}

// comesFrom reports that a step's key, or what the helpers around it are called
// with, comes from a read.
func comesFrom(m *model.Module, s model.Step, read syntax.Node) bool {
	if m.DependsOn(model.Argument(s.Node, 0), read) {
		return true
	}
	for _, c := range s.Calls {
		if m.DependsOn(c.Node.Child(syntax.FieldArguments), read) {
			return true
		}
	}
	return false
}
