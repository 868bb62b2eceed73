package concurrency

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var raceAcrossObjects = &analysis.Gotcha{
	ID:       "race-across-objects",
	Title:    "A value is read from an object by one call, and written back or decided on by a second",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Two calls of one stub are two events of the object, and the calls of others run between them. What the caller writes back was computed from a value that may be gone, " +
		"and what it found free may be taken. The object's own gates cannot help, since they know nothing of the caller.",
	Fix: "Give the object one method that checks and changes in one go, and call that.",
	Fine: []string{
		"A second call that does not depend on what the first one returned.",
		"A method that checks again by itself before it changes anything.",
		"A check of who the caller is.",
	},
	Evidence: []string{
		"Measured on workerd: of 50 concurrent requests that call get() of one object and then set(n + 1), 26 were lost; with one increment() none was.",
	},
	Check: checkRaceAcrossObjects,
}

func checkRaceAcrossObjects(p *analysis.Pass) {
	p.NotApplicable("No function here calls the same object twice.")
	m := p.Module
	t := findTargets(p)
	for _, f := range m.Funcs {
		if stubCalls(f) < 2 {
			continue
		}
		steps := m.Expand(f)
		for w, act := range steps {
			if act.Kind != model.OpStub || act.Func != f || act.Guarded() != nil {
				continue
			}
			for r := w - 1; r >= 0; r-- {
				ask := steps[r]
				if ask.Kind != model.OpStub || ask.Func != act.Func || fillsCache(act) || !model.Reaches(ask, act) || !sameStub(m, ask, act) {
					continue
				}
				if done := reportActOnOld(p, t, steps, r, w); done {
					break
				}
			}
		}
	}
}

// fillsCache reports a call that puts into a cache what was not there: two callers
// put the same.
func fillsCache(act model.Step) bool {
	return strings.Contains(strings.ToLower(act.Method+" "+act.Recv.Name), "cache")
}

// stubCalls counts the calls of other objects that stand in a function.
func stubCalls(f *model.Func) int {
	n := 0
	for _, op := range f.Ops {
		if op.Kind == model.OpStub {
			n++
		}
	}
	return n
}

var (
	asks = regexp.MustCompile(`^(get|read|load|fetch|list|find|peek|count|is|has|can|check|exists|available|balance|size|status|state|current|value|next|pick|choose|suggest|generate|lookup|query|remaining|stock)([A-Z_]|$)`)
	// sets are methods that replace what is there.
	sets = regexp.MustCompile(`^(set|put|save|update|write|store|replace|overwrite|patch)([A-Z_]|$)`)
	// offers are what is handed out to one caller only.
	offers = regexp.MustCompile(`(Next|Free|Safe|Unique|Available|Unused|Open|Empty|Spare|Vacant)|^(next|pick|choose|suggest|allocate)([A-Z_]|$)`)
	// vacancies are questions whose yes lasts only until somebody else comes.
	vacancies = regexp.MustCompile(`(?i)free|available|vacant|unused|isopen|^can[A-Z_]`)
)

// reportActOnOld judges the two calls, and reports whether they belong together.
func reportActOnOld(p *analysis.Pass, t *targets, steps []model.Step, r, w int) bool {
	m, ask, act := p.Module, steps[r], steps[w]
	if !t.mayAsk(ask) || t.onlyAsks(act) {
		return false
	}
	line, what := ask.At(m).Line(), ask.Method
	tr := trace(m, ask.Node)
	args := act.Node.Child(syntax.FieldArguments)
	given := tr.into(act, args) == throughCode
	switch {
	case given && computes(m, ask.Node, args):
		p.Error(act.At(m), fmt.Sprintf("What %s returned on line %d is changed here and written back by a second call, so what another caller writes in between is lost.", what, line), "")
	case given && sets.MatchString(act.Method) && noun(ask.Method) == noun(act.Method):
		p.Warn(act.At(m), fmt.Sprintf("What %s returned on line %d is written back by a second call, so what another caller writes in between is lost.", what, line), "")
	case offers.MatchString(ask.Method) && named(m, ask, act, args):
		if !checksItself(t, ask, act) {
			p.Warn(act.At(m), fmt.Sprintf("What %s gave out on line %d is taken only by this second call; another caller may be given the same in between.", what, line), "")
		}
	case decides(m, steps, r, w):
		if !checksItself(t, ask, act) {
			p.Warn(act.At(m), fmt.Sprintf("%s was asked on line %d whether this may happen, in a call of its own; another caller may be told the same in between. This is no problem if %s checks again.", what, line, act.Method), "")
		}
	default:
		return false
	}
	return true
}

