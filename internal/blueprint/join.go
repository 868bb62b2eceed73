package blueprint

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Join is an object with the patterns and routes of another blueprint added. What
// both have takes the parameters of the added one (see [Pattern.changed]).
func (b *Blueprint) Join(added *Blueprint) (*Blueprint, error) {
	out := b.copied()
	grows := false
	for i, p := range added.Patterns {
		at := out.place(p.Kind, p.Name)
		if at < 0 {
			out.Patterns = append(out.Patterns, p)
			grows = true
			continue
		}
		changed, err := out.Patterns[at].changed(p)
		if err != nil {
			return nil, fmt.Errorf("patterns[%d]: %w", i, err)
		}
		grows = grows || !reflect.DeepEqual(changed, out.Patterns[at])
		out.Patterns[at] = changed
	}
	if !grows {
		return nil, fmt.Errorf("every pattern given is one that %s has already, with the same parameters (%s); give what to add or to change", b.Class, b.kinds())
	}
	for _, r := range added.Routes {
		_, have := out.RouteOf(r.Op, r.Of)
		taken := slices.ContainsFunc(out.Routes, func(o Route) bool { return o.key() == r.key() })
		if !have && !taken {
			out.Routes = append(out.Routes, r)
		}
	}
	for _, c := range added.Clauses {
		if !slices.Contains(out.Clauses, c) { // the whole blueprint may have been given, with what was added to it
			out.Clauses = append(out.Clauses, c)
		}
	}
	return out, out.Normalize()
}

// changed is the pattern with what another one gives: its parameters, fields that
// are new, and what it says of fields by the same names. What the other leaves out
// stays as it is. Whether the tables in use allow it, only who renders it can tell;
// refused here is what no table shows.
func (p Pattern) changed(by Pattern) (Pattern, error) {
	out := p
	if by.Shards != 0 && by.Shards != p.Shards {
		return p, fmt.Errorf("shards was %d and would be %d, but what is counted lies in the objects of before, and their numbers would be lost; count in a class of its own", p.Shards, by.Shards)
	}
	take(&out, by, "Fields")
	out.Fields = slices.Clone(p.Fields)
	for _, f := range by.Fields {
		at := slices.IndexFunc(out.Fields, func(have Field) bool { return have.Name == f.Name })
		if at < 0 {
			if f.Required {
				return p, fmt.Errorf("the field %s is new and required, but the rows that are stored have no value for it; give it a default, or leave required out", f.Name)
			}
			out.Fields = append(out.Fields, f)
			continue
		}
		if f.Type != "" && f.Type != out.Fields[at].Type {
			return p, fmt.Errorf("the field %s is %s in the rows that are stored and cannot become %s; add a field of another name", f.Name, out.Fields[at].Type, f.Type)
		}
		take(&out.Fields[at], f)
	}
	return out, nil
}

// take copies what is given of a struct over another one.
func take[T any](into *T, given T, but ...string) {
	from, to := reflect.ValueOf(given), reflect.ValueOf(into).Elem()
	for i := range from.NumField() {
		if !from.Field(i).IsZero() && !slices.Contains(but, from.Type().Field(i).Name) {
			to.Field(i).Set(from.Field(i))
		}
	}
}

// copied is a copy that can be changed.
func (b *Blueprint) copied() *Blueprint {
	c := *b
	c.Patterns, c.Routes, c.Clauses, c.Schema = slices.Clone(b.Patterns), slices.Clone(b.Routes), slices.Clone(b.Clauses), slices.Clone(b.Schema)
	return &c
}

// place is where a pattern is among the others, -1 if it is not.
func (b *Blueprint) place(k Kind, name string) int {
	return slices.IndexFunc(b.Patterns, func(p Pattern) bool { return p.Kind == k && p.Name == name })
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
