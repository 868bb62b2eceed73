package websockets

import (
	"fmt"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// Both limits are the runtime's own (workerd, src/workerd/api/actor-state.h).
const (
	maxTags      = 10
	maxTagLength = 256
)

var tags = &analysis.Gotcha{
	ID:       "ws-tags",
	Title:    "A socket is accepted with more or longer tags than the runtime takes",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "acceptWebSocket takes at most 10 distinct tags of at most 256 characters each and throws on more, so the upgrade fails. " +
		"Tags are fixed from then on; there is no call that changes them.",
	Fix: "Tag a socket with what it is looked up by (a user, a channel) and keep everything else, and everything that changes, in the attachment.",
	Fine: []string{
		"Up to ten short tags, and the same tag given twice.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: 11 tags, or one of 257 characters, are refused.",
		"developers.cloudflare.com/durable-objects/api/state/ (acceptWebSocket)",
	},
	Check: checkTags,
}

func checkTags(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file gives tags to its sockets.")
	p.Ops(func(c *model.Class, op *model.Op) {
		if !accepts(op) {
			return
		}
		if model.Argument(op.Node, 1).OK() {
			exposed(p)
		}
		list := model.Unwrap(model.Argument(op.Node, 1))
		if b := p.Module.Resolve(list); b != nil && b.Init.OK() && len(b.Path) == 0 && len(b.Writes) == 0 {
			list = model.Unwrap(b.Init)
		}
		if !list.Is(syntax.Array) {
			return
		}
		distinct := map[string]bool{}
		fits := true
		for tag := range list.NamedChildren() {
			if tag.Is(syntax.SpreadElement) {
				fits = false
				continue
			}
			distinct[p.Module.Key(tag)] = true
			text, holes := p.Module.Template(tag)
			if n := len([]rune(text)) - holes; n > maxTagLength {
				fits = false
				p.Error(tag, fmt.Sprintf("This tag has at least %d characters; acceptWebSocket throws above %d.", n, maxTagLength), "")
			}
		}
		if len(distinct) > maxTags {
			fits = false
			p.Error(op.Node, fmt.Sprintf("%d tags are given; acceptWebSocket throws above %d.", len(distinct), maxTags), "")
		}
		if fits {
			p.Guard(op.Node, "The tags are within the runtime's limits.")
		}
	})
}
