package wrangler

import (
	"fmt"
	"strings"
)

// Handover is a request to give a class away: class From of this Worker becomes To
// of the Worker ToScript.
type Handover struct{ From, ToScript, To string }

// GivenAway returns the binding by which a Worker reaches a class that was its own
// and went to another one. Migrations say nothing of that on the giving side: the
// class lives by them, but what is bound in its place is another Worker's, by the
// same class name or, under another one, by the name that the binding always had.
func (s *Scope) GivenAway(class string) (Binding, bool) {
	if s.Lifecycle() != Migrations || !s.Class(class).Live {
		return Binding{}, false
	}
	var foreign []Binding
	for _, b := range s.Bindings {
		switch {
		case !s.Own(b):
			foreign = append(foreign, b)
		case b.ClassName == class:
			return Binding{}, false
		}
	}
	for _, b := range foreign {
		if b.ClassName == class {
			return b, true
		}
	}
	for _, b := range foreign {
		if !s.Class(b.ClassName).Known && strings.HasPrefix(b.Name, BindingName(class)) {
			return b, true
		}
	}
	return Binding{}, false
}

// findParty finds the level whose Worker takes part in a transfer: the top level, or
// the environment that the request names. It is one alone, because a class can be
// handed over only once, and so none may inherit what is written for it.
func (p *planner) findParty() error {
	r := p.req
	if r.Transfer == nil && r.TransferTo == nil {
		return nil
	}
	p.party = p.levels[0]
	for _, lv := range p.levels {
		if r.Environment != "" && lv.env == r.Environment {
			p.party = lv
		}
	}
	if p.party.fresh {
		return &RefusedError{
			Reason: fmt.Sprintf("the environment %s is to be added and to take part in a transfer; its Worker is not deployed yet", r.Environment),
			Safe:   "ask for the environment first, deploy it, then ask for the transfer",
		}
	}
	for _, other := range r.partners() {
		if other == p.workerOf(p.party) {
			return &RefusedError{
				Reason: fmt.Sprintf("%s is this Worker itself, and a class goes from one Worker to another", other),
				Safe:   "for another name in the same Worker, ask for a rename; else give the name of the other Worker",
			}
		}
	}
	if r.Transfer == nil && p.form != Exports {
		return nil // the giver's migrations stay as they are
	}
	for _, lv := range p.levels {
		if lv.env != "" && !lv.lifecycle && (p.party == lv || p.party.env == "") {
			return p.inheritsTransfer(lv)
		}
	}
	return nil
}

// partners are the other Workers of the transfers that are asked for.
func (r *Request) partners() (out []string) {
	if r.Transfer != nil {
		out = append(out, r.Transfer.FromScript)
	}
	if r.TransferTo != nil {
		out = append(out, r.TransferTo.ToScript)
	}
	return out
}

// inheritsTransfer refuses a transfer that would be written for more than one Worker.
func (p *planner) inheritsTransfer(lv *level) error {
	key := string(p.form)
	own := map[Lifecycle]string{Migrations: "[]", Exports: "{}"}[p.form]
	if v := p.root().at(key); v != nil {
		own = string(v.raw())
	}
	return &RefusedError{
		Reason: fmt.Sprintf("env.%s inherits %s from the top level, so a transfer would be that of two Workers, and whichever is deployed first would get the objects", lv.env, key),
		Safe:   fmt.Sprintf("give env.%s its own %s first, which changes nothing for it, and ask again: %q: %s", lv.env, key, key, own),
	}
}

// root is the tree of the file.
func (p *planner) root() *value {
	if p.config.toml != nil {
		return p.config.toml
	}
	return p.config.json.tree()
}

