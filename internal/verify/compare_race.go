package verify

import (
	"encoding/json"
	"fmt"

	"durable-objects-mcp/internal/scenario"
)

// A race shows as chance: two equal runs of a burst leave other numbers behind. What
// tells it from chance that is meant is the world where the requests of the burst come
// one after another. There all numbers are the same whatever the order, and none of
// the runs with a burst ever had this one. Where dice are thrown, some number differs
// between the two serial runs as well, and then nothing is said.

// raced are the numbers and flags that the burst runs, base, again and slow, show
// differently, and both serial runs alike and otherwise. A nil run is left out.
func raced(steps []scenario.Step, serial, twice *recording, bursts ...*recording) []difference {
	var out []difference
	here, second := plainValues(steps, serial), plainValues(steps, twice)
	var others []map[string]plainValue
	for _, r := range bursts {
		if r != nil {
			others = append(others, plainValues(steps, r))
		}
	}
	if twice != nil {
		for _, at := range union(here, second) {
			if here[at].value != second[at].value {
				return nil
			}
		}
	}
	said := map[string]bool{}
	for _, at := range sortedKeys(here) {
		h := here[at]
		varies, never := false, true
		for _, o := range others {
			v, ok := o[at]
			never = never && ok && v.value != h.value
			varies = varies || ok && v.value != others[0][at].value
		}
		if !varies || !never || said[h.key] {
			continue
		}
		said[h.key] = true
		out = append(out, difference{
			key: h.key, step: h.step, what: h.what, at: h.at,
			base: fmt.Sprintf("%v, and %v another time", others[0][at].value, others[1][at].value), here: fmt.Sprint(h.value), shown: fmt.Sprint(h.value),
		})
	}
	return out
}

// plainValue is a small number or a flag, with its place.
type plainValue struct {
	value any
	key   string // of the difference that it would be
	step  int
	what  string
	at    string
}

// plainValues are those in the answers of the steps that are no bursts, and in what
// is stored at the end.
func plainValues(steps []scenario.Step, r *recording) map[string]plainValue {
	out := map[string]plainValue{}
	if r == nil {
		return out
	}
	for i, d := range r.steps {
		if steps[i].Burst != nil || len(d.replies) != 1 {
			continue
		}
		title := fmt.Sprintf("step %d (%s)", i+1, steps[i].Title())
		eachPlain("$", tree(d.replies[0].body), func(at string, v any) {
			out[title+" "+at] = plainValue{v, title, i, title + " shows", at}
		})
	}
	for place, s := range r.state {
		eachPlain("$", tree(s.Value), func(at string, v any) {
			out["stored "+place+" "+at] = plainValue{v, "stored " + s.Group, -1, "stored " + place + " is", ""}
		})
	}
	return out
}

func eachPlain(at string, v any, fn func(at string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			eachPlain(at+"."+k, item, fn)
		}
	case []any:
		for i, item := range v {
			eachPlain(fmt.Sprintf("%s[%d]", at, i), item, fn)
		}
	case json.Number:
		if !named(v) && !clock(v) {
			fn(at, v)
		}
	case bool:
		fn(at, v)
	}
}
