package concurrency

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var bcwPerRequest = &analysis.Gotcha{
	ID:       "bcw-per-request",
	Title:    "blockConcurrencyWhile is used as a lock in an ordinary handler",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "Every request then waits for all others: with 5 ms of storage work the object serves about 200 requests a second. " +
		"A throw in the callback resets the object, so one bad request fails everybody's.",
	Fix: "Use one SQL statement or ctx.storage.transactionSync; get followed by put needs no lock at all, since the input gate covers it.",
	Fine: []string{
		"The constructor, for schema set-up.",
		"A rare administrative operation, such as a restore.",
		"Initialisation that runs once, behind a check.",
		"alarm(), which runs rarely and never twice at a time.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (the throughput figure)",
		"Measured on workerd: a throw in the callback resets the object even when the caller catches it.",
	},
	Runbook: "The runbook offers blockConcurrencyWhile as the lock for a read-modify-write. It works, but it is meant for initialisation: it stops the whole object, and a throw in it resets it.",
	Check:   checkBCWPerRequest,
}

// rare are names of operations that may stop the object for a moment.
var rare = regexp.MustCompile(`(?i)init|migrat|setup|start|restore|import|reset|repair|purge|destroy|schema|ready|clean|close|shut`)

func checkBCWPerRequest(p *analysis.Pass) {
	p.NotApplicable("blockConcurrencyWhile is not used.")
	p.Ops(func(c *model.Class, op *model.Op) {
		if op.Kind != model.OpCtx || op.Method != "blockConcurrencyWhile" {
			return
		}
		m := op.Func.Member()
		switch {
		case m == nil:
		case m.Kind == model.Constructor:
			p.Guard(op.Node, "It holds events back only while the object starts.")
		case rare.MatchString(m.Name) || once(op) || wipes(p.Module, op):
			p.Guard(op.Node, "It runs once or rarely, not for every request.")
		case passedOn(p.Module, op) && !usedOften(p.Module, c, m):
			p.Advise(op.Node, fmt.Sprintf("%s stops the whole object while what it is given runs; it is not meant for every request.", m.Name), "")
		case m.Name == "alarm":
			p.Advise(op.Node, "No other event runs meanwhile. Storage needs no such lock.", "")
		default:
			p.Warn(op.Node, fmt.Sprintf("%s stops the whole object for every call. This is no problem if it is called rarely.", m.Name), "")
		}
	})
}

// wipes reports a callback that deletes everything: the end of the object.
func wipes(m *model.Module, op *model.Op) bool {
	f := m.Eval(model.Argument(op.Node, 0)).Func
	if f == nil {
		return false
	}
	for _, inner := range f.Ops {
		if inner.Kind == model.OpStorage && inner.Method == "deleteAll" {
			return true
		}
	}
	return false
}

// passedOn reports a helper that hands on the callback it is given.
func passedOn(m *model.Module, op *model.Op) bool {
	b := m.Resolve(model.Unwrap(model.Argument(op.Node, 0)))
	return b != nil && b.Param != nil
}

// usedOften reports a helper that a method of the class calls which is not there
// for something rare.
func usedOften(m *model.Module, c *model.Class, helper *model.Func) bool {
	for _, op := range m.ClassOps(c) {
		if op.Kind == model.OpInvoke && op.Callee == helper {
			if by := op.Func.Member(); by != nil && by.Kind != model.Constructor && by.Name != "alarm" && !rare.MatchString(by.Name) {
				return true
			}
		}
	}
	return false
}

// once reports a place behind a check of a field: if (!this.loaded) { … }, or after
// if (this.loaded) return.
func once(op *model.Op) bool {
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind == model.Arm && ofObject(p.Cond) {
			return true
		}
	}
	for _, e := range op.Func.Ops {
		if e == op {
			break
		}
		if e.Kind == model.OpReturn && e.Path != nil && e.Path.Kind == model.Arm && e.Path.Exits && ofObject(e.Path.Cond) {
			return true
		}
	}
	return false
}

// ofObject reports a condition on the object itself.
func ofObject(cond syntax.Node) bool {
	for n := range cond.Descendants() {
		if n.Is(syntax.This) {
			return true
		}
	}
	return false
}
