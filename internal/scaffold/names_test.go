package scaffold

import (
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
)

// Whatever a list is of, its names are not those of another pattern: no declaration
// and no member of the class is there twice.
func TestNamesAreUnique(t *testing.T) {
	nouns := strings.Fields(`todo note member player option key voter event delivery score sample message lease job counter series room socket route name page limit window use bucket hold unit
		rank run rollup session user entry value message attempt receipt owner holder token shard body request call path item type class list migration due event_row job_count server_event status_value`)
	fields := []blueprint.Field{{Name: "status", Type: blueprint.Text, Values: []string{"a", "b"}, Filter: true}, {Name: "done", Type: blueprint.Boolean, Filter: true}, {Name: "tags", Type: blueprint.JSONValue}}
	for _, noun := range nouns {
		for name, v := range variants {
			if v.Kind == blueprint.Collection && v.Name == noun {
				continue
			}
			bp := &blueprint.Blueprint{Class: "Sample", Key: "room", Patterns: []blueprint.Pattern{v, {Kind: blueprint.Collection, Name: noun, Fields: fields}}}
			if bp.Normalize() != nil {
				continue // such a list is refused
			}
			root, err := parseUnits(render(t, bp).TypeScript)
			if err != nil {
				t.Fatal(err)
			}
			if twice := repeated(root); twice != "" {
				t.Errorf("%s with a list of %q: %s", name, noun, twice)
			}
		}
	}
}

// repeated is the first name that a module, or a class in it, has twice.
func repeated(u unit) string {
	seen := map[string]bool{}
	for _, c := range u.children {
		name, _, _ := strings.Cut(c.key, " (") // a unit by the name of another has a number
		name = strings.TrimPrefix(name, "class ")
		if seen[name] {
			return name + " is there twice"
		}
		seen[name] = true
		if strings.HasPrefix(c.key, "class ") {
			if twice := repeated(c); twice != "" {
				return twice
			}
		}
	}
	return ""
}
