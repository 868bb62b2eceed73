package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var attachmentStale = &analysis.Gotcha{
	ID:       "ws-attachment-stale",
	Title:    "An attachment is changed after it was read or written, and not written again",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "serializeAttachment copies its argument and deserializeAttachment returns a new copy each time. " +
		"Changing such an object later changes nothing that the socket keeps.",
	Fix: "Call ws.serializeAttachment(…) again after the change.",
	Fine: []string{
		"A changed copy that is serialized later in the same run, here or in a helper.",
		"A copy that is changed only to be sent or stored elsewhere.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/websockets/ (serializeAttachment)",
		"github.com/cloudflare/workerd/blob/main/src/workerd/api/web-socket.h",
	},
	Check: checkAttachmentStale,
}

func checkAttachmentStale(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file uses attachments.")
	for _, c := range p.Objects() {
		for _, f := range p.Module.Reviewed() {
			if p.Module.Owner(f) == c {
				checkCopies(p, f)
			}
		}
	}
}

// checkCopies looks at every variable of a function that holds a copy of an
// attachment.
func checkCopies(p *analysis.Pass, f *model.Func) {
	m := p.Module
	seen := map[*model.Binding]bool{}
	for n := range f.Body.Descendants() {
		if !n.Is(syntax.CallExpression) || m.FuncAt(n) != f {
			continue
		}
		_, method := model.Callee(n)
		if method == "serializeAttachment" {
			exposed(p)
			p.Guard(n, "The attachment is written with its current value.")
			if b := m.Resolve(model.Unwrap(model.Argument(n, 0))); b != nil && b.Param == nil && !b.Global && !seen[b] {
				seen[b] = true
				reportStale(p, f, b, n, analysis.Warning)
			}
			continue
		}
		if !copies(m, n, 0) {
			continue
		}
		exposed(p)
		if change := changedInPlace(n); change.OK() {
			p.Error(change, fmt.Sprintf("%s changes a copy that is dropped at once; the socket keeps its attachment as it was.", analysis.Short(change)), "")
		} else if b := variableOf(m, n); b != nil && !seen[b] {
			seen[b] = true
			reportStale(p, f, b, n, analysis.Error)
		}
	}
}

// copies reports a call that gives a copy of an attachment: deserializeAttachment,
// or a helper of the project that returns what it gives.
func copies(m *model.Module, call syntax.Node, depth int) bool {
	call = model.Unwrap(call)
	if !call.Is(syntax.CallExpression) || depth > 4 {
		return false
	}
	object, method := model.Callee(call)
	if method == "deserializeAttachment" || method == "get" && filledFromAttachments(m, object, depth) {
		return true
	}
	f := m.Eval(call.Child(syntax.FieldFunction))
	if f.Kind != model.FuncValue {
		return false
	}
	value := f.Func.Body
	if value.Is(syntax.StatementBlock) {
		value = syntax.Node{}
		for _, op := range f.Func.Ops {
			if op.Kind == model.OpReturn {
				value = op.Value
			}
		}
	}
	if value = model.Unwrap(value); value.Is(syntax.BinaryExpression) {
		value = value.Child(syntax.FieldLeft) // … ?? null
	}
	if b := m.Resolve(model.Unwrap(value)); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 {
		value = b.Init
	}
	return copies(m, value, depth+1)
}

// filledFromAttachments reports a map of the object that its constructor fills with
// what the sockets' attachments say, so that this is what the next life knows.
func filledFromAttachments(m *model.Module, field syntax.Node, depth int) bool {
	c := m.ClassAt(field)
	if c == nil || c.Ctor == nil || !field.Is(syntax.MemberExpression) || !field.Child(syntax.FieldObject).Is(syntax.This) {
		return false
	}
	for n := range c.Ctor.Body.Descendants() {
		object, method := model.Callee(n)
		if !n.Is(syntax.CallExpression) || method != "set" || object.Text() != field.Text() {
			continue
		}
		value := model.Unwrap(model.Argument(n, 1))
		if b := m.Resolve(value); b != nil && b.Init.OK() && len(b.Path) == 0 {
			value = b.Init
		}
		if copies(m, value, depth+1) {
			return true
		}
	}
	return false
}

// copied reports a variable that holds such a copy.
func copied(m *model.Module, b *model.Binding) bool {
	init := model.Unwrap(b.Init)
	if init.Is(syntax.BinaryExpression) {
		init = init.Child(syntax.FieldLeft)
	}
	return init.OK() && copies(m, init, 0)
}

// variableOf is the variable that a call's whole value is bound to.
func variableOf(m *model.Module, call syntax.Node) *model.Binding {
	for a := range call.Ancestors() {
		switch a.Kind() {
		case syntax.ParenthesizedExpression, syntax.AsExpression, syntax.NonNullExpression, syntax.SatisfiesExpression, syntax.TypeAssertion:
			continue
		case syntax.BinaryExpression:
			if op := a.Operator(); op == "??" || op == "||" {
				continue
			}
		case syntax.VariableDeclarator:
			return m.Resolve(a.Child(syntax.FieldName))
		}
		return nil
	}
	return nil
}

// changedInPlace is the assignment in ws.deserializeAttachment().x = 1.
func changedInPlace(call syntax.Node) syntax.Node {
	for a := range call.Ancestors() {
		switch a.Kind() {
		case syntax.ParenthesizedExpression, syntax.AsExpression, syntax.NonNullExpression, syntax.MemberExpression, syntax.TypeAssertion:
			continue
		case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
			if left := a.Child(syntax.FieldLeft); left.Contains(call) {
				return a
			}
		case syntax.UpdateExpression:
			return a
		}
		break
	}
	return syntax.Node{}
}

