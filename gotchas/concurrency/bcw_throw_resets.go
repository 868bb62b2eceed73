package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var bcwThrowResets = &analysis.Gotcha{
	ID:       "bcw-throw-resets",
	Title:    "An error in blockConcurrencyWhile is caught outside of it",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "A throw in the callback resets the whole object, whether or not the caller catches it: memory is lost, and every request in progress fails. " +
		"The catch around the call only hides why.",
	Fix: "Catch inside the callback, return what happened, and throw outside if the caller must know.",
	Fine: []string{
		"A constructor whose set-up is meant to make the object unusable when it fails; it needs no catch.",
		"A catch inside the callback, and one around the call that throws the error on.",
	},
	Evidence: []string{
		"Measured on workerd: the object is reset although the promise's rejection is caught.",
		"developers.cloudflare.com/durable-objects/api/state/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("blockConcurrencyWhile is not used.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind != model.OpCtx || op.Method != "blockConcurrencyWhile" {
				return
			}
			callback := model.Unwrap(model.Argument(op.Node, 0))
			throws, at := mayThrow(p.Module, callback)
			switch around := surrounding(p.Module, op); {
			case catchesItself(callback):
				p.Guard(op.Node, "Errors are caught inside the callback.")
			case !throws:
			case around != nil && !rethrows(around.Node.Child(syntax.FieldHandler)):
				p.Warn(op.Node, fmt.Sprintf("The catch around this call does not keep the object: when line %d throws, the object is reset.", at), "")
			case chained(op.Node, "catch"):
				p.Warn(op.Node, fmt.Sprintf("The catch behind this call does not keep the object: when line %d throws, the object is reset.", at), "")
			}
		})
	},
}

// surrounding is the try that catches what the call throws: around it, or around
// the await of the variable that keeps its promise.
func surrounding(m *model.Module, op *model.Op) *model.Path {
	if try := op.Path.Within(model.Try); try != nil {
		return try
	}
	if !op.Node.Parent().Is(syntax.VariableDeclarator) {
		return nil
	}
	for _, o := range op.Func.Ops {
		if o.Kind != model.OpAwait {
			continue
		}
		if b := m.Resolve(o.Node.NamedChild(0)); b != nil && b.Decl == op.Node.Parent() {
			return o.Path.Within(model.Try)
		}
	}
	return nil
}

// mayThrow reports a callback that throws, or that asks something outside which
// can fail, without catching it; line is where.
func mayThrow(m *model.Module, callback syntax.Node) (yes bool, line int) {
	v := m.Eval(callback)
	if v.Func == nil {
		return false, 0
	}
	for _, s := range m.Expand(v.Func) {
		if s.Detached || s.Within(model.Try) != nil {
			continue
		}
		switch s.Kind {
		case model.OpThrow, model.OpFetch, model.OpStub, model.OpEnv, model.OpBody:
			return true, s.Node.Line()
		}
	}
	return false, 0
}

// rethrows reports a catch that only looks at the error on its way.
func rethrows(handler syntax.Node) bool {
	for n := range handler.Child(syntax.FieldBody).NamedChildren() {
		if n.Is(syntax.ThrowStatement) {
			return true
		}
	}
	return false
}

func catchesItself(callback syntax.Node) bool {
	for n := range callback.Child(syntax.FieldBody).NamedChildren() {
		if n.Is(syntax.TryStatement) && n.Child(syntax.FieldHandler).OK() {
			return true
		}
	}
	return false
}

// chained reports call.method(…).
func chained(call syntax.Node, method string) bool {
	p := call.Parent()
	return p.Is(syntax.MemberExpression) && strings.TrimSpace(p.Child(syntax.FieldProperty).Text()) == method
}
