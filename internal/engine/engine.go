// Package engine is what the tools and the subcommands do, once: each verb
// takes a request, works inside the root, and returns a result that carries the
// same facts as text and as data.
package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/toolchain"
)

// Engine does the work for one root directory. The zero options are useful.
type Engine struct {
	Root      *results.Root
	Toolchain toolchain.Options
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	configuring sync.Mutex // one edit of a configuration at a time
}

func (e *Engine) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

func (e *Engine) today() string { return e.now().UTC().Format("2006-01-02") }

// Result is what every verb returns: the facts as data (the value itself,
// marshalled) and as text.
type Result interface{ Text() string }

// FileChange is one file that a verb wrote, or would write.
type FileChange struct {
	Path   string `json:"path"`
	Bytes  int    `json:"bytes"`
	Action string `json:"action"` // created, replaced, unchanged or planned
}

// write stores a file in the results directory; in a dry run it only says what
// it would do.
func write(d *results.Dir, name string, data []byte, mode results.Overwrite, dry bool) (FileChange, error) {
	if dry {
		return FileChange{Path: path.Join(d.Path(), name), Bytes: len(data), Action: "planned"}, nil
	}
	w, err := d.Write(name, data, mode)
	if err != nil {
		return FileChange{}, err
	}
	return FileChange{Path: w.Path, Bytes: w.Bytes, Action: w.Action}, nil
}

// editFile stores a file whose contents were was, nil for a new one; in a dry run it only
// says what it would do.
func editFile(d *results.Dir, name string, was, data []byte, dry bool) (FileChange, error) {
	if dry {
		return write(d, name, data, results.Replace, dry)
	}
	w, err := d.Edit(name, was, data)
	if err != nil {
		return FileChange{}, err
	}
	return FileChange{Path: w.Path, Bytes: w.Bytes, Action: w.Action}, nil
}

func describeChanges(b *strings.Builder, files []FileChange) {
	for _, f := range files {
		fmt.Fprintf(b, "%s %s (%d bytes)\n", f.Action, f.Path, f.Bytes)
	}
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
