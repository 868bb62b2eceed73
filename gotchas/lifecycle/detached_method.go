package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var detachedMethod = &analysis.Gotcha{
	ID:       "detached-method",
	Title:    "A method is taken off its object and called without it",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The platform's methods and a class's own look at `this`. Taken off, by destructuring or as a callback, they no longer have it: " +
		"the platform's throw “TypeError: Illegal invocation”, the class's find no this.ctx.",
	Fix: "Call it on its object, wrapped in an arrow function where a callback is wanted: sockets.forEach((ws) => ws.send(text)).",
	Fine: []string{
		"const sql = ctx.storage.sql and const { storage } = ctx take objects, not methods.",
		"A method that is bound, or an arrow function in a field.",
	},
	Evidence: []string{
		"Measured on workerd: `const { exec } = ctx.storage.sql` and `const { idFromName } = env.ROOM` throw “Illegal invocation” when they are called.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No method is taken off its object.")
		for n := range p.Module.OfKind(syntax.VariableDeclarator) {
			checkTaken(p, n)
		}
		for n := range p.Module.OfKind(syntax.MemberExpression) {
			if n.Parent().Is(syntax.Arguments) {
				checkCallback(p, n)
			}
		}
	},
}

// checkTaken looks at const { exec } = sql and const exec = sql.exec.
func checkTaken(p *analysis.Pass, n syntax.Node) {
	m := p.Module
	name, value := n.Child(syntax.FieldName), model.Unwrap(n.Child(syntax.FieldValue))
	if name.Is(syntax.ObjectPattern) {
		owner := m.Eval(value)
		for part := range name.NamedChildren() {
			key := part.Text()
			if part.Is(syntax.PairPattern) {
				key = part.Child(syntax.FieldKey).Text()
			}
			if platformMethods[owner.Kind][key] || value.Is(syntax.This) && calledBare(m, part) && needsThis(m, owner, key) {
				p.Error(part, fmt.Sprintf("%s is taken off %s, and does not work without it.", key, analysis.Short(value)), "")
			}
		}
		return
	}
	if !value.Is(syntax.MemberExpression) {
		return
	}
	object, method := value.Child(syntax.FieldObject), value.Child(syntax.FieldProperty).Text()
	if platformMethods[m.Eval(object).Kind][method] {
		p.Error(value, fmt.Sprintf("%s is taken off %s, and does not work without it.", method, analysis.Short(object)), "")
	}
}

// checkCallback looks at sockets.forEach(ws.send) and setTimeout(this.flush, 100).
func checkCallback(p *analysis.Pass, n syntax.Node) {
	m := p.Module
	object, method := n.Child(syntax.FieldObject), n.Child(syntax.FieldProperty).Text()
	owner := m.Eval(object)
	call := n.Parent().Parent()
	switch {
	case platformMethods[owner.Kind][method] && runsCallback(call):
		p.Error(n, fmt.Sprintf("%s is handed over without %s, and does not work without it.", method, analysis.Short(object)), "")
	case model.Unwrap(object).Is(syntax.This) && runsCallback(call) && !givesThis(call) && needsThis(m, owner, method):
		p.Error(n, fmt.Sprintf("%s is handed over without its object, so its `this` is not the object when it runs.", method), "Write an arrow function that calls it.")
	}
}

// platformMethods are the methods of the platform's objects that people take off.
var platformMethods = map[model.ValueKind]map[string]bool{
	model.Ctx:        words("waitUntil", "blockConcurrencyWhile", "acceptWebSocket", "getWebSockets", "getTags", "setWebSocketAutoResponse", "abort"),
	model.WorkerCtx:  words("waitUntil", "passThroughOnException"),
	model.Storage:    words("get", "put", "delete", "list", "deleteAll", "transaction", "transactionSync", "setAlarm", "getAlarm", "deleteAlarm", "sync"),
	model.SQL:        words("exec"),
	model.SyncKV:     words("get", "put", "delete", "list"),
	model.Socket:     words("send", "close", "serializeAttachment", "deserializeAttachment", "addEventListener"),
	model.PairServer: words("send", "close", "accept", "serializeAttachment", "deserializeAttachment", "addEventListener"),
	model.Namespace:  words("get", "getByName", "idFromName", "idFromString", "newUniqueId", "jurisdiction"),
}

func words(list ...string) map[string]bool {
	set := map[string]bool{}
	for _, w := range list {
		set[w] = true
	}
	return set
}

// runsCallback reports a call that is known to call the function that it is given
// as it is.
func runsCallback(call syntax.Node) bool {
	object, method := model.Callee(call)
	switch method {
	case "setTimeout", "setInterval", "queueMicrotask":
		return !object.OK() || object.Text() == "globalThis"
	case "forEach", "map", "filter", "some", "every", "find", "flatMap", "then", "catch", "finally", "addEventListener":
		return object.OK()
	}
	return false
}

// givesThis reports list.forEach(callback, this).
func givesThis(call syntax.Node) bool { return model.Argument(call, 1).Is(syntax.This) }

// needsThis reports a method, not bound anywhere in its class, that uses `this`.
func needsThis(m *model.Module, owner model.Value, name string) bool {
	if owner.Kind != model.Instance {
		return false
	}
	f := owner.Class.Member(name)
	if f == nil || f.Kind != model.Method || f.Node.FirstOf(syntax.Decorator).OK() || f.Node.Parent().FirstOf(syntax.Decorator).OK() {
		return false
	}
	for n := range owner.Class.Node.Descendants() {
		if n.Is(syntax.AssignmentExpression) && n.Child(syntax.FieldLeft).Text() == "this."+name {
			return false // this.flush = this.flush.bind(this)
		}
	}
	for n := range f.Body.Descendants() {
		if n.Is(syntax.This) || n.Is(syntax.Super) {
			return true
		}
	}
	return false
}

// calledBare reports a destructured name that is then called as it is.
func calledBare(m *model.Module, part syntax.Node) bool {
	name := part
	if part.Is(syntax.PairPattern) {
		name = part.Child(syntax.FieldValue)
	}
	b := m.Resolve(name)
	if b == nil {
		return false
	}
	for _, use := range m.Uses(b) {
		if use.Parent().Is(syntax.CallExpression) && use.Field() == syntax.FieldFunction {
			return true
		}
	}
	return false
}
