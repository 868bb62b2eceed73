package concurrency

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var gateOptOut = &analysis.Gotcha{
	ID:       "gate-opt-out",
	Title:    "A storage call switches off the gate that protects it",
	Severity: analysis.Warning,
	Scope:    analysis.Code,
	Why: "allowConcurrency lets other events run while the read is under way, so a get followed by a put can lose updates again. " +
		"allowUnconfirmed lets the response leave before the write is on disk, so what a client was told can be lost.",
	Fix: "Leave the option out, or say in a comment why its risk is wanted here.",
	Fine: []string{
		"A value that may be lost or overwritten, such as a last-seen time.",
	},
	Evidence: []string{
		"developers.cloudflare.com/durable-objects/api/legacy-kv-storage-api/",
	},
	Check: func(p *analysis.Pass) {
		p.NotApplicable("No storage call opts out of a gate.")
		p.Ops(func(_ *model.Class, op *model.Op) {
			if op.Kind != model.OpStorage {
				return
			}
			for arg := range op.Node.Child(syntax.FieldArguments).NamedChildren() {
				for _, name := range optedOut(p.Module, arg) {
					message := fmt.Sprintf("%s on %s: %s.", name, op.Method, risk[name])
					if name == "noCache" { // costs time, and risks nothing
						p.Advise(arg, message, "")
						continue
					}
					p.Warn(arg, message+" This is no problem where the value may be lost.", "")
				}
			}
		})
	},
}

var risk = map[string]string{
	"allowConcurrency": "other events run while it waits",
	"allowUnconfirmed": "the answer may leave before the write is safe",
	"noCache":          "the value is fetched from the disk each time",
}

// optedOut are the gates that an options argument switches off: an object literal,
// or a variable that holds one and may be changed before.
func optedOut(m *model.Module, arg syntax.Node) []string {
	var out []string
	literals := []syntax.Node{model.Unwrap(arg)}
	if b := m.Resolve(literals[0]); b != nil && literals[0].Is(syntax.Identifier) {
		literals = append(literals, model.Unwrap(b.Init))
		for _, use := range m.Uses(b) {
			member := use.Parent()
			set := member.Parent()
			name := member.Child(syntax.FieldProperty).Text()
			if member.Is(syntax.MemberExpression) && set.Is(syntax.AssignmentExpression) && risk[name] != "" && set.Child(syntax.FieldRight).Is(syntax.True) {
				out = append(out, name)
			}
		}
	}
	for _, l := range literals {
		for pair := range l.NamedChildren() {
			if name := pair.Child(syntax.FieldKey).Text(); risk[name] != "" && pair.Child(syntax.FieldValue).Is(syntax.True) {
				out = append(out, name)
			}
		}
	}
	return out
}
