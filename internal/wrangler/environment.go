package wrangler

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tailscale/hujson"

	"durable-objects-mcp/internal/edit"
)

// withEnvironment plans a request for a file that gets an environment first. The
// planning that follows sees an empty block, to which nothing of durable_objects is
// inherited, and fills it.
func withEnvironment(file string, existing []byte, config *Config, req Request) (*Plan, error) {
	name := req.Environment
	doc := config.json
	e := &editor{doc: doc, st: doc.style()}
	block := (&node{}).with(name, &node{text: emptyObject})
	if envs, ok := doc.at("env"); ok {
		e.insert(envs, len(envs.slots())-1, item{name, &node{text: emptyObject}})
	} else {
		home, _ := doc.at()
		block.spread = true
		e.insert(home, len(home.value.Value.(*hujson.Object).Members)-1, item{"env", block})
	}
	doc, err := e.finish()
	if err != nil {
		return nil, &RefusedError{Reason: fmt.Sprintf("%s is laid out in a way that could not be edited without risk (%v)", config.Path, err), Safe: fmt.Sprintf("add \"env\": { %q: {} } by hand and ask again", name), Cause: err}
	}
	rest := req
	rest.Environment = ""
	plan, err := MakePlan(file, append(doc.bom[:len(doc.bom):len(doc.bom)], doc.text...), rest)
	if err != nil {
		return nil, err
	}
	plan.Changes = append([]Change{{
		What: "add the environment " + name,
		Why:  "it is deployed as a Worker of its own, with namespaces and data of its own",
	}}, plan.Changes...)
	plan.Changed = true
	plan.Diff = edit.Diff(path.Base(strings.ReplaceAll(file, `\`, "/")), existing, plan.Output)
	plan.Warnings = append(plan.Warnings, fmt.Sprintf("env.%s inherits main, the compatibility date and flags, limits, observability and the lifecycle of its classes, and none of vars, kv_namespaces and the other bindings: add those that the code needs", name))
	return plan, nil
}

func hasEnvironment(c *Config, name string) bool {
	return slices.ContainsFunc(c.Envs, func(e Env) bool { return e.Name == name })
}
