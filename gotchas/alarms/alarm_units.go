package alarms

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmUnits = &analysis.Gotcha{
	ID:       "alarm-units",
	Title:    "setAlarm gets a delay or seconds instead of a point in time in milliseconds",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "setAlarm takes a Date or milliseconds since 1970. A delay, or a time in seconds, lies in January 1970, long past, so the alarm fires at once; " +
		"a handler that sets the next one the same way never stops.",
	Fix: "Write setAlarm(Date.now() + delayInMilliseconds), or pass a Date.",
	Fine: []string{
		"A variable that already holds a point in time.",
		"A Date object.",
		"Seconds that are multiplied by 1000.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: a time in the past fires at once; NaN, zero and negative numbers throw.",
		"developers.cloudflare.com/durable-objects/api/alarms/#setalarm",
	},
	Check: checkAlarmUnits,
}

// year2001 in milliseconds: no alarm is meant for an earlier time, and in
// seconds the number would lie beyond the year 30000.
const year2001 = 978_307_200_000

var (
	secondsName = regexp.MustCompile(`(?i)(_|\b|[a-z])(secs?|seconds)$`)
	delayName   = regexp.MustCompile(`(?i)^(delay|timeout|ttl|interval|duration|wait|period)(_?(ms|millis|milliseconds|secs?|seconds))?$|_(ttl|delay|interval|timeout)(_(ms|secs?|seconds))?$`)
)

// likelySeconds are delays that make sense as seconds and hardly as milliseconds.
var likelySeconds = map[float64]bool{5: true, 10: true, 15: true, 30: true, 60: true, 120: true, 300: true, 600: true, 900: true, 3600: true, 86400: true}

func checkAlarmUnits(p *analysis.Pass) {
	m, sets := p.Module, false
	passed := passedTimes(p)
	for _, f := range m.Funcs {
		for _, op := range f.Ops {
			if !isAlarm(op, "setAlarm") {
				continue
			}
			sets = true
			arg := model.Argument(op.Node, 0)
			checkTime(p, op, arg)
			for _, time := range passed[op] {
				if time != arg {
					checkPassed(p, op, arg, time)
				}
			}
		}
	}
	if !sets {
		p.NotApplicable("Nothing here sets an alarm.")
	}
}

// passedTimes are the times that the entry points of the file's objects hand to a
// setAlarm in a helper.
func passedTimes(p *analysis.Pass) map[*model.Op][]syntax.Node {
	out := map[*model.Op][]syntax.Node{}
	for _, c := range p.Objects() {
		for _, f := range runs(c) {
			for _, a := range armings(p.Module, f) {
				out[a.step().Op] = append(out[a.step().Op], a.time)
			}
		}
	}
	return out
}

// checkPassed judges a time that a helper is called with.
func checkPassed(p *analysis.Pass, op *model.Op, arg, time syntax.Node) {
	if v, ok := p.Module.Number(time); ok && v > 0 && v < year2001 {
		p.Error(arg, fmt.Sprintf("%s is %s here (line %d), a point in time in January 1970 or soon after, so the alarm fires at once.", analysis.Short(arg), analysis.Short(time), time.Line()), fmt.Sprintf("Write Date.now() + %s.", analysis.Short(arg)))
	}
}

