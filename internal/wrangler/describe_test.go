package wrangler

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

var anyPlace = regexp.MustCompile(`\{"Line":[1-9]\d*,"Column":\d+\}`)

// describe writes out a model without places (but for whether they are set) and
// without the order of keys, which the languages need not share.
func describe(c *Config) string {
	d := *c
	d.Path, d.Source = "", nil
	d.Scope = unordered(c.Scope)
	d.Keys, d.Unknown = sortedKeys(c.Keys), sortedKeys(c.Unknown)
	d.Problems = slices.Clone(c.Problems)
	slices.SortFunc(d.Problems, func(a, b Problem) int { return strings.Compare(a.Message, b.Message) })
	d.Envs = slices.Clone(c.Envs)
	slices.SortFunc(d.Envs, func(a, b Env) int { return strings.Compare(a.Name, b.Name) })
	levels := []Scope{c.Scope}
	for i := range d.Envs {
		s, _ := c.Resolve(d.Envs[i].Name)
		levels = append(levels, s)
		d.Envs[i].Scope = unordered(d.Envs[i].Scope)
	}
	parts := []any{d}
	for _, s := range levels {
		states := map[string]ClassState{}
		if s.history != nil {
			states = s.history.states
		}
		parts = append(parts, unordered(s), s.History(), s.LiveClasses(), states, s.Lifecycle())
	}
	b, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return anyPlace.ReplaceAllString(string(b), "set")
}

func unordered(s Scope) Scope {
	s.Others, s.Exports = slices.Clone(s.Others), slices.Clone(s.Exports)
	vars := map[string]json.RawMessage{}
	for name, raw := range s.Vars {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			panic(err)
		}
		vars[name], _ = json.Marshal(v)
	}
	s.Vars = vars
	slices.SortFunc(s.Others, func(a, b OtherBinding) int { return strings.Compare(a.Kind+" "+a.Name, b.Kind+" "+b.Name) })
	slices.SortFunc(s.Exports, func(a, b Export) int { return strings.Compare(a.Class, b.Class) })
	return s
}

func sortedKeys(keys []Key) []Key {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.In+" "+a.Name, b.In+" "+b.Name) })
	return keys
}
