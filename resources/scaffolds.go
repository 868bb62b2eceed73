package resources

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// scaffoldTable is a row for each pattern that the scaffold composes.
func scaffoldTable() string {
	var b strings.Builder
	b.WriteString("| kind | what it does | parameters | usual routes |\n|---|---|---|---|\n")
	for _, p := range blueprint.Patterns() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Kind, p.About, p.Parameters, quoted(p.Routes))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func quoted(routes []string) string {
	all := make([]string, len(routes))
	for i, r := range routes {
		all[i] = "`" + r + "`"
	}
	return strings.Join(all, ", ")
}
