package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/workerd"
)

// difference is one thing that a world shows and the base world, twice, does not.
type difference struct {
	key        string // what it is about; the same in every run
	step       int    // -1: not tied to a step
	what       string // a clause without its end, as "step 3 (GET /) answered"
	at         string // the first place in the answer that differs; may be ""
	base, here string
	// shown is here with the names of chance values, the same in every run.
	shown  string
	socket string // whose messages it is about; "" is none
	// alarm says that it is about a pending alarm.
	alarm bool
}

// comparison compares this world with the base world. What differs between base
// and again is chance, and is returned apart instead of being reported or hidden.
type comparison struct {
	steps             []scenario.Step
	base, again, here *recording
	names             *names

	diffs []difference
	// chance is what was left out; followed is what has other values in each run,
	// but the same where it is the same.
	chance, followed []string
}

func compare(steps []scenario.Step, base, again, here *recording) *comparison {
	c := &comparison{steps: steps, base: base, again: again, here: here, names: newNames()}
	for i := range min(len(base.steps), len(again.steps), len(here.steps)) {
		c.step(i)
	}
	for _, name := range sortedKeys(base.sockets) {
		if !here.lost[name] {
			c.socket(name)
		}
	}
	c.state()
	return c
}

func (c *comparison) step(i int) {
	b, a, h := c.base.steps[i], c.again.steps[i], c.here.steps[i]
	for _, name := range sortedKeys(b.captured) {
		bv, av := scenario.Text(b.captured[name]), scenario.Text(a.captured[name])
		if bv != av && a.captured[name] != nil && h.captured[name] != nil {
			c.names.learn(bv, av, scenario.Text(h.captured[name]))
			c.followed = append(c.followed, fmt.Sprintf("${%s} of step %d", name, i+1))
		}
	}
	if h.quiet {
		return
	}
	title := fmt.Sprintf("step %d (%s)", i+1, c.steps[i].Title())
	p := &parts{names: c.names}
	p.compare("$", replies(b.replies), replies(a.replies), replies(h.replies))
	if len(p.differ) > 0 {
		base, here := texts(b.replies), texts(h.replies)
		c.diffs = append(c.diffs, difference{
			key: title, step: i, what: title + " answered", at: place(p.differ[0]), base: base, here: here, shown: c.names.text(ofHere, here),
		})
	}
	c.chance = append(c.chance, at(title, p.varied)...)
	c.followed = append(c.followed, at(title, p.named)...)
}

// place is where in an answer a difference is, without the outer arrays.
func place(at string) string {
	_, body, ok := strings.Cut(at, ".body")
	if !ok || body == "" || strings.HasPrefix(body, "[") && !strings.Contains(body, ".") {
		return ""
	}
	return "$" + body
}

// at names places in an answer in one line; none for no places.
func at(what string, places []string) []string {
	if len(places) == 0 {
		return nil
	}
	var at []string
	for _, p := range places {
		if s := place(p); s != "" && !slices.Contains(at, s) {
			at = append(at, s)
		}
	}
	if len(at) > 0 {
		what += " at " + strings.Join(cut(at, 4), ", ")
	}
	return []string{what}
}

// replies are a step's answers as one value. Those of a burst are in an order
// that does not depend on which came first, nor on their ids.
func replies(list []reply) any {
	out := make([]any, len(list))
	for i, r := range list {
		out[i] = map[string]any{"head": r.head, "body": tree(r.body)}
	}
	if len(list) > 1 {
		key := map[int]string{}
		order := make([]int, len(list))
		for i, r := range list {
			order[i] = i
			key[i] = r.head + " " + blank(tree(r.body)) + "\n" + r.body
		}
		sort.SliceStable(order, func(x, y int) bool { return key[order[x]] < key[order[y]] })
		sorted := make([]any, len(out))
		for i, at := range order {
			sorted[i] = out[at]
		}
		return sorted
	}
	return out
}

// blank is a value without what looks like an id or a time.
func blank(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var b strings.Builder
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !named(k) || len(k) < 16 {
				b.WriteString(k)
			}
			b.WriteString(":" + blank(v[k]) + ",")
		}
		return b.String()
	case []any:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(blank(item) + ",")
		}
		return b.String()
	case string:
		if len(v) >= 16 {
			return "•"
		}
	case json.Number:
		if named(v) {
			return "•"
		}
		return fmt.Sprintf("%20s", v)
	}
	return fmt.Sprint(v)
}

