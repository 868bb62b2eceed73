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
			if step.Op != wrangler.OpDelete {
				continue
			}
			message := fmt.Sprintf("This destroys the storage of all objects of %s, for good. This is no problem if nothing of it is needed.", step.Class)
			sev := severityOfDeletion(p, step.Class)
			if step.Entry < len(l.scope.Migrations)-1 {
				sev, message = analysis.Info, fmt.Sprintf("This entry has destroyed the storage of all objects of %s wherever it was applied.", step.Class)
			}
			p.NotApplicable("Only entries of the past delete classes.")
			p.ReportConfig(sev, step.Pos, message, "")
		}
		for _, x := range l.scope.Exports {
			if x.State == "deleted" {
				p.ReportConfig(severityOfDeletion(p, x.Class), place(x.StatePos, x.Pos), fmt.Sprintf("This destroys the storage of all objects of %s, for good. This is no problem if nothing of it is needed.", x.Class), "")
			}
		}
		for _, step := range l.scope.History() {
			if step.Op == wrangler.OpRename {
				p.GuardConfig(step.Pos, fmt.Sprintf("The rename keeps the data of %s.", step.Class))
			}
		}
	}
}

// severityOfDeletion is advice when the code at hand has given up the class too.
func severityOfDeletion(p *analysis.Pass, class string) analysis.Severity {
	for _, m := range p.Modules {
		if names, _ := m.Exports(); names[class] {
			return analysis.Warning
		}
		if slices.ContainsFunc(m.Classes, func(c *model.Class) bool { return c.Name == class }) {
			return analysis.Warning
		}
	}
	if len(p.Modules) == 0 {
		return analysis.Warning
	}
	return analysis.Info
}
