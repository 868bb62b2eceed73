package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

// matchJSON checks that got has everything that want names.
func matchJSON(want, got []byte) error {
	w, err := decode(want)
	if err != nil {
		return expected("the expectation is not JSON: %w", err)
	}
	g, err := decode(got)
	if err != nil {
		return expected("expected JSON, got %s", short(string(got)))
	}
	if where, ok := subset(w, g, "$"); !ok {
		return expected("expected %s, got %s (differs at %s)", short(string(want)), short(string(got)), where)
	}
	return nil
}

func subset(want, got any, at string) (string, bool) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return at, false
		}
		keys := make([]string, 0, len(w))
		for k := range w {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			if _, has := g[k]; !has {
				return at + "." + k, false
			}
			if where, ok := subset(w[k], g[k], at+"."+k); !ok {
				return where, false
			}
		}
		return "", true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return at, false
		}
		for i := range w {
			if where, ok := subset(w[i], g[i], fmt.Sprintf("%s[%d]", at, i)); !ok {
				return where, false
			}
		}
		return "", true
	case json.Number:
		g, ok := got.(json.Number)
		if !ok {
			return at, false
		}
		a, err1 := w.Float64()
		b, err2 := g.Float64()
		return at, err1 == nil && err2 == nil && a == b
	}
	return at, reflect.DeepEqual(want, got)
}

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:159]) + "…"
	}
	return s
}
