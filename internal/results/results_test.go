package results

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
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

func TestHomeIsRecognisedThroughASymlink(t *testing.T) {
	home, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	symlink(t, home, link)
	_, err := DefaultRoot("", func(string) string { return "" }, func() (string, error) { return link, nil }, func() (string, error) { return home, nil })
	expectErr(t, err, "your home directory")
}

func symlink(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func TestRootMustBeADirectory(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "x")
	symlink(t, "loop", filepath.Join(dir, "loop"))
	for name, want := range map[string]struct {
		text string
		is   error
	}{
		"file":       {"is a file", syscall.ENOTDIR},
		"none":       {"does not exist", fs.ErrNotExist},
		"file/below": {"not a directory; name another with --root", syscall.ENOTDIR},
		"loop":       {"name another with --root", syscall.ELOOP},
		"nul\x00":    {"invalid argument", syscall.EINVAL},
	} {
		_, err := OpenRoot(filepath.Join(dir, name))
		expectErr(t, err, want.text)
		if !errors.Is(err, want.is) {
			t.Errorf("%s: %v is not %v", name, err, want.is)
		}
	}
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
	_, err = r.Rel("")
	expectErr(t, err, "is empty")
}

func TestRelAcceptsTheRootUnderAnotherName(t *testing.T) {
	r, dir := open(t)
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, dir, link)
	if got, err := r.Rel(filepath.Join(link, "src", "not_yet.ts")); err != nil || got != "src/not_yet.ts" {
		t.Errorf("through the link: %q, %v", got, err)
	}
	through, err := OpenRoot(link)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := through.Rel(filepath.Join(dir, "a.ts")); err != nil || got != "a.ts" {
		t.Errorf("past the link: %q, %v", got, err)
	}
}

