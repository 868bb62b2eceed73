package websockets

import (
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/gotchas/analysistest"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func module(t *testing.T, path, src string) *model.Module {
	t.Helper()
	tree, err := syntax.Parse(path, []byte(src))
	if err != nil || len(tree.Partial) > 0 {
		t.Fatalf("%s does not parse: %v", path, err)
	}
	return model.Build(tree, nil)
}

func TestSamples(t *testing.T) { analysistest.Run(t, Family) }

// The published good sample of one gotcha must not teach another.
func TestPublishedSamplesAreClean(t *testing.T) {
	for _, g := range Family.Gotchas {
		data, err := samples.ReadFile("testdata/" + g.ID + "/good.ts")
		if err != nil {
			continue // a question
		}
		m := module(t, g.ID+"/good.ts", string(data))
		for _, other := range Family.Gotchas {
			if other.Check == nil {
				continue
			}
			p := &analysis.Pass{Gotcha: other, Module: m, Modules: []*model.Module{m}, Date: analysistest.Date}
			other.Check(p)
			for _, f := range p.Findings {
				if f.Severity != analysis.Info {
					t.Errorf("%s:%d breaks %s: %s", f.Path, f.Line, other.ID, f.Message)
				}
			}
		}
	}
}
