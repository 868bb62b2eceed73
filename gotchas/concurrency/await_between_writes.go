package concurrency

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var awaitBetweenWrites = &analysis.Gotcha{
	ID:       "await-between-writes",
	Title:    "Two writes that belong together are parted by a wait for something outside",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Writes without a wait in between are committed together. A fetch, a stub call or a timer between them commits the first alone: other requests see the half, " +
		"and when the object stops or the call fails, the half is what stays.",
	Fix: "Do the outside work first and write both afterwards, in one put({ … }) or one transactionSync.",
	Fine: []string{
		"An await of storage between the writes.",
		"A first write that claims the work, and a second one that stores what the outside answered.",
		"Writes that mean something without each other.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/access-durable-objects-storage/ (writes without an await in between are one atomic submission)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No two writes of one event clearly belong together.")
		eachRun(p, func(steps []model.Step, pr pair) {
			first, second := steps[pr.first], steps[pr.second]
			if pr.how == copied || guardTransaction(p, first, second) || first.Within(model.Try) != nil {
				return // what is copied is taken away when the copy is safe
			}
			gap := opening(p.Module, steps, pr.first, pr.second)
			switch {
			case gap.gate < model.MayOpen:
				p.Guard(second.Node, fmt.Sprintf("Nothing outside is awaited between this write and the one on line %d that it belongs to.", first.Node.Line()))
			case gap.gate == model.Opens && !answers(p.Module, steps, pr):
				p.Warn(second.Node, fmt.Sprintf("This write and the one on line %d belong together (%s), but line %d awaits %s in between, so the first is committed alone.",
					first.Node.Line(), pr.how, gap.step.At(p.Module).Line(), analysis.Short(waited(p.Module, gap))), "")
			}
		})
	},
}

// answers reports a second write that cannot come before the wait: it stores
// what the outside answered, or happens only after a certain answer.
func answers(m *model.Module, steps []model.Step, pr pair) bool {
	var waits []syntax.Node
	for _, s := range steps[pr.first+1 : pr.second] {
		if s.Kind != model.OpAwait {
			continue
		}
		if g, _ := m.AwaitGate(s.Op); g >= model.MayOpen {
			waits = append(waits, s.Node)
			for _, c := range s.Calls {
				waits = append(waits, c.Node)
			}
		}
	}
	second := steps[pr.second]
	exprs := m.Conditions(steps, pr.second)
	for _, c := range second.Calls {
		exprs = append(exprs, c.Node.Child(syntax.FieldArguments))
	}
	for _, e := range append(exprs, rowParts(second)...) {
		if m.DependsOn(e, waits...) {
			return true
		}
	}
	return false
}
