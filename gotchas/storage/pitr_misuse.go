package storage

import (
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var pitrMisuse = &analysis.Gotcha{
	ID:       "pitr-misuse",
	Title:    "A point-in-time recovery is asked for and does not happen",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "onNextSessionRestoreBookmark only notes where to go back to. The restore happens when the object starts anew, and until then this instance goes on with the data as it is, " +
		"perhaps for hours; what it writes meanwhile is then lost. The call returns the bookmark that undoes the restore, and nothing else knows it.",
	Fix: "Keep the returned bookmark outside the object, then call ctx.abort(), so that the next request finds the restored data.",
	Fine: []string{
		"ctx.abort() in the same method, or a throw out of blockConcurrencyWhile.",
		"getCurrentBookmark and getBookmarkForTime, which change nothing.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#point-in-time-recovery-api: 30 days, SQLite only, not in local development",
	},
	Check: checkPITR,
}

func checkPITR(p *analysis.Pass) {
	found := false
	for _, c := range p.Objects() {
		for _, f := range roots(p.Module, c) {
			steps := p.Module.Expand(f)
			for at, s := range steps {
				if s.Kind != model.OpStorage || s.Method != "onNextSessionRestoreBookmark" {
					continue
				}
				found = true
				if abort, ok := after(steps, at, func(s model.Step) bool { return s.Kind == model.OpCtx && s.Method == "abort" }); ok {
					p.Guard(abort.At(p.Module), "The instance ends here, so the next one starts with the restored data.")
					if outer(s.Node).Parent().Is(syntax.ExpressionStatement) {
						p.Advise(s.At(p.Module), "The bookmark that would undo the restore is thrown away.", "Return it or log it before ctx.abort().")
					}
					continue
				}
				p.Warn(s.At(p.Module), "Nothing restarts the object after this call, so the data stays as it is for now.", "")
			}
		}
	}
	if !found {
		p.NotApplicable("Nothing asks for a point-in-time recovery.")
	}
}
