package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// What two equal runs show differently is chance: ids, times, the order of what
// happened at once. A chance value that looks like an id or a time is given a
// name, the same in every run, and is followed by it: where the base world shows
// the same id again, so must every other. Any other is left out, at its place
// inside the answer, and the rest of the answer is compared.

// side is whose value it is.
type side int

const (
	ofBase side = iota
	ofAgain
	ofHere
	sides
)

// names are the chance values of each run, by their text, with the name that
// they have in common.
type names struct {
	of    [sides]map[string]string
	count int
}

func newNames() *names {
	n := &names{}
	for s := range n.of {
		n.of[s] = map[string]string{}
	}
	return n
}

const (
	// shortestName is the length from which a text is an id rather than a word.
	shortestName = 6
	mostNames    = 400
)

// named reports whether a value looks like an id or a time.
func named(v any) bool {
	switch v := v.(type) {
	case string:
		return len(v) >= shortestName && !strings.HasPrefix(v, "⟨")
	case json.Number:
		return len(v) >= shortestName
	}
	return false
}

// clock reports a time of this century: in milliseconds or seconds since 1970, or
// as a date.
func clock(v any) bool {
	switch v := v.(type) {
	case string:
		return dated.MatchString(v)
	case json.Number:
		n, err := v.Float64()
		return err == nil && (n > 1.6e12 && n < 5e12 || n > 1.6e9 && n < 5e9)
	}
	return false
}

var dated = regexp.MustCompile(`^(20\d\d-\d\d-\d\d([T ]\d\d:\d\d.*)?|1[6-9]\d{8}|1[6-9]\d{11}|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d .*)$`)

// learn gives chance values of the runs, at the same place, a name.
func (n *names) learn(values ...any) {
	if n.count >= mostNames {
		return
	}
	n.count++
	for s, v := range values {
		if _, has := n.of[s][fmt.Sprint(v)]; v != nil && named(v) && !has {
			n.of[s][fmt.Sprint(v)] = fmt.Sprintf("⟨%d⟩", n.count)
		}
	}
}

// text is a text with its chance values replaced by their names.
func (n *names) text(s side, text string) string {
	if name, ok := n.of[s][text]; ok {
		return name
	}
	for _, raw := range longestFirst(n.of[s]) {
		text = strings.ReplaceAll(text, raw, n.of[s][raw])
	}
	return text
}

func longestFirst(m map[string]string) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
}

func (n *names) leaf(s side, v any) any {
	switch v := v.(type) {
	case string:
		return n.text(s, v)
	case json.Number:
		if name, ok := n.of[s][string(v)]; ok {
			return name
		}
	}
	return v
}

// words splits a text that is no JSON into parts that are compared one by one.
var words = regexp.MustCompile(`[\pL\pN_-]+|[^\pL\pN_-]+`)

// tree is a text as a value that can be compared by its parts.
func tree(text string) any {
	if v, err := decode([]byte(text)); err == nil {
		return v
	}
	parts := words.FindAllString(text, -1)
	out := make([]any, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

// absent stands for a value that is not there.
type absent struct{}

// parts compares values of three runs part by part.
type parts struct {
	names *names
	// differ are the places where the base world twice shows the same, and this
	// world something else; varied are those where it does not twice show the same.
	// named are those of chance values that got a name.
	differ, varied, named []string
}

func (p *parts) compare(at string, b, a, h any) {
	switch base := b.(type) {
	case map[string]any:
		if again, ok := a.(map[string]any); ok {
			p.objects(at, base, again, h)
			return
		}
	case []any:
		if again, ok := a.([]any); ok && len(base) == len(again) {
			here, ok := h.([]any)
			if !ok || len(here) != len(base) {
				p.differ = append(p.differ, at)
				here = nil
			}
			for i := range base {
				var v any = absent{}
				if here != nil {
					v = here[i]
				}
				p.compare(fmt.Sprintf("%s[%d]", at, i), base[i], again[i], v)
			}
			return
		}
	default:
		p.leaves(at, b, a, h)
		return
	}
	p.varied = append(p.varied, at)
}

func (p *parts) leaves(at string, b, a, h any) {
	base, again := p.names.leaf(ofBase, b), p.names.leaf(ofAgain, a)
	switch {
	case base == again:
		_, gone := h.(absent)
		switch {
		case gone || same(base, p.names.leaf(ofHere, h)):
		case clock(b) && clock(h): // twice in the same millisecond is chance as well
			p.varied = append(p.varied, at)
		default:
			p.differ = append(p.differ, at)
		}
	case named(b) && named(a) && base == b && again == a:
		p.names.learn(b, a, h)
		p.named = append(p.named, at)
	default:
		p.varied = append(p.varied, at)
	}
}

// same compares leaves; a map or an array is like no leaf.
func same(a, b any) bool {
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b
}

func (p *parts) objects(at string, base, again map[string]any, h any) {
	here, ok := h.(map[string]any)
	if _, gone := h.(absent); !ok && !gone {
		p.differ = append(p.differ, at)
	}
	b, a, e := p.keys(ofBase, base), p.keys(ofAgain, again), p.keys(ofHere, here)
	if p.pairKeys(at, b, a, e) {
		b, a, e = p.keys(ofBase, base), p.keys(ofAgain, again), p.keys(ofHere, here)
	}
	loose := false // keys that vary and have no name
	for _, k := range slices.Sorted(maps.Keys(b)) {
		if _, both := a[k]; !both {
			loose = true
			continue
		}
		var v any = absent{}
		if key, has := e[k]; has {
			v = here[key]
		} else if ok {
			p.differ = append(p.differ, at+"."+k)
		}
		p.compare(at+"."+k, base[b[k]], again[a[k]], v)
	}
	for k := range a {
		_, both := b[k]
		loose = loose || !both
	}
	if loose {
		p.varied = append(p.varied, at)
		return
	}
	for _, k := range slices.Sorted(maps.Keys(e)) {
		if _, has := b[k]; !has {
			p.differ = append(p.differ, at+"."+k)
		}
	}
}

// keys are an object's keys by their names.
func (p *parts) keys(s side, object map[string]any) map[string]string {
	out := map[string]string{}
	for k := range object {
		out[p.names.text(s, k)] = k
	}
	return out
}

// pairKeys names keys that are ids: those that only one run has, in their order.
func (p *parts) pairKeys(at string, b, a, e map[string]string) bool {
	only := func(m, other map[string]string) []string {
		var out []string
		for k := range m {
			if _, both := other[k]; !both {
				out = append(out, k)
			}
		}
		slices.Sort(out)
		return out
	}
	ob, oa, oe := only(b, a), only(a, b), only(e, b)
	if len(ob) != len(oa) || len(ob) == 0 {
		return false
	}
	for i := range ob {
		if !named(ob[i]) || !named(oa[i]) {
			return false
		}
	}
	for i := range ob {
		var h any
		if len(oe) == len(ob) {
			h = oe[i]
		}
		p.names.learn(ob[i], oa[i], h)
	}
	p.named = append(p.named, at)
	return true
}
