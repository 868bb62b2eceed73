package wrangler

import (
	"bytes"
	"fmt"

	"github.com/tailscale/hujson"
)

// decideMove replaces each list of migrations by an exports entry for every class
// that it leaves alive. Nothing else is done in the same change: what is new is told
// apart from what is there only by what has been deployed.
func (p *planner) decideMove() error {
	r := p.req
	if p.config.Lifecycle() == None {
		return &RefusedError{
			Reason: p.config.Path + " has no migrations that could be moved to exports",
			Safe:   "ask for the lifecycle form exports instead, which a file without one gets",
		}
	}
	if r.Rename != nil || r.Transfer != nil || len(r.Delete) > 0 {
		return &RefusedError{
			Reason: "moving from migrations to exports and changing classes cannot be one deploy",
			Safe:   "deploy the move by itself first, then ask for the rest",
		}
	}
	p.form = Migrations // until it is deployed, the history is what it was
	for _, lv := range p.levels {
		if !lv.lifecycle || !lv.scope.HasMigrations {
			continue
		}
		exports := &node{spread: true}
		for _, class := range lv.scope.LiveClasses() {
			storage := ""
			switch lv.scope.Class(class).Backend {
			case SQLite:
				storage = "sqlite"
			case KV:
				storage = "legacy-kv"
			default:
				return &RefusedError{
					Reason: fmt.Sprintf("%s: class %s came by a transfer, so this file does not tell whether it is stored in SQLite, and exports must say so", p.place(lv.scope.Class(class).CreatedAt), class),
					Safe:   "look at how the Worker that had it created it, and write the exports entries by hand",
				}
			}
			exports.with(class, (&node{}).with("type", text("durable-object")).with("storage", text(storage)))
		}
		if len(exports.keys) == 0 {
			return &RefusedError{
				Reason: fmt.Sprintf("%s: %smigrations leaves no class alive, so there is nothing to declare", p.place(lv.scope.MigrationsPos), lv.label()),
				Safe:   "remove the list by hand, or ask for the classes that the code has",
			}
		}
		lv.move = exports
		p.change("exports says what is there, and the deploy compares it with what there was", "replace %smigrations by %sexports of %s", lv.label(), lv.label(), joined(exports.keys))
	}
	p.warn("ONE WAY: a Worker that was deployed with exports once cannot go back to migrations. Every class that it has now is listed, so the deploy changes no data; deploy this change by itself, with a wrangler that knows exports (since mid-2026)")
	return nil
}

// onlyMoves refuses a move to exports that something else would go with.
func (p *planner) onlyMoves() error {
	for _, lv := range p.levels {
		if lv.move != nil && lv.entry != nil {
			return &RefusedError{
				Reason: fmt.Sprintf("moving from migrations to exports and creating %s cannot be one deploy", joined(lv.created)),
				Safe:   "add the new class with a migration and deploy, then move; or move first",
			}
		}
	}
	return nil
}

// moveExports writes what decideMove decided.
func (p *planner) moveExports(e *editor, lv *level) error {
	home, _ := e.doc.at(lv.path()...)
	obj := home.value.Value.(*hujson.Object)
	m := &obj.Members[member(obj, "migrations")]
	if commented(&m.Value) {
		return fmt.Errorf("there are comments in %smigrations, which would be lost", lv.label())
	}
	e.replace(&m.Name, text("exports"))
	e.replace(&m.Value, lv.move)
	return nil
}

// commented reports comments inside a value.
func commented(v *hujson.Value) bool {
	found := false
	for x := range v.All() {
		inner := x != v
		found = found || inner && bytes.Contains(x.BeforeExtra, []byte("/")) || inner && bytes.Contains(x.AfterExtra, []byte("/"))
		switch c := x.Value.(type) {
		case *hujson.Object:
			found = found || bytes.Contains(c.AfterExtra, []byte("/"))
		case *hujson.Array:
			found = found || bytes.Contains(c.AfterExtra, []byte("/"))
		}
	}
	return found
}
