package alarms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var alarmSingle = &analysis.Gotcha{
	ID:       "alarm-single",
	Title:    "A new alarm replaces one that something else is waiting for",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "An object has one alarm. setAlarm replaces a pending one without a word, so whatever the earlier alarm was for does not happen, or happens late.",
	Fix: "Keep what is due in a table, set the alarm to the earliest entry (SELECT min(due) …) in one helper, and let alarm() do all that is due and call the helper again. " +
		"Where one time is enough, compare with getAlarm() and keep the sooner.",
	Fine: []string{
		"A deliberate debounce: the same delay from now, for the same purpose.",
		"getAlarm() looked at before setting.",
		"The minimum of stored times.",
		"alarm() setting the next one for itself.",
		"States that follow each other, of which only one is pending at a time.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/api/alarms/ (one alarm at a time; setAlarm overrides)"},
	Check:    checkAlarmSingle,
}

func checkAlarmSingle(p *analysis.Pass) {
	sets := false
	for _, c := range p.Objects() {
		if c.Framework != "" {
			p.NotApplicable("The base class %s shares out the alarm itself.", c.Framework)
			continue
		}
		var open []arming
		for _, f := range runs(c) {
			if f.Name == "alarm" || f == c.Ctor {
				continue
			}
			for _, a := range armings(p.Module, f) {
				sets = true
				switch how := settled(p.Module, a); {
				case how != "":
					p.Guard(a.step().Node, how)
				case itemsTime(p.Module, a).OK():
					p.Error(a.step().At(p.Module), fmt.Sprintf("Each call stores a time of its own (line %d) and then moves the one alarm to it, so a later item replaces the alarm of an earlier one.",
						itemsTime(p.Module, a).Line()), "")
				default:
					open = append(open, a)
				}
			}
		}
		conflicts(p, open)
		checkSkippedPurpose(p, c)
	}
	if !sets && p.Reason == "" {
		p.NotApplicable("No method sets an alarm.")
	}
}

// earliest names helpers and columns that give the next time that is due.
var earliest = regexp.MustCompile(`^(next|earliest|soonest|min[A-Z_]|min$)|Next|Earliest|Soonest|[a-z]Min`)

// settled says why an alarm that is set here loses none, or "".
func settled(m *model.Module, a arming) string {
	if s, ok := inRun(a.steps, a.at, func(s model.Step) bool { return isAlarm(s.Op, "getAlarm") }); ok {
		return fmt.Sprintf("The pending alarm is looked at first, on line %d.", s.Node.Line())
	}
	for _, s := range a.steps {
		if s.Kind == model.OpSQL && m.DependsOn(model.Argument(a.step().Node, 0), s.Node) {
			return fmt.Sprintf("The time is chosen from the stored ones, on line %d.", s.Node.Line())
		}
	}
	for n := range model.Argument(a.step().Node, 0).Descendants() {
		if n.Is(syntax.CallExpression) && n.Child(syntax.FieldFunction).Text() == "Math.min" {
			return "The alarm is set to the minimum."
		}
		if n.Is(syntax.Identifier, syntax.PropertyIdentifier, syntax.PrivatePropertyIdentifier) && earliest.MatchString(strings.TrimPrefix(n.Text(), "#")) {
			return "The alarm is set to the next time that is due."
		}
	}
	return ""
}

// itemsTime finds a write of one of many items in the same run that stores the
// time which the alarm is set to: an INSERT, or a put of a key made from data.
func itemsTime(m *model.Module, a arming) syntax.Node {
	if !a.time.OK() {
		return syntax.Node{}
	}
	for _, s := range a.steps {
		var values []syntax.Node
		row := false
		switch {
		case s.Kind == model.OpSQL && s.Method == "exec" && insertsItem(s.Op):
			row = insertsNewRow(s.Op)
			for i := 1; model.Argument(s.Node, i).OK(); i++ {
				values = append(values, model.Argument(s.Node, i))
			}
		case (s.Kind == model.OpStorage || s.Kind == model.OpKV) && s.Method == "put" && ofMany(m, model.Argument(s.Node, 0)):
			values = append(values, model.Argument(s.Node, 1))
		}
		for _, v := range values {
			if holds(m, v, a.time) || row && sameSum(m, v, a.time) {
				return s.Node
			}
		}
	}
	return syntax.Node{}
}

