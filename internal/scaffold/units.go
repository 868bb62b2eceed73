package scaffold

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// A module is cut into the units that additions are made of: its declarations,
// the members of classes, and the entries of arrays. Lines would not do: two
// methods have many lines in common, and what is added between them could end up
// in the middle of another.

// unit is one declaration, member or entry with what stands before it. A unit
// with children (a class, an array) is its head, the children and its tail.
type unit struct {
	key      string // tells it apart from its neighbours, in every version of the file
	text     string // all of it; of one with children, the head
	children []unit
	tail     string
	list     bool // it has children, or could have
	appended bool // a list that only grows at its end: the schema history
}

// whole is the unit's text.
func (u unit) whole() string {
	var b strings.Builder
	b.WriteString(u.text)
	for _, c := range u.children {
		b.WriteString(c.whole())
	}
	b.WriteString(u.tail)
	return b.String()
}

// same reports whether two units say the same; blank space around them is no matter.
func (u unit) same(v unit) bool { return strings.TrimSpace(u.whole()) == strings.TrimSpace(v.whole()) }

// parseUnits cuts a module.
func parseUnits(src []byte) (unit, error) {
	tree, err := syntax.Parse("durable_object.ts", src)
	if err != nil {
		return unit{}, err
	}
	if len(tree.Partial) > 0 {
		line, _ := tree.Position(tree.Partial[0].Start)
		return unit{}, fmt.Errorf("durable_object.ts:%d cannot be read as TypeScript; mend it first", line)
	}
	c := cutter{src: string(src)}
	root := unit{key: "the module", list: true}
	root.children, root.tail = c.cut(tree.Root().NamedChildren(), 0, len(src))
	return root, nil
}

type cutter struct{ src string }

// cut makes a unit of each node between two offsets. Comments belong to the unit
// behind them.
func (c *cutter) cut(nodes iter.Seq[syntax.Node], from, to int) (units []unit, tail string) {
	seen := map[string]int{}
	at := from
	for n := range nodes {
		if n.Is(syntax.Comment) || n.End() <= at {
			continue
		}
		end := c.behind(n.End(), to)
		u := c.unit(n, at, end)
		if seen[u.key]++; seen[u.key] > 1 {
			u.key = fmt.Sprintf("%s (%d)", u.key, seen[u.key])
		}
		units = append(units, u)
		at = end
	}
	return units, c.src[at:to]
}

// behind takes in the comma or semicolon that ends a member or an entry.
func (c *cutter) behind(end, to int) int {
	if end < to && (c.src[end] == ',' || c.src[end] == ';') {
		return end + 1
	}
	return end
}

func (c *cutter) unit(n syntax.Node, from, end int) unit {
	u := unit{key: keyOf(n), text: c.src[from:end]}
	body := containerOf(n)
	if !body.OK() {
		return u
	}
	open, closing := body.Start()+1, body.End()-1
	u.children, u.tail = c.cut(body.NamedChildren(), open, closing)
	u.text, u.tail = c.src[from:open], u.tail+c.src[closing:end]
	u.list = true
	u.appended = u.key == "MIGRATIONS"
	return u
}

// containerOf is the class body or the array whose entries are units, too.
func containerOf(n syntax.Node) syntax.Node {
	if n.Is(syntax.ExportStatement) {
		if d := n.Child(syntax.FieldDeclaration); d.OK() {
			n = d
		}
	}
	switch {
	case n.Is(syntax.ClassDeclaration):
		return n.Child(syntax.FieldBody)
	case n.Is(syntax.LexicalDeclaration):
		if v := n.FirstOf(syntax.VariableDeclarator).Child(syntax.FieldValue); v.Is(syntax.Array) {
			return v
		}
	}
	return syntax.Node{}
}

var routeEntry = regexp.MustCompile(`method:\s*"(\w+)"[\s\S]*?path:\s*(?:new URLPattern\(\{ pathname: )?"([^"]+)"`)

// keyOf names a unit as people would.
func keyOf(n syntax.Node) string {
	if n.Is(syntax.ExportStatement) {
		if d := n.Child(syntax.FieldDeclaration); d.OK() {
			return keyOf(d)
		}
		return "the default export"
	}
	switch {
	case n.Is(syntax.ImportStatement):
		return "the import from " + n.Child(syntax.FieldSource).Text()
	case n.Is(syntax.LexicalDeclaration):
		return n.FirstOf(syntax.VariableDeclarator).Child(syntax.FieldName).Text()
	case n.Is(syntax.ClassDeclaration):
		return "class " + n.Child(syntax.FieldName).Text()
	case n.Is(syntax.MethodDefinition, syntax.FunctionDeclaration):
		return n.Child(syntax.FieldName).Text() + "()"
	case n.Child(syntax.FieldName).OK():
		return n.Child(syntax.FieldName).Text()
	}
	if m := routeEntry.FindStringSubmatch(n.Text()); m != nil && n.Is(syntax.Object) {
		return "the route " + m[1] + " " + m[2]
	}
	return strings.Join(strings.Fields(n.Text()), " ")
}

// join adds to a unit, as it stands now, what another version of it has over the
// one that both come from. Clashes name what both changed.
func join(base, now, next unit) (unit, []string) {
	if now.same(base) {
		return next, nil
	}
	if next.same(base) || next.same(now) {
		return now, nil
	}
	if !base.list || !now.list || !next.list {
		return now, []string{base.key}
	}
	var clashes []string
	out := now
	out.children = nil
	switch {
	case strings.TrimSpace(now.text) == strings.TrimSpace(base.text):
		out.text = next.text
	case strings.TrimSpace(next.text) != strings.TrimSpace(base.text):
		clashes = append(clashes, "the head of "+base.key)
	}
	at := func(list []unit, key string) int {
		return slices.IndexFunc(list, func(u unit) bool { return u.key == key })
	}
	for _, mine := range now.children {
		b, n := at(base.children, mine.key), at(next.children, mine.key)
		switch {
		case b < 0 && n < 0: // added by hand
			out.children = append(out.children, mine)
		case b < 0: // added on both sides
			if !mine.same(next.children[n]) {
				clashes = append(clashes, mine.key)
			}
			out.children = append(out.children, mine)
		case n < 0: // no longer wanted
			if !mine.same(base.children[b]) {
				clashes = append(clashes, mine.key)
			}
		default:
			joined, more := join(base.children[b], mine, next.children[n])
			clashes = append(clashes, more...)
			out.children = append(out.children, joined)
		}
	}
	for i, wanted := range next.children {
		if at(now.children, wanted.key) >= 0 {
			continue
		}
		if b := at(base.children, wanted.key); b >= 0 {
			if !wanted.same(base.children[b]) {
				clashes = append(clashes, wanted.key+", which is gone")
			}
			continue // taken away by hand, and nothing new about it
		}
		place := len(out.children)
		if !now.appended {
			for j := i - 1; j >= 0; j-- {
				if before := at(out.children, next.children[j].key); before >= 0 {
					place = before + 1
					break
				}
				if j == 0 {
					place = 0
				}
			}
		}
		out.children = slices.Insert(out.children, place, wanted)
	}
	return out, clashes
}
