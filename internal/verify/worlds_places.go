package verify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// What a world shows by itself, where the reviewer finds no fault with the code,
// and the place in the code that it points to. A place is named only where there
// is no other of its kind.

// lostFromMemory is the cause of what only an eviction changes: whatever the code
// is, the state was in memory alone.
func (v *run) lostFromMemory() *Cause {
	// What the reviewer only asks to look at is known to matter here.
	if c := v.causeWith([]analysis.Severity{analysis.Info}, looksForgotten); c != nil {
		return c
	}
	c := &Cause{Gotcha: "hibernation-memory-state", From: "world",
		Message: "Nothing but the memory of the objects was dropped between the steps, so what differs was kept in memory alone."}
	switch names, first := v.changingFields(); len(names) {
	case 0:
	case 1:
		v.place(c, first)
		c.Message += fmt.Sprintf(" Of the fields, only %s changes after construction.", names[0])
	default:
		c.Message += fmt.Sprintf(" The fields that change after construction are %s.", strings.Join(names, ", "))
	}
	return c
}

// changingFields are the fields of the objects that something other than a
// constructor changes, and the first such change.
func (v *run) changingFields() (names []string, first syntax.Node) {
	m := v.understood()
	if m == nil {
		return nil, first
	}
	for _, c := range m.Objects() {
		for _, op := range m.ClassOps(c) {
			if op.Kind != model.OpFieldWrite && op.Kind != model.OpFieldMutate || standsIn(op.Func, c.Ctor) {
				continue
			}
			if !first.OK() {
				first = op.Node
			}
			if !slices.Contains(names, op.Name) {
				names = append(names, op.Name)
			}
		}
	}
	return names, first
}

// standsIn reports a function that is another or stands in it.
func standsIn(f, outer *model.Func) bool {
	for ; f != nil; f = f.Outer {
		if f == outer {
			return true
		}
	}
	return false
}

// pinnedBy is what keeps an object in memory, as far as only one call of the code
// can.
func (v *run) pinnedBy(text string) *Cause {
	unknown := &Cause{From: "refusal", Message: text}
	m := v.understood()
	if m == nil {
		return unknown
	}
	var found []*Cause
	for f := range m.AllFuncs() {
		for _, op := range f.Ops {
			c := &Cause{From: "refusal"}
			switch {
			case op.Kind == model.OpSocket && op.Method == "accept":
				c.Gotcha, c.Message = "ws-standard-accept", "A socket that is accepted with accept() keeps the object in memory as long as it is open."
			case op.Kind == model.OpTimer && op.Method == "setInterval":
				c.Gotcha, c.Message = "timer-pins-object", "An interval keeps the object in memory until it is cleared."
			case op.Kind == model.OpTimer && op.Method == "setTimeout":
				c.Gotcha, c.Message = "settimeout-durable", "A timer keeps the object in memory until it has run, and is lost with the memory in a deploy or a crash."
			default:
				continue
			}
			v.place(c, op.Node)
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		return unknown
	}
	return found[0]
}

var missingTable = regexp.MustCompile(`no such table: (?:main\.)?(\w+)`)

// neverCreated is why a table is missing that the code creates: no constructor
// does, so that an object which was asked for something else first has none. It is
// nil where there is another reason.
func (v *run) neverCreated(table string) *Cause {
	m := v.understood()
	if m == nil {
		return nil
	}
	var creation syntax.Node
	for _, c := range m.Objects() {
		for _, op := range m.ReachedOps(c) {
			if creates(op, table) {
				creation = op.Node
			}
		}
		if c.Ctor != nil && slices.ContainsFunc(m.Expand(c.Ctor), func(s model.Step) bool { return creates(s.Op, table) }) {
			return nil
		}
	}
	if !creation.OK() || creation.Tree() != m.Tree {
		return nil
	}
	c := &Cause{Gotcha: "sql-schema-per-call", From: "log", Message: fmt.Sprintf("No constructor creates the table %s; an object that is asked for it before something has run this does not have it.", table)}
	v.place(c, creation)
	return c
}

func creates(op *model.Op, table string) bool {
	return op.Kind == model.OpSQL && op.SQL != nil && slices.ContainsFunc(op.SQL.Statements, func(s model.Statement) bool {
		return s.Verb == "CREATE" && s.Object == "TABLE" && slices.Contains(s.Words, strings.ToUpper(table))
	})
}

// understood is the model of the code, or nil.
func (v *run) understood() *model.Module {
	tree, err := syntax.Parse(v.entry(), v.code)
	if err != nil {
		return nil
	}
	return model.Build(tree, v.config.LiveClasses())
}

// place is where a cause stands in the code.
func (v *run) place(c *Cause, at syntax.Node) {
	c.Path, c.Line = v.entry(), at.Line()
	c.Quote = lineOf(v.code, c.Line)
}
