package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/verify"
)

const undrained = `import { DurableObject } from "cloudflare:workers";

export class Jobs extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    ws.close(code); // naïve 😀
    this.ctx.storage.sql.exec("DELETE FROM jobs RETURNING id");
    this.ctx.storage.sql.exec("DELETE FROM rows RETURNING id");
  }
  webSocketMessage() {}
}
`

func fixed(t *testing.T, e *engine.Engine, dry bool, paths ...string) *engine.FixResult {
	t.Helper()
	r, err := e.Fix(engine.ReviewRequest{Paths: paths}, dry)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFixMakesTheEdits(t *testing.T) {
	e, dir := open(t)
	file := filepath.Join(dir, "src", "jobs.ts")
	put(t, file, strings.ReplaceAll(undrained, "\n", "\r\n"))
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		"ws.close(code)", "ws.close(code === 1005 || code === 1006 ? 1000 : code)",
		`RETURNING id");`, `RETURNING id").toArray();`,
		"\n", "\r\n",
	).Replace(undrained)

	planned := fixed(t, e, true, "src")
	equal(t, "a dry run leaves", text(t, file), strings.ReplaceAll(undrained, "\n", "\r\n"))
	if len(planned.Fixed) != 3 || planned.Written[0].Action != "planned" {
		t.Errorf("a dry run: %d fixed, %+v", len(planned.Fixed), planned.Written)
	}

	r := fixed(t, e, false, "src")
	equal(t, "the file", text(t, file), want)
	equal(t, "the diff of the dry run", planned.Diff, r.Diff)
	if len(r.Fixed) != 3 || len(r.Refused) != 0 || r.Errors() != 0 || len(r.Written) != 1 || r.Written[0].Action != "replaced" {
		t.Errorf("fixed %d, refused %v, written %v, %d errors remain", len(r.Fixed), r.Refused, r.Written, r.Errors())
	}
	for _, want := range []string{"3 finding(s) fixed in 1 file(s)", "--- a/src/jobs.ts", "+    ws.close(code === 1005", "0 error(s)"} {
		if !strings.Contains(r.Text(), want) {
			t.Errorf("the text lacks %q:\n%s", want, r.Text())
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v, %v", info.Mode(), err)
	}
	again := fixed(t, e, false, "src")
	if len(again.Fixed) != 0 || again.Diff != "" || len(again.Written) != 0 {
		t.Errorf("a second run: %s", again.Text())
	}
}

// The await that the one finding asks for opens the object's gate between a read
// and a write of its memory, so it is not kept; the others are.
func TestFixTakesBackWhatBringsSomethingElse(t *testing.T) {
	e, dir := open(t)
	file := filepath.Join(dir, "a.ts")
	put(t, file, `import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<Env> {
  async add(): Promise<void> {
    const n = ((await this.ctx.storage.get<number>("n")) ?? 0) + 1;
    fetch("https://hook.example/" + n);
    await this.ctx.storage.put("n", n);
    this.ctx.storage.sql.exec("DELETE FROM jobs RETURNING id");
  }
}
`)
	r := fixed(t, e, false, ".")
	if len(r.Fixed) != 1 || r.Fixed[0].Gotcha != "sql-undrained-write" || len(r.Refused) != 1 || r.Refused[0].Gotcha != "floating-promise" ||
		!strings.Contains(r.Refused[0].Reason, "would bring race-external-await") {
		t.Errorf("fixed %v, refused %+v", r.Fixed, r.Refused)
	}
	got := text(t, file)
	if !strings.Contains(got, "    fetch(") || !strings.Contains(got, ".toArray()") {
		t.Errorf("the file reads\n%s", got)
	}
}

func TestFixLeavesWhatItMayNotChange(t *testing.T) {
	e, dir := open(t)
	outside := filepath.Join(t.TempDir(), "jobs.ts")
	put(t, outside, undrained)
	if err := os.Symlink(outside, filepath.Join(dir, "link.ts")); err != nil {
		t.Skip(err)
	}
	if _, err := e.Fix(engine.ReviewRequest{Paths: []string{"link.ts"}}, false); err == nil {
		t.Error("a symlink that leaves the root was followed")
	}
	put(t, filepath.Join(dir, "real.ts"), undrained)
	if err := os.Symlink("real.ts", filepath.Join(dir, "inside.ts")); err != nil {
		t.Fatal(err)
	}
	_, err := e.Fix(engine.ReviewRequest{Paths: []string{"inside.ts"}}, false)
	expectErr(t, err, "symlink")
	equal(t, "the target", text(t, outside), undrained)
	equal(t, "the file behind the link", text(t, filepath.Join(dir, "real.ts")), undrained)
	_, err = e.Fix(engine.ReviewRequest{Source: undrained}, false)
	expectErr(t, err, "give a path")
}

func TestFixKeepsAcceptedFindings(t *testing.T) {
	e, dir := open(t)
	file := filepath.Join(dir, "a.ts")
	accepted := strings.Replace(undrained, "// naïve 😀", "// do-review-ignore ws-reserved-close-code: the code is checked by the caller", 1)
	put(t, file, accepted)
	r := fixed(t, e, false, ".")
	if len(r.Suppressed) != 1 || !strings.Contains(text(t, file), "ws.close(code); // do-review-ignore") || len(r.Fixed) != 2 {
		t.Errorf("suppressed %v, fixed %d\n%s", r.Suppressed, len(r.Fixed), text(t, file))
	}
}

// An object that is mended passes the scenario that it was built with.
func TestFixedObjectPassesItsScenario(t *testing.T) {
	e, dir := open(t)
	_, r, err := e.Build(t.Context(), engine.BuildRequest{Spec: seed})
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range r.Stages {
		if st.Status == verify.Skipped && strings.Contains(st.Enable, "Node.js") {
			t.Skip(st.Message)
		}
	}
	path := filepath.Join(dir, "results", "durable_object.ts")
	broken := text(t, path)
	for _, edit := range [][2]string{
		{"this.ctx.acceptWebSocket(server);", "server.accept();"},
		{"ws.close(UNSENDABLE_CLOSE_CODES.has(code) ? 1000 : code);", "ws.close(code);"},
	} {
		if strings.Count(broken, edit[0]) != 1 {
			t.Fatalf("the scaffold does not write %q once", edit[0])
		}
		broken = strings.Replace(broken, edit[0], edit[1], 1)
	}
	put(t, path, broken)
	if before, err := e.Review(engine.ReviewRequest{Paths: []string{"results/durable_object.ts"}}); err != nil || before.Errors() < 2 {
		t.Fatalf("planted two mistakes: %v\n%s", err, before.Text())
	}
	fixed(t, e, false, "results/durable_object.ts")
	again, err := e.Verify(t.Context(), engine.VerifyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if !again.OverallPassed {
		t.Errorf("mended, it does not pass:\n%s\n%s", again.Text(), text(t, path))
	}
}
