package lifecycle

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var floatingPromise = &analysis.Gotcha{
	ID:       "floating-promise",
	Title:    "A call to the outside is started and nobody waits for it",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Its error is lost, or at best an uncaught rejection in the log, while the caller is told that all went well, " +
		"and an eviction or a deploy can cut it off half done.",
	Fix: "Await it. For work that must be delivered, store it and let alarm() deliver it; for work that may be lost, add .catch(…) and say so.",
	Fine: []string{
		"Storage writes without await: the output gate covers them.",
		"blockConcurrencyWhile in the constructor, ws.send, and promises that are kept, returned or given a catch that does something.",
		"A function that writes the stream which the response reads: it must run while the response is sent.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261023.1: the rejection of a stub call is only logged, that of a method of the object not even that; the object lives on, and the caller sees success.",
		"developers.cloudflare.com/workers/best-practices/workers-best-practices/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object starts work without waiting for it.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Awaited || op.Func.Kind == model.Constructor || !op.Node.Is(syntax.CallExpression) {
				return
			}
			if op.Kind == model.OpEnv && asyncBinding[op.Method] && hidesFailure(op.Node) {
				p.Warn(op.Node, fmt.Sprintf("When %s on %s fails, nobody ever hears of it, and nothing tries again.", op.Method, op.Name), "Await it, or at least log the error; for work that must be done, store it and let alarm() do it again.")
				return
			}
			if analysis.Dropped(op.Node) {
				checkDropped(p, op)
			}
		})
	},
}

func checkDropped(p *analysis.Pass, op *model.Op) {
	message, kept := "", false
	switch op.Kind {
	case model.OpFetch:
		message = "This fetch is not awaited, so its failure is lost and its end is nobody's business."
	case model.OpEnv:
		if asyncBinding[op.Method] {
			message = fmt.Sprintf("%s on %s is not awaited, so its failure is lost.", op.Method, op.Name)
		}
	case model.OpCall:
		if mayPromise(p.Module, op.Node) {
			message = fmt.Sprintf("By its type %s may give a promise, and nobody waits for it.", analysis.Short(op.Node.Child(syntax.FieldFunction)))
		}
	case model.OpInvoke:
		message, kept = unfinished(p.Module, op)
	case model.OpStorage:
		if op.Method == "transaction" {
			message = "This transaction is not awaited, so what follows runs before it, and its failure is lost."
		}
	}
	switch {
	case message == "":
	case op.Path.Within(model.Try) != nil && !kept:
		p.Warn(op.Node, message+" The catch around it never hears of it.", "")
	case analysis.Voided(op.Node):
		p.Advise(op.Node, message+" The void says that this is meant.", "")
	case kept: // whoever made that promise hears of its failure
		p.Advise(op.Node, message, "")
	case statement(op.Node) && op.Kind != model.OpInvoke:
		p.Warn(op.Node, message, "", analysis.Await(op)...)
	default:
		p.Warn(op.Node, message, "")
	}
}

// unfinished says what a function of the project that is called in passing still
// waits for, or "" when it waits for storage alone or looks after its own errors.
// kept reports that it only waits for a promise that is kept elsewhere.
func unfinished(m *model.Module, op *model.Op) (message string, kept bool) {
	if op.Mode != model.Direct || op.Callee == nil || !op.Callee.Async || pumps(op.Callee) || !leavesFailure(m, op.Callee, 0) {
		return "", false
	}
	name := op.Callee.Name
	if name == "" {
		name = "This async function"
	}
	switch gate, why := m.FuncGate(op.Callee); {
	case gate < model.MayOpen:
		return "", false
	case why == nil:
		return fmt.Sprintf("%s waits for a promise that is kept elsewhere, but is not awaited itself.", name), true
	default:
		return fmt.Sprintf("%s awaits %s, but is not awaited itself, so its failure is lost.", name, analysis.Short(why.Node)), false
	}
}

