package storage

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlInterpolation = &analysis.Gotcha{
	ID:       "sql-interpolation",
	Title:    "A value is spliced into the text of a SQL statement",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Whoever controls the value controls the statement, and exec runs several statements of one string; an apostrophe in a harmless value already breaks it. " +
		"Each text is also compiled anew instead of being found among the prepared ones.",
	Fix: "Put ? where the value stands and pass the value as a further argument of exec. Names of tables and columns cannot be bound: choose them from a list in the code.",
	Fine: []string{
		"Constants, numbers, and text chosen from constants.",
		"Generated placeholders: ids.map(() => \"?\").join(\", \").",
		"A name that the code has compared with an allow-list.",
		"A pattern that is built as a template and then bound.",
		"Tagged templates such as Agents' this.sql`…`, which bind what is inserted.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#exec (bindings; several statements in one call)",
	},
	Check: checkInterpolation,
}

func checkInterpolation(p *analysis.Pass) {
	execs(p, func(op *model.Op) {
		in := inserter{m: p.Module}
		in.text(model.Argument(op.Node, 0), 0)
		if !in.readable() {
			if text := model.Argument(op.Node, 0); fromRequest(p.Module, text) {
				p.Warn(text, fmt.Sprintf("The whole statement %s comes from a request, so whoever may send it may read and delete everything. This is not a problem behind a check that only its owner passes.", analysis.Short(text)),
					"Let the caller choose among statements that are written here, and bind what it sends.")
			}
			return
		}
		bad := false
		for _, h := range in.holes {
			if in.safe(h.node, 0) {
				continue
			}
			switch {
			case in.escaped(h.node):
				bad = true
				p.Advise(h.node, fmt.Sprintf("%s is escaped by hand; a binding is shorter and cannot be forgotten.", analysis.Short(h.node)), "Write ? in its place, without quotes, and pass the value as an argument of exec.")
			case h.asValue():
				bad = true
				p.Error(h.node, fmt.Sprintf("%s is spliced into the statement as a value.", analysis.Short(h.node)), "Write ? in its place, without quotes, and pass the value as an argument of exec.")
			case fromRequest(p.Module, h.node):
				bad = true
				p.Warn(h.node, fmt.Sprintf("%s comes from a request and becomes part of the statement's text.", analysis.Short(h.node)),
					"Compare it with a list of the allowed names before it is used.")
			case fromCaller(p.Module, h.node):
				bad = true
				p.Advise(h.node, fmt.Sprintf("%s comes from the caller and becomes part of the statement's text; this is not a problem if every caller picks it from constants.", analysis.Short(h.node)),
					"Compare it with a list of the allowed names before it is used.")
			}
		}
		if values, _ := bindings(op); !bad && len(values) > 0 && len(last(op).Params) > 0 {
			p.Guard(op.Node, "The values are bound to placeholders.")
		}
	})
}

// fromCaller reports an expression that holds a text which a method's caller chose.
func fromCaller(m *model.Module, n syntax.Node) bool {
	for id := range n.Descendants() {
		b := m.Resolve(id)
		if b == nil || b.Param == nil || b.Param.Class == nil || b.Param.Hidden || b.Param.Restricted || b.Param.Kind != model.Method {
			continue
		}
		if t := typeOf(m, id); t.Text() == "string" || t.Text() == "any" || t.Text() == "unknown" {
			return true
		}
	}
	return false
}

// fromRequest reports an expression that holds what a client sent: a part of a
// request's URL or headers, or something parsed.
func fromRequest(m *model.Module, n syntax.Node) bool {
	f := m.FuncAt(n)
	if f == nil {
		return false
	}
	for d := range f.Body.Descendants() {
		if d.Is(syntax.CallExpression) && asksRequest(d) && m.DependsOn(n, d) {
			return true
		}
	}
	for _, op := range f.Ops {
		object, method := model.Callee(op.Node)
		parsed := op.Kind == model.OpBody || op.Kind == model.OpCall && object.Text() == "JSON" && method == "parse"
		if parsed && m.DependsOn(n, op.Node) {
			return true
		}
	}
	return false
}

// asksRequest reports a call that gives a text of the request: a query parameter or
// a header, also in the words of Hono.
func asksRequest(call syntax.Node) bool {
	object, method := model.Callee(call)
	on := object.Text()
	switch method {
	case "get", "getAll":
		return strings.HasSuffix(on, "searchParams") || strings.HasSuffix(on, "headers")
	case "query", "param", "header":
		return strings.HasSuffix(on, ".req")
	}
	return false
}
