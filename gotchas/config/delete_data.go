package config

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/wrangler"
)

var deleteData = &analysis.Gotcha{
	ID:       "cfg-delete-data",
	Title:    "A class is deleted together with the storage of all its objects",
	Severity: analysis.Warning,
	Scope:    analysis.Config,
	Why:      "Deleting a class destroys the data of every object of it at once, in every environment that is deployed. There is no undo, no recovery point and no rollback.",
	Fix:      "Export what is still needed first. To keep the data under another name use renamed_classes, in another Worker transferred_classes (or the state \"renamed\" or \"transferred\" in exports).",
	Fine: []string{
		"A class whose data is not needed any more.",
		"An entry of the past, which has long been applied.",
		"A class that the reviewed code does not have any more: its deletion was meant.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/ (delete migrations)",
	},
	Runbook: "The runbook advises transferred_classes instead. That moves a class to another Worker; within one Worker renamed_classes keeps the data.",
	Check:   checkDeleteData,
}

func checkDeleteData(p *analysis.Pass) {
	p.NotApplicable("No class is deleted.")
	for _, l := range levels(p.Config) {
		for _, step := range l.scope.History() {
			switch {
			case step.Op == wrangler.OpRename:
				p.GuardConfig(step.Pos, fmt.Sprintf("The rename keeps the data of %s.", step.Class))
			case step.Op != wrangler.OpDelete:
			case step.Entry < len(l.scope.Migrations)-1:
				p.NotApplicable("Only entries of the past delete classes.")
				p.ReportConfig(analysis.Info, step.Pos, fmt.Sprintf("This entry has destroyed the storage of all objects of %s wherever it was applied.", step.Class), "")
			default:
				reportDeleted(p, &l.scope, step.Class, step.Pos)
			}
		}
		for _, x := range l.scope.Exports {
			if x.State == "deleted" {
				reportDeleted(p, &l.scope, x.Class, place(x.StatePos, x.Pos))
			}
		}
	}
}

// reportDeleted warns about a class that is still in use, or of which it cannot be
// told. One that the code and the bindings have dropped is deleted on purpose.
func reportDeleted(p *analysis.Pass, s *wrangler.Scope, class string, at wrangler.Pos) {
	used := false
	for _, b := range own(s) {
		used = used || b.ClassName == class
	}
	for _, m := range p.Modules {
		names, _ := m.Exports()
		used = used || names[class] || slices.ContainsFunc(m.Classes, func(c *model.Class) bool { return c.Name == class })
	}
	message := fmt.Sprintf("This destroys the storage of all objects of %s, for good.", class)
	switch {
	case used:
		p.ReportConfig(analysis.Warning, at, message+" The class is still in use here.", "")
	case len(p.Modules) == 0:
		p.ReportConfig(analysis.Warning, at, message+" This is no problem if nothing of it is needed.", "")
	default:
		p.NotApplicable("The deleted class is no longer used.")
		p.ReportConfig(analysis.Info, at, message+" Neither the code nor a binding uses the class any more; make sure that nothing of it is needed.", "")
	}
}
