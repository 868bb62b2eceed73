package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/wrangler"
)

var noLifecycle = &analysis.Gotcha{
	ID:       "cfg-no-lifecycle",
	Title:    "A class is bound but never created by a migration or an exports entry",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "A binding alone does not create a Durable Object class. The deploy fails with error 10061; " +
		"wrangler itself only warns, and says nothing when other classes have migrations.",
	Fix: "Add a migration at the end of the list, { \"tag\": \"…\", \"new_sqlite_classes\": [\"Room\"] }, or an exports entry where the file uses exports.",
	Fine: []string{
		"A binding with the script_name of another Worker: the class is created there.",
		"A configuration that only tests use: nothing is deployed from it.",
		"A class that came by an earlier rename or transfer.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: without any lifecycle the dry run warns, with migrations of other classes it is silent.",
		"developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/",
	},
	Check: checkNoLifecycle,
}

func checkNoLifecycle(p *analysis.Pass) {
	p.NotApplicable("The configuration binds no Durable Object class of this Worker.")
	for _, l := range levels(p.Config) {
		if l.scope.PagesOutput.Set {
			p.NotApplicable("This is a Pages project; its classes belong to another Worker.")
			return
		}
		for _, b := range own(&l.scope) {
			state := l.scope.Class(b.ClassName)
			at := place(b.ClassPos, b.Pos)
			switch {
			case state.Live:
				p.GuardConfig(state.CreatedAt, fmt.Sprintf("This entry creates %s.", b.ClassName))
			case state.RenamedTo != "":
				p.ReportConfig(analysis.Error, at, fmt.Sprintf("%s was renamed to %s on line %d, so no class of the old name exists.", b.ClassName, state.RenamedTo, state.RenamedAt.Line),
					fmt.Sprintf("Bind %q instead.", state.RenamedTo))
			case state.TransferredTo != "":
				p.ReportConfig(analysis.Error, at, fmt.Sprintf("%s went to the Worker %q and does not exist here any more.", b.ClassName, state.TransferredTo),
					fmt.Sprintf("Add \"script_name\": %q to the binding.", state.TransferredTo))
			case !state.Known && model.TestFile(p.Config.Path):
				p.ReportConfig(analysis.Info, at, unborn(&l.scope, b.ClassName)+" This is no problem if the file serves tests and is never deployed.", creation(&l.scope, b.ClassName))
			case !state.Known:
				p.ReportConfig(analysis.Error, at, unborn(&l.scope, b.ClassName), creation(&l.scope, b.ClassName))
			}
		}
	}
}

func unborn(s *wrangler.Scope, class string) string {
	if s.Lifecycle() == wrangler.None && !s.HasExports {
		return fmt.Sprintf("%s is bound, but the file has neither migrations nor exports, so the class is never created.", class)
	}
	return fmt.Sprintf("%s is bound, but no entry of %s creates it.", class, form(s))
}

// form is where an entry for a class belongs.
func form(s *wrangler.Scope) wrangler.Lifecycle {
	if s.Lifecycle() == wrangler.None && s.HasExports {
		return wrangler.Exports
	}
	return s.Lifecycle()
}

func creation(s *wrangler.Scope, class string) string {
	if form(s) == wrangler.Exports {
		return fmt.Sprintf("Add %q: { \"type\": \"durable-object\", \"storage\": \"sqlite\" } to exports.", class)
	}
	return fmt.Sprintf("Add { \"tag\": \"v%d\", \"new_sqlite_classes\": [%q] } at the end of migrations.", len(s.Migrations)+1, class)
}
