package concurrency

import (
	"fmt"
	"regexp"
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
		"Measured on workerd: of 50 concurrent requests that call get() of one object and then set(n + 1), most are lost; with one increment() none is.",
	},
	Check: checkRaceAcrossObjects,
}

func checkRaceAcrossObjects(p *analysis.Pass) {
	p.NotApplicable("No function here calls the same object twice.")
	m := p.Module
	t := findTargets(p)
	for _, f := range m.Funcs {
		steps := m.Expand(f)
		for w, act := range steps {
			if act.Kind != model.OpStub || act.Guarded() != nil {
				continue
			}
			for r := w - 1; r >= 0; r-- {
				ask := steps[r]
				if ask.Kind != model.OpStub || ask.Func != act.Func || !model.Reaches(ask, act) || !sameStub(m, ask, act) {
					continue
				}
				if done := reportActOnOld(p, t, steps, r, w); done {
					break
				}
			}
		}
	}
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
	if !questions(ask) || questions(act) {
		return false
	}
	line, what := ask.At(m).Line(), ask.Method
	tr := trace(m, ask.Node)
	args := act.Node.Child(syntax.FieldArguments)
	given := tr.into(act, args) == throughCode
	switch {
	case given && (sets.MatchString(act.Method) || act.Method == "fetch") && computes(m, ask.Node, args):
		p.Error(act.At(m), fmt.Sprintf("What %s returned on line %d is changed here and written back by a second call, so what another caller writes in between is lost.", what, line), "")
	case given && sets.MatchString(act.Method) && noun(ask.Method) == noun(act.Method):
		p.Warn(act.At(m), fmt.Sprintf("What %s returned on line %d is written back by a second call, so what another caller writes in between is lost.", what, line), "")
	case offers.MatchString(ask.Method) && named(m, ask, act, args):
		if !checksItself(p, t, act) {
			p.Warn(act.At(m), fmt.Sprintf("What %s gave out on line %d is taken only by this second call; another caller may be given the same in between.", what, line), "")
		}
	case decides(m, steps, r, w):
		if !checksItself(p, t, act) {
			p.Warn(act.At(m), fmt.Sprintf("%s was asked on line %d whether this may happen, in a call of its own; another caller may be told the same in between. This is no problem if %s checks again.", what, line, act.Method), "")
		}
	default:
		return false
	}
	return true
}

// questions reports a call that changes nothing, by its name; a fetch asks unless
// it says otherwise.
func questions(s model.Step) bool {
	if s.Method == "fetch" {
		options := s.Node.Child(syntax.FieldArguments).Text()
		return !strings.Contains(options, "method") || strings.Contains(options, `"GET"`)
	}
	return asks.MatchString(s.Method)
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
			if shares(ask.Node, act.Node) || noArguments(ask.Node) && noun(ask.Method) == noun(act.Method) {
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

// checksItself reports a method of a class at hand that refuses or leaves before
// it changes anything.
func checksItself(p *analysis.Pass, t *targets, act model.Step) bool {
	c := t.class(act.Recv)
	if c == nil {
		return false
	}
	f := c.Member(act.Method)
	if f == nil {
		return false
	}
	for _, s := range p.Module.Expand(f) {
		for _, acc := range touches(p.Module, s.Op) {
			if acc.Write {
				return s.Within(model.Arm) != nil
			}
		}
		if (s.Kind == model.OpThrow || s.Kind == model.OpReturn) && s.Within(model.Arm) != nil {
			p.Guard(act.Node, fmt.Sprintf("%s checks by itself before it changes anything.", act.Method))
			return true
		}
	}
	return false
}
