package wrangler

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// planner decides what each level of the file needs; write carries it out.
type planner struct {
	req    *Request
	config *Config
	plan   *Plan
	blank  bool // the file says nothing yet: it gets what a new file gets
	st     style
	form   Lifecycle
	moving bool // from migrations to exports
	levels []*level
	party  *level // whose Worker takes part in a transfer
}

// level is the top of the file or an environment, with what is decided for it.
type level struct {
	at    []string // the keys that lead to it
	env   string   // "" for the top
	scope Scope    // with what the level inherits
	fresh bool     // an environment that the file does not have yet

	// bindings and states run ahead of the file: they include what has been
	// decided so far.
	bindings []Binding
	states   map[string]ClassState
	// lifecycle is true if the level has its own lifecycle entries to extend;
	// an environment usually inherits them.
	lifecycle bool

	// held are the classes that a change of several deploys leaves alone for now.
	held map[string]bool

	settings  []item       // keys to add
	bind      []Binding    // bindings to add
	rewrite   []rewrite    // members of bindings that change
	unbind    []Binding    // bindings to remove, by ascending index
	contain   []containing // containers that get another class
	created   []string     // classes to create
	entry     *node        // migration to append
	declare   []item       // exports to add
	renamed   []Rename     // exports that get another key, with a tombstone for the old one
	restate   []item       // exports that get another value
	settle    []string     // expected exports to make live
	undeclare []string     // exports to remove
	moved     []item       // exports that take the place of migrations
	emptied   bool         // migrations is empty now and goes
}

// containing is a container, by its number, with the class that it gets.
type containing struct {
	index int
	class string
}

// path returns the keys that lead from the root to a key of the level.
func (lv *level) path(keys ...string) []string {
	return slices.Concat(lv.at, keys)
}

// label names the level in a sentence, as a prefix of a key.
func (lv *level) label() string {
	if len(lv.at) == 0 {
		return ""
	}
	return strings.Join(lv.at, ".") + "."
}

func (lv *level) bindingAt(doc *document, i int) *hujson.Value {
	c, _ := doc.at(lv.path("durable_objects", "bindings")...)
	return &c.value.Value.(*hujson.Array).Elements[i]
}

func (lv *level) own(b Binding) bool { return lv.scope.Own(b) }

func (p *planner) change(why, what string, args ...any) {
	p.plan.Changes = append(p.plan.Changes, Change{What: fmt.Sprintf(what, args...), Why: why})
}

func (p *planner) warn(format string, args ...any) {
	p.plan.Warnings = append(p.plan.Warnings, fmt.Sprintf(format, args...))
}

// place names a place of the file in a sentence.
func (p *planner) place(pos Pos) string {
	return fmt.Sprintf("%s:%d", p.config.Path, pos.Line)
}

// decide fills the levels, or refuses.
func (p *planner) decide() error {
	for _, problem := range p.config.Problems {
		if problem.blocks {
			return &RefusedError{
				Reason: fmt.Sprintf("%s:%d:%d: %s", p.config.Path, problem.Pos.Line, problem.Pos.Column, problem.Message),
				Safe:   "correct this place first, then ask again; nothing has been changed",
			}
		}
		p.warn("%s:%d:%d: %s", p.config.Path, problem.Pos.Line, problem.Pos.Column, problem.Message)
	}
	if p.config.PagesOutput.Set {
		return &RefusedError{
			Reason: p.place(p.config.PagesOutput.Pos) + ": this is a Pages project (pages_build_output_dir), which cannot implement Durable Object classes",
			Safe:   "put the classes in a Worker with a config of its own, and bind to them from here with script_name",
		}
	}
	p.collectLevels()
	p.addEnvironment(p.req.Environment)
	if err := p.chooseForm(); err != nil {
		return err
	}
	if err := p.findParty(); err != nil {
		return err
	}
	if r := p.req.RenameBinding; r != nil {
		if err := p.knowsBinding(*r); err != nil {
			return err
		}
	}
	if err := p.decideSettings(); err != nil {
		return err
	}
	for _, lv := range p.levels {
		if err := p.decideLevel(lv); err != nil {
			return err
		}
	}
	return p.followInPreviews()
}

// collectLevels finds the levels to work on. An environment with a main of its
// own runs other code, of which the request says nothing.
func (p *planner) collectLevels() {
	main := cmp.Or(p.config.Main.Value, p.req.Main)
	p.levels = []*level{newLevel(p.config.Scope, true)}
	for i := range p.config.Envs {
		e := &p.config.Envs[i]
		if e.Main.Set && !samePath(e.Main.Value, main) {
			p.warn("%s: env.%s runs its own main (%s) and is left alone; plan it separately if its code has the same classes", p.place(e.Pos), e.Name, e.Main.Value)
			continue
		}
		lv := newLevel(e.inherit(&p.config.Scope), false, "env", e.Name)
		lv.lifecycle = lv.scope.Lifecycle() != Exports && e.HasMigrations || lv.scope.Lifecycle() != Migrations && e.HasExports
		lv.env = e.Name
		p.levels = append(p.levels, lv)
	}
}

