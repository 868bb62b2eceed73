package traffic

import (
	"slices"
	"strconv"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

func one(st state, v value) []out { return []out{{st: st, v: v}} }

// chain evaluates what follows for each outcome that did not throw.
func chain(outs []out, f func(out) []out) []out {
	if len(outs) == 1 && !outs[0].thrown {
		return f(outs[0])
	}
	var all []out
	for _, o := range outs {
		if o.thrown {
			all = append(all, o)
			continue
		}
		all = append(all, f(o)...)
	}
	return fewer(all)
}

// all evaluates expressions one after the other.
func (w *walker) all(nodes []syntax.Node, st state, fr frame, f func(state, []value) []out) []out {
	var rec func(i int, st state, vals []value) []out
	rec = func(i int, st state, vals []value) []out {
		if i == len(nodes) {
			return f(st, vals)
		}
		n := nodes[i]
		if n.Is(syntax.SpreadElement) {
			return chain(w.eval(n.NamedChild(0), st, fr), func(o out) []out {
				if o.v.kind == array {
					return rec(i+1, o.st, append(vals[:len(vals):len(vals)], o.v.items...))
				}
				return rec(i+1, o.st, append(vals[:len(vals):len(vals)], value{}))
			})
		}
		return chain(w.eval(n, st, fr), func(o out) []out { return rec(i+1, o.st, append(vals[:len(vals):len(vals)], o.v)) })
	}
	return rec(0, st, nil)
}

// branch splits a state by a value's truth; open reports that nothing the client
// sends decides it.
func (w *walker) branch(v value, st state) (yes, no []state, open bool) {
	v = st.resolve(v)
	switch v.kind {
	case constant:
		if truthy(v.c) {
			return []state{st}, nil, false
		}
		return nil, []state{st}, false
	case unknown, imported:
		return []state{st}, []state{st}, true
	case sized:
		if v.of.kind == segments {
			return w.branch2(w.count(*v.of, less, 1, true, st))
		}
		if s, ok := st.assume(check{v, lessOrIs, 0.0, false}); ok {
			yes = append(yes, s)
		}
		if s, ok := st.assume(check{v, lessOrIs, 0.0, true}); ok {
			no = append(no, s)
		}
		return yes, no, false
	case given, joined:
		if s, ok := st.assume(check{v, present, nil, true}); ok {
			yes = append(yes, s)
		}
		if s, ok := st.assume(check{v, present, nil, false}); ok {
			no = append(no, s)
		}
		return yes, no, false
	}
	return []state{st}, nil, false
}

// branch2 splits the outcomes of a condition.
func (w *walker) branch2(outs []out) (yes, no []state, open bool) {
	for _, o := range outs {
		if o.thrown {
			continue
		}
		y, n, op := w.branch(o.v, o.st)
		yes, no, open = append(yes, y...), append(no, n...), open || op
	}
	return yes, no, open
}

// decide gives both outcomes of a condition that the client decides.
func decide(st state, c check) []out {
	var outs []out
	c.want = true
	if s, ok := st.assume(c); ok {
		outs = append(outs, out{st: s, v: truth(true)})
	}
	c.want = false
	if s, ok := st.assume(c); ok {
		outs = append(outs, out{st: s, v: truth(false)})
	}
	return outs
}

func (w *walker) eval(n syntax.Node, st state, fr frame) []out {
	if !n.OK() {
		return one(st, nothing())
	}
	if w.spent() || w.nested > maxNested {
		return one(st, value{})
	}
	w.nested++
	defer func() { w.nested-- }()
	switch n.Kind() {
	case syntax.ParenthesizedExpression, syntax.NonNullExpression, syntax.AwaitExpression, syntax.InstantiationExpression:
		return w.eval(n.NamedChild(0), st, fr)
	case syntax.AsExpression, syntax.SatisfiesExpression:
		return chain(w.eval(n.NamedChild(0), st, fr), func(o out) []out {
			if o.v.kind == given && n.Is(syntax.AsExpression) {
				o.st = o.st.typing(o.v.at, n.NamedChild(1))
			}
			return one(o.st, o.v)
		})
	case syntax.TypeAssertion:
		return w.eval(n.NamedChild(1), st, fr)
	case syntax.String:
		t, _ := w.m.Text(n)
		return one(st, text(t))
	case syntax.Number:
		f, ok := w.m.Number(n)
		if !ok {
			return one(st, value{})
		}
		return one(st, number(f))
	case syntax.True, syntax.False:
		return one(st, truth(n.Is(syntax.True)))
	case syntax.Null, syntax.Undefined:
		return one(st, nothing())
	case syntax.Regex:
		return one(st, value{kind: pattern, text: scriptPattern(n.Child(syntax.FieldPattern).Text(), n.FirstOf(syntax.RegexFlags).Text())})
	case syntax.TemplateString:
		return w.templateString(n, st, fr)
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		return w.name(n, st)
	case syntax.This:
		return one(st, fr.this)
	case syntax.MemberExpression:
		return chain(w.eval(n.Child(syntax.FieldObject), st, fr), func(o out) []out {
			return w.member(o.v, n.Child(syntax.FieldProperty).Text(), n, o.st)
		})
	case syntax.SubscriptExpression:
		return chain(w.eval(n.Child(syntax.FieldObject), st, fr), func(o out) []out {
			return chain(w.eval(n.Child(syntax.FieldIndex), o.st, fr), func(i out) []out { return w.index(o.v, i.v, n, i.st) })
		})
	case syntax.CallExpression:
		return w.callExpression(n, st, fr)
	case syntax.NewExpression:
		return w.construct(n, st, fr)
	case syntax.Object:
		return w.objectLiteral(n, st, fr)
	case syntax.Array:
		return w.all(slices.Collect(n.NamedChildren()), st, fr, func(st state, items []value) []out {
			return one(st, value{kind: array, items: items})
		})
	case syntax.ArrowFunction, syntax.FunctionExpression, syntax.GeneratorFunction:
		this := fr.this
		return one(st, value{kind: closure, fn: w.m.Func(n), of: &this})
	case syntax.TernaryExpression:
		return chain(w.eval(n.Child(syntax.FieldCondition), st, fr), func(o out) []out {
			yes, no, _ := w.branch(o.v, o.st)
			var outs []out
			for _, st := range yes {
				outs = append(outs, w.eval(n.Child(syntax.FieldConsequence), st, fr)...)
			}
			for _, st := range no {
				outs = append(outs, w.eval(n.Child(syntax.FieldAlternative), st, fr)...)
			}
			return outs
		})
	case syntax.BinaryExpression:
		return w.binary(n, st, fr)
	case syntax.UnaryExpression:
		return w.unary(n, st, fr)
	case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
		st.ops = add(st.ops, w.ops[n]...)
		return chain(w.eval(n.Child(syntax.FieldRight), st, fr), func(o out) []out {
			v := o.v
			if n.Is(syntax.AugmentedAssignmentExpression) && n.Operator() != "??=" && n.Operator() != "||=" {
				v = value{}
			}
			return w.assignTo(n.Child(syntax.FieldLeft), v, o.st, fr)
		})
	case syntax.UpdateExpression:
		st.ops = add(st.ops, w.ops[n]...)
		return w.assignTo(n.Child(syntax.FieldArgument), value{}, st, fr)
	case syntax.SequenceExpression:
		return w.all(slices.Collect(n.NamedChildren()), st, fr, func(st state, vals []value) []out {
			return one(st, vals[len(vals)-1])
		})
	case syntax.Class, syntax.ClassDeclaration, syntax.AbstractClassDeclaration:
		if v := w.m.Eval(n); v.Kind == model.ClassValue {
			return one(st, value{kind: classes, class: v.Class})
		}
	case syntax.SpreadElement:
		return w.eval(n.NamedChild(0), st, fr)
	}
	return one(st, value{})
}

func (w *walker) templateString(n syntax.Node, st state, fr frame) []out {
	var holes []syntax.Node
	var texts []value
	at := n.Start() + 1
	piece := func(end int) value {
		if end < at {
			return text("")
		}
		return text(string(n.Tree().Src[at:end]))
	}
	for c := range n.Children() {
		if !c.Is(syntax.TemplateSubstitution) {
			continue
		}
		texts = append(texts, piece(c.Start()))
		holes = append(holes, c.NamedChild(0))
		at = c.End()
	}
	texts = append(texts, piece(n.End()-1))
	return w.all(holes, st, fr, func(st state, vals []value) []out {
		var items []value
		for i, t := range texts {
			items = append(items, t)
			if i < len(vals) {
				v := vals[i]
				if v.kind == address {
					v = v.in.path
				}
				items = append(items, v)
			}
		}
		return one(st, join(items...))
	})
}

// name evaluates an identifier.
func (w *walker) name(n syntax.Node, st state) []out {
	b := w.m.Resolve(n)
	if b == nil {
		switch n.Text() {
		case "undefined":
			return one(st, nothing())
		case "NaN":
			return one(st, value{})
		}
		return one(st, w.platform(n))
	}
	if v, ok := st.lookup(b); ok {
		return one(st, v)
	}
	switch {
	case b.Func != nil:
		return one(st, value{kind: closure, fn: b.Func})
	case b.Class != nil:
		return one(st, value{kind: classes, class: b.Class})
	case b.Module != nil:
		if b.Module.From == "cloudflare:workers" && b.Module.Imported == "env" {
			return one(st, value{kind: bindings})
		}
		return one(st, value{kind: imported, name: b.Module.Imported, text: b.Module.From})
	case b.Param != nil || !b.Init.OK() || b.Each || len(b.Writes) > 0:
		return one(st, w.platform(n))
	}
	return one(st, w.global(b))
}

// global is the value of a constant outside of what is followed.
func (w *walker) global(b *model.Binding) value {
	if v, ok := w.globals[b]; ok {
		return v
	}
	w.globals[b] = value{} // breaks cycles
	v := value{}
	if outs := w.eval(b.Init, state{depth: 1}, frame{}); len(outs) == 1 && !outs[0].thrown {
		v = outs[0].v
	}
	for _, key := range b.Path {
		outs := w.member(v, key, syntax.Node{}, state{depth: 1})
		if len(outs) != 1 {
			v = value{}
			break
		}
		v = outs[0].v
	}
	w.globals[b] = v
	return v
}

// platform is what the model knows of an expression that is not followed.
func (w *walker) platform(n syntax.Node) value {
	switch v := w.m.Eval(n); v.Kind {
	case model.Env:
		return value{kind: bindings}
	case model.Namespace:
		return value{kind: namespace, name: v.Name}
	case model.Stub:
		return value{kind: stub, name: v.Name, of: &value{}}
	case model.Instance:
		return value{kind: object, class: v.Class}
	case model.ClassValue:
		return value{kind: classes, class: v.Class}
	case model.FuncValue:
		return value{kind: closure, fn: v.Func}
	}
	return value{}
}

func (w *walker) objectLiteral(n syntax.Node, st state, fr frame) []out {
	this := fr.this
	outs := one(st, value{kind: record, fields: map[string]value{}, node: n})
	set := func(o out, key string, v value) out {
		fields := make(map[string]value, len(o.v.fields)+1)
		for k, f := range o.v.fields {
			fields[k] = f
		}
		fields[key] = v
		o.v.fields = fields
		return o
	}
	for p := range n.NamedChildren() {
		outs = chain(outs, func(o out) []out {
			switch p.Kind() {
			case syntax.Pair:
				return chain(w.eval(p.Child(syntax.FieldValue), o.st, fr), func(v out) []out {
					o.st = v.st
					return []out{set(o, w.propertyKey(p.Child(syntax.FieldKey)), v.v)}
				})
			case syntax.ShorthandPropertyIdentifier:
				return chain(w.name(p, o.st), func(v out) []out { return []out{set(o, p.Text(), v.v)} })
			case syntax.MethodDefinition:
				if f := w.m.Func(p); f != nil {
					return []out{set(o, w.propertyKey(p.Child(syntax.FieldName)), value{kind: closure, fn: f, of: &this})}
				}
			case syntax.SpreadElement:
				return chain(w.eval(p.NamedChild(0), o.st, fr), func(v out) []out {
					o.st = v.st
					if v.v.kind != record {
						o.v.open = true
					}
					for k, f := range v.v.fields {
						o = set(o, k, f)
					}
					return []out{o}
				})
			}
			return []out{o}
		})
	}
	return outs
}

// propertyKey is a member's name as JavaScript knows it.
func (w *walker) propertyKey(n syntax.Node) string {
	switch n.Kind() {
	case syntax.String:
		t, _ := w.m.Text(n)
		return t
	case syntax.ComputedPropertyName:
		if t, ok := w.m.Text(n.NamedChild(0)); ok {
			return t
		}
	}
	return n.Text()
}

func (w *walker) binary(n syntax.Node, st state, fr frame) []out {
	left, right := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
	switch op := n.Operator(); op {
	case "&&", "||":
		return chain(w.eval(left, st, fr), func(o out) []out {
			yes, no, open := w.branch(o.v, o.st)
			stop, on := no, yes
			ended := truth(false)
			if op == "||" {
				stop, on, ended = yes, no, o.v
			} else if v := o.st.resolve(o.v); v.kind == constant {
				ended = v
			}
			var outs []out
			for _, st := range stop {
				v := ended
				if open {
					v = value{}
				}
				outs = append(outs, out{st: st, v: v})
			}
			for _, st := range on {
				outs = append(outs, w.eval(right, st, fr)...)
			}
			return outs
		})
	case "??":
		return chain(w.eval(left, st, fr), func(o out) []out {
			v := o.st.resolve(o.v)
			switch {
			case v.kind == constant && v.c == nil:
				return w.eval(right, o.st, fr)
			case v.kind == unknown:
				return chain(w.eval(right, o.st, fr), func(r out) []out {
					if r.v.kind == constant || r.v.kind == unknown || r.v.kind == response {
						return one(r.st, r.v)
					}
					return one(r.st, value{})
				})
			}
			return one(o.st, v)
		})
	}
	return chain(w.eval(left, st, fr), func(l out) []out {
		return chain(w.eval(right, l.st, fr), func(r out) []out { return w.compute(n.Operator(), l.v, r.v, r.st) })
	})
}

// compute applies an operator to two values.
func (w *walker) compute(op string, a, b value, st state) []out {
	a, b = st.resolve(a), st.resolve(b)
	switch op {
	case "===", "==":
		return w.equal(a, b, st)
	case "!==", "!=":
		return chain(w.equal(a, b, st), func(o out) []out { return one(o.st, not(o.v)) })
	case "<", "<=", ">", ">=":
		return w.order(op, a, b, st)
	case "+":
		if x, ok := a.c.(float64); ok && a.kind == constant {
			if y, ok := b.c.(float64); ok && b.kind == constant {
				return one(st, number(x+y))
			}
		}
		if isText(a) || isText(b) {
			return one(st, join(a, b))
		}
	case "-", "*", "/":
		x, ok1 := a.c.(float64)
		y, ok2 := b.c.(float64)
		if !ok1 || !ok2 {
			break
		}
		switch op {
		case "-":
			return one(st, number(x-y))
		case "*":
			return one(st, number(x*y))
		}
		if y != 0 {
			return one(st, number(x/y))
		}
	case "in":
		if b.kind == given && b.at.tree() && a.kind == constant {
			return one(st.reading(b.at.member(literal(a.c))), truth(true))
		}
		if b.kind == record {
			return w.equalAny(a, keysOf(b), st)
		}
	case "instanceof":
		if a.kind == given || a.kind == constant {
			return one(st, truth(false))
		}
	}
	return one(st, value{})
}

func isText(v value) bool {
	_, ok := v.c.(string)
	return v.kind == constant && ok || v.kind == joined || v.kind == given && !v.at.tree() && !v.num
}

func keysOf(v value) []value {
	var names []string
	for k := range v.fields {
		names = append(names, k)
	}
	slices.Sort(names)
	var out []value
	for _, n := range names {
		out = append(out, text(n))
	}
	return out
}

func not(v value) value {
	if v.kind == constant {
		return truth(!truthy(v.c))
	}
	return value{}
}

// equal compares two values.
func (w *walker) equal(a, b value, st state) []out {
	a, b = st.resolve(a), st.resolve(b)
	if a.kind == constant {
		a, b = b, a
	}
	switch {
	case a.kind == constant && b.kind == constant:
		return one(st, truth(same(a.c, b.c)))
	case b.kind != constant:
		return one(st, value{})
	case a.kind == sized && a.of.kind == segments:
		if n, ok := b.c.(float64); ok {
			return w.count(*a.of, is, int(n), true, st)
		}
	case a.kind == given, a.kind == joined, a.kind == sized:
		return decide(st, check{a, is, b.c, true})
	case a.kind == unknown, a.kind == imported, a.kind == identity:
		return one(st, value{})
	}
	return one(st, truth(false))
}

// equalAny asks whether a value is one of several constants.
func (w *walker) equalAny(v value, among []value, st state) []out {
	var outs []out
	live := []state{st}
	for _, c := range among[:min(len(among), maxRounds)] {
		var on []state
		for _, st := range live {
			for _, o := range w.equal(v, c, st) {
				switch {
				case o.v.kind != constant:
					return one(st, value{})
				case truthy(o.v.c):
					outs = append(outs, o)
				default:
					on = append(on, o.st)
				}
			}
		}
		live = on
	}
	for _, st := range live {
		outs = append(outs, out{st: st, v: truth(false)})
	}
	return outs
}

// order compares by size.
func (w *walker) order(op string, a, b value, st state) []out {
	if a.kind == constant && b.kind != constant {
		a, b = b, a
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
	}
	n, ok := b.c.(float64)
	if !ok || b.kind != constant {
		return one(st, value{})
	}
	kind, flip := less, false
	switch op {
	case "<=":
		kind = lessOrIs
	case ">":
		kind, flip = lessOrIs, true
	case ">=":
		flip = true
	}
	var outs []out
	switch {
	case a.kind == constant:
		outs = one(st, truth(holds(a.c, kind, n)))
	case a.kind == sized && a.of.kind == segments:
		outs = w.count(*a.of, kind, int(n), true, st)
	case a.kind == given, a.kind == sized:
		outs = decide(st, check{a, kind, n, true})
	default:
		return one(st, value{})
	}
	if !flip {
		return outs
	}
	return chain(outs, func(o out) []out { return one(o.st, not(o.v)) })
}

// count compares the number of a path's segments.
func (w *walker) count(v value, op operator, n int, _ bool, st state) []out {
	if op == lessOrIs {
		n++
	}
	from := v.at.index
	n -= v.lead
	both := func(st state, i int) []out {
		if i < 0 {
			return one(st, truth(false))
		}
		yes, no, _ := w.branch(segment(from+i), st)
		var outs []out
		for _, st := range yes {
			outs = append(outs, out{st: st, v: truth(false)})
		}
		for _, st := range no {
			outs = append(outs, out{st: st, v: truth(true)})
		}
		return outs
	}
	if op != is {
		return both(st, n-1)
	}
	if n < 0 {
		return one(st, truth(false))
	}
	return chain(both(st, n), func(o out) []out {
		if o.v.c == false || n == 0 {
			return one(o.st, o.v)
		}
		return chain(both(o.st, n-1), func(p out) []out { return one(p.st, not(p.v)) })
	})
}

func (w *walker) unary(n syntax.Node, st state, fr frame) []out {
	arg := n.Child(syntax.FieldArgument)
	return chain(w.eval(arg, st, fr), func(o out) []out {
		switch n.Operator() {
		case "!":
			yes, no, open := w.branch(o.v, o.st)
			if open {
				return one(o.st, value{})
			}
			var outs []out
			for _, st := range yes {
				outs = append(outs, out{st: st, v: truth(false)})
			}
			for _, st := range no {
				outs = append(outs, out{st: st, v: truth(true)})
			}
			return outs
		case "typeof":
			return one(o.st, typeName(o.st.resolve(o.v)))
		case "-":
			if f, ok := o.v.c.(float64); ok {
				return one(o.st, number(-f))
			}
		case "+":
			return one(o.st.numeric(o.v), asNumber(o.v))
		case "void", "delete":
			o.st.ops = add(o.st.ops, w.ops[n]...)
			return one(o.st, nothing())
		}
		return one(o.st, value{})
	})
}

// typeName is typeof a value: of a part of JSON, something that is compared by
// what the client sends.
func typeName(v value) value {
	switch v.kind {
	case constant:
		return text(typeOf(v.c))
	case given:
		if v.at.tree() {
			return value{kind: given, at: place{root: "typeof " + v.at.root, index: v.at.index, keys: v.at.keys}}
		}
		return text("string")
	case joined:
		return text("string")
	case closure, classes:
		return text("function")
	case unknown, imported:
		return value{}
	}
	return text("object")
}

func asNumber(v value) value {
	switch v.kind {
	case constant:
		if t, ok := v.c.(string); ok {
			return number(toNumber(t))
		}
	case given:
		v.num = true
	default:
		return value{}
	}
	return v
}

// assignTo binds the names of a pattern, or changes what an expression names.
func (w *walker) assignTo(target syntax.Node, v value, st state, fr frame) []out {
	target = model.Unwrap(target)
	switch target.Kind() {
	case syntax.Identifier, syntax.ShorthandPropertyIdentifierPattern:
		if b := w.m.Resolve(target); b != nil {
			st = st.bind(b, v)
		}
	case syntax.MemberExpression:
		object := model.Unwrap(target.Child(syntax.FieldObject))
		b := w.m.Resolve(object)
		if b == nil {
			break
		}
		if have, ok := st.lookup(b); ok {
			prop := target.Child(syntax.FieldProperty).Text()
			switch {
			case have.kind == address && prop == "pathname":
				in := *have.in
				in.path = v
				have.in = &in
				st = st.bind(b, have)
			case have.kind == record:
				fields := map[string]value{prop: v}
				for k, f := range have.fields {
					if k != prop {
						fields[k] = f
					}
				}
				have.fields = fields
				st = st.bind(b, have)
			}
		}
	case syntax.AssignmentPattern, syntax.ObjectAssignmentPattern:
		return chain(w.orDefault(target.Child(syntax.FieldRight), v, st, fr), func(o out) []out {
			return w.assignTo(target.Child(syntax.FieldLeft), o.v, o.st, fr)
		})
	case syntax.ObjectPattern:
		outs := one(st, v)
		for c := range target.NamedChildren() {
			outs = chain(outs, func(o out) []out { return w.property(c, v, o.st, fr) })
		}
		return outs
	case syntax.ArrayPattern:
		outs, i := one(st, v), 0
		for c := range target.Children() {
			if c.Kind() == syntax.Token {
				if c.Text() == "," {
					i++
				}
				continue
			}
			outs = chain(outs, func(o out) []out {
				if c.Is(syntax.RestPattern) {
					return w.assignTo(c.NamedChild(0), shifted(v, i), o.st, fr)
				}
				return chain(w.index(v, number(float64(i)), syntax.Node{}, o.st), func(p out) []out { return w.assignTo(c, p.v, p.st, fr) })
			})
		}
		return outs
	}
	return one(st, v)
}

// property binds one part of an object pattern.
func (w *walker) property(c syntax.Node, v value, st state, fr frame) []out {
	switch c.Kind() {
	case syntax.ShorthandPropertyIdentifierPattern:
		return chain(w.member(v, c.Text(), syntax.Node{}, st), func(o out) []out { return w.assignTo(c, o.v, o.st, fr) })
	case syntax.PairPattern:
		return chain(w.member(v, w.propertyKey(c.Child(syntax.FieldKey)), syntax.Node{}, st), func(o out) []out {
			return w.assignTo(c.Child(syntax.FieldValue), o.v, o.st, fr)
		})
	case syntax.ObjectAssignmentPattern:
		left := c.Child(syntax.FieldLeft)
		return chain(w.member(v, left.Text(), syntax.Node{}, st), func(o out) []out {
			return chain(w.orDefault(c.Child(syntax.FieldRight), o.v, o.st, fr), func(o out) []out { return w.assignTo(left, o.v, o.st, fr) })
		})
	case syntax.RestPattern:
		return w.assignTo(c.NamedChild(0), v, st, fr)
	}
	return one(st, v)
}

// orDefault is a value, or the default where the client leaves it out.
func (w *walker) orDefault(d syntax.Node, v value, st state, fr frame) []out {
	v = st.resolve(v)
	if v.kind == constant && (v.c == nil || v.c == "") {
		return w.eval(d, st, fr)
	}
	if v.kind != given || v.at.root != "segment" {
		return one(st, v)
	}
	yes, no, _ := w.branch(v, st)
	var outs []out
	for _, st := range yes {
		outs = append(outs, out{st: st, v: v})
	}
	for _, st := range no {
		outs = append(outs, w.eval(d, st, fr)...)
	}
	return outs
}

func shifted(v value, by int) value {
	switch v.kind {
	case segments:
		drop := min(by, v.lead)
		v.lead -= drop
		v.at.index += by - drop
		return v
	case array:
		v.items = v.items[min(by, len(v.items)):]
		return v
	}
	return value{}
}

// index evaluates object[key].
func (w *walker) index(v, key value, n syntax.Node, st state) []out {
	key = st.resolve(key)
	if key.kind == constant {
		if f, ok := key.c.(float64); ok {
			return one(w.element(v, int(f), st))
		}
		return w.member(v, literal(key.c), n, st)
	}
	if v.kind == record && (key.kind == given || key.kind == joined) { // a table of routes
		var outs []out
		live := []state{st}
		for _, k := range keysOf(v)[:min(len(v.fields), maxRounds)] {
			var on []state
			for _, st := range live {
				for _, o := range w.equal(key, k, st) {
					if o.v.kind == constant && truthy(o.v.c) {
						outs = append(outs, out{st: o.st, v: v.fields[literal(k.c)]})
					} else {
						on = append(on, o.st)
					}
				}
			}
			live = on
		}
		for _, st := range live {
			outs = append(outs, out{st: st, v: nothing()})
		}
		return outs
	}
	if key.kind == given && key.at.tree() && v.kind != record {
		st = st.hinted(key.at, isIndex)
	}
	return one(st, value{})
}

// element is the i-th of a list.
func (w *walker) element(v value, i int, st state) (state, value) {
	switch v.kind {
	case segments:
		if i < 0 {
			return st, segment(v.at.index)
		}
		if i < v.lead {
			return st, text("")
		}
		return st, segment(v.at.index + i - v.lead)
	case array, matched:
		if i < 0 {
			i += len(v.items)
		}
		if i >= 0 && i < len(v.items) {
			return st, v.items[i]
		}
		return st, nothing()
	case given:
		if v.at.tree() {
			p := v.at.member(strconv.Itoa(max(i, 0)))
			return st.reading(p), part(p)
		}
	}
	return st, value{}
}

// strip is a text without its first n characters.
func (s state) strip(v value, n int) value {
	v = s.resolve(v)
	if n == 0 {
		return v
	}
	switch v.kind {
	case constant:
		if t, ok := v.c.(string); ok {
			return text(t[min(n, len(t)):])
		}
	case joined:
		lead, ok := v.items[0].c.(string)
		if v.items[0].kind != constant || !ok {
			return value{}
		}
		if n <= len(lead) {
			return join(append([]value{text(lead[n:])}, v.items[1:]...)...)
		}
		return s.strip(join(v.items[1:]...), n-len(lead))
	case given:
		if v.at.root != "rest" {
			return value{}
		}
		c, ok := s.fixedAt(place{root: "segment", index: v.at.index})
		t, isText := c.(string)
		if !ok || !isText || t == "" {
			return value{}
		}
		switch {
		case n == len(t)+1:
			return rest(v.at.index + 1)
		case n > len(t)+1:
			return s.strip(rest(v.at.index+1), n-len(t)-1)
		case n == len(t):
			return join(text("/"), rest(v.at.index+1))
		}
	}
	return value{}
}

// lead is the constant text that a value starts with.
func lead(v value) string {
	if v.kind == joined {
		v = v.items[0]
	}
	if t, ok := v.c.(string); ok && v.kind == constant {
		return t
	}
	return ""
}
