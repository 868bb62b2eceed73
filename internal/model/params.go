package model

import (
	"slices"

	"durable-objects-mcp/internal/syntax"
)

// paramValue works out what an unannotated parameter receives: from the
// platform's calling conventions, from the callback's receiver, or from the
// calls of the function in the project.
func (m *Module) paramValue(b *Binding, depth int) Value {
	if v := m.follow(m.conventional(b.Param, b.Index, depth), b.Path, depth); v.Kind != Unknown {
		return v
	}
	for _, call := range m.callers(b.Param, depth) {
		arg, path := inLiteral(argument(call, b.Index), b.Path)
		if v := m.follow(m.eval(arg, depth+1), path, depth); v.Kind != Unknown {
			return v
		}
	}
	return Value{}
}

// conventional is what the platform, or a method that it owns, passes.
func (m *Module) conventional(f *Func, index, depth int) Value {
	if m.WorkerHandler(f) {
		return []Value{{Kind: Request}, {Kind: Env}, {Kind: WorkerCtx}}[min(index, 2)]
	}
	if f.Kind == Constructor && f.Class != nil && f.Class.made() {
		return setUpParam(f.Params[index])
	}
	if f.Class != nil && f.Class.Object != "" {
		switch {
		case f.Kind == Constructor && (index == 0 || index == 1 && !f.Class.Lent):
			return []Value{{Kind: Ctx}, {Kind: Env}}[index]
		case index == 0 && (f.Name == "webSocketMessage" || f.Name == "webSocketClose" || f.Name == "webSocketError"):
			return Value{Kind: Socket}
		case index == 0 && f.Name == "fetch":
			return Value{Kind: Request}
		}
	}
	return m.callbackParam(f, index, depth)
}

// maxCallers bounds how many calls of one function are looked at.
const maxCallers = 40

// callers are the calls that run a function: by name, on an instance of its
// class, or by making one.
func (m *Module) callers(f *Func, depth int) []syntax.Node {
	if f.Kind == Constructor && f.Class != nil {
		return first(m.withoutTests(f, m.constructions(f.Class)), maxCallers)
	}
	out := first(m.withoutTests(f, m.callsOf(f)), maxCallers)
	out = out[:len(out):len(out)]
	for _, call := range first(m.withoutTests(f, m.methods[f.Name]), 4*maxCallers) {
		callee := unwrap(call.Child(syntax.FieldFunction))
		recv := m.eval(callee.Child(syntax.FieldObject), depth+1)
		if recv.Kind == Literal && slices.Contains(m.handed(callee, depth+1), f) {
			out = append(out, call)
			continue
		}
		switch recv.Kind {
		case Instance, ClassValue, Space, Block, Literal:
			if v := m.memberOf(recv, f.Name, call, depth+1); v.Kind == FuncValue && v.Func == f {
				out = append(out, call)
			}
		}
	}
	return append(out, m.calledBack(f)...)
}

// calledBack are the calls that a function of the project makes of the one that it
// is given in place: make((request, state) => …), where make calls its parameter.
func (m *Module) calledBack(f *Func) []syntax.Node {
	args := f.Node.Parent()
	if !args.Is(syntax.Arguments) {
		return nil
	}
	maker := m.Resolve(unwrap(args.Parent().Child(syntax.FieldFunction)))
	if maker == nil || maker.Func == nil {
		return nil
	}
	index := 0
	for a := range args.NamedChildren() {
		if a == f.Node {
			break
		}
		index++
	}
	if index >= len(maker.Func.Params) {
		return nil
	}
	name := maker.Func.Params[index].Child(syntax.FieldPattern)
	if !name.Is(syntax.Identifier) {
		return nil
	}
	return first(m.calls[m.scope(maker.Func.Node).get(name.Text())], maxCallers)
}

// maxHanded bounds how many functions a function may be handed through.
const maxHanded = 4

// handed are the functions that a call of a parameter, or of a member of one, may
// run: one for each that the calls of the project hand over.
func (m *Module) handed(callee syntax.Node, depth int) []*Func {
	object, member := callee, ""
	if callee.Is(syntax.MemberExpression) {
		object, member = unwrap(callee.Child(syntax.FieldObject)), callee.Child(syntax.FieldProperty).Text()
	}
	b := m.Resolve(object)
	if b == nil || b.Param == nil || len(b.Path) > 0 || depth > maxHanded {
		return nil
	}
	var out []*Func
	for _, call := range m.callers(b.Param, depth+1) {
		v := m.eval(argument(call, b.Index), depth+1)
		if member != "" && v.Kind == Literal {
			v = m.memberOf(v, member, call, depth+1)
		}
		if v.Kind == FuncValue && !slices.Contains(out, v.Func) {
			out = append(out, v.Func)
		}
	}
	return out
}

// withoutTests leaves out the calls that test files make of other code: what they
// hand over only stands in for the real thing.
func (m *Module) withoutTests(f *Func, calls []syntax.Node) []syntax.Node {
	test := func(n syntax.Node) bool { return m.Home(n).test }
	if test(f.Node) || !slices.ContainsFunc(calls, test) {
		return calls
	}
	return slices.DeleteFunc(slices.Clone(calls), test)
}

func first[T any](s []T, n int) []T { return s[:min(n, len(s))] }

// callbackParam types the parameters of callbacks given to known methods.
func (m *Module) callbackParam(f *Func, index, depth int) Value {
	args := f.Node.Parent()
	if !args.Is(syntax.Arguments) || index != 0 {
		return Value{}
	}
	callee := args.Parent().Child(syntax.FieldFunction)
	if !callee.Is(syntax.MemberExpression) {
		return Value{}
	}
	recv := m.eval(callee.Child(syntax.FieldObject), depth+1)
	method := callee.Child(syntax.FieldProperty).Text()
	switch {
	case recv.Kind == Storage && method == "transaction":
		return Value{Kind: Storage}
	case recv.Is(Sockets, List) && iterates[method]:
		return m.element(recv, depth)
	case recv.Kind == ORM && method == "transaction":
		return Value{Kind: ORM}
	}
	return Value{}
}
