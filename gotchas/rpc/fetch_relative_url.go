package rpc

import (
	"fmt"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var fetchRelativeURL = &analysis.Gotcha{
	ID:       "fetch-relative-url",
	Title:    "stub.fetch is given a path instead of a whole URL",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "A stub has no base address: stub.fetch(\"/path\") throws “TypeError: Invalid URL” since compatibility date 2021-11-10.",
	Fix:      "Give any absolute URL, such as \"https://object/path\", pass the Request on, or call a method by RPC.",
	Fine: []string{
		"The original request, or a new Request made from one.",
	},
	Evidence: []string{
		"Measured on workerd: the TypeError above.",
		"developers.cloudflare.com/durable-objects/best-practices/create-durable-object-stubs-and-send-requests/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No stub's fetch is called in this file.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpStub || op.Method != "fetch" {
				return
			}
			arg := model.Argument(op.Node, 0)
			switch {
			case isPath(p.Module, arg):
				p.Error(op.Node, fmt.Sprintf("%s is a path, and a stub has no address that it could be relative to.", analysis.Short(arg)), "", absolute(arg)...)
				return
			case isPath(p.Module, requestURL(p.Module, arg)):
				p.Error(op.Node, "This Request is made from a path, and there is no address that it could be relative to.", "")
				return
			}
			p.Guard(op.Node, "It is given a whole URL or a Request.")
		})
	},
}

// absolute puts an origin in front of a path that stands in the call itself.
func absolute(arg syntax.Node) []analysis.Edit {
	text := arg.Text()
	if !arg.Is(syntax.String, syntax.TemplateString) || !strings.HasPrefix(text[1:], "/") {
		return nil
	}
	return []analysis.Edit{analysis.Replace(arg, text[:1]+"https://object"+text[1:])}
}

// requestURL is what a new Request is made from, when an expression is one.
func requestURL(m *model.Module, n syntax.Node) syntax.Node {
	n = model.Unwrap(n)
	if b := m.Resolve(n); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 {
		n = model.Unwrap(b.Init)
	}
	if n.Is(syntax.NewExpression) && n.Child(syntax.FieldConstructor).Text() == "Request" {
		return model.Argument(n, 0)
	}
	return syntax.Node{}
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// isPath reports a text that certainly has no origin: a constant one without a
// scheme, or one that starts with the path of a URL.
func isPath(m *model.Module, n syntax.Node) bool {
	n = model.Unwrap(n)
	if !n.OK() {
		return false
	}
	text, holes := m.Template(n)
	switch {
	case strings.HasPrefix(text, "/"):
		return true
	case holes == 0:
		return !scheme.MatchString(text)
	case !strings.HasPrefix(text, model.Hole):
		return false // a scheme may come in with the value
	}
	switch n.Kind() {
	case syntax.BinaryExpression:
		return n.Operator() == "+" && isPath(m, n.Child(syntax.FieldLeft))
	case syntax.TemplateString:
		return isPath(m, n.FirstOf(syntax.TemplateSubstitution).NamedChild(0))
	case syntax.MemberExpression:
		return n.Child(syntax.FieldProperty).Text() == "pathname"
	case syntax.Identifier:
		b := m.Resolve(n)
		if b == nil || !b.Init.OK() || len(b.Writes) > 0 {
			return false
		}
		if len(b.Path) == 0 {
			return isPath(m, b.Init)
		}
		return b.Path[0] == "pathname" && model.Unwrap(b.Init).Child(syntax.FieldConstructor).Text() == "URL"
	}
	return false
}
