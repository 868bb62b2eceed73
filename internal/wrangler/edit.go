package wrangler

import (
	"bytes"
	"errors"
	"slices"

	"github.com/tailscale/hujson"
)

// editor collects edits of one document as pieces of text and, side by side,
// as changes of its tree. finish applies the text, reads it back and compares
// it with the changed tree, so that no edit can do other than it was meant to.
type editor struct {
	doc    *document
	st     style
	pieces []piece
	groups []*group
	redo   []func() // changes of the tree other than insertions
}

// piece replaces text[start:end].
type piece struct {
	start, end int
	text       string
}

// group is what is inserted in one container after its item number after, or
// before all items for -1.
type group struct {
	in    container
	after int
	items []item
}

// container is an object or array in a document. The value is a copy, since
// insertions elsewhere move values in memory; the object or array that it
// refers to stays where it is.
type container struct {
	value hujson.Value
	owner int // offset of the key or item that the value belongs to
}

// at finds the container at a path of keys. ok is false if it is not there or
// is a literal.
func (d *document) at(path ...string) (c container, ok bool) {
	c = container{value: d.root, owner: d.root.StartOffset}
	for _, key := range path {
		obj, isObject := c.value.Value.(*hujson.Object)
		if !isObject {
			return c, false
		}
		i := member(obj, key)
		if i < 0 {
			return c, false
		}
		c = container{value: obj.Members[i].Value, owner: obj.Members[i].Name.StartOffset}
	}
	_, literal := c.value.Value.(hujson.Literal)
	return c, !literal
}

// slot is an item of a container: a member from its name to its value, or an
// element. The gap before it is the space and comments after the preceding
// bracket or comma.
type slot struct {
	start, end int
	gap        hujson.Extra
}

func (c container) slots() []slot {
	switch x := c.value.Value.(type) {
	case *hujson.Object:
		out := make([]slot, len(x.Members))
		for i := range x.Members {
			out[i] = slot{x.Members[i].Name.StartOffset, x.Members[i].Value.EndOffset, x.Members[i].Name.BeforeExtra}
		}
		return out
	case *hujson.Array:
		out := make([]slot, len(x.Elements))
		for i := range x.Elements {
			out[i] = slot{x.Elements[i].StartOffset, x.Elements[i].EndOffset, x.Elements[i].BeforeExtra}
		}
		return out
	}
	return nil
}

// tail returns the space and comments before the closing bracket, and whether
// a comma precedes them.
func (c container) tail() (extra hujson.Extra, trailingComma bool) {
	switch x := c.value.Value.(type) {
	case *hujson.Object:
		if n := len(x.Members); n > 0 {
			trailingComma = x.Members[n-1].Value.AfterExtra != nil
		}
		return x.AfterExtra, trailingComma
	case *hujson.Array:
		if n := len(x.Elements); n > 0 {
			trailingComma = x.Elements[n-1].AfterExtra != nil
		}
		return x.AfterExtra, trailingComma
	}
	return nil, false
}

// insert queues an item behind the item number after of a container.
func (e *editor) insert(in container, after int, it item) {
	for _, g := range e.groups {
		if g.in.value.Value == in.value.Value && g.after == after {
			g.items = append(g.items, it)
			return
		}
	}
	e.groups = append(e.groups, &group{in, after, []item{it}})
}

// replace puts a new value in the place of an old one.
func (e *editor) replace(v *hujson.Value, n *node) {
	text := e.st.value(n, e.doc.indent(v.StartOffset), 0)
	e.put(v.StartOffset, v.EndOffset, text)
	e.redo = append(e.redo, func() { v.Value = parseNode(n) })
}

func (e *editor) put(start, end int, text string) {
	e.pieces = append(e.pieces, piece{start, end, text})
}

// place writes the pieces of a group.
func (e *editor) place(g *group) {
	slots := g.in.slots()
	switch {
	case len(slots) == 0:
		e.fill(g)
	case g.after < 0:
		first := slots[0]
		if nl := lineBreak(first.gap); nl >= 0 {
			e.lines(g, first.start-len(first.gap)+nl, e.siblingIndent(g.in, slots, 0), true)
		} else {
			e.put(first.start, first.start, e.inline(g)+e.st.comma)
		}
	case g.after < len(slots)-1:
		next := slots[g.after+1]
		if nl := lineBreak(next.gap); nl >= 0 {
			e.lines(g, next.start-len(next.gap)+nl, e.siblingIndent(g.in, slots, g.after), true)
		} else {
			e.put(next.start, next.start, e.inline(g)+e.st.comma)
		}
	default:
		e.appendTo(g, slots)
	}
}

