package rpc

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var idFromStringUnchecked = &analysis.Gotcha{
	ID:       "idfromstring-unchecked",
	Title:    "A malformed id makes the Worker throw",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "idFromString throws on anything but an id of its own namespace (“Invalid Durable Object ID: must be 64 hex digits”). " +
		"With a text out of a request that is an internal error for every mistyped address, and for ids of the other environment.",
	Fix: "Catch the error and answer 404, or look at the text first; an id that passes the look can still belong to another namespace.",
	Fine: []string{
		"An id that the code itself has stored.",
	},
	Evidence: []string{
		"Measured on workerd: the error above, and another for an id of a different namespace.",
		"developers.cloudflare.com/durable-objects/api/namespace/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No id is made from a text.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace || op.Method != "idFromString" {
				return
			}
			text := model.Argument(op.Node, 0)
			switch {
			case caught(p, op):
				p.Guard(op.Node, "The error is caught.")
			case looksAtID(p.Module, op, text):
				p.Guard(op.Node, "The text is looked at first.")
			case analysis.FromRequest(p.Module, text):
				p.Warn(op.Node, fmt.Sprintf("%s comes from the request, and this throws when it is no id.", analysis.Short(text)), "")
			}
		})
	},
}

// caught reports a call in a try, or in a function that is only called in one.
// A router's onError counts as a catch.
func caught(p *analysis.Pass, op *model.Op) bool {
	if op.Path.Within(model.Try) != nil || onError.MatchString(string(p.Module.Tree.Src)) {
		return true
	}
	calls := p.Module.Invocations(outermost(op.Func))
	for _, o := range calls {
		if o.Path.Within(model.Try) == nil {
			return false
		}
	}
	return len(calls) > 0
}

var onError = regexp.MustCompile(`\.onError\(`)

// outermost is the function that a callback finally stands in.
func outermost(f *model.Func) *model.Func {
	for f.Outer != nil {
		f = f.Outer
	}
	return f
}

// looksAtID reports a condition that looks at the text before it is used: a
// pattern, its length, a function that may know.
func looksAtID(m *model.Module, op *model.Op, text syntax.Node) bool {
	for f := op.Func; f != nil; f = f.Outer {
		for n := range f.Body.Descendants() {
			if n.Is(syntax.Regex) && hexDigits.MatchString(n.Text()) {
				return true
			}
		}
	}
	b := m.Resolve(model.Unwrap(text))
	if b == nil {
		return false
	}
	for _, use := range m.Uses(b) {
		if use.Start() >= text.Start() {
			break
		}
		for a := range use.Ancestors() {
			if a.Is(syntax.IfStatement) {
				cond := a.Child(syntax.FieldCondition)
				if cond.Contains(use) && looks.MatchString(cond.Text()) {
					return true
				}
			}
		}
	}
	return false
}

var (
	hexDigits = regexp.MustCompile(`a-f|\{64\}|\[\[:xdigit`)
	looks     = regexp.MustCompile(`\.length|\.test\(|\.match\(|\w\(`)
)
