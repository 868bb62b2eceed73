package concurrency

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var transactionSyncAsync = &analysis.Gotcha{
	ID:       "transaction-sync-async",
	Title:    "transactionSync is given an async callback, so most of it runs outside the transaction",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "transactionSync commits when the callback returns, and an async callback returns at its first await. " +
		"What follows is not part of the transaction, and a throw later rolls back nothing. There is no error.",
	Fix: "Make the callback synchronous: gather what it needs before, then only run SQL and storage.kv inside.",
	Fine: []string{
		"A synchronous callback, whatever it returns.",
	},
	Evidence: []string{
		"Measured on workerd: the call returns a promise, commits at the first await, and writes made before a later throw stay.",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/ (the callback must be synchronous)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("transactionSync is not used.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind != model.OpInvoke || op.Mode != model.Region || op.Method != "transactionSync" {
				return
			}
			if started := handsPromise(p.Module, op.Callee); started.OK() {
				p.Error(op.Node, fmt.Sprintf("The callback starts %s and returns its promise; transactionSync commits without waiting for it.", analysis.Short(started)), "")
				return
			}
			if !op.Callee.Async {
				p.Guard(op.Node.Parent().Parent(), "The callback is synchronous, so all of it commits or none.")
				return
			}
			for _, inner := range op.Callee.Ops {
				if inner.Kind == model.OpAwait {
					p.Error(op.Node, fmt.Sprintf("The transaction commits at the await on line %d; what the callback does after it is outside.", inner.Node.Line()), "")
					return
				}
			}
			p.Error(op.Node, "The callback is async: transactionSync returns a promise, and a throw in it rolls back nothing.", "", synchronous(op)...)
		})
	},
}

// synchronous takes the async away from a callback that is written in the call,
// where neither its type nor a chain on the call wants a promise.
func synchronous(op *model.Op) []analysis.Edit {
	f := op.Callee.Node
	call := f.Parent().Parent()
	if !f.Parent().Is(syntax.Arguments) || f.Child(syntax.FieldReturnType).OK() || call.Parent().Is(syntax.MemberExpression) {
		return nil
	}
	var async syntax.Node
	for c := range f.Children() {
		if async.OK() {
			return []analysis.Edit{analysis.Between(async, c, ""), analysis.Replace(async, "")}
		}
		if c.Kind() == syntax.Token && c.Text() == "async" {
			async = c
		}
	}
	return nil
}

// handsPromise is the call of an async function of the project that a synchronous
// callback returns, or the zero Node.
func handsPromise(m *model.Module, f *model.Func) syntax.Node {
	if f.Async {
		return syntax.Node{}
	}
	results := []syntax.Node{f.Body}
	for _, op := range f.Ops {
		if op.Kind == model.OpReturn {
			results = append(results, op.Value)
		}
	}
	for _, r := range results {
		if call := model.Unwrap(r); call.Is(syntax.CallExpression) {
			if v := m.Eval(call.Child(syntax.FieldFunction)); v.Func != nil && v.Func.Async {
				return call
			}
		}
	}
	return syntax.Node{}
}
