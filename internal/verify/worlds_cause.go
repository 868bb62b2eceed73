package verify

import (
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/workerd"
)

// Gotchas by what they look like from outside, the likelier first. A pattern that
// ends in "*" stands for a family.
var (
	looksForgotten = []string{
		"hibernation-memory-state", "ws-map-in-memory", "ws-attachment-missing", "ws-attachment-stale", "module-global-state", "cache-before-persist",
		"kv-mutate-without-put", "constructor-async-floating", "module-lock", "memoized-rejection", "settimeout-durable", "rpc-field-method",
		"incomplete-delete", "detached-method", "framework-override", "unbounded-memory",
	}
	looksRaced = []string{
		"race-external-await", "race-memory-across-await", "race-same-event", "race-across-objects", "gate-opt-out", "transaction-sync-async",
		"async-transaction-blocks", "orm-async-transaction", "await-between-writes", "rpc-not-awaited", "floating-promise", "module-lock", "write-then-throw",
	}
	looksUnwritten = []string{
		"floating-promise", "rpc-not-awaited", "sql-undrained-write", "waituntil-in-do", "gate-opt-out", "cache-before-persist", "kv-mutate-without-put",
		"no-shutdown-hook", "write-then-throw",
	}
	looksUnscheduled = []string{
		"alarm-missing-handler", "alarm-units", "settimeout-durable", "alarm-single", "alarm-not-rearmed", "constructor-setalarm", "alarm-delete-in-handler",
		"delete-all-alarm", "alarm-*", "timer-pins-object",
	}
	looksPinned = []string{
		"ws-standard-accept", "ws-listener-after-accept", "ws-double-accept", "ws-ping-timer", "timer-pins-object", "settimeout-durable", "ws-outbound", "keep-warm",
		"alarm-*", "bcw-*",
	}
	looksBroken = []string{"ws-*"}
	looksStored = []string{"incomplete-delete", "delete-all-*", "alarm-delete-in-handler"}
	// looksSkipped are writes that may not happen, where the reviewer only asks.
	looksSkipped = []string{"kv-mutate-without-put", "rpc-not-awaited", "floating-promise"}
	looksUnheard = []string{"floating-promise", "rpc-*", "sql-*", "kv-*", "transaction-sync-async", "write-then-throw", "await-between-writes"}
)

// causeOfDifference is what makes objects differ in that world.
func (v *run) causeOfDifference(w *world, d difference) *Cause {
	var likely [][]string
	if d.alarm {
		likely = append(likely, looksUnscheduled)
	}
	switch {
	case w.manner.serial:
		likely = append(likely, looksRaced)
	case w.manner.crash:
		likely = append(likely, looksUnwritten, looksForgotten)
	case w.clock:
		likely = append(likely, looksForgotten, looksUnscheduled)
	default:
		likely = append(likely, looksForgotten)
	}
	if d.step >= 0 && w.steps[d.step].Burst != nil {
		likely = append(likely, looksRaced)
	}
	if d.step >= 0 && onSocket(w.steps[d.step]) || d.socket != "" {
		likely = append(likely, looksBroken)
	}
	if c := v.causeAmong(likely...); c != nil {
		return c
	}
	if w.manner.evict {
		return v.lostFromMemory()
	}
	return nil
}

