package wrangler

import (
	"fmt"
	"slices"
)

// decideRename moves a class to its new name with its data. It returns the
// renamed_classes list for a new migration, or nil if none is needed.
func (p *planner) decideRename(lv *level, r Rename) (*node, error) {
	from, to := lv.states[r.From], lv.states[r.To]
	done := from.RenamedTo == r.To && to.Live
	switch {
	case p.form == Exports && !done:
		return nil, &RefusedError{
			Reason: fmt.Sprintf("with exports, renaming %s to %s takes three deploys and cannot be one edit", r.From, r.To),
			Safe: fmt.Sprintf("(1) rename the class in the code, keep the config, add `export { %[2]s as %[1]s }` to the entry point and deploy; "+
				`(2) in exports set "%[1]s": { "type": "durable-object", "state": "renamed", "renamed_to": "%[2]s" }, add "%[2]s": { "type": "durable-object", "storage": "sqlite" }, change class_name in the bindings to %[2]s and deploy; `+
				"(3) remove the entry and the export of %[1]s and deploy", r.From, r.To),
		}
	case done:
	case !lv.lifecycle:
		p.retarget(lv, r) // the top level has the entry
		return nil, nil
	case !from.Known:
		return nil, &RefusedError{
			Reason: fmt.Sprintf("class %s cannot be renamed: no migration in %s creates it", r.From, p.config.Path),
			Safe:   fmt.Sprintf("if it was never deployed, change class_name to %s in its binding and ask for the class %s; if it was, restore the migration that created it", r.To, r.To),
		}
	case !from.Live:
		pos := from.DeletedAt
		if from.RenamedTo != "" {
			pos = from.RenamedAt
		}
		return nil, &RefusedError{
			Reason: fmt.Sprintf("%s: class %s has ended already and cannot be renamed to %s", p.place(pos), r.From, r.To),
			Safe:   "rename the class that the history ends with, or ask for a new class",
		}
	case to.Live:
		return nil, &RefusedError{
			Reason: fmt.Sprintf("%s: class %s exists already, so renaming %s to it fails at the deploy", p.place(to.CreatedAt), r.To, r.From),
			Safe:   fmt.Sprintf("if the entry that creates %s was never deployed, remove %s from it and ask again; if it was, its objects have data of their own: choose another name for the rename, or delete %s first", r.To, r.To, r.To),
		}
	}
	p.retarget(lv, r)
	if done {
		return nil, nil
	}
	lv.states[r.From] = ClassState{Known: true, RenamedTo: r.To}
	lv.states[r.To] = ClassState{Known: true, Live: true, Backend: from.Backend, RenamedFrom: r.From}
	if lv.env == "" {
		p.warn("renaming %s: every other Worker that binds to it by script_name must change its class_name to %s", r.From, r.To)
	}
	return list((&node{}).with("from", text(r.From)).with("to", text(r.To))), nil
}

// retarget points bindings to the new name of a class. Their own names stay,
// since code uses them.
func (p *planner) retarget(lv *level, r Rename) {
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
	if p.form == Exports {
		lv.tombstones = append(lv.tombstones, class)
		p.change("a class in exports ends by an explicit state", "set %sexports entry %s to state \"deleted\"", lv.label(), class)
	}
	return true, nil
}

// decideTransfer takes over a class from another Worker. It returns the
// transferred_classes list for a new migration, or nil if none is needed.
func (p *planner) decideTransfer(lv *level, t Transfer) (*node, error) {
	state := lv.states[t.To]
	switch {
	case p.form == Exports:
		return nil, &RefusedError{
			Reason: fmt.Sprintf("with exports, taking %s over from %s takes four deploys of two Workers and cannot be one edit", t.From, t.FromScript),
			Safe: fmt.Sprintf(`begin here with "%s": { "type": "durable-object", "state": "expecting-transfer", "storage": "sqlite", "transfer_from": "%s" } and deploy; then set the class to "state": "transferred" with "transferred_to" in %s and deploy; then clean up both`,
				t.To, t.FromScript, t.FromScript),
		}
	case !lv.lifecycle || state.Live && state.TransferredFrom == t.FromScript:
		return nil, nil
	case state.Live:
		return nil, &RefusedError{
			Reason: fmt.Sprintf("%s: class %s exists here already, so the transfer fails at the deploy", p.place(state.CreatedAt), t.To),
			Safe:   "transfer to a name that this Worker does not have",
		}
	}
	lv.states[t.To] = ClassState{Known: true, Live: true, TransferredFrom: t.FromScript}
	p.warn("the next deploy of this Worker moves all objects of class %s, with their data, here from Worker %s; from then on that Worker reaches them only by a binding with script_name", t.From, t.FromScript)
	return list((&node{}).with("from", text(t.From)).with("from_script", text(t.FromScript)).with("to", text(t.To))), nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return joined(names)
}
