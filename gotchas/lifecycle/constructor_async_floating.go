package lifecycle

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var constructorAsyncFloating = &analysis.Gotcha{
	ID:       "constructor-async-floating",
	Title:    "Asynchronous set-up in the constructor is not waited for",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A constructor cannot wait. When the set-up awaits anything but storage, the first request is handled before it is done, " +
		"and sees fields that are still empty.",
	Fix: "Run it in ctx.blockConcurrencyWhile(() => this.init()) when it only uses storage, or keep its promise in a field and await that in every method that needs it.",
	Fine: []string{
		"Set-up that awaits only ctx.storage: the input gate holds the first request back.",
		"Set-up that does not await at all.",
	},
	Evidence: []string{
		"Measured on workerd: the first method saw `ready === false` after such a constructor; with storage awaits only it saw the loaded state.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No constructor of this file starts asynchronous work.")
		for _, c := range p.Objects() {
			if c.Ctor != nil {
				checkFloatingSetUp(p, c)
			}
		}
	},
}

func checkFloatingSetUp(p *analysis.Pass, c *model.Class) {
	for _, op := range c.Ctor.Ops {
		if op.Kind == model.OpCtx && op.Method == "blockConcurrencyWhile" {
			p.Guard(op.Node, "No event is delivered before it is done.")
			continue
		}
		if op.Kind != model.OpInvoke || op.Mode != model.Direct || op.Callee == nil || !op.Callee.Async || op.Path.Within(model.Guard) != nil {
			continue
		}
		name := op.Callee.Name
		if name == "" {
			name = "The async function"
		}
		gate, why := p.Module.FuncGate(op.Callee)
		kept := op.Node.Parent().Is(syntax.AssignmentExpression)
		switch {
		case gate == model.Opens && kept:
			p.Guard(op.Node, "Its promise is kept, so that methods can wait for it.")
		case gate == model.Opens:
			p.Error(op.Node, fmt.Sprintf("%s awaits %s on line %d, so the first request is handled before it is done.", name, analysis.Short(why.Node), why.Node.Line()), "")
		default:
			p.Guard(op.Node, "It awaits only storage, and the input gate holds the first event back.")
		}
	}
}
