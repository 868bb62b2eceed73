// Package changed asks Git which files of a directory have changed.
//
// It runs the git command that is installed, and changes nothing.
package changed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// maxGit bounds the time of one git command.
const maxGit = time.Minute

// Files are the files below a directory that differ from a revision, those that
// Git does not know yet among them: sorted, relative to the directory, with
// forward slashes. Deleted files are left out, and a renamed one has its new
// name. A base of "" is HEAD; any other is compared where the present branch left
// it, so that what happened on the other side since then does not count.
func Files(dir, base string) ([]string, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, errors.New("the git command is not installed, so the changed files cannot be told; install Git, or name the files")
	}
	inside, err := git(dir, "rev-parse", "--is-inside-work-tree")
	if err != nil && !strings.Contains(err.Error(), "not a git repository") {
		return nil, fmt.Errorf("git cannot read %s: %w", dir, err)
	}
	if strings.TrimSpace(string(inside)) != "true" {
		return nil, fmt.Errorf("%s lies in no Git work tree, so the changed files cannot be told; name the files instead", dir)
	}
	from, err := start(dir, base)
	if err != nil {
		return nil, err
	}
	// Without renames the new name of a moved file counts as added.
	differ, err := git(dir, "diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", "--no-ext-diff", "--no-textconv", "--ignore-submodules", "--relative", from, "--", ".")
	if err != nil {
		return nil, fmt.Errorf("comparing with %s: %w", from, err)
	}
	fresh, err := git(dir, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
	if err != nil {
		return nil, fmt.Errorf("listing the files that Git does not know: %w", err)
	}
	files := strings.FieldsFunc(string(differ)+string(fresh), func(r rune) bool { return r == 0 })
	slices.Sort(files)
	return slices.Compact(files), nil
}

// Committed is a file of a directory as the last commit has it. ok is false where
// there is no Git, no work tree, no commit, or no such file in it.
func Committed(dir, file string) (contents []byte, ok bool) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, false
	}
	contents, err := git(dir, "show", "HEAD:./"+file)
	return contents, err == nil
}

// Deleted are the files that Files leaves out because they are gone, in the same form.
func Deleted(dir, base string) ([]string, error) {
	from, err := start(dir, base)
	if err != nil {
		return nil, err
	}
	gone, err := git(dir, "diff", "--name-only", "-z", "--no-renames", "--diff-filter=D", "--no-ext-diff", "--no-textconv", "--ignore-submodules", "--relative", from, "--", ".")
	if err != nil {
		return nil, fmt.Errorf("comparing with %s: %w", from, err)
	}
	return strings.FieldsFunc(string(gone), func(r rune) bool { return r == 0 }), nil
}

// start is the commit to compare with, or the empty tree before the first one.
func start(dir, base string) (string, error) {
	if base == "" {
		if head, err := git(dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err == nil {
			return strings.TrimSpace(string(head)), nil
		}
		empty, err := git(dir, "hash-object", "-t", "tree", "--stdin")
		return strings.TrimSpace(string(empty)), err
	}
	out, err := git(dir, "rev-parse", "--verify", "--quiet", "--end-of-options", base+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%q is no revision that Git knows here; name a branch, a tag or a commit, and in CI fetch it first", base)
	}
	commit := strings.TrimSpace(string(out))
	if left, err := git(dir, "merge-base", commit, "HEAD"); err == nil {
		return strings.TrimSpace(string(left)), nil
	}
	return commit, nil // no common history, as in a shallow clone
}

func git(dir string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxGit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if said := strings.TrimSpace(stderr.String()); said != "" {
			return nil, errors.New(said)
		}
		return nil, err
	}
	return out, nil
}
