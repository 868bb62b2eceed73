package projectfiles

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxWidth is the line width that the code is laid out for.
const maxWidth = 100

// node is an expression that can be laid out on one line or on several, by the
// rules of prettier: whoever formats the file with it gets the same file.
type node struct {
	kind  nodeKind
	text  string // an atom; what stands before the brackets of a call; the head of an arrow function
	keys  []string
	items []node
}

type nodeKind int

const (
	atom nodeKind = iota
	object
	array
	callOf
	arrow // one item, the body
)

func atomOf(text string) node { return node{kind: atom, text: text} }

func call(name string, args ...node) node { return node{kind: callOf, text: name, items: args} }

// with adds a member to an object.
func (n node) with(key string, value node) node {
	n.kind = object
	n.keys, n.items = append(slices.Clone(n.keys), key), append(slices.Clone(n.items), value)
	return n
}

// brackets returns what surrounds the items, and the padding inside it on one line.
func (n node) brackets() (open, end, pad string) {
	switch n.kind {
	case object:
		return "{", "}", " "
	case array:
		return "[", "]", ""
	}
	return n.text + "(", ")", ""
}

// flat is the expression on one line.
func (n node) flat() string {
	switch n.kind {
	case atom:
		return n.text
	case arrow:
		return n.text + " => " + n.items[0].flat()
	}
	open, end, pad := n.brackets()
	if len(n.items) == 0 {
		return open + end
	}
	parts := make([]string, len(n.items))
	for i, item := range n.items {
		parts[i] = n.key(i) + item.flat()
	}
	return open + pad + strings.Join(parts, ", ") + pad + end
}

func (n node) key(i int) string {
	if n.kind != object {
		return ""
	}
	return n.keys[i] + ": "
}

// spread reports whether the expression has several lines however short it is: a
// list of records is a table, one a line.
func (n node) spread() bool {
	if n.kind == array && len(n.items) > 1 {
		kind := n.items[0].kind
		table := kind == object || kind == array
		for _, item := range n.items {
			table = table && item.kind == kind && len(item.items) > 1
		}
		if table {
			return true
		}
	}
	return slices.ContainsFunc(n.items, node.spread)
}

func width(s string) int { return utf8.RuneCountInString(s) }

// fits reports whether the expression can stand on one line from column col on,
// with tail more columns behind it.
func (n node) fits(col, tail int) bool {
	return !n.spread() && col+width(n.flat())+tail <= maxWidth
}

// print lays the expression out where it begins at column col of a line that is
// indented by indent, with tail more columns behind its last line.
func (n node) print(indent, col, tail int) string {
	switch {
	case n.kind == atom || len(n.items) == 0 || n.fits(col, tail):
		return n.flat()
	case n.kind == callOf && n.hugs(col):
		last := len(n.items) - 1
		open := n.text + "(" + flatArgs(n.items[:last])
		return open + n.items[last].broken(indent) + ")"
	}
	return n.broken(indent)
}

// broken has a line or more for each item.
func (n node) broken(indent int) string {
	if n.kind == arrow {
		return n.text + " =>\n" + blanks(indent+2) + n.items[0].print(indent+2, indent+2, 1) + ",\n" + blanks(indent)
	}
	open, end, _ := n.brackets()
	if n.numbers() {
		return open + "\n" + n.filled(indent+2) + blanks(indent) + end
	}
	var b strings.Builder
	b.WriteString(open + "\n")
	for i, item := range n.items {
		key := n.key(i)
		b.WriteString(blanks(indent+2) + key)
		if item.kind == atom && key != "" && !item.fits(indent+2+width(key), 1) {
			b.WriteString("\n" + blanks(indent+4) + item.text + ",\n")
			continue
		}
		b.WriteString(item.print(indent+2, indent+2+width(key), 1) + ",\n")
	}
	b.WriteString(blanks(indent) + end)
	return b.String()
}

// hugs reports whether the call's last argument may begin on the call's own line.
func (n node) hugs(col int) bool {
	last := len(n.items) - 1
	arg := n.items[last]
	if arg.kind != arrow && (arg.kind != object && arg.kind != array || len(arg.items) == 0) {
		return false
	}
	if last > 0 && n.items[last-1].kind == arg.kind || slices.ContainsFunc(n.items[:last], node.spread) {
		return false
	}
	begin := "{"
	if arg.kind == arrow {
		begin = arg.text + " =>"
	}
	return col+width(n.text+"("+flatArgs(n.items[:last])+begin) <= maxWidth
}

// flatArgs are the arguments before the last one.
func flatArgs(args []node) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.flat() + ", ")
	}
	return b.String()
}

// numbers reports whether the items are numbers alone, which share lines.
func (n node) numbers() bool {
	return n.kind == array && !slices.ContainsFunc(n.items, func(i node) bool {
		return i.kind != atom || strings.Trim(i.text, "-0123456789.eE") != ""
	})
}

func (n node) filled(indent int) string {
	var b strings.Builder
	col := 0
	for _, item := range n.items {
		w := width(item.text) + 1
		switch {
		case col == 0:
			b.WriteString(blanks(indent))
			col = indent
		case col+1+w > maxWidth:
			b.WriteString("\n" + blanks(indent))
			col = indent
		default:
			b.WriteString(" ")
			col++
		}
		b.WriteString(item.text + ",")
		col += w
	}
	return b.String() + "\n"
}

func blanks(n int) string { return strings.Repeat(" ", n) }

// assertion lays out `expect(subject, "label").toMatchObject(want);`. The label is
// what a failure is told by: workerd gives its places in the code that was made of
// the file, where the lines are others.
func assertion(indent int, subject node, label string, want node) string {
	const matcher = "toMatchObject"
	chain := call(fmt.Sprintf("expect(%s, %s).%s", subject.flat(), label, matcher), want)
	if !subject.spread() && (chain.fits(indent, 1) || indent+width(chain.text+"(") <= maxWidth) {
		return chain.print(indent, indent, 1) + ";"
	}
	expect := call("expect", subject, atomOf(label))
	return expect.broken(indent) + call("."+matcher, want).print(indent, indent+1, 1) + ";"
}

// assignment lays out "const name = value;".
func assignment(indent int, name string, value node) string {
	head := "const " + name + " = "
	return head + value.print(indent, indent+width(head), 1) + ";"
}