// appendTo writes a group behind the last item.
func (e *editor) appendTo(g *group, slots []slot) {
	last := slots[len(slots)-1]
	tail, trailing := g.in.tail()
	tailStart := g.in.value.EndOffset - 1 - len(tail)
	indent := e.siblingIndent(g.in, slots, len(slots)-1)
	if nl := lineBreak(tail); nl >= 0 {
		if !trailing {
			e.put(last.end, last.end, ",")
		}
		e.lines(g, tailStart+nl, indent, trailing)
		return
	}

	// The closing bracket stands on the line of the last item.
	end := ""
	if trailing {
		end = ","
	}
	switch at := tailStart; {
	case e.doc.beginsLine(last.start):
		text := ""
		for i, it := range g.items {
			if i > 0 || !trailing {
				text += ","
			}
			text += e.st.newline + indent + e.st.render(it, indent)
		}
		e.put(at, at, text+end)
	case e.doc.spansLines(last.start, last.end):
		indent := e.doc.indent(last.end - 1)
		text := ""
		for i, it := range g.items {
			if i > 0 || !trailing {
				text += ","
			}
			text += " " + e.st.render(it, indent)
		}
		e.put(at, at, text+end)
	default:
		e.lengthen(g, slots, at, trailing)
	}
}

// lengthen adds to a line on which an item and the closing bracket stand. A
// container that was wholly on it gets a line for each item if it would become
// too long.
func (e *editor) lengthen(g *group, slots []slot, at int, trailing bool) {
	added := e.st.comma + e.inline(g)
	if trailing {
		added = e.st.comma[1:] + e.inline(g) + ","
	}
	tail, _ := g.in.tail()
	blank := isBlank(tail)
	for _, s := range slots {
		blank = blank && isBlank(s.gap)
	}
	_, array := g.in.value.Value.(*hujson.Array)
	lineStart := e.doc.lines[e.doc.pos(g.in.value.StartOffset).Line-1]
	column := width(string(e.doc.text[lineStart:g.in.value.EndOffset])) + len(added)
	oneLine := !e.doc.spansLines(g.in.value.StartOffset, g.in.value.EndOffset)
	if !array || !blank || !oneLine || column <= lineWidth || !e.doc.beginsLine(g.in.owner) || !e.ownLine(g.in) {
		e.put(at, at, added)
		return
	}
	outer := e.doc.indent(g.in.owner)
	inner := outer + e.st.unit
	for _, s := range slots {
		e.put(s.start-len(s.gap), s.start, e.st.newline+inner)
	}
	text := ""
	for i, it := range g.items {
		if i > 0 || !trailing {
			text += ","
		}
		text += e.st.newline + inner + e.st.render(it, inner)
	}
	if trailing {
		text += ","
	}
	e.put(g.in.value.EndOffset-1-len(tail), g.in.value.EndOffset-1, text+e.st.newline+outer)
}

// fill writes the first items of an empty container.
func (e *editor) fill(g *group) {
	v := g.in.value
	tail, _ := g.in.tail()
	start := v.StartOffset + 1
	outer := e.doc.indent(g.in.owner)
	inner := outer + e.st.unit
	body := ""
	for i, it := range g.items {
		if i > 0 {
			body += "," + e.st.newline
		}
		body += inner + e.st.render(it, inner)
	}
	if e.st.trailing {
		body += ","
	}
	switch nl := lineBreak(tail); {
	case nl >= 0:
		// The line of the closing bracket stays, and comments above it.
		at := e.doc.lines[e.doc.pos(v.EndOffset-1).Line-1]
		if bracketLine := e.doc.text[at : v.EndOffset-1]; !isBlank(bracketLine) {
			at = v.EndOffset - 1
			body = e.st.newline + body + e.st.newline + outer
		} else {
			body += e.st.newline
		}
		e.put(at, at, body)
	case e.doc.beginsLine(g.in.owner) && e.ownLine(g.in):
		kept := len(bytes.TrimRight(tail, " \t"))
		e.put(start+kept, v.EndOffset-1, e.st.newline+body+e.st.newline+outer)
	default:
		pad := e.st.arrPad
		if _, object := v.Value.(*hujson.Object); object {
			pad = e.st.objPad
		}
		kept := len(bytes.TrimRight(tail, " \t"))
		before := pad
		if kept > 0 {
			before = " "
		}
		e.put(start+kept, v.EndOffset-1, before+e.inline(g)+pad)
	}
}