func TestReadFileRefuses(t *testing.T) {
	r, dir := open(t)
	put(t, filepath.Join(dir, "big"), "123456789")
	put(t, filepath.Join(dir, "sub", "f"), "x")
	symlink(t, "/etc/hosts", filepath.Join(dir, "leaves"))
	symlink(t, "loop", filepath.Join(dir, "loop"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"big":                    "big is 9 bytes; at most 8 are read",
		"sub":                    "sub is a directory, not a file",
		"pipe":                   "not a file",
		"leaves":                 "outside the root",
		"loop":                   "it loops",
		"none":                   "none does not exist",
		"big/below":              "is a file, not a directory",
		strings.Repeat("n", 300): "longer than the file system allows",
	} {
		_, err := r.ReadFile(name, 8)
		expectErr(t, err, want)
	}
	if data, err := r.ReadFile("sub/f", 1); err != nil || string(data) != "x" {
		t.Errorf("got %q, %v", data, err)
	}
}

func TestResultsDirectoryThatCannotBe(t *testing.T) {
	r, dir := open(t)
	put(t, filepath.Join(dir, "file"), "x")
	symlink(t, t.TempDir(), filepath.Join(dir, "leaves"))
	symlink(t, "loop", filepath.Join(dir, "loop"))
	for name, want := range map[string]string{
		"file":                   "is a file; name a directory",
		"file/below":             "is a file, not a directory",
		"leaves":                 "outside the root",
		"leaves/below":           "outside the root",
		"../x":                   "outside the root",
		"loop":                   "symlink",
		"a\x00b":                 "NUL",
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
		{"one", Never, "created"}, {"two", Replace, "replaced"}, {"two", OnlyIfChanged, "unchanged"},
		{"six", OnlyIfChanged, "replaced"}, {"six", Replace, "replaced"}, {"three\r\n", OnlyIfChanged, "replaced"},
	} {
		if got := write(c.text, c.mode); got != c.want {
			t.Errorf("write %d: %s, want %s", i, got, c.want)
		}
	}
	if got := write("four", Never); !strings.Contains(got, "left as it is") {
		t.Errorf("got %s", got)
	}
	data, _ := os.ReadFile(filepath.Join(dir, "a.md"))
	if string(data) != "three\r\n" {
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
	symlink(t, outside, filepath.Join(dir, Summary))
	_, err := d.Write(Summary, []byte("mine"), Replace)
	expectErr(t, err, "outside the root")
	if data, _ := os.ReadFile(outside); string(data) != "theirs" {
		t.Errorf("the file outside reads %q", data)
	}
	expectErr(t, d.MayCreate(Summary), "left as it is")

	put(t, filepath.Join(dir, "own.md"), "own")
	symlink(t, "own.md", filepath.Join(dir, SelfReview))
	_, err = d.Write(SelfReview, []byte("mine"), Replace)
	expectErr(t, err, "is a symlink and was left as it is")
	if data, _ := os.ReadFile(filepath.Join(dir, "own.md")); string(data) != "own" {
		t.Errorf("the linked file reads %q", data)
	}
	expectOnly(t, dir, "own.md", SelfReview, Summary)
}

func TestWriteRefuses(t *testing.T) {
	d, dir := results(t)
	put(t, filepath.Join(dir, Summary, "kept"), "x")
	for name, want := range map[string]string{
		Summary:                  "is not a file",
		"../escaped.md":          "is no file name",
		"sub/a.md":               "is no file name",
		"..":                     "is no file name",
		"":                       "is no file name",
		"a\x00b":                 "invalid argument",
		strings.Repeat("n", 300): "longer than the file system allows",
	} {
		_, err := d.Write(name, []byte("x"), Replace)
		expectErr(t, err, want)
	}
	expectOnly(t, dir, Summary)
	expectOnly(t, filepath.Dir(dir), "results")

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, err := d.Write(Summary, []byte("x"), Replace)
	expectErr(t, err, "the results directory results does not exist")
}

func TestReplacingKeepsPermissions(t *testing.T) {
	d, dir := results(t)
	put(t, filepath.Join(dir, Summary), "one")
	if err := os.Chmod(filepath.Join(dir, Summary), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(Summary, []byte("two"), Replace); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(filepath.Join(dir, Summary)); info.Mode().Perm() != 0o600 {
		t.Errorf("permissions are %v", info.Mode().Perm())
	}
}

func TestReadOnlyFilesStay(t *testing.T) {
	d, dir := results(t)
	path := filepath.Join(dir, Wrangler)
	put(t, path, "{}")
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []Overwrite{Replace, OnlyIfChanged} {
		_, err := d.Write(Wrangler, []byte("{ }"), mode)
		expectErr(t, err, "results/wrangler.jsonc is read-only and was left as it is; make it writable and ask again")
	}
	if data, _ := os.ReadFile(path); string(data) != "{}" {
		t.Errorf("%s", data)
	}
}

// An edit of what is there no more would take back what somebody else has written.
func TestEditNeedsTheFileAsItWas(t *testing.T) {
	d, dir := results(t)
	if w, err := d.Edit("a.json", nil, []byte("1")); err != nil || w.Action != "created" {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err := d.Edit("a.json", []byte("1"), []byte("2")); err != nil || w.Action != "replaced" {
		t.Errorf("%+v, %v", w, err)
	}
	_, err := d.Edit("a.json", nil, []byte("3"))
	expectErr(t, err, "a.json")
	_, err = d.Edit("a.json", []byte("1"), []byte("3"))
	expectErr(t, err, "results/a.json was changed by somebody else while its edit was worked out, and nothing was written; ask again")
	if data, _ := os.ReadFile(filepath.Join(dir, "a.json")); string(data) != "2" {
		t.Errorf("%s", data)
	}
	if all, _ := os.ReadDir(dir); len(all) != 1 {
		t.Errorf("beside it lies %v", all)
	}
}

// TestConcurrentReplacersLeaveOneWholeFile also reads while the others write: no
// reader may see a part.
func TestConcurrentReplacersLeaveOneWholeFile(t *testing.T) {
	d, dir := results(t)
	whole := func(data []byte) bool {
		return len(data) == 10_000 && bytes.Count(data, data[:1]) == len(data)
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := d.Write("one.md", bytes.Repeat([]byte{byte('a' + i)}, 10_000), Replace); err != nil {
				t.Error(err)
			}
			if data, err := d.Read("one.md"); err != nil || !whole(data) {
				t.Errorf("read %d bytes, %v", len(data), err)
			}
		})
	}
	wg.Wait()
	expectOnly(t, dir, "one.md")
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

const begin, end = "<!-- generated:x begin -->", "<!-- generated:x end -->"

func TestSplice(t *testing.T) {
	for name, c := range map[string]struct{ existing, generated, want string }{
		"nothing yet":       {"", "gen", begin + "\ngen\n" + end + "\n"},
		"appended":          {"# Mine\n\nmy words", "gen\n", "# Mine\n\nmy words\n\n" + begin + "\ngen\n" + end + "\n"},
		"replaced":          {"a\n" + begin + "\nold\n" + end + "\nafter", "new", "a\n" + begin + "\nnew\n" + end + "\nafter"},
		"lost end":          {begin + "\nmy words\n", "gen", begin + "\nmy words\n\n" + begin + "\ngen\n" + end + "\n"},
		"lost end, later":   {begin + "\nmy words\n\n" + begin + "\nold\n" + end + "\n", "gen", begin + "\nmy words\n\n" + begin + "\ngen\n" + end + "\n"},
		"lost begin":        {"my words\n" + end + "\n", "gen", "my words\n" + end + "\n\n" + begin + "\ngen\n" + end + "\n"},
		"another block":     {"<!-- generated:y begin -->\ny\n<!-- generated:y end -->\n", "gen", "<!-- generated:y begin -->\ny\n<!-- generated:y end -->\n\n" + begin + "\ngen\n" + end + "\n"},
		"mentioned in text": {"I keep " + begin + " here\n", "gen", "I keep " + begin + " here\n\n" + begin + "\ngen\n" + end + "\n"},
		"CRLF":              {"a\r\n" + begin + "\r\nold\r\n" + end + "\r\nb\r\n", "x\ny\n", "a\r\n" + begin + "\r\nx\r\ny\r\n" + end + "\r\nb\r\n"},
		"empty":             {begin + "\nold\n" + end + "\n", "", begin + "\n" + end + "\n"},
		"quotes a marker":   {"", "a\n" + end + "\nb", begin + "\na\n> " + end + "\nb\n" + end + "\n"},
	} {
		got := SpliceGenerated([]byte(c.existing), "x", []byte(c.generated))
		if string(got) != c.want {
			t.Errorf("%s: got\n%q\nwant\n%q", name, got, c.want)
		}
		if again := SpliceGenerated(got, "x", []byte(c.generated)); string(again) != c.want {
			t.Errorf("%s, spliced again: %q", name, again)
		}
	}
}

func TestReadInReadsAsReadFileDoes(t *testing.T) {
	r, dir := open(t)
	put(t, filepath.Join(dir, "src", "a.ts"), "a")
	put(t, filepath.Join(dir, "src", "large.ts"), strings.Repeat("x", 100))
	put(t, filepath.Join(dir, "lib", "b.ts"), "b")
	symlink(t, filepath.Join("..", "lib", "b.ts"), filepath.Join(dir, "src", "b.ts"))
	names := []string{"a.ts", "large.ts", "b.ts", "gone.ts"}
	read := 0
	for _, at := range []string{"src", "nowhere"} {
		r.ReadIn(at, names, 50, func(i int, data []byte, err error) {
			read++
			want, wantErr := r.ReadFile(at+"/"+names[i], 50)
			if string(data) != string(want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%s/%s: %q, %v; ReadFile gives %q, %v", at, names[i], data, err, want, wantErr)
			}
		})
	}
	if read != 8 {
		t.Errorf("%d of 8 were handed over", read)
	}
}

func TestWalkSkipsWhatIsNotSource(t *testing.T) {
	r, dir := open(t)
	for _, n := range []string{"a.ts", "src/b.ts", "node_modules/c.ts", "src/.git/d.ts", "dist/e.ts", ".wrangler/tmp/f.js", "src/coverage/g.ts"} {
		put(t, filepath.Join(dir, n), "x")
	}
	symlink(t, t.TempDir(), filepath.Join(dir, "src", "leaves"))
	symlink(t, "../a.ts", filepath.Join(dir, "src", "link.ts"))
	var got []string
	if err := r.Walk(".", 10, func(name string, err error) error { got = append(got, name); return err }); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, " ") != "a.ts src/b.ts" {
		t.Errorf("walked %v", got)
	}
	expectErr(t, r.Walk(".", 1, func(string, error) error { return nil }), "more than 1 files")
	expectErr(t, r.Walk("none", 1, func(string, error) error { return nil }), "none does not exist")
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

// bash runs the runbook's own script in a directory.
func bash(t *testing.T, dir, resultsDir string) string {
	t.Helper()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed, so the runbook's own script cannot run beside ours")
	}
	cmd := exec.Command(shell, "-c", runbookScript)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RESULTS_DIR="+resultsDir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestScriptPrintsWhatTheRunbookPrints(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"nothing":  {},
		"complete": {DurableObject: "ctx.acceptWebSocket(ws)", Wrangler: "{}", SelfReview: "é", Summary: "s", Report: "{}"},
		"timers":   {DurableObject: "setTimeout(() => {}, 1)\n", Summary: ""},
		"handlers": {DurableObject: "webSocketMessage() {}", Report: "{}"},
		"no code":  {Wrangler: "{}", SelfReview: "r", Summary: "s", Report: "{}"},
		"binary":   {DurableObject: "\x00\xff setTimeout \x00"},
		"large":    {DurableObject: strings.Repeat("x", 64<<10-5) + "setTimeout" + strings.Repeat("y", 9<<20) + "\nacceptWebSocket"},
	} {
		t.Run(name, func(t *testing.T) {
			d, dir := results(t)
			for n, text := range files {
				put(t, filepath.Join(dir, n), text)
			}
			want := bash(t, filepath.Dir(dir), "./results")
			if got := ScriptText(Script(d)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestScriptNamesTheDirectoryAsGiven(t *testing.T) {
	r, dir := open(t)
	for rel, given := range map[string]string{".": ".", "a/b": "./a/b"} {
		put(t, filepath.Join(dir, rel, Summary), "s")
		d, err := r.Results(rel, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ScriptText(Script(d)), bash(t, dir, given); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", rel, got, want)
		}
	}
}

func TestScriptLinesCarryTheirKind(t *testing.T) {
	d, dir := results(t)
	put(t, filepath.Join(dir, DurableObject), "setTimeout")
	put(t, filepath.Join(dir, Wrangler, "a directory"), "in the place of a file")
	var kinds []string
	for _, l := range Script(d) {
		kinds = append(kinds, l.Kind)
	}
	if got := strings.Join(kinds, " "); got != " PASS FAIL FAIL FAIL FAIL WARN NOTE " {
		t.Errorf("kinds are %q", got)
	}
}
