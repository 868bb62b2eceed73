package wrangler

import (
	"fmt"
	"slices"
)

// retarget points bindings and containers to the new name of a class. Their own names stay,
// since code uses them.
func (p *planner) retarget(lv *level, r Rename) {
	p.renameContainers(lv, r)
	for i := range lv.bindings {
		b := &lv.bindings[i]
		if b.ClassName != r.From || !lv.own(*b) {
			continue
		}
		lv.rewrite = append(lv.rewrite, rewrite{*b, "class_name", r.To})
		b.ClassName = r.To
		p.change("the class has a new name; the binding keeps its own, which code uses", "point %sdurable_objects binding %s to class %s", lv.label(), b.Name, r.To)
	}
}

// containers are the indexes of the containers of a level that belong to a class.
func (p *planner) containers(lv *level, class string) []int {
	var out []int
	list := p.config.root().at(lv.path("containers")...)
	if list == nil {
		return nil
	}
	for i, c := range list.items {
		if name := c.at("class_name"); name != nil && name.kind == kindString && name.text == class {
			out = append(out, i)
		}
	}
	return out
}

// boxed refuses to end a class here that a container belongs to: wrangler refuses a
// container without a class of this Worker, and which image and instances are to go
// with it is not for this package to say.
func (p *planner) boxed(lv *level, class, what string) error {
	boxes := p.containers(lv, class)
	if x := p.root().at(lv.path("exports", class, "container")...); x != nil && x.kind == kindString {
		if list := p.root().at(lv.path("containers")...); list != nil {
			for i, c := range list.items {
				if name := c.at("name"); name != nil && name.text == x.text && !slices.Contains(boxes, i) {
					boxes = append(boxes, i)
				}
			}
		}
	}
	if len(boxes) == 0 {
		return nil
	}
	at := p.config.text.pos(p.root().at(lv.path("containers")...).items[boxes[0]].start)
	return &RefusedError{
		Reason: fmt.Sprintf("%s: %scontainers[%d] belongs to class %s, which is to be %s; wrangler refuses a container without a class of this Worker", p.place(at), lv.label(), boxes[0], class, what),
		Safe:   "take that container out of the file first, then ask again",
	}
}

// renameContainers lets the containers of a class follow it to its new name.
func (p *planner) renameContainers(lv *level, r Rename) {
	for _, i := range p.containers(lv, r.From) {
		lv.contain = append(lv.contain, containing{i, r.To})
		p.change("a container belongs to the class that it names", "point %scontainers[%d] to class %s", lv.label(), i, r.To)
	}
}

// unbindClass removes the bindings of a class that ends.
func (p *planner) unbindClass(lv *level, class string) {
	for _, b := range slices.Clone(lv.bindings) {
		if b.ClassName == class && lv.own(b) {
			lv.unbind = append(lv.unbind, b)
			lv.bindings = slices.DeleteFunc(lv.bindings, func(x Binding) bool { return x.index == b.index })
			p.change("a binding to a deleted class makes the deploy fail", "remove %sdurable_objects binding %s", lv.label(), b.Name)
		}
	}
	slices.SortFunc(lv.unbind, func(a, b Binding) int { return a.index - b.index })
}

// decideDelete ends a class and its data. It reports whether a lifecycle entry
// is needed for that.
func (p *planner) decideDelete(lv *level, class string) (bool, error) {
	state := lv.states[class]
	switch {
	case state.RenamedTo != "":
		return false, &RefusedError{
			Reason: fmt.Sprintf("%s: class %s was renamed to %s, which has its data now", p.place(state.RenamedAt), class, state.RenamedTo),
			Safe:   fmt.Sprintf("to destroy that data, ask to delete %s", state.RenamedTo),
		}
	case !state.Known && lv.lifecycle:
		return false, &RefusedError{
			Reason: fmt.Sprintf("class %s cannot be deleted: no lifecycle entry in %s creates it", class, p.config.Path),
			Safe:   "give the name that the history has (live now: " + orNone(lv.scope.LiveClasses()) + "); if the class was never deployed, removing its binding and its code is enough",
		}
	}
	if b, gone := lv.scope.GivenAway(class); gone {
		return false, &RefusedError{
			Reason: fmt.Sprintf("%s: class %s is bound at the Worker %s, which has its objects, so there is nothing here to delete", p.place(b.Pos), class, b.ScriptName),
			Safe:   "take the class out of the code; migrations stay as they are. To destroy the data, ask for it in the configuration of " + b.ScriptName,
		}
	}
	if err := p.boxed(lv, class, "deleted"); err != nil {
		return false, err
	}
	p.unbindClass(lv, class)
	if !state.Live || !lv.lifecycle {
		return false, nil
	}
	lv.states[class] = ClassState{Known: true, Backend: state.Backend}
	where := ""
	switch inherits := func(o *level) bool { return o.env != "" && !o.lifecycle }; {
	case lv.env != "":
		where = " of env." + lv.env
	case slices.ContainsFunc(p.levels, inherits):
		where = ", in the environments that share this history too,"
	}
	p.warn("DATA LOSS: the next deploy destroys every %s object%s and all that it stores. This cannot be undone or rolled back. Export the data first; remove the class from the code in the same deploy; Workers that bind to it by script_name must drop their bindings before", class, where)
	p.cameByTransfer(state, class, "deleted_classes")
	if p.form == Exports {
		lv.restate = append(lv.restate, item{class, (&node{}).with("type", text("durable-object")).with("state", text("deleted"))})
		p.change("a class in exports ends by an explicit state", "set %sexports entry %s to state \"deleted\"", lv.label(), class)
	}
	return true, nil
}

// cameByTransfer warns of an entry for a class that came by a transfer, which
// wrangler's own replay of the migrations skips, so that it does not know the class
// (github.com/cloudflare/workers-sdk/issues/15741).
func (p *planner) cameByTransfer(state ClassState, class, key string) {
	if p.form == Migrations && state.TransferredFrom != "" {
		p.warn("%s: class %s came by a transfer. wrangler from 4.131 on does not count that and refuses the deploy: Cannot apply %s migration to non-existent class %s. Deploy this entry with wrangler 4.130", p.place(state.CreatedAt), class, key, class)
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return joined(names)
}
