package changed_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/changed"
)

// repo is a work tree for one test.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} { // set where a hook runs the tests
		if _, set := os.LookupEnv(name); set {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	r := repo{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r repo) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (r repo) put(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r repo) commit() {
	r.t.Helper()
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "x")
}

func (r repo) expect(dir, base, want string) {
	r.t.Helper()
	files, err := changed.Files(filepath.Join(r.dir, dir), base)
	if err != nil {
		r.t.Fatal(err)
	}
	if got := strings.Join(files, " "); got != want {
		r.t.Errorf("changed in %q since %q: %s\nwant %s", dir, base, got, want)
	}
}

func TestWorkingTreeAgainstHead(t *testing.T) {
	r := newRepo(t)
	for _, name := range []string{"same.ts", "edited.ts", "staged.ts", "gone.ts", "sub/old name.ts"} {
		r.put(name, "export const text = '"+name+"';\n")
	}
	r.put(".gitignore", "ignored.ts\n")
	r.commit()
	r.put("edited.ts", "x")
	r.put("staged.ts", "x")
	r.git("add", "staged.ts")
	r.put("ignored.ts", "x")
	r.put("fresh/é.ts", "x")
	if err := os.Remove(filepath.Join(r.dir, "gone.ts")); err != nil {
		t.Fatal(err)
	}
	r.git("mv", "sub/old name.ts", "sub/new name.ts")
	r.expect(".", "", "edited.ts fresh/é.ts staged.ts sub/new name.ts")
	r.expect("sub", "", "new name.ts")
	gone, err := changed.Deleted(r.dir, "")
	if err != nil || strings.Join(gone, " ") != "gone.ts sub/old name.ts" {
		t.Errorf("gone: %q, %v", gone, err)
	}
}

func TestAgainstTheCommitWhereTheBranchLeft(t *testing.T) {
	r := newRepo(t)
	r.put("a.ts", "1")
	r.commit()
	r.git("checkout", "-q", "-b", "topic")
	r.put("mine.ts", "1")
	r.commit()
	r.git("checkout", "-q", "main")
	r.put("theirs.ts", "1")
	r.commit()
	r.git("checkout", "-q", "topic")
	r.put("a.ts", "2")
	r.expect(".", "main", "a.ts mine.ts")
	r.expect(".", "", "a.ts")
}

func TestBeforeTheFirstCommit(t *testing.T) {
	r := newRepo(t)
	r.put("a.ts", "1")
	r.put("b.ts", "1")
	r.git("add", "a.ts")
	r.expect(".", "", "a.ts b.ts")
}

func TestRefusals(t *testing.T) {
	r := newRepo(t)
	r.put("a.ts", "1")
	r.commit()
	for _, base := range []string{"nowhere", "--output=x", "HEAD:a.ts"} {
		if _, err := changed.Files(r.dir, base); err == nil || !strings.Contains(err.Error(), "no revision that Git knows") {
			t.Errorf("base %q: %v", base, err)
		}
	}
	if _, err := changed.Files(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "no Git work tree") {
		t.Errorf("outside a repository: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := changed.Files(r.dir, ""); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("without git: %v", err)
	}
}
