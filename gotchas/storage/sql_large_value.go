package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlLargeValue = &analysis.Gotcha{
	ID:       "sql-large-value",
	Title:    "One column gets a value that outgrows the limit of a row",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "A string, a BLOB and a whole row may take 2 MB. What is larger fails in production with \"string or blob too big: SQLITE_TOOBIG\"; " +
		"local development allows four times as much, so tests pass.",
	Fix: "Give each element of a collection a row of its own. Cut large bodies into chunks of, say, 1 MB in a table (key, part, data), or keep them in R2 and store their name.",
	Fine: []string{
		"A document of settings or a state of bounded size as JSON.",
		"A list that is cut to a length before it is stored.",
		"A body whose size is checked against something below 2 MB.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/ (2 MB for a string, BLOB or row)",
		"Measured on workerd 1.20261023.1 and 1.20261117.1, whose own limit is 8 MiB.",
	},
	Check: checkLargeValue,
}

func checkLargeValue(p *analysis.Pass) {
	m, seen := p.Module, map[*model.Op]bool{}
	writes := false
	for _, c := range p.Objects() {
		for _, f := range roots(m, c) {
			for _, s := range m.Expand(f) {
				if s.Kind != model.OpSQL || s.Method != "exec" || !last(s.Op).Write() || last(s.Op).Verb == "DELETE" || seen[s.Op] {
					continue
				}
				writes = true
				values, _ := bindings(s.Op)
				for _, v := range values {
					if checkStoredValue(p, c, s, v) {
						seen[s.Op] = true
					}
				}
			}
		}
	}
	if !writes {
		p.NotApplicable("No statement here stores values.")
	}
}

// checkStoredValue reports a bound value that may outgrow a row.
func checkStoredValue(p *analysis.Pass, c *model.Class, s model.Step, v syntax.Node) (reported bool) {
	if at, bytes, ok := allowedBytes(p.Module, s, v); ok {
		if bytes <= maxValue {
			p.Guard(at, "The size of the body is checked before it is stored.")
			return false
		}
		p.Warn(v, fmt.Sprintf("Line %d lets bodies of up to %.0f bytes through, and a row takes 2 MB.", at.Line(), bytes), "")
		return true
	}
	if doc, checked := wholeDocument(p.Module, s, v); doc.OK() && !checked.OK() {
		p.Warn(v, fmt.Sprintf("%s gives the whole document, which grows as it is edited, and a row takes 2 MB.", analysis.Short(doc)), "Store updates as they come and merge them now and then, or cut the document into numbered chunks.")
		return true
	}
	json := model.Unwrap(v)
	if object, method := model.Callee(json); !json.Is(syntax.CallExpression) || object.Text() != "JSON" || method != "stringify" {
		return false
	}
	name, growth, cut := grownJSON(p.Module, c, model.Argument(json, 0))
	switch {
	case !growth.OK():
	case cut.OK():
		p.Guard(cut, fmt.Sprintf("%s also gets shorter, so the stored text stays bounded.", name))
	case !goesOn(p.Module, name, growth):
		p.Advise(v, fmt.Sprintf("%s gets longer on line %d and is stored whole in one column.", name, growth.Line()), "")
	default:
		p.Warn(v, fmt.Sprintf("%s gets longer on line %d and is stored whole in one column; nothing here takes elements away. This is not a problem if it only ever holds a few small ones.", name, growth.Line()), "")
		return true
	}
	return false
}

// grownJSON finds where a collection that is stored as JSON gets longer and shorter:
// a field, or a variable that was parsed from what is stored.
func grownJSON(m *model.Module, c *model.Class, value syntax.Node) (name string, growth, cut syntax.Node) {
	value = model.Unwrap(value)
	if value.Is(syntax.MemberExpression) && value.Child(syntax.FieldObject).Is(syntax.This) {
		return grownField(m, c, value.Child(syntax.FieldProperty).Text())
	}
	list := value
	if value.Is(syntax.Array) { // [...list, item]
		spread := value.FirstOf(syntax.SpreadElement)
		if !spread.OK() || elements(value) < 2 {
			return "", growth, cut
		}
		list, growth = model.Unwrap(spread.NamedChild(0)), value
	}
	b := m.Resolve(list)
	if b == nil || b.Param != nil || b.Each || !parsed(b.Init) {
		return "", syntax.Node{}, cut
	}
	if !growth.OK() {
		growth = pushOn(m, b)
	}
	return b.Name, growth, cutOf(m, b)
}

// parsed reports a value that JSON.parse gives, with a default perhaps.
func parsed(n syntax.Node) bool {
	for d := range n.Descendants() {
		if object, method := model.Callee(d); d.Is(syntax.CallExpression) && object.Text() == "JSON" && method == "parse" {
			return true
		}
	}
	return false
}

// pushOn is a call that adds to the end or the beginning of a variable's array or of an
// array in it, or the zero Node.
func pushOn(m *model.Module, b *model.Binding) (growth syntax.Node) {
	for _, u := range uses(m, b) {
		if call, method := methodOn(part(u)); call.OK() && (method == "push" || method == "unshift") {
			growth = call
		}
		if at := u.Parent(); at.Is(syntax.SubscriptExpression) && atEnd(at, b) && at.Parent().Is(syntax.AssignmentExpression) && at.Field() == syntax.FieldLeft {
			growth = at.Parent() // list[list.length] = …
		}
	}
	return growth
}

// atEnd reports list[list.length].
func atEnd(n syntax.Node, b *model.Binding) bool {
	return n.Child(syntax.FieldIndex).Text() == b.Name+".length"
}

// part climbs from a use of a variable to the part of its value that a method is
// called on: to state.messages in state.messages.push(m).
func part(use syntax.Node) syntax.Node {
	n := outer(use)
	for {
		p := n.Parent()
		call, name := methodOn(n)
		if call.OK() || name == "length" || name == "size" || !p.Is(syntax.MemberExpression, syntax.SubscriptExpression) || n.Field() != syntax.FieldObject {
			return n
		}
		n = outer(p)
	}
}
