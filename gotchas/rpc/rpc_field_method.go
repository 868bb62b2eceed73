package rpc

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var rpcFieldMethod = &analysis.Gotcha{
	ID:       "rpc-field-method",
	Title:    "A method written as an arrow-function field cannot be called over RPC",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why:      "RPC looks methods up on the prototype. A field that holds a function belongs to the instance, so the call fails with “The RPC receiver does not implement the method”.",
	Fix:      "Write it as a method: async increment() { … }.",
	Fine: []string{
		"A callback that only the class itself uses.",
	},
	Evidence: []string{
		"Measured on workerd: the error text above for `increment = async () => 1`.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No Durable Object of this file has functions in fields.")
		for _, c := range p.Objects() {
			for _, f := range c.Methods {
				if f.Kind != model.ArrowField || f.Hidden || f.Static {
					continue
				}
				switch called := calledOnStub(p, f.Name); {
				case called != nil:
					p.Error(f.Node, fmt.Sprintf("%s is a field, and line %d calls it through a stub.", f.Name, called.Node.Line()), "")
				case c.Lent || f.Restricted || strings.Contains(c.Node.Text(), "this."+f.Name):
				default:
					p.Advise(f.Node, fmt.Sprintf("%s is a field that nothing in the class uses; through a stub it cannot be called. This is no problem if it is not meant for RPC.", f.Name), "")
				}
			}
			for _, fd := range c.Fields { // this.increment = async () => …
				if c.Has(fd.Name) || fd.Static || p.Module.Eval(fd.Init).Kind != model.FuncValue {
					continue
				}
				if called := calledOnStub(p, fd.Name); called != nil {
					p.Error(fd.Node, fmt.Sprintf("%s is a field, and line %d calls it through a stub.", fd.Name, called.Node.Line()), "")
				}
			}
		}
	},
}

func calledOnStub(p *analysis.Pass, method string) *model.Op {
	for _, op := range p.Module.AllOps(model.OpStub) {
		if op.Method == method {
			return op
		}
	}
	return nil
}
