package storage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var incompleteDelete = &analysis.Gotcha{
	ID:       "incomplete-delete",
	Title:    "Everything is deleted piece by piece, and the object stays",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Dropping all tables or deleting all keys leaves the database file with its metadata (about 12 KB), so the object goes on existing and is billed. " +
		"Each key or row is an operation that is billed as well. Only deleteAll() empties an object so that it ceases to exist, and it forgets no table.",
	Fix: "Call await ctx.storage.deleteAll(), with deleteAlarm() before it where the compatibility date is older than " + deleteAllDeletesAlarm + ".",
	Fine: []string{
		"Deleting some of the keys, or old rows.",
		"A reset after which the object is filled again.",
		"deleteAll() at the end.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/access-durable-objects-storage/#remove-a-durable-objects-storage",
	},
	Check: checkIncompleteDelete,
}

// endNames are methods that say that the object is done with.
var endNames = regexp.MustCompile(`(?i)^(destroy|purge|wipe|erase|dissolve|teardown|selfdestruct|delete(all|everything|alldata|room|account|tenant|workspace|document|object)|remove(all|everything))`)

func checkIncompleteDelete(p *analysis.Pass) {
	m, deletes := p.Module, false
	for _, c := range p.Objects() {
		own := ownTables(m, c)
		for _, f := range roots(m, c) {
			if f == c.Ctor {
				continue
			}
			steps := m.Expand(f)
			if all := deleteAlls(steps); len(all) > 0 {
				deletes = true
				p.Guard(steps[all[0]].At(m), "deleteAll takes everything at once, and the object with it.")
				continue
			}
			if at, what := emptied(m, f, steps, own); what != "" && !filledAgain(steps, at) {
				deletes = true
				p.Warn(steps[at].At(m), fmt.Sprintf("This %s one by one; the emptied object still exists and is billed.", what), "")
			} else if at, left := leftBehind(m, c, f, steps, own); len(left) > 0 && !filledAgain(steps, at) {
				deletes = true
				p.Warn(steps[at].At(m), fmt.Sprintf("%s ends the object's use and empties its tables here, but nothing ever empties %s. This is no problem if that is to stay.", f.Name, strings.Join(left, ", ")), "")
			}
		}
	}
	if !deletes {
		p.NotApplicable("Nothing empties an object.")
	}
}

