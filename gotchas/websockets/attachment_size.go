package websockets

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// attachmentLimit is in bytes after structured cloning.
const attachmentLimit = 16384

var attachmentSize = &analysis.Gotcha{
	ID:       "ws-attachment-size",
	Title:    "Something that grows is put into a socket's attachment, which holds 16,384 bytes",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "An attachment may take 16,384 bytes once serialized. A history, a list of members or a whole result set passes that some day, " +
		"and serializeAttachment throws from then on.",
	Fix: "Keep a small identity in the attachment (an id, a name, a cursor) and the data itself in storage under that id.",
	Fine: []string{
		"Ids, names, roles, timestamps, a cursor or a position.",
		"A list that is cut to a fixed length before it is serialized.",
		"Maps, dates and cycles: the attachment is a structured clone, not JSON.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"A WebSocket 'attachment' cannot be larger than 16384 bytes.\"",
		"github.com/cloudflare/workerd/blob/main/src/workerd/api/web-socket.h",
	},
	Runbook: "Older texts give 2,048 bytes. The limit is 16,384 bytes of structured clone.",
	Check:   checkAttachmentSize,
}

func checkAttachmentSize(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file uses attachments.")
	p.Ops(func(c *model.Class, op *model.Op) {
		if !calls(op, "serializeAttachment") {
			return
		}
		arg := model.Argument(op.Node, 0)
		if text, ok := p.Module.Text(arg); ok && len(text) > attachmentLimit {
			p.Error(arg, fmt.Sprintf("This text is %d bytes long; an attachment holds %d.", len(text), attachmentLimit), "")
			return
		}
		found := false
		for _, part := range parts(arg) {
			if why := grows(p.Module, c, op, part, 0); why != "" {
				found = true
				p.Warn(part, fmt.Sprintf("%s %s, so this attachment outgrows its 16,384 bytes. This is no problem if the number of elements is bounded elsewhere.", analysis.Short(part), why), "")
			}
		}
		if !found {
			p.Guard(op.Node, "The attachment holds only small values.")
		}
	})
}

// parts are the values that an attachment is made of.
func parts(n syntax.Node) []syntax.Node {
	n = model.Unwrap(n)
	if !n.Is(syntax.Object) {
		return []syntax.Node{n}
	}
	var out []syntax.Node
	for c := range n.NamedChildren() {
		switch c.Kind() {
		case syntax.Pair:
			out = append(out, parts(c.Child(syntax.FieldValue))...)
		case syntax.SpreadElement:
			out = append(out, model.Unwrap(c.NamedChild(0)))
		case syntax.ShorthandPropertyIdentifier:
			out = append(out, c)
		}
	}
	return out
}

// cuts are the calls that bound a list.
var cuts = map[string]bool{"slice": true, "splice": true, "find": true, "at": true, "pop": true, "shift": true, "join": true, "one": true}

// grows says why a value has no upper bound, or "".
func grows(m *model.Module, c *model.Class, op *model.Op, n syntax.Node, depth int) string {
	n = model.Unwrap(n)
	if depth > 6 || !n.OK() {
		return ""
	}
	switch n.Kind() {
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		b := m.Resolve(n)
		if b == nil || b.Param != nil || !b.Init.OK() || b.Each || len(b.Path) > 0 {
			return ""
		}
		if name := grownList(m, op.Func, b); name != "" {
			return fmt.Sprintf("carries %s, to which this handler appends every time", name)
		}
		return grows(m, c, op, b.Init, depth+1)
	case syntax.MemberExpression:
		if model.Unwrap(n.Child(syntax.FieldObject)).Is(syntax.This) {
			return growingField(m, c, n.Child(syntax.FieldProperty).Text())
		}
	case syntax.Array:
		for e := range n.NamedChildren() {
			if e.Is(syntax.SpreadElement) {
				if ownList(m, e.NamedChild(0)) {
					return "is the attachment's own list with one more element each time"
				}
				if why := grows(m, c, op, e.NamedChild(0), depth+1); why != "" {
					return why
				}
			}
		}
	case syntax.CallExpression:
		object, method := model.Callee(n)
		switch {
		case cuts[method]:
			return ""
		case method == "toArray" && m.Eval(object).Kind == model.Cursor:
			if limited(m, m.Eval(object).Node) {
				return ""
			}
			return "is a whole query result"
		case method == "list" && m.Eval(object).Is(model.Storage, model.SyncKV):
			if strings.Contains(n.Child(syntax.FieldArguments).Text(), "limit") {
				return ""
			}
			return "is everything that storage lists"
		case object.Text() == "Array" && method == "from", object.Text() == "Object" && (method == "fromEntries" || method == "entries"), object.Text() == "JSON" && method == "stringify", method == "structuredClone":
			return grows(m, c, op, model.Argument(n, 0), depth+1)
		case method == "values" || method == "entries" || method == "keys" || method == "map":
			return grows(m, c, op, object, depth+1)
		}
	}
	return ""
}

