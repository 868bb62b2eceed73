package wrangler

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tailscale/hujson"
)

// movesToExports reports whether the file is to give up its migrations, and
// refuses if that cannot be. A file with exports has done so already.
func (p *planner) movesToExports() (bool, error) {
	if !p.req.MoveToExports {
		return false, nil
	}
	moves, moved := p.config.Lifecycle() == Migrations, p.config.Lifecycle() == Exports
	main := cmp.Or(p.config.Main.Value, p.req.Main)
	for _, e := range p.config.Envs {
		scope := e.inherit(&p.config.Scope)
		moves, moved = moves || e.HasMigrations && scope.Lifecycle() == Migrations, moved || e.HasExports && scope.Lifecycle() == Exports
		if e.HasExports && !e.HasMigrations && scope.Lifecycle() == Migrations {
			return false, &RefusedError{
				Reason: fmt.Sprintf("%s: env.%s has exports of its own, which stand in place of those of the top level, so that its classes would be declared nowhere", p.place(e.ExportsPos), e.Name),
				Safe:   fmt.Sprintf("give env.%s a copy of the top level's migrations first, which changes nothing for it, and ask again", e.Name),
			}
		}
		if e.HasMigrations && e.Main.Set && !samePath(e.Main.Value, main) {
			return false, &RefusedError{
				Reason: fmt.Sprintf("%s: env.%s runs other code (%s) and has migrations of its own; it would inherit exports as well, and wrangler refuses both", p.place(e.MigrationsPos), e.Name, e.Main.Value),
				Safe:   "give that Worker a config of its own first, then ask again",
			}
		}
	}
	r := p.req
	switch {
	case !moves && !moved:
		return false, &RefusedError{
			Reason: p.config.Path + " has no migrations that could be moved to exports",
			Safe:   "ask for the lifecycle form exports instead, which a file without one gets",
		}
	case r.Rename != nil || r.Transfer != nil || r.TransferTo != nil || len(r.Delete) > 0:
		return false, &RefusedError{
			Reason: "moving from migrations to exports and changing classes cannot be one deploy",
			Safe:   "deploy the move by itself first, then ask for the rest",
		}
	}
	return moves, nil
}

