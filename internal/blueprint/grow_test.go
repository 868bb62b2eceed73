package blueprint

import (
	"slices"
	"strings"
	"testing"
)

// What is said of a list that is there becomes fields of it, not a list of its own,
// and every clause is covered or comes back with what is missing.
func TestGrowthIsRead(t *testing.T) {
	onto, err := Read("Todo list per user: todos with title and done, at most 100 todos", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spec string
		want string // the fields that are new, "max" where the bound changes, other patterns
		open string // words of the clauses that stay open
	}{
		{"add a priority field to todos", "priority:text", ""},
		{"Todos get a due date.", "due_at:integer", ""},
		{"each todo also has an assignee and a color", "assignee:text color:text", ""},
		{"todos need a status (open, doing, done; default open)", "status:text=open", ""},
		{"add tags and an estimate (number) to every todo", "tags:json estimate:number", ""},
		{"new column: archived flag", "archived:boolean", ""},
		{"fields: city, country", "city:text country:text", ""},
		{"add a new field called mood to the todos", "mood:text", ""},
		{"todos with notes and an effort (integer), at most 700 todos", "notes:text effort:integer max", ""},
		{"add a mood field and a leaderboard of the top 5", "mood:text leaderboard", ""},
		{"each todo gets a priority (low, high); filter todos by priority", "priority:text?", ""},
		{"filter todos by done", "done?", ""},
		{"also track contacts", "contact", ""},
		{"keep comments with a body", "comment", ""},
		{"add a due date; todos older than 90 days vanish", "due_at:integer", "vanish"},
		{"add a leaderboard for who did most", "leaderboard", "most"},
	} {
		grown, err := Read(c.spec, Options{Onto: onto})
		if err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		if got := growth(onto, grown); got != c.want {
			t.Errorf("%s: grows by %q, want %q", c.spec, got, c.want)
		}
		var open []string
		for _, clause := range grown.OpenClauses() {
			open = append(open, clause.Text+": "+clause.Missing)
		}
		if said := strings.Join(open, "; "); (c.open == "") != (said == "") || !strings.Contains(said, c.open) {
			t.Errorf("%s: open are %q, want %q", c.spec, said, c.open)
		}
	}
	for _, spec := range []string{"todos with title", "the todos are nice", "filter todos by mood"} {
		if _, err := Read(spec, Options{Onto: onto}); err == nil || !strings.Contains(err.Error(), "todos get a due date") {
			t.Errorf("%s adds nothing, and gives %v", spec, err)
		}
	}
}

func growth(from, to *Blueprint) string {
	var all []string
	for _, p := range to.Patterns {
		at := from.place(p.Kind, p.Name)
		if at < 0 {
			name := string(p.Kind)
			if p.Name != "" {
				name = p.Name
			}
			all = append(all, name)
			continue
		}
		for _, f := range p.Fields {
			text := f.Name
			old := slices.IndexFunc(from.Patterns[at].Fields, func(o Field) bool { return o.Name == f.Name })
			if old < 0 {
				text += ":" + string(f.Type)
			}
			if f.Default != nil {
				text += "=" + strings.Trim(f.DefaultJSON(), `"`)
			}
			if f.Filter && (old < 0 || !from.Patterns[at].Fields[old].Filter) {
				text += "?"
			}
			if text != f.Name {
				all = append(all, text)
			}
		}
		if p.MaxItems != from.Patterns[at].MaxItems {
			all = append(all, "max")
		}
	}
	return strings.Join(all, " ")
}
