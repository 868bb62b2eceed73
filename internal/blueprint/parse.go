package blueprint

import (
	"strings"

	"durable-objects-mcp/internal/jsonfile"
)

// Parse reads a blueprint from JSON, completes and checks it. An error names the
// line and column, and the field with what is allowed.
func Parse(data []byte) (*Blueprint, error) {
	b, _, err := jsonfile.Decode[Blueprint](format, data)
	if err != nil {
		return nil, err
	}
	if err := b.Normalize(); err != nil {
		return nil, err
	}
	return b, nil
}

var format = jsonfile.Format{File: "blueprint", Whole: "a blueprint", Container: container}

// container names what the members at a place belong to.
func container(at string) string {
	last := at[strings.LastIndexByte(at, '.')+1:]
	for _, c := range []struct{ list, what string }{{"patterns[", "a pattern"}, {"routes[", "a route"}, {"fields[", "a field"}, {"clauses[", "a clause"}} {
		if strings.HasPrefix(last, c.list) {
			return c.what
		}
	}
	return "a blueprint"
}
