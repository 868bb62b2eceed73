package results

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// OutsideError says that a path does not lie in the root.
type OutsideError struct{ Path, Root string }

func (e *OutsideError) Error() string {
	return fmt.Sprintf("%s lies outside the root %s; give a path inside it, or start with another --root", e.Path, e.Root)
}

// ExistsError says that a file is there already and was left as it is.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s exists and was left as it is; to replace it, ask for it with overwrite, or choose another results directory", e.Path)
}

// PathError says in words what is wrong with a path. Cause is what
// [errors.Is] matches: an error of io/fs or of the operating system.
type PathError struct {
	Message string
	Cause   error
}

func (e *PathError) Error() string { return e.Message }
func (e *PathError) Unwrap() error { return e.Cause }

// explain puts a file error into words, without Go's operation names.
func (r *Root) explain(rel string, err error) error {
	if err == nil {
		return nil
	}
	cause := plain(err)
	say := func(format string, args ...any) error { return &PathError{fmt.Sprintf(format, args...), cause} }
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return say("%s does not exist", rel)
	case strings.Contains(err.Error(), "escapes from parent"): // os.Root exports no value for it
		return &OutsideError{rel + " (through a symlink that leaves it or is absolute)", r.dir}
	case errors.Is(err, syscall.ENOTDIR):
		return say("a part of the path %s is a file, not a directory", rel)
	case errors.Is(err, syscall.ELOOP), strings.Contains(err.Error(), "too many links"):
		return say("%s is a symlink that leads nowhere: it loops", rel)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return say("the path %.60s… is longer than the file system allows", rel)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return say("%s cannot be accessed: permission denied or read-only; choose another directory or change its permissions", rel)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return say("%s cannot be written: the disk or the quota is full; nothing was changed", rel)
	}
	return say("%s: %v", rel, cause)
}

// plain strips the operation and the path that Go puts before the cause.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
