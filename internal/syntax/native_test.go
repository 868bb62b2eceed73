package syntax

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/typescript/typescript"
)

// The declarations in runtime.h must agree with the linked runtime: every node
// that the binding sees has to come out the same.
func TestTreeAgreesWithBinding(t *testing.T) {
	tree := mustParse(t, "a.ts", sample)
	p := sitter.NewParser()
	defer p.Close()
	p.SetLanguage(typescript.GetLanguage())
	st, err := p.ParseCtx(context.Background(), nil, []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	i := 0
	var walk func(n *sitter.Node, parent int)
	walk = func(n *sitter.Node, parent int) {
		got := tree.At(i)
		if got.Start() != int(n.StartByte()) || got.End() != int(n.EndByte()) || got.Named() != n.IsNamed() || got.Parent().OK() && got.Parent().ID() != parent {
			t.Fatalf("node %d: got %s [%d,%d), binding has %s [%d,%d)", i, got.Kind(), got.Start(), got.End(), n.Type(), n.StartByte(), n.EndByte())
		}
		if k := got.Kind(); k != Token && k != Other && k.String() != n.Type() {
			t.Fatalf("node %d: kind %s, binding has %s", i, k, n.Type())
		}
		self := i
		i++
		for c := 0; c < int(n.ChildCount()); c++ {
			if f := tree.At(i).Field(); f != NoField && fieldNames[f] != n.FieldNameForChild(c) {
				t.Fatalf("node %d: field %s, binding has %s", i, fieldNames[f], n.FieldNameForChild(c))
			}
			walk(n.Child(c), self)
		}
	}
	walk(st.RootNode(), -1)
	if i != tree.Size() {
		t.Fatalf("exported %d nodes, binding has %d", tree.Size(), i)
	}
}

// The direct walk knows tree-sitter's memory; where it is used, it must give
// what the cursor gives, node for node.
func TestDirectWalkAgreesWithCursor(t *testing.T) {
	mustParse(t, "a.ts", "")
	if !plain.c.direct {
		t.Skip("trees are read through the cursor on this machine")
	}
	defer func() { plain.c.direct = true }()
	compared := 0
	compare := func(name string, src []byte) {
		t.Helper()
		plain.c.direct = true
		got, err := plain.parse(src, maxParse)
		plain.c.direct = false
		want, wantErr := plain.parse(src, maxParse)
		if err != wantErr || got.partial != want.partial || !slices.Equal(got.nodes, want.nodes) {
			t.Errorf("%s: %d nodes, partial %v, %v; through the cursor %d, %v, %v", name, len(got.nodes), got.partial, err, len(want.nodes), want.partial, wantErr)
		}
		compared += len(got.nodes)
	}
	err := filepath.WalkDir("../../gotchas", func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".ts" {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		compare(path, src)
		compare(path+", cut short", src[:len(src)*2/3])
		compare(path+", without its start", src[len(src)/3:])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if compared < 100_000 {
		t.Errorf("only %d nodes compared", compared)
	}
	for _, src := range []string{"", " ", "// c", "a", "\n\n;", "}", "[[[[", "@", "`${`${", "/* */ x /* */"} {
		compare(src, []byte(src))
	}
	for _, depth := range []int{MaxDepth - 3, MaxDepth - 2, MaxDepth - 1, MaxDepth, MaxDepth + 1} {
		src := []byte("x")
		for range depth {
			src = slices.Concat([]byte("["), src, []byte("]"))
		}
		compare("nested arrays", src)
	}
}

// Each parse starts from nothing, whatever an arena held before.
func TestLargeSourceBetweenSmallOnes(t *testing.T) {
	small := mustParse(t, "a.ts", sample).nodes
	large := slices.Repeat([]byte(sample), 4000)
	tree, err := Parse("a.ts", large)
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Partial) > 0 || tree.Size() < 4000*(len(small)-1) {
		t.Errorf("%d nodes, unreadable %v", tree.Size(), tree.Partial)
	}
	if again := mustParse(t, "a.ts", sample).nodes; !slices.Equal(small, again) {
		t.Error("the same source gives another tree afterwards")
	}
}

// A parse takes its memory for the whole file, not for each node.
func TestParseAllocations(t *testing.T) {
	src := slices.Repeat([]byte(sample), 20)
	size := 0
	allocations := testing.AllocsPerRun(100, func() {
		tree, err := Parse("a.ts", src)
		if err != nil {
			t.Fatal(err)
		}
		size = tree.Size()
	})
	if size < 1000 || allocations > 12 {
		t.Errorf("%v allocations for %d nodes", allocations, size)
	}
}

// benchmarkSource is a Durable Object of the usual size, 4.4 KB.
func benchmarkSource(b *testing.B) []byte {
	src, err := os.ReadFile("../../gotchas/testdata/mutation/originals/session-store.ts")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	return src
}

// BenchmarkParse is the whole of Parse; BenchmarkTreeSitter parses the same
// bytes with the common binding and makes nothing of the tree. The ratio of the
// two, of one run, is what a flat tree costs.
func BenchmarkParse(b *testing.B) {
	src := benchmarkSource(b)
	for b.Loop() {
		if _, err := Parse("a.ts", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTreeSitter(b *testing.B) {
	src := benchmarkSource(b)
	p := sitter.NewParser()
	defer p.Close()
	p.SetLanguage(typescript.GetLanguage())
	for b.Loop() {
		tree, err := p.ParseCtx(context.Background(), nil, src)
		if err != nil {
			b.Fatal(err)
		}
		tree.Close()
	}
}
