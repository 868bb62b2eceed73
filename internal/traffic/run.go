package traffic

import (
	"slices"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// Limits keep the following of one entry point short; what lies beyond them is
// not found.
const (
	maxWork   = 200_000 // expressions and statements that are evaluated
	maxStates = 48      // ways that are followed side by side
	maxCalls  = 9       // calls inside each other
	maxNested = 600     // expressions inside each other

	maxRefused = 8 // refusals that are kept where there are many outcomes
)

// walker follows code with what a client sends left open: where a condition is
// about that, both ways are followed, each with what the client must send for it.
type walker struct {
	m       *model.Module
	world   *world
	ops     map[syntax.Node][]*model.Op
	work    int
	nested  int
	active  map[*model.Func]bool
	globals map[*model.Binding]value
}

// frame is the call that code runs in.
type frame struct{ this value }

// out is one outcome of an expression.
type out struct {
	st     state
	v      value
	thrown bool
}

type flowKind uint8

const (
	goesOn flowKind = iota
	returns
	throws
	breaks
	continues
)

// flow is one outcome of a statement.
type flow struct {
	kind flowKind
	st   state
	v    value
}

// rejected reports an outcome that refuses the client.
func (f flow) rejected() bool {
	return f.kind == throws || f.kind == returns && f.v.kind == response && f.v.status >= 400
}

func next(st state) []flow { return []flow{{kind: goesOn, st: st}} }

// spent counts the work, and reports when there is no more.
func (w *walker) spent() bool {
	w.work++
	return w.work > maxWork
}

// then turns an expression's outcomes into a statement's.
func then(outs []out, f func(out) []flow) []flow {
	var flows []flow
	for _, o := range outs {
		if o.thrown {
			flows = append(flows, flow{throws, o.st, o.v})
			continue
		}
		flows = append(flows, f(o)...)
	}
	return flows
}

// merge joins states that ask the same of the client.
func merge(states []state) []state {
	if len(states) < 2 {
		return states
	}
	at := map[string]int{}
	var kept []state
	for _, s := range states {
		key := s.fingerprint()
		if i, ok := at[key]; ok {
			kept[i] = both(kept[i], s)
			continue
		}
		if len(kept) == maxStates {
			break
		}
		at[key] = len(kept)
		kept = append(kept, s)
	}
	return kept
}

// both is a state with what another way to the same point did as well.
func both(a, b state) state {
	a.ops, a.calls = union(a.ops, b.ops), union(a.calls, b.calls)
	for _, p := range b.reads {
		a = a.reading(p)
	}
	a.types, a.hints = union(a.types, b.types), union(a.hints, b.hints)
	a.wants, a.doubts = union(a.wants, b.wants), union(a.doubts, b.doubts)
	for _, n := range b.names {
		if !slices.ContainsFunc(a.names, func(have naming) bool { return have.class == n.class && have.name.key() == n.name.key() }) {
			a.names = add(a.names, n)
		}
	}
	return a
}

func union[T comparable](a, b []T) []T {
	for _, v := range b {
		if !slices.Contains(a, v) {
			a = add(a, v)
		}
	}
	return a
}

// block runs statements one after the other.
func (w *walker) block(stmts []syntax.Node, st state, fr frame) []flow {
	live := []state{st}
	var done []flow
	for _, s := range stmts {
		var on []state
		for _, st := range live {
			for _, f := range w.statement(s, st, fr) {
				if f.kind == goesOn {
					on = append(on, f.st)
				} else {
					done = append(done, f)
				}
			}
		}
		if live = merge(on); len(live) == 0 {
			break
		}
		if len(done) > 2*maxStates {
			done = answered(done)
		}
	}
	for _, st := range live {
		done = append(done, flow{kind: goesOn, st: st})
	}
	return done
}

// answered leaves out refusals beyond a few, where there are many outcomes.
func answered(flows []flow) []flow {
	var kept []flow
	refused := 0
	for _, f := range flows {
		if f.rejected() {
			if refused++; refused > maxRefused {
				continue
			}
		}
		if len(kept) < 4*maxStates {
			kept = append(kept, f)
		}
	}
	return kept
}

func statements(n syntax.Node) []syntax.Node {
	var out []syntax.Node
	for c := range n.NamedChildren() {
		if c.Field() != syntax.FieldValue || !n.Is(syntax.SwitchCase) {
			out = append(out, c)
		}
	}
	return out
}

func (w *walker) statement(n syntax.Node, st state, fr frame) []flow {
	if w.spent() || w.nested > maxNested {
		return nil
	}
	w.nested++
	defer func() { w.nested-- }()
	switch n.Kind() {
	case syntax.StatementBlock, syntax.ElseClause:
		return w.block(statements(n), st, fr)
	case syntax.ExpressionStatement:
		return then(w.eval(n.NamedChild(0), st, fr), func(o out) []flow { return next(o.st) })
	case syntax.LexicalDeclaration, syntax.VariableDeclaration:
		return w.declare(n, st, fr)
	case syntax.ReturnStatement:
		v := n.NamedChild(0)
		if !v.OK() {
			return []flow{{returns, st, nothing()}}
		}
		return then(w.eval(v, st, fr), func(o out) []flow { return []flow{{returns, o.st, o.v}} })
	case syntax.ThrowStatement:
		return then(w.eval(n.NamedChild(0), st, fr), func(o out) []flow { return []flow{{throws, o.st, o.v}} })
	case syntax.BreakStatement:
		return []flow{{kind: breaks, st: st}}
	case syntax.ContinueStatement:
		return []flow{{kind: continues, st: st}}
	case syntax.LabeledStatement:
		return w.statement(n.Child(syntax.FieldBody), st, fr)
	case syntax.IfStatement:
		return w.ifElse(n, st, fr)
	case syntax.SwitchStatement:
		return w.switchCase(n, st, fr)
	case syntax.ForInStatement:
		return w.forOf(n, st, fr)
	case syntax.ForStatement, syntax.WhileStatement, syntax.DoStatement:
		return w.once(n, st, fr)
	case syntax.TryStatement:
		return w.try(n, st, fr)
	}
	return next(st)
}

func (w *walker) declare(n syntax.Node, st state, fr frame) []flow {
	live := next(st)
	for d := range n.NamedChildren() {
		if !d.Is(syntax.VariableDeclarator) {
			continue
		}
		var on []flow
		for _, f := range live {
			if f.kind != goesOn {
				on = append(on, f)
				continue
			}
			init := d.Child(syntax.FieldValue)
			if !init.OK() {
				continue
			}
			on = append(on, then(w.eval(init, f.st, fr), func(o out) []flow {
				if o.v.kind == given {
					o.st = o.st.typing(o.v.at, d.Child(syntax.FieldType))
				}
				return then(w.assignTo(d.Child(syntax.FieldName), o.v, o.st, fr), func(o out) []flow { return next(o.st) })
			})...)
		}
		if len(on) > 0 {
			live = on
		}
	}
	return live
}

func (w *walker) ifElse(n syntax.Node, st state, fr frame) []flow {
	alt := n.Child(syntax.FieldAlternative)
	otherwise := func(st state) []flow {
		if !alt.OK() {
			return next(st)
		}
		return w.statement(alt, st, fr)
	}
	return then(w.eval(n.Child(syntax.FieldCondition), st, fr), func(o out) []flow {
		yes, no, open := w.branch(o.v, o.st)
		var a, b []flow
		for _, st := range yes {
			a = append(a, w.statement(n.Child(syntax.FieldConsequence), st, fr)...)
		}
		for _, st := range no {
			b = append(b, otherwise(st)...)
		}
		if open {
			kept, dropped := kindest(a, b)
			if dropped { // whether the client gets past this is not known
				for i := range kept {
					kept[i].st.doubts = add(kept[i].st.doubts, n)
				}
			}
			return kept
		}
		return append(a, b...)
	})
}

// kindest are the outcomes of two ways that nothing the client sends decides
// between: those that only refuse are left out where the others do not.
func kindest(a, b []flow) (kept []flow, dropped bool) {
	refuses := func(flows []flow) bool {
		for _, f := range flows {
			if !f.rejected() {
				return false
			}
		}
		return true
	}
	switch {
	case refuses(a) && !refuses(b):
		return b, len(a) > 0
	case refuses(b) && !refuses(a):
		return a, len(b) > 0
	}
	return append(a, b...), false
}

func (w *walker) switchCase(n syntax.Node, st state, fr frame) []flow {
	cases := statements(n.Child(syntax.FieldBody))
	return then(w.eval(n.Child(syntax.FieldValue), st, fr), func(o out) []flow {
		var flows []flow
		from := func(i int, st state) []flow {
			var body []syntax.Node
			for _, c := range cases[i:] {
				body = append(body, statements(c)...)
			}
			var ended []flow
			for _, f := range w.block(body, st, fr) {
				if f.kind == breaks {
					f.kind = goesOn
				}
				ended = append(ended, f)
			}
			return ended
		}
		live, fallback := []state{o.st}, -1
		for i, c := range cases {
			if c.Is(syntax.SwitchDefault) {
				fallback = i
				continue
			}
			var on []state
			for _, st := range live {
				for _, t := range w.eval(c.Child(syntax.FieldValue), st, fr) {
					yes, no, _ := w.branch2(w.equal(o.v, t.v, t.st))
					for _, st := range yes {
						flows = append(flows, from(i, st)...)
					}
					on = append(on, no...)
				}
			}
			live = merge(on)
		}
		for _, st := range live {
			if fallback >= 0 {
				flows = append(flows, from(fallback, st)...)
			} else {
				flows = append(flows, flow{kind: goesOn, st: st})
			}
		}
		return flows
	})
}

// maxRounds is how many elements of a list a loop is followed for.
const maxRounds = 24

func (w *walker) forOf(n syntax.Node, st state, fr frame) []flow {
	return then(w.eval(n.Child(syntax.FieldRight), st, fr), func(o out) []flow {
		items := []value{{}}
		switch o.v.kind {
		case array:
			items = o.v.items[:min(len(o.v.items), maxRounds)]
		case given:
			if o.v.at.tree() {
				items = []value{part(o.v.at.member("0"))}
			}
		}
		live := []state{o.st}
		var done []flow
		for _, item := range items {
			var on []state
			for _, st := range live {
				bound := w.assignTo(n.Child(syntax.FieldLeft), item, st, fr)
				for _, f := range then(bound, func(o out) []flow { return w.statement(n.Child(syntax.FieldBody), o.st, fr) }) {
					switch f.kind {
					case goesOn, continues:
						on = append(on, f.st)
					case breaks:
						done = append(done, flow{kind: goesOn, st: f.st})
					default:
						done = append(done, f)
					}
				}
			}
			if live = merge(on); len(live) == 0 {
				break
			}
		}
		for _, st := range live {
			done = append(done, flow{kind: goesOn, st: st})
		}
		return done
	})
}

// once follows a loop's body one time.
func (w *walker) once(n syntax.Node, st state, fr frame) []flow {
	live := next(st)
	step := func(part syntax.Node, expression bool) {
		if !part.OK() {
			return
		}
		var on []flow
		for _, f := range live {
			switch {
			case f.kind != goesOn:
				on = append(on, f)
			case expression:
				on = append(on, then(w.eval(part, f.st, fr), func(o out) []flow { return next(o.st) })...)
			default:
				on = append(on, w.statement(part, f.st, fr)...)
			}
		}
		live = on
	}
	if init := n.Child(syntax.FieldInitializer); init.OK() {
		step(init, !init.Is(syntax.LexicalDeclaration, syntax.VariableDeclaration, syntax.ExpressionStatement))
	}
	step(n.Child(syntax.FieldBody), false)
	var out []flow
	for _, f := range live {
		if f.kind == breaks || f.kind == continues {
			f.kind = goesOn
		}
		out = append(out, f)
	}
	return out
}

func (w *walker) try(n syntax.Node, st state, fr frame) []flow {
	flows := w.statement(n.Child(syntax.FieldBody), st, fr)
	var out []flow
	caught := false
	for _, f := range flows {
		if f.kind != throws || !n.Child(syntax.FieldHandler).OK() {
			out = append(out, f)
			continue
		}
		if !caught || f.v.fromClient(0) {
			caught = true
			out = append(out, w.statement(n.Child(syntax.FieldHandler).Child(syntax.FieldBody), f.st, fr)...)
		}
	}
	finalizer := n.Child(syntax.FieldFinalizer).Child(syntax.FieldBody)
	if !finalizer.OK() {
		return out
	}
	var ended []flow
	for _, f := range out {
		for _, g := range w.statement(finalizer, f.st, fr) {
			if g.kind == goesOn {
				f.st = g.st
				ended = append(ended, f)
			} else {
				ended = append(ended, g)
			}
		}
	}
	return ended
}

// call runs a function of the project.
func (w *walker) call(f *model.Func, this value, args []value, st state) []out {
	if st.depth >= maxCalls || w.active[f] || w.spent() || w.nested > maxNested {
		return []out{{st: st}}
	}
	w.active[f] = true
	st.depth++
	fr := frame{this}
	live := []state{st}
	index := 0
	for _, p := range f.Params {
		pattern := p.Child(syntax.FieldPattern)
		if !pattern.OK() {
			pattern = p
		}
		if pattern.Is(syntax.This) {
			continue
		}
		var on []state
		for _, st := range live {
			v := nothing()
			if pattern.Is(syntax.RestPattern) {
				v = value{kind: array, items: args[min(index, len(args)):]}
				pattern = pattern.NamedChild(0)
			} else if index < len(args) {
				v = args[index]
			}
			if v.kind == given {
				st = st.typing(v.at, p.Child(syntax.FieldType))
			}
			bound := []out{{st: st, v: v}}
			if d := p.Child(syntax.FieldValue); d.OK() && v.kind == constant && v.c == nil {
				bound = w.eval(d, st, fr)
			}
			for _, o := range bound {
				for _, o := range w.assignTo(pattern, o.v, o.st, fr) {
					on = append(on, o.st)
				}
			}
		}
		live = merge(on)
		index++
	}
	var outs []out
	for _, st := range live {
		if !f.Body.Is(syntax.StatementBlock) {
			outs = append(outs, w.eval(f.Body, st, fr)...)
			continue
		}
		for _, fl := range w.block(statements(f.Body), st, fr) {
			switch fl.kind {
			case returns:
				outs = append(outs, out{st: fl.st, v: fl.v})
			case throws:
				outs = append(outs, out{st: fl.st, v: fl.v, thrown: true})
			default:
				outs = append(outs, out{st: fl.st, v: nothing()})
			}
		}
	}
	delete(w.active, f)
	for i := range outs {
		outs[i].st.depth--
	}
	return fewer(outs)
}

// fewer keeps the number of outcomes in bounds.
func fewer(outs []out) []out {
	if len(outs) <= maxStates {
		return outs
	}
	at := map[string]int{}
	var kept []out
	refused := 0
	for _, o := range outs {
		if o.thrown || o.v.kind == response && o.v.status >= 400 {
			if refused++; refused > maxRefused {
				continue
			}
		}
		key := o.st.fingerprint() + "=" + o.v.key()
		if o.thrown {
			key += "!"
		}
		if i, ok := at[key]; ok && o.v.kind != record {
			kept[i].st = both(kept[i].st, o.st)
			continue
		}
		if len(kept) < 3*maxStates {
			at[key] = len(kept)
			kept = append(kept, o)
		}
	}
	return kept
}
