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
	Why: "Its error becomes an uncaught rejection in the log while the caller is told that all went well, " +
		"and an eviction or a deploy can cut it off half done.",
	Fix: "Await it. For work that must be delivered, store it and let alarm() deliver it; for work that may be lost, add .catch(…) and say so.",
	Fine: []string{
		"Storage writes without await: the output gate covers them.",
		"blockConcurrencyWhile in the constructor, ws.send, and promises that are kept, returned or given a catch.",
		"A function that writes the stream which the response reads: it must run while the response is sent.",
	},
	Evidence: []string{
		"Measured on workerd: the rejection is only logged, the object lives on, and the caller sees success.",
		"developers.cloudflare.com/workers/best-practices/workers-best-practices/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object starts work without waiting for it.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if !statement(op.Node) || op.Awaited || op.Func.Kind == model.Constructor {
				return
			}
			switch op.Kind {
			case model.OpFetch:
				p.Warn(op.Node, "This fetch is not awaited, so its failure is lost and its end is nobody's business.", "", analysis.Await(op)...)
			case model.OpEnv:
				if asyncBinding[op.Method] {
					p.Warn(op.Node, fmt.Sprintf("%s on %s is not awaited, so its failure is lost.", op.Method, op.Name), "", analysis.Await(op)...)
				}
			case model.OpInvoke:
				if op.Mode != model.Direct || op.Callee == nil || !op.Callee.Async || catches(op.Callee) || pumps(op.Callee) {
					return
				}
				name := op.Callee.Name
				if name == "" {
					name = "This async function"
				}
				gate, why := p.Module.FuncGate(op.Callee)
				switch {
				case gate < model.MayOpen:
				case why == nil:
					p.Warn(op.Node, fmt.Sprintf("%s waits for something, but is not awaited itself, so its failure is lost.", name), "")
				default:
					p.Warn(op.Node, fmt.Sprintf("%s awaits %s, but is not awaited itself, so its failure is lost.", name, analysis.Short(why.Node)), "")
				}
			}
		})
	},
}

// asyncBinding are methods of bindings that give promises and matter: queues,
// KV, R2, D1, AI, workflows.
var asyncBinding = map[string]bool{"send": true, "sendBatch": true, "put": true, "delete": true, "run": true, "create": true, "batch": true, "fetch": true}

// pumps reports a function written in place that fills a stream.
func pumps(f *model.Func) bool {
	return f.Name == "" && strings.Contains(f.Body.Text(), ".write(")
}

// catches reports a function whose whole body is a try with a catch.
func catches(f *model.Func) bool {
	for s := range f.Body.NamedChildren() {
		if s.Is(syntax.TryStatement) && s.Child(syntax.FieldHandler).OK() {
			return true
		}
	}
	return false
}
