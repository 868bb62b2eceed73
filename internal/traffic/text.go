package traffic

import (
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// textMethod is a method of a string.
func (w *walker) textMethod(n syntax.Node, v value, name string, args []value, st state) []out {
	arg := nothing()
	if len(args) > 0 {
		arg = st.resolve(args[0])
	}
	t, isText := arg.c.(string)
	isText = isText && arg.kind == constant
	switch name {
	case "toLowerCase", "toUpperCase", "trim", "toString", "normalize", "trimEnd", "trimStart", "catch":
		if c, ok := v.c.(string); ok && v.kind == constant {
			switch name {
			case "toLowerCase":
				return one(st, text(strings.ToLower(c)))
			case "toUpperCase":
				return one(st, text(strings.ToUpper(c)))
			case "trim":
				return one(st, text(strings.TrimSpace(c)))
			}
		}
		return one(st, v)
	case "startsWith", "endsWith", "includes":
		op := map[string]operator{"startsWith": starts, "endsWith": ends, "includes": contains}[name]
		if !isText || v.kind == given && v.at.tree() && name == "includes" {
			return one(st, value{})
		}
		return decide(st, check{v, op, t, true})
	case "match":
		if arg.kind == pattern {
			return w.match(arg.text, v, false, st)
		}
	case "slice", "substring", "substr":
		f, ok := arg.c.(float64)
		if !ok || arg.kind != constant || f < 0 || len(args) > 1 {
			if v.kind == given && (!ok || f == 0) { // shortened: what comes is the same
				return one(st, v)
			}
			return one(st, value{})
		}
		if f == 0 || v.kind == given && v.at.root != "rest" {
			return one(st, v)
		}
		return one(st, st.strip(v, int(f)))
	case "replace", "replaceAll":
		prefix, ok := t, isText
		if arg.kind == pattern {
			prefix, ok = strings.CutPrefix(arg.text, "^")
			if strings.ContainsAny(prefix, `\[(.*+?|$`) {
				if v.kind == given || v.kind == joined {
					return one(st, v) // a clean-up of slashes and the like
				}
				return one(st, value{})
			}
		}
		if ok && len(args) > 1 && args[1].kind == constant && args[1].c == "" {
			if r := st.strip(v, len(prefix)); r.kind != unknown && (strings.HasPrefix(lead(v), prefix) || v.kind == joined) {
				return one(st, r)
			}
		}
		return one(st, v)
	case "split":
		return one(st, split(v, t))
	case "at", "charAt":
		return one(st, value{})
	}
	return one(st, value{})
}

// split is text.split(separator), for paths.
func split(v value, separator string) value {
	switch {
	case v.kind == constant:
		t, ok := v.c.(string)
		if !ok {
			return value{}
		}
		out := value{kind: array}
		for _, s := range strings.Split(t, separator) {
			out.items = append(out.items, text(s))
		}
		return out
	case separator != "/":
		return value{}
	case v.kind == given && v.at.root == "rest":
		return value{kind: segments, at: v.at}
	case v.kind == joined && len(v.items) == 2 && v.items[0].c == "/" && v.items[1].kind == given && v.items[1].at.root == "rest":
		return value{kind: segments, at: v.items[1].at, lead: 1}
	}
	return value{}
}

func (w *walker) segmentsMethod(n syntax.Node, v value, name string, args []value, st state) []out {
	amount := 0
	if len(args) > 0 {
		if f, ok := args[0].c.(float64); ok {
			amount = int(f)
		}
	}
	switch name {
	case "filter":
		v.lead = 0
		return one(st, v)
	case "map":
		return one(st, v)
	case "slice":
		if amount < 0 {
			return one(st, value{})
		}
		return one(st, shifted(v, amount))
	case "shift", "pop":
		st2, e := w.element(v, 0, st)
		if name == "pop" {
			st2, e = w.element(v, -1, st)
		} else if object, _ := model.Callee(n); object.OK() {
			if b := w.m.Resolve(model.Unwrap(object)); b != nil {
				st2 = st2.bind(b, shifted(v, 1))
			}
		}
		return one(st2, e)
	case "at":
		st, e := w.element(v, amount, st)
		return one(st, e)
	case "join":
		if len(args) > 0 && args[0].c == "/" {
			return one(st, rest(v.at.index))
		}
	case "includes":
		return one(st, value{})
	}
	return one(st, value{})
}

func (w *walker) arrayMethod(v value, name string, args []value, st state) []out {
	f := value{}
	if len(args) > 0 {
		f = args[0]
	}
	switch name {
	case "includes", "has":
		items := v.items
		if v.text == "Map" {
			items = nil
			for _, pair := range v.items {
				if pair.kind == array && len(pair.items) > 0 {
					items = append(items, pair.items[0])
				}
			}
		}
		return w.equalAny(f, items, st)
	case "get":
		table := value{kind: record, fields: map[string]value{}}
		for _, pair := range v.items {
			if pair.kind == array && len(pair.items) == 2 {
				table.fields[literal(pair.items[0].c)] = pair.items[1]
			}
		}
		return w.index(table, f, syntax.Node{}, st)
	case "find", "filter", "some", "map", "forEach", "findLast":
		if f.kind == closure && f.fn != nil {
			return w.each(v, f, name, st)
		}
	case "join":
		var items []value
		for i, it := range v.items {
			if i > 0 {
				items = append(items, f)
			}
			items = append(items, it)
		}
		return one(st, join(items...))
	case "slice":
		if n, ok := f.c.(float64); ok && n >= 0 {
			return one(st, shifted(v, int(n)))
		}
	case "at":
		if n, ok := f.c.(float64); ok {
			st, e := w.element(v, int(n), st)
			return one(st, e)
		}
	case "keys", "values", "entries":
		return one(st, v)
	}
	return one(st, value{})
}

// each runs a callback for each element.
func (w *walker) each(v value, f value, name string, st state) []out {
	type partial struct {
		st   state
		kept []value
	}
	live := []partial{{st: st}}
	var done []out
	for _, item := range v.items[:min(len(v.items), maxRounds)] {
		var on []partial
		for _, p := range live {
			for _, o := range w.invoke(syntax.Node{}, f, value{}, []value{item}, p.st) {
				if o.thrown {
					done = append(done, o)
					continue
				}
				if name == "map" || name == "forEach" {
					on = append(on, partial{o.st, append(p.kept[:len(p.kept):len(p.kept)], o.v)})
					continue
				}
				yes, no, _ := w.branch(o.v, o.st)
				for _, st := range yes {
					switch name {
					case "find", "findLast":
						done = append(done, out{st: st, v: item})
					case "some":
						done = append(done, out{st: st, v: truth(true)})
					default:
						on = append(on, partial{st, append(p.kept[:len(p.kept):len(p.kept)], item)})
					}
				}
				for _, st := range no {
					on = append(on, partial{st, p.kept})
				}
			}
		}
		live = on[:min(len(on), maxStates)]
	}
	for _, p := range live {
		switch name {
		case "find", "findLast":
			done = append(done, out{st: p.st, v: nothing()})
		case "some":
			done = append(done, out{st: p.st, v: truth(false)})
		default:
			done = append(done, out{st: p.st, v: value{kind: array, items: p.kept}})
		}
	}
	return done
}

// match applies a regular expression. Where a path must match, it becomes one
// sample that does, so that the groups are known.
func (w *walker) match(source string, v value, asked bool, st state) []out {
	v = st.resolve(v)
	miss := nothing()
	if asked {
		miss = truth(false)
	}
	hit := func(groups, names []string) value {
		if asked {
			return truth(true)
		}
		m := value{kind: matched, fields: map[string]value{}}
		for i, g := range groups {
			m.items = append(m.items, text(g))
			if i < len(names) && names[i] != "" {
				m.fields[names[i]] = text(g)
			}
		}
		return m
	}
	switch v.kind {
	case constant:
		t := literal(v.c)
		re := compile(source)
		if re == nil {
			return one(st, value{})
		}
		if m := re.FindStringSubmatch(t); m != nil {
			return one(st, hit(m, re.SubexpNames()))
		}
		return one(st, miss)
	case given, joined:
	default:
		return one(st, value{})
	}
	var outs []out
	whole := v.kind == joined || v.at.root == "rest"
	if asked && !whole {
		return decide(st.reading(v.at), check{v, matches, source, true})
	}
	if groups, names, ok := sampleText(source, objectName, keyText, "1"); ok {
		sample := groups[0]
		if v.kind == joined && !strings.HasPrefix(sample, "/") && lead(v) == "/" {
			sample = "/" + sample
		}
		if s, ok := st.equate(v, sample); ok {
			outs = append(outs, out{st: s, v: hit(groups, names)})
		} else if s, ok := st.assume(check{v, matches, source, true}); ok && v.kind == given {
			outs = append(outs, out{st: s, v: hit(groups, names)})
		}
	} else {
		outs = append(outs, out{st: st, v: value{}})
	}
	if s, ok := st.assume(check{v, matches, source, false}); ok {
		outs = append(outs, out{st: s, v: miss})
	}
	return outs
}

// matchURL applies a URLPattern.
func (w *walker) matchURL(p, v value, asked bool, st state) []out {
	if v.kind == record {
		v = v.fields["pathname"]
	} else if v.in != nil {
		v = v.in.path
	}
	var outs []out
	for _, m := range w.follows(p.text, v, st) {
		r := truth(true)
		if !asked {
			groups := value{kind: record, fields: m.params, open: true}
			r = value{kind: record, fields: map[string]value{"pathname": {kind: record, fields: map[string]value{"groups": groups}, open: true}}, open: true}
		}
		outs = append(outs, out{st: m.st, v: r})
	}
	miss := nothing()
	if asked {
		miss = truth(false)
	}
	return append(outs, out{st: st, v: miss})
}
