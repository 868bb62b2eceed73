package wrangler

import (
	"fmt"
	"slices"
	"time"

	"durable-objects-mcp/internal/lazyregexp"
)

// Request says what a config must provide. The zero values ask for nothing.
type Request struct {
	// Name and Main are written where the file has none; what the file has
	// stays. An empty Name is derived from the first class.
	Name, Main string

	// CompatibilityDate (YYYY-MM-DD) is written where the file has none.
	CompatibilityDate string

	// Today (YYYY-MM-DD) continues migration tags that are dates. If it is
	// empty, such a tag is continued by a suffix.
	Today string

	// Classes are what the code exports and needs a binding and a lifecycle
	// entry for.
	Classes []ClassNeed

	// Rename is a class that has a new name in the code and keeps its data.
	Rename *Rename

	// RenameBinding is a binding that gets another name on env; its class stays.
	RenameBinding *Rename

	// Environment is added where the file has none of that name, with the bindings
	// of the top level. With a transfer, one that is there is the party to it.
	Environment string

	// Transfer is a class that another Worker hands over with its data, to the Worker
	// of the top level or of the Environment, if that is in the file.
	Transfer *Transfer

	// Other tells what the configuration of another Worker says of a class; nil where
	// none is at hand.
	Other func(worker, class string) Other

	// TransferTo is a class that this Worker hands over to another one, in the same
	// way.
	TransferTo *Handover

	// Deployed is the number of the last stage of a rename or transfer that is
	// deployed; see Plan.Stages.
	Deployed int

	// Exported are the names that main exports; nil if they cannot be listed.
	Exported map[string]bool

	// Delete names classes whose objects and data are to be destroyed.
	Delete []string

	// Observability: "" turns it on in new files only, "on" also adds the
	// block to a file that lacks it, "off" leaves it out.
	Observability string

	// Lifecycle is the form for a file that has none yet; "" is Migrations.
	// Asking for another form than the file has is refused.
	Lifecycle Lifecycle

	// MoveToExports replaces migrations by exports, for good.
	MoveToExports bool
}

// Other is a class as the configuration of another Worker has it; the zero value, if
// that was not found.
type Other struct {
	Place     string    // "apps/shop/wrangler.jsonc:12", or the file if it does not have the class
	Lifecycle Lifecycle // of that Worker
	Backend   string    // SQLite, KV, or "" if the file does not tell
}

func (r *Request) other(worker, class string) Other {
	if r.Other == nil {
		return Other{}
	}
	return r.Other(worker, class)
}

// ClassNeed is a class that must work.
type ClassNeed struct {
	Class string

	// Binding is the name on env that the code uses. If it is empty, any
	// binding to the class will do, and a missing one is named by BindingName.
	Binding string

	// Recreate lets a class begin anew, empty, under a name that the history
	// has deleted or renamed away.
	Recreate bool
}

