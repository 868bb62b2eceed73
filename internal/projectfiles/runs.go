package projectfiles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/scenario"
)

// run is a part of the scenario that becomes one test: what is done to one object,
// or what comes after some time. The runs are played in their order, because the
// later ones meet the state that the earlier ones have left.
type run struct {
	name  string
	steps []scenario.Step
}

// runs cuts the scenario where time passes or another object's turn comes, but
// never while a socket is open or a captured value is still wanted: both belong to
// one test.
func runs(steps []scenario.Step) []run {
	var out []run
	times := map[string]int{}
	for _, st := range steps {
		times[about(st)]++
	}
	tied := tied(steps)
	now := ""
	for i, st := range steps {
		key := about(st)
		cut := len(out) == 0
		if !cut && !tied[i] {
			other := key != "" && now != "" && key != now && stays(steps[i:])
			cut = (st.Advance != nil || other) && !onlyAdvances(out[len(out)-1].steps)
		}
		if cut {
			out = append(out, run{})
			now = ""
		}
		r := &out[len(out)-1]
		if st.Advance != nil && len(r.steps) == 0 {
			r.name = plain(st.Title())
		}
		if now == "" && key != "" && times[key] > 1 {
			now = key
			if r.name == "" {
				r.name = "serves " + key
			}
		}
		r.steps = append(r.steps, st)
	}
	return named(out)
}

// stays reports whether the next request is about the first step's object again: a
// glance at another object is no run.
func stays(steps []scenario.Step) bool {
	for _, st := range steps[1:] {
		if key := about(st); key != "" {
			return key == about(steps[0])
		}
	}
	return false
}

func onlyAdvances(steps []scenario.Step) bool {
	return !slices.ContainsFunc(steps, func(st scenario.Step) bool { return st.Advance == nil })
}

// named gives every run a name of its own.
func named(runs []run) []run {
	seen := map[string]int{}
	for i := range runs {
		name := &runs[i].name
		if *name == "" {
			*name = "plays the scenario"
		}
		seen[*name]++
		switch n := seen[*name]; {
		case n == 2:
			*name += ", again"
		case n > 2:
			*name += fmt.Sprintf(", for the %dth time", n)
			if n == 3 {
				*name = strings.Replace(*name, "3th", "third", 1)
			}
		}
	}
	return runs
}

// about names the object that a step is about, as far as its requests show it: by
// the object itself, or by what the path's query begins with.
func about(st scenario.Step) string {
	switch {
	case st.HTTP != nil:
		return aboutRequest(st.HTTP.To, st.HTTP.Path)
	case st.RPC != nil:
		return aboutRequest(scenario.To{Class: st.RPC.Class, Object: st.RPC.Object}, "")
	case st.Open != nil:
		return aboutRequest(st.Open.To, st.Open.Path)
	case st.Burst != nil:
		r := st.Burst.Requests()[0]
		return about(scenario.Step{HTTP: r.HTTP, RPC: r.RPC})
	}
	return ""
}

func aboutRequest(to scenario.To, path string) string {
	if to.Class != "" {
		return fmt.Sprintf("%s(%s)", to.Class, to.ObjectName())
	}
	_, query, _ := strings.Cut(path, "?")
	first, _, _ := strings.Cut(query, "&")
	return first
}

// tied says for each step whether it shares a socket or a captured value with
// those before it.
func tied(steps []scenario.Step) []bool {
	out := make([]bool, len(steps))
	open := map[string]bool{}
	wanted := map[string]int{} // the last step that refers to a name
	for i, st := range steps {
		for _, name := range referred(st) {
			wanted[name] = i
		}
	}
	until := -1 // the last step that refers to a value captured so far
	for i, st := range steps {
		out[i] = len(open) > 0 || i <= until
		for name := range st.Capture {
			until = max(until, wanted[name])
		}
		switch {
		case st.Open != nil:
			open[st.Open.Socket] = true
		case st.Close != nil:
			delete(open, st.Close.Socket)
		}
	}
	return out
}

// referred are the captured values that a step uses, each once.
func referred(st scenario.Step) []string {
	st.Name = "" // says nothing but itself
	text, err := json.Marshal(st)
	if err != nil {
		return nil // plain data: it cannot fail
	}
	var out []string
	for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
		if m[1] != "" && !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// plain is text on one line.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens text to a number of columns.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