// decideTransfer takes over a class from another Worker. It returns the
// transferred_classes list for a new migration, or nil if none is needed.
func (p *planner) decideTransfer(lv *level, t Transfer) (*node, error) {
	if p.form == Exports {
		return nil, p.takeByExports(lv, t)
	}
	p.ownBindings(lv, t)
	h, now := handover{t.FromScript, p.workerOf(lv), t.From, t.To, p.form}, 1
	switch state := lv.states[t.To]; {
	case state.Live && state.TransferredFrom == t.FromScript:
		if p.req.Deployed >= now {
			now = 2
		}
		p.show(h.stages(now, p.req.Deployed))
		return nil, nil
	case state.Live:
		return nil, &RefusedError{
			Reason: fmt.Sprintf("%s: class %s exists here already, so the transfer fails at the deploy", p.place(state.CreatedAt), t.To),
			Safe:   "transfer to a name that this Worker does not have",
		}
	}
	p.show(h.stages(now, 0))
	lv.states[t.To] = ClassState{Known: true, Live: true, TransferredFrom: t.FromScript}
	p.warn("the next deploy of this Worker moves all objects of class %s, with their data, here from Worker %s; from then on that Worker reaches them only by a binding with script_name", t.From, t.FromScript)
	return list((&node{}).with("from", text(t.From)).with("from_script", text(t.FromScript)).with("to", text(t.To))), nil
}

// ownBindings makes the bindings that reached a class at the other Worker those of
// the own class.
func (p *planner) ownBindings(lv *level, t Transfer) {
	for i := range lv.bindings {
		b := &lv.bindings[i]
		if lv.own(*b) || b.ScriptName != t.FromScript || b.ClassName != t.From {
			continue
		}
		lv.rewrite = append(lv.rewrite, rewrite{*b, "script_name", ""})
		if b.Environment != "" {
			lv.rewrite = append(lv.rewrite, rewrite{*b, "environment", ""})
		}
		if b.ClassName != t.To {
			lv.rewrite = append(lv.rewrite, rewrite{*b, "class_name", t.To})
		}
		b.ScriptName, b.Environment, b.ClassName = "", "", t.To
		p.change("the class is this Worker's own from now on", "point %sdurable_objects binding %s to the own class %s", lv.label(), b.Name, t.To)
	}
}

// awayBindings makes the bindings of a class those of the Worker that has it now.
func (p *planner) awayBindings(lv *level, h Handover) (changed bool) {
	for i := range lv.bindings {
		b := &lv.bindings[i]
		if b.ClassName != h.From || !lv.own(*b) {
			continue
		}
		if b.ClassName != h.To {
			lv.rewrite = append(lv.rewrite, rewrite{*b, "class_name", h.To})
		}
		lv.rewrite = append(lv.rewrite, rewrite{*b, "script_name", h.ToScript})
		b.ScriptName, b.ClassName = h.ToScript, h.To
		p.change("the objects are that Worker's; the binding keeps its name, which code uses", "point %sdurable_objects binding %s to class %s of Worker %s", lv.label(), b.Name, h.To, h.ToScript)
		changed = true
	}
	return changed
}

// The stages of a transfer by exports.
const (
	takerExpects = 1 + iota
	giverCommits
	takerOwns
	giverForgets
	transferDone
)

// takeByExports plans the taker's stage that is due.
func (p *planner) takeByExports(lv *level, t Transfer) error {
	if t.From != t.To {
		return p.keepsName(t.From, t.To)
	}
	h := handover{t.FromScript, p.workerOf(lv), t.From, t.To, p.form}
	state := lv.states[t.To]
	switch {
	case state.Expected && state.TransferredFrom != t.FromScript:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s is expected from Worker %s already", p.place(state.CreatedAt), t.To, state.TransferredFrom),
			Safe:   "remove that entry and deploy, which cancels the transfer, then ask again",
		}
	case state.Expected && p.req.Deployed >= giverCommits:
		lv.settle = append(lv.settle, t.To)
		lv.states[t.To] = ClassState{Known: true, Live: true, Backend: state.Backend, CreatedAt: state.CreatedAt}
		p.ownBindings(lv, t)
		p.change("the objects are here now", "make %sexports entry %s a live one", lv.label(), t.To)
		p.warn("deploy this only after the deploy of %s has reported Transferred (committed): %s → %s. Before, it would cancel the transfer and begin with empty objects, which then stand in its way", t.FromScript, t.From, h.taker)
		p.show(h.stages(takerOwns, p.req.Deployed))
	case state.Expected:
		p.holdExpected(lv, t.To)
		p.show(h.stages(min(p.req.Deployed+1, giverCommits), p.req.Deployed))
	case state.Live && p.req.Deployed < giverCommits:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s is live here already, so a transfer to it is refused at the deploy", p.place(state.CreatedAt), t.To),
			Safe:   fmt.Sprintf("if it came from %s, say with deployed how far the transfer is; if this Worker created it, its objects have data of their own: keep the two apart", t.FromScript),
		}
	case state.Live:
		p.ownBindings(lv, t)
		p.show(h.stages(min(p.req.Deployed+1, giverForgets), p.req.Deployed))
	case state.Known:
		return p.hasEnded(lv, t.To)
	default:
		p.holdExpected(lv, t.To)
		backend := p.backendThere(t)
		lv.states[t.To] = ClassState{Known: true, Live: true, Expected: true, Backend: backend, TransferredFrom: t.FromScript}
		entry := (&node{}).with("type", text("durable-object")).with("state", text("expecting-transfer")).with("storage", text(storageOf(backend))).with("transfer_from", text(t.FromScript))
		lv.declare = append(lv.declare, item{t.To, entry})
		p.change("the other Worker's deploy hands the objects over to a class that is expected", "declare %s in %sexports as expecting-transfer from %s, with %s", t.To, lv.label(), t.FromScript, p.storageThere(t, backend))
		p.show(h.stages(takerExpects, p.req.Deployed))
	}
	return nil
}

