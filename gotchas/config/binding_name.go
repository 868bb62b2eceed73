package config

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

var bindingName = &analysis.Gotcha{
	ID:       "cfg-binding-name",
	Title:    "The code uses a namespace under a name that the configuration does not bind",
	Severity: analysis.Error,
	Scope:    analysis.Config,
	Why: "env has exactly the names that the configuration lists. A namespace under another name is undefined, and the first use throws at run time; " +
		"TypeScript sees it only when Env is generated from the configuration.",
	Fix: "Use the binding's name in the code, or change it in the configuration, and run wrangler types.",
	Fine: []string{
		"ctx.exports.Room, which needs no binding.",
		"A binding that only some environments have.",
	},
	Evidence: []string{
		"developers.cloudflare.com/workers/wrangler/configuration/#durable-objects",
	},
	Check: checkBindingName,
}

func checkBindingName(p *analysis.Pass) {
	p.NotApplicable("The code uses no Durable Object namespace of env, and each binding has its own name.")
	problems(p, "durable_objects")
	names := map[string]wrangler.Pos{}
	var durable []string
	for _, l := range levels(p.Config) {
		reportTwice(p, l)
		for _, b := range l.scope.Bindings {
			if _, have := names[b.Name]; !have && b.Name != "" {
				names[b.Name] = place(b.NamePos, b.Pos)
				durable = append(durable, b.Name)
			}
		}
		for _, o := range l.scope.Others {
			names[o.Name] = o.Pos
		}
	}
	for _, m := range p.Modules {
		if model.TestFile(m.Tree.Path) {
			continue
		}
		line := 0 // of the last one that is unbound: room.get(room.idFromName(id)) is one mistake
		for _, f := range m.Funcs {
			for _, op := range f.Ops {
				if !usesNamespace(op) || op.Name == "" || !ofEnv(m, op) {
					continue
				}
				if at, ok := names[op.Name]; ok {
					p.GuardConfig(at, fmt.Sprintf("The code uses this binding in %s, line %d.", m.Tree.Path, op.Node.Line()))
					continue
				}
				if op.Node.Line() != line {
					reportUnbound(p, op, durable)
				}
				line = op.Node.Line()
			}
		}
	}
}

// usesNamespace reports a call that only a namespace has.
func usesNamespace(op *model.Op) bool {
	if op.Kind == model.OpNamespace {
		return true
	}
	switch op.Method {
	case "getByName", "idFromName", "idFromString", "newUniqueId":
		return op.Kind == model.OpEnv && op.Recv.Kind == model.EnvBinding
	}
	return false
}

// ofEnv reports a name that is certainly one of env: not the name of an option that
// holds a namespace, and not env[name], which is known at run time only.
func ofEnv(m *model.Module, op *model.Op) bool {
	at := op.Recv.Node
	if !at.Is(syntax.MemberExpression, syntax.SubscriptExpression) { // const { ROOM } = env
		return op.Name[0] < 'a' || op.Name[0] > 'z'
	}
	if at.Is(syntax.SubscriptExpression) && !model.Unwrap(at.Child(syntax.FieldIndex)).Is(syntax.String) {
		return false
	}
	object := model.Unwrap(at.Child(syntax.FieldObject))
	text := strings.ToLower(strings.TrimRight(object.Text(), "?!"))
	if strings.HasSuffix(text, "env") || strings.HasSuffix(text, "bindings") {
		return true
	}
	b := m.Resolve(object)
	return b != nil && (strings.HasSuffix(b.Type.Text(), "Env") || strings.HasSuffix(b.Type.Text(), "Bindings"))
}

func reportUnbound(p *analysis.Pass, op *model.Op, bound []string) {
	report := p.Error
	if model.TestFile(p.Config.Path) { // the code may be deployed with another one
		report = p.Advise
	}
	if len(bound) == 0 {
		report(op.Node, fmt.Sprintf("env.%s is used as a Durable Object namespace, but %s binds none.", op.Name, p.Config.Path),
			fmt.Sprintf("Add { \"name\": %q, \"class_name\": … } to durable_objects.bindings.", op.Name))
		return
	}
	report(op.Node, fmt.Sprintf("env.%s is used as a Durable Object namespace, but %s binds only %s, so it is undefined at run time.", op.Name, p.Config.Path, strings.Join(bound, ", ")), "")
}

// reportTwice reports names that one level gives to two bindings.
func reportTwice(p *analysis.Pass, l level) {
	seen := map[string]wrangler.Pos{}
	for _, b := range l.scope.Bindings {
		if b.Name == "" {
			continue
		}
		at := place(b.NamePos, b.Pos)
		if first, have := seen[b.Name]; have {
			p.ReportConfig(analysis.Error, at, fmt.Sprintf("The name %s is already taken by the binding on line %d.", b.Name, first.Line), "Give each binding a name of its own.")
			continue
		}
		seen[b.Name] = at
	}
	for _, o := range l.scope.Others {
		if first, have := seen[o.Name]; have {
			p.ReportConfig(analysis.Error, o.Pos, fmt.Sprintf("The name %s of this entry in %s is already taken by the Durable Object binding on line %d.", o.Name, o.Kind, first.Line), "Give each binding a name of its own.")
		}
	}
	vars := make([]string, 0, len(l.scope.VarPos))
	for name := range l.scope.VarPos {
		vars = append(vars, name)
	}
	slices.Sort(vars)
	for _, name := range vars {
		if first, have := seen[name]; have {
			p.ReportConfig(analysis.Error, l.scope.VarPos[name], fmt.Sprintf("The variable %s has the name of the Durable Object binding on line %d.", name, first.Line), "Give each binding a name of its own.")
		}
	}
}
