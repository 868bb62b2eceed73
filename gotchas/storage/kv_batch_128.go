package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// maxKeys is the most keys that one get, put or delete may name.
// Source: developers.cloudflare.com/durable-objects/api/sqlite-storage-api/ (get, put, delete).
const maxKeys = 128

var kvBatch128 = &analysis.Gotcha{
	ID:       "kv-batch-128",
	Title:    "One call may name more than 128 keys",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why:      "get, put and delete of several keys are documented for at most 128 of them. Local development takes any number, so a test does not show what a larger one does.",
	Fix:      "Go through the keys in slices of 128: for (let i = 0; i < keys.length; i += 128) await storage.delete(keys.slice(i, i + 128)).",
	Fine: []string{
		"A list that is cut, counted or written in the code.",
		"The keys of a list() with a limit of at most 128.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#get-1, #put, #delete-1",
		"Measured on workerd 1.20261117.1: not enforced locally.",
	},
	Check: checkBatch,
}

func checkBatch(p *analysis.Pass) {
	m := p.Module
	keyOps(p, func(op *model.Op) {
		if op.Kind != model.OpStorage || op.Method == "list" {
			return
		}
		keys := model.Unwrap(model.Argument(op.Node, 0))
		if keys.Is(syntax.Array) {
			if n := elements(keys); n > maxKeys {
				p.Advise(op.Node, fmt.Sprintf("The call names %d keys.", n), "")
				return
			}
			if !keys.FirstOf(syntax.SpreadElement).OK() {
				return
			}
		} else if !isArray(m, keys) {
			return
		}
		if by := fewKeys(m, keys, 0); by.OK() {
			p.Guard(by, fmt.Sprintf("The number of keys in %s is bounded.", analysis.Short(keys)))
			return
		}
		p.Advise(op.Node, fmt.Sprintf("Nothing here keeps the number of keys in %s at %d or below.", analysis.Short(keys), maxKeys), "")
	})
}

// fewKeys is the code that bounds the length of a list of keys: a slice, a limit of
// at most 128, or a comparison of the length.
func fewKeys(m *model.Module, n syntax.Node, depth int) syntax.Node {
	if depth > 6 {
		return syntax.Node{}
	}
	for d := range n.Descendants() {
		switch {
		case d.Is(syntax.CallExpression):
			_, method := model.Callee(d)
			if method == "slice" || method == "splice" {
				return d
			}
			if limit := optionOf(model.Argument(d, 0), "limit"); method == "list" && limit.OK() {
				if n, ok := m.Number(limit); !ok || n <= maxKeys {
					return d
				}
			}
		case d.Is(syntax.Identifier):
			b := m.Resolve(d)
			if b == nil {
				continue
			}
			if b.Each || boundedBy(m, d).OK() && !b.Init.OK() {
				return d
			}
			if by := boundedBy(m, d); by.OK() {
				return by
			}
			if b.Init.OK() && b.Param == nil && !b.Init.Contains(d) {
				if by := fewKeys(m, b.Init, depth+1); by.OK() {
					return by
				}
			}
		}
	}
	return syntax.Node{}
}

// optionOf is the value of a named option in an object literal, or the zero Node.
func optionOf(options syntax.Node, name string) syntax.Node {
	for o := range model.Unwrap(options).NamedChildren() {
		if o.Is(syntax.Pair) && o.Child(syntax.FieldKey).Text() == name {
			return o.Child(syntax.FieldValue)
		}
	}
	return syntax.Node{}
}
