package wrangler

import (
	"fmt"
	"slices"
)

// decideRebind gives a binding another name in every level that has it. Its class,
// and so the data, stays.
func (p *planner) decideRebind(r Rename) error {
	found, done := false, false
	var names []string
	for _, lv := range p.levels {
		for i := range lv.bindings {
			b := &lv.bindings[i]
			names = append(names, b.Name)
			done = done || b.Name == r.To
			if b.Name != r.From {
				continue
			}
			if err := p.nameIsFree(lv, r.To, b.ClassName); err != nil {
				return err
			}
			found = true
			lv.rebind = append(lv.rebind, *b)
			b.Name = r.To
			p.change("the class and its objects stay; only env."+r.From+" gets another name", "rename %sdurable_objects binding %s to %s", lv.label(), r.From, r.To)
		}
	}
	switch {
	case found:
		p.warn("every use of env.%s in the code must become env.%s in the same deploy", r.From, r.To)
	case !done:
		slices.Sort(names)
		return &RefusedError{
			Reason: fmt.Sprintf("no Durable Object binding in %s is called %s", p.config.Path, r.From),
			Safe:   "name one that is there: " + orNone(slices.Compact(names)),
		}
	}
	return nil
}