// reportStale reports the last change of a variable after which nothing writes
// the attachment.
func reportStale(p *analysis.Pass, f *model.Func, b *model.Binding, after syntax.Node, sev analysis.Severity) {
	m := p.Module
	var last syntax.Node
	for n := range f.Body.Descendants() {
		if n.Start() > after.Start() && changes(m, n, b) {
			last = n
		}
	}
	if !last.OK() || writtenLater(m, f, last) {
		return
	}
	used, escapes := usesAfter(m, f, b, last)
	if escapes {
		return
	}
	what := analysis.Short(last)
	if sev == analysis.Error && !used {
		p.Error(last, fmt.Sprintf("%s changes a copy of the attachment and nothing serializes it afterwards, so the change is lost when this handler ends.", what), "")
		return
	}
	p.Warn(last, fmt.Sprintf("%s comes after the attachment was copied on line %d and is not serialized again; the socket keeps the old value. This is no problem if only the local copy should change.", what, after.Line()), "")
}

var changers = map[string]bool{
	"push": true, "pop": true, "shift": true, "unshift": true, "splice": true, "set": true, "add": true, "delete": true, "clear": true,
}

// changes reports a statement part that changes inside a variable's value.
func changes(m *model.Module, n syntax.Node, b *model.Binding) bool {
	switch n.Kind() {
	case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
		return inside(m, n.Child(syntax.FieldLeft), b)
	case syntax.UpdateExpression:
		return inside(m, n.Child(syntax.FieldArgument), b)
	case syntax.UnaryExpression:
		return n.Operator() == "delete" && inside(m, n.Child(syntax.FieldArgument), b)
	case syntax.CallExpression:
		object, method := model.Callee(n)
		if object.Text() == "Object" && method == "assign" {
			return m.Resolve(model.Unwrap(model.Argument(n, 0))) == b
		}
		return object.OK() && changers[method] && inside(m, object, b)
	}
	return false
}

// inside reports b.x, b.x.y or b[k].
func inside(m *model.Module, n syntax.Node, b *model.Binding) bool {
	n = model.Unwrap(n)
	if !n.Is(syntax.MemberExpression, syntax.SubscriptExpression) {
		return false
	}
	for n.Is(syntax.MemberExpression, syntax.SubscriptExpression) {
		n = model.Unwrap(n.Child(syntax.FieldObject))
	}
	return n.Is(syntax.Identifier) && m.Resolve(n) == b
}

// writtenLater reports an attachment that is written after the change, or in
// the same loop, or by a helper that is called then.
func writtenLater(m *model.Module, f *model.Func, change syntax.Node) bool {
	loop := syntax.Node{}
	for a := range change.Ancestors() {
		if a == f.Node {
			break
		}
		if a.Is(syntax.ForStatement, syntax.ForInStatement, syntax.WhileStatement, syntax.DoStatement) {
			loop = a
		}
	}
	for _, s := range m.Expand(f) {
		if !calls(s.Op, "serializeAttachment") {
			continue
		}
		at := s.Node
		if len(s.Calls) > 0 {
			at = s.Calls[0].Node
		}
		if at.Start() > change.Start() || loop.OK() && loop.Contains(at) {
			return true
		}
	}
	return false
}

// usesAfter reports whether the variable is read after the change, and whether
// it is given to something that may keep or serialize it.
func usesAfter(m *model.Module, f *model.Func, b *model.Binding, change syntax.Node) (used, escapes bool) {
	for n := range f.Body.Descendants() {
		if !n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) || m.Resolve(n) != b || change.Contains(n) {
			continue
		}
		if n.Start() > change.Start() {
			used = true
		}
		// Kept or handed on before the change, the same object is seen changed
		// elsewhere.
		switch parent := n.Parent(); {
		case shown(m, n):
		case parent.Is(syntax.ReturnStatement, syntax.Array, syntax.SpreadElement, syntax.Pair, syntax.Object, syntax.AssignmentExpression):
			escapes = escapes || n.Start() > change.Start() || !parent.Is(syntax.Object, syntax.SpreadElement)
		case parent.Is(syntax.Arguments):
			escapes = true
		}
	}
	return used, escapes
}

// shown reports a value that goes, alone or in a literal, to a call which neither
// keeps nor serializes it.
func shown(m *model.Module, n syntax.Node) bool { return shownAt(m, n, 0) }

func shownAt(m *model.Module, n syntax.Node, depth int) bool {
	arg := n
	for p := n.Parent(); ; arg, p = p, p.Parent() {
		switch {
		case p.Is(syntax.Object, syntax.Array, syntax.Pair, syntax.SpreadElement):
		case p.Is(syntax.Arguments):
			return harmless(m, p.Parent(), arg, depth)
		default:
			return false
		}
	}
}

// harmless reports calls that neither keep nor serialize an argument: those of the
// platform that only look at it, and functions of the project that do nothing else
// with it.
func harmless(m *model.Module, call, arg syntax.Node, depth int) bool {
	object, method := model.Callee(call)
	switch object.Text() {
	case "JSON", "console", "Object":
		return true
	}
	if method == "serializeAttachment" || method == "send" {
		return true
	}
	f := m.Eval(call.Child(syntax.FieldFunction))
	if f.Kind != model.FuncValue || depth > 4 {
		return false
	}
	i := 0
	for a := range call.Child(syntax.FieldArguments).NamedChildren() {
		if a == arg {
			break
		}
		i++
	}
	for n := range f.Func.Body.Descendants() {
		b := m.Resolve(n)
		if b == nil || b.Param != f.Func || b.Index != i {
			continue
		}
		if !n.Parent().Is(syntax.MemberExpression, syntax.BinaryExpression, syntax.TemplateSubstitution, syntax.UnaryExpression) && !shownAt(m, n, depth+1) {
			return false
		}
	}
	return true
}
