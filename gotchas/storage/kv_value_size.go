package storage

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvValueSize = &analysis.Gotcha{
	ID:       "kv-value-size",
	Title:    "A value outgrows what one key can hold",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Key and value together may take 2 MB (128 KiB in a class without SQLite), and each change writes the whole value again. " +
		"The put that crosses the limit fails in production; local development takes values of up to 8 MiB.",
	Fix: "Store each element under a key of its own (message:<id>) or as a row of a table, and read a page of them. Cut a large body into parts, or keep it in R2.",
	Fine: []string{
		"A list that is cut to a fixed length before it is stored.",
		"A list from which elements are taken as they are done.",
		"Small settings and states.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/ (key and value size)",
		"Measured on workerd 1.20261023.1: a value of 8.3 MB is stored, one of 9 MB gives \"string or blob too big: SQLITE_TOOBIG\".",
	},
	Check: checkValueSize,
}

func checkValueSize(p *analysis.Pass) {
	m := p.Module
	type place struct {
		c   *model.Class
		key string
	}
	seen := map[place]bool{}
	keyOps(p, func(op *model.Op) {
		if op.Method != "put" {
			return
		}
		for key, value := range puts(op) {
			name, growth, cut := grown(m, op, key, value)
			at := place{m.Owner(op.Func), keyText(m, key)}
			if growth.OK() && !seen[at] {
				seen[at] = true
				reportGrowth(p, op.Node, name, "under "+analysis.Short(key), growth, cut)
			}
		}
	})
	for _, c := range p.Objects() {
		checkBodies(p, c)
		checkKeptState(p, c)
	}
}

func reportGrowth(p *analysis.Pass, at syntax.Node, name, where string, growth, cut syntax.Node) {
	switch {
	case !growth.OK():
	case cut.OK():
		p.Guard(cut, fmt.Sprintf("%s also gets shorter, so the value %s stays bounded.", name, where))
	case goesOn(p.Module, name+" "+where, growth):
		p.Warn(at, fmt.Sprintf("%s gets longer on line %d and is stored whole %s; nothing here takes elements away. This is not a problem if it only ever holds a few small ones.",
			name, growth.Line(), where), "")
	default:
		p.Advise(at, fmt.Sprintf("%s gets longer on line %d and is stored whole %s.", name, growth.Line(), where), "")
	}
}

// endless are words for what gets an element each time that something happens.
var endless = regexp.MustCompile(`(?i)(message|log|history|event|entr(y|ies)|journal|activit|audit|click|observation|reading|sample|metric|notification|visit|hit|request|record|timeline|feed|comment|error|transcript|stroke|move|edit|update|snapshot|result|post)s?\b`)

// goesOn reports a list that gets longer for as long as the object is used: its name
// says so, each element is stamped with a time or a new id, or a handler of the
// platform adds to it.
func goesOn(m *model.Module, name string, growth syntax.Node) bool {
	if endless.MatchString(name) {
		return true
	}
	if f := m.Home(growth).FuncAt(growth); f != nil && f.Member() != nil && (model.Handlers[f.Member().Name] || hooks[f.Member().Name]) {
		return true
	}
	return m.DependsOn(growth, fresh(m)...)
}

// hooks are the methods that frameworks call for each event.
var hooks = map[string]bool{"onMessage": true, "onRequest": true, "onConnect": true, "onClose": true, "onAlarm": true}

// puts yields the keys and values of a put, in either of its forms.
func puts(op *model.Op) func(yield func(key, value syntax.Node) bool) {
	return func(yield func(key, value syntax.Node) bool) {
		first := model.Argument(op.Node, 0)
		if second := model.Argument(op.Node, 1); second.OK() && !model.Unwrap(first).Is(syntax.Object) {
			yield(first, second)
			return
		}
		for o := range model.Unwrap(first).NamedChildren() {
			key, value := o.Child(syntax.FieldKey), o.Child(syntax.FieldValue)
			if o.Is(syntax.ShorthandPropertyIdentifier) {
				key, value = o, o
			}
			if key.OK() && !yield(key, value) {
				return
			}
		}
	}
}

