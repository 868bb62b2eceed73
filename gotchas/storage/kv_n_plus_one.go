package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvNPlusOne = &analysis.Gotcha{
	ID:       "kv-n-plus-one",
	Title:    "Keys are read one by one in a loop",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why:      "Each get is an operation and a wait of its own; a long loop of them is slow, and in the extreme the platform answers \"too many concurrent storage operations\".",
	Fix:      "Read up to 128 keys in one call: const values = await storage.get(keys), which gives a Map; or list() with a prefix.",
	Fine: []string{
		"get(keys) with an array.",
		"put and delete in a loop, which are collected into one write.",
		"ctx.storage.kv.get, which does not wait.",
		"A loop that reads until it finds something.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#get-1"},
	Check:    checkNPlusOne,
}

func checkNPlusOne(p *analysis.Pass) {
	m := p.Module
	found := false
	for _, c := range p.Objects() {
		for _, f := range roots(m, c) {
			for _, s := range m.Expand(f) {
				if s.Kind != model.OpStorage || s.Method != "get" {
					continue
				}
				found = true
				key := model.Argument(s.Node, 0)
				if isArray(m, key) {
					p.Guard(s.Node, "All keys are read in one call.")
					continue
				}
				if loop, at := keyLoop(m, s, key); loop.OK() {
					p.Advise(at, fmt.Sprintf("One key is read in each round of the loop on line %d.", loop.Line()), "")
				}
			}
		}
	}
	if !found {
		p.NotApplicable("Nothing reads keys with the asynchronous get.")
	}
}

// keyLoop is the loop, or the map over a list, whose variable the key of a get is made
// from, and the get, or the call that leads to it, in that loop; the zero Node for none
// and for one that ends early.
func keyLoop(m *model.Module, s model.Step, key syntax.Node) (loop, at syntax.Node) {
	for i, o := range origins(m, s, key) {
		at := s.Node
		if i > 0 {
			at = s.Calls[len(s.Calls)-i].Node
		}
		for id := range o.value.Descendants() {
			b := m.Resolve(id)
			if b == nil || !id.Is(syntax.Identifier) {
				continue
			}
			if b.Param != nil {
				call := b.Param.Node.Parent().Parent()
				if _, method := model.Callee(call); b.Index == 0 && call.Is(syntax.CallExpression) && method == "map" {
					return call, at
				}
				continue
			}
			loop := b.Decl
			if !loop.Is(syntax.ForInStatement) {
				loop = b.Decl.Parent().Parent()
			}
			if loop.Is(syntax.ForInStatement, syntax.ForStatement) && loop.Contains(o.value) && !leaves(loop).OK() {
				return loop, at
			}
		}
	}
	return syntax.Node{}, syntax.Node{}
}
