package config

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/wrangler"
)

var exportsShape = &analysis.Gotcha{
	ID:       "cfg-exports-shape",
	Title:    "An exports entry lacks what its state needs",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why:      "wrangler and the deploy compare each entry with what is provisioned. An entry without storage, with an unknown type, with a rename that leads nowhere or with a container that is not its own is refused.",
	Fix:      "Write \"Room\": { \"type\": \"durable-object\", \"storage\": \"sqlite\" }; a tombstone has \"state\" and its destination in place of \"storage\".",
	Fine: []string{
		"Entries of type worker or workflow.",
		"Tombstones without storage.",
	},
	Evidence: []string{
		"Measured with wrangler 4.164.0: storage must be one of sqlite and legacy-kv, type one of durable-object, worker and workflow; a rename to the own name is refused, and so is one to a name with letters beyond ASCII.",
		"Measured with wrangler 4.164.0: a container of a class without a live entry, of no class, or of one with the key-value backend is refused.",
	},
	Check: checkExportsShape,
}

func checkExportsShape(p *analysis.Pass) {
	p.NotApplicable("The configuration has no exports.")
	problems(p, "exports")
	for _, l := range levels(p.Config) {
		for _, x := range l.scope.Exports {
			if message, fix := misshapen(&l.scope, x); message != "" {
				p.ReportConfig(analysis.Error, x.Pos, message, fix)
			} else if x.Type == "durable-object" {
				p.GuardConfig(x.Pos, "The entry has what its state needs.")
			}
		}
		checkContainers(p, &l.scope)
	}
}

// checkContainers compares containers with the entries that they belong to. An
// environment inherits exports and not containers; without any of its own wrangler
// does not compare.
func checkContainers(p *analysis.Pass, s *wrangler.Scope) {
	if s.Lifecycle() != wrangler.Exports || !s.HasContainers {
		return
	}
	named := map[string]bool{}
	for _, c := range s.Containers {
		named[c.Name] = true
	}
	claimed, live := map[string]bool{}, map[string]bool{}
	for _, x := range s.Exports {
		if x.Type != "durable-object" || !s.Class(x.Class).Live {
			continue
		}
		live[x.Class] = true
		switch {
		case x.Container == "":
		case x.Storage == "legacy-kv":
			p.ReportConfig(analysis.Error, x.Pos, fmt.Sprintf("%s has a container and the key-value backend; wrangler refuses the two together.", x.Class), "Give the container to a class with \"storage\": \"sqlite\".")
		case !named[x.Container]:
			p.ReportConfig(analysis.Error, x.Pos, fmt.Sprintf("%s names the container %q, and containers has none of that name.", x.Class, x.Container), "Give a container that \"name\", or correct it here.")
		}
		claimed[x.Container] = true
	}
	for _, c := range s.Containers {
		switch {
		case c.ClassName != "" && !live[c.ClassName]:
			p.ReportConfig(analysis.Error, c.Pos, fmt.Sprintf("The container belongs to %s, of which exports has no live entry; wrangler refuses that.", c.ClassName), "Name a class that exports declares, or take the container out.")
		case c.ClassName == "" && c.Name != "" && !claimed[c.Name]:
			p.ReportConfig(analysis.Error, c.Pos, fmt.Sprintf("No class has the container %q; wrangler refuses it.", c.Name), "Set its class_name, or \"container\" in the entry of its class in exports.")
		}
	}
}

func misshapen(s *wrangler.Scope, x wrangler.Export) (message, fix string) {
	switch x.Type {
	case "durable-object":
	case "worker", "workflow", "": // "" is reported as a wrong shape
		return "", ""
	default:
		return fmt.Sprintf("%s has the type %q; allowed are durable-object, worker and workflow.", x.Class, x.Type), ""
	}
	switch {
	case x.Storage != "" && x.Storage != "sqlite" && x.Storage != "legacy-kv":
		return fmt.Sprintf("%s has the storage %q; allowed are sqlite and legacy-kv.", x.Class, x.Storage), ""
	}
	switch x.State {
	case "", "created":
		if x.Storage == "" {
			return fmt.Sprintf("%s has no storage.", x.Class), "Add \"storage\": \"sqlite\"."
		}
	case "expecting-transfer":
		if x.TransferFrom == "" || x.Storage == "" {
			return fmt.Sprintf("%s expects a transfer and needs both storage and transfer_from.", x.Class), ""
		}
	case "renamed":
		switch {
		case x.RenamedTo == "":
			return fmt.Sprintf("%s is renamed, but there is no renamed_to.", x.Class), ""
		case x.RenamedTo == x.Class:
			return fmt.Sprintf("%s is renamed to its own name.", x.Class), ""
		case !wrangler.IsExportName(x.RenamedTo):
			return fmt.Sprintf("%s is renamed to %q; wrangler takes only the letters A to Z, digits, $ and _ there.", x.Class, x.RenamedTo), ""
		case !s.Class(x.RenamedTo).Known:
			return fmt.Sprintf("%s is renamed to %s, which has no entry of its own.", x.Class, x.RenamedTo), fmt.Sprintf("Add %q: { \"type\": \"durable-object\", \"storage\": … } with the backend of %s.", x.RenamedTo, x.Class)
		}
	case "transferred":
		if x.TransferredTo == "" {
			return fmt.Sprintf("%s is transferred, but there is no transferred_to.", x.Class), ""
		}
	case "deleted":
	default:
		return fmt.Sprintf("%s has the state %q; allowed are created, renamed, deleted, transferred and expecting-transfer.", x.Class, x.State), ""
	}
	return "", ""
}