// ownLine reports whether nothing but a comma and a comment follows a
// container on its line.
func (e *editor) ownLine(c container) bool {
	rest := e.doc.text[c.value.EndOffset:]
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		rest = rest[:n]
	}
	rest = bytes.TrimPrefix(bytes.TrimSpace(rest), []byte(","))
	rest = bytes.TrimSpace(rest)
	return len(rest) == 0 || bytes.HasPrefix(rest, []byte("//")) || bytes.HasPrefix(rest, []byte("/*"))
}

// lines writes a group as lines of their own behind the line that ends at an
// offset. The comma after the last item is the caller's choice.
func (e *editor) lines(g *group, at int, indent string, lastComma bool) {
	text := ""
	for i, it := range g.items {
		text += e.st.newline + indent + e.st.render(it, indent)
		if i < len(g.items)-1 || lastComma {
			text += ","
		}
	}
	e.put(at, at, text)
}

// inline writes a group on the line that it is inserted in.
func (e *editor) inline(g *group) string {
	text := ""
	for i, it := range g.items {
		if i > 0 {
			text += e.st.comma
		}
		if it.key != "" {
			text += string(hujson.String(it.key)) + e.st.tight
		}
		text += e.st.flat(it.value)
	}
	return text
}

// siblingIndent returns the indentation for a new line in a container: that of
// the item near, or of another item that begins its line.
func (e *editor) siblingIndent(c container, slots []slot, near int) string {
	if e.doc.beginsLine(slots[near].start) {
		return e.doc.indent(slots[near].start)
	}
	for _, s := range slots {
		if e.doc.beginsLine(s.start) {
			return e.doc.indent(s.start)
		}
	}
	return e.doc.indent(c.owner) + e.st.unit
}

// drop takes item number i out of the tree of a container.
func (c container) drop(i int) {
	switch x := c.value.Value.(type) {
	case *hujson.Object:
		x.Members = slices.Delete(x.Members, i, i+1)
	case *hujson.Array:
		x.Elements = slices.Delete(x.Elements, i, i+1)
	}
}

// remove takes item number i out of a container. Comments stay, except one
// behind the item on its line. Only one removal fits in an editor.
func (e *editor) remove(c container, i int) {
	slots := c.slots()
	tail, trailing := c.tail()
	s := slots[i]
	gap, comma := tail, -1 // what follows the element and its comma, if any
	if i < len(slots)-1 {
		gap = slots[i+1].gap
		comma = slots[i+1].start - len(gap) - 1
	} else if trailing {
		comma = c.value.EndOffset - 1 - len(tail) - 1
	}
	end := s.end
	if comma >= 0 {
		end = comma + 1
	}
	e.redo = append(e.redo, func() { c.drop(i) })

	if len(slots) == 1 && isBlank(s.gap) && isBlank(tail) {
		e.put(c.value.StartOffset+1, c.value.EndOffset-1, "")
		return
	}
	if i == len(slots)-1 && i > 0 && !trailing {
		previous := s.start - len(s.gap) - 1
		e.put(previous, previous+1, "")
	}
	if nl := lineBreak(gap); nl >= 0 && e.doc.beginsLine(s.start) {
		nl += bytes.IndexByte(gap[nl:], '\n') + 1
		e.put(e.doc.lines[e.doc.pos(s.start).Line-1], end+nl, "")
		return
	}
	start := s.start
	if i < len(slots)-1 {
		end += len(gap) - len(bytes.TrimLeft(gap, " \t"))
	} else if i > 0 {
		start -= len(s.gap) - len(bytes.TrimRight(s.gap, " \t\r\n"))
		if lineComment(s.gap) {
			start = s.start
		}
	}
	e.put(start, end, "")
}

