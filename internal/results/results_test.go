package results

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T) (*Root, string) {
	t.Helper()
	dir := t.TempDir()
	r, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r, dir
}

func results(t *testing.T) (*Dir, string) {
	t.Helper()
	r, dir := open(t)
	d, err := r.Results("", true)
	if err != nil {
		t.Fatal(err)
	}
	return d, filepath.Join(dir, "results")
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func expectErr(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want …%s…", err, want)
	}
}

func TestDefaultRoot(t *testing.T) {
	home := func() (string, error) { return "/home/ann", nil }
	for _, c := range []struct{ flag, env, wd, want, err string }{
		{"", "", "/home/ann/app", "/home/ann/app", ""},
		{"", "/srv/app/", "/", "/srv/app", ""},
		{"/", "/srv/app", "/tmp", "/", ""},
		{"", "", "/", "", "the whole file system"},
		{"", "", "/home/ann", "", "your home directory"},
		{"", "/home/ann", "/srv", "", "CLAUDE_PROJECT_DIR is /home/ann, your home directory"},
		{"", "app", "/srv", "", "not an absolute path"},
	} {
		got, err := DefaultRoot(c.flag, func(string) string { return c.env }, func() (string, error) { return c.wd, nil }, home)
		if c.err != "" {
			expectErr(t, err, c.err)
			expectErr(t, err, "--root")
		} else if err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

func TestRootMustBeADirectory(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "x")
	_, err := OpenRoot(filepath.Join(dir, "file"))
	expectErr(t, err, "is a file")
	_, err = OpenRoot(filepath.Join(dir, "none"))
	expectErr(t, err, "does not exist")
}

func TestRel(t *testing.T) {
	r, dir := open(t)
	for in, want := range map[string]string{"a/b.ts": "a/b.ts", "./a/../b.ts": "b.ts", filepath.Join(dir, "c.ts"): "c.ts", ".": "."} {
		if got, err := r.Rel(in); err != nil || got != want {
			t.Errorf("Rel(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"..", "../x", "/etc/passwd", "a/../../x", dir + "x"} {
		_, err := r.Rel(in)
		var outside *OutsideError
		if !errors.As(err, &outside) {
			t.Errorf("Rel(%q): %v", in, err)
		}
	}
	_, err := r.Rel("a\x00b")
	expectErr(t, err, "NUL")
}

func TestResultsDirectoryThatCannotBe(t *testing.T) {
	r, dir := open(t)
	put(t, filepath.Join(dir, "file"), "x")
	if err := os.Symlink(t.TempDir(), filepath.Join(dir, "leaves")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"file":                   "is a file; name a directory",
		"file/below":             "is a file, not a directory",
		"leaves":                 "outside the root",
		"leaves/below":           "outside the root",
		"../x":                   "outside the root",
		"loop":                   "symlink",
		strings.Repeat("n", 300): "longer than the file system allows",
	} {
		_, err := r.Results(name, true)
		expectErr(t, err, want)
	}
}

func TestWriteModes(t *testing.T) {
	d, dir := results(t)
	write := func(text string, mode Overwrite) string {
		w, err := d.Write("a.md", []byte(text), mode)
		if err != nil {
			return err.Error()
		}
		return w.Action
	}
	for i, c := range []struct {
		text string
		mode Overwrite
		want string
	}{
		{"one", Never, "created"}, {"two", Replace, "replaced"}, {"two", OnlyIfChanged, "unchanged"}, {"three", OnlyIfChanged, "replaced"},
	} {
		if got := write(c.text, c.mode); got != c.want {
			t.Errorf("write %d: %s, want %s", i, got, c.want)
		}
	}
	if got := write("four", Never); !strings.Contains(got, "left as it is") {
		t.Errorf("got %s", got)
	}
	data, _ := os.ReadFile(filepath.Join(dir, "a.md"))
	if string(data) != "three" {
		t.Errorf("the file reads %q", data)
	}
	expectOnly(t, dir, "a.md")
}

// expectOnly checks that no temporary file is left.
func expectOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the directory holds %v, want %v", got, names)
	}
}

func TestWriteOverSymlinkStaysInside(t *testing.T) {
	d, dir := results(t)
	outside := filepath.Join(t.TempDir(), "theirs")
	put(t, outside, "theirs")
	if err := os.Symlink(outside, filepath.Join(dir, Summary)); err != nil {
		t.Fatal(err)
	}
	_, err := d.Write(Summary, []byte("mine"), Replace)
	expectErr(t, err, "outside the root")
	if data, _ := os.ReadFile(outside); string(data) != "theirs" {
		t.Errorf("the file outside reads %q", data)
	}
	expectErr(t, d.MayCreate(Summary), "left as it is")
}

func TestConcurrentCreatorsMakeOneFile(t *testing.T) {
	d, dir := results(t)
	var wg sync.WaitGroup
	created := make(chan string, 20)
	for i := range 20 {
		wg.Go(func() {
			text := strings.Repeat(string(rune('a'+i)), 10_000)
			if _, err := d.Write("one.md", []byte(text), Never); err == nil {
				created <- text
			} else if !errors.As(err, new(*ExistsError)) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(created)
	var winners []string
	for c := range created {
		winners = append(winners, c)
	}
	data, _ := os.ReadFile(filepath.Join(dir, "one.md"))
	if len(winners) != 1 || string(data) != winners[0] {
		t.Errorf("%d creators succeeded; the file is %d bytes", len(winners), len(data))
	}
	expectOnly(t, dir, "one.md")
}

func TestSplice(t *testing.T) {
	first := SpliceGenerated([]byte("# Mine\n\nmy words"), "x", []byte("gen 1\n"))
	want := "# Mine\n\nmy words\n\n<!-- generated:x begin -->\ngen 1\n<!-- generated:x end -->\n"
	if string(first) != want {
		t.Errorf("got %q", first)
	}
	again := SpliceGenerated(append(first, "after\n"...), "x", []byte("gen 2"))
	if string(again) != strings.Replace(want, "gen 1", "gen 2", 1)+"after\n" {
		t.Errorf("got %q", again)
	}
}

func TestWalkSkipsWhatIsNotSource(t *testing.T) {
	r, dir := open(t)
	for _, n := range []string{"a.ts", "src/b.ts", "node_modules/c.ts", "src/.git/d.ts", "dist/e.ts"} {
		put(t, filepath.Join(dir, n), "x")
	}
	var got []string
	if err := r.Walk(".", 10, func(name string) error { got = append(got, name); return nil }); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, " ") != "a.ts src/b.ts" {
		t.Errorf("walked %v", got)
	}
	expectErr(t, r.Walk(".", 1, func(string) error { return nil }), "more than 1 files")
}

// runbookScript is the verification script of the runbook; ours must print the
// same bytes.
const runbookScript = `echo "=== FINAL OUTPUT VERIFICATION ==="
for f in "$RESULTS_DIR/durable_object.ts" "$RESULTS_DIR/wrangler.jsonc" "$RESULTS_DIR/self_review.md" "$RESULTS_DIR/summary.md" "$RESULTS_DIR/validation_report.json"; do
  [ -s "$f" ] && echo "PASS: $f ($(wc -c < "$f") bytes)" || echo "FAIL: $f is missing or empty"
done
TS="$RESULTS_DIR/durable_object.ts"
grep -q "setTimeout" "$TS" && echo "WARN: setTimeout in code — should be setAlarm for persistence" || echo "PASS: no setTimeout"
grep -qE "acceptWebSocket|webSocketMessage" "$TS" && echo "PASS: uses WebSocket hibernation API" || echo "NOTE: no hibernation API (ok if no WebSockets in spec)"
echo "=== VERIFICATION COMPLETE ==="`

func TestScriptPrintsWhatTheRunbookPrints(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed, so the runbook's own script cannot run beside ours")
	}
	for name, files := range map[string]map[string]string{
		"nothing":  {},
		"complete": {DurableObject: "ctx.acceptWebSocket(ws)", Wrangler: "{}", SelfReview: "é", Summary: "s", Report: "{}"},
		"timers":   {DurableObject: "setTimeout(() => {}, 1)\n", Summary: ""},
		"handlers": {DurableObject: "webSocketMessage() {}", Report: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := results(t)
			for n, text := range files {
				put(t, filepath.Join(dir, n), text)
			}
			cmd := exec.Command(bash, "-c", runbookScript)
			cmd.Dir = filepath.Dir(dir)
			cmd.Env = append(os.Environ(), "RESULTS_DIR=./results")
			want, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := ScriptText(Script(d)); got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
