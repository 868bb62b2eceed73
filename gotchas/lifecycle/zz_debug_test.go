package lifecycle

import (
	"fmt"
	"os"
	"testing"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func TestZZ(t *testing.T) {
	path := os.Getenv("ZZ")
	if path == "" {
		t.Skip()
	}
	src, _ := os.ReadFile(path)
	tree, _ := syntax.Parse("x.ts", src)
	m := model.Build(tree, nil)
	for _, c := range m.Objects() {
		ops := m.ClassOps(c)
		for _, f := range fieldsOf(m, c, ops) {
			fmt.Println(c.Name, f.name, "transient", transient(f.name), "tol", tolerable(f.name), "restored", f.restored != nil)
			if f.restored != nil {
				fmt.Println("   restored", f.restored.Node.Line(), placesRead(m, f.restored))
				for _, op := range m.ReachedOps(c) {
					if mayWrite(m, op, placesRead(m, f.restored)) {
						fmt.Println("   write", op.Node.Line(), op.Node.Text())
					}
				}
			}
			for _, op := range f.changes {
				fmt.Println("   change", op.Node.Line(), op.Method, fromState(m, op))
			}
			fk := firstKept(m, c, f)
			fmt.Println("   kept", fk != nil, "reads", len(f.reads), otherKeeper(m, c, f), inFlight(f), clearedAgain(f), endsWithWork(f))
			if fk != nil {
				fmt.Println("   fk", fk.Node.Line(), accumulates(fk), fromCaller(m, fk), commanded(m, c, fk))
			}
		}
	}
}
