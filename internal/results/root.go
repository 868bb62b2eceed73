// Package results keeps every file access inside one root directory, and knows
// the results directory: its five deliverables, how they are written, and the
// runbook's verification script.
//
// All access goes through [os.Root], so neither "..", nor an absolute path, nor
// a symlink leads out of the root.
package results

import (
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

// DefaultDir is the results directory where none is named.
const DefaultDir = "results"

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
	if h, err := home(); err == nil && dir == filepath.Clean(h) {
		return "", fmt.Errorf("%s is %s, your home directory, which is no project; %s", from, dir, mend)
	}
	return dir, nil
}

// OpenRoot opens an existing directory as the root.
func OpenRoot(dir string) (*Root, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("the root %q: %w", dir, err)
	}
	info, err := os.Stat(abs)
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("the root %s is a file; --root takes a directory", abs)
	}
	r, err := os.OpenRoot(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the root %s does not exist; create it or name another with --root", abs)
	case err != nil:
		return nil, fmt.Errorf("the root %s cannot be opened: %w", abs, plain(err))
	}
	return &Root{dir: abs, root: r}, nil
}

// Dir is the root's absolute path.
func (r *Root) Dir() string { return r.dir }

// OutsideError says that a path does not lie in the root.
type OutsideError struct{ Path, Root string }

func (e *OutsideError) Error() string {
	return fmt.Sprintf("%s lies outside the root %s; give a path inside it, or start with another --root", e.Path, e.Root)
}

// Rel turns a path, relative to the root or absolute inside it, into a clean
// relative one with forward slashes.
func (r *Root) Rel(p string) (string, error) {
	if strings.ContainsRune(p, 0) {
		return "", fmt.Errorf("the path %q holds a NUL character", p)
	}
	if p == "" {
		return "", errors.New("the path is empty")
	}
	local := filepath.Clean(filepath.FromSlash(p))
	if filepath.IsAbs(local) {
		rel, err := filepath.Rel(r.dir, local)
		if err != nil {
			return "", &OutsideError{p, r.dir}
		}
		local = rel
	}
	if !filepath.IsLocal(local) {
		return "", &OutsideError{p, r.dir}
	}
	return filepath.ToSlash(local), nil
}

// Stat describes a file; rel is a path from [Root.Rel].
func (r *Root) Stat(rel string) (fs.FileInfo, error) {
	info, err := r.root.Stat(filepath.FromSlash(rel))
	return info, r.explain(rel, err)
}

// ReadFile reads a regular file of at most max bytes.
func (r *Root) ReadFile(rel string, max int64) ([]byte, error) {
	f, err := r.root.Open(filepath.FromSlash(rel))
	if err != nil {
		return nil, r.explain(rel, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, r.explain(rel, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, not a file", rel)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", rel)
	case info.Size() > max:
		return nil, fmt.Errorf("%s is %d bytes; at most %d are read", rel, info.Size(), max)
	}
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, r.explain(rel, err)
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("%s is over %d bytes", rel, max)
	}
	return data, nil
}

// skipped are directories that hold no source of the user's own.
var skipped = map[string]bool{
	"node_modules": true, ".git": true, "dist": true, "build": true, ".wrangler": true, ".next": true, "coverage": true, "vendor": true,
}

// Walk calls fn with every regular file below rel, in lexical order. Symlinks
// are not followed. It gives up after max files.
func (r *Root) Walk(rel string, max int, fn func(name string) error) error {
	seen := 0
	return fs.WalkDir(r.root.FS(), rel, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == rel:
			return r.explain(rel, err)
		case err != nil:
			return nil // an unreadable corner of the tree does not stop the rest
		case d.IsDir():
			if name != rel && skipped[d.Name()] {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if seen++; seen > max {
			return fmt.Errorf("%s holds more than %d files; name the directory that the Durable Objects are in", rel, max)
		}
		return fn(name)
	})
}

// explain puts a file error into words without Go's operation names; an error
// that something does not exist stays recognisable.
func (r *Root) explain(rel string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &missingError{rel}
	case strings.Contains(err.Error(), "escapes from parent"):
		return &OutsideError{rel + " (through a symlink)", r.dir}
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("a part of the path %s is a file, not a directory", rel)
	case errors.Is(err, syscall.ELOOP):
		return fmt.Errorf("%s is a symlink that leads nowhere: it loops", rel)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return fmt.Errorf("the path %.60s… is longer than the file system allows", rel)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s cannot be accessed: permission denied or read-only; choose another directory or change its permissions", rel)
	}
	return fmt.Errorf("%s: %w", rel, plain(err))
}

type missingError struct{ path string }

func (e *missingError) Error() string   { return e.path + " does not exist" }
func (e *missingError) Is(t error) bool { return t == fs.ErrNotExist }

// plain strips the operation and the path that Go puts before the cause.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Results opens the results directory; "" is [DefaultDir]. With create it is
// made when it is missing.
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
				return nil, fmt.Errorf("the results directory %s cannot be created: %w", rel, r.explain(rel, err))
			}
		}
	case err != nil:
		return nil, fmt.Errorf("the results directory: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("the results directory %s is a file; name a directory, or move the file away", rel)
	}
	return &Dir{root: r, rel: rel}, nil
}

// Dir is a results directory.
type Dir struct {
	root *Root
	rel  string
}

// Path is the directory relative to the root, with forward slashes.
func (d *Dir) Path() string { return d.rel }

func (d *Dir) at(name string) string { return path.Join(d.rel, name) }
