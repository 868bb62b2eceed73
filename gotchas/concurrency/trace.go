package concurrency

import (
	"regexp"
	"slices"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// flow says how a value gets from a read to an expression.
type flow uint8

const (
	noFlow      flow = iota
	viaOutside       // it is what something outside answered to the value
	throughCode      // it is computed from the value
)

// tracer follows values from their sources to an expression: through variables,
// arguments, results and callbacks, but not through what only names a thing. The
// id of a row selects an object or a row; it is not the row's content.
type tracer struct {
	m       *model.Module
	sources []syntax.Node
	// names follows the ids of things too.
	names bool
	seen  map[*model.Binding]bool
}

func trace(m *model.Module, sources ...syntax.Node) *tracer {
	return &tracer{m: m, sources: sources, seen: map[*model.Binding]bool{}}
}

// into is the strongest flow into any of the expressions of a step.
func (t *tracer) into(s model.Step, exprs ...syntax.Node) flow {
	strongest := noFlow
	for _, e := range exprs {
		clear(t.seen)
		strongest = max(strongest, t.flow(e, s.Calls))
	}
	return strongest
}

func (t *tracer) flow(n syntax.Node, calls []*model.Op) flow {
	if !n.OK() {
		return noFlow
	}
	if slices.Contains(t.sources, n) {
		return throughCode
	}
	switch n.Kind() {
	case syntax.TypeAnnotation, syntax.TypeArguments, syntax.Token:
		return noFlow
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		return t.name(n, calls)
	case syntax.MemberExpression:
		if !t.names && naming.MatchString(n.Child(syntax.FieldProperty).Text()) && !n.Parent().Is(syntax.BinaryExpression) {
			return noFlow
		}
	case syntax.CallExpression:
		return t.call(n, calls)
	case syntax.TernaryExpression: // what is chosen between, not by what
		return max(t.flow(n.Child(syntax.FieldConsequence), calls), t.flow(n.Child(syntax.FieldAlternative), calls))
	}
	strongest := noFlow
	for c := range n.Children() {
		strongest = max(strongest, t.flow(c, calls))
	}
	return strongest
}

// naming are members that say which thing it is.
var naming = regexp.MustCompile(`^(id|_id|key|uuid|[a-z]\w*(Id|Key|_id|_key))$`)

func (t *tracer) call(n syntax.Node, calls []*model.Op) flow {
	callee := model.Unwrap(n.Child(syntax.FieldFunction))
	args := n.Child(syntax.FieldArguments)
	recv, _ := model.Callee(n)
	if v := t.m.Eval(n); v.Is(model.Stub, model.ObjectID, model.Namespace) {
		return noFlow
	}
	switch v := t.m.Eval(recv); {
	case v.Is(model.Storage, model.SQL, model.SyncKV):
		return noFlow // what it is looked up by
	case v.Is(model.Stub, model.EnvBinding, model.Env, model.Namespace):
		return min(viaOutside, t.flow(args, calls))
	}
	if callee.Is(syntax.Identifier) && callee.Text() == "fetch" {
		return min(viaOutside, t.flow(args, calls))
	}
	strongest := t.flow(args, calls)
	if !recv.OK() {
		strongest = max(strongest, noFlow)
	} else {
		strongest = max(strongest, t.flow(recv, calls))
	}
	if f := t.m.Eval(callee).Func; f != nil {
		if gate, _ := t.m.FuncGate(f); gate == model.Opens {
			return min(viaOutside, strongest)
		}
	}
	return strongest
}

// name follows a variable to what it may hold there.
func (t *tracer) name(n syntax.Node, calls []*model.Op) flow {
	b := t.m.Resolve(n)
	if b == nil || t.seen[b] || b.Global {
		return noFlow
	}
	t.seen[b] = true
	strongest := noFlow
	for _, def := range t.m.Definitions(b, n) {
		strongest = max(strongest, t.flow(def, calls))
	}
	if b.Param == nil {
		return strongest
	}
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].Callee == b.Param && calls[i].Mode == model.Direct {
			return max(strongest, t.flow(model.Argument(calls[i].Node, b.Index), calls[:i]))
		}
	}
	// (row) => … of rows.map, (value) => … of promise.then
	if list := b.Param.Node.Parent(); list.Is(syntax.Arguments) && b.Index == 0 {
		recv, method := model.Callee(list.Parent())
		if handsElement[method] {
			return max(strongest, t.flow(recv, calls))
		}
	}
	return strongest
}

// handsElement are methods whose callback gets what their receiver holds.
var handsElement = map[string]bool{
	"then": true, "map": true, "forEach": true, "filter": true, "flatMap": true, "some": true, "every": true, "find": true,
}

// handsBack reports a function whose result comes from one of the sources, or is
// decided by one: return (await get("taken")) ? "no" : "yes".
func handsBack(m *model.Module, f *model.Func, sources []syntax.Node) bool {
	t := trace(m, sources...)
	if !f.Body.Is(syntax.StatementBlock) {
		return t.flow(f.Body, nil) == throughCode
	}
	for _, op := range f.Ops {
		if op.Kind != model.OpReturn {
			continue
		}
		clear(t.seen)
		if t.flow(op.Value, nil) == throughCode {
			return true
		}
		for p := op.Path; p != nil; p = p.Up {
			clear(t.seen)
			if p.Kind == model.Arm && p.Cond.OK() && t.flow(p.Cond, nil) == throughCode {
				return true
			}
		}
	}
	return false
}

// carriers are the nodes that stand for what a step reads, as the step at w sees
// it: the read, and the calls of helpers that hand it back.
func carriers(m *model.Module, read model.Step, w model.Step) []syntax.Node {
	sources := []syntax.Node{read.Node}
	for i := len(read.Calls) - 1; i >= 0; i-- {
		c := read.Calls[i]
		if runs(w, c) || c.Mode != model.Direct || !handsBack(m, c.Callee, sources) {
			break
		}
		sources = append(sources, c.Node)
	}
	return sources
}

// runs reports a step that runs inside a call.
func runs(s model.Step, call *model.Op) bool { return slices.Contains(s.Calls, call) }
