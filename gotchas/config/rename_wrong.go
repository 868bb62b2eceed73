package config

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var renameWrong = &analysis.Gotcha{
	ID:       "cfg-rename-wrong",
	Title:    "A rename is written as a new class and a deleted one, which loses the data",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "A new class begins with no objects. The old objects keep their data under the old name until that is deleted, " +
		"and then it is gone: to users, everything is suddenly empty.",
	Fix: "Write one entry { \"tag\": \"…\", \"renamed_classes\": [{ \"from\": \"Old\", \"to\": \"New\" }] } in place of the two.",
	Fine: []string{
		"Deleting one class and creating an unrelated one.",
		"Replacing a key-value class by an SQLite one: a rename cannot change the backend.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/ (rename migrations)",
	},
	Check: checkRenameWrong,
}

func checkRenameWrong(p *analysis.Pass) {
	p.NotApplicable("No class is renamed, and none is deleted while another is created.")
	for _, l := range levels(p.Config) {
		steps := l.scope.History()
		for _, del := range steps {
			switch del.Op {
			case wrangler.OpRename:
				p.GuardConfig(del.Pos, fmt.Sprintf("%s keeps its objects under the name %s.", del.Class, del.To))
			case wrangler.OpDelete:
				p.NotApplicable("%s is deleted, and no class that could be its successor is created beside it.", del.Class)
				reportReplaced(p, steps, del)
			}
		}
		reportTombstones(p, &l.scope)
		reportOrphans(p, &l.scope)
	}
}

func reportReplaced(p *analysis.Pass, steps []wrangler.Step, del wrangler.Step) {
	deletes, creates, born := 0, 0, -1
	for _, s := range steps {
		if s.Op == wrangler.OpCreate && s.Class == del.Class && s.Entry <= del.Entry {
			born = s.Entry
		}
		if s.Entry == del.Entry && s.Op == wrangler.OpDelete {
			deletes++
		}
		if s.Entry == del.Entry && s.Op == wrangler.OpCreate {
			creates++
		}
	}
	for _, made := range steps {
		near := made.Entry - del.Entry
		if made.Op != wrangler.OpCreate || near < -1 || near > 1 || made.Class == del.Class || made.Entry <= born {
			continue // far apart, or there before or together with the deleted class
		}
		if del.Before.Backend != "" && made.Backend != del.Before.Backend {
			continue
		}
		fix := fmt.Sprintf("If nothing of this is deployed yet, write \"renamed_classes\": [{ \"from\": %q, \"to\": %q }] instead.", del.Class, made.Class)
		switch {
		case similar(del.Class, made.Class):
			sev := analysis.Error
			if near < 0 { // the two were there side by side, so that the data may have been moved in code
				sev = analysis.Warning
			}
			p.ReportConfig(sev, del.Pos, fmt.Sprintf("%s is deleted here and %s is created on line %d. If that is a rename, all data of %s is lost.", del.Class, made.Class, made.Pos.Line, del.Class), fix)
		case near == 0 && deletes == 1 && creates == 1:
			p.ReportConfig(analysis.Warning, del.Pos, fmt.Sprintf("One entry deletes %s and creates %s. If that is a rename, all data of %s is lost; it is no problem if the two have nothing to do with each other.", del.Class, made.Class, del.Class), fix)
		}
	}
}

// reportTombstones looks for a class that exports declares deleted beside a live one
// of a similar name.
func reportTombstones(p *analysis.Pass, s *wrangler.Scope) {
	for _, gone := range s.Exports {
		switch gone.State {
		case "renamed":
			p.GuardConfig(place(gone.StatePos, gone.Pos), fmt.Sprintf("%s keeps its objects under the name %s.", gone.Class, gone.RenamedTo))
		case "deleted":
			for _, made := range s.Exports {
				if made.Type == "durable-object" && (made.State == "" || made.State == "created") && similar(gone.Class, made.Class) {
					sev := analysis.Info
					if strings.Contains(gone.Class, made.Class) || strings.Contains(made.Class, gone.Class) {
						sev = analysis.Warning
					}
					p.ReportConfig(sev, place(gone.StatePos, gone.Pos), fmt.Sprintf("%s is deleted, and %s on line %d has a similar name. If it is the new name of the class, all data of %s is lost.", gone.Class, made.Class, made.Pos.Line, gone.Class),
						fmt.Sprintf("If it is, write \"state\": \"renamed\", \"renamed_to\": %q instead.", made.Class))
				}
			}
		}
	}
}

// reportOrphans looks for a class that was created, is nowhere bound or
// exported any more, and has a later sibling of a similar name.
func reportOrphans(p *analysis.Pass, s *wrangler.Scope) {
	main := entry(p)
	if main == nil || s.Lifecycle() != wrangler.Migrations {
		return
	}
	names, known := exported(main)
	if !known {
		return
	}
	bound := map[string]bool{}
	for _, b := range s.Bindings {
		bound[b.ClassName] = true
	}
	steps := s.History()
	for i, old := range steps {
		if old.Op != wrangler.OpCreate || !s.Class(old.Class).Live || bound[old.Class] || names[old.Class] {
			continue
		}
		for _, made := range steps[i+1:] {
			if made.Op == wrangler.OpCreate && made.Entry > old.Entry && made.Backend == old.Backend && bound[made.Class] && similar(old.Class, made.Class) {
				p.ReportConfig(analysis.Warning, made.Pos, fmt.Sprintf("%s, created on line %d, is neither bound nor exported any more. If it was renamed to %s, its data stays behind under the old name.", old.Class, old.Pos.Line, made.Class),
					fmt.Sprintf("If this entry is not deployed yet, write \"renamed_classes\": [{ \"from\": %q, \"to\": %q }] instead.", old.Class, made.Class))
			}
		}
	}
}
