package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var constructorWritesOnProbe = &analysis.Gotcha{
	ID:       "constructor-writes-on-probe",
	Title:    "An object that was only asked for is stored",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "The constructor runs for every name that anybody asks for. When it creates tables or writes, the object stays, and is billed, " +
		"though nothing was ever put into it; with names out of requests strangers can make as many as they like.",
	Fix: "Check the name in the Worker before the object is addressed, or create the schema with the first write.",
	Fine: []string{
		"Names that the Worker checks, or that only signed-in users can choose.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/faq/ (an empty SQLite database takes about 12 KB)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No constructor of this file writes, or no object is named by a request.")
		named := namedByRequest(p)
		if named == nil {
			return
		}
		for _, c := range p.Objects() {
			if c.Ctor == nil {
				continue
			}
			for _, s := range p.Module.Expand(c.Ctor) {
				if s.Detached || !writesState(s.Op) && !creates(s.Op) {
					continue
				}
				p.Advise(s.At(p.Module), fmt.Sprintf("This makes every name that line %d is asked for last.", named.Node.Line()), "")
				break
			}
		}
	},
}

// namedByRequest is where the Worker's code gives an object a name out of a request.
func namedByRequest(p *analysis.Pass) *model.Op {
	return model.Memo(p.Modules[0], "lifecycle: named by request", func() *model.Op {
		for _, op := range p.Module.AllOps(model.OpNamespace) {
			if (op.Method == "getByName" || op.Method == "idFromName") && analysis.FromRequest(p.Module, model.Argument(op.Node, 0)) {
				return op
			}
		}
		return nil
	})
}

func creates(op *model.Op) bool {
	if op.Kind != model.OpSQL || op.SQL == nil {
		return false
	}
	for _, s := range op.SQL.Statements {
		if s.Verb == "CREATE" {
			return true
		}
	}
	return false
}
