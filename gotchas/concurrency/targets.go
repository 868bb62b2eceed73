package concurrency

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// targets finds the classes behind the names of env.
type targets struct {
	p       *analysis.Pass
	classes map[string]*model.Class // by name
	known   map[string]*model.Class // by name of env, once found
}

func findTargets(p *analysis.Pass) *targets {
	t := &targets{p: p, classes: map[string]*model.Class{}, known: map[string]*model.Class{}}
	for _, m := range p.Modules {
		for _, c := range m.Objects() {
			if c.Name != "" {
				t.classes[c.Name] = c
			}
		}
	}
	return t
}

// class is the class of the objects that a stub leads to, or nil where the
// project does not show it.
func (t *targets) class(stub model.Value) *model.Class {
	if stub.Name == "" {
		return nil
	}
	c, ok := t.known[stub.Name]
	if !ok {
		c = t.find(stub.Name)
		t.known[stub.Name] = c
	}
	return c
}

func (t *targets) find(name string) *model.Class {
	if cfg := t.p.Config; cfg != nil {
		for _, b := range cfg.Bindings {
			if b.Name == name && b.ScriptName == "" {
				return t.classes[b.ClassName]
			}
		}
	}
	for _, m := range t.p.Modules {
		for n := range m.OfKind(syntax.PropertySignature) {
			if n.Child(syntax.FieldName).Text() == name {
				if c := t.classes[typeArgument(n.Child(syntax.FieldType).Text())]; c != nil {
					return c
				}
			}
		}
	}
	for _, c := range sorted(t.classes) {
		if stem(c) == stem(name) {
			return t.classes[c]
		}
	}
	return nil
}

// typeArgument is the X of DurableObjectNamespace<X> and of <import("./x").X>.
func typeArgument(text string) string {
	_, arg, _ := strings.Cut(text, "<")
	arg = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(arg), ">"))
	return arg[strings.LastIndexByte(arg, '.')+1:]
}

// stem is a name without case, underscores and the words for what it is.
func stem(name string) string {
	s := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, ending := range []string{"durableobject", "object", "do"} {
		if cut, ok := strings.CutSuffix(s, ending); ok && cut != "" {
			return cut
		}
	}
	return s
}
