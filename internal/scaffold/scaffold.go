// Package scaffold renders a blueprint into a complete Durable Object: one
// TypeScript module with the class and its thin Worker, the scenario that
// proves it, and a summary for people.
//
// There is no template per combination. Every pattern is a part: a file of
// named TypeScript sections (fragments/*.txt) and a Go file with its scenario
// steps and its words for the summary. Parts share one schema history, one
// alarm with one queue, one router and one socket protocol; what a part must
// know about its neighbours (who holds off a purge, what activity means) it
// asks the view. The same blueprint always gives the same bytes.
package scaffold

import (
	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

// Output is everything that is rendered from one blueprint.
type Output struct {
	Class      string // the Durable Object class
	Binding    string // its binding's name in the Worker's environment
	WorkerName string // a name for the Worker
	TypeScript []byte // durable_object.ts
	Scenario   *scenario.Scenario
	Summary    []byte // summary.md
	Open       []blueprint.Clause
	Schema     []string // the order of the schema history
	history    []string // its text, an entry each
}

// Options changes what is rendered. The zero value is the usual output.
type Options struct {
	// WorkerName is the Worker's name; default is the class name in kebab case.
	WorkerName string
}

// Render renders a blueprint. The blueprint is completed first (see
// [blueprint.Blueprint.Normalize]), and the error is that one's.
func Render(bp *blueprint.Blueprint, opts Options) (*Output, error) {
	if err := bp.Normalize(); err != nil {
		return nil, err
	}
	v := newView(bp)
	ts, err := v.typescript()
	if err != nil {
		return nil, err
	}
	name := opts.WorkerName
	if name == "" {
		name = workerName(bp.Class)
	}
	return &Output{
		Class:      bp.Class,
		Binding:    v.Binding,
		WorkerName: name,
		TypeScript: ts,
		Scenario:   v.scenario(),
		Summary:    v.summary(),
		Open:       bp.OpenClauses(),
		Schema:     v.bp.Schema,
		history:    v.history,
	}, nil
}
