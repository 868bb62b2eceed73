package alarms

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// checkSkippedPurpose reports a handler that leaves when there is nothing of one
// kind to do, although a method sets the alarm for another kind that the handler
// sees to only afterwards.
func checkSkippedPurpose(p *analysis.Pass, c *model.Class) {
	f := c.Member("alarm")
	if f == nil {
		return
	}
	m, steps := p.Module, p.Module.Expand(f)
	for i, s := range steps {
		if s.Kind != model.OpReturn || s.Func != f || s.Op.Path == nil || s.Op.Path.Kind != model.Arm || s.Op.Path.Up != nil || !none.MatchString(s.Op.Path.Cond.Text()) {
			continue
		}
		first := askedPlace(m, steps[:i], s.Op.Path.Cond)
		if first == "" || acts(steps[:i]) {
			continue
		}
		for _, second := range handledPlaces(m, steps[i+1:]) {
			if second == first {
				continue
			}
			for _, entry := range runs(c) {
				if entry == f {
					continue
				}
				for _, a := range armings(m, entry) {
					if at, ok := armedFor(m, a, first, second); ok {
						p.Warn(s.At(p.Module), fmt.Sprintf("alarm() leaves here when there is nothing in %s, but line %d sets it for %s (line %d), which is seen to only further down.",
							named(first), a.step().Node.Line(), named(second), at.Line()), "Leave only when nothing of any kind is left, or see to the other kind before.")
						return
					}
				}
			}
		}
		return
	}
}

// none are conditions that hold when there is nothing to do.
var none = regexp.MustCompile(`===? *0\b|< *1\b|!.*\.(length|size)\b|^\(!.*(?i:count)`)

// askedPlace is the place that a condition asks about.
func askedPlace(m *model.Module, steps []model.Step, cond syntax.Node) string {
	for i := len(steps) - 1; i >= 0; i-- {
		if !m.DependsOn(cond, steps[i].Node) {
			continue
		}
		for _, acc := range m.Accesses(steps[i].Op) {
			if !acc.Write {
				return listed(m, steps[i].Op, acc.Place)
			}
		}
	}
	return ""
}

// acts reports that something has been done already.
func acts(steps []model.Step) bool {
	for _, s := range steps {
		if outside(s) || isAlarm(s.Op, "setAlarm") {
			return true
		}
	}
	return false
}

// handledPlaces are the lists that the steps read.
func handledPlaces(m *model.Module, steps []model.Step) []string {
	var out []string
	for _, s := range steps {
		if s.Kind != model.OpSQL && s.Kind != model.OpStorage && s.Kind != model.OpKV {
			continue
		}
		for _, acc := range m.Accesses(s.Op) {
			if place := listed(m, s.Op, acc.Place); !acc.Write && (strings.HasPrefix(place, "sql:") || strings.HasPrefix(place, "keys:")) {
				out = append(out, place)
			}
		}
	}
	return out
}

// listed is a place, for list({ prefix }) "keys:" and the prefix.
func listed(m *model.Module, op *model.Op, place string) string {
	if place != "kv:*" {
		return place
	}
	for o := range model.Unwrap(model.Argument(op.Node, 0)).NamedChildren() {
		if o.Child(syntax.FieldKey).Text() == "prefix" {
			if text, ok := m.Text(o.Child(syntax.FieldValue)); ok {
				return "keys:" + text
			}
		}
	}
	return place
}

// armedFor reports an arming whose run adds to the second place and not to the
// first; at is where it adds.
func armedFor(m *model.Module, a arming, first, second string) (at syntax.Node, ok bool) {
	for i, s := range a.steps {
		if i < a.at && !model.Reaches(s, a.step()) || i > a.at && !model.Reaches(a.step(), s) {
			continue
		}
		if adds(m, s, first) {
			return syntax.Node{}, false
		}
		if adds(m, s, second) {
			at = s.Node
		}
	}
	return at, at.OK()
}

// adds reports a step that puts something more into a place.
func adds(m *model.Module, s model.Step, place string) bool {
	if prefix, ok := strings.CutPrefix(place, "keys:"); ok {
		return (s.Kind == model.OpStorage || s.Kind == model.OpKV) && s.Method == "put" && putsUnder(m, s.Node, prefix)
	}
	for _, acc := range m.Accesses(s.Op) {
		if !acc.Write || acc.Place != place {
			continue
		}
		switch s.Kind {
		case model.OpSQL:
			return s.SQL.Statements[len(s.SQL.Statements)-1].Verb == "INSERT"
		case model.OpFieldWrite, model.OpFieldMutate:
			return s.Method != "=" && s.Method != "delete" && s.Method != "clear" && s.Method != "--"
		}
		return s.Method == "put"
	}
	return false
}

// putsUnder reports a put of a key that begins with a prefix, also among the keys of
// an object that is put.
func putsUnder(m *model.Module, put syntax.Node, prefix string) bool {
	arg := model.Unwrap(model.Argument(put, 0))
	if b := m.Resolve(arg); arg.Is(syntax.Identifier) && b != nil && model.Unwrap(b.Init).Is(syntax.Object) {
		arg = model.Unwrap(b.Init)
	}
	if !arg.Is(syntax.Object) {
		text, _ := m.Template(arg)
		return strings.HasPrefix(text, prefix)
	}
	for pair := range arg.NamedChildren() {
		key := pair.Child(syntax.FieldKey)
		if key.Is(syntax.ComputedPropertyName) {
			key = key.NamedChild(0)
		}
		if text, _ := m.Template(key); strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// named is a place as a reader knows it.
func named(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "sql":
		return "the table " + name
	case "keys":
		return "the keys " + name + "…"
	case "field":
		return "this." + name
	}
	return name
}
