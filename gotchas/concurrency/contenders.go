package concurrency

import (
	"slices"

	"durable-objects-mcp/internal/model"
)

// object is a class with the functions that its events start.
type object struct {
	m       *model.Module
	class   *model.Class
	entries []*model.Func
	writers map[string][]writer // by loose place
}

// writer is a write as an entry point reaches it.
type writer struct {
	entry *model.Func
	step  model.Step
}

// look finds what starts in an object: methods that the platform or a caller
// runs, and functions of the class that nothing else in it runs (routes, hooks).
func look(m *model.Module, c *model.Class) *object {
	o := &object{m: m, class: c, writers: map[string][]writer{}}
	reached := map[*model.Func]bool{c.Ctor: true}
	enter := func(f *model.Func) {
		o.entries = append(o.entries, f)
		for _, s := range m.Expand(f) {
			reached[s.Func] = true
			for _, t := range touches(m, s.Op) {
				if key := loose(m, s.Op, t.Place); t.Write {
					o.writers[key] = append(o.writers[key], writer{f, s})
				}
			}
		}
	}
	for _, f := range c.Methods {
		if f.Kind == model.Method && !f.Static && (model.Handlers[f.Name] || !f.Hidden && !f.Restricted) {
			enter(f)
		}
	}
	for _, f := range m.Home(c.Node).Funcs {
		if m.Owner(f) == c && !reached[f] && f.Kind != model.Constructor && f.Kind != model.Getter && !f.Static {
			enter(f)
		}
	}
	return o
}

// alone reports the one handler that never runs twice at a time.
func alone(f *model.Func) bool { return f.Name == "alarm" && f.Kind == model.Method }

// contended reports a write of whose place another event may change the same
// part while the entry waits.
func (o *object) contended(entry *model.Func, op *model.Op, place string) bool {
	for _, w := range o.writers[loose(o.m, op, place)] {
		if (w.entry != entry || !alone(entry)) && overlap(op, w.step.Op) {
			return true
		}
	}
	return false
}

// overlap reports two writes of one table that change the same columns. An
// UPDATE is not undone by new rows, and finds nothing where its row is gone.
func overlap(a, b *model.Op) bool {
	set := setColumns(a)
	if set == nil || b.SQL == nil || len(b.SQL.Statements) == 0 {
		return true
	}
	st := b.SQL.Statements[len(b.SQL.Statements)-1]
	if st.Verb != "UPDATE" {
		return st.Upsert || st.Verb == "REPLACE"
	}
	for _, c := range setColumns(b) {
		if slices.Contains(set, c) {
			return true
		}
	}
	return false
}

// setColumns are the columns that an UPDATE sets, nil for other operations.
func setColumns(op *model.Op) []string {
	if op.SQL == nil || len(op.SQL.Statements) == 0 {
		return nil
	}
	st := op.SQL.Statements[len(op.SQL.Statements)-1]
	set := slices.Index(st.Words, "SET")
	if st.Verb != "UPDATE" || set < 0 {
		return nil
	}
	var out []string
	depth := 0
	for i, w := range st.Words[set+1:] {
		switch w {
		case "(":
			depth++
		case ")":
			depth--
		case "WHERE", "RETURNING", "FROM":
			if depth == 0 {
				return out
			}
		case "=":
			if before := st.Words[set+i]; depth == 0 && (i == 1 || st.Words[set+i-1] == ",") {
				out = append(out, before)
			}
		}
	}
	return out
}
