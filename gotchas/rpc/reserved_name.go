package rpc

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var rpcReservedName = &analysis.Gotcha{
	ID:       "rpc-reserved-name",
	Title:    "A method has a name that RPC does not pass on",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Some names mean something else on a stub: dup is refused (“'dup' is a reserved method and cannot be called over RPC”), connect opens a TCP socket, " +
		"and alarm and the webSocket handlers are the platform's to call. A stub that is asked for one never reaches the class.",
	Fix: "Give the method another name; to run an alarm's work on demand, put it into a method that alarm() calls too.",
	Fine: []string{
		"Such a name on a method that only the class itself calls.",
		"fetch, which a stub does pass on.",
	},
	Evidence: []string{
		"Measured on workerd: stub.dup() and stub.alarm() throw the error above, stub.connect(…) gives a Socket and the class's connect is not called.",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No method of this file has a reserved name.")
		everyOp(p, func(op *model.Op) {
			if op.Kind == model.OpStub && refused(p, op.Method) {
				p.Error(op.Node, fmt.Sprintf("%s cannot be called through a stub.", op.Method), "")
			}
		})
		for _, c := range p.Objects() {
			for _, f := range c.Entries() {
				if reserved[f.Name] && c.Framework == "" && !usedInside(p.Module, c, f.Name) {
					p.Warn(f.Node, fmt.Sprintf("%s has another meaning on a stub, so no caller reaches this one. This is no problem if it is not meant for RPC.", f.Name), "")
				}
			}
		}
	},
}

// reserved are names that a stub keeps for itself.
var reserved = map[string]bool{"dup": true, "connect": true, "then": true}

// refused reports a call that a stub does not pass on to the class. connect is
// only meant for the class when an object of the project has one.
func refused(p *analysis.Pass, method string) bool {
	switch method {
	case "dup", "alarm", "webSocketMessage", "webSocketClose", "webSocketError":
		return true
	case "connect":
		for _, m := range p.Modules {
			for _, c := range m.Objects() {
				if c.Framework == "" && c.Has(method) {
					return true
				}
			}
		}
	}
	return false
}
