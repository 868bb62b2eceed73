package websockets

import (
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// known is what an expression amounts to when a close handler receives a
// certain code.
type known struct {
	kind   knownKind
	number float64
	truth  bool
}

type knownKind uint8

const (
	open   knownKind = iota // not to be told from the file
	number                  // number
	truth                   // a condition: truth
	void                    // undefined
	event                   // a CloseEvent with the code
)

// what evaluates expressions for one close code. It follows the few shapes in
// which people test or map a code: comparisons, lists and sets, ternaries,
// switches and helper functions. Anything else is open.
type what struct {
	m    *model.Module
	args map[*model.Func][]known
}

// enter gives the parameters of the functions on the way to a step their
// values.
func (w *what) enter(calls []*model.Op) {
	for _, c := range calls {
		if c.Callee != nil && c.Node.Is(syntax.CallExpression) {
			w.args[c.Callee] = w.arguments(c.Node)
		}
	}
}

func (w *what) arguments(call syntax.Node) []known {
	var out []known
	for a := range call.Child(syntax.FieldArguments).NamedChildren() {
		out = append(out, w.is(a, 0))
	}
	return out
}

func (w *what) is(n syntax.Node, depth int) known {
	n = model.Unwrap(n)
	if !n.OK() || depth > 16 {
		return known{}
	}
	if v, ok := w.m.Number(n); ok {
		return known{kind: number, number: v}
	}
	switch n.Kind() {
	case syntax.True, syntax.False:
		return known{kind: truth, truth: n.Is(syntax.True)}
	case syntax.Undefined:
		return known{kind: void}
	case syntax.Identifier:
		return w.name(n, depth)
	case syntax.MemberExpression:
		if n.Child(syntax.FieldProperty).Text() == "code" {
			if v := w.is(n.Child(syntax.FieldObject), depth+1); v.kind == event {
				return known{kind: number, number: v.number}
			}
		}
	case syntax.UnaryExpression:
		if v := w.is(n.Child(syntax.FieldArgument), depth+1); n.Operator() == "!" && v.kind != open {
			return known{kind: truth, truth: !v.holds()}
		}
	case syntax.TernaryExpression:
		cond := w.is(n.Child(syntax.FieldCondition), depth+1)
		if cond.kind == open {
			return known{}
		}
		if cond.holds() {
			return w.is(n.Child(syntax.FieldConsequence), depth+1)
		}
		return w.is(n.Child(syntax.FieldAlternative), depth+1)
	case syntax.BinaryExpression:
		return w.binary(n, depth)
	case syntax.CallExpression:
		return w.call(n, depth)
	}
	return known{}
}

func (k known) holds() bool {
	return k.kind == truth && k.truth || k.kind == number && k.number != 0 || k.kind == event
}

func (w *what) name(n syntax.Node, depth int) known {
	b := w.m.Resolve(n)
	switch {
	case b == nil:
		if n.Text() == "undefined" {
			return known{kind: void}
		}
	case len(b.Writes) > 0:
	case b.Param != nil:
		args := w.args[b.Param]
		if b.Index >= len(args) {
			return known{}
		}
		switch {
		case len(b.Path) == 0:
			return args[b.Index]
		case len(b.Path) == 1 && b.Path[0] == "code" && args[b.Index].kind == event: // ({ code }) => …
			return known{kind: number, number: args[b.Index].number}
		}
	case b.Init.OK() && len(b.Path) == 0 && !b.Each:
		return w.is(b.Init, depth+1)
	case b.Init.OK() && len(b.Path) == 1 && b.Path[0] == "code":
		if v := w.is(b.Init, depth+1); v.kind == event {
			return known{kind: number, number: v.number}
		}
	}
	return known{}
}

func (w *what) binary(n syntax.Node, depth int) known {
	l := w.is(n.Child(syntax.FieldLeft), depth+1)
	r := func() known { return w.is(n.Child(syntax.FieldRight), depth+1) }
	switch op := n.Operator(); op {
	case "&&":
		// One false side decides, whatever the other is.
		if l.kind != open && !l.holds() {
			return l
		}
		if v := r(); l.kind != open || v.kind != open && !v.holds() {
			return v
		}
	case "||":
		if l.kind != open && l.holds() {
			return l
		}
		if v := r(); l.kind != open || v.kind == truth && v.truth {
			return v
		}
	case "??":
		if l.kind == number {
			return l
		}
		if l.kind == void {
			return r()
		}
	default:
		v := r()
		if l.kind == number && v.kind == number {
			return compare(op, l.number, v.number)
		}
	}
	return known{}
}

func compare(op string, a, b float64) known {
	switch op {
	case "===", "==":
		return known{kind: truth, truth: a == b}
	case "!==", "!=":
		return known{kind: truth, truth: a != b}
	case "<":
		return known{kind: truth, truth: a < b}
	case "<=":
		return known{kind: truth, truth: a <= b}
	case ">":
		return known{kind: truth, truth: a > b}
	case ">=":
		return known{kind: truth, truth: a >= b}
	}
	return known{}
}

func (w *what) call(n syntax.Node, depth int) known {
	object, method := model.Callee(n)
	if object.OK() && (method == "includes" || method == "has") {
		v := w.is(model.Argument(n, 0), depth+1)
		list, ok := w.numbers(object, 0)
		if !ok || v.kind != number {
			return known{}
		}
		for _, x := range list {
			if x == v.number {
				return known{kind: truth, truth: true}
			}
		}
		return known{kind: truth}
	}
	f := w.m.Eval(n.Child(syntax.FieldFunction))
	if f.Kind != model.FuncValue || f.Func == nil {
		if f = w.method(object, method); f.Func == nil {
			return known{}
		}
	}
	inner := &what{m: w.m, args: map[*model.Func][]known{f.Func: w.arguments(n)}}
	if !f.Func.Body.Is(syntax.StatementBlock) {
		return inner.is(f.Func.Body, depth+1)
	}
	v, _ := inner.body(f.Func.Body, depth+1)
	return v
}

// method finds a method of this or, for Class.helper(code), a static one.
func (w *what) method(object syntax.Node, name string) model.Value {
	v := w.m.Eval(object)
	if v.Class == nil {
		return model.Value{}
	}
	for _, f := range v.Class.Methods {
		if f.Name == name && f.Static == (v.Kind == model.ClassValue) {
			return model.Value{Kind: model.FuncValue, Func: f}
		}
	}
	return model.Value{}
}

// numbers are the elements of an array or a Set of constants.
func (w *what) numbers(n syntax.Node, depth int) ([]float64, bool) {
	n = model.Unwrap(n)
	switch {
	case depth > 8:
	case n.Is(syntax.Array):
		var out []float64
		for e := range n.NamedChildren() {
			v, ok := w.m.Number(e)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
		return out, true
	case n.Is(syntax.NewExpression) && n.Child(syntax.FieldConstructor).Text() == "Set":
		return w.numbers(model.Argument(n, 0), depth+1)
	case n.Is(syntax.Identifier):
		if b := w.m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 {
			return w.numbers(b.Init, depth+1)
		}
	case n.Is(syntax.MemberExpression):
		if v := w.m.Eval(n.Child(syntax.FieldObject)); v.Class != nil {
			if f := v.Class.Field(n.Child(syntax.FieldProperty).Text()); f != nil {
				return w.numbers(f.Init, depth+1)
			}
		}
	}
	return nil, false
}

// body runs statements up to the return that a code leads to.
func (w *what) body(block syntax.Node, depth int) (v known, returned bool) {
	for s := range block.NamedChildren() {
		if v, returned = w.statement(s, depth); returned {
			return v, true
		}
	}
	return known{}, false
}

// statement runs one statement. A branch that cannot be told counts as a return
// of something open.
func (w *what) statement(s syntax.Node, depth int) (v known, returned bool) {
	switch s.Kind() {
	case syntax.StatementBlock:
		return w.body(s, depth)
	case syntax.ElseClause:
		return w.statement(s.NamedChild(0), depth)
	case syntax.ReturnStatement:
		return w.is(s.NamedChild(0), depth+1), true
	case syntax.IfStatement:
		cond := w.is(s.Child(syntax.FieldCondition), depth+1)
		switch {
		case cond.kind == open:
			return known{}, true
		case cond.holds():
			return w.statement(s.Child(syntax.FieldConsequence), depth)
		case s.Child(syntax.FieldAlternative).OK():
			return w.statement(s.Child(syntax.FieldAlternative), depth)
		}
		return known{}, false
	case syntax.SwitchStatement:
		return w.cases(s, depth)
	case syntax.ExpressionStatement, syntax.LexicalDeclaration, syntax.VariableDeclaration:
		return known{}, false
	}
	return known{}, true
}

func (w *what) cases(s syntax.Node, depth int) (v known, returned bool) {
	taken := w.taken(s)
	if taken < 0 {
		return known{}, true
	}
	i := 0
	for c := range s.Child(syntax.FieldBody).NamedChildren() {
		i++
		if i-1 < taken {
			continue
		}
		for stmt := range c.NamedChildren() { // falls through to the next case
			if stmt.Field() == syntax.FieldValue {
				continue
			}
			if stmt.Is(syntax.BreakStatement) {
				return known{}, false
			}
			if v, returned = w.statement(stmt, depth); returned {
				return v, true
			}
		}
	}
	return known{}, false
}

// taken is the index of the switch case that runs first, or -1.
func (w *what) taken(s syntax.Node) int {
	value := w.is(s.Child(syntax.FieldValue), 0)
	if value.kind == open {
		return -1
	}
	i, fallback := 0, -1
	for c := range s.Child(syntax.FieldBody).NamedChildren() {
		if !c.Child(syntax.FieldValue).OK() {
			fallback = i
		} else if v := w.is(c.Child(syntax.FieldValue), 0); v.kind == open {
			return -1
		} else if v == value {
			return i
		}
		i++
	}
	if fallback < 0 {
		return i
	}
	return fallback
}

// reach is whether a step runs.
type reach uint8

const (
	runsNot reach = iota
	mayRun        // conditions that do not depend on the code
	unclear       // a condition on the code that cannot be worked out
)

// reaches says whether a step runs for the code.
func (w *what) reaches(steps []model.Step, at int) reach {
	got := w.along(steps[at].Chain)
	for _, e := range steps[:at] {
		if got == runsNot {
			return runsNot
		}
		if e.Kind != model.OpReturn && e.Kind != model.OpThrow || len(e.Chain) == 0 || model.Reaches(e, steps[at]) || !leadsTo(e, steps[at]) {
			continue
		}
		// What both stand in decides nothing between them.
		own := e.Chain
		for len(own) > 0 && len(e.Chain)-len(own) < len(steps[at].Chain) && own[0] == steps[at].Chain[len(e.Chain)-len(own)] {
			own = own[1:]
		}
		if w.certain(own) {
			return runsNot
		}
		if w.along(own) == unclear {
			got = unclear
		}
	}
	return got
}

// leadsTo reports whether leaving e's function keeps s from running: s is in the
// same activation or below it.
func leadsTo(e, s model.Step) bool {
	if len(e.Calls) > len(s.Calls) {
		return false
	}
	for i, c := range e.Calls {
		if s.Calls[i] != c {
			return false
		}
	}
	return true
}

func (w *what) along(chain []model.Place) reach {
	got := mayRun
	for _, p := range chain {
		if p.Kind != model.Arm {
			continue
		}
		switch in, sure := w.arm(p.Path); {
		case sure && !in:
			return runsNot
		case !sure && w.about(p.Cond):
			got = unclear
		}
	}
	return got
}

// certain reports that the way to a step is taken for the code, whatever else
// holds.
func (w *what) certain(chain []model.Place) bool {
	for _, p := range chain {
		if p.Kind == model.Loop || p.Kind == model.Catch {
			return false
		}
		if p.Kind == model.Arm {
			if in, sure := w.arm(p.Path); !sure || !in {
				return false
			}
		}
	}
	return true
}

func (w *what) arm(p *model.Path) (in, sure bool) {
	if p.Node.Is(syntax.SwitchStatement) {
		taken := w.taken(p.Node)
		return p.Arm == taken, taken >= 0
	}
	cond := w.is(p.Cond, 0)
	if cond.kind == open {
		return false, false
	}
	switch {
	case p.Node.Is(syntax.BinaryExpression) && p.Node.Operator() == "||":
		return !cond.holds(), true
	case p.Node.Is(syntax.BinaryExpression) && p.Node.Operator() == "??":
		return cond.kind == void, true
	}
	return cond.holds() == (p.Arm == 0), true
}

// about reports whether a condition reads the code.
func (w *what) about(cond syntax.Node) bool {
	return mentions(cond, func(id syntax.Node) bool {
		b := w.m.Resolve(id)
		if b == nil {
			return false
		}
		if b.Param != nil && b.Index < len(w.args[b.Param]) {
			k := w.args[b.Param][b.Index].kind
			return k == number || k == event
		}
		return b.Init.OK() && b.Init != cond && !b.Init.Contains(id) && w.is(b.Init, 0).kind != open
	})
}
