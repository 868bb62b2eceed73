package config

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var staleTypes = &analysis.Gotcha{
	ID:       "cfg-stale-types",
	Title:    "Env declares a Durable Object namespace that the configuration does not bind",
	Severity: analysis.Warning,
	Scope:    analysis.Config,
	Why: "TypeScript checks the code against Env, not against the configuration. A binding that was renamed or removed compiles as before and is undefined at run time, " +
		"and a new one is not known.",
	Fix: "Run wrangler types after each change of the configuration and use the Env that it writes; wrangler types --check in CI finds what is out of date.",
	Fine: []string{
		"A namespace that is optional in Env, because only some environments bind it.",
		"An Env that names what the configuration binds. Generating it is still safer.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/languages/typescript/",
	},
	Check: checkStaleTypes,
}

func checkStaleTypes(p *analysis.Pass) {
	p.NotApplicable("No reviewed file declares Env itself.")
	bound := map[string]bool{}
	for _, l := range levels(p.Config) {
		for _, b := range l.scope.Bindings {
			bound[b.Name] = true
		}
	}
	if len(bound) == 0 {
		p.NotApplicable("The configuration binds no Durable Object namespace.")
		return
	}
	for _, m := range p.Modules {
		if model.TestFile(m.Tree.Path) || strings.HasSuffix(m.Tree.Path, ".d.ts") {
			continue
		}
		for _, n := range namespacesOfEnv(m) {
			name := n.Child(syntax.FieldName).Text()
			switch {
			case bound[name]:
				p.Guard(n, "Env has the name that the configuration binds.")
			case n.HasToken("?"):
			case m == entry(p) || len(m.Objects()) > 0:
				p.Warn(n, fmt.Sprintf("Env declares the namespace %s, but %s does not bind it, so env.%s is undefined though it compiles.", name, p.Config.Path, name), "")
			default: // several Workers may share the file
				p.Advise(n, fmt.Sprintf("Env declares the namespace %s, but %s does not bind it. This is no problem if another Worker does.", name, p.Config.Path), "")
			}
		}
	}
}

// namespacesOfEnv are the members of a file's bindings type that are declared as
// Durable Object namespaces. The type is one of the usual names, or one that a class
// or a handler is given as its Env.
func namespacesOfEnv(m *model.Module) []syntax.Node {
	var out []syntax.Node
	for n := range m.Tree.Root().NamedChildren() {
		if n.Is(syntax.ExportStatement) {
			n = n.Child(syntax.FieldDeclaration)
		}
		body := n.Child(syntax.FieldBody)
		if n.Is(syntax.TypeAliasDeclaration) {
			body = n.Child(syntax.FieldValue)
		}
		if !n.Is(syntax.InterfaceDeclaration, syntax.TypeAliasDeclaration) || !bindingsType(m, n.Child(syntax.FieldName).Text()) {
			continue
		}
		for p := range body.NamedChildren() {
			typ := strings.TrimSpace(strings.TrimPrefix(p.Child(syntax.FieldType).Text(), ":"))
			if p.Is(syntax.PropertySignature) && strings.HasPrefix(typ, "DurableObjectNamespace") && !strings.Contains(typ, "undefined") {
				out = append(out, p)
			}
		}
	}
	return out
}

func bindingsType(m *model.Module, name string) bool {
	switch name {
	case "Env", "Bindings", "CloudflareBindings", "CloudflareEnv":
		return true
	}
	src := string(m.Tree.Src)
	for _, use := range []string{"DurableObject<" + name + ">", "ExportedHandler<" + name + ">", "WorkerEntrypoint<" + name + ">", "Server<" + name + ">", "Bindings: " + name} {
		if strings.Contains(src, use) {
			return true
		}
	}
	return false
}