// decideMove lists what takes the place of a level's migrations: every class that
// lives at their end, with the storage that it has. Nothing else is done in the same
// change: what is new is told apart from what is there only by what has been
// deployed.
func (p *planner) decideMove(lv *level) error {
	if x := p.config.Exports; lv.env != "" && len(x) > 0 && p.root().at(lv.path("exports")...) == nil {
		return &RefusedError{
			Reason: fmt.Sprintf("%s: %smigrations would become exports of that environment, in place of those of the top level, which it inherits now (%s)", p.place(lv.scope.MigrationsPos), lv.label(), x[0].Class),
			Safe:   fmt.Sprintf("give env.%s its own copy of exports first, which changes nothing for it, and ask again", lv.env),
		}
	}
	live := lv.scope.LiveClasses()
	slices.SortStableFunc(live, func(a, b string) int {
		x, y := lv.scope.Class(a).CreatedAt, lv.scope.Class(b).CreatedAt
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	var said []string
	for _, class := range live {
		if b, gone := lv.scope.GivenAway(class); gone {
			p.warn("%s: class %s is bound at the Worker %s, which has its objects, and is not declared", p.place(b.Pos), class, b.ScriptName)
			continue
		}
		state := lv.scope.Class(class)
		backend := state.Backend
		if backend == "" {
			backend = p.req.other(state.TransferredFrom, lv.cameAs(class)).Backend
		}
		storage := storageOf(backend)
		if backend == "" {
			return &RefusedError{
				Reason: fmt.Sprintf("%s: class %s came by a transfer, so this file does not tell whether it is stored in SQLite, and exports must say so", p.place(state.CreatedAt), class),
				Safe:   fmt.Sprintf("look up in the Worker %s how it was created (new_sqlite_classes: sqlite, new_classes: legacy-kv), and write exports by hand", state.TransferredFrom),
			}
		}
		if boxes := p.containers(lv, class); backend == KV && len(boxes) > 0 {
			return &RefusedError{
				Reason: fmt.Sprintf("%s: class %s is stored in the key-value backend and %scontainers[%d] belongs to it; with exports wrangler refuses such a container", p.place(state.CreatedAt), class, lv.label(), boxes[0]),
				Safe:   "keep migrations, which are fully supported; or give the container to a new class, with SQLite storage, and move when the old one is gone",
			}
		}
		lv.moved = append(lv.moved, item{class, export(storage)})
		said = append(said, class+" ("+storage+")")
	}
	p.unnamed(live)
	for _, b := range lv.bindings {
		if lv.own(b) && !lv.states[b.ClassName].Known {
			p.warn("%s: class %s is bound, but no migration creates it, so it is not declared either; where it is deployed it must have been created, so look for the entry that is missing", p.place(b.Pos), b.ClassName)
		}
	}
	switch {
	case len(said) == 0:
		return &RefusedError{
			Reason: fmt.Sprintf("%s: %smigrations leaves no class alive, so there is nothing to declare", p.place(lv.scope.MigrationsPos), lv.label()),
			Safe:   "remove the list by hand, or ask for the classes that the code has",
		}
	case len(lv.created) > 0:
		return &RefusedError{
			Reason: fmt.Sprintf("moving from migrations to exports and creating %s cannot be one deploy", joined(lv.created)),
			Safe:   "add the new class with a migration and deploy, then move; or move first",
		}
	}
	p.change("exports says what is there, and the deploy compares it with what there was", "replace %[1]smigrations by %[1]sexports of %[2]s", lv.label(), joined(said))
	tags := lv.scope.Migrations
	if len(tags) > 0 {
		p.warn("Deploy %smigrations up to %q before this: what is still to be done of the list, exports does not do", lv.label(), tags[len(tags)-1].Tag)
	}
	if lv.env == "" {
		p.warn("ONE WAY: a Worker that was deployed with exports once cannot go back to migrations, nor be rolled back to a version before. Every class that it has now is listed, so the deploy changes no data; deploy this change by itself, with a wrangler that knows exports (since mid-2026)")
	}
	return nil
}

// unnamed warns of classes that are declared although the request, which lists
// what the code exports, does not have them.
func (p *planner) unnamed(live []string) {
	for _, class := range live {
		named := slices.ContainsFunc(p.req.Classes, func(c ClassNeed) bool { return c.Class == class })
		if !named && len(p.req.Classes) > 0 {
			p.warn("class %s lives by the migrations and is declared, though it was not named: while exports declares it, the code must export it", class)
		}
	}
}

// cameAs is the name that a class had at the Worker which handed it over.
func (lv *level) cameAs(class string) string {
	for _, s := range lv.scope.History() {
		if s.Op == OpTransfer && s.Class == class {
			return s.FromClass
		}
	}
	return class
}

// storageOf is a backend as exports writes it.
func storageOf(backend string) string {
	if backend == KV {
		return "legacy-kv"
	}
	return "sqlite"
}

func export(storage string) *node {
	return (&node{}).with("type", text("durable-object")).with("storage", text(storage))
}

// restate queues other values and names for exports that the file has.
func (p *planner) restate(e *editor, lv *level) {
	if len(lv.restate)+len(lv.renamed) == 0 {
		return
	}
	exports, _ := e.doc.at(lv.path("exports")...)
	obj := exports.value.Value.(*hujson.Object)
	for _, it := range lv.restate {
		m := &obj.Members[member(obj, it.key)]
		it.value.spread = spread(e.doc, m.Value)
		e.keep(m.Name.StartOffset, m.Value.StartOffset, m.Value.EndOffset)
		e.replace(&m.Value, it.value)
	}
	for _, r := range lv.renamed {
		// The entry itself stays, with its storage, container and comments.
		i := member(obj, r.From)
		e.replace(&obj.Members[i].Name, text(r.To))
		tombstone := (&node{spread: e.spreadLike(exports)}).with("type", text("durable-object")).with("state", text("renamed")).with("renamed_to", text(r.To))
		e.insert(exports, i, item{r.From, tombstone})
	}
}

// writeMove queues the replacement of a level's migrations. Their comments stay,
// above what takes their place.
func (p *planner) writeMove(e *editor, lv *level) {
	home, _ := e.doc.at(lv.path()...)
	obj := home.value.Value.(*hujson.Object)
	m := &obj.Members[member(obj, "migrations")]
	e.keep(m.Name.StartOffset, m.Value.StartOffset, m.Value.EndOffset)
	if member(obj, "exports") >= 0 {
		// They are added to it as any class is, and the list goes.
		e.replace(&m.Value, list())
		lv.declare, lv.emptied = append(lv.moved, lv.declare...), true
		return
	}
	declared := &node{spread: e.doc.beginsLine(m.Name.StartOffset)}
	for _, it := range lv.moved {
		declared.with(it.key, it.value)
	}
	e.replace(&m.Name, text("exports"))
	e.replace(&m.Value, declared)
}

// pasteMove writes what becomes of the migrations of a TOML file.
func (p *planner) pasteMove(w *tomlWriter, lv *level) {
	home := w.root.at(lv.path()...)
	if list := home.find("migrations").value; list.origin == byList {
		for i := range list.items {
			w.removeItems(list, []int{i})
		}
	} else {
		w.removeMembers(home, "migrations")
	}
	w.tables(lv.path("exports"), lv.moved)
}