// lineComment reports whether the last comment of a gap ends with its line,
// so that the line break after it must stay.
func lineComment(gap hujson.Extra) bool {
	isLine := false
	for i := 0; i < len(gap); {
		n := commentLen(gap[i:], 0)
		if n > 0 {
			isLine = gap[i+1] == '/'
			i += n
			continue
		}
		i++
	}
	return isLine
}

// errUnsafe means that the edited text does not read back as it was meant to.
var errUnsafe = errors.New("the edited text does not read back as planned")

// finish returns the edited document. The editor's own document is used up.
func (e *editor) finish() (*document, error) {
	for _, g := range e.groups {
		e.place(g)
	}
	slices.SortStableFunc(e.pieces, func(a, b piece) int { return a.start - b.start })
	out := make([]byte, 0, len(e.doc.bom)+len(e.doc.text)+256)
	out = append(out, e.doc.bom...)
	done := 0
	for _, p := range e.pieces {
		if p.start < done {
			return nil, errUnsafe
		}
		out = append(out, e.doc.text[done:p.start]...)
		out = append(out, p.text...)
		done = p.end
	}
	out = append(out, e.doc.text[done:]...)

	for _, f := range e.redo {
		f()
	}
	slices.SortStableFunc(e.groups, func(a, b *group) int { return b.after - a.after })
	for _, g := range e.groups {
		g.apply()
	}
	edited, err := parseDocument(e.doc.path, out)
	if err != nil || !sameValue(&e.doc.root, &edited.root) {
		return nil, errUnsafe
	}
	return edited, nil
}

// apply inserts a group in the tree.
func (g *group) apply() {
	for i, it := range g.items {
		value := hujson.Value{Value: parseNode(it.value)}
		switch x := g.in.value.Value.(type) {
		case *hujson.Object:
			m := hujson.ObjectMember{Name: hujson.Value{Value: hujson.String(it.key)}, Value: value}
			x.Members = slices.Insert(x.Members, g.after+1+i, m)
		case *hujson.Array:
			x.Elements = slices.Insert(x.Elements, g.after+1+i, value)
		}
	}
}

// parseNode builds the tree of a node.
func parseNode(n *node) hujson.ValueTrimmed {
	switch {
	case n.text != "":
		return hujson.Literal(n.text)
	case len(n.keys) > 0:
		obj := &hujson.Object{}
		for i, key := range n.keys {
			obj.Members = append(obj.Members, hujson.ObjectMember{
				Name:  hujson.Value{Value: hujson.String(key)},
				Value: hujson.Value{Value: parseNode(n.items[i])},
			})
		}
		return obj
	default:
		arr := &hujson.Array{}
		for _, v := range n.items {
			arr.Elements = append(arr.Elements, hujson.Value{Value: parseNode(v)})
		}
		return arr
	}
}

// sameValue compares two trees by their values and order, not by space and
// comments.
func sameValue(a, b *hujson.Value) bool {
	switch x := a.Value.(type) {
	case hujson.Literal:
		y, ok := b.Value.(hujson.Literal)
		return ok && bytes.Equal(x, y)
	case *hujson.Object:
		y, ok := b.Value.(*hujson.Object)
		if !ok || len(x.Members) != len(y.Members) {
			return false
		}
		for i := range x.Members {
			if !sameValue(&x.Members[i].Name, &y.Members[i].Name) || !sameValue(&x.Members[i].Value, &y.Members[i].Value) {
				return false
			}
		}
		return true
	case *hujson.Array:
		y, ok := b.Value.(*hujson.Array)
		if !ok || len(x.Elements) != len(y.Elements) {
			return false
		}
		for i := range x.Elements {
			if !sameValue(&x.Elements[i], &y.Elements[i]) {
				return false
			}
		}
		return true
	}
	return false
}

// lineBreak returns the offset of the first line break of a gap that stands in
// no comment, with its carriage return, or -1.
func lineBreak(gap hujson.Extra) int {
	for i := 0; i < len(gap); {
		switch {
		case gap[i] == '\n':
			if i > 0 && gap[i-1] == '\r' {
				return i - 1
			}
			return i
		case gap[i] == '/':
			i += commentLen(gap[i:], 1)
		default:
			i++
		}
	}
	return -1
}

func isBlank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }
