package lifecycle

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var waitUntilInDO = &analysis.Gotcha{
	ID:       "waituntil-in-do",
	Title:    "ctx.waitUntil is trusted to protect work in an object",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "In a Durable Object waitUntil does nothing before compatibility date 2026-10-01, and after it only delays idle eviction for up to 15 minutes. " +
		"A deploy or a crash ends the work all the same, and an error in it is only logged.",
	Fix: "Await the work, or store what must be delivered and let alarm() deliver it with retries. Writes to storage need neither: the output gate covers them.",
	Fine: []string{
		"waitUntil in the Worker's own handlers, where it is the right call.",
		"waitUntil(work.catch(…)) as a mark for work that may be lost.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/state/ (waitUntil has no effect in Durable Objects)",
		"Changelog of 2026-10-01: pending I/O keeps an idle object in memory for up to 15 minutes.",
	},
	Runbook: "The runbook's fifth rule says to use waitUntil for clean-up after the response. In an object it guarantees nothing; the alarm does.",
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object calls ctx.waitUntil.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind != model.OpCtx || op.Method != "waitUntil" {
				return
			}
			arg := model.Argument(op.Node, 0)
			switch {
			case p.Module.Eval(arg).Kind == model.Cursor:
				p.Warn(op.Node, "sql.exec is synchronous and gives a cursor, so there is nothing to wait for.", "Call it without waitUntil.")
			case strings.Contains(arg.Text(), ".catch("):
				p.Guard(op.Node, "The work handles its own failure and is marked as work that may be lost.")
			case !p.Since("2026-10-01"):
				p.Advise(op.Node, fmt.Sprintf("At compatibility date %s this does nothing in an object: %s is no safer than without it.", p.Date, analysis.Short(arg)), "")
			default:
				p.Advise(op.Node, fmt.Sprintf("This keeps the object in memory for up to 15 minutes while %s runs, but a deploy or a crash still ends it.", analysis.Short(arg)), "")
			}
		})
	},
}
