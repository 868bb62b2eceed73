package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// summary is the document for people: what was built, why so, what became of
// each clause of the spec, what it does not do, and a picture.
func (v *view) summary() []byte {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# %s", v.Class)
	p("")
	if v.bp.Purpose != "" {
		p("%s", escapeProse(v.bp.Purpose))
		p("")
	}
	p("One object per %s: the Worker takes its name from `?%s=`, checks it, and asks `env.%s.getByName(…)`.%s", v.Key, v.Key, v.Binding, v.whereState())
	p("")
	p("## What was built")
	p("")
	p("| Route | What it does |")
	p("| --- | --- |")
	for _, r := range v.bp.Routes {
		p("| `%s %s` | %s |", r.Method, r.Path, r.What)
	}
	p("")
	p("Bad input is answered with a JSON body `{\"error\": …}`: 400 for a bad name or body, 404 for what is not there, 405 for a wrong method, and 409, 422, 426 or 429 where the limits below say so.")
	p("")
	p("## Key decisions")
	p("")
	if v.stores() {
		p("- The schema is an append-only list of migrations with its version in a table, applied in the constructor in one transaction. The constructor does nothing else that takes time.")
	}
	for _, part := range v.parts {
		for _, d := range part.decisions(v) {
			p("- %s", d)
		}
	}
	for _, d := range v.purgeDecisions() {
		p("- %s", d)
	}
	p("- Nothing that must last is held in memory, and nothing waits on a timer.")
	p("")
	v.clauses(p)
	p("## Limits")
	p("")
	for _, part := range v.parts {
		for _, l := range part.limits(v) {
			p("- %s", l)
		}
	}
	p("- Whoever can reach the Worker can use any %s. Check in the Worker's `fetch` who may, before the object is addressed.", v.Key)
	p("")
	p("## Picture")
	p("")
	p("```mermaid")
	p("flowchart LR")
	p("  client([client]) -- HTTP --> worker[Worker]")
	for _, part := range v.parts {
		for _, edge := range part.picture(v) {
			p("  %s", edge)
		}
	}
	if v.Purge != nil {
		p("  worker -- activity --> touch[\"#touch()\"]")
		p("  touch -- %s later --> alarm[\"alarm()\"]", words(v.Purge.IdleMS))
		p("  alarm -- idle --> purge[\"all state deleted, schema rebuilt\"]")
	}
	p("```")
	return []byte(b.String())
}

// stores reports whether the object has tables; it is known once the module is
// rendered.
func (v *view) stores() bool { return len(v.bp.Schema) > 0 }

func (v *view) whereState() string {
	if !v.stores() {
		return " Nothing is stored."
	}
	return " State lives in the object's own SQLite database."
}

func (v *view) purgeDecisions() []string {
	if v.bp.PurgeIsEmpty() && v.Lock == nil {
		return []string{"There is no idle purge, since nothing is stored."}
	}
	if v.bp.PurgeIsEmpty() {
		return []string{"There is no idle purge: a lock that nobody holds keeps its fencing token alone, and a token that started again would let an old holder in."}
	}
	if v.Purge == nil {
		return nil
	}
	d := []string{fmt.Sprintf("After %s without activity all state is deleted. Writing, connecting and disconnecting are activity, reading is not. Each activity moves the one alarm, so nothing else has to remember when the object was last used.", words(v.Purge.IdleMS))}
	if v.Lock != nil {
		d = append(d, "The purge empties every table but `lease` in one transaction: `deleteAll()` would let the fencing token start again.")
	} else {
		d = append(d, "The purge is `deleteAlarm()` and `deleteAll()`, and then the schema is built again at once: the instance lives on and its constructor does not run a second time.")
	}
	var held []string
	for _, p := range v.parts {
		if h := p.holds(); h.words != "" && !slices.Contains(held, h.words) {
			held = append(held, h.words)
		}
	}
	if len(held) > 0 {
		d = append(d, "While "+strings.Join(held, " or ")+", the purge is put off.")
	}
	return d
}

func (v *view) clauses(p func(string, ...any)) {
	if len(v.bp.Clauses) == 0 {
		return
	}
	p("## The spec, clause by clause")
	p("")
	p("| Clause | Status | What covers it, or what is missing | Where |")
	p("| --- | --- | --- | --- |")
	for _, c := range v.bp.Clauses {
		what := c.By
		if c.Status == blueprint.Open {
			what = c.Missing
			if c.By != "" {
				what = "partly " + c.By + "; " + what
			}
		}
		p("| %s | %s | %s | %s |", escapeCell(c.Text), c.Status, escapeCell(what), escapeCell(c.Where))
	}
	p("")
}

// escapeProse keeps a spec's words from becoming Markdown or HTML of ours.
func escapeProse(s string) string {
	return strings.NewReplacer("\\", "\\\\", "<", "&lt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "#", "\\#").Replace(s)
}

func escapeCell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "<", "&lt;").Replace(s)
}

// words writes a duration for people: 30 minutes, 1 hour.
func words(ms int64) string {
	for _, u := range []struct {
		ms   int64
		name string
	}{{86_400_000, "day"}, {3_600_000, "hour"}, {60_000, "minute"}, {1_000, "second"}} {
		if ms%u.ms != 0 {
			continue
		}
		n := ms / u.ms
		if n == 1 {
			return "1 " + u.name
		}
		return fmt.Sprintf("%d %ss", n, u.name)
	}
	return fmt.Sprintf("%d milliseconds", ms)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
