package storage

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var kvListUnbounded = &analysis.Gotcha{
	ID:       "kv-list-unbounded",
	Title:    "list() loads every key of the object",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "list() without limit or prefix reads all keys with their values into memory, which the object shares with others (128 MB), and each of them is billed as read.",
	Fix:      "Ask for a page: list({ prefix, limit: 100, startAfter: lastKey }).",
	Fine: []string{
		"A prefix, a range or a limit.",
		"A class whose keys are all written in the code, so that there are only so many.",
		"Stepping through ctx.storage.kv.list(), which reads as it goes.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#list"},
	Check:    checkListUnbounded,
}

func checkListUnbounded(p *analysis.Pass) {
	keyOps(p, func(op *model.Op) {
		if op.Kind != model.OpStorage || op.Method != "list" {
			return
		}
		arg := model.Unwrap(model.Argument(op.Node, 0))
		if arg.OK() && !arg.Is(syntax.Object) {
			return // options that are made elsewhere
		}
		if option := bound(arg); option.OK() {
			p.Guard(op.Node, fmt.Sprintf("The list is bounded by %s.", analysis.Short(option)))
			return
		}
		if put := openKey(p.Module, p.Module.Owner(op.Func)); put.OK() {
			p.Warn(op.Node, fmt.Sprintf("All keys are loaded at once, and line %d writes keys that depend on data. This is not a problem if there are only ever a few.", put.Line()), "")
		}
	})
}

// bound is the option of list() that limits what it reads; a spread may hold one.
func bound(options syntax.Node) syntax.Node {
	for o := range options.NamedChildren() {
		name := o.Child(syntax.FieldKey).Text()
		if name == "" {
			name = o.Text()
		}
		switch {
		case name == "limit", name == "prefix", name == "start", name == "startAfter", name == "end", o.Is(syntax.SpreadElement):
			return o
		}
	}
	return syntax.Node{}
}

// openKey is a put of a key that is not constant, so that keys add up.
func openKey(m *model.Module, c *model.Class) syntax.Node {
	for _, f := range m.Funcs {
		if c != nil && m.Owner(f) != c {
			continue
		}
		for _, op := range f.Ops {
			key := model.Argument(op.Node, 0)
			if op.Kind != model.OpStorage && op.Kind != model.OpKV || op.Method != "put" || model.Unwrap(key).Is(syntax.Object) {
				continue
			}
			if _, constant := m.Text(key); !constant {
				return op.Node
			}
		}
	}
	return syntax.Node{}
}
