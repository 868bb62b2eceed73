package engine

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/scaffold"
	"durable-objects-mcp/internal/scenario"
)

// grow adds patterns to the object in the results directory. It knows what the
// object was made from by the blueprint beside it.
func (e *Engine) grow(req ScaffoldRequest) (*ScaffoldResult, error) {
	dir, err := e.Root.Results(req.ResultsDir, false)
	if err != nil {
		return nil, err
	}
	data, err := dir.Read(blueprint.FileName)
	if isMissing(err) {
		return nil, fmt.Errorf("%s has no %s, so it cannot be known what the object was made from, and nothing is added; scaffold the pattern in another directory and take it over by hand", dir.Path(), blueprint.FileName)
	}
	if err != nil {
		return nil, err
	}
	from, err := blueprint.Parse(data)
	if err != nil {
		return nil, err
	}
	to, err := grownBlueprint(req, from)
	if err != nil {
		return nil, err
	}
	var have scaffold.Files
	if have.TypeScript, err = dir.Read(results.DurableObject); err != nil {
		return nil, err
	}
	for name, into := range map[string]*[]byte{scenario.FileName: &have.Scenario, results.Summary: &have.Summary} {
		if *into, err = dir.Read(name); err != nil && !isMissing(err) {
			return nil, err
		}
	}
	grown, err := scaffold.Grow(from, to, have)
	if err != nil {
		return nil, err
	}
	r := newResult(to, grown.Output)
	r.diff = edit.Diff(results.DurableObject, have.TypeScript, grown.Files.TypeScript)
	for _, f := range []struct {
		name string
		data []byte
	}{{results.DurableObject, grown.Files.TypeScript}, {results.Summary, grown.Files.Summary}, {scenario.FileName, grown.Files.Scenario}, {blueprint.FileName, to.JSON()}} {
		c, err := write(dir, f.name, f.data, results.Replace, req.DryRun)
		if err != nil {
			return nil, err
		}
		r.Files = append(r.Files, c)
	}
	if len(grown.Kept) > 0 {
		r.Next = append(r.Next, fmt.Sprintf("%s was changed where the additions belong and stays as it was: add to it by hand.", strings.Join(grown.Kept, " and ")))
	}
	r.next()
	return r, nil
}

func grownBlueprint(req ScaffoldRequest, from *blueprint.Blueprint) (*blueprint.Blueprint, error) {
	if strings.TrimSpace(req.Blueprint) == "" {
		return blueprint.Read(req.Spec, blueprint.Options{Onto: from})
	}
	added, err := blueprint.ParsePart([]byte(req.Blueprint), from)
	if err != nil {
		return nil, err
	}
	return from.Join(added)
}
