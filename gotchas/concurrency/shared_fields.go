package concurrency

import (
	"regexp"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// sharedField is what belongs to one request, kept in a field that all requests
// in progress share.
type sharedField struct {
	name  string
	write model.Step
	wait  wait
	// read is where it is used after the wait; without one the request itself is
	// kept for whoever may look.
	read model.Step
}

// sharedFields lists the fields that an entry point fills from its own request and
// relies on after it has waited.
func (o *object) sharedFields(entry *model.Func) []sharedField {
	if alone(entry) || len(entry.Params) == 0 {
		return nil
	}
	var out []sharedField
	m, steps := o.m, o.m.Expand(entry)
	for w, s := range steps {
		name, value, ok := assigned(s)
		if !ok || s.Method != "=" || s.Guarded() != nil || s.Detached {
			continue
		}
		request := m.Eval(value).Kind == model.Request
		if !request && !(perRequest.MatchString(name) && fromParams(m, entry, value)) {
			continue
		}
		if f, ok := usedAfterWait(m, steps, w, name); ok {
			out = append(out, f)
		} else if request {
			if gap, ok := anyWait(m, steps, w); ok {
				out = append(out, sharedField{name: name, write: s, wait: gap})
			}
		}
	}
	return out
}

// perRequest names what differs from one request to the next.
var perRequest = regexp.MustCompile(`(?i)^[#_]*((current|active|last|my|this)_?)?(request|req|user|userid|username|caller|viewer|actor|session|body|payload|headers|params|query|method|client_?ip|ip|locale|token)$`)

// assigned is the last name and the value of this.x = v and this.x.y = v.
func assigned(s model.Step) (name string, value syntax.Node, ok bool) {
	if s.Kind != model.OpFieldWrite && s.Kind != model.OpFieldMutate || !s.Node.Is(syntax.AssignmentExpression) {
		return "", syntax.Node{}, false
	}
	left := model.Unwrap(s.Node.Child(syntax.FieldLeft))
	if !left.Is(syntax.MemberExpression) {
		return "", syntax.Node{}, false
	}
	return left.Child(syntax.FieldProperty).Text(), s.Value, true
}

// fromParams reports a value that comes from what a function is called with.
func fromParams(m *model.Module, f *model.Func, value syntax.Node) bool {
	seen := map[*model.Binding]bool{}
	var look func(n syntax.Node) bool
	look = func(n syntax.Node) bool {
		for d := range n.Descendants() {
			b := m.Resolve(d)
			if b == nil || seen[b] || !d.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) {
				continue
			}
			seen[b] = true
			if b.Param == f {
				return true
			}
			for _, def := range m.Definitions(b, d) {
				if look(def) {
					return true
				}
			}
		}
		return false
	}
	return look(value)
}

// usedAfterWait finds a read of the member that follows a wait.
func usedAfterWait(m *model.Module, steps []model.Step, w int, name string) (sharedField, bool) {
	for r := w + 1; r < len(steps); r++ {
		s := steps[r]
		if other, _, ok := assigned(s); ok && other == name && s.Method == "=" {
			return sharedField{}, false
		}
		if s.Kind != model.OpFieldRead || !model.Reaches(steps[w], s) {
			continue
		}
		member := s.Node
		if s.Name != name {
			member = s.Node.Parent()
		}
		if !member.Is(syntax.MemberExpression) || member.Child(syntax.FieldProperty).Text() != name {
			continue
		}
		if gap := opening(m, steps, w, r); gap.gate == model.Opens {
			return sharedField{name, steps[w], gap, s}, true
		}
	}
	return sharedField{}, false
}

// anyWait is a wait that follows, also one of which it is not known whether it
// lets others in.
func anyWait(m *model.Module, steps []model.Step, w int) (wait, bool) {
	for _, s := range steps[w+1:] {
		if s.Kind != model.OpAwait || !model.Reaches(steps[w], s) {
			continue
		}
		if g, _ := m.AwaitGate(s.Op); g >= model.MayOpen {
			return wait{s, g, s.Node.NamedChild(0)}, true
		}
	}
	return wait{}, false
}
