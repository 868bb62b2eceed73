package projectfiles

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// reserved are names that a variable of a test cannot have: JavaScript's own, and
// those that the file uses.
var reserved = strings.Fields(`await break case catch class const continue debugger default delete do else enum export
	extends false finally for function if implements import in instanceof interface let new null package private
	protected public return static super switch this throw true try typeof var void while with yield
	arguments async eval of undefined
	ask call connect connectTo advance atOnce valueAt read soon stored storesAny runDueAlarms objects
	env exports expect it vi beforeAll afterAll Client Answer More Method Outcome ORIGIN PATIENCE_MS
	Request Response Headers String JSON Promise Error Date Array encodeURIComponent
	evictAllDurableObjects listDurableObjectIds runInDurableObject runDurableObjectAlarm`)

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// name is a variable's name that is still free, near the wanted one.
func (w *writer) name(wanted string) string {
	base := notInNames.ReplaceAllString(wanted, "_")
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		base = "_" + base
	}
	base = cut(base, 30)
	base = strings.TrimSuffix(base, "…")
	name := base
	for i := 2; w.taken[name] || slices.Contains(reserved, name) || strings.HasPrefix(name, "LONG_TEXT"); i++ {
		name = fmt.Sprintf("%s%d", strings.TrimPrefix(base, "LONG_"), i)
	}
	w.taken[name] = true
	return name
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
