package syntax

import (
	"bytes"
	"slices"
	"sort"
)

// The grammar is older than some of TypeScript. A mask rewrites what it does not
// know into something of the same length and shape that it does know, so that
// every offset stays true:
//
//	using x = f()                     const x = f()
//	await using x = f()                     const x = f()
//	using.close()                     Using.close()
//	export type * from "m"            export      * from "m"
//	export { type } from "m"          export { Type } from "m"
//	export … from "m" with { … }      export … from "m"
//	import … from "m" assert { … }    import … from "m" with   { … }
//	import defer * as ns from "m"     import       * as ns from "m"
//	class A<in out T>                 class A<       T>
//	x: import("m").A<B>               x: ___________.A<B>
//	static [key: string]: T                  [key: string]: T
//	abstract override x: T            abstract          x: T
//	@(a?.b) x                         @ a .b  x
//	f(await g<A, B>(x))               f(await g<____>(x))
//
// Only the parser sees the masked text. The tree keeps the source, so that a
// node's text is what the author wrote; its kinds and tokens are those of the
// rewritten form.
type mask struct {
	src    []byte
	tokens []token
	text   []byte // the masked source, nil while it is as src
	// awaited are the offsets of await and of using in each `await using`.
	awaited [][2]int
}

// newMask masks all that src holds.
func newMask(src []byte) *mask {
	m := &mask{src: src, tokens: tokenize(src)}
	for i, t := range m.tokens {
		if t.kind == markToken {
			if m.is(i, "@") && m.is(i+1, "(") {
				m.decorator(i + 1)
			}
			continue
		}
		if t.kind != wordToken {
			continue
		}
		if m.is(i, "using") {
			m.using(i)
		}
		if m.isMember(i) {
			continue
		}
		switch string(src[t.start:t.end]) {
		case "export", "import":
			m.module(i)
		case "class", "interface", "type":
			m.variance(i)
		case "static":
			m.staticIndex(i)
		case "override": // only some orders of the two are known
			if m.is(i-1, "abstract") || m.is(i+1, "abstract") {
				m.blank(i, i)
			}
		}
	}
	return m
}

// masked is the text for the parser.
func (m *mask) masked() []byte {
	if m.text == nil {
		return m.src
	}
	return m.text
}

// is reports whether the i-th token reads text.
func (m *mask) is(i int, text string) bool {
	return i >= 0 && i < len(m.tokens) && m.tokens[i].end-m.tokens[i].start == len(text) &&
		string(m.src[m.tokens[i].start:m.tokens[i].end]) == text
}

func (m *mask) any(i int, texts ...string) bool {
	for _, text := range texts {
		if m.is(i, text) {
			return true
		}
	}
	return false
}

func (m *mask) kind(i int, kind tokenKind) bool {
	return i >= 0 && i < len(m.tokens) && m.tokens[i].kind == kind
}

// isMember reports a word after a dot.
func (m *mask) isMember(i int) bool { return m.any(i-1, ".", "?.") }

// blank overwrites the tokens from the i-th to the j-th, and what stands
// between them, with spaces.
func (m *mask) blank(i, j int) { m.fill(i, j, ' ') }

func (m *mask) fill(i, j int, with byte) {
	span := m.edit()[m.tokens[i].start:m.tokens[j].end]
	for k := range span {
		if with != ' ' || span[k] != '\n' {
			span[k] = with
		}
	}
}

// put overwrites the start of a token.
func (m *mask) put(i int, text string) { copy(m.edit()[m.tokens[i].start:], text) }

func (m *mask) edit() []byte {
	if m.text == nil {
		m.text = bytes.Clone(m.src)
	}
	return m.text
}

// lookahead bounds how many tokens a mask looks at for the end of something, so
// that hostile text cannot make the time grow with its square. Type parameters
// and decorators that people write have some dozens.
const lookahead = 1000

// closing finds the token that closes the bracket at i, or -1. Angle brackets
// count only where the first one is an angle bracket.
func (m *mask) closing(i int) int {
	angle := m.is(i, "<")
	depth := 0
	for j := i; j < len(m.tokens) && j < i+lookahead; j++ {
		if m.tokens[j].kind != markToken {
			continue
		}
		switch c := m.src[m.tokens[j].start]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '<':
			if angle {
				depth++
			}
		case '>':
			if angle {
				depth--
			}
		case ';':
			if angle && depth == 1 {
				return -1
			}
		}
		if depth <= 0 {
			return j
		}
	}
	return -1
}

// using masks the word as the keyword of a declaration or as a name.
func (m *mask) using(i int) {
	if m.isMember(i) || !declares(m.src[m.tokens[i].end:]) {
		m.put(i, "Using")
		return
	}
	if m.is(i-1, "await") && !m.tokens[i].newline && !m.isMember(i-1) {
		m.awaited = append(m.awaited, [2]int{m.tokens[i-1].start, m.tokens[i].start})
		m.blank(i-1, i-1)
	}
	m.put(i, "const")
}

