package verify

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// noteOpenClauses says in the report which clauses of the spec the scaffold left
// open. Whether they are built since, nothing here can know but the scenario.
func (v *run) noteOpenClauses() {
	if v.opts.Project != nil {
		return
	}
	data, err := v.dir.Read(blueprint.FileName)
	if err != nil {
		return // not scaffolded, or by hand
	}
	bp, err := blueprint.Parse(data)
	if err != nil {
		v.note(fmt.Sprintf("%s cannot be read, so it is not known which clauses of the spec are open: %v", blueprint.FileName, err))
		return
	}
	open := bp.OpenClauses()
	if len(open) == 0 {
		return
	}
	texts := make([]string, 0, 6)
	for i, c := range open {
		if i == 5 {
			texts = append(texts, fmt.Sprintf("and %d more", len(open)-i))
			break
		}
		texts = append(texts, fmt.Sprintf("%q", c.Text))
	}
	v.note(fmt.Sprintf("The scaffold left %d of the spec's %d clauses open: %s. What the scenario does not ask for is not shown to be built.", len(open), len(bp.Clauses), strings.Join(texts, ", ")))
}
