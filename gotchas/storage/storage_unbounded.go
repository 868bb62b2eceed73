package storage

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var storageUnbounded = &analysis.Gotcha{
	ID:       "storage-unbounded",
	Title:    "Stored data only ever grows",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Every event adds a row or a key and nothing in the class takes any away. Stored bytes are billed for as long as the object exists, scans get slower and dearer, " +
		"and at 10 GB (1 GB on the Free plan) writes fail with SQLITE_FULL.",
	Fix: "Delete what has expired when adding or in alarm(): DELETE FROM t WHERE created_at < ?, keep the newest n, or call deleteAll() when the object is done.",
	Fine: []string{
		"A row for each thing that users create and remove.",
		"Upserts and keys that are written again and again.",
		"A limit that is checked before adding.",
		"An object that lives for a bounded time and then empties its storage.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/platform/limits/",
		"developers.cloudflare.com/durable-objects/platform/pricing/ (stored data, rows read)",
	},
	Check: checkStorageUnbounded,
}

func checkStorageUnbounded(p *analysis.Pass) {
	for _, c := range p.Objects() {
		growingTables(p, c)
		growingKeys(p, c)
		neverEmptied(p, c)
	}
}

func growingTables(p *analysis.Pass, c *model.Class) {
	m := p.Module
	for _, r := range addedRows(m, c) {
		all := removals(m, c, r.table)
		var kept *model.Op
		cleaned := false
		for _, one := range all {
			if !talkNames.MatchString(r.table) || cleansUp(m, c, one, r.table) {
				kept, cleaned = one.op, true
				break
			}
			kept = one.op
		}
		switch {
		case cleaned:
			p.Guard(kept.Node, fmt.Sprintf("Rows of %s are removed again here.", r.table))
		case counted(m, c, r.table):
		case kept != nil:
			p.Warn(r.at, fmt.Sprintf("%s gets a new row each time, and line %d deletes only those that a caller names. This is not a problem if few rows are ever added to one object.", r.table, kept.Node.Line()), "")
		case r.log, guestNames.MatchString(r.table):
			at := r.at
			if created := creation(m, c, r.table); !r.log && created.OK() {
				at = created // what is missing has no line of its own
			}
			p.Warn(at, fmt.Sprintf("%s gets a new row each time, and nothing in the file deletes from it. This is not a problem if few rows are ever added to one object.", r.table), "")
		default:
			p.Advise(r.at, fmt.Sprintf("Rows are added to %s, and nothing in the file ever deletes one.", r.table), "")
		}
	}
}

// creation is the statement of the file that creates a table, or the zero Node.
func creation(m *model.Module, c *model.Class, table string) syntax.Node {
	for _, op := range m.ClassOps(c) {
		for _, s := range statements(op) {
			if name, _ := named(s); op.Kind == model.OpSQL && s.Verb == "CREATE" && name == table {
				return op.Node
			}
		}
	}
	return syntax.Node{}
}

// neverEmptied reports an alarm that notes the end of an object and leaves the
// clean-up to an alarm that nothing sets: alarm() calls deleteAll when a flag is
// set, sets the flag itself further down and returns.
func neverEmptied(p *analysis.Pass, c *model.Class) {
	m, alarm := p.Module, c.Member("alarm")
	if alarm == nil {
		return
	}
	steps := m.Expand(alarm)
	for _, at := range deleteAlls(steps) {
		for _, condition := range m.Conditions(steps, at) {
			for i, s := range steps {
				if s.Kind != model.OpFieldMutate && s.Kind != model.OpFieldWrite || !model.Unwrap(s.Value).Is(syntax.True) || model.Reaches(s, steps[at]) && i < at {
					continue
				}
				flag := s.Node.Child(syntax.FieldLeft).Text()
				if flag == "" || !strings.Contains(condition.Text(), flag) {
					continue
				}
				if _, ok := after(steps, i, func(s model.Step) bool {
					return s.Kind == model.OpStorage && (s.Method == "setAlarm" || s.Method == "deleteAll")
				}); !ok {
					p.Warn(s.At(m), fmt.Sprintf("%s becomes true here and alarm() ends; the deleteAll on line %d waits for a further alarm, which nothing sets, so the object keeps its storage for ever.", flag, steps[at].Node.Line()), "Call deleteAll() here, or set the alarm once more.")
				}
			}
		}
	}
}