var (
	identifier = lazyregexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$]*$`)
	exportName = lazyregexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)
	workerName = lazyregexp.MustCompile(`^[a-z0-9_][a-z0-9_-]{0,254}$`)
)

// IsWorkerName reports a name that wrangler takes for a Worker.
func IsWorkerName(name string) bool { return workerName.MatchString(name) }

// IsExportName reports a name that wrangler takes as the destination of a rename.
func IsExportName(name string) bool { return exportName.MatchString(name) }

// check refuses a request that no file could satisfy.
func (r *Request) check() error {
	for _, c := range r.Classes {
		if err := checkIdentifier("class", c.Class); err != nil {
			return err
		}
		if c.Binding != "" {
			if err := checkIdentifier("binding", c.Binding); err != nil {
				return err
			}
		}
		if slices.Contains(r.Delete, c.Class) {
			return &RefusedError{
				Reason: fmt.Sprintf("class %s is both needed and to be deleted", c.Class),
				Safe:   "leave it out of one of the two; a class is emptied object by object with ctx.storage.deleteAll(), not by deleting the class",
			}
		}
	}
	for _, class := range r.Delete {
		if err := checkIdentifier("class", class); err != nil {
			return err
		}
	}
	if m := r.Rename; m != nil {
		for _, class := range []string{m.From, m.To} {
			if err := checkIdentifier("class", class); err != nil {
				return err
			}
			if slices.Contains(r.Delete, class) {
				return &RefusedError{
					Reason: fmt.Sprintf("class %s is both to be renamed and to be deleted", class),
					Safe:   "ask for one of the two; to keep the data, rename",
				}
			}
		}
		if m.From == m.To {
			return &RefusedError{Reason: fmt.Sprintf("class %s cannot be renamed to its own name", m.From), Safe: "give the new name as the target, or leave the rename out"}
		}
	}
	if m := r.RenameBinding; m != nil {
		for _, name := range []string{m.From, m.To} {
			if err := checkIdentifier("binding", name); err != nil {
				return err
			}
		}
		if m.From == m.To {
			return &RefusedError{Reason: fmt.Sprintf("binding %s cannot be renamed to its own name", m.From), Safe: "give the new name as the target, or leave the rename out"}
		}
	}
	if r.Environment != "" && !IsWorkerName(r.Environment) {
		return &RefusedError{Reason: fmt.Sprintf("%q is no name for an environment, which becomes part of its Worker's name", r.Environment), Safe: "use lower-case letters, digits and dashes, such as \"staging\""}
	}
	if t := r.Transfer; t != nil {
		if err := r.checkTransfer(t.From, t.To, t.FromScript, "that a class could come from", "give the name of the Worker that has the class now"); err != nil {
			return err
		}
	}
	if t := r.TransferTo; t != nil {
		if err := r.checkTransfer(t.From, t.To, t.ToScript, "that a class could go to", "give the name of the Worker that is to have the class"); err != nil {
			return err
		}
		if r.Transfer != nil || r.Rename != nil {
			return &RefusedError{Reason: fmt.Sprintf("class %s is to be given away, and another rename or transfer is asked for too", t.From), Safe: "ask for one at a time; each takes deploys of its own"}
		}
	}
	if r.Deployed != 0 && r.Rename == nil && r.Transfer == nil && r.TransferTo == nil {
		return &RefusedError{Reason: "a stage is said to be deployed, but not of which change", Safe: "repeat the rename or transfer that it belongs to"}
	}
	if r.Name != "" && !IsWorkerName(r.Name) {
		return &RefusedError{Reason: fmt.Sprintf("%q is no name for a Worker", r.Name), Safe: "use lower-case letters, digits and dashes, such as \"chat-room\""}
	}
	for what, date := range map[string]string{"compatibility date": r.CompatibilityDate, "date of today": r.Today} {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return &RefusedError{Reason: fmt.Sprintf("%q is no %s", date, what), Safe: "give a day as YYYY-MM-DD"}
		}
	}
	switch r.Lifecycle {
	case "", Migrations, Exports:
	default:
		return &RefusedError{Reason: fmt.Sprintf("%q is no form of a lifecycle", r.Lifecycle), Safe: `use "migrations" or "exports", or leave it empty for the file's own form`}
	}
	if r.MoveToExports && r.Lifecycle == Migrations {
		return &RefusedError{Reason: "the move to exports and migrations are both asked for", Safe: "ask for one of the two"}
	}
	switch r.Observability {
	case "", "on", "off":
	default:
		return &RefusedError{Reason: fmt.Sprintf("%q is no choice for observability", r.Observability), Safe: `use "on" or "off", or leave it empty`}
	}
	return nil
}

// checkTransfer refuses names that no transfer could have.
func (r *Request) checkTransfer(from, to, worker, purpose, safe string) error {
	for _, class := range []string{from, to} {
		if err := checkIdentifier("class", class); err != nil {
			return err
		}
		if slices.Contains(r.Delete, class) {
			return &RefusedError{Reason: fmt.Sprintf("class %s is both to be transferred and to be deleted", class), Safe: "ask for one of the two"}
		}
	}
	if !IsWorkerName(worker) {
		return &RefusedError{Reason: fmt.Sprintf("%q is no Worker %s", worker, purpose), Safe: safe}
	}
	return nil
}

func checkIdentifier(what, name string) error {
	if identifier.MatchString(name) {
		return nil
	}
	return &RefusedError{
		Reason: fmt.Sprintf("%q is no name for a %s", name, what),
		Safe:   "use a JavaScript identifier: a letter, $ or _, then letters, digits, $ or _",
	}
}