func checkTime(p *analysis.Pass, op *model.Op, arg syntax.Node) {
	m := p.Module
	added, present := delay(m, arg, 0)
	if v, ok := m.Number(arg); ok {
		switch {
		case v <= 0:
			p.Error(arg, fmt.Sprintf("%s is no point in time; setAlarm throws.", analysis.Short(arg)), "Write Date.now() for \"as soon as possible\".")
		case v < year2001:
			p.Error(arg, fmt.Sprintf("%s is a point in time in January 1970 or soon after, so the alarm fires at once.", analysis.Short(arg)), fmt.Sprintf("Write Date.now() + %s.", analysis.Short(arg)), fromNow(arg, v)...)
		}
		return
	}
	if by := dividedBy1000(m, arg, 0); by.OK() {
		p.Error(arg, fmt.Sprintf("%s is a time in seconds; setAlarm takes milliseconds, so the alarm fires at once.", analysis.Short(by)), "Leave out the division, and give the delay in milliseconds.")
		return
	}
	if by := whollyDivided(m, arg, 0); by.OK() {
		p.Warn(arg, fmt.Sprintf("%s reads like a time in seconds; setAlarm takes milliseconds, so the alarm fires at once. This is not a problem if what is divided counts microseconds.", analysis.Short(by)), "Leave out the division.")
		return
	}
	if model.Unwrap(arg).Is(syntax.String, syntax.TemplateString) {
		p.Error(arg, "setAlarm does not take text.", "Pass new Date(…) or milliseconds.")
		return
	}
	if !present {
		if d := duration(m, arg, 0); d.OK() {
			p.Error(arg, fmt.Sprintf("%s is a delay, but setAlarm takes a point in time, so the alarm fires at once.", analysis.Short(d)), fmt.Sprintf("Write Date.now() + %s.", analysis.Short(arg)))
		} else if name := lastName(arg); delayName.MatchString(name) {
			p.Warn(arg, fmt.Sprintf("%s reads like a delay, but setAlarm takes a point in time. This is not a problem if it holds one.", analysis.Short(arg)), fmt.Sprintf("Write Date.now() + %s.", analysis.Short(arg)))
		}
		return
	}
	for _, n := range choices(added) {
		v, constant := m.Number(n)
		switch {
		case secondsName.MatchString(lastName(n)):
			p.Warn(arg, fmt.Sprintf("%s is added to milliseconds, but its name says seconds.", analysis.Short(n)), fmt.Sprintf("Write Date.now() + %s * 1000.", analysis.Short(n)), inSeconds(n, v)...)
			return
		case constant && likelySeconds[v] && model.Unwrap(n).Is(syntax.Number):
			p.Warn(arg, fmt.Sprintf("This is %s milliseconds from now. This is not a problem if so short a delay is meant.", analysis.Short(n)), fmt.Sprintf("For seconds write Date.now() + %s_000.", analysis.Short(n)))
			return
		}
	}
	p.Guard(op.Node, "The alarm is set to a point in time counted from now in milliseconds.")
}

// fromNow counts a constant delay from now. A small one may be meant in seconds.
func fromNow(arg syntax.Node, delay float64) []analysis.Edit {
	if delay < 1000 || likelySeconds[delay] || !arg.Is(syntax.Number, syntax.Identifier, syntax.MemberExpression) && !product(arg) {
		return nil
	}
	return []analysis.Edit{analysis.InsertBefore(arg, "Date.now() + ")}
}

// product reports a multiplication, which binds closer than a sum.
func product(n syntax.Node) bool { return n.Is(syntax.BinaryExpression) && n.Operator() == "*" }

// inSeconds turns a name's seconds into milliseconds, unless its constant value
// says that it holds these already. The value is 0 where it is not known.
func inSeconds(name syntax.Node, value float64) []analysis.Edit {
	const week = 7 * 86_400
	if value > week || !name.Is(syntax.Identifier, syntax.MemberExpression) {
		return nil
	}
	return []analysis.Edit{analysis.InsertAfter(name, " * 1000")}
}

// duration is the part of a time that surely is a length of time: a time minus the
// present, or a count of units times their length. It is the zero Node where the
// present is added, and for what is not known.
func duration(m *model.Module, n syntax.Node, depth int) syntax.Node {
	n = model.Unwrap(n)
	if depth > 8 {
		return syntax.Node{}
	}
	switch n.Kind() {
	case syntax.BinaryExpression:
		l, r := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
		switch n.Operator() {
		case "-":
			if isNow(m, r) && !isNow(m, l) {
				return n
			}
		case "*":
			_, left := m.Number(l)
			_, right := m.Number(r)
			if left && unitName.MatchString(lastName(r)) || right && unitName.MatchString(lastName(l)) {
				return n
			}
		}
	case syntax.CallExpression:
		object, method := model.Callee(n)
		if object.Text() != "Math" || method == "min" {
			return syntax.Node{}
		}
		for a := range n.Child(syntax.FieldArguments).NamedChildren() {
			if _, present := delay(m, a, 0); present {
				return syntax.Node{}
			}
		}
		for a := range n.Child(syntax.FieldArguments).NamedChildren() {
			if d := duration(m, a, depth+1); d.OK() {
				return d
			}
		}
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Init.OK() && b.Param == nil && len(b.Path) == 0 && !b.Each && len(b.Writes) == 0 {
			return duration(m, b.Init, depth+1)
		}
	}
	return syntax.Node{}
}