func newLevel(s Scope, lifecycle bool, at ...string) *level {
	lv := &level{at: at, scope: s, lifecycle: lifecycle, bindings: slices.Clone(s.Bindings), states: map[string]ClassState{}, held: map[string]bool{}}
	maps.Copy(lv.states, s.history.states)
	return lv
}

func samePath(a, b string) bool { return path.Clean(a) == path.Clean(b) }

// chooseForm settles on the lifecycle form, which a config keeps for ever.
func (p *planner) chooseForm() error {
	for _, lv := range p.levels {
		if lv.scope.Lifecycle() == Both {
			return &RefusedError{
				Reason: fmt.Sprintf("%s: %smigrations and %sexports (line %d) are both in force; wrangler refuses a config with both", p.place(lv.scope.MigrationsPos), lv.label(), lv.label(), lv.scope.ExportsPos.Line),
				Safe:   "keep the form that has been deployed so far and remove the other, then ask again",
			}
		}
	}
	moving, err := p.movesToExports()
	if err != nil {
		return err
	}
	p.moving = moving
	have, want := p.config.Lifecycle(), p.req.Lifecycle
	if p.req.MoveToExports {
		want = Exports
	}
	switch {
	case moving:
		p.form = Exports
	case have == None && want == "" && p.config.HasExports: // of other things, to which the classes can be added
		p.form = Exports
	case have == None && want == "":
		p.form = Migrations
	case have == None:
		p.form = want
	case want == "" || want == have:
		p.form = have
	case have == Migrations:
		return &RefusedError{
			Reason: p.place(p.config.MigrationsPos) + ": this config declares its classes by migrations, and exports was asked for; the two exclude each other, and a Worker once deployed with exports cannot go back",
			Safe:   "keep migrations, which are fully supported; or ask for the move to exports itself, in a change of its own",
		}
	default:
		return &RefusedError{
			Reason: p.place(p.config.ExportsPos) + ": this config declares its classes by exports, and migrations was asked for; a Worker once deployed with exports cannot go back",
			Safe:   "leave the form open or ask for exports",
		}
	}
	for _, lv := range p.levels[1:] {
		if have := lv.scope.Lifecycle(); lv.lifecycle && have != None && have != p.form && !p.moving {
			return &RefusedError{
				Reason: fmt.Sprintf("%s: the environment %s declares its classes by %s, the top level by %s; it would inherit the latter and have both, which wrangler refuses", p.config.Path, lv.env, have, p.form),
				Safe:   fmt.Sprintf("ask for the form %s, or declare the classes at the top level in the form of the environment first", have),
			}
		}
	}
	return nil
}

// decideLevel works out one level: first what ends or moves, then what is new.
func (p *planner) decideLevel(lv *level) error {
	var renamed, transferred *node
	var err error
	if r := p.req.RenameBinding; r != nil {
		if err := p.renameBinding(lv, *r); err != nil {
			return err
		}
	}
	if p.req.Rename != nil {
		if renamed, err = p.decideRename(lv, *p.req.Rename); err != nil {
			return err
		}
	}
	var gone []string
	for _, class := range slices.Compact(slices.Sorted(slices.Values(p.req.Delete))) {
		ended, err := p.decideDelete(lv, class)
		if err != nil {
			return err
		}
		if ended {
			gone = append(gone, class)
		}
	}
	if p.req.Transfer != nil && lv == p.party {
		if transferred, err = p.decideTransfer(lv, *p.req.Transfer); err != nil {
			return err
		}
	}
	if h := p.req.TransferTo; h != nil && lv == p.party {
		if err := p.giveAway(lv, *h); err != nil {
			return err
		}
	}
	for _, need := range p.req.Classes {
		if lv.held[need.Class] || p.elsewhere(lv, need.Class) {
			continue
		}
		if err := p.decideClass(lv, need); err != nil {
			return err
		}
	}
	if lv.env != "" {
		p.shareBindings(lv)
	}
	if lv.fresh {
		if err := p.completeEnvironment(lv); err != nil {
			return err
		}
	}
	if p.moving && lv.lifecycle && lv.scope.Lifecycle() == Migrations {
		if err := p.decideMove(lv); err != nil {
			return err
		}
		p.suspectRename(lv)
		return nil
	}
	p.decideEntry(lv, gone, renamed, transferred)
	p.suspectRename(lv)
	return nil
}

