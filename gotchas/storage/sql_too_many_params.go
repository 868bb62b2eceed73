package storage

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// maxParams is the most parameters that one statement may have.
// Source: developers.cloudflare.com/durable-objects/platform/limits/ (SQL).
const maxParams = 100

var sqlTooManyParams = &analysis.Gotcha{
	ID:       "sql-too-many-params",
	Title:    "A statement may get more than 100 parameters",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "One statement takes at most 100 bound parameters. With a list that grows, the call works in every test and fails with \"too many SQL variables\" on the day the list is longer.",
	Fix:      "Send the list as one parameter: WHERE id IN (SELECT value FROM json_each(?)) with JSON.stringify(ids), or go through it in slices of 100 parameters.",
	Fine: []string{
		"A list whose length is checked or that is sliced before.",
		"A list that is written in the code, or the columns of one row.",
		"One JSON parameter and json_each.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: 101 parameters give \"too many SQL variables\".",
		"developers.cloudflare.com/durable-objects/platform/limits/",
	},
	Check: checkTooManyParams,
}

func checkTooManyParams(p *analysis.Pass) {
	execs(p, func(op *model.Op) {
		for _, w := range last(op).Words {
			if w == "JSON_EACH" {
				p.Guard(op.Node, "The whole list is one parameter, which json_each takes apart.")
			}
		}
		if n := len(last(op).Params); n > maxParams {
			p.Error(op.Node, fmt.Sprintf("The statement has %d parameters; at most %d are allowed.", n, maxParams), "")
			return
		}
		list := placeholderList(p.Module, model.Argument(op.Node, 0), 0)
		if !list.OK() {
			return
		}
		if by := boundedBy(p.Module, list); by.OK() {
			p.Guard(by, fmt.Sprintf("The length of %s is bounded before it becomes parameters.", analysis.Short(list)))
			return
		}
		p.Warn(op.Node, fmt.Sprintf("There is a parameter for each element of %s, and nothing here keeps them below %d. This is not a problem if the list is always short.", analysis.Short(list), maxParams+1), "")
	})
}

// placeholderList is the array for each of whose elements a statement's text
// gets a placeholder, as in ids.map(() => "?").join(), or the zero Node.
func placeholderList(m *model.Module, text syntax.Node, depth int) syntax.Node {
	if depth > 6 {
		return syntax.Node{}
	}
	for n := range text.Descendants() {
		switch {
		case n.Is(syntax.CallExpression):
			object, method := model.Callee(n)
			if method == "map" && strings.Contains(model.Argument(n, 0).Text(), "?") && strings.Contains(model.Argument(n, 0).Text(), "=>") {
				return model.Unwrap(object)
			}
			if method == "from" && strings.Contains(model.Argument(n, 1).Text(), "?") {
				if list := lengthOf(model.Argument(n, 0)); list.OK() {
					return list
				}
				return model.Unwrap(model.Argument(n, 0))
			}
			if (method == "fill" || method == "repeat") && strings.Contains(n.Text(), "?") {
				return lengthOf(n)
			}
		case n.Is(syntax.Identifier):
			if b := m.Resolve(n); b != nil && b.Param == nil && b.Init.OK() && len(b.Path) == 0 && !b.Each && b.Func == nil && !b.Init.Contains(n) {
				if list := placeholderList(m, b.Init, depth+1); list.OK() {
					return list
				}
				if list := marksInLoop(m, b); list.OK() {
					return list
				}
			}
		}
	}
	return syntax.Node{}
}

// marksInLoop is the list that a loop goes through while it adds placeholders to a
// list or a text: marks.push("?"), text += ", ?".
func marksInLoop(m *model.Module, b *model.Binding) syntax.Node {
	for _, u := range m.Uses(b) {
		call, method := methodOn(u)
		adds := call.OK() && method == "push" && strings.Contains(model.Argument(call, 0).Text(), "?")
		if p := u.Parent(); p.Is(syntax.AugmentedAssignmentExpression) && u.Field() == syntax.FieldLeft {
			adds = strings.Contains(p.Child(syntax.FieldRight).Text(), "?")
		}
		if !adds {
			continue
		}
		switch loop := loopAround(u); {
		case loop.Contains(b.Decl):
		case loop.Is(syntax.ForInStatement):
			return model.Unwrap(loop.Child(syntax.FieldRight))
		case loop.Is(syntax.ForStatement):
			return lengthOf(loop.Child(syntax.FieldCondition))
		}
	}
	return syntax.Node{}
}

// lengthOf is the list whose length appears in an expression.
func lengthOf(n syntax.Node) syntax.Node {
	for d := range n.Descendants() {
		if d.Is(syntax.MemberExpression) && d.Child(syntax.FieldProperty).Text() == "length" {
			return model.Unwrap(d.Child(syntax.FieldObject))
		}
	}
	return syntax.Node{}
}

// boundedBy is the code that bounds a list's length: a comparison of it, a
// slice that the list is, or a literal. A list whose origin the file does not
// show is not bounded.
func boundedBy(m *model.Module, list syntax.Node) syntax.Node {
	if list.Is(syntax.Array) {
		return list
	}
	if list.Is(syntax.CallExpression) {
		if ofOneObject(list) {
			return list
		}
		if _, method := model.Callee(list); method == "slice" || method == "splice" || method == "filter" {
			return list
		}
		return syntax.Node{}
	}
	b := m.Resolve(list)
	if b == nil {
		return syntax.Node{}
	}
	if b.Each || len(b.Path) > 0 && b.Param == nil {
		return b.Decl // an element of a list of chunks
	}
	if t := b.Type.NamedChild(0); t.Is(syntax.TupleType) {
		return t
	}
	if b.Param == nil && b.Init.OK() {
		init := model.Unwrap(b.Init)
		if ofOneObject(init) {
			return init
		}
		if spread := init.FirstOf(syntax.SpreadElement); init.Is(syntax.Array) && spread.OK() {
			return boundedBy(m, model.Unwrap(spread.NamedChild(0)))
		}
		if init.Is(syntax.Array) && !pushedTo(m, b) {
			return init
		}
		for n := range init.Descendants() {
			if _, method := model.Callee(n); n.Is(syntax.CallExpression) && (method == "slice" || method == "splice" || strings.Contains(strings.ToLower(method), "chunk")) || n.Is(syntax.String, syntax.TemplateString) && strings.Contains(strings.ToUpper(n.Text()), "LIMIT") {
				return n
			}
		}
	}
	for _, u := range uses(m, b) {
		if u.Start() >= list.Start() {
			break
		}
		if _, name := methodOn(u); name == "length" {
			if cmp := u.Parent().Parent(); cmp.Is(syntax.BinaryExpression) && comparesUpward(cmp) {
				return cmp
			}
		}
	}
	return syntax.Node{}
}

// ofOneObject reports the keys or entries of one object, such as the columns of a row.
func ofOneObject(n syntax.Node) bool {
	object, method := model.Callee(n)
	return n.Is(syntax.CallExpression) && object.Text() == "Object" && (method == "keys" || method == "entries" || method == "values")
}

func pushedTo(m *model.Module, b *model.Binding) bool {
	for _, u := range uses(m, b) {
		if _, name := methodOn(u); name == "push" {
			return true
		}
	}
	return false
}

// comparesUpward reports list.length > n and the like; a check for an empty
// list is none.
func comparesUpward(cmp syntax.Node) bool {
	switch cmp.Operator() {
	case ">", ">=", "<", "<=":
		return cmp.Child(syntax.FieldRight).Text() != "0" && cmp.Child(syntax.FieldRight).Text() != "1"
	}
	return false
}
