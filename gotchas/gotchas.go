// Package gotchas is the reviewer: the registry of every gotcha and the review
// that runs them over a Durable Object's files and configuration.
//
// A review is a pure function: the caller reads the files. The same input gives
// the same result, in the same order.
package gotchas

import (
	"fmt"
	"slices"

	"durable-objects-mcp/gotchas/alarms"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/gotchas/concurrency"
	"durable-objects-mcp/gotchas/config"
	"durable-objects-mcp/gotchas/lifecycle"
	"durable-objects-mcp/gotchas/operations"
	"durable-objects-mcp/gotchas/rpc"
	"durable-objects-mcp/gotchas/storage"
	"durable-objects-mcp/gotchas/websockets"
)

// Families are all gotchas, grouped, in the order in which they are published.
var Families = []analysis.Family{
	concurrency.Family, lifecycle.Family, storage.Family, alarms.Family,
	websockets.Family, rpc.Family, config.Family, operations.Family,
}

// All are the gotchas of all families, in order.
func All() []*analysis.Gotcha {
	var all []*analysis.Gotcha
	for _, f := range Families {
		all = append(all, f.Gotchas...)
	}
	return all
}

// Get returns the gotcha with an id.
func Get(id string) (*analysis.Gotcha, error) {
	for _, g := range All() {
		if g.ID == id {
			return g, nil
		}
	}
	return nil, fmt.Errorf("no gotcha is called %q; the nearest is %q, and `explain` without a name lists all", id, nearest(id))
}

// nearest is the id that shares the longest run of words with a wrong one.
func nearest(id string) string {
	best, score := "", -1
	for _, g := range All() {
		if s := overlap(id, g.ID); s > score {
			best, score = g.ID, s
		}
	}
	return best
}

func overlap(a, b string) int {
	n := 0
	for i := 0; i+2 < len(a); i++ {
		if slices.Contains(trigrams(b), a[i:i+3]) {
			n++
		}
	}
	return n
}

func trigrams(s string) []string {
	var out []string
	for i := 0; i+2 < len(s); i++ {
		out = append(out, s[i:i+3])
	}
	return out
}
