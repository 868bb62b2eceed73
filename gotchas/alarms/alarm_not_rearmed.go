package alarms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var alarmNotRearmed = &analysis.Gotcha{
	ID:       "alarm-not-rearmed",
	Title:    "Recurring work whose alarm() does not set the next alarm",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "An alarm fires once. Work that is meant to repeat stops after the first time when the handler does not set the next one.",
	Fix:      "Set the next alarm at the end of alarm(), or in a finally block if a failure must not end the series.",
	Fine: []string{
		"Work that is due once.",
		"Requests that set the alarm again when none is pending.",
	},
	Evidence: []string{"developers.cloudflare.com/durable-objects/examples/alarms-api/"},
	Check:    checkNotRearmed,
}

// recurring reports a name of something that repeats, or of the time between.
func recurring(name string) bool {
	for _, word := range nameWords.FindAllString(name, -1) {
		if recurringWords[strings.ToLower(word)] {
			return true
		}
	}
	return false
}

var (
	// nameWords are the words of SOME_NAME, someName and SomeName.
	nameWords      = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)
	recurringWords = map[string]bool{
		"interval": true, "every": true, "period": true, "periodic": true, "periodically": true, "tick": true, "ticks": true,
		"frequency": true, "poll": true, "polling": true, "heartbeat": true, "cadence": true, "recurring": true,
	}
)

func checkNotRearmed(p *analysis.Pass) {
	handlers(p, func(c *model.Class, f *model.Func, steps []model.Step) {
		for _, s := range steps {
			if isAlarm(s.Op, "setAlarm") {
				p.Guard(s.Node, "alarm() sets the next one.")
				return
			}
			if s.Kind == model.OpCall && schedules.MatchString(s.Method) {
				return // something elsewhere may set it
			}
		}
		if table := dueRows(steps); table != "" && keptFor(p.Module, c, f, table) {
			p.Warn(f.Node, fmt.Sprintf("alarm() sees to the rows of %s that are due and sets no further alarm, so rows that fall due later wait until something else sets one. This is not a problem if they may.", table), "Set the alarm to the earliest row that is left, at the end of alarm().")
			return
		}
		if count, ok := countsInVain(steps); ok {
			p.Warn(count.At(p.Module), fmt.Sprintf("This notes one more failed attempt, but alarm() on line %d ends as if it had worked and sets no further alarm, so there is no next attempt.", f.Node.Line()), "Set the alarm for the next attempt here, or throw, so that the platform runs alarm() again.")
			return
		}
		repeated := ""
		for _, s := range steps {
			if s.Kind == model.OpInvoke && s.Mode == model.Direct && s.Func == f && recurring(s.Callee.Name) {
				repeated = fmt.Sprintf("The name %s, which alarm() calls, says that this repeats", s.Callee.Name)
			}
		}
		for _, entry := range runs(c) {
			if entry == f {
				continue
			}
			for _, a := range armings(p.Module, entry) {
				reason := recurs(p.Module, c, a)
				if reason == "" && !looksFirst(a) {
					reason = repeated
				}
				if reason != "" {
					p.Warn(a.step().At(p.Module), fmt.Sprintf("%s, but alarm() on line %d sets no further alarm. This is not a problem if the work is to run once.", reason, f.Node.Line()), "")
					return
				}
			}
		}
	})
}

// countsInVain finds a catch that stores a raised count of attempts and then lets
// the handler end normally.
func countsInVain(steps []model.Step) (model.Step, bool) {
	for i, s := range steps {
		catch := s.Within(model.Catch)
		writes := s.Kind == model.OpStorage && s.Method == "put" || s.Kind == model.OpKV && s.Method == "put" || s.Kind == model.OpSQL
		if catch == nil || s.Detached || !writes || !oneMore.MatchString(s.Node.Text()) {
			continue
		}
		if !slices.ContainsFunc(steps[i+1:], func(t model.Step) bool { return t.Kind == model.OpThrow && model.Reaches(s, t) }) {
			return s, true
		}
	}
	return model.Step{}, false
}

// oneMore is a count of attempts that goes up, in an object or in SQL.
var oneMore = regexp.MustCompile(`(?i)\b(attempts?|tries|retry_?count|retries)\b['"]?\s*[:=][^,;}]*\+\s*1\b`)

// dueRows is the table of which the handler takes only the rows that are due, or "".
func dueRows(steps []model.Step) string {
	for _, s := range steps {
		if s.Kind != model.OpSQL || s.Op.SQL == nil {
			continue
		}
		for _, st := range s.Op.SQL.Statements {
			tables := append(slices.Clone(st.Reads), st.Writes...)
			for i, w := range st.Words {
				if i > 0 && w == "<" && dueName.MatchString(st.Words[i-1]) && len(tables) > 0 && slices.Contains(st.Words[:i], "WHERE") {
					return tables[0]
				}
			}
		}
	}
	return ""
}

var dueName = regexp.MustCompile(`^(DUE|RUN|FIRE|NEXT|REMIND|SCHEDULED|WAKE|SEND|RETRY|START|DELIVER)(_|$)|_DUE$|^(WHEN|SCHEDULED)$`)

// keptFor reports an entry point that adds a row to the table, or gives one another
// time, and sets the alarm.
func keptFor(m *model.Module, c *model.Class, alarm *model.Func, table string) bool {
	for _, f := range runs(c) {
		if f == alarm {
			continue
		}
		for _, a := range armings(m, f) {
			for _, s := range a.steps {
				if s.Kind != model.OpSQL || s.Op.SQL == nil {
					continue
				}
				for _, st := range s.Op.SQL.Statements {
					if slices.Contains(st.Writes, table) && (st.Verb == "INSERT" || st.Verb == "REPLACE") {
						return true
					}
				}
			}
		}
	}
	return false
}

var schedules = regexp.MustCompile(`(?i)alarm|schedul|arm$`)

// recurs says why an alarm looks like the first of a series, or "".
func recurs(m *model.Module, c *model.Class, a arming) string {
	if looksFirst(a) && a.entry != c.Ctor {
		return "" // each request sees to it that one is pending
	}
	if d, ok := delay(m, a.time, 0); ok && d.OK() && recurring(lastName(d)) {
		return fmt.Sprintf("The delay %s says that this repeats", analysis.Short(d))
	}
	if f := namedRecurring(a); f != nil {
		return fmt.Sprintf("The name %s says that this repeats", f.Name)
	}
	return ""
}

// looksFirst reports an arming after a look at what is pending.
func looksFirst(a arming) bool {
	_, ok := inRun(a.steps, a.at, func(s model.Step) bool { return isAlarm(s.Op, "getAlarm") })
	return ok
}

// namedRecurring is the function around the setAlarm, or one that leads to it, of
// which the name says that it starts something that repeats: startPolling, and not
// heartbeat, which a client may call.
func namedRecurring(a arming) *model.Func {
	if f := a.step().Func; recurring(f.Name) && starts.MatchString(f.Name) {
		return f
	}
	for _, c := range a.step().Calls {
		if c.Mode == model.Direct && recurring(c.Callee.Name) && starts.MatchString(c.Callee.Name) {
			return c.Callee
		}
	}
	return nil
}

var starts = regexp.MustCompile(`(?i)^[#_]*(start|schedule|begin|enable|ensure|arm|set|queue|next)`)