// mayAsk reports a call that answers something, by its name or by what it does.
func (t *targets) mayAsk(s model.Step) bool {
	return s.Method != "fetch" && asks.MatchString(s.Method) || t.onlyAsks(s)
}

// onlyAsks reports a call that changes nothing: by what the method does where its
// class is at hand, else by its name. A fetch asks unless it says otherwise.
func (t *targets) onlyAsks(s model.Step) bool {
	if s.Method == "fetch" {
		options := s.Node.Child(syntax.FieldArguments).Text()
		return !strings.Contains(options, "method") || strings.Contains(options, `"GET"`)
	}
	f := t.method(s)
	if f == nil {
		return asks.MatchString(s.Method)
	}
	for _, inner := range t.p.Module.Expand(f) {
		for _, acc := range touches(t.p.Module, inner.Op) {
			if acc.Write {
				return false
			}
		}
		if goesOut(inner.Op) {
			return asks.MatchString(s.Method)
		}
	}
	return true
}

// method is the function that a call runs in the other object, or nil where the
// project does not show it.
func (t *targets) method(s model.Step) *model.Func {
	if c := t.class(s.Recv); c != nil {
		return c.Member(s.Method)
	}
	return nil
}

// noun is a method's name without its verb: the Config of getConfig, the Room of
// getRoomById.
func noun(method string) string {
	method, _, _ = strings.Cut(method, "By")
	i := strings.IndexFunc(method, func(r rune) bool { return r >= 'A' && r <= 'Z' || r == '_' })
	if i < 0 {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(method[i:], "_")), "s")
}

// computes reports arguments that calculate with the value, or spread it.
func computes(m *model.Module, source syntax.Node, args syntax.Node) bool {
	var look func(n syntax.Node, depth int) bool
	look = func(n syntax.Node, depth int) bool {
		for d := range n.Descendants() {
			if d.Is(syntax.BinaryExpression) && strings.Contains("+-*/", d.Operator()) || d.Is(syntax.SpreadElement) {
				if trace(m, source).flow(d, nil) == throughCode {
					return true
				}
			}
			if b := m.Resolve(d); d.Is(syntax.Identifier) && b != nil && !b.Global && depth < 4 {
				for _, def := range m.Definitions(b, d) {
					if def != source && look(def, depth+1) {
						return true
					}
				}
			}
		}
		return false
	}
	return look(args, 0)
}

// named reports that what was handed out goes into the second call, if only its id.
func named(m *model.Module, ask, act model.Step, args syntax.Node) bool {
	t := trace(m, ask.Node)
	t.names = true
	return t.into(act, args) == throughCode
}

// decides reports that the answer decides whether the second call is made, and
// that both are about the same thing: a shared argument, or an amount that the
// answer is compared with.
func decides(m *model.Module, steps []model.Step, r, w int) bool {
	ask, act := steps[r], steps[w]
	t := trace(m, ask.Node)
	for _, c := range conditions(steps, w) {
		clear(t.seen)
		if t.flow(c.expr, act.Calls) != throughCode {
			continue
		}
		switch c.demands() {
		case present:
			if vacancies.MatchString(ask.Method) && shares(ask.Node, act.Node) {
				return true
			}
		case absent:
			if shares(ask.Node, act.Node) || sharesNames(c.expr, act.Node.Child(syntax.FieldArguments)) || noArguments(ask.Node) && noun(ask.Method) == noun(act.Method) {
				return true
			}
		case compared:
			if sharesNames(c.expr, act.Node.Child(syntax.FieldArguments)) {
				return true
			}
		}
	}
	return false
}

