package wrangler

import (
	"fmt"
	"slices"
)

// rewrite is a new text for one member of a binding.
type rewrite struct {
	binding Binding // as it is in the file
	key, to string
}

// knowsBinding refuses the rename of a binding that no level has.
func (p *planner) knowsBinding(r Rename) error {
	var names []string
	for _, lv := range p.levels {
		for _, b := range lv.bindings {
			names = append(names, b.Name)
		}
	}
	switch {
	case slices.Contains(names, r.From):
		p.warn("every use of env.%s in the code must become env.%s in the same deploy", r.From, r.To)
		return nil
	case slices.Contains(names, r.To):
		return nil
	}
	slices.Sort(names)
	return &RefusedError{
		Reason: fmt.Sprintf("no Durable Object binding in %s is called %s", p.config.Path, r.From),
		Safe:   "name one that is there: " + orNone(slices.Compact(names)),
	}
}

// renameBinding gives a binding of a level its new name; its class, and so the
// data, stays. A level without it needs nothing.
func (p *planner) renameBinding(lv *level, r Rename) error {
	at := slices.IndexFunc(lv.bindings, func(b Binding) bool { return b.Name == r.From })
	if at < 0 {
		return nil
	}
	b := &lv.bindings[at]
	if err := p.nameIsFree(lv, r.To, b.ClassName); err != nil {
		return err
	}
	lv.rewrite = append(lv.rewrite, rewrite{*b, "name", r.To})
	b.Name = r.To
	p.change("the class and its objects stay; only env."+r.From+" gets another name", "rename %sdurable_objects binding %s to %s", lv.label(), r.From, r.To)
	return nil
}
