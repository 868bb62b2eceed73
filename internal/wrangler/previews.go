package wrangler

// followInPreviews carries on in the block "previews" what has been decided for
// bindings that the file has: new names, and the end of a class. Nothing is
// added there, since whether a preview gets an object is its owner's choice.
func (p *planner) followInPreviews() error {
	pv := p.config.Previews
	if pv == nil {
		return nil
	}
	if !pv.HasDurableObjects {
		if len(p.levels[0].bindings) > 0 {
			p.warn("%s: \"previews\" has no durable_objects of its own, so previews run without these bindings; add previews.durable_objects if previews are used", p.place(pv.Pos))
		}
		return nil
	}
	lv := newLevel(pv.Scope, false, "previews")
	lv.scope.Name = p.config.Name
	p.levels = append(p.levels, lv)
	if r := p.req.RenameBinding; r != nil {
		if err := p.renameBinding(lv, *r); err != nil {
			return err
		}
	}
	if r := p.req.Rename; r != nil {
		p.retarget(lv, *r)
	}
	for _, class := range p.req.Delete {
		p.unbindClass(lv, class)
	}
	return nil
}
