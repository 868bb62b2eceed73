package gotchas_test

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/syntax"
)

// editable are the gotchas that know one change that is certainly right.
var editable = []string{
	"transaction-sync-async", "constructor-super", "floating-promise", "alarm-units",
	"kv-undefined", "sql-await", "sql-binding-array", "sql-binding-coercion", "sql-one-on-maybe-empty", "sql-undrained-write",
	"ws-double-accept", "ws-reserved-close-code", "ws-send-object", "ws-standard-accept", "ws-upgrade-check",
	"fetch-relative-url", "rpc-not-awaited",
}

// Of every bad sample, each edit by itself removes its finding, leaves text that
// parses, and brings nothing else.
func TestEditsMendTheSamples(t *testing.T) {
	edited := map[string]int{}
	for _, family := range gotchas.Families {
		for _, g := range family.Gotchas {
			if g.Check == nil {
				continue
			}
			for _, in := range samples(t, family, g) {
				before := gotchas.Review(in)
				for _, f := range before.Findings {
					if f.Gotcha != g.ID || len(f.Edits) == 0 {
						continue
					}
					edited[g.ID]++
					mend(t, in, before, f)
				}
			}
		}
	}
	for id, n := range edited {
		if !slices.Contains(editable, id) {
			t.Errorf("%s has %d edits in its samples and is not in the list of those that have some", id, n)
		}
	}
	for _, id := range editable {
		if edited[id] == 0 {
			t.Errorf("no bad sample of %s gets an edit", id)
		}
	}
}

// What has two good answers, or none that compiles, gets no edit.
func TestNoEditWhereNoneIsCertain(t *testing.T) {
	for _, c := range []struct{ gotcha, method string }{
		{"rpc-not-awaited", `f() { this.env.ROOM.getByName("a").go(); }`},
		{"floating-promise", `f() { fetch("https://x.example"); }`},
		{"alarm-units", `async f() { await this.ctx.storage.setAlarm(60); }`},
		{"alarm-units", `async f(delay: number) { await this.ctx.storage.setAlarm(delay); }`},
		{"kv-undefined", `async f() { await this.ctx.storage.put("a", undefined, { noCache: true }); }`},
		{"sql-await", `f() { return this.ctx.storage.sql.exec("SELECT 1").then(() => 1); }`},
		{"sql-binding-array", `f(ids: string[]) { this.ctx.storage.sql.exec("SELECT * FROM t WHERE id = ? LIMIT 1", ids).toArray(); }`},
		{"sql-binding-coercion", `f(on: boolean) { this.ctx.storage.sql.exec("INSERT INTO t VALUES (?)", on); }`},
		{"sql-one-on-maybe-empty", `f(id: string) { const row = this.ctx.storage.sql.exec("SELECT * FROM t WHERE id = ?", id).one(); return row === null; }`},
		{"sql-undrained-write", `f() { const c = this.ctx.storage.sql.exec("DELETE FROM t RETURNING id"); return c.rowsWritten; }`},
		{"transaction-sync-async", `f() { this.ctx.storage.transactionSync(async () => { await fetch("https://x.example"); }); }`},
		{"transaction-sync-async", `f() { this.ctx.storage.transactionSync(async (): Promise<void> => { this.ctx.storage.sql.exec("DELETE FROM t"); }); }`},
		{"transaction-sync-async", `f() { return this.ctx.storage.transactionSync(async () => 1).then((n) => n); }`},
		{"constructor-super", `constructor(state: DurableObjectState) { this.x = 1; }`},
		{"ws-send-object", `webSocketMessage(ws: WebSocket) { ws.send(new Map() as any); }`},
		{"ws-reserved-close-code", `webSocketClose(ws: WebSocket) { ws.close(1006); }`},
		{"ws-standard-accept", `fetch() { const [a, b] = Object.values(new WebSocketPair()); b.accept(); b.addEventListener("message", () => {}); return new Response(null, { status: 101, webSocket: a }); } webSocketMessage() {}`},
		{"fetch-relative-url", `async f() { const path = "/a"; return this.env.ROOM.getByName("a").fetch(path); }`},
	} {
		src := "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject<Env> {\n  " + c.method + "\n}\n"
		found := false
		for _, f := range review(src).Findings {
			if f.Gotcha == c.gotcha {
				found = true
				if len(f.Edits) > 0 {
					t.Errorf("%s gets the edit %v in %s", c.gotcha, f.Edits, c.method)
				}
			}
		}
		if !found {
			t.Errorf("%s is not found in %s", c.gotcha, c.method)
		}
	}
}

func mend(t *testing.T, in gotchas.Input, before *gotchas.Result, f analysis.Finding) {
	t.Helper()
	name := fmt.Sprintf("%s in %s:%d", f.Gotcha, f.Path, f.Line)
	i := slices.IndexFunc(in.Files, func(file gotchas.File) bool { return file.Path == f.Path })
	if i < 0 {
		t.Fatalf("%s: the finding is in another file", name)
	}
	text, err := edit.Apply(in.Files[i].Source, f.Edits)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	tree, err := syntax.Parse(f.Path, text)
	if err != nil || len(tree.Partial) > 0 {
		t.Errorf("%s: the edited text does not parse: %v\n%s", name, err, text)
		return
	}
	diff := edit.Diff(f.Path, in.Files[i].Source, text)
	in.Files = slices.Clone(in.Files)
	in.Files[i].Source = text
	was, is := tally(before), tally(gotchas.Review(in))
	was[f.Gotcha]--
	for id, n := range is {
		if n > was[id] {
			t.Errorf("%s: after the edit there are %d of %s, not %d\n%s", name, n, id, was[id], diff)
		}
	}
}

// tally counts the findings of each gotcha, advice of others aside.
func tally(r *gotchas.Result) map[string]int {
	out := map[string]int{}
	for _, f := range r.Findings {
		if f.Severity != analysis.Info || slices.Contains(editable, f.Gotcha) {
			out[f.Gotcha]++
		}
	}
	return out
}

// samples are the bad samples of a gotcha, as reviews.
func samples(t *testing.T, family analysis.Family, g *analysis.Gotcha) []gotchas.Input {
	t.Helper()
	files, err := fs.Glob(family.Samples, "testdata/"+g.ID+"/bad*.ts*")
	if err != nil {
		t.Fatal(err)
	}
	var out []gotchas.Input
	for _, file := range files {
		in := gotchas.Input{Files: []gotchas.File{{Path: path.Base(file), Source: read(t, family.Samples, file)}}, Today: "2026-11-20"}
		config := strings.TrimSuffix(file, path.Ext(file)) + ".jsonc"
		if _, err := fs.Stat(family.Samples, config); err == nil {
			in.Config = &gotchas.File{Path: path.Base(config), Source: read(t, family.Samples, config)}
		}
		out = append(out, in)
	}
	return out
}

func read(t *testing.T, fsys fs.FS, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
