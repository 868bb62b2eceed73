package rpc

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
)

var nameUnbounded = &analysis.Gotcha{
	ID:       "name-unbounded",
	Title:    "Whoever sends a request makes up the object's name",
	Severity: analysis.Info,
	Scope:    analysis.Code,
	Why: "Every name gives an object, and an object that stores something stays. A name that comes straight out of a request lets anybody make as many as they like, " +
		"and reach those of others by guessing.",
	Fix: "Check who asks and whether the object should exist (a session, a list of rooms, a signed name), and bound the name's length, before the stub is made.",
	Fine: []string{
		"A public service whose objects are free for all, and that deletes idle ones.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/ (one object for each unit that coordinates)",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No object is named by what a request says.")
		everyOp(p, func(op *model.Op) {
			if op.Kind != model.OpNamespace || op.Method != "getByName" && op.Method != "idFromName" {
				return
			}
			name := model.Argument(op.Node, 0)
			if analysis.FromRequest(p.Module, name) && !strings.Contains(strings.ToLower(op.Func.Body.Text()), "cf-connecting-ip") && !checksCaller(op.Func) && !analysis.Checked(p.Module, op, name) {
				p.Advise(op.Node, fmt.Sprintf("%s is whatever the request says, and no check of the caller is to be seen.", analysis.Short(name)), "")
			}
		})
	},
}

// checksCaller reports a function that seems to ask who is calling, or whether
// the name may be used.
func checksCaller(f *model.Func) bool {
	for ; f != nil; f = f.Outer {
		text := strings.ToLower(f.Body.Text())
		for _, word := range callerChecks {
			if strings.Contains(text, word) {
				return true
			}
		}
	}
	return false
}

// callerChecks are parts of the words by which people check a caller, in lower case.
var callerChecks = []string{"auth", "verif", "session", "token", "permission", "allow", "exist", "jwt", "signed", "secret", "turnstile", ".test(", ".match("}