// growingKeys reports keys that add up and that nothing deletes.
func growingKeys(p *analysis.Pass, c *model.Class) {
	var removal *model.Op
	for _, f := range p.Module.Reviewed() {
		if owner := p.Module.Owner(f); owner != nil && owner.Object != "" && !inherits(c, owner) {
			continue
		}
		for _, op := range f.Ops {
			if op.Kind != model.OpStorage && op.Kind != model.OpKV {
				continue
			}
			if op.Method == "deleteAll" || op.Method == "delete" && !constantKeys(p.Module, model.Argument(op.Node, 0)) {
				removal = op
			}
		}
	}
	for _, f := range roots(p.Module, c) {
		for _, s := range p.Module.Expand(f) {
			if s.Kind != model.OpStorage && s.Kind != model.OpKV || s.Method != "put" {
				continue
			}
			for key := range puts(s.Op) {
				what := growingKey(p.Module, s.Func, key)
				if what == "" {
					continue
				}
				if removal != nil {
					p.Guard(removal.Node, "Keys are removed again here.")
					return
				}
				p.Warn(s.At(p.Module), fmt.Sprintf("The key %s %s, and nothing in the file deletes such keys. This is not a problem if few are ever added to one object.", analysis.Short(key), what), "")
			}
		}
	}
}

// constantKeys reports a key, or a list of keys, that is written in the code.
func constantKeys(m *model.Module, key syntax.Node) bool {
	key = model.Unwrap(key)
	if !key.Is(syntax.Array) {
		_, constant := m.Text(key)
		return constant
	}
	for e := range key.NamedChildren() {
		if !constantKeys(m, e) {
			return false
		}
	}
	return true
}

// passing are first words of keys for what is of use for a while only.
var passing = regexp.MustCompile(`(?i)^(cache|cached|rate|rate-?limit|rl|idempotency|nonce|dedupe?|otp|attempt|lock|event|log|msg|message|visit|hit)s?[:/_.\-]$`)

// growingKey says why the keys that an expression gives add up, "" when they need
// not: they hold a time, a random id or a number that is counted up, or begin with a
// word for what passes.
func growingKey(m *model.Module, f *model.Func, key syntax.Node) string {
	if m.DependsOn(key, fresh(m)...) {
		return "is new each time"
	}
	for id := range key.Descendants() {
		if id.Is(syntax.Identifier, syntax.MemberExpression) && countedUp(m, f, id) {
			return "is counted up"
		}
	}
	if text, holes := m.Template(key); holes == 1 && strings.HasSuffix(text, model.Hole) && passing.MatchString(strings.TrimSuffix(text, model.Hole)) {
		return "names something that passes"
	}
	return ""
}

// countedUp reports a variable or field of which the function makes the next number:
// n++, n += 1, put("next", n + 1).
func countedUp(m *model.Module, f *model.Func, id syntax.Node) bool {
	for n := range f.Body.Descendants() {
		switch {
		case n.Is(syntax.UpdateExpression) && n.HasToken("++"):
		case n.Is(syntax.AugmentedAssignmentExpression) && n.HasToken("+=") && n.Child(syntax.FieldRight).Text() == "1":
			n = n.Child(syntax.FieldLeft)
		case n.Is(syntax.BinaryExpression) && n.Operator() == "+" && n.Child(syntax.FieldRight).Text() == "1":
			n = n.Child(syntax.FieldLeft)
		default:
			continue
		}
		if n.Is(syntax.UpdateExpression) {
			n = n.NamedChild(0)
		}
		if model.Unwrap(n).Text() == id.Text() && loopAround(n) == loopAround(id) {
			return true
		}
	}
	return false
}
