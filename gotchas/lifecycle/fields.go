package lifecycle

import (
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// own is what the class does with one field.
type own struct {
	name           string
	changes, reads []*model.Op // outside of the constructor
	restored       *model.Op   // a write from stored state
}

// fieldsOf gathers the changed fields of a class in the order of their first change.
// The result is shared: it must not be changed.
func fieldsOf(m *model.Module, c *model.Class, ops []*model.Op) []*own {
	return model.Memo(m, "lifecycle: fields of "+c.Key(), func() []*own { return gatherFields(m, c, ops) })
}

func gatherFields(m *model.Module, c *model.Class, ops []*model.Op) []*own {
	starts := startFuncs(m, c)
	byName := map[string]*own{}
	var list []*own
	for _, op := range ops {
		if op.Kind != model.OpFieldWrite && op.Kind != model.OpFieldMutate {
			continue
		}
		if c.Has(op.Name) || c.Opaque() && c.Field(op.Name) == nil || op.Name == "ctx" || op.Name == "env" || op.Name == "state" && (c.Framework != "" || !c.Modern) {
			continue
		}
		f := byName[op.Name]
		if f == nil {
			f = &own{name: op.Name}
			byName[op.Name] = f
			list = append(list, f)
		}
		if f.restored == nil && fromState(m, op) {
			f.restored = op
		}
		if !starts[op.Func] && op.Func.Kind != model.Setter {
			f.changes = append(f.changes, op)
		}
	}
	for _, op := range ops {
		if f := byName[op.Name]; f != nil && op.Kind == model.OpFieldRead && !receiver(op.Node) {
			f.reads = append(f.reads, op)
		}
	}
	return list
}

// fromState reports a write whose value comes out of storage or the sockets: in
// the same expression, through variables, through a helper, or in a loop over
// stored rows.
func fromState(m *model.Module, op *model.Op) bool {
	var sources []syntax.Node
	for f := op.Func; f != nil; f = f.Outer {
		for _, o := range f.Ops {
			if readsState(o) {
				sources = append(sources, o.Node)
			}
			if o.Kind == model.OpInvoke && o.Callee != nil && restores(m, o.Callee, 0) {
				sources = append(sources, o.Node)
			}
		}
	}
	if len(sources) == 0 {
		return false
	}
	// this.total += row.price counts on; it brings nothing back.
	switch {
	case countsOn(op):
	case op.Kind == model.OpFieldMutate:
		if putsBack(m, op, sources) {
			return true
		}
	case op.Value.OK() && m.DependsOn(op.Value, sources...):
		return true
	}
	for a := range op.Node.Ancestors() {
		if a.Is(syntax.ForInStatement) && m.DependsOn(a.Child(syntax.FieldRight), sources...) {
			return true
		}
		if a.Is(syntax.CallExpression) {
			if object, _ := model.Callee(a); object.OK() && m.DependsOn(object, sources...) {
				return true
			}
		}
	}
	return false
}

// putsBack reports a change inside a collection whose new part comes from stored
// state as a whole. A record that only mentions some of it is new.
func putsBack(m *model.Module, op *model.Op, sources []syntax.Node) bool {
	parts := []syntax.Node{op.Value}
	if op.Node.Is(syntax.CallExpression) {
		parts = parts[:0]
		for arg := range op.Node.Child(syntax.FieldArguments).NamedChildren() {
			parts = append(parts, arg)
		}
		if op.Method == "set" && len(parts) == 2 {
			parts = parts[1:] // the key says only where
		}
	}
	for _, part := range parts {
		if record := model.Unwrap(part); record.Is(syntax.Object) {
			whole := true
			for member := range record.NamedChildren() {
				from := m.DependsOn(member, sources...)
				if member.Is(syntax.SpreadElement) && from {
					return true
				}
				whole = whole && from
			}
			if whole {
				return true
			}
		} else if part.OK() && m.DependsOn(part, sources...) {
			return true
		}
	}
	return false
}

// countsOn reports a change of a number.
func countsOn(op *model.Op) bool {
	switch op.Method {
	case "++", "--", "+=", "-=":
		return true
	}
	return false
}

// restores reports a helper that reads stored state and returns something.
func restores(m *model.Module, f *model.Func, depth int) bool {
	if depth > 3 {
		return false
	}
	for _, o := range f.Ops {
		if readsState(o) || o.Kind == model.OpInvoke && o.Callee != nil && o.Callee != f && restores(m, o.Callee, depth+1) {
			return true
		}
	}
	return false
}
