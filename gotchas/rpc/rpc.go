// Package rpc holds the gotchas of reaching an object: its methods over RPC, its
// stubs, and the names that choose which object answers.
package rpc

import (
	"embed"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

//go:embed testdata
var samples embed.FS

// Family lists the gotchas in the order in which they are published.
var Family = analysis.Family{
	Name:    "rpc",
	Title:   "RPC, stubs and identity",
	Samples: samples,
	Gotchas: []*analysis.Gotcha{
		rpcNeedsExtends,
		rpcPrivateExposed,
		rpcFieldMethod,
		rpcNotAwaited,
		rpcUnserializable,
		rpcReservedName,
		rpcDispose,
		rpcErrorClass,
		rpc32MiB,
		stubReuseAfterError,
		retryPolicy,
		fetchRelativeURL,
		fetchInsteadOfRPC,
		stubUntyped,
		singletonDO,
		nameUndefined,
		nameUnbounded,
		newUniqueIDLost,
		idFromStringUnchecked,
		jurisdictionOption,
		locationHint,
		idFromNameVerbose,
		doAsCache,
	},
}

// everyOp calls fn for the operations of all functions of the file, Worker
// code included: stubs are used there too.
func everyOp(p *analysis.Pass, fn func(op *model.Op)) {
	for _, f := range p.Module.Funcs {
		for _, op := range f.Ops {
			fn(op)
		}
	}
}
