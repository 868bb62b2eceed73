package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var memoizedRejection = &analysis.Gotcha{
	ID:       "memoized-rejection",
	Title:    "A promise that is kept for all requests can stay rejected",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "The first call starts the work and keeps its promise; when that fails, every later call gets the same failure, until the object happens to leave memory.",
	Fix:      "Clear the field when the work fails: this.ready = this.load().catch((error) => { this.ready = undefined; throw error; }).",
	Fine: []string{
		"A field that is cleared on failure.",
		"Work that only reads storage: when that fails the object is reset anyway.",
	},
	Evidence: []string{
		"How promises work; no public source of Cloudflare's names it.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No promise is kept for later requests.")
		for _, c := range p.Objects() {
			ops := p.Module.ClassOps(c)
			for _, op := range ops {
				if op.Kind != model.OpFieldWrite || op.Method != "??=" {
					continue
				}
				call := model.Unwrap(op.Value)
				if op.Value.Is(syntax.AwaitExpression) || !call.Is(syntax.CallExpression) {
					continue
				}
				if strings.Contains(op.Value.Text(), ".catch(") || cleared(ops, op) {
					p.Guard(op.Node, fmt.Sprintf("%s is cleared when the work fails.", op.Name))
					continue
				}
				f := p.Module.Eval(call.Child(syntax.FieldFunction)).Func
				if f == nil || !f.Async {
					continue
				}
				if gate, why := p.Module.FuncGate(f); gate == model.Opens {
					p.Warn(op.Node, fmt.Sprintf("%s keeps the promise of %s, which awaits %s; once that fails, every later request fails with it.", op.Name, f.Name, analysis.Short(why.Node)), "")
				}
			}
		}
	},
}

// cleared reports another write that empties the field.
func cleared(ops []*model.Op, kept *model.Op) bool {
	for _, op := range ops {
		if op != kept && op.Kind == model.OpFieldWrite && op.Name == kept.Name && op.Method == "=" {
			if text := model.Unwrap(op.Value).Text(); text == "undefined" || text == "null" {
				return true
			}
		}
	}
	return false
}