// causeOfProblem is what breaks such a promise. An answer that is wrong in the
// base world may be wrong for any reason; where the step gives none, the first of
// the reviewer's findings is the best guess there is. first is the world that w is
// compared with.
func (v *run) causeOfProblem(w, first *world, f problem) *Cause {
	switch f.kind {
	case refusal:
		c := v.causeAmong(looksPinned)
		if c == nil {
			return v.pinnedBy(f.text)
		}
		c.From = "refusal"
		return c
	case leftover:
		if c := v.causeAmong(looksStored, looksUnscheduled); c != nil {
			return c
		}
		return &Cause{Gotcha: "incomplete-delete", From: "world", Message: "The purge does not remove it."}
	case early:
		if c := v.causeAmong([]string{"alarm-units"}); c != nil {
			return c
		}
		return &Cause{Gotcha: "alarm-units", From: "world", Message: "Write setAlarm(Date.now() + delayInMilliseconds)."}
	case broken:
		if c := v.thrownIn(w); c != nil || !strings.Contains(f.text, "alarm") {
			return c
		}
		return v.causeAmong(looksUnscheduled)
	}
	if failedInside(f.text) {
		if c := v.thrownIn(w); c != nil && c.Gotcha != "" {
			return c
		}
		// What a call throws is told to its caller, and need not be in the log.
		if _, thrown, ok := strings.Cut(f.text, "it threw "); ok {
			if c := v.causeOfException(workerd.Exception{Message: thrown}); c.Gotcha != "" {
				return c
			}
		}
	}
	var likely [][]string
	before := w.steps[:max(0, f.step)]
	st := w.steps[max(0, f.step)]
	if w.manner.evict || slices.ContainsFunc(before, func(s scenario.Step) bool { return s.Evict != nil }) {
		likely = append(likely, looksForgotten)
	}
	if w.manner.crash {
		likely = append(likely, looksUnwritten, looksForgotten)
	}
	if st.Burst != nil || slices.ContainsFunc(before, func(s scenario.Step) bool { return s.Burst != nil }) {
		likely = append(likely, looksRaced)
	}
	if w.clock && slices.ContainsFunc(before, func(s scenario.Step) bool { return s.Advance != nil }) {
		likely = append(likely, looksUnscheduled, looksStored)
	}
	if onSocket(st) {
		likely = append(likely, looksBroken)
	}
	likely = append(likely, looksUnheard, looksForgotten, looksRaced, looksStored)
	if v.setsAlarms() {
		likely = append(likely, looksUnscheduled)
	}
	if c := v.causeAmong(likely...); c != nil {
		return c
	}
	if c := v.causeOfKind("*", analysis.Error); c != nil {
		return c
	}
	if c := v.causeWith([]analysis.Severity{analysis.Info}, looksSkipped); c != nil {
		return c
	}
	if w.manner.evict && f.step >= 0 && !hasProblem(first.rec, f.step) {
		return v.lostFromMemory()
	}
	return nil
}

func onSocket(s scenario.Step) bool {
	return s.Open != nil || s.Send != nil || s.Receive != nil || s.Close != nil
}

// failedInside reports an answer that the runtime gives when the code throws.
func failedInside(text string) bool {
	return strings.Contains(text, "Internal Server Error") || strings.Contains(text, "answered 500") || strings.Contains(text, "fails, also when") ||
		strings.Contains(text, "it threw")
}

// neverInput are messages of exceptions that no input of a client is to blame for.
var neverInput = []string{
	"no such table", "no such column", "has no column named", "syntax error at offset", "Wrong number of parameter bindings", "Invalid WebSocket close code",
	"on behalf of a different request", "must have an alarm() handler", "does not implement the method", "cannot start a transaction", "BEGIN TRANSACTION",
}

// causedByCode reports an exception that is the code's own fault, whatever it was
// asked; or of an alarm, which is asked nothing, that a row is missing.
func causedByCode(e workerd.Exception) bool {
	return slices.ContainsFunc(neverInput, func(s string) bool { return strings.Contains(e.Message, s) }) ||
		e.Event == "alarm" && strings.Contains(e.Message, "Expected exactly one")
}

// thrownIn is the cause of the first exception in a world.
func (v *run) thrownIn(w *world) *Cause {
	for _, e := range w.rec.exceptions {
		return v.causeOfException(e)
	}
	return nil
}

var sourcePlace = regexp.MustCompile(`([^\s()]+\.[cm]?[jt]sx?):(\d+):\d+`)

