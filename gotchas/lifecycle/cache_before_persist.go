package lifecycle

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var cacheBeforePersist = &analysis.Gotcha{
	ID:       "cache-before-persist",
	Title:    "A cached field is changed long before its new value is stored",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "When what stands between fails or throws, memory holds a value that storage never gets: every later event works with it, " +
		"until the object restarts and the old value is back.",
	Fix: "Store first and change the field after it, or do both in one go with nothing in between that may fail.",
	Fine: []string{
		"The field and its put next to each other: a write that fails resets the object.",
		"A field that a catch sets back.",
	},
	Evidence: []string{
		"github.com/cloudflare/skills, durable-objects: persist first, then update the cache.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No cached field is changed before it is stored.")
		for _, c := range p.Objects() {
			cached := map[string]bool{}
			for _, f := range fieldsOf(p.Module, c, p.Module.ClassOps(c)) {
				cached[f.name] = f.restored != nil
			}
			for _, f := range c.Entries() {
				checkOrder(p, cached, p.Module.Expand(f))
			}
		}
	},
}

// checkOrder looks for a change of a cached field, something that may fail, and
// the store of the field, in this order.
func checkOrder(p *analysis.Pass, cached map[string]bool, steps []model.Step) {
	for i, s := range steps {
		if s.Kind != model.OpFieldWrite && s.Kind != model.OpFieldMutate || !cached[s.Name] || s.Detached || fromState(p.Module, s.Op) || s.Guarded() != nil || readAnew(p.Module, steps[:i], s) || storedFirst(steps[:i], s) {
			continue
		}
		var fails *model.Step
		for j := i + 1; j < len(steps); j++ {
			t := &steps[j]
			if t.Detached || !model.Reaches(s, *t) {
				continue
			}
			if writesState(t.Op) && stores(t.Op, s.Op) {
				if fails != nil {
					p.Warn(s.At(p.Module), fmt.Sprintf("%s is changed here and stored on line %d. If %s on line %d fails, memory keeps what storage never gets.", s.Name, t.Node.Line(), analysis.Short(fails.Node), fails.Node.Line()), "")
				}
				break
			}
			if t.Kind == s.Kind && t.Name == s.Name {
				break // changed again
			}
			if fails == nil && mayFail(p.Module, *t) {
				fails = t
			}
		}
	}
}

// storedFirst reports a change whose value the same function has stored before it.
func storedFirst(before []model.Step, s model.Step) bool {
	for _, t := range before {
		if t.Func == s.Func && writesState(t.Op) && stores(t.Op, s.Op) {
			return true
		}
	}
	return false
}

// stores reports a write that stores what a change has put into the field: it
// names the field, or the variable that the field was given.
func stores(write, change *model.Op) bool {
	args := write.Node.Child(syntax.FieldArguments).Text()
	if strings.Contains(args, "this."+change.Name) {
		return true
	}
	value := model.Unwrap(change.Value)
	if !value.Is(syntax.Identifier) {
		return false
	}
	for n := range write.Node.Child(syntax.FieldArguments).Descendants() {
		if n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) && n.Text() == value.Text() {
			return true
		}
	}
	return false
}

// mayFail reports a throw, and a wait for something outside of the object.
func mayFail(m *model.Module, s model.Step) bool {
	if s.Within(model.Try) != nil {
		return false // what catches it may set things right
	}
	switch s.Kind {
	case model.OpThrow:
		return true
	case model.OpAwait:
		gate, _ := m.AwaitGate(s.Op)
		return gate == model.Opens
	}
	return false
}

// readAnew reports a field that the same event has read from storage before it
// changes it: then no later event relies on what memory holds.
func readAnew(m *model.Module, before []model.Step, s model.Step) bool {
	for _, t := range before {
		if t.Kind == model.OpFieldWrite && t.Name == s.Name && t.Method == "=" && model.Reaches(t, s) && fromState(m, t.Op) && !filledWhenMissing(t.Op, s.Name) {
			return true
		}
	}
	return false
}
