package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvMutateWithoutPut = &analysis.Gotcha{
	ID:       "kv-mutate-without-put",
	Title:    "A stored value is changed but not stored again",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "get gives a copy each time. Adding to it, or setting a property of it, changes that copy only; the next get knows nothing of it.",
	Fix:      "put the value again after changing it.",
	Fine: []string{
		"A put of the same variable afterwards.",
		"A value that is handed to another function, which may store it.",
		"A property that is set only for the answer.",
	},
	Evidence: []string{"Measured on workerd 1.20261117.1 for the asynchronous get, for a Map and for ctx.storage.kv.get."},
	Check:    checkMutateWithoutPut,
}

func checkMutateWithoutPut(p *analysis.Pass) {
	m := p.Module
	read := false
	for _, f := range m.Funcs {
		for n := range f.Body.Descendants() {
			if !n.Is(syntax.VariableDeclarator) || m.FuncAt(n) != f {
				continue
			}
			b := m.Resolve(n.Child(syntax.FieldName))
			get := readKey(m, b)
			if !get.OK() {
				continue
			}
			read = true
			checkCopy(p, b, get)
		}
	}
	if !read {
		p.NotApplicable("No stored value is taken into a variable.")
	}
}

func checkCopy(p *analysis.Pass, b *model.Binding, get syntax.Node) {
	var change, store, maybe syntax.Node
	answer := false
	for _, u := range uses(p.Module, b) {
		if c, plain := changed(outer(u)); c.OK() {
			if !change.OK() {
				change, answer = c, plain
			}
			continue
		}
		switch {
		case !change.OK():
		case handedOn(p.Module, outer(u)):
			if onlyIfItSays(p.Module, b, u, change) {
				maybe = u
			} else {
				store = u
			}
		case answer && whole(outer(u)):
			return // a property that is set for the answer
		}
	}
	switch {
	case !change.OK():
	case store.OK():
		p.Guard(store, fmt.Sprintf("%s is stored or handed on after the change on line %d.", b.Name, change.Line()))
	case maybe.OK():
		p.Advise(maybe, fmt.Sprintf("%s is changed on line %d, but stored only under a condition that looks at the changed value.", b.Name, change.Line()), "Make sure that a change is never needed where the condition does not hold.")
	default:
		p.Warn(change, fmt.Sprintf("%s is a copy of what is stored under %s; this changes the copy, and nothing puts it back. This is not a problem if only the answer should have it.",
			b.Name, analysis.Short(model.Argument(get, 0))), "")
	}
}

// onlyIfItSays reports a use that stands in an if without else, which the change
// does not stand in, and whose condition asks the variable itself.
func onlyIfItSays(m *model.Module, b *model.Binding, use, change syntax.Node) bool {
	for n := use.Parent(); n.OK() && !n.Contains(change); n = n.Parent() {
		if !n.Is(syntax.IfStatement) || n.Child(syntax.FieldAlternative).OK() {
			continue
		}
		for id := range n.Child(syntax.FieldCondition).Descendants() {
			if id.Is(syntax.Identifier) && m.Resolve(id) == b {
				return true
			}
		}
	}
	return false
}

// takes are methods that take something away from their receiver or reorder it.
var takes = map[string]bool{"delete": true, "clear": true, "pop": true, "shift": true, "splice": true, "sort": true, "reverse": true}

// changed is the change that a use of a variable makes to its value: a call that adds
// to it or to a part of it or takes something away, or an assignment to a part. plain reports an assignment
// of a named property, which may be meant for the answer alone.
func changed(use syntax.Node) (change syntax.Node, plain bool) {
	n, parts := use, 0
	computed := false
	for {
		p := n.Parent()
		if !p.Is(syntax.MemberExpression, syntax.SubscriptExpression) || n.Field() != syntax.FieldObject {
			break
		}
		computed = computed || p.Is(syntax.SubscriptExpression)
		n, parts = outer(p), parts+1
	}
	switch p := n.Parent(); {
	case p.Is(syntax.Arguments) && p.NamedChild(0) == n && p.Parent().Child(syntax.FieldFunction).Text() == "Object.assign":
		if p.Parent().Parent().Is(syntax.ExpressionStatement) {
			return p.Parent(), false
		}
	case parts == 0:
	case p.Is(syntax.UnaryExpression) && p.Operator() == "delete":
		return p, false
	case p.Is(syntax.AssignmentExpression) && n.Field() == syntax.FieldLeft:
		return p, !computed
	case p.Is(syntax.AugmentedAssignmentExpression) && n.Field() == syntax.FieldLeft, p.Is(syntax.UpdateExpression):
		return p, false
	case p.Is(syntax.CallExpression) && n.Field() == syntax.FieldFunction && (grows[n.Child(syntax.FieldProperty).Text()] || takes[n.Child(syntax.FieldProperty).Text()]) && outer(p).Parent().Is(syntax.ExpressionStatement):
		return p, false
	}
	return syntax.Node{}, false
}

// whole reports a use of a variable's whole value, not of one property.
func whole(n syntax.Node) bool {
	return !n.Parent().Is(syntax.MemberExpression, syntax.SubscriptExpression)
}

// answers are functions that take a value to send it, print it or make text of it.
var answers = map[string]bool{"Response.json": true, "JSON.stringify": true, "console.log": true, "structuredClone": true}

// handedOn reports a use that may keep the value: as an argument, in an object
// or array that goes somewhere, or assigned to a field.
func handedOn(m *model.Module, n syntax.Node) bool {
	for call, _ := methodOn(n); call.OK(); call, _ = methodOn(n) { // list.slice(-10)
		n = outer(call)
	}
	for p := n.Parent(); p.OK(); n, p = p, p.Parent() {
		switch {
		case p.Is(syntax.Arguments):
			call := p.Parent()
			return !answers[call.Child(syntax.FieldFunction).Text()] && !keepsNothing(m, call)
		case p.Is(syntax.AssignmentExpression):
			return n.Field() == syntax.FieldRight
		case p.Is(syntax.Pair, syntax.Object, syntax.Array, syntax.SpreadElement, syntax.ParenthesizedExpression, syntax.AsExpression):
		case p.Is(syntax.VariableDeclarator):
			return true
		default:
			return false
		}
	}
	return false
}

// keepsNothing reports a call of a function of the project that neither stores nor
// remembers anything, and asks nobody else to.
func keepsNothing(m *model.Module, call syntax.Node) bool {
	v := m.Eval(call.Child(syntax.FieldFunction))
	if v.Kind != model.FuncValue {
		return false
	}
	for _, s := range m.Expand(v.Func) {
		switch s.Kind {
		case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM, model.OpFieldWrite, model.OpFieldMutate, model.OpGlobalWrite, model.OpStub, model.OpEnv, model.OpNew:
			return false
		case model.OpCall:
			if !answers[s.Node.Child(syntax.FieldFunction).Text()] {
				return false
			}
		}
	}
	return true
}