// decideEntry gathers all lifecycle changes of a level in one new entry with a
// tag of its own; entries that exist may be applied already and stay as they
// are.
func (p *planner) decideEntry(lv *level, gone []string, renamed, transferred *node) {
	if p.form == Exports {
		for _, class := range lv.created {
			lv.declare = append(lv.declare, item{class, export("sqlite")})
			p.change("the class becomes a namespace with SQLite storage at the next deploy", "declare %s in %sexports, with SQLite storage", class, lv.label())
		}
		return
	}
	if len(lv.created)+len(gone) == 0 && renamed == nil && transferred == nil {
		return
	}
	tags := make([]string, len(lv.scope.Migrations))
	for i, m := range lv.scope.Migrations {
		tags[i] = m.Tag
	}
	tag := nextTag(tags, p.req.Today)
	entry := (&node{}).with("tag", text(tag))
	var what []string
	if len(gone) > 0 {
		entry.with("deleted_classes", texts(gone, p.st.spreadStrings))
		what = append(what, "deletes "+joined(gone))
	}
	if renamed != nil {
		entry.with("renamed_classes", renamed)
		what = append(what, fmt.Sprintf("renames %s to %s", p.req.Rename.From, p.req.Rename.To))
	}
	if transferred != nil {
		entry.with("transferred_classes", transferred)
		what = append(what, fmt.Sprintf("takes over %s from %s", p.req.Transfer.To, p.req.Transfer.FromScript))
	}
	if len(lv.created) > 0 {
		entry.with("new_sqlite_classes", texts(lv.created, p.st.spreadStrings))
		what = append(what, "creates "+joined(lv.created)+" with SQLite storage")
	}
	lv.entry = entry
	why := "a class must be created by a lifecycle entry before it can be bound"
	if len(tags) > 0 {
		why = "applied entries are never edited, so the change is a new entry at the end"
	}
	p.change(why, "append %smigrations entry %q, which %s", lv.label(), tag, strings.Join(what, ", "))
}

// joined lists names in a sentence.
func joined(names []string) string { return strings.Join(names, ", ") }

// decideClass provides a binding and a lifecycle entry for a class.
func (p *planner) decideClass(lv *level, need ClassNeed) error {
	state := lv.states[need.Class]
	switch {
	case state.Live && state.Backend == KV:
		if lv.lifecycle {
			p.warn("%s: %s%s was created with the key-value backend and stays so: no ctx.storage.sql and no point-in-time recovery. The backend cannot be converted; for SQLite, add a new class and move the data in code", p.place(state.CreatedAt), lv.label(), need.Class)
		}
	case state.Live:
	case !lv.lifecycle:
		// Inherited: the top level decides, and has done so by now.
	case state.RenamedTo != "" && !need.Recreate:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s was renamed to %s, which has its data now", p.place(state.RenamedAt), need.Class, state.RenamedTo),
			Safe:   fmt.Sprintf("use %s in the code and here; or choose a name that the history does not have; or, to begin with empty objects under the old name, ask for it to be recreated", state.RenamedTo),
		}
	case p.form == Exports && !p.moving && state.Known:
		return p.hasEnded(lv, need.Class)
	case state.DeletedAt.IsSet() && !need.Recreate:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: class %s is deleted by an earlier migration; its data does not come back", p.place(state.DeletedAt), need.Class),
			Safe:   "choose another class name; or, to begin with empty objects under this name, ask for it to be recreated",
		}
	default:
		if state.Known {
			p.warn("%s%s begins anew with empty objects; what it stored before its end does not come back", lv.label(), need.Class)
		}
		lv.created = append(lv.created, need.Class)
		lv.states[need.Class] = ClassState{Known: true, Live: true, Backend: SQLite}
	}
	return p.decideBinding(lv, need)
}

// elsewhere reports a class that the code still exports although its objects are
// another Worker's, or not here yet, and says so.
func (p *planner) elsewhere(lv *level, class string) bool {
	state := lv.states[class]
	if state.TransferredTo != "" {
		p.warn("class %s was transferred to the Worker %s and gets no binding of its own; once nothing here binds to it any more, take it out of the code", class, state.TransferredTo)
		return true
	}
	if state.Expected {
		p.warn("class %s is expected from Worker %s and gets no binding until its objects are here; ask for the transfer again when they are", class, state.TransferredFrom)
		return true
	}
	if b, gone := lv.scope.GivenAway(class); gone {
		p.warn("%s: class %s is bound at the Worker %s, which has its objects; it gets no binding of its own here, and can be taken out of the code", p.place(b.Pos), class, b.ScriptName)
		return true
	}
	return false
}

// declared returns the exports entry of a class.
func declared(s *Scope, class string) Export {
	for _, x := range s.Exports {
		if x.Class == class {
			return x
		}
	}
	return Export{}
}

// suspectRename warns if a class is created while one that the history has was
// not named: that is what a rename without its migration looks like.
func (p *planner) suspectRename(lv *level) {
	if len(lv.created) == 0 {
		return
	}
	for _, class := range lv.scope.LiveClasses() {
		named := slices.ContainsFunc(p.req.Classes, func(c ClassNeed) bool { return c.Class == class })
		if _, gone := lv.scope.GivenAway(class); !named && !gone && !lv.held[class] && lv.states[class].Live {
			p.warn("class %s is in the history and was not named. If %s is %s under a new name, ask for a rename instead: as a new class it begins with empty objects", class, strings.Join(lv.created, " or "), class)
		}
	}
}
