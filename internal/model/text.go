package model

import (
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Text is the constant string that an expression certainly is: a literal, a
// template without substitutions, a concatenation of such, or a const bound to
// one. ok is false when any part is not constant.
func (m *Module) Text(n syntax.Node) (text string, ok bool) {
	text, holes := m.Template(n)
	return text, n.OK() && holes == 0
}

// Hole stands in a Template's text where a value is inserted.
const Hole = "\x00"

// Template is an expression's text with a Hole for every part that is not
// constant, and how many holes there are. An expression that is not text at all
// is one hole.
func (m *Module) Template(n syntax.Node) (text string, holes int) {
	return m.template(n, 0)
}

func (m *Module) template(n syntax.Node, depth int) (string, int) {
	n = unwrap(n)
	if depth > maxEval {
		return Hole, 1
	}
	switch n.Kind() {
	case syntax.String:
		return unescape(unquote(n.Text())), 0
	case syntax.TemplateString:
		var b strings.Builder
		holes := 0
		at := n.Start() + 1
		for c := range n.Children() {
			if !c.Is(syntax.TemplateSubstitution) {
				continue
			}
			b.WriteString(unescape(string(n.Tree().Src[at:c.Start()])))
			text, h := m.template(c.NamedChild(0), depth+1)
			b.WriteString(text)
			holes += h
			at = c.End()
		}
		b.WriteString(unescape(string(n.Tree().Src[at : n.End()-1])))
		return b.String(), holes
	case syntax.BinaryExpression:
		if n.Operator() == "+" {
			l, hl := m.template(n.Child(syntax.FieldLeft), depth+1)
			r, hr := m.template(n.Child(syntax.FieldRight), depth+1)
			return l + r, hl + hr
		}
	case syntax.Number:
		return n.Text(), 0
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 && !b.Each {
			return m.template(b.Init, depth+1)
		}
	case syntax.MemberExpression:
		if v := m.eval(n.Child(syntax.FieldObject), depth+1); v.Kind == Instance || v.Kind == ClassValue {
			if f := v.Class.Field(n.Child(syntax.FieldProperty).Text()); f != nil && f.Init.OK() && (f.Static || f.Node.HasToken("readonly")) {
				return m.template(f.Init, depth+1)
			}
		}
	}
	return Hole, 1
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\'`, "'", `\"`, `"`, "\\`", "`", `\\`, `\`).Replace(s)
}

// Number is the constant number that an expression certainly is.
func (m *Module) Number(n syntax.Node) (value float64, ok bool) { return m.number(n, 0) }

func (m *Module) number(n syntax.Node, depth int) (float64, bool) {
	n = unwrap(n)
	if depth > maxEval {
		return 0, false
	}
	switch n.Kind() {
	case syntax.Number:
		return parseNumber(n.Text())
	case syntax.UnaryExpression:
		v, ok := m.number(n.Child(syntax.FieldArgument), depth+1)
		if n.Operator() == "-" {
			return -v, ok
		}
		return v, ok && n.Operator() == "+"
	case syntax.BinaryExpression:
		l, ok1 := m.number(n.Child(syntax.FieldLeft), depth+1)
		r, ok2 := m.number(n.Child(syntax.FieldRight), depth+1)
		if !ok1 || !ok2 {
			return 0, false
		}
		switch n.Operator() {
		case "*":
			return l * r, true
		case "+":
			return l + r, true
		case "-":
			return l - r, true
		case "/":
			return l / r, r != 0
		}
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Const && b.Init.OK() && len(b.Path) == 0 && !b.Each {
			return m.number(b.Init, depth+1)
		}
	case syntax.MemberExpression:
		if v := m.eval(n.Child(syntax.FieldObject), depth+1); v.Kind == Instance || v.Kind == ClassValue {
			if f := v.Class.Field(n.Child(syntax.FieldProperty).Text()); f != nil && f.Init.OK() && (f.Static || f.Node.HasToken("readonly")) {
				return m.number(f.Init, depth+1)
			}
		}
	}
	return 0, false
}
