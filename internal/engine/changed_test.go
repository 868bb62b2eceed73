package engine_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/engine"
)

// repository is a root with two projects, committed, on the branch main.
func repository(t *testing.T) (e *engine.Engine, dir string, git func(args ...string)) {
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
	e, dir = open(t)
	git = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	tree(t, dir, map[string]string{
		"one/wrangler.jsonc": fmt.Sprintf(config, "src/index.ts", "A"),
		"one/src/index.ts":   object("A") + "export default {};\n",
		"one/src/b.ts":       object("B"),
		"one/src/helper.ts":  "export async function notify() { await fetch(\"https://x.example\"); }\n",
		"one/src/uses.ts":    "import { DurableObject } from \"cloudflare:workers\";\nimport { notify } from \"./helper\";\nexport class U extends DurableObject {\n  async f() { await notify(); }\n}\n",
		"one/src/plain.ts":   "export const x = 1;\n",
		"one/README.md":      "text\n",
		"two/wrangler.jsonc": fmt.Sprintf(config, "src/index.ts", "C"),
		"two/src/index.ts":   object("C") + "export default {};\n",
		"lib/d.ts":           object("D"),
	})
	git("init", "-q", "-b", "main")
	git("add", "-A")
	git("commit", "-q", "-m", "x")
	return e, dir, git
}

func TestChangedFilesAloneAreReportedOn(t *testing.T) {
	e, dir, git := repository(t)
	since := func(base string, paths ...string) *engine.ReviewResult {
		t.Helper()
		r, err := e.Review(engine.ReviewRequest{Changed: true, Base: base, Paths: paths})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const nothing = "Nothing to review: no changed file has to do with Durable Objects."
	expect := func(what, files, found string) {
		t.Helper()
		r := since("")
		equal(t, what+": files", strings.Join(r.Files, " "), files)
		equal(t, what+": findings", places(r), found)
		switch {
		case what == "deleted":
			if !strings.Contains(r.Note, "1 file(s) are gone, one/src/b.ts among them") {
				t.Errorf("deleted: note: %s", r.Note)
			}
		case files == "":
			equal(t, what+": note", r.Note, nothing)
		}
		for _, v := range r.Verdicts {
			if v.Path != "" && !strings.Contains(files+" one/wrangler.jsonc", v.Path) {
				t.Errorf("%s: the verdict of %s speaks of %s", what, v.Gotcha, v.Path)
			}
		}
		git("reset", "-q", "--hard")
		git("clean", "-qfd")
	}
	edit := func(name, text string) { t.Helper(); put(t, filepath.Join(dir, name), text) }

	expect("no change", "", "")
	edit("one/README.md", "other\n")
	edit("one/src/plain.ts", "export const x = 2;\n")
	expect("nothing relevant", "", "")
	edit("one/src/b.ts", "\n"+object("B"))
	expect("one object of three", "one/src/b.ts", "settimeout-durable one/src/b.ts:4")
	edit("one/src/helper.ts", "export async function notify() {\n  await fetch(\"https://y.example\");\n  setTimeout(notify, 3_600_000);\n}\n")
	expect("what an object runs", "one/src/helper.ts", "settimeout-durable one/src/helper.ts:3")
	edit("one/src/new.ts", object("New"))
	expect("untracked", "one/src/new.ts", "settimeout-durable one/src/new.ts:3")
	git("mv", "one/src/b.ts", "one/src/moved.ts")
	expect("renamed", "one/src/moved.ts", "settimeout-durable one/src/moved.ts:3")
	git("rm", "-q", "one/src/b.ts")
	expect("deleted", "", "")
	edit("lib/d.ts", "\n"+object("D"))
	expect("without a configuration", "lib/d.ts", "settimeout-durable lib/d.ts:4")
	edit("one/src/b.ts", "\n"+object("B"))
	edit("two/src/index.ts", "\n"+object("C")+"export default {};\n")
	expect("two projects", "one/src/b.ts two/src/index.ts", "settimeout-durable one/src/b.ts:4, settimeout-durable two/src/index.ts:4")
	edit("one/wrangler.jsonc", strings.Replace(fmt.Sprintf(config, "src/index.ts", "A"), `"migrations"`, `"x"`, 1))
	r := since("")
	equal(t, "a changed configuration", places(r), "cfg-no-lifecycle one/wrangler.jsonc:1, cfg-schema one/wrangler.jsonc:1")
	git("reset", "-q", "--hard")

	edit("one/src/b.ts", "\n"+object("B"))
	edit("lib/d.ts", "\n"+object("D"))
	equal(t, "below a path", places(since("", "lib")), "settimeout-durable lib/d.ts:4")
	git("checkout", "-q", "-b", "topic")
	git("commit", "-q", "-a", "-m", "y")
	equal(t, "since HEAD", since("").Note, nothing)
	equal(t, "since main", places(since("main")), "settimeout-durable lib/d.ts:4, settimeout-durable one/src/b.ts:4")
}

func TestChangedNeedsARepository(t *testing.T) {
	e, _ := open(t)
	_, err := e.Review(engine.ReviewRequest{Changed: true})
	expectErr(t, err, "no Git work tree")
	e, _, _ = repository(t)
	_, err = e.Review(engine.ReviewRequest{Changed: true, Base: "nowhere"})
	expectErr(t, err, "no revision")
	_, err = e.Review(engine.ReviewRequest{Changed: true, Paths: []string{"../x"}})
	expectErr(t, err, "outside the root")
}
