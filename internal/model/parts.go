package model

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Parts are the helper classes whose instances an object keeps in its fields,
// directly or through another part: they live and end with the object.
func (m *Module) Parts(c *Class) []*Class {
	var out []*Class
	var visit func(c *Class)
	visit = func(c *Class) {
		for at, depth := c, 0; at != nil && depth < 16; at, depth = at.Super, depth+1 {
			for _, f := range at.Fields {
				v := m.instanceMember(at, f.Name, 0)
				if v.Kind != Instance || v.Class.Object != "" || v.Class == c || slices.Contains(out, v.Class) {
					continue
				}
				out = append(out, v.Class)
				visit(v.Class)
			}
		}
	}
	visit(c)
	return out
}

// markLent marks classes that are made with an object's state though nothing in
// the project makes one: a library's helper, which serves an object that is not
// at hand.
func (m *Module) markLent() {
	for _, c := range m.Classes {
		if c.Object != "" || c.Ctor == nil || len(m.constructions(c)) > 0 {
			continue
		}
		for _, p := range c.Ctor.Params {
			if strings.HasPrefix(typeText(p.Child(syntax.FieldType)), "DurableObjectState") {
				c.Object, c.Lent = "is given a DurableObjectState", true
			}
		}
	}
}

// Runs reports whether the objects of the file run code of another module.
func (m *Module) Runs(other *Module) bool {
	for _, c := range m.Objects() {
		for _, op := range m.ReachedOps(c) {
			if op.Node.Tree() == other.Tree {
				return true
			}
		}
	}
	return false
}