// checkBodies reports a request's body that the code lets through although it may be
// larger than one value.
func checkBodies(p *analysis.Pass, c *model.Class) {
	max, words := valueLimit(p, c)
	for _, f := range roots(p.Module, c) {
		for _, s := range p.Module.Expand(f) {
			if s.Kind != model.OpStorage && s.Kind != model.OpKV || s.Method != "put" {
				continue
			}
			for _, value := range puts(s.Op) {
				if doc, checked := wholeDocument(p.Module, s, value); doc.OK() && !checked.OK() {
					p.Warn(s.At(p.Module), fmt.Sprintf("%s gives the whole document, which grows as it is edited, and one value takes %s.", analysis.Short(doc), words),
						"Store updates as they come and merge them now and then, or cut the document into chunks under numbered keys.")
				}
				at, bytes, ok := allowedBytes(p.Module, s, value)
				switch {
				case !ok:
				case bytes <= max:
					p.Guard(at, "The size of the body is checked before it is stored.")
				default:
					p.Warn(s.Node, fmt.Sprintf("Line %d lets bodies of up to %.0f bytes through, and one value takes %s.", at.Line(), bytes, words), "")
				}
			}
		}
	}
}

// checkKeptState reports collections that a framework stores whole with each change:
// a property with @Persist of an Actor, and the state of an Agent.
func checkKeptState(p *analysis.Pass, c *model.Class) {
	for _, f := range c.Fields {
		if persists(f) {
			name, growth, cut := grownField(p.Module, c, f.Name)
			if growth.OK() {
				reportGrowth(p, growth, name, "under its own key", growth, cut)
			}
		}
	}
	if c.Framework == "" {
		return
	}
	for _, op := range p.Module.ClassOps(c) {
		receiver, method := model.Callee(op.Node)
		if op.Kind != model.OpCall || method != "setState" || !receiver.Is(syntax.This) {
			continue
		}
		for o := range model.Unwrap(model.Argument(op.Node, 0)).NamedChildren() {
			value := model.Unwrap(o.Child(syntax.FieldValue))
			spread := value.FirstOf(syntax.SpreadElement)
			list := model.Unwrap(spread.NamedChild(0))
			if value.Is(syntax.Array) && elements(value) > 1 && list.Is(syntax.MemberExpression) && list.Child(syntax.FieldObject).Text() == "this.state" {
				reportGrowth(p, value, list.Text(), "as part of the state", value, shorterState(p.Module, c, o.Child(syntax.FieldKey).Text()))
			}
		}
	}
}

func persists(f *model.Field) bool {
	for d := range f.Node.Descendants() {
		if d.Is(syntax.Decorator) {
			name := d.NamedChild(0)
			return name.Text() == "Persist" || name.Child(syntax.FieldFunction).Text() == "Persist"
		}
	}
	return false
}

// shorterState is where a class makes a list of its state shorter: by slice, filter
// or an empty list in another setState.
func shorterState(m *model.Module, c *model.Class, key string) syntax.Node {
	for _, op := range m.ClassOps(c) {
		if _, method := model.Callee(op.Node); op.Kind != model.OpCall || method != "setState" {
			continue
		}
		for o := range model.Unwrap(model.Argument(op.Node, 0)).NamedChildren() {
			if o.Is(syntax.ShorthandPropertyIdentifier) && o.Text() == key {
				return o
			}
			if o.Child(syntax.FieldKey).Text() != key {
				continue
			}
			value := model.Unwrap(o.Child(syntax.FieldValue))
			if !value.Is(syntax.Array) || elements(value) == 0 {
				return value
			}
		}
	}
	return syntax.Node{}
}

// grown finds where the collection that a put stores gets longer, and where it
// gets shorter: a variable that was read from the same key, or a field.
func grown(m *model.Module, op *model.Op, key, value syntax.Node) (name string, growth, cut syntax.Node) {
	value = model.Unwrap(value)
	if value.Is(syntax.MemberExpression) && value.Child(syntax.FieldObject).Is(syntax.This) {
		return grownField(m, m.Owner(op.Func), value.Child(syntax.FieldProperty).Text())
	}
	if b := m.Resolve(value); b != nil {
		if get := readKey(m, b); get.OK() {
			if keyText(m, model.Argument(get, 0)) != keyText(m, key) {
				return "", growth, cut
			}
			return b.Name, pushOn(m, b), cutOf(m, b)
		}
		if b.Param != nil || b.Each || len(b.Path) > 0 || cutOf(m, b).OK() {
			return "", growth, cut
		}
		value = model.Unwrap(b.Init)
	}
	list := lengthened(value)
	b := m.Resolve(list)
	get := readKey(m, b)
	if b == nil {
		get = getCall(m, list, 0)
	}
	if !list.OK() || !get.OK() || keyText(m, model.Argument(get, 0)) != keyText(m, key) {
		return "", growth, cut
	}
	if b == nil {
		return "the list", value, cut
	}
	return b.Name, value, cutOf(m, b)
}

