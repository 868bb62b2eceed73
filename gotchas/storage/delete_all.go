package storage

import (
	"regexp"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// deleteAlls are the steps of an entry point that empty the object's storage.
func deleteAlls(steps []model.Step) []int {
	var out []int
	for i, s := range steps {
		if s.Kind == model.OpStorage && s.Method == "deleteAll" {
			out = append(out, i)
		}
	}
	return out
}

// roots are the functions of a class that something outside of it may run: the
// constructor, the methods, inherited ones among them, and helpers that nothing in the
// class calls. What other helpers do is laid out where they are called.
func roots(m *model.Module, c *model.Class) []*model.Func {
	var out []*model.Func
	methods := c.Methods
	for s := c.Super; s != nil && s != c; s = s.Super {
		for _, f := range s.Methods {
			if c.Member(f.Name) == f {
				methods = append(methods[:len(methods):len(methods)], f)
			}
		}
	}
	for _, f := range methods {
		if f.Static || f.Kind != model.Method && f.Kind != model.ArrowField {
			continue
		}
		if (f.Hidden || f.Restricted) && called(m, c, f) {
			continue
		}
		out = append(out, f)
	}
	if c.Ctor != nil {
		out = append(out, c.Ctor)
	}
	return out
}

// inherits reports that a class is the other one or extends it.
func inherits(c, base *model.Class) bool {
	for s := c; s != nil; s = s.Super {
		if s == base {
			return true
		}
		if s.Super == s {
			break
		}
	}
	return false
}

// called reports whether another function of the class runs f.
func called(m *model.Module, c *model.Class, f *model.Func) bool {
	for s := c; s != nil; s = s.Super {
		for _, op := range m.ClassOps(s) {
			if op.Kind == model.OpInvoke && op.Callee == f {
				return true
			}
		}
		if s.Super == s {
			break
		}
	}
	return false
}

// around finds the first step that fits and that control can reach from, or come
// to, the step at index at.
func around(steps []model.Step, at int, fits func(model.Step) bool) (model.Step, bool) {
	for i, s := range steps {
		if !fits(s) {
			continue
		}
		if i > at && model.Reaches(steps[at], s) || i < at && model.Reaches(s, steps[at]) {
			return s, true
		}
	}
	return model.Step{}, false
}

// after finds the first later step that fits and that control can reach.
func after(steps []model.Step, at int, fits func(model.Step) bool) (model.Step, bool) {
	for _, s := range steps[at+1:] {
		if fits(s) && model.Reaches(steps[at], s) {
			return s, true
		}
	}
	return model.Step{}, false
}

// schemaNames are functions that set up tables.
var schemaNames = regexp.MustCompile(`(?i)migrat|schema|createtables?|ensuretables?|inittables?|setup|initdb|initialize`)

// readyNames are fields that remember that the tables exist.
var readyNames = regexp.MustCompile(`(?i)migrat|schema|ready|init|table|setup|loaded|db`)

// createsTables reports a step that sets up tables: a CREATE TABLE, or a call
// of something named for it.
func createsTables(s model.Step) bool {
	switch s.Kind {
	case model.OpSQL:
		return createsTable(s.Op)
	case model.OpCall, model.OpInvoke, model.OpORM:
		return schemaNames.MatchString(s.Method) || schemaNames.MatchString(s.Name)
	}
	return false
}

func createsTable(op *model.Op) bool {
	for _, s := range statements(op) {
		if s.Verb == "CREATE" && s.Object == "TABLE" {
			return true
		}
	}
	return false
}

// usesTables reports a step that reads or writes rows, or hands the database
// to code elsewhere.
func usesTables(m *model.Module, s model.Step) bool {
	switch s.Kind {
	case model.OpCall:
		for a := range s.Node.Child(syntax.FieldArguments).NamedChildren() {
			if m.Eval(a).Kind == model.ORM && !schemaNames.MatchString(s.Method) {
				return true
			}
		}
	case model.OpORM:
		return true
	case model.OpSQL:
		if s.Method == "tag" {
			return true
		}
		for _, st := range statements(s.Op) {
			if st.Write() || st.Verb == "SELECT" && len(st.Reads) > 0 && st.Reads[0] != "sqlite_master" && st.Reads[0] != "sqlite_schema" {
				return true
			}
		}
	}
	return false
}

// resetsFlag reports a step that forgets that the schema is ready.
func resetsFlag(s model.Step) bool {
	if s.Kind != model.OpFieldWrite || s.Method != "=" {
		return false
	}
	v := model.Unwrap(s.Value)
	return v.Is(syntax.False, syntax.Null, syntax.Undefined) || v.Text() == "undefined"
}
