package wrangler

import (
	"fmt"
	"slices"
	"strings"
)

// EditedMigrations says, in sentences, which entries of an earlier state of the file
// are no longer there as they were. A Worker runs each entry once, by its tag: what
// is changed in one that has been deployed does nothing, and one that is gone makes
// the next deploy fail or begin anew.
func EditedMigrations(earlier, now *Config) []string {
	var out []string
	compare := func(where string, before, after []Migration) {
		last := -1
		for _, b := range before {
			at := slices.IndexFunc(after, func(a Migration) bool { return a.Tag == b.Tag })
			if b.Tag == "" {
				continue
			}
			switch {
			case at < 0:
				out = append(out, fmt.Sprintf("%smigrations entry %q, which is committed, is gone; restore it as it was: %s", where, b.Tag, b.effect()))
			case after[at].effect() != b.effect():
				out = append(out, fmt.Sprintf("%s:%d: %smigrations entry %q says other than what is committed; where that has been deployed, the change does nothing. Restore it (%s) and add an entry with a new tag",
					now.Path, after[at].Pos.Line, where, b.Tag, b.effect()))
			case at < last:
				out = append(out, fmt.Sprintf("%s:%d: %smigrations entry %q has moved before one that it followed; leave the order as it was deployed", now.Path, after[at].Pos.Line, where, b.Tag))
			}
			last = max(last, at)
		}
	}
	if now.Lifecycle() != Exports { // moving to exports takes the list away
		compare("", earlier.Migrations, now.Migrations)
	}
	for _, e := range earlier.Envs {
		at := slices.IndexFunc(now.Envs, func(n Env) bool { return n.Name == e.Name })
		if at >= 0 && now.Envs[at].Lifecycle() != Exports {
			compare("env."+e.Name+".", e.Migrations, now.Envs[at].Migrations)
		}
	}
	return out
}

// effect is what an entry does, the same for every way to write it.
func (m Migration) effect() string {
	var parts []string
	add := func(key string, names []string) {
		if len(names) > 0 {
			slices.Sort(names)
			parts = append(parts, key+" "+strings.Join(names, ", "))
		}
	}
	names := func(list []ClassRef) []string {
		var out []string
		for _, c := range list {
			out = append(out, c.Name)
		}
		return out
	}
	add("new_classes", names(m.New))
	add("new_sqlite_classes", names(m.NewSQLite))
	add("deleted_classes", names(m.Deleted))
	var renamed, transferred []string
	for _, r := range m.Renamed {
		renamed = append(renamed, r.From+" to "+r.To)
	}
	for _, t := range m.Transferred {
		transferred = append(transferred, t.From+" of "+t.FromScript+" to "+t.To)
	}
	add("renamed_classes", renamed)
	add("transferred_classes", transferred)
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, "; ")
}
