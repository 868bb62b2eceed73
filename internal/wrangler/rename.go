package wrangler

import "fmt"

// decideRename moves a class to its new name with its data. It returns the
// renamed_classes list for a new migration, or nil if none is needed.
func (p *planner) decideRename(lv *level, r Rename) (*node, error) {
	if p.form == Exports {
		return nil, p.renameByExports(lv, r)
	}
	for _, c := range p.req.Classes {
		if c.Class == r.From {
			return nil, &RefusedError{
				Reason: fmt.Sprintf("class %s is to be renamed to %s and is needed under its old name too", r.From, r.To),
				Safe:   fmt.Sprintf("ask for %s only; if %s is to be a second, new class, add it in a later change, after the rename is deployed", r.To, r.From),
			}
		}
	}
	from, to := lv.states[r.From], lv.states[r.To]
	done := from.RenamedTo == r.To && to.Live
	switch {
	case done:
	case !lv.lifecycle:
		p.retarget(lv, r) // the top level has the entry
		return nil, nil
	default:
		if err := p.canRename(r, from, to); err != nil {
			return nil, err
		}
	}
	p.retarget(lv, r)
	if done {
		return nil, nil
	}
	p.cameByTransfer(from, r.From, "renamed_classes")
	lv.rename(r)
	p.warnOfRename(lv, r)
	return list((&node{}).with("from", text(r.From)).with("to", text(r.To))), nil
}

// canRename refuses a rename that the deploy would refuse.
func (p *planner) canRename(r Rename, from, to ClassState) error {
	switch {
	case !from.Known:
		creates, form := "no migration in "+p.config.Path+" creates it", "migration"
		if p.form == Exports {
			creates, form = "exports in "+p.config.Path+" does not declare it", "entry"
		}
		return &RefusedError{
			Reason: fmt.Sprintf("class %s cannot be renamed: %s", r.From, creates),
			Safe:   fmt.Sprintf("if it was never deployed, change class_name to %s in its binding and ask for the class %s; if it was, restore the %s that created it", r.To, r.To, form),
		}
	case !from.Live:
		reason := fmt.Sprintf("class %s has ended already and cannot be renamed to %s", r.From, r.To)
		if pos := from.ended(); pos.IsSet() {
			reason = p.place(pos) + ": " + reason
		}
		return &RefusedError{Reason: reason, Safe: "rename the class that the history ends with, or ask for a new class"}
	case to.Live:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s exists already, so renaming %s to it fails at the deploy", p.place(to.CreatedAt), r.To, r.From),
			Safe:   fmt.Sprintf("if the entry that creates %s was never deployed, remove %s from it and ask again; if it was, its objects have data of their own: choose another name for the rename, or delete %s first", r.To, r.To, r.To),
		}
	}
	return nil
}

// ended is the place where a class ended.
func (s ClassState) ended() Pos {
	if s.RenamedTo != "" {
		return s.RenamedAt
	}
	return s.DeletedAt
}

// rename carries a rename out in the states of a level.
func (lv *level) rename(r Rename) {
	from := lv.states[r.From]
	lv.states[r.From] = ClassState{Known: true, RenamedTo: r.To}
	lv.states[r.To] = ClassState{Known: true, Live: true, Backend: from.Backend, CreatedAt: from.CreatedAt, RenamedFrom: r.From}
}

func (p *planner) warnOfRename(lv *level, r Rename) {
	if lv.env == "" {
		p.warn("renaming %s: every other Worker that binds to it by script_name must change its class_name to %s", r.From, r.To)
	}
}

// The stages of a rename by exports.
const (
	renameInCode = 1 + iota
	renameInConfig
	renameOutOfCode
	renameOutOfConfig
	renameDone
)

// renameByExports plans the one stage of a rename that is due. What the file and
// the code say tells which have been written, and the request which are deployed.
func (p *planner) renameByExports(lv *level, r Rename) error {
	if !IsExportName(r.To) {
		return &RefusedError{
			Reason: fmt.Sprintf("class %s cannot be renamed to %s by exports: wrangler refuses a renamed_to with other than the letters A to Z", r.From, r.To),
			Safe:   "choose a name of the letters A to Z, digits, $ and _",
		}
	}
	stage, err := p.renameStage(lv, r)
	if err != nil {
		return err
	}
	lv.held[r.From], lv.held[r.To] = true, stage == renameInCode
	if stage >= renameInConfig {
		p.retarget(lv, r)
	}
	switch from := lv.scope.Class(r.From); {
	case stage == renameInConfig && from.Live && lv.lifecycle:
		lv.rename(r)
		lv.renamed = append(lv.renamed, r)
		p.warnOfRename(lv, r)
		p.change("the objects keep their data under the new name; the entry for the old one says so", "declare %[2]s in %[1]sexports in place of %[3]s, and %[3]s as renamed to it", lv.label(), r.To, r.From)
	case stage == renameOutOfConfig && lv.lifecycle:
		lv.undeclare = append(lv.undeclare, r.From)
		delete(lv.states, r.From)
		p.change("the rename is deployed, and the old name is used no more", "remove %sexports entry %s", lv.label(), r.From)
	}
	if stage != renameDone {
		p.show(renameStages(p.workerOf(lv), r, stage, p.req.Deployed))
	}
	return nil
}

func (p *planner) renameStage(lv *level, r Rename) (int, error) {
	from, to := lv.scope.Class(r.From), lv.scope.Class(r.To)
	switch {
	case from.RenamedTo == r.To && to.Live:
		old, _ := p.req.exported(r.From)
		switch {
		case p.req.Deployed < renameInConfig:
			return renameInConfig, nil
		case old || p.req.Deployed < renameOutOfCode:
			if old && p.req.Deployed >= renameOutOfCode {
				p.warn("the code still exports %s; take that out and deploy before its entry goes", r.From)
			}
			return renameOutOfCode, nil
		}
		return renameOutOfConfig, nil
	case !from.Known && to.Live:
		return renameDone, nil
	}
	if err := p.canRename(r, from, to); err != nil {
		return 0, err
	}
	if to.Known {
		return 0, p.hasEnded(lv, r.To)
	}
	if p.req.Deployed < renameInCode {
		return renameInCode, nil
	}
	for _, name := range []string{r.From, r.To} {
		if yes, known := p.req.exported(name); known && !yes {
			p.warn("the code does not export %s; it must export both names, and be deployed so, before exports says that %s is renamed", name, r.From)
			return renameInCode, nil
		}
	}
	return renameInConfig, nil
}

// hasEnded refuses a name that exports has an entry for that is not live.
func (p *planner) hasEnded(lv *level, class string) error {
	x := declared(&lv.scope, class)
	return &RefusedError{
		Reason: fmt.Sprintf("%s: exports has a %s entry for class %s", p.place(x.Pos), x.State, class),
		Safe:   "choose another class name; or, once that entry is deployed, remove it and then ask for the class anew",
	}
}

// workerOf names the Worker that a level is deployed as.
func (p *planner) workerOf(lv *level) string {
	if lv.scope.Name.Set && lv.scope.Name.Value != "" {
		return lv.scope.Name.Value
	}
	return "this Worker"
}
