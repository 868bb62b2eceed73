package concurrency

import (
	"fmt"
	"regexp"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var bcwReentrantDeadlock = &analysis.Gotcha{
	ID:       "bcw-reentrant-deadlock",
	Title:    "An object holds its own events back while it waits for one that calls it",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "In blockConcurrencyWhile or storage.transaction the object takes no call. When it waits there for another object, and that one calls back, " +
		"each waits for the other: after 30 seconds the runtime resets the object, and every request in progress fails.",
	Fix: "Make the call before or after the exclusive part, and pass what the other object needs as an argument, so that it need not ask back.",
	Fine: []string{
		"The same round trip outside of blockConcurrencyWhile and transactions: a waiting object takes calls.",
		"Another object that calls nobody, or somebody else.",
	},
	Evidence: []string{
		"Measured on workerd: an object that waits for another one inside blockConcurrencyWhile, and is called back by it, is reset after 30 seconds; without blockConcurrencyWhile the same ring returns.",
	},
	Check: checkReentrantDeadlock,
}

func checkReentrantDeadlock(p *analysis.Pass) {
	p.NotApplicable("No exclusive part of an object waits for another object.")
	t := findTargets(p)
	for _, c := range p.Objects() {
		for _, f := range entries(c) {
			for _, s := range p.Module.Expand(f) {
				region := s.Guarded()
				if s.Kind != model.OpStub || region == nil || region.Method == "transactionSync" || s.Detached {
					continue
				}
				switch other := t.class(s.Recv); {
				case itself(s):
					p.Error(s.At(p.Module), fmt.Sprintf("The object calls itself here, inside %s of line %d, and waits for ever: it takes no call meanwhile.", region.Method, region.Node.Line()), "")
				case other == nil:
				default:
					reportCallback(p, t, c, other, s, region)
				}
			}
		}
	}
}

func reportCallback(p *analysis.Pass, t *targets, c, other *model.Class, s model.Step, region *model.Path) {
	back, ok := callsBack(p.Module, t, c, other, s.Method, 0)
	if !ok {
		p.Guard(s.Node, fmt.Sprintf("%s of %s calls nobody back.", s.Method, other.Name))
		return
	}
	message := fmt.Sprintf("%s of line %d waits here for %s.%s, which calls %s on line %d", region.Method, region.Node.Line(), other.Name, s.Method, c.Name, back.Node.Line())
	if ownID.MatchString(s.Node.Child(syntax.FieldArguments).Text()) {
		p.Error(s.At(p.Module), message+" and is told this object's own id: both wait for each other.", "")
		return
	}
	p.Warn(s.At(p.Module), message+": if that is this object, both wait for each other.", "")
}

// itself reports a stub of the object's own id.
func itself(s model.Step) bool {
	for n := range s.Recv.Node.Child(syntax.FieldArguments).Descendants() {
		if n.Is(syntax.MemberExpression) && ownID.MatchString(n.Text()) {
			return true
		}
	}
	return false
}

// ownID is the object's own id or name.
var ownID = regexp.MustCompile(`(ctx|state)\.id\b`)

// callsBack finds a call of the class c in what a method of another class does,
// over at most three objects.
func callsBack(m *model.Module, t *targets, c, other *model.Class, method string, depth int) (*model.Op, bool) {
	f := other.Member(method)
	if f == nil || other == c {
		return nil, false
	}
	for _, s := range m.Expand(f) {
		if s.Kind != model.OpStub || s.Detached {
			continue
		}
		next := t.class(s.Recv)
		if next == c {
			return s.Op, true
		}
		if next != nil && depth < 2 {
			if _, ok := callsBack(m, t, c, next, s.Method, depth+1); ok {
				return s.Op, true
			}
		}
	}
	return nil, false
}
