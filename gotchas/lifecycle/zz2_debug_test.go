package lifecycle

import (
	"fmt"
	"os"
	"testing"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func TestZX(t *testing.T) {
	path := os.Getenv("ZZ")
	if path == "" {
		t.Skip()
	}
	src, _ := os.ReadFile(path)
	tree, _ := syntax.Parse("x.ts", src)
	m := model.Build(tree, nil)
	for _, c := range m.Objects() {
		ops := m.ClassOps(c)
		fmt.Println(c.Name, hibernates(m, c))
		for _, op := range ops {
			if holdsSocket(m, op) {
				fmt.Println(op.Node.Line(), op.Name, rebuilt(m, ops, op.Name), refilled(m, ops, op.Name), readOf(ops, op.Name))
			}
			if op.Kind == model.OpFieldMutate || op.Kind == model.OpFieldWrite {
				fmt.Println("  ", op.Node.Line(), op.Name, op.Method, op.Value.Text())
			}
		}
	}
}
