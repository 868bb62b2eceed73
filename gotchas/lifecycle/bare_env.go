package lifecycle

import (
	"bytes"
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var bareEnvInClass = &analysis.Gotcha{
	ID:       "bare-env-in-class",
	Title:    "A method uses env or ctx, which it does not have",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A Worker's handler is given env and ctx; a method of an object is not. There the name is declared nowhere, " +
		"and the first call of the method throws a ReferenceError.",
	Fix: "Write this.env and this.ctx: the base class keeps what the constructor was given.",
	Fine: []string{
		"import { env } from \"cloudflare:workers\".",
		"The constructor's own parameters, and a local const { env } = this.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/base/ (this.ctx and this.env)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No method of this file uses a bare env or ctx.")
		if bytes.Contains(p.Module.Tree.Src, []byte("declare global")) {
			return // the name may be declared for the whole project
		}
		for _, c := range p.Objects() {
			for n := range c.Node.Descendants() {
				if bare(p.Module, n) {
					p.Error(n, fmt.Sprintf("%s is not declared here, so this line throws a ReferenceError.", n.Text()), fmt.Sprintf("Write this.%s.", strings.Replace(n.Text(), "state", "ctx", 1)))
				}
			}
		}
	},
}

// bare reports an env, ctx or state that is used as what the object was given
// though nothing declares it.
func bare(m *model.Module, n syntax.Node) bool {
	if !n.Is(syntax.Identifier) || m.Resolve(n) != nil {
		return false
	}
	property := ""
	if up := n.Parent(); up.Is(syntax.MemberExpression) && n.Field() == syntax.FieldObject {
		property = up.Child(syntax.FieldProperty).Text()
	}
	switch n.Text() {
	case "env":
		return property != "" || n.Parent().Is(syntax.VariableDeclarator, syntax.Arguments)
	case "ctx":
		return property != "" || n.Parent().Is(syntax.VariableDeclarator)
	case "state":
		if pattern := n.Parent().Child(syntax.FieldName); n.Parent().Is(syntax.VariableDeclarator) && pattern.Is(syntax.ObjectPattern) {
			return strings.Contains(pattern.Text(), "storage")
		}
		return property == "storage" || property == "waitUntil" || property == "getWebSockets" || property == "acceptWebSocket"
	}
	return false
}
