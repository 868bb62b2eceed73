package blueprint

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Join is an object with the patterns and routes of another blueprint added. A
// pattern that both have must be the same: what it stores is in use already.
func (b *Blueprint) Join(added *Blueprint) (*Blueprint, error) {
	out := b.copied()
	for i, p := range added.Patterns {
		have, ok := out.named(p.Kind, p.Name)
		switch {
		case !ok:
			out.Patterns = append(out.Patterns, p)
		case !reflect.DeepEqual(have, p):
			return nil, fmt.Errorf("patterns[%d] is %s, which %s has with other parameters; its tables are in use, so change it in the file by hand, with a further MIGRATIONS entry where it stores something else", i, p.label(), b.Class)
		}
	}
	if len(out.Patterns) == len(b.Patterns) {
		return nil, fmt.Errorf("every pattern given is one that %s has already (%s); give what to add", b.Class, b.kinds())
	}
	for _, r := range added.Routes {
		_, have := out.RouteOf(r.Op, r.Of)
		taken := slices.ContainsFunc(out.Routes, func(o Route) bool { return o.key() == r.key() })
		if !have && !taken {
			out.Routes = append(out.Routes, r)
		}
	}
	out.Clauses = append(out.Clauses, added.Clauses...)
	return out, out.Normalize()
}

// copied is a copy that can be changed.
func (b *Blueprint) copied() *Blueprint {
	c := *b
	c.Patterns, c.Routes, c.Clauses, c.Schema = slices.Clone(b.Patterns), slices.Clone(b.Routes), slices.Clone(b.Clauses), slices.Clone(b.Schema)
	return &c
}

func (b *Blueprint) named(k Kind, name string) (Pattern, bool) {
	for _, p := range b.Patterns {
		if p.Kind == k && p.Name == name {
			return p, true
		}
	}
	return Pattern{}, false
}

// label names a pattern for people.
func (p Pattern) label() string {
	if p.Name == "" {
		return string(p.Kind)
	}
	return fmt.Sprintf("%s of %q", p.Kind, p.Name)
}

func (b *Blueprint) kinds() string {
	names := make([]string, len(b.Patterns))
	for i, p := range b.Patterns {
		names[i] = p.label()
	}
	return strings.Join(names, ", ")
}
