package gotchas_test

import (
	"reflect"
	"sync"
	"testing"

	"durable-objects-mcp/gotchas"
)

// Reviews that share their parses say what they say alone, at once as well, and a
// text that has changed since is read anew.
func TestSharedParses(t *testing.T) {
	base := gotchas.File{Path: "base.ts", Source: []byte("import { DurableObject } from \"cloudflare:workers\";\nexport class Base extends DurableObject<Env> { constructor(ctx: DurableObjectState, env: Env) { super(ctx, env); setInterval(() => this.tick(), 1000); } tick() { this.ctx.storage.kv.put(\"at\", 1); } }\n")}
	project := func(name string, base gotchas.File) gotchas.Input {
		path := name + ".ts"
		return gotchas.Input{
			Files:   []gotchas.File{{Path: path, Source: []byte("import { Base } from \"./base\";\nexport class " + name + " extends Base {}\n")}},
			Context: []gotchas.File{base}, Links: map[string]map[string]string{path: {"./base": base.Path}}, Today: "2026-11-26",
		}
	}
	changed := base
	changed.Source = []byte("import { DurableObject } from \"cloudflare:workers\";\nexport class Base extends DurableObject<Env> {}\n")
	projects := []gotchas.Input{project("One", base), project("Two", base), project("Three", changed)}
	parses := gotchas.Share(projects)
	together := make([]*gotchas.Result, len(projects))
	var reviews sync.WaitGroup
	for i, in := range projects {
		in.Parses = parses
		reviews.Go(func() { together[i] = gotchas.Review(in) })
	}
	reviews.Wait()
	for i, in := range projects {
		if alone := gotchas.Review(in); !reflect.DeepEqual(alone.Findings, together[i].Findings) || !reflect.DeepEqual(alone.Verdicts, together[i].Verdicts) {
			t.Errorf("project %d: %+v, alone %+v", i, together[i].Findings, alone.Findings)
		}
	}
	if n := together[0].Errors(); n == 0 {
		t.Errorf("nothing was found in %+v", together[0])
	}
	if n := len(together[2].Findings); n != 0 {
		t.Errorf("%d findings in a text that has none", n)
	}
}