func limited(m *model.Module, exec syntax.Node) bool {
	text, _ := m.Template(model.Argument(exec, 0))
	return strings.Contains(strings.ToUpper(text), "LIMIT")
}

// growingField says why a field grows: something appends to it and nothing
// cuts it.
func growingField(m *model.Module, c *model.Class, name string) string {
	f := c.Field(name)
	if f == nil {
		return ""
	}
	init := model.Unwrap(f.Init)
	list := init.Is(syntax.Array) || strings.HasSuffix(strings.TrimSpace(f.Type.Text()), "[]") || strings.Contains(f.Type.Text(), "Array<")
	if ctor := init.Child(syntax.FieldConstructor).Text(); ctor == "Map" || ctor == "Set" {
		list = true
	}
	if !list {
		return ""
	}
	appended := syntax.Node{}
	for _, op := range m.ClassOps(c) {
		if op.Kind != model.OpFieldMutate || op.Name != name {
			continue
		}
		switch op.Method {
		case "push", "unshift", "set", "add":
			appended = op.Node
		case "shift", "splice", "pop":
			return "" // bounded by hand
		}
	}
	if !appended.OK() {
		return ""
	}
	return fmt.Sprintf("grows with every %s on line %d", analysis.Short(appended.Child(syntax.FieldFunction)), appended.Line())
}

// grownList names a list inside an attachment's copy that the function appends
// to without cutting it.
func grownList(m *model.Module, f *model.Func, b *model.Binding) string {
	if !copied(m, b) {
		return ""
	}
	name := ""
	for n := range f.Body.Descendants() {
		if left := n.Child(syntax.FieldLeft); n.Is(syntax.AssignmentExpression) && inside(m, left, b) {
			if right := model.Unwrap(n.Child(syntax.FieldRight)); right.Is(syntax.Array) && ownList(m, right.FirstOf(syntax.SpreadElement).NamedChild(0)) {
				name = analysis.Short(left)
			}
			continue
		}
		if !n.Is(syntax.CallExpression) {
			continue
		}
		object, method := model.Callee(n)
		if !object.OK() || !inside(m, object, b) {
			continue
		}
		switch method {
		case "push", "unshift":
			name = analysis.Short(object)
		case "shift", "pop", "splice", "slice":
			return ""
		}
	}
	return name
}

// ownList reports an uncut list out of a copy of an attachment: session.log, or
// session.log ?? [].
func ownList(m *model.Module, n syntax.Node) bool {
	n = model.Unwrap(n)
	if n.Is(syntax.BinaryExpression) {
		return ownList(m, n.Child(syntax.FieldLeft))
	}
	return n.Is(syntax.MemberExpression) && attachmentPart(m, n)
}

// attachmentPart reports a member of a copy of an attachment.
func attachmentPart(m *model.Module, n syntax.Node) bool {
	for n.Is(syntax.MemberExpression, syntax.SubscriptExpression) {
		n = model.Unwrap(n.Child(syntax.FieldObject))
	}
	b := m.Resolve(n)
	return b != nil && copied(m, b)
}
