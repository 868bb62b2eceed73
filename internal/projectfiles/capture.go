package projectfiles

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/scenario"
)

// captures are the names of the values that the test has to do with: those that a
// later step refers to, and those whose place must be there all the same.
func (w *writer) captures(st scenario.Step) []string {
	var out []string
	for _, name := range sorted(st.Capture) {
		if w.stillWanted(name) || len(place(st.Capture[name])) > 0 {
			out = append(out, name)
		}
	}
	return out
}

func (w *writer) stillWanted(name string) bool {
	return slices.ContainsFunc(w.rest, func(st scenario.Step) bool { return slices.Contains(referred(st), name) })
}

// capture keeps values of an answer for the steps that refer to them.
func (w *writer) capture(st scenario.Step, answer string) {
	body := answer + ".json"
	if st.RPC != nil {
		body = answer + ".returned"
	}
	for _, name := range w.captures(st) {
		value := w.whole(answer, body)
		if place := place(st.Capture[name]); len(place) > 0 {
			w.use("place")
			value = call("valueAt", append([]node{atomOf(body)}, place...)...)
		}
		if !w.stillWanted(name) {
			w.statement(value)
			continue
		}
		delete(w.lost, "${"+name+"}")
		w.variables[name] = w.name(name)
		w.line(assignment(indent, w.variables[name], value))
	}
}

// whole is all of an answer, which need not be JSON.
func (w *writer) whole(answer, body string) node {
	if strings.HasSuffix(body, ".returned") {
		return atomOf(body)
	}
	return atomOf(fmt.Sprintf("%s ?? %s.text", body, answer))
}

var segment = regexp.MustCompile(`\.?([^.\[\]]+)|\[(\d+)\]`)

// place are the arguments for a place such as "$.items[0].id".
func place(at string) []node {
	var out []node
	for _, m := range segment.FindAllStringSubmatch(strings.TrimPrefix(at, "$"), -1) {
		if m[1] != "" {
			out = append(out, atomOf(quoted(m[1])))
			continue
		}
		i, err := strconv.Atoi(m[2])
		if err != nil {
			continue // a checked place has small numbers
		}
		out = append(out, atomOf(fmt.Sprint(i)))
	}
	return out
}