func insertsItem(op *model.Op) bool {
	if op.SQL == nil || len(op.SQL.Statements) == 0 {
		return false
	}
	s := op.SQL.Statements[len(op.SQL.Statements)-1]
	switch s.Verb {
	case "INSERT":
		return len(s.Params) > 1 || !s.Upsert
	case "UPDATE": // of the row that the caller names
		return slices.Contains(s.Params, "set") && slices.Contains(s.Params, "where")
	}
	return false
}

// ofMany reports a key that is made from data, so that there are many.
func ofMany(m *model.Module, key syntax.Node) bool {
	_, constant := m.Text(key)
	key = model.Unwrap(key)
	return key.OK() && !constant && (key.Is(syntax.TemplateString) || key.Is(syntax.BinaryExpression))
}

// insertsNewRow reports an INSERT whose row is named by what it is given, and not by
// a literal, as the one row of a table is.
func insertsNewRow(op *model.Op) bool {
	s := op.SQL.Statements[len(op.SQL.Statements)-1]
	at := slices.Index(s.Words, "VALUES")
	return s.Verb == "INSERT" && at >= 0 && at+2 < len(s.Words) && s.Words[at+2] == "?"
}

// sameSum reports a time that is written out twice, with something in it that the
// caller gives.
func sameSum(m *model.Module, value, time syntax.Node) bool {
	time = model.Unwrap(time)
	return time.Is(syntax.BinaryExpression) && fromParameter(m, time) && model.Unwrap(value).Text() == time.Text()
}

// holds reports that a stored value contains the time: the same variable or
// property, or the whole object of which the time is a property.
func holds(m *model.Module, value, time syntax.Node) bool {
	time = model.Unwrap(time)
	if !time.Is(syntax.Identifier, syntax.MemberExpression) {
		return false
	}
	if _, constant := m.Number(time); constant {
		return false
	}
	whole := time
	if time.Is(syntax.MemberExpression) {
		whole = time.Child(syntax.FieldObject)
		if whole.Is(syntax.This) {
			return false
		}
	}
	for n := range value.Descendants() {
		if n.Text() == time.Text() && n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier, syntax.MemberExpression) {
			return true
		}
	}
	v := model.Unwrap(value)
	return v.Is(syntax.Identifier) && v.Text() == whole.Text()
}

// conflicts reports methods that set the alarm for different purposes.
func conflicts(p *analysis.Pass, open []arming) {
	conflict := false
	for i, a := range open {
		for _, b := range open[:i] {
			if a.entry == b.entry || a.step().Op == b.step().Op || samePurpose(p.Module, a, b) {
				continue
			}
			p.Warn(a.step().At(p.Module), fmt.Sprintf("%s sets the alarm here and %s on line %d, each without looking at what is pending: whichever comes later replaces the other. This is not a problem if only one of them is ever pending.",
				a.entry.Name, b.entry.Name, b.step().Node.Line()), "")
			conflict = true
			break
		}
	}
	if len(open) > 0 && !conflict {
		p.Guard(open[0].step().Node, "The alarm has one purpose only, and each call moves it on deliberately.")
	}
}

// samePurpose reports two settings of the alarm that belong together: the same
// delay from now, or methods that write a common place, as the steps of one
// process do.
func samePurpose(m *model.Module, a, b arming) bool {
	da, oka := delay(m, a.time, 0)
	db, okb := delay(m, b.time, 0)
	if oka && okb && strings.Join(strings.Fields(da.Text()), "") == strings.Join(strings.Fields(db.Text()), "") && !fromParameter(m, da) {
		return true
	}
	wa := writtenPlaces(m, a.steps)
	for _, place := range writtenPlaces(m, b.steps) {
		if slices.Contains(wa, place) {
			return true
		}
	}
	return false
}

func fromParameter(m *model.Module, n syntax.Node) bool {
	for d := range n.Descendants() {
		if b := m.Resolve(d); b != nil && b.Param != nil {
			return true
		}
	}
	return false
}

func writtenPlaces(m *model.Module, steps []model.Step) []string {
	var out []string
	for _, s := range steps {
		for _, acc := range m.Accesses(s.Op) {
			if acc.Write && acc.Place != "alarm" {
				out = append(out, acc.Place)
			}
		}
	}
	return out
}
