package model

import (
	"slices"
	"testing"

	"durable-objects-mcp/internal/syntax"
)

func TestTheIndexSaysWhatAWalkFinds(t *testing.T) {
	first, err := syntax.Parse("a.ts", []byte(object("  n(): number { return helper(this.ctx.storage); }\n  m(): void { this.n(); helper(1); }")+"import { helper } from \"./b\";"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := syntax.Parse("b.ts", []byte("export function helper(x: unknown): number { return helper(x); }"))
	if err != nil {
		t.Fatal(err)
	}
	modules := BuildAll([]*syntax.Tree{first, second}, Project{Link: func(*syntax.Tree, string) *syntax.Tree { return second }})
	var kinds [OpThrow + 1][]*Op
	callers := map[*Func][]*Op{}
	for _, m := range modules {
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				kinds[op.Kind] = append(kinds[op.Kind], op)
				callers[op.Callee] = append(callers[op.Callee], op)
			}
		}
	}
	for _, m := range modules {
		for kind, want := range kinds {
			if got := m.AllOps(OpKind(kind)); !slices.Equal(got, want) {
				t.Errorf("%s: %d operations of kind %d, want %d", m.Tree.Path, len(got), kind, len(want))
			}
		}
		for _, f := range modules[0].Funcs {
			if got := m.Invocations(f); !slices.Equal(got, callers[f]) {
				t.Errorf("%s: %d invocations of %s, want %d", m.Tree.Path, len(got), f.Name, len(callers[f]))
			}
		}
		if got := m.Invocations(modules[1].Funcs[0]); len(got) != 3 {
			t.Errorf("%s: %d invocations of helper, want 3", m.Tree.Path, len(got))
		}
	}
}
