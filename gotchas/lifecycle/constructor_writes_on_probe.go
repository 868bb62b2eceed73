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
		for _, c := range p.Objects() {
			if c.Ctor == nil {
				continue
			}
			for _, s := range p.Module.Expand(c.Ctor) {
				if s.Detached || !writesState(s.Op) && !creates(s.Op) {
					continue
				}
				checked, unchecked := namedByRequest(p, c)
				switch {
				case unchecked != nil:
					p.Advise(s.At(p.Module), fmt.Sprintf("%s takes the object's name from the request unchecked, and this stores something under every such name, even if nothing more ever happens to it.", place(p, unchecked)), "")
				case checked != nil:
					p.Guard(checked.Node, "The name is checked before the object is addressed.")
				}
				break
			}
		}
	},
}

// namedByRequest are the first places where the Worker's code gives objects of a
// class a name out of a request: one behind a check, and one without.
func namedByRequest(p *analysis.Pass, c *model.Class) (checked, unchecked *model.Op) {
	for _, op := range p.Module.AllOps(model.OpNamespace) {
		name := model.Argument(op.Node, 0)
		if op.Method != "getByName" && op.Method != "idFromName" || !mayLeadTo(p, op, c) || !analysis.FromRequest(p.Module, name) {
			continue
		}
		switch {
		case !analysis.Checked(p.Module, op, name):
			return checked, op
		case checked == nil:
			checked = op
		}
	}
	return checked, nil
}

// mayLeadTo reports a namespace that the configuration does not bind to another class.
func mayLeadTo(p *analysis.Pass, op *model.Op, c *model.Class) bool {
	if p.Config == nil {
		return true
	}
	for _, b := range p.Config.Bindings {
		if b.Name == op.Recv.Name {
			return b.ScriptName == "" && b.ClassName == c.Name
		}
	}
	return true
}

// place names the line of an operation, with its file where that is another one.
func place(p *analysis.Pass, op *model.Op) string {
	if op.Node.Tree() == p.Module.Tree {
		return fmt.Sprintf("Line %d", op.Node.Line())
	}
	return fmt.Sprintf("Line %d of %s", op.Node.Line(), op.Node.Tree().Path)
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
