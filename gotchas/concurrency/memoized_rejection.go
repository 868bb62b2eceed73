package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var memoizedRejection = &analysis.Gotcha{
	ID:       "memoized-rejection",
	Title:    "A promise that is kept for all requests can stay rejected",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why:      "The first call starts the work and keeps its promise; when that fails, every later call gets the same failure, until the object happens to leave memory.",
	Fix:      "Clear the field when the work fails: this.ready = this.load().catch((error) => { this.ready = undefined; throw error; }).",
	Fine: []string{
		"A field that is cleared on failure.",
		"Work that only reads storage: when that fails the object is reset anyway.",
	},
	Evidence: []string{
		"How promises work; no public source of Cloudflare's names it.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No promise is kept for later requests.")
		for _, c := range p.Objects() {
			ops := p.Module.ClassOps(c)
			for _, op := range ops {
				promise := keptPromise(p.Module, op)
				if !promise.OK() {
					continue
				}
				if handlesRejection(promise) || cleared(ops, op) {
					p.Guard(op.Node, fmt.Sprintf("%s is cleared when the work fails.", op.Name))
					continue
				}
				if what, why := rejects(p.Module, op.Func, promise); why.OK() {
					p.Warn(op.Node, fmt.Sprintf("%s keeps the promise of %s, which waits for %s; once that fails, every later request fails with it.", op.Name, what, analysis.Short(why)), "")
				}
			}
		}
	},
}

// keptPromise is the promise that a write keeps where there is none yet: in
// this.x ??= start(), if (!this.x) this.x = start(), this.x = this.x ?? start(), or
// under a key of a Map. It is the zero Node for other writes.
func keptPromise(m *model.Module, op *model.Op) syntax.Node {
	value := op.Value
	switch {
	case op.Kind == model.OpFieldWrite && op.Method == "??=", op.Kind == model.OpFieldWrite && op.Method == "||=":
	case op.Kind == model.OpFieldWrite && op.Method == "=":
		v := bare(value)
		if o := v.Operator(); v.Is(syntax.BinaryExpression) && (o == "??" || o == "||") && plain(v.Child(syntax.FieldLeft)) == "this."+op.Name {
			value = v.Child(syntax.FieldRight)
		} else if !missing(m, op) {
			return syntax.Node{}
		}
	case op.Kind == model.OpFieldMutate && op.Method == "set" && op.Node.Is(syntax.CallExpression):
		if value = model.Argument(op.Node, 1); !missing(m, op) {
			return syntax.Node{}
		}
	default:
		return syntax.Node{}
	}
	value = bare(value)
	if b := m.Resolve(value); value.Is(syntax.Identifier) && b != nil {
		for _, def := range m.Definitions(b, value) {
			if started := bare(def); started.Is(syntax.CallExpression) && started.Start() > b.Decl.Start() && !m.DependsOn(started, model.Argument(op.Node, 0)) {
				value = started
				break
			}
		}
	}
	if !value.Is(syntax.CallExpression) {
		return syntax.Node{}
	}
	return value
}

// bare strips parentheses and casts, but no await.
func bare(n syntax.Node) syntax.Node {
	for n.Is(syntax.ParenthesizedExpression, syntax.AsExpression, syntax.NonNullExpression, syntax.SatisfiesExpression) {
		n = n.NamedChild(0)
	}
	return n
}

// missing reports a write under the condition that nothing is kept yet.
func missing(m *model.Module, op *model.Op) bool {
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind != model.Arm || !p.Cond.OK() || (condition{p.Cond, taken(p)}).demands() == present {
			continue
		}
		for n := range p.Cond.Descendants() {
			if n.Is(syntax.MemberExpression) && plain(n) == "this."+op.Name {
				return true
			}
			if b := m.Resolve(n); n.Is(syntax.Identifier) && b != nil && strings.Contains(b.Init.Text(), "this."+op.Name) {
				return true
			}
		}
	}
	return false
}

// handlesRejection reports a promise that is looked after where it is made.
func handlesRejection(promise syntax.Node) bool {
	for n := range promise.Descendants() {
		if !n.Is(syntax.CallExpression) {
			continue
		}
		if _, method := model.Callee(n); method == "catch" || method == "then" && model.Argument(n, 1).OK() {
			return true
		}
	}
	return false
}

// rejects finds what may fail in the work that a promise stands for: something
// outside that no catch surrounds.
func rejects(m *model.Module, f *model.Func, promise syntax.Node) (what string, why syntax.Node) {
	if called := m.Eval(promise.Child(syntax.FieldFunction)).Func; called != nil {
		if !called.Async {
			return "", syntax.Node{}
		}
		for _, s := range m.Expand(called) {
			if (goesOut(s.Op) || s.Kind == model.OpBody) && !s.Detached && s.Within(model.Try) == nil {
				return called.Name, s.Node
			}
		}
		return "", syntax.Node{}
	}
	for _, op := range f.Ops {
		if goesOut(op) && promise.Contains(op.Node) {
			return "a call", op.Node
		}
	}
	return "", syntax.Node{}
}

// cleared reports another write that empties the field, or takes its key out.
func cleared(ops []*model.Op, kept *model.Op) bool {
	for _, op := range ops {
		if op.Kind == model.OpFieldMutate && kept.Kind == model.OpFieldMutate && op.Name == kept.Name && (op.Method == "delete" || op.Method == "clear") {
			return true
		}
		if op != kept && op.Kind == model.OpFieldWrite && op.Name == kept.Name && op.Method == "=" {
			if text := model.Unwrap(op.Value).Text(); text == "undefined" || text == "null" {
				return true
			}
		}
	}
	return false
}
