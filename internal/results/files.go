package results

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The five deliverables.
const (
	DurableObject = "durable_object.ts"
	Wrangler      = "wrangler.jsonc"
	SelfReview    = "self_review.md"
	Summary       = "summary.md"
	Report        = "validation_report.json"
)

// Deliverables are the five files in the runbook's order.
var Deliverables = []string{DurableObject, Wrangler, SelfReview, Summary, Report}

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

// ExistsError says that a file is there already and was left as it is.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s exists and was left as it is; to replace it, ask for it with overwrite, or choose another results directory", e.Path)
}

// Written is what Write did.
type Written struct {
	Path   string // relative to the root
	Bytes  int
	Action string // created, replaced or unchanged
}

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

// Write stores a file whole or not at all: into a temporary file beside it,
// synced, then renamed over the name.
func (d *Dir) Write(name string, data []byte, mode Overwrite) (Written, error) {
	w := Written{Path: d.at(name), Bytes: len(data), Action: "created"}
	old, err := d.Read(name)
	switch {
	case err == nil && bytes.Equal(old, data) && mode != Never:
		w.Action = "unchanged"
		return w, nil
	case errors.Is(err, fs.ErrNotExist):
	case mode == Never:
		return w, &ExistsError{w.Path}
	case err != nil:
		return w, err
	default:
		w.Action = "replaced"
	}
	if err := d.replace(name, data, mode); err != nil {
		return w, err
	}
	return w, nil
}

func (d *Dir) replace(name string, data []byte, mode Overwrite) error {
	var nonce [6]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return err
	}
	target := filepath.FromSlash(d.at(name))
	temp := filepath.FromSlash(d.at("." + name + "." + hex.EncodeToString(nonce[:]) + ".tmp"))
	root := d.root.root
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return d.root.explain(d.at(name), err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		if mode == Never {
			// A link fails when the name has been taken meanwhile; a rename would not.
			err = root.Link(temp, target)
			if errors.Is(err, fs.ErrExist) {
				err = &ExistsError{d.at(name)}
			}
			root.Remove(temp)
		} else {
			err = root.Rename(temp, target)
		}
	}
	if err != nil {
		root.Remove(temp)
		var exists *ExistsError
		if errors.As(err, &exists) {
			return exists
		}
		return d.root.explain(d.at(name), err)
	}
	return nil
}

// SpliceGenerated puts generated text between a pair of markers, leaving
// everything outside them as it is; without markers the block goes to the end.
func SpliceGenerated(existing []byte, marker string, generated []byte) []byte {
	begin := []byte("<!-- generated:" + marker + " begin -->")
	end := []byte("<!-- generated:" + marker + " end -->")
	var block bytes.Buffer
	block.Write(begin)
	block.WriteString("\n")
	block.Write(bytes.TrimRight(generated, "\n"))
	block.WriteString("\n")
	block.Write(end)

	i := bytes.Index(existing, begin)
	if i >= 0 {
		if j := bytes.Index(existing[i:], end); j >= 0 {
			out := append([]byte(nil), existing[:i]...)
			out = append(out, block.Bytes()...)
			return append(out, existing[i+j+len(end):]...)
		}
	}
	out := append([]byte(nil), existing...)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n\n")) {
		out = append(out, '\n')
	}
	out = append(out, block.Bytes()...)
	return append(out, '\n')
}
