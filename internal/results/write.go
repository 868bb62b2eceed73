package results

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Overwrite says what Write may do with a file that exists.
type Overwrite int

const (
	// Never refuses with an [ExistsError].
	Never Overwrite = iota
	// Replace writes the new content.
	Replace
	// OnlyIfChanged replaces, and leaves the file alone when it is the same.
	OnlyIfChanged
)

// Written is what Write did.
type Written struct {
	Path   string // relative to the root
	Bytes  int
	Action string // created, replaced or unchanged
}

// Write stores the bytes as they are, whole or not at all: into a temporary file
// beside the name, synced, then renamed over it. A file that is replaced keeps
// its permissions; a symlink is never written through nor replaced. The name is
// a plain file name. A file that is read-only stays.
func (d *Dir) Write(name string, data []byte, mode Overwrite) (Written, error) {
	return d.write(name, data, mode, func() error { return nil })
}

// Edit is Write for a file that was read, and edited: it refuses if the file is not
// what it was then any more. A file that was not there (nil) must not be there now.
func (d *Dir) Edit(name string, was, data []byte) (Written, error) {
	if was == nil {
		return d.Write(name, data, Never)
	}
	return d.write(name, data, Replace, func() error {
		if now, err := d.Read(name); err != nil || !bytes.Equal(now, was) {
			return &PathError{d.at(name) + " was changed by somebody else while its edit was worked out, and nothing was written; ask again", fs.ErrExist}
		}
		return nil
	})
}

// write asks ready just before the file gets its new content.
func (d *Dir) write(name string, data []byte, mode Overwrite, ready func() error) (Written, error) {
	w := Written{Path: d.at(name), Bytes: len(data), Action: "created"}
	if name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
		return w, &PathError{fmt.Sprintf("%q is no file name; deliverables lie in the results directory itself", name), fs.ErrInvalid}
	}
	var perm fs.FileMode // of the file that is replaced; 0 for a new one
	info, err := d.root.root.Lstat(filepath.FromSlash(w.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return w, d.root.explain(w.Path, err)
	case mode == Never:
		return w, &ExistsError{w.Path}
	case info.Mode().Type() == fs.ModeSymlink:
		if _, err := d.root.Stat(w.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return w, err
		}
		return w, &PathError{w.Path + " is a symlink and was left as it is; remove the link, or put the file itself there", fs.ErrExist}
	case !info.Mode().IsRegular():
		return w, &PathError{w.Path + " is there and is not a file; move it away, or choose another results directory", fs.ErrExist}
	default:
		if mode == OnlyIfChanged && info.Size() == int64(len(data)) {
			if old, err := d.Read(name); err == nil && bytes.Equal(old, data) {
				w.Action = "unchanged"
				return w, nil
			}
		}
		if perm, w.Action = info.Mode().Perm(), "replaced"; perm&0o200 == 0 {
			return w, &PathError{w.Path + " is read-only and was left as it is; make it writable and ask again", fs.ErrPermission}
		}
	}
	return w, d.store(w.Path, data, perm, mode, ready)
}

// store writes the temporary file and gives it the name. Permissions of 0 are
// those that the process gives to new files.
func (d *Dir) store(target string, data []byte, perm fs.FileMode, mode Overwrite, ready func() error) error {
	root := d.root.root
	temp := filepath.FromSlash(d.at(".durable-objects-mcp-" + rand.Text() + ".tmp"))
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &PathError{fmt.Sprintf("the results directory %s does not exist, so %s cannot be written; scaffold first, or name the directory that holds the files", d.rel, target), fs.ErrNotExist}
	case err != nil:
		return d.root.explain(target, err)
	}
	defer root.Remove(temp) // what a rename has moved away is no longer there to remove
	_, err = f.Write(data)
	if err == nil && perm != 0 {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return d.root.explain(target, err)
	}
	if err := ready(); err != nil {
		return err
	}
	local := filepath.FromSlash(target)
	if mode != Never {
		return d.root.explain(target, root.Rename(temp, local))
	}
	return d.claim(temp, local, target)
}

// claim gives the temporary file a name that must still be free. A rename would
// take the name from whoever was faster; a link, or an exclusive creation where
// the file system has no links, does not.
func (d *Dir) claim(temp, local, target string) error {
	root := d.root.root
	err := root.Link(temp, local)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrExist) {
		var f *os.File
		if f, err = root.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err == nil {
			f.Close()
			return d.root.explain(target, root.Rename(temp, local))
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return &ExistsError{target}
	}
	return d.root.explain(target, err)
}