func noArguments(call syntax.Node) bool { return !model.Argument(call, 0).OK() }

// shares reports a common argument of two calls.
func shares(a, b syntax.Node) bool {
	for x := range a.Child(syntax.FieldArguments).NamedChildren() {
		for y := range b.Child(syntax.FieldArguments).NamedChildren() {
			if x.Text() == y.Text() {
				return true
			}
		}
	}
	return false
}

// sharesNames reports a variable that stands in both.
func sharesNames(a, b syntax.Node) bool {
	for x := range a.Descendants() {
		if !x.Is(syntax.Identifier) {
			continue
		}
		for y := range b.Descendants() {
			if y.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) && y.Text() == x.Text() {
				return true
			}
		}
	}
	return false
}

// sameStub reports two calls that go to one object.
func sameStub(m *model.Module, a, b model.Step) bool {
	x, _ := model.Callee(a.Node)
	y, _ := model.Callee(b.Node)
	x, y = stubExpr(m, x), stubExpr(m, y)
	return x.OK() && (x == y || squeeze(x) == squeeze(y))
}

// stubExpr follows a constant to the call that makes the stub.
func stubExpr(m *model.Module, n syntax.Node) syntax.Node {
	n = model.Unwrap(n)
	if b := m.Resolve(n); n.Is(syntax.Identifier) && b != nil && b.Init.OK() && len(b.Path) == 0 && !b.Each && len(b.Writes) == 0 {
		return model.Unwrap(b.Init)
	}
	return n
}

func squeeze(n syntax.Node) string { return strings.Join(strings.Fields(n.Text()), "") }

// checksItself reports a method at hand that looks at what the question looks at,
// and leaves or does nothing where it does not like it.
func checksItself(t *targets, ask, act model.Step) bool {
	f, asked := t.method(act), t.method(ask)
	if f == nil {
		return false
	}
	m := t.p.Module
	looked := map[string]bool{}
	if asked != nil {
		for _, s := range m.Expand(asked) {
			for _, acc := range touches(m, s.Op) {
				looked[loose(m, s.Op, acc.Place)] = true
			}
		}
	}
	steps := m.Expand(f)
	for r, read := range steps {
		for _, acc := range touches(m, read.Op) {
			if asked != nil && !looked[loose(m, read.Op, acc.Place)] {
				continue
			}
			if acc.Write && narrows(read) || !acc.Write && guards(m, steps, r) {
				t.p.Guard(act.Node, fmt.Sprintf("%s checks by itself before it changes anything.", act.Method))
				return true
			}
		}
	}
	return false
}

// guards reports a read that decides about a write later in the same run.
func guards(m *model.Module, steps []model.Step, r int) bool {
	for w := r + 1; w < len(steps); w++ {
		for _, acc := range touches(m, steps[w].Op) {
			if !acc.Write {
				continue
			}
			t := trace(m, carriers(m, steps[r], steps[w])...)
			for _, c := range conditions(steps, w) {
				clear(t.seen)
				if t.flow(c.expr, steps[w].Calls) == throughCode {
					return true
				}
			}
		}
	}
	return false
}

// narrows reports a statement that changes a row only in a certain state: UPDATE …
// WHERE id = ? AND guest IS NULL.
func narrows(s model.Step) bool {
	if s.Kind != model.OpSQL || s.SQL == nil || len(s.SQL.Statements) == 0 {
		return false
	}
	w := s.SQL.Statements[len(s.SQL.Statements)-1].Words
	where := slices.Index(w, "WHERE")
	return where >= 0 && slices.Contains(w[where:], "AND")
}