// backendThere is the backend of a class at the Worker that hands it over, which the
// class keeps. Where that Worker's configuration does not tell, it says what is assumed.
func (p *planner) backendThere(t Transfer) string {
	o := p.req.other(t.FromScript, t.From)
	if o.Lifecycle != Exports {
		p.warn("%s must declare its classes by exports as well, or nothing is handed over%s", t.FromScript, map[bool]string{true: "; " + o.Place + " has migrations"}[o.Lifecycle == Migrations])
	}
	if o.Backend != "" {
		return o.Backend
	}
	why := "its configuration was not found here"
	if o.Place != "" {
		why = o.Place + " does not tell"
	}
	p.warn("SQLite storage is assumed for %s of %s, since %s. Look there: if it was created by new_classes, or has \"storage\": \"legacy-kv\", write \"storage\": \"legacy-kv\" in the entry here too, before it is deployed", t.From, t.FromScript, why)
	return SQLite
}

// storageThere names the storage that a class brings, and how that is known.
func (p *planner) storageThere(t Transfer, backend string) string {
	name := map[string]string{SQLite: "SQLite storage", KV: "the key-value storage"}[backend]
	if o := p.req.other(t.FromScript, t.From); o.Backend != "" {
		return name + ", as " + o.Place + " has it"
	}
	return name
}

// holdExpected leaves a class without a binding until its objects are here.
func (p *planner) holdExpected(lv *level, class string) {
	lv.held[class] = true
	for _, b := range lv.bindings {
		if b.ClassName == class && lv.own(b) {
			p.warn("%s: %sdurable_objects binds %s of its own, which leads nowhere until its objects are here; take the binding out until then", p.place(b.Pos), lv.label(), class)
		}
	}
}

// keepsName refuses a transfer by exports to another class name.
func (p *planner) keepsName(from, to string) error {
	return &RefusedError{
		Reason: fmt.Sprintf("with exports, a class keeps its name when it goes to another Worker; %s cannot become %s on the way", from, to),
		Safe:   fmt.Sprintf("transfer it as %s, and ask for the rename to %s when that is done", from, to),
	}
}

// giveAway plans the giver's part of a transfer.
func (p *planner) giveAway(lv *level, h Handover) error {
	both := handover{p.workerOf(lv), h.ToScript, h.From, h.To, p.form}
	lv.held[h.From] = true
	if p.form == Exports {
		return p.giveByExports(lv, h, both)
	}
	state := lv.states[h.From]
	switch {
	case !state.Known:
		return p.nothingToGive(lv, h.From)
	case !state.Live:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s has ended already and cannot be given away", p.place(state.ended()), h.From),
			Safe:   "give the class that the history ends with (live now: " + orNone(lv.scope.LiveClasses()) + ")",
		}
	}
	if err := p.boxed(lv, h.From, "given away"); err != nil {
		return err
	}
	now := 2
	if changed := p.awayBindings(lv, h); !changed && p.req.Deployed >= 2 {
		now = 3
	}
	p.show(both.stages(now, p.req.Deployed))
	if now == 2 {
		p.warn("deploy %s with its transferred_classes first: until then its class %s has no objects of this Worker", h.ToScript, h.To)
	}
	p.staysInCode(lv, h)
	return nil
}