// saidBy are gotchas by what the runtime says when one breaks. Where only one of
// them says it, it is the cause whatever the reviewer sees.
var saidBy = []struct {
	text, gotchas string
	only          bool
}{
	{"close code", "ws-reserved-close-code", true},
	{"close reason", "ws-close-reason-long", true},
	{"on behalf of a different request", "io-cross-context", true},
	{"no such table", "delete-all-schema sql-invalid sql-schema-drift", false},
	{"no such column", "sql-invalid sql-schema-drift", false},
	{"Wrong number of parameter bindings", "sql-binding-count", true},
	{"Expected exactly one", "sql-one-on-maybe-empty", true},
	{"BEGIN TRANSACTION", "sql-transaction-statement", true},
	{"could not be cloned", "kv-uncloneable rpc-unserializable", false},
	{"serialize", "rpc-unserializable kv-uncloneable ws-attachment-refused", false},
	{"attachment", "ws-attachment-*", false},
	{"alarm", "alarm-*", false},
	{"does not implement the method", "rpc-field-method rpc-*", false},
	{"not a function", "rpc-field-method rpc-* detached-method", false},
	{"syntax error", "sql-*", false},
	{"SQLITE", "sql-*", false},
	{"UNIQUE", "sql-*", false},
}

// causeOfException is the finding at, or else near, the place where it was
// thrown, or one that is known for what was said.
func (v *run) causeOfException(e workerd.Exception) *Cause {
	path, line := source(e)
	nearest, distance := -1, 4
	for i, f := range v.review.Findings {
		if d := max(f.Line-line, line-max(f.Line, f.EndLine), 0); f.Path == path && f.Severity != analysis.Info && d < distance {
			nearest, distance = i, d
		}
	}
	certain := ""
	for _, s := range saidBy {
		if !strings.Contains(e.Message, s.text) {
			continue
		}
		if s.only && certain == "" {
			certain = s.gotchas
		}
		if c := v.causeAmong(strings.Fields(s.gotchas)); c != nil && distance > 0 {
			c.From = "log"
			return c
		}
	}
	if nearest >= 0 && (certain == "" || certain == v.review.Findings[nearest].Gotcha) {
		c := causeOf(v.review.Findings[nearest])
		c.From = "log"
		return c
	}
	if m := missingTable.FindStringSubmatch(e.Message); m != nil {
		if c := v.neverCreated(m[1]); c != nil {
			return c
		}
	}
	c := &Cause{Gotcha: certain, From: "log", Path: path, Line: line, Message: e.Name + ": " + e.Message}
	if c.Path == v.entry() {
		c.Quote = lineOf(v.code, line)
	}
	return c
}

func lineOf(code []byte, line int) string {
	lines := strings.Split(string(code), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[line-1])
}

func causeOf(f analysis.Finding) *Cause {
	return &Cause{Gotcha: f.Gotcha, Path: f.Path, Line: f.Line, Quote: f.Quote, From: "reviewer", Message: f.Message}
}

// causeAmong is the reviewer's finding of the likeliest gotcha, list by list and
// errors before warnings; nil where it found none of them.
func (v *run) causeAmong(likely ...[]string) *Cause {
	return v.causeWith([]analysis.Severity{analysis.Error, analysis.Warning}, likely...)
}

func (v *run) causeWith(severities []analysis.Severity, likely ...[]string) *Cause {
	for _, list := range likely {
		for _, severity := range severities {
			for _, pattern := range list {
				if c := v.causeOfKind(pattern, severity); c != nil {
					return c
				}
			}
		}
	}
	return nil
}

func (v *run) causeOfKind(pattern string, severity analysis.Severity) *Cause {
	family, all := strings.CutSuffix(pattern, "*")
	for _, f := range v.review.Findings {
		if f.Path != v.subject.config && f.Severity == severity && (f.Gotcha == pattern || all && strings.HasPrefix(f.Gotcha, family)) {
			return causeOf(f)
		}
	}
	return nil
}

func wanted(e *scenario.RPCExpect, thrown string) bool {
	return e != nil && e.Throws != "" && strings.Contains(thrown, e.Throws)
}
