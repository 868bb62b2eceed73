package blueprint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"durable-objects-mcp/internal/jsonfile"
)

// FileName is the blueprint's name inside a results directory.
const FileName = "blueprint.json"

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

// JSON is the blueprint as it is kept beside the object, so that the object can
// grow: indented, no HTML escapes, a final newline.
func (b *Blueprint) JSON() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		panic(err) // plain data: it cannot fail
	}
	return out.Bytes()
}

// ParsePart is Parse for what is added to an object: class and key are the
// object's where they are left out, and so are the parameters of a pattern that it
// has already.
func ParsePart(data []byte, onto *Blueprint) (*Blueprint, error) {
	b, _, err := jsonfile.Decode[Blueprint](format, data)
	if err != nil {
		return nil, err
	}
	fill(&b.Class, onto.Class)
	fill(&b.Key, onto.Key)
	if b.Class != onto.Class || b.Key != onto.Key {
		return nil, fmt.Errorf("%s: class and key are %s and %s, but the object that grows has %s and %s", FileName, b.Class, b.Key, onto.Class, onto.Key)
	}
	if len(b.Patterns) == 0 {
		return nil, fmt.Errorf("%s: patterns is empty; give what to add", FileName)
	}
	for i, p := range b.Patterns {
		if at := onto.place(p.Kind, p.Name); at >= 0 {
			if b.Patterns[i], err = onto.Patterns[at].changed(p); err != nil {
				return nil, fmt.Errorf("%s: patterns[%d]: %w", FileName, i, err)
			}
		}
	}
	if b.Has(IdlePurge) && len(b.Patterns) == 1 {
		// Alone it would bring state of its own; here it purges what is there.
		purge := &b.Patterns[0]
		return b, definitionOf(IdlePurge).normalize(purge, b)
	}
	return b, b.Normalize()
}

var format = jsonfile.Format{File: FileName, Whole: "a blueprint", Container: container}

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