// nothingToGive refuses to give away a class that the file does not know.
func (p *planner) nothingToGive(lv *level, class string) error {
	return &RefusedError{
		Reason: fmt.Sprintf("class %s cannot be given away: no lifecycle entry in %s creates it", class, p.config.Path),
		Safe:   "give the name that the history has (live now: " + orNone(lv.scope.LiveClasses()) + ")",
	}
}

// staysInCode tells of the other Workers of the same code, which keep their objects.
func (p *planner) staysInCode(lv *level, h Handover) {
	for _, o := range p.levels {
		if o == lv {
			continue
		}
		for _, b := range o.bindings {
			if b.ClassName == h.From && o.own(b) {
				p.warn("%sdurable_objects still binds %s of its own: it is another Worker, with other objects, so the class must stay in the code as long as that is so", o.label(), h.From)
				break
			}
		}
	}
}

// giveByExports plans the giver's stage that is due.
func (p *planner) giveByExports(lv *level, h Handover, both handover) error {
	if h.From != h.To {
		return p.keepsName(h.From, h.To)
	}
	state := lv.states[h.From]
	switch {
	case state.Expected:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s is itself expected from Worker %s", p.place(state.CreatedAt), h.From, state.TransferredFrom),
			Safe:   "complete that transfer first",
		}
	case state.Live:
		if err := p.boxed(lv, h.From, "given away"); err != nil {
			return err
		}
		p.awayBindings(lv, h)
		lv.states[h.From] = ClassState{Known: true, TransferredTo: h.ToScript}
		lv.restate = append(lv.restate, item{h.From, (&node{}).with("type", text("durable-object")).with("state", text("transferred")).with("transferred_to", text(h.ToScript))})
		p.change("the deploy hands the objects over", "set %sexports entry %s to state \"transferred\", to %s", lv.label(), h.From, h.ToScript)
		p.warn("deploy %s first, with %s expecting-transfer from %s; without that, this deploy is refused (transferred_pending_not_found)", h.ToScript, h.To, both.giver)
		p.show(both.stages(giverCommits, p.req.Deployed))
	case state.TransferredTo == h.ToScript:
		p.awayBindings(lv, h)
		p.forget(lv, h, both)
	case state.TransferredTo != "":
		return &RefusedError{
			Reason: fmt.Sprintf("class %s was transferred to the Worker %s, not to %s", h.From, state.TransferredTo, h.ToScript),
			Safe:   "ask for the hand-over in that Worker's configuration, once it has the class",
		}
	case state.Known:
		return p.hasEnded(lv, h.From)
	default:
		if !p.boundAt(lv, h) {
			return p.nothingToGive(lv, h.From)
		}
		p.awayBindings(lv, h)
	}
	p.staysInCode(lv, h)
	return nil
}

// forget removes the entry of a class that is gone for good.
func (p *planner) forget(lv *level, h Handover, both handover) {
	if p.req.Deployed < takerOwns {
		p.show(both.stages(max(giverCommits, p.req.Deployed+1), p.req.Deployed))
		return
	}
	p.show(both.stages(giverForgets, p.req.Deployed))
	if yes, known := p.req.exported(h.From); yes && known {
		p.warn("the code still exports %s; take it out, then ask again for the entry to go", h.From)
		return
	}
	lv.undeclare = append(lv.undeclare, h.From)
	delete(lv.states, h.From)
	p.change("the class is another Worker's and gone from the code", "remove %sexports entry %s", lv.label(), h.From)
	p.warn("deploy this only if an earlier deploy has listed %s under Safe to remove from `exports`; otherwise other Workers still bind to it here, and are named there", h.From)
}

// boundAt reports a binding to the class where it went.
func (p *planner) boundAt(lv *level, h Handover) bool {
	for _, b := range lv.bindings {
		if b.ScriptName == h.ToScript && b.ClassName == h.To {
			return true
		}
	}
	return false
}
