package wrangler

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// lineWidth is the column, in characters, beyond which inserted text is spread
// over lines instead of standing on one.
const lineWidth = 80

// style is how a file is written, by the majority of its own examples.
type style struct {
	newline string
	unit    string // one level of indentation
	colon   string // ": " or ":", in objects with a line for each member
	tight   string // the same in objects on one line
	comma   string // ", " or ",", between items on one line
	objPad  string // inside the braces of an object on one line
	arrPad  string

	trailing      bool // a comma after the last item, where items have their own lines
	spreadObjects bool // objects in arrays have a line for each member
	spreadStrings bool // arrays of strings have a line for each string
}

func (d *document) style() style {
	st := style{newline: "\n", unit: "  ", colon: ": ", tight: ": ", comma: ", ", objPad: " "}
	if n := bytes.Count(d.text, []byte("\n")); n > 0 && 2*bytes.Count(d.text, []byte("\r\n")) > n {
		st.newline = "\r\n"
	}

	// Each counter is raised by an example for the setting and lowered by one
	// against it; at zero the default stands.
	var colon, tight, comma, objPad, arrPad, trailing, objects, texts int
	vote := func(counter *int, yes bool) {
		if yes {
			*counter++
		} else {
			*counter--
		}
	}
	unitKnown := false
	list := func(v *hujson.Value, first hujson.Value, second *hujson.Value, trailingComma bool) (lines bool) {
		lines = bytes.IndexByte(first.BeforeExtra, '\n') >= 0
		if lines {
			vote(&trailing, trailingComma)
			outer, inner := d.indent(v.StartOffset), d.indent(first.StartOffset)
			if !unitKnown && len(inner) > len(outer) && strings.HasPrefix(inner, outer) && d.beginsLine(first.StartOffset) {
				st.unit, unitKnown = inner[len(outer):], true
			}
			return lines
		}
		if second != nil && bytes.IndexByte(second.BeforeExtra, '\n') < 0 {
			vote(&comma, len(second.BeforeExtra) > 0)
		}
		return lines
	}
	for v := range d.root.All() {
		switch x := v.Value.(type) {
		case *hujson.Object:
			if len(x.Members) == 0 {
				continue
			}
			var second *hujson.Value
			if len(x.Members) > 1 {
				second = &x.Members[1].Name
			}
			spaced := &colon
			if !list(v, x.Members[0].Name, second, x.Members[len(x.Members)-1].Value.AfterExtra != nil) {
				vote(&objPad, len(x.Members[0].Name.BeforeExtra) > 0)
				spaced = &tight
			}
			for i := range x.Members {
				vote(spaced, len(x.Members[i].Value.BeforeExtra) > 0)
			}
		case *hujson.Array:
			if len(x.Elements) == 0 {
				continue
			}
			var second *hujson.Value
			if len(x.Elements) > 1 {
				second = &x.Elements[1]
			}
			lines := list(v, x.Elements[0], second, x.Elements[len(x.Elements)-1].AfterExtra != nil)
			if !lines {
				vote(&arrPad, len(x.Elements[0].BeforeExtra) > 0)
			}
			switch x.Elements[0].Value.Kind() {
			case '{':
				vote(&objects, spread(d, x.Elements[0]))
			case '"':
				vote(&texts, lines)
			}
		}
	}
	if colon < 0 || colon == 0 && tight < 0 {
		st.colon = ":"
	}
	if tight < 0 || tight == 0 && colon < 0 {
		st.tight = ":"
	}
	if comma < 0 {
		st.comma = ","
	}
	if objPad < 0 {
		st.objPad = ""
	}
	if arrPad > 0 {
		st.arrPad = " "
	}
	st.trailing, st.spreadObjects, st.spreadStrings = trailing > 0, objects > 0, texts > 0
	return st
}

// spread reports whether a value is written over several lines.
func spread(d *document, v hujson.Value) bool { return d.spansLines(v.StartOffset, v.EndOffset) }

// node is a value to be written.
type node struct {
	text   string // a literal; empty for the rest
	keys   []string
	items  []*node // with keys an object, without an array
	spread bool    // a line for each item, whatever its length
}

func text(s string) *node { return &node{text: string(hujson.String(s))} }

func list(items ...*node) *node { return &node{items: items} }

func texts(values []string, spread bool) *node {
	n := &node{spread: spread}
	for _, v := range values {
		n.items = append(n.items, text(v))
	}
	return n
}

// with adds a member to an object.
func (n *node) with(key string, value *node) *node {
	n.keys, n.items = append(n.keys, key), append(n.items, value)
	return n
}

func (n *node) brackets() (open, end string) {
	if len(n.keys) > 0 {
		return "{", "}"
	}
	return "[", "]"
}

// item is a node with the key that it gets in an object; in an array the key
// is empty.
type item struct {
	key   string
	value *node
}

// render writes an item whose line begins with indent.
func (st style) render(it item, indent string) string {
	prefix := ""
	if it.key != "" {
		prefix = string(hujson.String(it.key)) + st.colon
	}
	return prefix + st.value(it.value, indent, width(indent)+utf8.RuneCountInString(prefix))
}

// value writes a node that begins at a column of a line that begins with
// indent. One more column is left for a comma.
func (st style) value(n *node, indent string, column int) string {
	if n.text != "" {
		return n.text
	}
	if !n.wantsLines() {
		if line := st.flat(n); column+utf8.RuneCountInString(line) < lineWidth {
			return line
		}
	}
	open, end := n.brackets()
	var b strings.Builder
	b.WriteString(open)
	inner := indent + st.unit
	for i, v := range n.items {
		it := item{value: v}
		if len(n.keys) > 0 {
			it.key = n.keys[i]
		}
		b.WriteString(st.newline + inner + st.render(it, inner))
		if i < len(n.items)-1 || st.trailing {
			b.WriteByte(',')
		}
	}
	b.WriteString(st.newline + indent + end)
	return b.String()
}

// wantsLines reports whether the node or a part of it asks for a line for each
// item.
func (n *node) wantsLines() bool {
	return n.spread || slices.ContainsFunc(n.items, (*node).wantsLines)
}

// flat writes a node on one line even where it would rather have several.
func (st style) flat(n *node) string {
	if n.text != "" {
		return n.text
	}
	parts := make([]string, len(n.items))
	for i, v := range n.items {
		if len(n.keys) > 0 {
			parts[i] = string(hujson.String(n.keys[i])) + st.tight
		}
		parts[i] += st.flat(v)
	}
	open, end := n.brackets()
	pad := st.arrPad
	if len(n.keys) > 0 {
		pad = st.objPad
	}
	return open + pad + strings.Join(parts, st.comma) + pad + end
}

// width counts columns; a tab counts as four.
func width(s string) int { return utf8.RuneCountInString(s) + 3*strings.Count(s, "\t") }