// mayPromise reports a call of a function in a field whose declared type returns
// a promise: this.config.onClose?.(…). A chain of a binding that ends in run()
// does too, and each of the functions that defineStorage of hono-do gives.
func mayPromise(m *model.Module, call syntax.Node) bool {
	object, method := model.Callee(call)
	if b := m.Resolve(call.Child(syntax.FieldFunction)); b != nil && len(b.Path) == 1 && b.Init.OK() {
		maker := m.Resolve(model.Unwrap(b.Init).Child(syntax.FieldFunction))
		return maker != nil && maker.Module != nil && maker.Module.From == "hono-do/storage"
	}
	if v := m.Eval(object); v.Kind == model.Shape {
		for part := range v.Node.NamedChildren() {
			if part.Child(syntax.FieldName).Text() == method {
				return strings.Contains(returnType(part), "Promise<")
			}
		}
	}
	if method != "run" {
		return false
	}
	for object.Is(syntax.CallExpression) {
		object, _ = model.Callee(object)
	}
	return m.Eval(object).Kind == model.EnvBinding
}

// returnType is the text of what a member of a declared type returns.
func returnType(member syntax.Node) string {
	if member.Is(syntax.MethodSignature) {
		return member.Child(syntax.FieldReturnType).Text()
	}
	for n := range member.Child(syntax.FieldType).Descendants() {
		if n.Is(syntax.FunctionType) {
			return n.Child(syntax.FieldReturnType).Text()
		}
	}
	return ""
}

// hidesFailure reports work.catch(() => {}).
func hidesFailure(call syntax.Node) bool {
	member := call.Parent()
	if !member.Is(syntax.MemberExpression) || member.Child(syntax.FieldProperty).Text() != "catch" || !statement(member.Parent()) {
		return false
	}
	body := model.Argument(member.Parent(), 0).Child(syntax.FieldBody)
	return strings.Join(strings.Fields(body.Text()), "") == "{}" || body.Is(syntax.Undefined, syntax.Null)
}

// asyncBinding are methods of bindings that give promises and matter: queues,
// KV, R2, D1, AI, workflows.
var asyncBinding = map[string]bool{"send": true, "sendBatch": true, "put": true, "delete": true, "run": true, "create": true, "batch": true, "fetch": true}

// pumps reports a function written in place that fills a stream.
func pumps(f *model.Func) bool {
	return f.Name == "" && strings.Contains(f.Body.Text(), ".write(")
}

// leavesFailure reports a function that waits for more than storage where neither it
// nor a function that it calls catches what goes wrong.
func leavesFailure(m *model.Module, f *model.Func, depth int) bool {
	for _, op := range f.Ops {
		caught := op.Path.Within(model.Try) != nil
		switch {
		case op.Kind == model.OpThrow && !caught:
			return true
		case op.Kind == model.OpReturn && op.Value.OK() && !model.Unwrap(op.Value).Is(syntax.CallExpression):
		case op.Kind == model.OpReturn && op.Value.OK(): // a promise that is handed on is nobody's of this function
			return true
		case op.Kind != model.OpAwait || caught:
		case op.Operand == nil:
			if gate, _ := m.AwaitGate(op); gate >= model.MayOpen {
				return true
			}
		case catchesItself(op.Operand.Node):
		case op.Operand.Kind == model.OpInvoke && op.Operand.Mode == model.Direct && op.Operand.Callee != nil && depth < 4:
			if leavesFailure(m, op.Operand.Callee, depth+1) {
				return true
			}
		default:
			if gate, _ := m.AwaitGate(op); gate >= model.MayOpen {
				return true
			}
		}
	}
	return !f.Body.Is(syntax.StatementBlock) // x => expression
}

// catchesItself reports work().catch(…).
func catchesItself(call syntax.Node) bool {
	_, method := model.Callee(call)
	return method == "catch"
}
