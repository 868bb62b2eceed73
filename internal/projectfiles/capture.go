package projectfiles

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/scenario"
)

// capture keeps values of an answer for the steps that refer to them; the others
// must be there all the same.
func (w *writer) capture(st scenario.Step, answer string) {
	w.use("place")
	body := answer + ".json"
	if st.RPC != nil {
		body = answer + ".returned"
	}
	used := map[string]bool{}
	for _, later := range w.rest {
		for _, name := range referred(later) {
			used[name] = true
		}
	}
	for _, name := range sorted(st.Capture) {
		value := call("valueAt", append([]node{atomOf(body)}, place(st.Capture[name])...)...)
		if len(value.items) == 1 {
			value = w.whole(answer, body)
		}
		if !used[name] {
			w.statement(value)
			continue
		}
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
