// Package results keeps every file access inside one root directory, and knows
// the results directory: its five deliverables, how they are written, and the
// runbook's verification script.
//
// All access goes through [os.Root], so neither "..", nor an absolute path, nor
// a symlink leads out of the root. Errors say in words what was wrong with which
// path and what to do; the cause stays matchable with [errors.Is].
package results

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Root is the directory that everything is read from and written to.
type Root struct {
	dir  string
	root *os.Root
}

// DefaultRoot decides the root: the flag, else CLAUDE_PROJECT_DIR, else the
// working directory. Clients start servers in odd places, so "/" and the home
// directory are refused unless the flag names them.
func DefaultRoot(flag string, getenv func(string) string, getwd, home func() (string, error)) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	const mend = "start it in your project, or name the project: --root /path/to/project"
	from := "CLAUDE_PROJECT_DIR"
	dir := getenv(from)
	if dir == "" {
		from = "the working directory"
		wd, err := getwd()
		if err != nil {
			return "", fmt.Errorf("the working directory cannot be told (%w); %s", err, mend)
		}
		dir = wd
	}
	dir = filepath.Clean(dir)
	if !filepath.IsAbs(dir) {
		return "", fmt.Errorf("%s is %q, which is not an absolute path; %s", from, dir, mend)
	}
	if dir == filepath.Dir(dir) {
		return "", fmt.Errorf("%s is %s, the whole file system, which is no project; %s", from, dir, mend)
	}
	if h, err := home(); err == nil && same(dir, h) {
		return "", fmt.Errorf("%s is %s, your home directory, which is no project; %s", from, dir, mend)
	}
	return dir, nil
}

// same reports whether two paths name one directory, also through symlinks.
func same(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// OpenRoot opens an existing directory as the root.
func OpenRoot(dir string) (*Root, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("the root %q: %w", dir, err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &PathError{fmt.Sprintf("the root %s does not exist; create it or name another with --root", abs), err}
	case err != nil:
		return nil, &PathError{fmt.Sprintf("the root %s cannot be opened: %v; name another with --root", abs, plain(err)), err}
	case !info.IsDir():
		return nil, &PathError{fmt.Sprintf("the root %s is a file; --root takes a directory", abs), syscall.ENOTDIR}
	}
	r, err := os.OpenRoot(abs)
	if err != nil {
		return nil, &PathError{fmt.Sprintf("the root %s cannot be opened: %v; name another with --root", abs, plain(err)), err}
	}
	return &Root{dir: abs, root: r}, nil
}

// Dir is the root's absolute path.
func (r *Root) Dir() string { return r.dir }

// Rel turns a path, relative to the root or absolute inside it, into a clean
// relative one with forward slashes. An absolute path may also spell the root
// through a symlink, as /tmp does for /private/tmp.
func (r *Root) Rel(p string) (string, error) {
	if strings.ContainsRune(p, 0) {
		return "", &PathError{fmt.Sprintf("the path %q holds a NUL character; give the path without it", p), fs.ErrInvalid}
	}
	if p == "" {
		return "", &PathError{"the path is empty; give one inside the root " + r.dir, fs.ErrInvalid}
	}
	local := filepath.Clean(filepath.FromSlash(p))
	if filepath.IsAbs(local) {
		rel, ok := below(r.dir, local)
		if !ok {
			rel, ok = below(resolved(r.dir), resolved(local))
		}
		if !ok {
			return "", &OutsideError{p, r.dir}
		}
		local = rel
	}
	if !filepath.IsLocal(local) {
		return "", &OutsideError{p, r.dir}
	}
	return filepath.ToSlash(local), nil
}

// below is an absolute path relative to a directory that holds it.
func below(dir, p string) (string, bool) {
	rel, err := filepath.Rel(dir, p)
	return rel, err == nil && filepath.IsLocal(rel)
}

// resolved follows the symlinks of as much of a path as exists.
func resolved(p string) string {
	rest := ""
	for dir := p; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return p
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// Stat describes a file; rel is a path from [Root.Rel].
func (r *Root) Stat(rel string) (fs.FileInfo, error) {
	info, err := r.root.Stat(filepath.FromSlash(rel))
	return info, r.explain(rel, err)
}

// ReadFile reads a regular file of at most max bytes; rel is a path from
// [Root.Rel].
func (r *Root) ReadFile(rel string, max int64) ([]byte, error) {
	return r.read(r.root, rel, rel, max)
}

// ReadIn reads files of one directory by their names in it, and hands each over
// as ReadFile returns it. The way to the directory is walked once.
func (r *Root) ReadIn(dir string, names []string, max int64, each func(i int, data []byte, err error)) {
	in, err := r.root, error(nil)
	if dir != "." {
		if in, err = r.root.OpenRoot(filepath.FromSlash(dir)); err == nil {
			defer in.Close()
		}
	}
	for i, name := range names {
		rel := path.Join(dir, name)
		var data []byte
		read := err
		if read == nil {
			data, read = r.read(in, name, rel, max)
		}
		if read != nil { // perhaps a symlink that leads out of the directory alone
			data, read = r.ReadFile(rel, max)
		}
		each(i, data, read)
	}
}

// read reads a file by its name below root; rel is what it is called.
func (r *Root) read(root *os.Root, name, rel string, max int64) ([]byte, error) {
	f, size, err := r.openIn(root, name, rel)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > max {
		return nil, fmt.Errorf("%s is %d bytes; at most %d are read", rel, size, max)
	}
	data := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := data.ReadFrom(io.LimitReader(f, max+1)); err != nil {
		return nil, r.explain(rel, err)
	}
	if int64(data.Len()) > max {
		return nil, fmt.Errorf("%s is over %d bytes; at most %d are read", rel, max, max)
	}
	return data.Bytes(), nil
}

// open opens a regular file for reading and says its size in bytes.
func (r *Root) open(rel string) (*os.File, int64, error) { return r.openIn(r.root, rel, rel) }

// openIn opens a file by its name below root; rel is what it is called.
func (r *Root) openIn(root *os.Root, name, rel string) (*os.File, int64, error) {
	// Without O_NONBLOCK, opening a named pipe waits for somebody to write to it.
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, r.explain(rel, err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		return f, info.Size(), nil
	}
	f.Close()
	switch {
	case err != nil:
		return nil, 0, r.explain(rel, err)
	case info.IsDir():
		return nil, 0, &PathError{rel + " is a directory, not a file", syscall.EISDIR}
	}
	return nil, 0, &PathError{rel + " is a device, a pipe or a socket, not a file", fs.ErrInvalid}
}