// isNow reports the present itself, nothing added.
func isNow(m *model.Module, n syntax.Node) bool {
	added, present := delay(m, n, 0)
	return present && !added.OK()
}

// unitName names a count of units of time.
var unitName = regexp.MustCompile(`(?i)(secs?|seconds|mins?|minutes|hours|days|ttl|delay|timeout|duration|interval)$`)

// choices are the values that a ternary chooses from; others are their own.
func choices(n syntax.Node) []syntax.Node {
	u := model.Unwrap(n)
	if !u.Is(syntax.TernaryExpression) {
		return []syntax.Node{n}
	}
	return append(choices(u.Child(syntax.FieldConsequence)), choices(u.Child(syntax.FieldAlternative))...)
}

// dividedBy1000 finds Date.now() / 1000 in what a time is computed from, unless
// it is multiplied again.
func dividedBy1000(m *model.Module, n syntax.Node, depth int) syntax.Node {
	n = model.Unwrap(n)
	if depth > 8 {
		return syntax.Node{}
	}
	switch n.Kind() {
	case syntax.BinaryExpression:
		l, r := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
		v, ok := m.Number(r)
		_, now := delay(m, l, 0)
		switch n.Operator() {
		case "/":
			if now && ok && v == 1000 {
				return n
			}
		case "+", "-":
			if found := dividedBy1000(m, l, depth+1); found.OK() {
				return found
			}
			return dividedBy1000(m, r, depth+1)
		}
	case syntax.CallExpression:
		if o, _ := model.Callee(n); o.Text() == "Math" {
			return dividedBy1000(m, model.Argument(n, 0), depth+1)
		}
	case syntax.Identifier:
		if b := m.Resolve(n); b != nil && b.Init.OK() && b.Param == nil && len(b.Path) == 0 && !b.Each {
			return dividedBy1000(m, b.Init, depth+1)
		}
	}
	return syntax.Node{}
}

// whollyDivided is the division by 1000 that all of a time is, rounded or not.
func whollyDivided(m *model.Module, n syntax.Node, depth int) syntax.Node {
	n = model.Unwrap(n)
	switch {
	case depth > 8:
	case n.Is(syntax.BinaryExpression) && n.Operator() == "/":
		if v, ok := m.Number(n.Child(syntax.FieldRight)); ok && v == 1000 && !microName.MatchString(n.Child(syntax.FieldLeft).Text()) {
			return n
		}
	case n.Is(syntax.CallExpression):
		if o, method := model.Callee(n); o.Text() == "Math" && method != "max" && method != "min" {
			return whollyDivided(m, model.Argument(n, 0), depth+1)
		}
	case n.Is(syntax.Identifier):
		if b := m.Resolve(n); b != nil && b.Init.OK() && b.Param == nil && len(b.Path) == 0 && !b.Each && len(b.Writes) == 0 {
			return whollyDivided(m, b.Init, depth+1)
		}
	}
	return syntax.Node{}
}

var microName = regexp.MustCompile(`(?i)micro|µs|usec|us\b|nano`)

// lastName is the name of a variable or of the last property of a chain.
func lastName(n syntax.Node) string {
	n = model.Unwrap(n)
	switch n.Kind() {
	case syntax.Identifier:
		return n.Text()
	case syntax.MemberExpression:
		return n.Child(syntax.FieldProperty).Text()
	}
	return ""
}