// misleading reports whether src may hold what the parser reads without an
// error as something else, so that there is no waiting for its verdict: a
// declaration with using, which it takes for an assignment, and an import type
// among the type arguments of a call, which it takes for comparisons.
func misleading(src []byte) bool {
	for rest := src; ; {
		i := bytes.Index(rest, []byte("using"))
		if i < 0 {
			break
		}
		after := rest[i+len("using"):]
		if (i == 0 || !isWordByte(rest[i-1])) && declares(after) {
			return true
		}
		rest = after
	}
	for rest := src; ; {
		i := bytes.Index(rest, []byte("import("))
		if i < 0 {
			return false
		}
		before := bytes.TrimRight(rest[:i], " \t\r\n")
		if bytes.HasSuffix(before, []byte("<")) || bytes.HasSuffix(before, []byte("typeof")) {
			return true
		}
		rest = rest[i+len("import("):]
	}
}

// declares reports whether the text after the word using makes it a
// declaration's: a name on the same line, and then =, : or of.
func declares(after []byte) bool {
	rest := bytes.TrimLeft(after, " \t")
	if len(rest) == len(after) {
		return false
	}
	end := 0
	for end < len(rest) && isWordByte(rest[end]) {
		end++
	}
	if end == 0 || rest[0] >= '0' && rest[0] <= '9' {
		return false
	}
	name := string(rest[:end])
	rest = bytes.TrimLeft(rest[end:], " \t\r\n")
	switch {
	case name == "in" || name == "instanceof" || name == "as" || name == "satisfies":
		return false
	case bytes.HasPrefix(rest, []byte("=")):
		return !bytes.HasPrefix(rest, []byte("==")) && !bytes.HasPrefix(rest, []byte("=>"))
	case bytes.HasPrefix(rest, []byte(":")):
		return true
	}
	return name != "of" && bytes.HasPrefix(rest, []byte("of")) && len(rest) > 2 && !isWordByte(rest[2])
}

// module masks import and export statements, and import types.
func (m *mask) module(i int) {
	export := m.is(i, "export")
	j := i + 1
	switch {
	case !export && m.is(j, "("):
		m.importType(i)
		return
	case export && m.is(j, "type") && m.is(j+1, "*"), !export && m.is(j, "defer") && m.is(j+1, "*"):
		m.blank(j, j)
	}
	// The clause: names, stars and braces up to the string of the module.
	for ; !m.kind(j, stringToken); j++ {
		if j >= len(m.tokens) || m.any(j, "import", "export") || !m.kind(j, wordToken) && !m.any(j, "{", "}", ",", "*") {
			return
		}
		if m.is(j, "type") && m.any(j-1, "{", ",") && m.any(j+1, ",", "}") {
			m.put(j, "Type")
		}
	}
	if !m.is(j-1, "from") && j != i+1 {
		return
	}
	// Its attributes.
	if !m.is(j+1, "with") && (!m.is(j+1, "assert") || m.tokens[j+1].newline) || !m.is(j+2, "{") {
		return
	}
	end := m.closing(j + 2)
	if end < 0 {
		return
	}
	if export {
		m.blank(j+1, end)
	} else if m.is(j+1, "assert") {
		m.put(j+1, "with  ")
	}
}

// importType masks import("m"), where it is a type that the grammar cannot go
// on from, as a name.
func (m *mask) importType(i int) {
	end := m.closing(i + 1)
	if end < 0 || !m.kind(i+2, stringToken) {
		return
	}
	next := end + 1
	for m.is(next, ".") && m.kind(next+1, wordToken) {
		next += 2
	}
	if m.typeBefore(i) || m.typeAfter(next, next > end+1) {
		m.fill(i, end, '_')
	}
}

// typeBefore reports that what precedes token i makes it a type.
func (m *mask) typeBefore(i int) bool {
	return m.any(i-1, "<", "|", "&", "as", "satisfies", "extends", "implements", "keyof", "typeof", "readonly", "is") && !m.isMember(i-1)
}

// typeAfter reports that what starts at token i makes import("m") before it a
// type, because it would make no sense after a promise.
func (m *mask) typeAfter(i int, named bool) bool {
	switch {
	case m.any(i, ">", "|", "&"):
		return true
	case m.is(i, "["):
		return m.is(i+1, "]") || named && m.kind(i+1, stringToken) && m.is(i+2, "]")
	case m.is(i, ")"):
		return m.is(i+1, "[") && m.is(i+2, "]")
	case m.is(i, "<"):
		end := m.closing(i)
		return end > 0 && !m.is(end+1, "(") && !m.kind(end+1, templateToken)
	}
	return false
}

