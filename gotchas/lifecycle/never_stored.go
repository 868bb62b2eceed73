package lifecycle

import (
	"slices"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// neverStored is the change of a restored field that nothing stores: the field is
// read back from keys or tables that the object never writes. What storage is
// handed to elsewhere may write them, and then there is no telling.
func neverStored(m *model.Module, c *model.Class, f *own) *model.Op {
	if c.Opaque() || c.Framework != "" || c.Node.Is(syntax.AbstractClassDeclaration) {
		return nil
	}
	var change *model.Op
	for _, op := range f.changes {
		if op.Kind == model.OpFieldWrite && op.Value.OK() && reset(op.Value) || op.Kind == model.OpFieldMutate && (op.Method == "delete" || op.Method == "clear") || fromState(m, op) {
			continue
		}
		change = op
		break
	}
	if change == nil {
		return nil
	}
	read := placesRead(m, f.restored)
	if len(read) == 0 {
		return nil
	}
	ops := m.ReachedOps(c)
	for _, part := range m.Parts(c) {
		ops = append(ops[:len(ops):len(ops)], m.ClassOps(part)...)
	}
	for _, op := range ops {
		if mayWrite(m, op, read) {
			return nil
		}
	}
	return change
}

// placesRead are the keys and tables that a write's value is read from in its own
// function; none when any of it comes from elsewhere.
func placesRead(m *model.Module, write *model.Op) []string {
	var places []string
	for f := write.Func; f != nil; f = f.Outer {
		for _, op := range f.Ops {
			if op.Kind == model.OpInvoke && op.Callee != nil && op.Callee.Name != "" && restores(m, op.Callee, 0) {
				return nil
			}
			if !readsState(op) || !m.DependsOn(write.Node, op.Node) {
				continue
			}
			if op.Kind != model.OpStorage && op.Kind != model.OpKV && op.Kind != model.OpSQL {
				return nil
			}
			for _, a := range m.Accesses(op) {
				if a.Write || a.Place == "kv:*" || op.Kind != model.OpSQL && !constantKey(m, op) {
					return nil
				}
				places = append(places, a.Place)
			}
		}
	}
	return places
}

func constantKey(m *model.Module, op *model.Op) bool {
	_, constant := m.Text(model.Argument(op.Node, 0))
	return constant
}

// mayWrite reports an operation that writes one of the places, or that hands
// storage to code which is not at hand.
func mayWrite(m *model.Module, op *model.Op, places []string) bool {
	switch op.Kind {
	case model.OpORM:
		return true
	case model.OpSQL:
		if op.SQL == nil {
			return true
		}
	case model.OpStorage, model.OpKV:
		switch op.Method {
		case "put":
			if arg := model.Unwrap(model.Argument(op.Node, 0)); !arg.Is(syntax.Object) && !constantKey(m, op) {
				return true
			} else if arg.Is(syntax.Object) && arg.FirstOf(syntax.SpreadElement).OK() {
				return true
			}
		case "onNextSessionRestoreBookmark":
			return true
		}
	case model.OpCall, model.OpNew, model.OpInvoke:
		if op.Node.Child(syntax.FieldFunction).Is(syntax.Super) {
			return false // the platform's class: a base of the project is at hand
		}
		for arg := range op.Node.Child(syntax.FieldArguments).NamedChildren() {
			if op.Callee == nil && m.Eval(arg).Is(model.Ctx, model.Storage, model.SQL, model.SyncKV) || op.Callee == nil && arg.Is(syntax.This) {
				return true
			}
		}
	}
	return slices.ContainsFunc(m.Accesses(op), func(a model.Access) bool { return a.Write && slices.Contains(places, a.Place) })
}
