// Package gotchas is the reviewer: the registry of every gotcha and the review
// that runs them over a Durable Object's files and configuration.
//
// A review is a pure function: the caller reads the files. The same input gives
// the same result, in the same order.
package gotchas

import (
	"fmt"
	"strings"
	"sync"

	"durable-objects-mcp/gotchas/alarms"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/gotchas/concurrency"
	"durable-objects-mcp/gotchas/config"
	"durable-objects-mcp/gotchas/lifecycle"
	"durable-objects-mcp/gotchas/operations"
	"durable-objects-mcp/gotchas/rpc"
	"durable-objects-mcp/gotchas/storage"
	"durable-objects-mcp/gotchas/websockets"
	"durable-objects-mcp/internal/nearest"
)

// Families are all gotchas, grouped, in the order in which they are published.
var Families = []analysis.Family{
	concurrency.Family, lifecycle.Family, storage.Family, alarms.Family,
	websockets.Family, rpc.Family, config.Family, operations.Family,
}

// All are the gotchas of all families, in order. The result is shared: it must
// not be changed.
func All() []*analysis.Gotcha { return all() }

var all = sync.OnceValue(func() []*analysis.Gotcha {
	var all []*analysis.Gotcha
	for _, f := range Families {
		all = append(all, f.Gotchas...)
	}
	return all
})

// Get returns the gotcha with an id, or with the address of its page.
func Get(id string) (*analysis.Gotcha, error) {
	id = strings.TrimPrefix(id, uriBase)
	for _, g := range All() {
		if g.ID == id {
			return g, nil
		}
	}
	var ids []string
	for _, g := range All() {
		ids = append(ids, g.ID)
	}
	return nil, fmt.Errorf("no gotcha is called %q; the nearest is %q, and `explain` without a name lists all", id, nearest.Name(id, ids))
}
