package results

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"syscall"
)

// The five deliverables.
const (
	DurableObject = "durable_object.ts"
	Wrangler      = "wrangler.jsonc"
	SelfReview    = "self_review.md"
	Summary       = "summary.md"
	Report        = "validation_report.json"
)

// Page is the report as a page to read; it is no deliverable.
const Page = "report.html"

// Deliverables are the five files in the runbook's order.
var Deliverables = []string{DurableObject, Wrangler, SelfReview, Summary, Report}

// DefaultDir is the results directory where none is named.
const DefaultDir = "results"

// Dir is a results directory.
type Dir struct {
	root *Root
	rel  string
}

// Results opens the results directory; "" is [DefaultDir]. With create it is
// made when it is missing; without, a missing one reads as empty.
func (r *Root) Results(dir string, create bool) (*Dir, error) {
	if dir == "" {
		dir = DefaultDir
	}
	rel, err := r.Rel(dir)
	if err != nil {
		return nil, err
	}
	info, err := r.Stat(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if create {
			if err := r.root.MkdirAll(filepath.FromSlash(rel), 0o755); err != nil {
				return nil, fmt.Errorf("the results directory %.80s cannot be created: %w", rel, r.explain(rel, err))
			}
		}
	case err != nil:
		return nil, fmt.Errorf("the results directory: %w", err)
	case !info.IsDir():
		return nil, &PathError{fmt.Sprintf("the results directory %s is a file; name a directory, or move the file away", rel), syscall.ENOTDIR}
	}
	return &Dir{root: r, rel: rel}, nil
}

// Path is the directory relative to the root, with forward slashes.
func (d *Dir) Path() string { return d.rel }

// maxFile bounds what is read of one deliverable, in bytes.
const maxFile = 8 << 20

// Read reads a file of the directory.
func (d *Dir) Read(name string) ([]byte, error) { return d.root.ReadFile(d.at(name), maxFile) }

// MayCreate returns an [ExistsError] when the file is there already.
func (d *Dir) MayCreate(name string) error {
	_, err := d.root.root.Lstat(filepath.FromSlash(d.at(name)))
	switch {
	case err == nil:
		return &ExistsError{d.at(name)}
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return d.root.explain(d.at(name), err)
}

// MayReplace returns nil when the name is free, or is a regular file that holds
// the mark of what this program writes there; an [ExistsError] for anything else.
func (d *Dir) MayReplace(name, mark string) error {
	info, err := d.root.root.Lstat(filepath.FromSlash(d.at(name)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return d.root.explain(d.at(name), err)
	case !info.Mode().IsRegular():
		return &ExistsError{d.at(name)}
	}
	if data, err := d.Read(name); err != nil || !bytes.Contains(data, []byte(mark)) {
		return &ExistsError{d.at(name)}
	}
	return nil
}

func (d *Dir) at(name string) string { return path.Join(d.rel, name) }
