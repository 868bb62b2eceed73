package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/wrangler"
)

// kvRefusedDate is since when new key-value namespaces are refused on accounts
// that have none.
const kvRefusedDate = "2026-07-09"

var kvBackend = &analysis.Gotcha{
	ID:       "cfg-kv-backend",
	Title:    "A class is created on the old key-value backend",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "new_classes and \"legacy-kv\" create a class without SQL, without point-in-time recovery and without the synchronous key-value API, and it can never be converted. " +
		"The Free plan has no such classes, and since 2026-07-09 accounts that have none cannot create any.",
	Fix: "Use new_sqlite_classes, or \"storage\": \"sqlite\". The asynchronous key-value API works there too.",
	Fine: []string{
		"A class that is already deployed with this backend. Leave its entry as it is: an edit has no effect, and there is no conversion.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/",
		"developers.cloudflare.com/changelog/ (2026-07-09: new key-value namespaces)",
	},
	Check: checkKVBackend,
}

func checkKVBackend(p *analysis.Pass) {
	p.NotApplicable("The configuration creates no Durable Object class.")
	for _, l := range levels(p.Config) {
		for _, step := range l.scope.History() {
			switch {
			case step.Op != wrangler.OpCreate:
			case step.Backend == wrangler.SQLite:
				p.GuardConfig(step.Pos, fmt.Sprintf("%s has the SQLite backend.", step.Class))
			default:
				reportKV(p, step.Pos, step.Class, latestName(&l.scope, step.Class), step.Entry == len(l.scope.Migrations)-1, "new_sqlite_classes")
			}
		}
		for _, x := range l.scope.Exports {
			if x.Storage == "legacy-kv" {
				reportKV(p, place(x.StoragePos, x.Pos), x.Class, x.Class, true, "\"storage\": \"sqlite\"")
			} else if x.Storage == "sqlite" {
				p.GuardConfig(place(x.StoragePos, x.Pos), fmt.Sprintf("%s has the SQLite backend.", x.Class))
			}
		}
	}
}

// latestName follows a class through its renames.
func latestName(s *wrangler.Scope, class string) string {
	for range len(s.Migrations) + 1 {
		to := s.Class(class).RenamedTo
		if to == "" {
			break
		}
		class = to
	}
	return class
}

// reportKV takes the name under which the class was created and the one that it has
// now.
func reportKV(p *analysis.Pass, at wrangler.Pos, class, now string, newest bool, instead string) {
	if op := needsSQLite(p, now); op != nil {
		p.ReportConfig(analysis.Error, at, fmt.Sprintf("%s is created on the key-value backend, but %s, line %d, needs SQLite.", class, op.Node.Tree().Path, op.Node.Line()),
			fmt.Sprintf("Create the class with %s. If it is already deployed, it cannot be converted: create a class of a new name and move the data.", instead))
		return
	}
	message := fmt.Sprintf("%s is created on the key-value backend.", class)
	if newest && p.Since(kvRefusedDate) {
		p.ReportConfig(analysis.Warning, at, message+" Accounts without such classes can no longer create one. This is no problem if the class is already deployed; then leave the entry as it is.", "Create it with "+instead+".")
		return
	}
	p.NotApplicable("The classes on the key-value backend use nothing that it lacks, and may be deployed already.")
	p.ReportConfig(analysis.Info, at, message+" If it is not deployed yet, "+instead+" gives it SQL and recovery; if it is, leave the entry as it is.", "")
}

// needsSQLite finds a use of SQL or of the synchronous key-value API in a class.
func needsSQLite(p *analysis.Pass, class string) *model.Op {
	for _, m := range p.Modules {
		for _, c := range m.Objects() {
			if c.Name != class {
				continue
			}
			for _, op := range m.ClassOps(c) {
				if op.Kind == model.OpKV || op.Kind == model.OpSQL {
					return op
				}
			}
		}
	}
	return nil
}
