package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var locationHint = &analysis.Gotcha{
	ID:       "location-hint",
	Title:    "A location hint is given where it has no effect",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "The runtime checks neither the value of a hint nor where it is given: one that it does not know is ignored, and the object is created where its first caller is. " +
		"Only the first access of an object counts.",
	Fix: "Give get or getByName one of wnam, enam, sam, weur, eeur, apac, apac-ne, apac-se, oc, afr and me.",
	Fine: []string{
		"A hint that is computed.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/reference/data-location/",
		"Measured on workerd: any text is accepted.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No location hint is given.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace {
				return
			}
			at := 1
			if op.Method == "newUniqueId" {
				at = 0
			}
			hint := option(p.Module, model.Argument(op.Node, at), "locationHint")
			if !hint.OK() {
				return
			}
			value, constant := p.Module.Text(hint)
			switch {
			case op.Method != "get" && op.Method != "getByName":
				p.Warn(op.Node, fmt.Sprintf("%s takes no location hint; it belongs to get or getByName.", op.Method), "")
			case constant && !locations[value]:
				p.Warn(op.Node, fmt.Sprintf("%q is no location hint, so it is ignored.", value), "")
			default:
				p.Guard(op.Node, "The hint is one that the runtime knows.")
			}
		})
	},
}

// locations are the hints that exist.
var locations = map[string]bool{
	"wnam": true, "enam": true, "sam": true, "weur": true, "eeur": true, "apac": true, "apac-ne": true, "apac-se": true,
	"oc": true, "afr": true, "me": true,
}

// option is the value of a property of an option bag, which may be a variable.
func option(m *model.Module, bag syntax.Node, name string) syntax.Node {
	object := m.Eval(bag)
	if object.Kind != model.Literal {
		return syntax.Node{}
	}
	for part := range object.Node.NamedChildren() {
		switch {
		case part.Is(syntax.ShorthandPropertyIdentifier) && part.Text() == name:
			if b := m.Resolve(part); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 {
				return b.Init
			}
			return part
		case part.Is(syntax.Pair) && propertyName(m, part.Child(syntax.FieldKey)) == name:
			return part.Child(syntax.FieldValue)
		}
	}
	return syntax.Node{}
}

// propertyName is a property's name, written plainly, quoted or computed.
func propertyName(m *model.Module, key syntax.Node) string {
	if key.Is(syntax.ComputedPropertyName) {
		key = key.NamedChild(0)
	}
	if text, ok := m.Text(key); ok {
		return text
	}
	return key.Text()
}