func texts(list []reply) string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.text()
	}
	sort.Strings(out)
	return strings.Join(out, "\n")
}

func (c *comparison) socket(name string) {
	messages := func(r *recording) any {
		out := make([]any, len(r.sockets[name]))
		for i, m := range r.sockets[name] {
			out[i] = map[string]any{"body": tree(m)}
		}
		return out
	}
	p := &parts{names: c.names}
	p.compare("$", messages(c.base), messages(c.again), messages(c.here))
	if len(p.differ) > 0 {
		here := fmt.Sprint(c.here.sockets[name])
		c.diffs = append(c.diffs, difference{
			key: "socket " + name, socket: name, step: -1, what: "socket " + name + " got",
			base: fmt.Sprint(c.base.sockets[name]), here: here, shown: c.names.text(ofHere, here),
		})
	}
	what := "the messages of socket " + name
	c.chance = append(c.chance, at(what, p.varied)...)
	c.followed = append(c.followed, at(what, p.named)...)
}

// state compares what is stored at the end. Where two equal runs store something
// else in a column, the column is left out; where they have other rows or keys,
// all of the table. A column that varies and holds neither ids nor times says
// that chance decides what is done, as where it picks one of several objects:
// then it may also decide which rows there are.
func (c *comparison) state() {
	base, again, here := c.stored(ofBase, c.base), c.stored(ofAgain, c.again), c.stored(ofHere, c.here)
	groups, columns, loose := map[string]bool{}, map[string]bool{}, map[string]bool{}
	p := &parts{names: c.names}
	for _, at := range union(base, again) {
		b, inBase := base[at]
		a, inAgain := again[at]
		if !inBase || !inAgain {
			groups[b.Group+a.Group] = true // one of them is ""
			continue
		}
		// This world's value names ids; whether it differs is asked below.
		before := len(p.varied)
		var h any = absent{}
		if v, ok := here[at]; ok {
			h = tree(v.Value)
		}
		p.compare("$", tree(b.Value), tree(a.Value), h)
		if len(p.varied) > before {
			columns[b.Group+", "+b.Column] = true
			loose[b.Group] = loose[b.Group] || !named(tree(b.Value)) && !clock(tree(b.Value))
		}
	}
	found := map[string]int{} // by group, its place in diffs
	// Places are named again, since values have given names to more ids.
	base, again, here = c.stored(ofBase, c.base), c.stored(ofAgain, c.again), c.stored(ofHere, c.here)
	for _, at := range union(base, here) {
		b, inBase := base[at]
		h, inHere := here[at]
		group, column := b.Group, b.Column
		if !inBase {
			group, column = h.Group, h.Column
		}
		if groups[group] || columns[group+", "+column] || loose[group] && inBase != inHere {
			continue
		}
		if inBase && inHere {
			p := &parts{names: c.names}
			a, ok := again[at]
			if !ok {
				a = b
			}
			p.compare("$", tree(b.Value), tree(a.Value), tree(h.Value))
			if len(p.differ) == 0 {
				continue
			}
		}
		if i, ok := found[group]; ok {
			c.diffs[i].alarm = c.diffs[i].alarm || column == "" && strings.HasSuffix(group, " alarm")
			continue
		}
		found[group] = len(c.diffs)
		shown := h.Place
		if b.Place != "" {
			shown = b.Place
		}
		c.diffs = append(c.diffs, difference{
			key: "stored " + group, step: -1, what: "stored " + shown + " is",
			base: orNothing(b.Value), here: orNothing(h.Value), shown: c.names.text(ofHere, h.Value),
			alarm: strings.HasSuffix(group, " alarm"),
		})
	}
	for _, v := range slices.Concat(sortedKeys(groups), sortedKeys(columns)) {
		c.chance = append(c.chance, "stored "+v)
	}
}

// stored is a run's state by place, with the names of ids in the places.
func (c *comparison) stored(s side, r *recording) map[string]workerd.Stored {
	out := map[string]workerd.Stored{}
	for at, v := range r.state {
		v.Column = c.names.text(s, v.Column)
		out[c.names.text(s, at)] = v
	}
	return out
}

// keys are what the differences are about.
func (c *comparison) keys() map[string]difference {
	out := map[string]difference{}
	for _, d := range c.diffs {
		out[d.key] = d
	}
	return out
}

func union[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return sortedKeys(all)
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
