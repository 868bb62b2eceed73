package wrangler

import (
	"bytes"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// origin is how a value of a TOML file came about. It decides what the file may
// still add to it.
type origin int

const (
	byValue  origin = iota // written out, as in x = { … } or x = [ … ]: complete
	byPath                 // named on the way by [x.y]: may get a header of its own
	byHeader               // [x]
	byKey                  // named on the way by x.y = …: gets no header of its own
	byList                 // [[x]]
)

// keyPart is one name of a dotted key.
type keyPart struct {
	name    string
	at, end int // offsets
}

// tableKey is a key of a table, for looking up its number among the members.
type tableKey struct {
	table *value
	key   string
}

func dottedName(parts []keyPart) string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return strings.Join(names, ".")
}

// key returns the parts of the key of a key = value or of a header.
func (r *tomlReader) key(e *unstable.Node, depth int) ([]keyPart, error) {
	var parts []keyPart
	for it := e.Key(); it.Next(); {
		raw := it.Node().Raw
		at := int(raw.Offset)
		if depth+len(parts) >= maxDepth {
			return nil, r.tooDeep(at)
		}
		parts = append(parts, keyPart{string(it.Node().Data), at, at + int(raw.Length)})
	}
	return parts, nil
}

func (r *tomlReader) member(table *value, key string) *value {
	if i, ok := r.known[tableKey{table, key}]; ok {
		return table.members[i].value
	}
	return nil
}

func (r *tomlReader) add(table *value, key keyPart, v *value) *value {
	r.known[tableKey{table, key.name}] = len(table.members)
	table.members = append(table.members, entry{key.name, key.at, v})
	return v
}

// header opens the table that [x.y] or [[x.y]] names.
func (r *tomlReader) header(e *unstable.Node) error {
	parts, err := r.key(e, 0)
	if err != nil {
		return err
	}
	r.clashed = false
	table, where := r.root, ""
	for _, p := range parts[:len(parts)-1] {
		table, where = r.through(table, where, p)
	}
	last := parts[len(parts)-1]
	where += last.name
	have := r.member(table, last.name)
	opened := &value{kind: kindObject, origin: byHeader, start: bytes.LastIndexByte(r.text.text[:parts[0].at], '[')}
	if e.Kind == unstable.ArrayTable {
		opened.start--
		if have == nil {
			have = r.add(table, last, &value{kind: kindArray, origin: byList, start: opened.start})
		} else if have.origin != byList {
			r.closed(last, where, have)
		}
		if have.kind == kindArray {
			where = index(where, len(have.items))
			have.items = append(have.items, opened)
		}
	} else {
		switch {
		case have == nil:
			r.add(table, last, opened)
		case have.origin == byPath:
			have.origin, have.start = byHeader, opened.start
			opened = have
		default:
			r.twice(last, where, have)
			if have.kind == kindObject {
				opened = have
			} else if have.origin == byList {
				have.items = append(have.items, opened)
			}
		}
	}
	r.table, r.where = opened, where+"."
	return nil
}

// through follows one name on the way to the table of a header. Of a list it
// takes the last table.
func (r *tomlReader) through(table *value, where string, key keyPart) (*value, string) {
	where += key.name
	next := r.member(table, key.name)
	switch {
	case next == nil:
		next = r.add(table, key, &value{kind: kindObject, origin: byPath, start: key.at})
	case next.origin == byValue:
		r.closed(key, where, next)
	}
	if next.kind == kindArray && len(next.items) > 0 {
		where = index(where, len(next.items)-1)
		next = next.items[len(next.items)-1]
	}
	return orAside(next), where + "."
}

// dotted follows one name on the way to the last one of x.y = ….
func (r *tomlReader) dotted(table *value, where string, key keyPart) *value {
	next := r.member(table, key.name)
	switch {
	case next == nil:
		next = r.add(table, key, &value{kind: kindObject, origin: byKey, start: key.at})
	case next.origin != byKey:
		r.closed(key, where+key.name, next)
	}
	return orAside(next)
}

// orAside stands in for what is no table, so that reading can go on.
func orAside(v *value) *value {
	if v.kind != kindObject {
		return &value{kind: kindObject}
	}
	return v
}

// twice notes a second definition of what may have only one.
func (r *tomlReader) twice(key keyPart, where string, first *value) {
	r.clash(key.at, "%s is defined a second time (first on line %d), so wrangler refuses the whole file; keep one definition", where, r.text.pos(first.start).Line)
}

// closed notes an addition to what is complete.
func (r *tomlReader) closed(key keyPart, where string, first *value) {
	r.clash(key.at, "%s is defined on line %d and cannot be added to here, so wrangler refuses the whole file; write it in one place", where, r.text.pos(first.start).Line)
}

// clash notes a problem with the tables of a key or a header, unless there is
// one with an earlier part of it already.
func (r *tomlReader) clash(at int, format string, args ...any) {
	if !r.clashed {
		r.problem(at, format, args...)
	}
	r.clashed = true
}
