package lifecycle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var constructorHeavy = &analysis.Gotcha{
	ID:       "constructor-heavy",
	Title:    "The constructor does work that every wake-up has to wait for",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "The constructor runs on every cold start and on every wake from hibernation, before the event that woke the object. " +
		"Network calls and bulk loads in it delay each of them, and a failing server keeps the object from starting at all.",
	Fix: "Keep to the schema, the auto-response and what the sockets carry; load the rest where it is first needed, and fetch in the method that uses it.",
	Fine: []string{
		"Schema migrations, with or without blockConcurrencyWhile.",
		"One small row or key, such as settings.",
		"Work of the first start alone: behind a condition on what is stored, which it stores.",
		"Rebuilding a map from getWebSockets() and their attachments.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/",
	},
	Runbook: "The runbook says keep the constructor light; Cloudflare's rules say set the schema up there. Both hold: schema yes, data no.",
	Check:   checkConstructorHeavy,
}

// small are tables that hold little by nature.
var small = regexp.MustCompile(`(?i)migrat|schema|setting|config|meta|version|state|info|sqlite_master|pragma`)

func checkConstructorHeavy(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file has a constructor, so nothing of its own runs on a wake-up.")
	for _, c := range p.Objects() {
		heavy := loadedByFields(p, c)
		if c.Ctor == nil {
			continue
		}
		starts := startFuncs(p.Module, c)
		steps := p.Module.Expand(c.Ctor)
		for i, s := range steps {
			if s.Mode == model.Later || s.Detached {
				continue
			}
			if onceOnly(p.Module, steps, i) {
				continue
			}
			at := s.Node
			if call := callFrom(c.Ctor, s); call.OK() && (!starts[s.Func] || slices.Contains(c.Entries(), s.Func)) {
				at = call // what it runs may have other callers too
			}
			if s.Kind == model.OpStorage && s.Method == "deleteAll" {
				heavy = true
				p.Error(s.Node, fmt.Sprintf("Each start of %s, every wake from hibernation included, deletes all that it has stored.", c.Name), "Delete in the method or the alarm that ends the object's use.")
			}
			if s.Kind == model.OpTimer && s.Method == "setInterval" {
				heavy = true
				if len(s.Calls) > 0 {
					at = s.Calls[0].Node
				}
				p.Warn(at, fmt.Sprintf("Each start of %s sets this interval going, before anybody needs it, and keeps the object from ever sleeping.", c.Name), "Start it when the first client comes, and stop it when the last one leaves; or use an alarm.")
			}
			if what := load(p.Module, s.Op); what != "" {
				heavy = true
				p.Warn(at, fmt.Sprintf("Each start of %s waits for %s.", c.Name, what), "")
			}
		}
		if !heavy {
			p.Guard(c.Ctor.Node, "It sets up and loads nothing in bulk.")
		}
	}
}

// onceOnly reports a step behind a condition on what is stored, whose arm changes
// what is stored: the first start, or the last one, and not each.
func onceOnly(m *model.Module, steps []model.Step, at int) bool {
	reads := readsBefore(steps, at)
	for _, place := range steps[at].Chain {
		if place.Kind != model.Arm || !place.Cond.OK() || !m.DependsOn(place.Cond, reads...) {
			continue
		}
		for _, s := range steps {
			stores := writesState(s.Op) || s.Kind == model.OpStorage && (s.Method == "delete" || s.Method == "deleteAll")
			if stores && slices.Contains(s.Chain, place) {
				return true
			}
		}
	}
	return false
}

// callFrom is the call inside the constructor that leads to a step, or the zero
// Node for one of the constructor's own.
func callFrom(ctor *model.Func, s model.Step) syntax.Node {
	for i := len(s.Calls) - 1; i >= 0; i-- {
		if at := s.Calls[i].Node; ctor.Node.Contains(at) && at.Is(syntax.CallExpression) {
			return at
		}
	}
	return syntax.Node{}
}

// loadedByFields reports fields whose first value is a bulk load. They are set
// before the constructor's own body runs.
func loadedByFields(p *analysis.Pass, c *model.Class) bool {
	found := false
	for _, f := range c.Fields {
		if f.Static || f.Param || !f.Node.Is(syntax.PublicFieldDefinition) {
			continue
		}
		for n := range f.Init.Descendants() {
			if !n.Is(syntax.CallExpression) || p.Module.FuncAt(n) != nil && f.Init.Contains(p.Module.FuncAt(n).Node) {
				continue // in an arrow function, which runs later
			}
			if what := loadByCall(p.Module, n); what != "" {
				found = true
				p.Warn(n, fmt.Sprintf("Each start of %s waits for %s.", c.Name, what), "")
			}
		}
	}
	return found
}

// loadByCall is load for a call outside of any function.
func loadByCall(m *model.Module, call syntax.Node) string {
	object, method := model.Callee(call)
	op := model.Op{Node: call, Method: method}
	switch m.Eval(object).Kind {
	case model.SQL:
		text, _ := m.Template(model.Argument(call, 0))
		op.Kind, op.SQL = model.OpSQL, model.ParseSQL(text)
	case model.Storage:
		op.Kind = model.OpStorage
	case model.SyncKV:
		op.Kind = model.OpKV
	default:
		if object.OK() || method != "fetch" || m.Resolve(call.Child(syntax.FieldFunction)) != nil {
			return ""
		}
		op.Kind = model.OpFetch
	}
	return load(m, &op)
}

// load names what an operation costs on each start, or "".
func load(m *model.Module, op *model.Op) string {
	switch op.Kind {
	case model.OpFetch:
		return "a fetch"
	case model.OpStub:
		return "another object"
	case model.OpEnv:
		if op.Awaited {
			return "the binding " + op.Name
		}
	case model.OpStorage, model.OpKV:
		options := model.Unwrap(model.Argument(op.Node, 0))
		if op.Method == "list" && (!options.OK() || options.Is(syntax.Object) && !strings.Contains(options.Text(), "limit") && !strings.Contains(options.Text(), "prefix")) {
			return "a list of the whole storage"
		}
	case model.OpSQL:
		if op.SQL == nil {
			return ""
		}
		for _, s := range op.SQL.Statements {
			if s.Verb == "SELECT" && !s.Where && !s.Limit && !s.Aggregate && len(s.Reads) > 0 && !small.MatchString(s.Reads[0]) && !guardedByRow(s) {
				return fmt.Sprintf("all rows of %s", s.Reads[0])
			}
		}
	case model.OpCall:
		if text := op.Node.Child(syntax.FieldFunction).Text(); text == "crypto.subtle.generateKey" {
			return "a new key"
		}
	}
	return ""
}

// guardedByRow reports an aggregate behind other columns.
func guardedByRow(s model.Statement) bool {
	for _, w := range s.Words {
		if w == "COUNT" || w == "MAX" || w == "MIN" || w == "GROUP" {
			return true
		}
	}
	return false
}
