package syntax

import (
	"strings"
	"testing"
)

// The grammar gives several operators a wrong hold; every tree has them as in
// TypeScript's own, and stays well formed.
func TestGrouping(t *testing.T) {
	for src, want := range map[string]string{
		"await a.b<T>(c)":                     "(await ((a.b)<T>(c)))",
		"await f<T>(c)":                       "(await (f<T>(c)))",
		"await a.b<T>(c).d(e)":                "(await ((((a.b)<T>(c)).d)(e)))",
		"!a.b<T>(c)":                          "(!((a.b)<T>(c)))",
		"x + a.b<T>(c)":                       "(x + ((a.b)<T>(c)))",
		"x + await a.b<T>(c)":                 "(x + (await ((a.b)<T>(c))))",
		"x(1) === !a.b<T>(c)":                 "((x(1)) === (!((a.b)<T>(c))))",
		"!!await f<T>(c)":                     "(!(!(await (f<T>(c)))))",
		"(await a.b<T>(c)) ?? 0":              "([(await ((a.b)<T>(c)))] ?? 0)",
		"await (await a.b<T>(c)).d<E>(f)":     "(await (([(await ((a.b)<T>(c)))].d)<E>(f)))",
		"await this.sql<T>`x`":                "(await ((this.sql)<T>`x`))",
		"(await a)<T>(c)":                     "([(await a)]<T>(c))",
		"a && b!.c":                           "(a && ((b!).c))",
		"a && this.b!.c!.d(e)[0]!":            "(a && ((((((((this.b)!).c)!).d)(e))[0])!))",
		"a === b[0]!":                         "(a === ((b[0])!))",
		"!b!.c":                               "(!((b!).c))",
		"typeof b!.c === d":                   "((typeof ((b!).c)) === d)",
		"a || b!.c && d":                      "(a || (((b!).c) && d))",
		"a && b!.c && d!.e || f!":             "(((a && ((b!).c)) && ((d!).e)) || (f!))",
		"a + b!.c * d!.e - 1":                 "((a + (((b!).c) * ((d!).e))) - 1)",
		"await b!.c()":                        "(await (((b!).c)()))",
		"x ? a && b!.c : !d!":                 "((a && ((b!).c)) : (!(d!)))",
		"await f() as T":                      "((await (f())) as T)",
		"await f() as unknown as T":           "(((await (f())) as unknown) as T)",
		"await await f() satisfies T":         "((await (await (f()))) satisfies T)",
		"!await f() as T":                     "((!(await (f()))) as T)",
		"await f<T>(a) as U":                  "((await (f<T>(a))) as U)",
		"a ?? b as T":                         "(a ?? (b as T))",
		"a ?? await b() as T":                 "(a ?? ((await (b())) as T))",
		"a || b!.c as T":                      "(a || (((b!).c) as T))",
		"a && b as unknown as T":              "(a && ((b as unknown) as T))",
		"a + b as T":                          "((a + b) as T)",
		"a < await b() as T":                  "((a < (await (b()))) as T)",
		"a === b as T":                        "(a === (b as T))",
		"a as b.c.d.T":                        "(a as b.c.d.T)",
		"g(await a as T, b)":                  "(g((await a) as T)(b))",
		"g(await s.get<Record<a, b>>('k'))":   "(g(await ((s.get)<Record<a, b>>('k'))))",
		"g(1, !f<A, B>(x), await h<A, C>`k`)": "(g(1)(!(f<A, B>(x)))(await (h<A, C>`k`)))",
		"[x ?? await f<A, _B>(x), i < n, m]":  "[(x ?? (await (f<A, _B>(x)))), (i < n), m]",
		"g(a < b, c > d)":                     "(g(a < b)(c > d))",
		"g(i < n, m, j > (k))":                "(g(i< n, m, j >(k)))",
	} {
		tree := mustParse(t, "a.ts", "async function f() { const q = "+src+"; }")
		wellFormed(t, src, tree)
		for n := range tree.Root().Descendants() {
			if !n.Is(VariableDeclarator) {
				continue
			}
			v := n.Child(FieldValue)
			if got := grouping(v); got != want || v.Text() != src {
				t.Errorf("%s\n got  %s over %q\n want %s", src, got, v.Text(), want)
			}
		}
	}
}

// grouping writes an expression with a bracket around every operation.
func grouping(n Node) string {
	if n.Is(TypeArguments, TemplateString) {
		return n.Text()
	}
	open, end := "(", ")"
	switch n.Kind() {
	case CallExpression, AwaitExpression, UnaryExpression, BinaryExpression, NonNullExpression, MemberExpression, SubscriptExpression, AsExpression, SatisfiesExpression, Arguments:
	case ParenthesizedExpression, Array:
		open, end = "[", "]"
	case TernaryExpression:
		// The condition is of no interest here.
		return "(" + grouping(n.Child(FieldConsequence)) + " : " + grouping(n.Child(FieldAlternative)) + ")"
	default:
		return n.Text()
	}
	var b strings.Builder
	for c := range n.Children() {
		text := grouping(c)
		switch {
		case text == "(" || text == ")" || n.Is(Array) && (text == "[" || text == "]"):
			continue
		case n.Is(Arguments) && text == ",":
			text = ")("
		case n.Is(Arguments):
			text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
		case text == ",":
			text = ", "
		case text == "await" || text == "typeof":
			text += " "
		case n.Is(BinaryExpression, AsExpression, SatisfiesExpression) && c.Kind() == Token:
			text = " " + text + " "
		}
		b.WriteString(text)
	}
	return open + b.String() + end
}
