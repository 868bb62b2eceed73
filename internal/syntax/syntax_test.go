package syntax

import (
	"strings"
	"sync"
	"testing"
)

const sample = `import { DurableObject } from "cloudflare:workers";
export class Room<T> extends DurableObject<Env> {
  #n = 0; // not a count
  async add(by: number) { this.#n += by; return ` + "`${this.#n} é`" + `; }
}
`

func TestNavigation(t *testing.T) {
	tree := mustParse(t, "a.ts", sample)
	var class Node
	for n := range tree.Root().Descendants() {
		if n.Is(ClassDeclaration) {
			class = n
		}
	}
	if got := class.Child(FieldName).Text(); got != "Room" {
		t.Fatalf("class name %q", got)
	}
	method := class.Child(FieldBody).FirstOf(MethodDefinition)
	if !method.HasToken("async") || method.Line() != 4 {
		t.Fatalf("method %q on line %d", method.Text(), method.Line())
	}
	if p := method.Parent(); !p.Is(ClassBody) || !class.Contains(p) || p.Contains(class) {
		t.Fatalf("parent is %s", p.Kind())
	}
	if l, c := tree.Position(strings.Index(sample, "`;")); l != 4 || c != 62 {
		t.Fatalf("position %d:%d, want 4:62 (é is one character)", l, c)
	}
}

func TestUnreadableRegionIsNamedAndTheRestIsThere(t *testing.T) {
	tree := mustParse(t, "a.ts", "const a = 1;\nclass { ] ) ;\nconst z = 9;\n")
	if len(tree.Partial) == 0 {
		t.Fatal("nothing reported as unreadable")
	}
	if line, _ := tree.Position(tree.Partial[0].Start); line != 2 {
		t.Fatalf("first unreadable region starts on line %d, want 2", line)
	}
}

func TestParallelParses(t *testing.T) {
	want := mustParse(t, "a.ts", sample).Size()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if tree, err := Parse("a.ts", []byte(sample)); err != nil || tree.Size() != want {
					t.Errorf("got %v nodes, %v", tree, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestUsingIsADeclaration(t *testing.T) {
	for _, src := range []string{
		"async function f() { using q = g(); }",
		"async function f() { await using q = g(); }",
		"async function f() { using q: Lock = await g<T>(1); }",
		"async function f() { for (using q of list) h(q); }",
		"async function f() { for await (await using q of list) h(q); }",
	} {
		tree := mustParse(t, "a.ts", src)
		wellFormed(t, src, tree)
		declared := false
		for n := range tree.Root().Descendants() {
			declared = declared || n.Is(VariableDeclarator) && n.Child(FieldName).Text() == "q" || n.Is(ForInStatement) && n.Child(FieldLeft).Text() == "q"
		}
		if !declared || len(tree.Partial) > 0 {
			t.Errorf("%s: declared %v, unreadable %v", src, declared, tree.Partial)
		}
	}
	const text = "const s = 'using x = 1', t = `using z = ${s}`; // using y = 2\n/using w = 3/.test(s);"
	if tree := mustParse(t, "a.ts", text); len(tree.Partial) > 0 || string(tree.Src) != text {
		t.Errorf("the word in strings, templates, comments and patterns: unreadable %v", tree.Partial)
	}
}

// wellFormed checks what every walker relies on: pre-order, nested spans, and
// subtree ends that agree with parents.
func wellFormed(t *testing.T, name string, tree *Tree) {
	t.Helper()
	for i := 1; i < tree.Size(); i++ {
		n, p := tree.At(i), tree.At(i).Parent()
		if p.ID() >= i || !p.Contains(n) || n.Start() < p.Start() || n.End() > p.End() || int(n.raw().sub) > int(p.raw().sub) || int(n.raw().sub) <= i {
			t.Fatalf("%s: node %d (%s %q) does not fit its parent %d (%s %q)", name, i, n.Kind(), n.Text(), p.ID(), p.Kind(), p.Text())
		}
	}
}

func TestEmpty(t *testing.T) {
	if n := mustParse(t, "a.ts", "").Root(); !n.Is(Program) {
		t.Fatalf("root is %s", n.Kind())
	}
}

func mustParse(t *testing.T, name, src string) *Tree {
	t.Helper()
	tree, err := Parse(name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
