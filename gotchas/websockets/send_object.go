package websockets

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sendObject = &analysis.Gotcha{
	ID:       "ws-send-object",
	Title:    "An object is sent without JSON.stringify and arrives as \"[object Object]\"",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "send() takes a string or bytes. Anything else is turned into a string without an error, " +
		"so the client receives the text \"[object Object]\".",
	Fix: "Send JSON.stringify(value).",
	Fine: []string{
		"Strings, ArrayBuffers and typed arrays.",
		"send on something that is not a socket, such as a queue or a mail binding.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: ws.send({ … }) sends \"[object Object]\" and raises no error.",
	},
	Check: checkSendObject,
}

func checkSendObject(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file sends on a WebSocket.")
	p.Ops(func(c *model.Class, op *model.Op) {
		if !sends(p.Module, c, op) {
			return
		}
		exposed(p)
		arg := model.Unwrap(model.Argument(op.Node, 0))
		if what := plainObject(p.Module, arg, 0); what != "" {
			var edits []analysis.Edit
			if what == "an object" || what == "an array" || what == "a row" || what == "an array of rows" || strings.HasPrefix(what, "an object of type ") { // a Map, a Set or an Error would become "{}"
				edits = analysis.Wrap(model.Argument(op.Node, 0), "JSON.stringify(", ")")
			}
			p.Error(op.Node, fmt.Sprintf("%s is %s, which send() turns into a useless string.", analysis.Short(arg), what),
				fmt.Sprintf("Write %s.send(JSON.stringify(%s)).", analysis.Short(receiver(op)), analysis.Short(arg)), edits...)
			return
		}
		if _, method := model.Callee(arg); method == "stringify" {
			p.Guard(op.Node, "The value is sent as JSON text.")
		}
	})
	for _, c := range p.Objects() {
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if sends(p.Module, c, s.Op) {
					checkPassed(p, s)
				}
			}
		}
	}
}

func sends(m *model.Module, c *model.Class, op *model.Op) bool {
	return op.Method == "send" && (op.Kind == model.OpSocket || op.Kind == model.OpCall && namedSocket(m, c, receiver(op)))
}

// checkPassed reports a parameter that a caller gives an object for.
func checkPassed(p *analysis.Pass, s model.Step) {
	arg := model.Unwrap(model.Argument(s.Node, 0))
	value := traced(p.Module, s, arg)
	if value == arg || p.Module.Resolve(arg) == nil || p.Module.Resolve(arg).Param == nil {
		return
	}
	if what := plainObject(p.Module, value, 0); what != "" {
		p.Error(s.Node, fmt.Sprintf("Line %d gives %s for %s, which send() turns into a useless string.", value.Line(), what, analysis.Short(arg)),
			fmt.Sprintf("Write %s.send(JSON.stringify(%s)).", analysis.Short(receiver(s.Op)), analysis.Short(arg)))
	}
}

// namedSocket reports a variable whose name or type leaves no doubt, for sockets
// that come out of collections without a type, and a framework's connections.
func namedSocket(m *model.Module, c *model.Class, n syntax.Node) bool {
	n = model.Unwrap(n)
	if !n.Is(syntax.Identifier) {
		return false
	}
	switch n.Text() {
	case "ws", "socket", "webSocket", "websocket":
		return true
	}
	b := m.Resolve(n)
	if b == nil || c.Framework == "" {
		return false
	}
	return connectionType.MatchString(b.Type.Text()) ||
		b.Param != nil && b.Index == 0 && b.Param.Class == c && frameworkHandlers[b.Param.Name] || // onMessage(connection, …)
		b.Each && strings.Contains(b.Init.Text(), "getConnections(")
}

var (
	connectionType    = regexp.MustCompile(`^:?\s*Connection\b`)
	frameworkHandlers = map[string]bool{"onConnect": true, "onMessage": true, "onClose": true, "onError": true}
)

// plainObject says what kind of object an expression certainly is, or "".
func plainObject(m *model.Module, n syntax.Node, depth int) string {
	n = model.Unwrap(n)
	if depth > 6 {
		return ""
	}
	switch n.Kind() {
	case syntax.Object:
		return "an object"
	case syntax.Array:
		return "an array"
	case syntax.NewExpression:
		switch ctor := n.Child(syntax.FieldConstructor).Text(); ctor {
		case "Map", "Set", "Date", "Error":
			return "a " + ctor
		}
	case syntax.CallExpression:
		object, method := model.Callee(n)
		if object.OK() && method == "toArray" && m.Eval(object).Kind == model.Cursor {
			return "an array of rows"
		}
		if object.OK() && method == "one" && m.Eval(object).Kind == model.Cursor {
			return "a row"
		}
		if !object.OK() && method == "String" && m.Resolve(n.Child(syntax.FieldFunction)) == nil {
			if what := plainObject(m, model.Argument(n, 0), depth+1); what == "a Date" || what == "a Error" {
				return "" // they have a text of their own
			} else if what != "" {
				return "the text of " + what
			}
			return ""
		}
		if f := m.Eval(n.Child(syntax.FieldFunction)); f.Kind == model.FuncValue {
			return objectType(m, f.Func.Node.Child(syntax.FieldReturnType))
		}
	case syntax.Identifier:
		b := m.Resolve(n)
		switch {
		case b == nil || len(b.Writes) > 0 || len(b.Path) > 0 || b.Each:
		case b.Init.OK():
			return plainObject(m, b.Init, depth+1)
		case b.Param != nil:
			return objectType(m, b.Type)
		}
	}
	return ""
}

// objectType reports an annotation that names an interface of the file or
// spells an object out.
func objectType(m *model.Module, annotation syntax.Node) string {
	t := annotation.NamedChild(0)
	switch t.Kind() {
	case syntax.ObjectType:
		return "an object"
	case syntax.ArrayType:
		return "an array"
	case syntax.PredefinedType:
		if t.Text() == "object" {
			return "an object"
		}
	case syntax.GenericType:
		switch t.Child(syntax.FieldName).Text() {
		case "Record":
			return "an object"
		case "Array":
			return "an array"
		}
	}
	for n := range m.Home(t).OfKind(syntax.InterfaceDeclaration) {
		if n.Child(syntax.FieldName).Text() == t.Text() && t.OK() {
			return "an object of type " + t.Text()
		}
	}
	return ""
}
