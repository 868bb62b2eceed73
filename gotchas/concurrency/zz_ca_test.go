package concurrency

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func TestZZ(t *testing.T) {
	path, want := os.Getenv("ZZ"), os.Getenv("ZZL")
	if path == "" {
		t.Skip()
	}
	src, _ := os.ReadFile(path)
	tree, err := syntax.Parse(path, src)
	if err != nil {
		t.Fatal(err)
	}
	m := model.Build(tree, nil)
	line, _ := strconv.Atoi(want)
	for _, c := range m.Objects() {
		o := look(m, c)
		for _, e := range o.entries {
			for _, r := range o.races(e, func(p string) bool { return true }) {
				if r.write.Node.Line() != line {
					continue
				}
				var rc, wc, gc []string
				for _, x := range r.read.Calls {
					rc = append(rc, fmt.Sprint(x.Callee.Name, ":", x.Node.Line()))
				}
				for _, x := range r.write.Calls {
					wc = append(wc, fmt.Sprint(x.Callee.Name, ":", x.Node.Line()))
				}
				for _, x := range r.wait.step.Calls {
					gc = append(gc, fmt.Sprint(x.Callee.Name, ":", x.Node.Line()))
				}
				fmt.Println(c.Name, e.Name, r.place, r.how, "\n read", r.read.Node.Line(), strings.Join(rc, " > "), "\n wait", r.wait.step.Node.Line(), strings.Join(gc, " > "), "\n write", r.write.Node.Line(), strings.Join(wc, " > "))
			}
		}
	}
}
