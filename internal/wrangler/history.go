package wrangler

import (
	"slices"
)

// Op is what one step of a migration does.
type Op string

// The steps of a migration.
const (
	OpCreate   Op = "create"   // new_sqlite_classes, new_classes
	OpDelete   Op = "delete"   // deleted_classes
	OpRename   Op = "rename"   // renamed_classes
	OpTransfer Op = "transfer" // transferred_classes
)

// Backends of a class's storage. A class that came by transfer has neither
// here: only the Worker that it came from tells.
const (
	SQLite = "sqlite"
	KV     = "kv"
)

// Step is one effect of a migration, with the states that it met.
type Step struct {
	Op         Op
	Entry      int    // index into Scope.Migrations
	Tag        string // of that entry
	Pos        Pos
	Class      string     // created, deleted, renamed, or received
	Backend    string     // of a created class
	To         string     // the new name, of a rename
	FromScript string     // the other Worker, of a transfer
	FromClass  string     // the class there
	Before     ClassState // of Class, just before the step
	Target     ClassState // of To, just before the step
}

// ClassState is what a history amounts to for one class.
type ClassState struct {
	Known   bool   // the history mentions the class
	Live    bool   // the class exists at the end of it
	Backend string // SQLite, KV, or "" if the file does not tell

	CreatedAt Pos // what brought the class into being: creation, rename or transfer
	DeletedAt Pos // deletion, if that is how it ended
	RenamedAt Pos // rename away, if that is how it ended

	RenamedFrom     string
	RenamedTo       string
	TransferredFrom string // Worker that the class came, or will come, from
	Expected        bool   // it is still to come (exports only)
	TransferredTo   string // Worker that the class went to (exports only)
}

// history is the replay of a scope.
type history struct {
	steps  []Step
	states map[string]ClassState
}

// Class returns the state of a class after the whole history, in either form.
// The zero state means that no lifecycle entry mentions it.
func (s *Scope) Class(name string) ClassState {
	if s.history == nil {
		return ClassState{}
	}
	return s.history.states[name]
}

// LiveClasses returns the classes that exist after the history, sorted.
func (s *Scope) LiveClasses() []string {
	if s.history == nil {
		return nil
	}
	var out []string
	for name, state := range s.history.states {
		if state.Live {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// History returns the steps of the migrations in the order in which they take
// effect: entry by entry, and within one as wrangler replays it, deletions,
// renames, then creations (transfers, which it skips, before creations). A
// step that could not succeed is in here like any other; Before and Target
// show why it could not.
func (s *Scope) History() []Step {
	if s.history == nil {
		return nil
	}
	return s.history.steps
}

// replay computes the history of a scope. In the (refused) case that both
// forms are present, exports have the last word.
func replay(s *Scope) *history {
	h := &history{}
	if len(s.Migrations)+len(s.Exports) == 0 {
		return h
	}
	h.states = make(map[string]ClassState, len(s.Migrations)+len(s.Exports))
	for i := range s.Migrations {
		m := &s.Migrations[i]
		for _, c := range m.Deleted {
			before := h.step(Step{Op: OpDelete, Entry: i, Tag: m.Tag, Pos: c.Pos, Class: c.Name})
			h.states[c.Name] = ClassState{Known: true, Backend: before.Backend, CreatedAt: before.CreatedAt, DeletedAt: c.Pos}
		}
		for _, r := range m.Renamed {
			before := h.step(Step{Op: OpRename, Entry: i, Tag: m.Tag, Pos: r.Pos, Class: r.From, To: r.To, Target: h.states[r.To]})
			h.states[r.From] = ClassState{Known: true, Backend: before.Backend, CreatedAt: before.CreatedAt, RenamedAt: r.Pos, RenamedTo: r.To}
			h.states[r.To] = ClassState{Known: true, Live: true, Backend: before.Backend, CreatedAt: r.Pos, RenamedFrom: r.From}
		}
		for _, t := range m.Transferred {
			h.step(Step{Op: OpTransfer, Entry: i, Tag: m.Tag, Pos: t.Pos, Class: t.To, FromScript: t.FromScript, FromClass: t.From})
			h.states[t.To] = ClassState{Known: true, Live: true, CreatedAt: t.Pos, TransferredFrom: t.FromScript}
		}
		h.create(i, m.Tag, KV, m.New)
		h.create(i, m.Tag, SQLite, m.NewSQLite)
	}
	for _, x := range s.Exports {
		if x.Type == "durable-object" {
			h.states[x.Class] = x.state()
		}
	}
	return h
}

// step records a step and returns the state of its class before it.
func (h *history) step(s Step) ClassState {
	s.Before = h.states[s.Class]
	h.steps = append(h.steps, s)
	return s.Before
}

func (h *history) create(entry int, tag, backend string, classes []ClassRef) {
	for _, c := range classes {
		before := h.step(Step{Op: OpCreate, Entry: entry, Tag: tag, Pos: c.Pos, Class: c.Name, Backend: backend})
		if before.Live {
			continue // the deploy fails here; what exists stays what it is
		}
		h.states[c.Name] = ClassState{Known: true, Live: true, Backend: backend, CreatedAt: c.Pos}
	}
}

func (x Export) state() ClassState {
	s := ClassState{Known: true}
	switch x.Storage {
	case "sqlite":
		s.Backend = SQLite
	case "legacy-kv":
		s.Backend = KV
	}
	switch x.State {
	case "renamed":
		s.RenamedTo, s.RenamedAt = x.RenamedTo, x.Pos
	case "deleted":
		s.DeletedAt = x.Pos
	case "transferred":
		s.TransferredTo = x.TransferredTo
	case "expecting-transfer":
		s.Live, s.Expected, s.CreatedAt, s.TransferredFrom = true, true, x.Pos, x.TransferFrom
	default:
		s.Live, s.CreatedAt = true, x.Pos
	}
	return s
}
