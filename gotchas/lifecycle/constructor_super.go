package lifecycle

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var constructorSuper = &analysis.Gotcha{
	ID:       "constructor-super",
	Title:    "The constructor does not hand ctx and env to its base class",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "Without super(ctx, env) as its first act, the constructor throws, or this.ctx and this.env stay undefined and the first use of them throws. No request ever gets through.",
	Fix:      "Start the constructor with super(ctx, env), or leave the constructor out.",
	Fine: []string{
		"No constructor at all, and super(...args).",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/base/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No Durable Object of this file has a constructor that must call super.")
		for _, c := range p.Objects() {
			if c.Ctor == nil || c.Base == "" {
				continue
			}
			call := superCall(c.Ctor)
			switch {
			case !call.OK():
				p.Error(c.Ctor.Node, "The constructor of "+c.Name+" never calls super(ctx, env).", "", callSuper(c.Ctor)...)
			case c.Base == "DurableObject" && !model.Argument(call, 1).OK() && !model.Argument(call, 0).Is(syntax.SpreadElement):
				p.Error(call, "super gets "+analysis.Short(call.Child(syntax.FieldArguments))+"; DurableObject needs both ctx and env.", "", passBoth(c.Ctor, call)...)
			case p.Module.Eval(model.Argument(call, 0)).Kind == model.Env, p.Module.Eval(model.Argument(call, 1)).Kind == model.Ctx:
				p.Error(call, "ctx comes first and env second.", "")
			case earlyThis(c.Ctor, call).OK():
				p.Error(earlyThis(c.Ctor, call), fmt.Sprintf("There is no this before super on line %d, so the constructor throws a ReferenceError.", call.Line()), "")
			default:
				p.Guard(call, "ctx and env go to the base class.")
			}
		}
	},
}

// callSuper starts a constructor that has both parameters with super.
func callSuper(ctor *model.Func) []analysis.Edit {
	args := bothParams(ctor)
	if args == "" {
		return nil
	}
	first := ctor.Body.NamedChild(0)
	if !first.OK() {
		return []analysis.Edit{analysis.Replace(ctor.Body, "{ super("+args+"); }")}
	}
	gap := " "
	if first.Line() > ctor.Body.Line() {
		gap = analysis.NewLine(first)
	}
	return []analysis.Edit{analysis.InsertBefore(first, "super("+args+");"+gap)}
}

// passBoth completes super() and super(ctx).
func passBoth(ctor *model.Func, call syntax.Node) []analysis.Edit {
	args := bothParams(ctor)
	if given := model.Argument(call, 0); args == "" || given.OK() && !strings.HasPrefix(args, given.Text()+",") {
		return nil
	}
	return []analysis.Edit{analysis.Replace(call.Child(syntax.FieldArguments), "("+args+")")}
}

// bothParams are the names of a constructor's two parameters, as arguments, or "".
func bothParams(ctor *model.Func) string {
	if len(ctor.Params) != 2 {
		return ""
	}
	var names []string
	for _, p := range ctor.Params {
		name := p.Child(syntax.FieldPattern)
		if p.Is(syntax.Identifier) {
			name = p
		}
		if !name.Is(syntax.Identifier) {
			return ""
		}
		names = append(names, name.Text())
	}
	return strings.Join(names, ", ")
}

func superCall(f *model.Func) syntax.Node {
	for n := range f.Body.Descendants() {
		if n.Is(syntax.CallExpression) && n.Child(syntax.FieldFunction).Is(syntax.Super) {
			return n
		}
	}
	return syntax.Node{}
}

// earlyThis is a use of this that runs before super.
func earlyThis(ctor *model.Func, call syntax.Node) syntax.Node {
	for n := range ctor.Body.Descendants() {
		if n.Start() >= call.Start() {
			break
		}
		if n.Is(syntax.This) && !inFunction(n, ctor) {
			return n
		}
	}
	return syntax.Node{}
}

// inFunction reports a node that stands in a function inside another one.
func inFunction(n syntax.Node, outer *model.Func) bool {
	for a := range n.Ancestors() {
		if a == outer.Node {
			return false
		}
		if a.Is(syntax.ArrowFunction, syntax.FunctionExpression, syntax.FunctionDeclaration) {
			return true
		}
	}
	return false
}
