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
	Title:    "A socket is accepted with more or longer tags than the runtime takes, or again with others",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "acceptWebSocket takes at most 10 distinct tags of at most 256 characters each and throws on more, so the upgrade fails. " +
		"Tags are fixed from then on: a second acceptWebSocket for the same socket throws.",
	Fix: "Tag a socket with what it is looked up by (a user, a channel) and keep everything else, and everything that changes, in the attachment.",
	Fine: []string{
		"Up to ten short tags, and the same tag given twice.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: 11 tags, or one of 257 characters, are refused, and so is a socket that was accepted before.",
		"developers.cloudflare.com/durable-objects/api/state/ (acceptWebSocket)",
	},
	Check: checkTags,
}

func checkTags(p *analysis.Pass) {
	p.NotApplicable("No Durable Object of this file gives tags to its sockets.")
	for _, c := range p.Objects() {
		for _, r := range runs(p.Module, c) {
			for _, s := range r.steps {
				if !accepts(s.Op) || !model.Argument(s.Node, 1).OK() {
					continue
				}
				exposed(p)
				if end, v := socketOf(p.Module, s, model.Argument(s.Node, 0)); handedOver(c, end) || v.Kind == model.Socket && end.binding != nil && end.binding.Each {
					p.Error(s.Node, fmt.Sprintf("%s is accepted already, so this call throws: tags cannot be changed.", analysis.Short(model.Argument(s.Node, 0))),
						"Keep what changes in the attachment: ws.serializeAttachment({ … }).")
					continue
				}
				checkTagList(p, s)
			}
		}
	}
}

func checkTagList(p *analysis.Pass, s model.Step) {
	t := tagList{m: p.Module, step: s, distinct: map[string]bool{}}
	t.add(model.Argument(s.Node, 1), 0)
	switch {
	case t.long.OK():
		text, holes := p.Module.Template(t.long)
		p.Error(t.long, fmt.Sprintf("This tag has at least %d characters; acceptWebSocket throws above %d.", len([]rune(text))-holes, maxTagLength), "")
	case len(t.distinct) > maxTags:
		p.Error(s.Node, fmt.Sprintf("%d tags are given; acceptWebSocket throws above %d.", len(t.distinct), maxTags), "")
	case t.asked.OK():
		p.Warn(s.Node, fmt.Sprintf("There are as many tags as the client names in %s; acceptWebSocket throws above %d.", analysis.Short(t.asked), maxTags),
			fmt.Sprintf("Refuse more than %d, or keep the list in the attachment.", maxTags))
	case !t.open:
		p.Guard(s.Node, "The tags are within the runtime's limits.")
	}
}

// tagList counts the tags of an expression.
type tagList struct {
	m        *model.Module
	step     model.Step
	distinct map[string]bool
	long     syntax.Node // a tag that is too long
	asked    syntax.Node // a list that the client makes
	open     bool        // some elements are not known
}

func (t *tagList) add(list syntax.Node, depth int) {
	list = traced(t.m, t.step, list)
	if depth > 8 {
		t.open = true
		return
	}
	switch list.Kind() {
	case syntax.Array:
		for tag := range list.NamedChildren() {
			if tag.Is(syntax.SpreadElement) {
				t.add(tag.NamedChild(0), depth+1)
				continue
			}
			t.distinct[t.m.Key(tag)] = true
			if text, holes := t.m.Template(tag); len([]rune(text))-holes > maxTagLength {
				t.long = tag
			}
		}
	case syntax.BinaryExpression: // list ?? []
		t.add(list.Child(syntax.FieldLeft), depth+1)
	case syntax.CallExpression:
		object, method := model.Callee(list)
		switch method {
		case "map", "filter", "sort":
			t.add(object, depth+1)
			t.open = t.open || method == "filter"
		case "split", "getAll":
			t.asked, t.open = list, true
		default: // slice cuts it, the rest is not known
			t.open = true
		}
	default:
		t.open = true
	}
}