// lengthened is the list of which an expression makes a longer one: [...list, item] or
// list.concat(item); the zero Node for others.
func lengthened(value syntax.Node) syntax.Node {
	if object, method := model.Callee(value); value.Is(syntax.CallExpression) && method == "concat" {
		return withoutDefault(object)
	}
	if spread := value.FirstOf(syntax.SpreadElement); value.Is(syntax.Array) && elements(value) > 1 && spread.OK() {
		return withoutDefault(spread.NamedChild(0))
	}
	return syntax.Node{}
}

// onlyDefault reports an assignment of an empty list where there was none:
// if (!list) list = [].
func onlyDefault(value syntax.Node) bool {
	if !model.Unwrap(value).Is(syntax.Array) || elements(value) > 0 {
		return false
	}
	assignment := value.Parent()
	if assignment.HasToken("??=") || assignment.HasToken("||=") {
		return true
	}
	for a := range assignment.Ancestors() {
		if a.Is(syntax.IfStatement) {
			condition := a.Child(syntax.FieldCondition).Text()
			return strings.Contains(condition, "!"+assignment.Child(syntax.FieldLeft).Text()) || strings.Contains(condition, "undefined")
		}
		if isFunction(a) {
			break
		}
	}
	return false
}

func cutOf(m *model.Module, b *model.Binding) syntax.Node {
	for _, u := range uses(m, b) {
		if _, method := methodOn(part(u)); shrink[method] || method == "length" && !atEnd(u.Parent().Parent(), b) {
			return u
		}
		if p := part(u).Parent(); part(u) != outer(u) && !atEnd(part(u), b) && p.Is(syntax.AssignmentExpression) && part(u).Field() == syntax.FieldLeft {
			return u // state.messages = …
		}
	}
	for _, w := range b.Writes {
		if w.OK() && !onlyDefault(w) {
			return w
		}
	}
	return syntax.Node{}
}

// grownField finds where a class makes the collection in a field longer, and where
// shorter. Loading it is neither.
func grownField(m *model.Module, c *model.Class, field string) (name string, growth, cut syntax.Node) {
	if c == nil {
		return "", growth, cut
	}
	list := "" // which collection of the field grows: this.state.messages
	for _, op := range m.ClassOps(c) {
		switch {
		case op.Name != field:
		case op.Kind == model.OpFieldMutate && (op.Method == "push" || op.Method == "unshift"):
			object, _ := model.Callee(op.Node)
			growth, list = op.Node, object.Text()
		case op.Kind == model.OpFieldWrite && extends(op.Value, field):
			growth, list = op.Node, "this."+field
		}
	}
	for _, op := range m.ClassOps(c) {
		if op.Name == field && growth.OK() && op.Node != growth && shortens(op, list, c) {
			cut = op.Node
		}
	}
	return "this." + field, growth, cut
}

// shortens reports an operation on a field after which a list in it may be shorter,
// or that looks at its length to stop at a limit.
func shortens(op *model.Op, list string, c *model.Class) bool {
	left := op.Node.Child(syntax.FieldLeft).Text()
	switch op.Kind {
	case model.OpFieldMutate:
		return shrink[op.Method] || left != "" && (left == list+".length" || strings.HasPrefix(list+".", left+".")) || left == "" && !grows[op.Method]
	case model.OpFieldWrite:
		return op.Func != c.Ctor && !loads(op.Value) && !extends(op.Value, op.Name)
	case model.OpFieldRead:
		return lengthCompared(op.Node)
	}
	return false
}

// extends reports a value that is the field's list and something more:
// [...this.list, item], or this.list.concat(item).
func extends(value syntax.Node, field string) bool {
	return lengthened(model.Unwrap(value)).Text() == "this."+field
}

// lengthCompared reports a read of this.list in a comparison of its length with a
// limit.
func lengthCompared(read syntax.Node) bool {
	_, name := methodOn(read)
	if name != "length" && name != "size" {
		return false
	}
	cmp := read.Parent().Parent()
	return cmp.Is(syntax.BinaryExpression) && comparesUpward(cmp)
}

// loads reports a value that comes out of storage, which is no bound.
func loads(n syntax.Node) bool {
	for d := range n.Descendants() {
		if _, method := model.Callee(d); d.Is(syntax.CallExpression) && method == "get" {
			return true
		}
	}
	return false
}