// ownTables are the tables that a class creates, those that only keep count of
// migrations aside.
func ownTables(m *model.Module, c *model.Class) []string {
	var out []string
	for _, op := range m.ReachedOps(c) {
		for _, s := range statements(op) {
			name, _ := named(s)
			if op.Kind == model.OpSQL && s.Verb == "CREATE" && name != "" && !schemaNames.MatchString(name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// emptied finds the step with which an entry point has deleted all that there is:
// every key that an open list() gave, or every table of the class.
func emptied(m *model.Module, f *model.Func, steps []model.Step, own []string) (at int, what string) {
	var listed syntax.Node
	var before []syntax.Node // the conditions of the list() call
	var gone []string
	for i, s := range steps {
		switch s.Kind {
		case model.OpStorage, model.OpKV:
			if s.Method == "list" && !bound(model.Unwrap(model.Argument(s.Node, 0))).OK() {
				listed, before = s.Node, m.Conditions(steps, i)
			}
			if s.Method == "delete" && listed.OK() && everyKey(m, s, listed) && only(m, m.Conditions(steps, i), before, listed) {
				return i, "deletes all keys"
			}
		case model.OpSQL:
			for _, st := range allStatements(m, s.Op) {
				t := ""
				switch {
				case st.Verb == "DROP" && st.Object == "TABLE":
					t, _ = named(st)
					if t == "" && readsSchema(steps[:i]) {
						return i, "drops all tables"
					}
				case st.Verb == "DELETE" && !st.Where && endNames.MatchString(f.Name) && len(st.Writes) > 0:
					t = st.Writes[0]
				}
				if t != "" && s.Path.Within(model.Arm) == nil && slices.Contains(own, t) && !slices.Contains(gone, t) {
					gone = append(gone, t)
				}
			}
			if len(gone) > 0 && len(gone) == len(own) {
				verb := "empties"
				if statements(s.Op)[0].Verb == "DROP" {
					verb = "drops"
				}
				return i, fmt.Sprintf("%s the tables %s", verb, strings.Join(gone, ", "))
			}
		}
	}
	return 0, ""
}

// allOver are names of methods after which nothing of an object is to be left.
var allOver = regexp.MustCompile(`(?i)^(destroy|dissolve|teardown|selfdestruct|wipe|erase|purgeall|delete(everything|alldata|room|account|tenant|workspace|document|object)|remove(everything|alldata))$`)

// leftBehind finds the tables that a method which ends an object's use forgets while
// it empties others: no statement of the class ever deletes from them, and no row of
// theirs goes with one of another table. at is the last step that empties one.
func leftBehind(m *model.Module, c *model.Class, f *model.Func, steps []model.Step, own []string) (at int, left []string) {
	if !allOver.MatchString(f.Name) {
		return 0, nil
	}
	emptied := false
	for i, s := range steps {
		for _, st := range statements(s.Op) {
			if s.Kind == model.OpSQL && st.Verb == "DELETE" && !st.Where && len(st.Writes) > 0 && slices.Contains(own, st.Writes[0]) {
				at, emptied = i, true
			}
		}
	}
	if !emptied {
		return 0, nil
	}
	gone := map[string]bool{}
	for _, op := range m.ReachedOps(c) {
		if op.Kind == model.OpORM || op.Kind == model.OpSQL && op.SQL == nil {
			return 0, nil // statements that are not to be seen may delete
		}
		for _, st := range statements(op) {
			switch {
			case st.Verb == "CREATE" && (st.Object == "TRIGGER" || slices.Contains(st.Words, "CASCADE")):
				return 0, nil
			case st.Verb == "DELETE" || st.Verb == "REPLACE" || st.Verb == "DROP":
				if t, _ := named(st); t != "" {
					gone[t] = true
				}
				for _, t := range st.Writes {
					gone[t] = true
				}
			}
		}
	}
	for _, t := range own {
		if !gone[t] {
			left = append(left, t)
		}
	}
	return at, left
}

// everyKey reports a delete of what a list call gave, nothing filtered out.
func everyKey(m *model.Module, s model.Step, listed syntax.Node) bool {
	if !oneOf(m, model.Argument(s.Node, 0), listed) {
		return false
	}
	for d := range s.Func.Body.Descendants() {
		if _, method := model.Callee(d); d.Is(syntax.CallExpression) && (method == "filter" || method == "slice" || method == "splice") {
			return false
		}
		if d.Is(syntax.ContinueStatement, syntax.BreakStatement) {
			return false
		}
	}
	return true
}

// oneOf reports a key, or a list of keys, that comes from what a list call gave, also
// as the parameter of a callback: keys.map((key) => storage.delete(key)).
func oneOf(m *model.Module, key, listed syntax.Node) bool {
	if m.DependsOn(key, listed) {
		return true
	}
	b := m.Resolve(model.Unwrap(key))
	if b == nil || b.Param == nil {
		return false
	}
	object, method := model.Callee(b.Param.Node.Parent().Parent())
	return (method == "map" || method == "forEach") && m.DependsOn(object, listed)
}

// only reports conditions that look at nothing but what a list call gave, such as
// whether there are any keys. Those that decide about the list call itself do not
// count.
func only(m *model.Module, conditions, before []syntax.Node, listed syntax.Node) bool {
	for _, c := range conditions {
		if slices.Contains(before, c) {
			continue
		}
		if !strings.Contains(c.Text(), ".size") && !strings.Contains(c.Text(), ".length") {
			return false
		}
		if !m.DependsOn(c, listed) {
			return false
		}
	}
	return true
}

func readsSchema(steps []model.Step) bool {
	for _, s := range steps {
		for _, st := range statements(s.Op) {
			if s.Kind == model.OpSQL && len(st.Reads) > 0 && (st.Reads[0] == "sqlite_master" || st.Reads[0] == "sqlite_schema") {
				return true
			}
		}
	}
	return false
}

// filledAgain reports that the entry point writes something, or sets the alarm, after
// it has emptied the object.
func filledAgain(steps []model.Step, at int) bool {
	_, ok := after(steps, at, func(s model.Step) bool {
		switch s.Kind {
		case model.OpStorage, model.OpKV:
			return s.Method == "put" || s.Method == "setAlarm"
		case model.OpSQL:
			for _, st := range statements(s.Op) {
				if st.Verb == "CREATE" || st.Verb == "INSERT" || st.Verb == "REPLACE" {
					return true
				}
			}
		}
		return createsTables(s)
	})
	return ok
}
