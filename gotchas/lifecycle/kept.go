package lifecycle

import (
	"regexp"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// otherKeeper reports a field that this gotcha does not judge: sockets, which
// ws-map-in-memory looks after; an instance of a class of its own, which keeps
// what it is told as it likes; and a decorated one, whose decorator does.
func otherKeeper(m *model.Module, c *model.Class, f *own) bool {
	for _, op := range f.changes {
		if op.Kind == model.OpFieldMutate && holdsSocket(m, op) {
			return true
		}
	}
	fd := c.Field(f.name)
	if fd == nil {
		return false
	}
	if strings.Contains(fd.Type.Text(), "WebSocket") || strings.Contains(fd.Init.Text(), "WebSocket") || fd.Node.FirstOf(syntax.Decorator).OK() {
		return true
	}
	for _, t := range []syntax.Node{fd.Type, fd.Init.Child(syntax.FieldTypeArguments)} {
		if holdsHandles.MatchString(t.Text()) {
			return true
		}
		for n := range t.Descendants() {
			if n.Is(syntax.TypeIdentifier) && holdsHandles.MatchString(m.Declaration(n).Text()) {
				return true
			}
		}
	}
	init := model.Unwrap(fd.Init)
	return init.Is(syntax.NewExpression) && handle(m, init)
}

// holdsHandles are types, alone or in a collection, whose values end with the
// memory whatever one does: callbacks, promises, timers, controllers, streams.
var holdsHandles = regexp.MustCompile(`=>|\b(?:Promise|PromiseWithResolvers|AbortController|AbortSignal|Timeout|ReadableStream\w*|WritableStream\w*|TransformStream|WeakMap|WeakSet|WeakRef)\b|typeof set(?:Timeout|Interval)`)

// firstKept is the first change that puts something into the field which is
// neither a reset, nor a handle, nor a promise, nor fetched when missing.
func firstKept(m *model.Module, c *model.Class, f *own) *model.Op {
	for _, op := range f.changes {
		if op.Kind == model.OpFieldMutate {
			if holdsHandle(m, op) {
				continue
			}
			if op.Method == "delete" || op.Method == "clear" || op.Method == "pop" || op.Method == "shift" || op.Method == "splice" {
				continue
			}
			return op
		}
		if op.Method == "??=" || op.Method == "||=" || filledWhenMissing(op, f.name) {
			continue
		}
		if op.Value.OK() && (reset(op.Value) || handle(m, op.Value)) {
			continue
		}
		return op
	}
	return nil
}

// holdsHandle reports a change that puts in an object with a callback, a timer
// or the like: someone who waits.
func holdsHandle(m *model.Module, op *model.Op) bool {
	for arg := range op.Node.Child(syntax.FieldArguments).NamedChildren() {
		object := model.Unwrap(arg)
		if b := m.Resolve(object); b != nil && b.Init.OK() {
			object = model.Unwrap(b.Init)
		}
		if !object.Is(syntax.Object) {
			continue
		}
		for part := range object.NamedChildren() {
			value := part
			if part.Is(syntax.Pair) {
				value = part.Child(syntax.FieldValue)
			}
			if part.Is(syntax.MethodDefinition) || waits[part.Child(syntax.FieldKey).Text()] || waits[part.Text()] || handle(m, value) && !value.Is(syntax.CallExpression, syntax.NewExpression) {
				return true
			}
		}
	}
	return false
}

// waits are what people call the ends of someone who waits.
var waits = map[string]bool{"resolve": true, "reject": true, "callback": true, "controller": true, "timer": true, "timeout": true, "writer": true}

// reset reports a value that clears a field.
func reset(value syntax.Node) bool {
	v := model.Unwrap(value)
	switch v.Text() {
	case "null", "undefined", "false", "0", `""`, "''", "[]", "{}", "new Map()", "new Set()":
		return true
	}
	return v.Is(syntax.String) && startUp.MatchString(v.Text())
}

// startUp are names of the steps of becoming ready, which every instance goes
// through for itself.
var startUp = regexp.MustCompile(`(?i)^["'](?:starting|started|initiali[sz]ing|initiali[sz]ed|loading|loaded|connecting|connected|ready)["']$`)

// handle reports a value that is a tool rather than state: a promise, a timer,
// an instance of a class, a function.
func handle(m *model.Module, value syntax.Node) bool {
	v := model.Unwrap(value)
	switch v.Kind() {
	case syntax.NewExpression:
		switch v.Child(syntax.FieldConstructor).Text() {
		case "Map", "Set", "WeakMap", "WeakSet", "Array", "Date", "Object":
			return false
		}
		return true
	case syntax.ArrowFunction, syntax.FunctionExpression:
		return true
	case syntax.CallExpression:
		if name := v.Child(syntax.FieldFunction).Text(); name == "setTimeout" || name == "setInterval" || name == "drizzle" {
			return true
		}
		if value.Is(syntax.AwaitExpression) {
			return false
		}
		fn := m.Eval(v.Child(syntax.FieldFunction))
		return fn.Kind == model.FuncValue && fn.Func.Async
	}
	if v.Is(syntax.Object) { // { promise, resolve }
		for part := range v.NamedChildren() {
			if key := part.Child(syntax.FieldKey); part.Text() == "resolve" || key.Text() == "resolve" {
				return true
			}
		}
	}
	switch m.Eval(value).Kind {
	case model.ObjectID, model.Ctx, model.Storage, model.SQL, model.SyncKV, model.Env, model.Namespace, model.Stub, model.ORM, model.Socket, model.PairServer, model.Upstream, model.FuncValue:
		return true
	}
	return false
}

// filledWhenMissing reports a write behind a check of the field itself:
// if (!this.rates) this.rates = await load().
func filledWhenMissing(op *model.Op, field string) bool {
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind == model.Arm && asksFor(p.Cond, field) && !op.Node.Is(syntax.UpdateExpression) {
			return true
		}
	}
	// if (this.rates) return this.rates;
	for n := range op.Func.Body.Descendants() {
		if n.Start() >= op.Node.Start() {
			break
		}
		if n.Is(syntax.IfStatement) && asksFor(n.Child(syntax.FieldCondition), field) && n.EndLine() < op.Node.Line() && leavesEarly(n) {
			return true
		}
	}
	return false
}

// asksFor reports a condition that asks whether a field has a value, or is empty.
// One that looks for something in it does not.
func asksFor(cond syntax.Node, field string) bool {
	for n := range cond.Descendants() {
		if !n.Is(syntax.MemberExpression) || n.Text() != "this."+field {
			continue
		}
		up := n.Parent()
		if !up.Is(syntax.MemberExpression) || up.FirstOf(syntax.OptionalChain).OK() {
			return true
		}
		switch up.Child(syntax.FieldProperty).Text() {
		case "length", "size":
			return true
		}
	}
	return false
}

// leavesEarly reports an if whose body is a return.
func leavesEarly(n syntax.Node) bool {
	body := n.Child(syntax.FieldConsequence)
	if body.Is(syntax.StatementBlock) {
		body = body.NamedChild(0)
	}
	return body.Is(syntax.ReturnStatement)
}