// variance blanks in and out before type parameters.
func (m *mask) variance(i int) {
	open := i + 1
	if m.kind(open, wordToken) {
		open++
	}
	if !m.is(open, "<") {
		return
	}
	end := m.closing(open)
	if end < 0 {
		return
	}
	depth := 0
	for j := open; j < end; j++ {
		switch {
		case m.any(j, "<", "(", "[", "{"):
			depth++
		case m.any(j, ">", ")", "]", "}"):
			depth--
		}
		if depth != 1 || !m.any(j, "<", ",") {
			continue
		}
		for k := j + 1; m.any(k, "const", "in", "out") && m.kind(k+1, wordToken) && !m.is(k+1, "extends"); k++ {
			if !m.is(k, "const") {
				m.blank(k, k)
			}
		}
	}
}

// staticIndex blanks static before an index signature.
func (m *mask) staticIndex(i int) {
	open := i + 1
	if m.is(open, "readonly") {
		open++
	}
	if m.is(open, "[") && m.kind(open+1, wordToken) && m.is(open+2, ":") {
		m.blank(i, i)
	}
}

// decorator masks @(expression): the grammar knows none with parentheses. They
// are left out around a chain of names and its call; a name takes the place of
// any other expression.
func (m *mask) decorator(open int) {
	end := m.closing(open)
	if end < open+2 {
		return
	}
	i := open + 1
	for m.kind(i, wordToken) && m.any(i+1, ".", "?.") && m.kind(i+2, wordToken) {
		i += 2
	}
	call := i + 1
	if m.is(call, "?.") {
		call++
	}
	if !m.kind(i, wordToken) || i+1 != end && (!m.is(call, "(") || m.closing(call) != end-1) {
		m.fill(open, end, '_')
		return
	}
	for j := open; j < call; j++ {
		if m.is(j, "?.") {
			m.put(j, " .")
		}
	}
	if call == i+2 {
		m.blank(i+1, i+1)
	}
	m.blank(open, open)
	m.blank(end, end)
}

// typeArguments masks the type arguments that start at the given offsets with a
// name, where they have a comma and a call follows. See comparisons.
func (m *mask) typeArguments(offsets []int) {
	slices.Sort(offsets)
	masked := 0 // up to this offset
	for _, offset := range offsets {
		i := sort.Search(len(m.tokens), func(i int) bool { return m.tokens[i].start >= offset })
		if offset < masked || !m.is(i, "<") || !m.kind(i-1, wordToken) {
			continue
		}
		end := m.closing(i)
		if end < 0 || !m.is(end+1, "(") && !m.kind(end+1, templateToken) {
			continue
		}
		if slices.ContainsFunc(m.tokens[i:end], func(t token) bool { return t.kind == markToken && m.src[t.start] == ',' }) {
			m.fill(i+1, end-1, '_')
			masked = m.tokens[end].end
		}
	}
}

// comparisons lists the offsets of operators < in elements of a list that are
// not its last. The parser may have torn a call with type arguments apart at
// their comma there: f(await g<A, B>(x)) into await g < A and B > (x). TypeScript
// reads a call whenever it can.
func comparisons(src []byte, nodes []node) []int {
	const nested = 50 // operators that people write around a call
	var out []int
	for i := range nodes {
		n := &nodes[i]
		if n.field != FieldOperator || n.end-n.start != 1 || src[n.start] != '<' {
			continue
		}
		element := n.parent
		for range nested {
			k := nodes[nodes[element].parent].kind
			if k != BinaryExpression && k != AwaitExpression && k != UnaryExpression {
				break
			}
			element = nodes[element].parent
		}
		list, next := &nodes[nodes[element].parent], nodes[element].sub
		if list.kind != Arguments && list.kind != Array && list.kind != SequenceExpression {
			continue
		}
		if next < list.sub && nodes[next].kind == Token && src[nodes[next].start] == ',' {
			out = append(out, int(n.start))
		}
	}
	return out
}

// finish makes declarations with `await using` start with await.
func (m *mask) finish(nodes []node) {
	i := 0
	for _, a := range m.awaited {
		for ; i < len(nodes) && int(nodes[i].start) <= a[1]; i++ {
			if n := &nodes[i]; int(n.start) == a[1] && n.kind != Token {
				n.start = uint32(a[0])
			}
		}
	}
}

// maskAmpersands returns text with a bar for each & in the given ranges, which
// the parser could not read; nil when there is none. In JSX the grammar takes &
// for the start of an entity, while a bar is text, and in code an operator too.
func maskAmpersands(text []byte, unread []Range) []byte {
	var out []byte
	for _, r := range unread {
		for at := r.Start; at < r.End; at++ {
			if text[at] != '&' {
				continue
			}
			if out == nil {
				out = bytes.Clone(text)
			}
			out[at] = '|'
		}
	}
	return out
}
