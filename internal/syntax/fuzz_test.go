package syntax

import (
	"bytes"
	"slices"
	"testing"
)

// Whatever the text, there is a well-formed tree over it or an error, and both
// ways to read tree-sitter's memory agree.
func FuzzParse(f *testing.F) {
	for _, src := range []string{
		sample,
		"await using x = f(); for (using y of z) using.a(`using ${using}`);",
		"export type * from 'x' with { a: 'b' }; export { type }; import defer * as n from \"y\";",
		"class A<in out T, out> { static [k: string]: import('x').A<B>; @(a?.b?.(c)) abstract override x; }",
		"f(await g<A, B<C>>(x), !h<A, B>`y`); a && b!.c as T ?? await d as unknown as T<U>[];",
		"const x = <a b=\"?c=1&d=2\">e & f</a>;",
		"\ufeff// é\r\n/[/'`]/g / 2; `${`${a}`}`",
	} {
		f.Add(src, false)
		f.Add(src, true)
	}
	f.Fuzz(func(t *testing.T, src string, withJSX bool) {
		g, name := &plain, "a.ts"
		if withJSX {
			g, name = &jsx, "a.tsx"
		}
		tree, err := Parse(name, []byte(src))
		if err != nil {
			return
		}
		wellFormed(t, src, tree)
		if string(tree.Src) != src || tree.Root().End() > len(src) {
			t.Fatalf("the tree is not over the source")
		}
		end := 0
		for _, r := range tree.Partial {
			if r.Start < end || r.End < r.Start || r.End > len(src) {
				t.Fatalf("unreadable ranges %v of %d bytes", tree.Partial, len(src))
			}
			end = r.End
			tree.Position(r.Start)
		}
		end = 0
		for _, tok := range tokenize([]byte(src)) {
			if tok.start < end || tok.end <= tok.start || tok.end > len(src) {
				t.Fatalf("token [%d,%d) after %d of %d bytes", tok.start, tok.end, end, len(src))
			}
			end = tok.end
		}
		m := newMask([]byte(src))
		if len(m.masked()) != len(src) || string(m.src) != src {
			t.Fatalf("masked as %q", m.masked())
		}
		text := blankBOM([]byte(src))
		direct, err := g.parse(text, maxParse)
		if err != nil || !g.c.direct {
			return
		}
		g.c.direct = false
		cursor, err := g.parse(text, maxParse)
		g.c.direct = true
		if err == nil && !slices.Equal(direct.nodes, cursor.nodes) {
			t.Fatalf("%d nodes, through the cursor %d", len(direct.nodes), len(cursor.nodes))
		}
		if again, err := Parse(name, bytes.Clone([]byte(src))); err == nil && !slices.Equal(again.nodes, tree.nodes) {
			t.Fatal("the same source gives another tree")
		}
	})
}
