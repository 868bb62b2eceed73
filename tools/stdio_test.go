package tools_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"durable-objects-mcp/internal/schema/schematest"
)

// binary is the server as it ships, built once for all tests of the package.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "do-mcp-test")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "durable-objects-mcp")
	if out, err := exec.Command("go", "build", "-o", binary, "durable-objects-mcp").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the server: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// session is a real child process that speaks MCP over its pipes.
type session struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	errs   bytes.Buffer
	era    string
	nextID int
}

const (
	legacy = "2025-11-25"
	modern = "2026-07-28"
)

var eras = []string{legacy, modern}

func start(t *testing.T, era, root string) *session {
	t.Helper()
	s := &session{t: t, era: era, cmd: exec.Command(binary, "--root", root)}
	s.cmd.Stderr = &s.errs
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill(); s.cmd.Wait() })
	if era == legacy {
		s.call("initialize", map[string]any{"protocolVersion": legacy, "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "test", "version": "1"}})
		s.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/initialized"})
	}
	return s
}

func (s *session) send(msg map[string]any) {
	s.t.Helper()
	line, err := json.Marshal(msg)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		s.t.Fatalf("writing to the server: %v\n%s", err, s.errs.String())
	}
}

type answer struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Params json.RawMessage `json:"params"`
}

// request sends without waiting and returns the id.
func (s *session) request(method string, params map[string]any) int {
	s.nextID++
	if params == nil {
		params = map[string]any{}
	}
	if s.era == modern {
		meta, _ := params["_meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["io.modelcontextprotocol/protocolVersion"] = modern
		meta["io.modelcontextprotocol/clientInfo"] = map[string]any{"name": "test", "version": "1"}
		meta["io.modelcontextprotocol/clientCapabilities"] = map[string]any{}
		params["_meta"] = meta
	}
	s.send(map[string]any{"jsonrpc": "2.0", "id": s.nextID, "method": method, "params": params})
	return s.nextID
}

func (s *session) read() answer {
	s.t.Helper()
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		s.t.Fatalf("reading from the server: %v\n%s", err, s.errs.String())
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		s.t.Fatalf("the server wrote something that is not JSON: %q", line)
	}
	return a
}

// call sends a request and returns its result; notifications on the way are dropped.
func (s *session) call(method string, params map[string]any) json.RawMessage {
	s.t.Helper()
	id := s.request(method, params)
	for {
		if a := s.read(); a.ID == id {
			if a.Error != nil {
				s.t.Fatalf("%s: error %d: %s", method, a.Error.Code, a.Error.Message)
			}
			return a.Result
		}
	}
}

type toolResult struct {
	IsError bool `json:"isError"`
	Content []struct {
		Text string `json:"text"`
	} `json:"content"`
	Structured map[string]any `json:"structuredContent"`
}

func (r toolResult) text() string { return r.Content[0].Text }

func (s *session) tool(name string, args map[string]any) toolResult {
	s.t.Helper()
	var r toolResult
	if err := json.Unmarshal(s.call("tools/call", map[string]any{"name": name, "arguments": args}), &r); err != nil {
		s.t.Fatal(err)
	}
	if len(r.Content) != 1 {
		s.t.Fatalf("%s: %d content blocks, want one text", name, len(r.Content))
	}
	return r
}

func eachEra(t *testing.T, fn func(t *testing.T, s *session, root string)) {
	for _, era := range eras {
		t.Run(era, func(t *testing.T) {
			root := t.TempDir()
			fn(t, start(t, era, root), root)
		})
	}
}

func TestListsAreCompleteAndUnique(t *testing.T) {
	eachEra(t, func(t *testing.T, s *session, _ string) {
		var tools struct {
			Tools []struct {
				Name        string
				Description string
				Annotations map[string]any
				InputSchema map[string]any
			}
		}
		raw := s.call("tools/list", nil)
		if err := json.Unmarshal(raw, &tools); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, tl := range tools.Tools {
			names = append(names, tl.Name)
			for _, hint := range []string{"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint", "title"} {
				if _, ok := tl.Annotations[hint]; !ok {
					t.Errorf("%s does not set %s", tl.Name, hint)
				}
			}
			if tl.InputSchema["additionalProperties"] != false {
				t.Errorf("%s accepts unknown arguments", tl.Name)
			}
		}
		if got, want := strings.Join(names, " "), "review_gotchas scaffold_durable_object verify_results write_wrangler_config"; got != want {
			t.Errorf("tools %s, want %s", got, want)
		}
		// A budget, because every client sends this list to its model.
		if len(raw) > 10_000 {
			t.Errorf("the tool list is %d bytes; the budget is 10,000", len(raw))
		}
		var res struct {
			Resources []struct{ URI, Name, Description, MimeType string }
		}
		if err := json.Unmarshal(s.call("resources/list", nil), &res); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, r := range res.Resources {
			if seen[r.Name] || seen[r.URI] || r.Description == "" || r.MimeType != "text/markdown" && !(r.MimeType == "application/schema+json" && strings.HasPrefix(r.URI, "durable-objects://schemas/")) {
				t.Errorf("resource %+v is not unique or not described", r)
			}
			seen[r.Name], seen[r.URI] = true, true
		}
		for _, uri := range []string{"rules", "api", "patterns", "configuration", "limits", "checklist", "runbook", "gotchas/race-external-await", "schemas/scenario", "schemas/validation-report"} {
			if !seen["durable-objects://"+uri] {
				t.Errorf("no resource durable-objects://%s", uri)
			}
		}
	})
}

func TestRunbookOverStdio(t *testing.T) {
	eachEra(t, func(t *testing.T, s *session, root string) {
		r := s.tool("scaffold_durable_object", map[string]any{"spec": "VoteCounter DO: atomic counter, POST /increment, GET /count"})
		if r.IsError {
			t.Fatal(r.text())
		}
		if r = s.tool("write_wrangler_config", nil); r.IsError {
			t.Fatal(r.text())
		}
		if r = s.tool("review_gotchas", nil); r.IsError || len(r.Structured["findings"].([]any)) != 0 && strings.Contains(r.text(), "error ") {
			t.Fatalf("review: %s", r.text())
		}
		if r = s.tool("verify_results", map[string]any{"depth": "static"}); r.IsError {
			t.Fatal(r.text())
		}
		report, err := json.Marshal(r.Structured)
		if err != nil {
			t.Fatal(err)
		}
		schematest.Valid(t, "validation-report", report)
		for _, name := range []string{"durable_object.ts", "wrangler.jsonc", "self_review.md", "summary.md", "validation_report.json", "report.html"} {
			if info, err := os.Stat(filepath.Join(root, "results", name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTextAndStructuredCarryTheSameFacts(t *testing.T) {
	s := start(t, legacy, t.TempDir())
	const src = "import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject<Env> {\n  async f(): Promise<void> {\n    const n = (await this.ctx.storage.get<number>(\"n\")) ?? 0;\n    await fetch(\"https://x.example/?a&b\");\n    await this.ctx.storage.put(\"n\", n + 1);\n  }\n}\n"
	r := s.tool("review_gotchas", map[string]any{"source": src})
	found := false
	for _, f := range r.Structured["findings"].([]any) {
		m := f.(map[string]any)
		found = found || m["gotcha"] == "race-external-await" && m["line"] == 6.0
		for _, key := range []string{"gotcha", "quote", "message", "why", "fix"} {
			if !strings.Contains(r.text(), m[key].(string)) {
				t.Errorf("the text lacks the finding's %s: %q", key, m[key])
			}
		}
	}
	if !found {
		t.Errorf("the race on line 6 is not reported:\n%s", r.text())
	}
	if strings.Contains(r.text(), `\u003c`) {
		t.Error("the text has HTML escapes")
	}
}

func TestBadArgumentsSayWhatIsAllowed(t *testing.T) {
	s := start(t, legacy, t.TempDir())
	for _, c := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"scaffold_durable_object", nil, "the spec is empty"},
		{"scaffold_durable_object", map[string]any{"spec": "  "}, "the spec is empty"},
		{"scaffold_durable_object", map[string]any{"blueprint": map[string]any{"class": "A", "key": "b", "paterns": []any{}}}, "is patterns meant?"},
		{"scaffold_durable_object", map[string]any{"spec": 5}, "spec must be a string, not a number"},
		{"scaffold_durable_object", map[string]any{"spec": "a counter", "resultsDir": "x"}, `there is no argument "resultsDir" (did you mean results_dir?); allowed are spec, blueprint, grow, project, results_dir, overwrite, dry_run`},
		{"verify_results", map[string]any{"depth": "deep"}, "allowed are static, types, runtime"},
		{"write_wrangler_config", map[string]any{"rename": "A"}, "must be an object with the strings from and to"},
		{"write_wrangler_config", map[string]any{"transfer_to": map[string]any{"from": "A", "to": "B"}}, "transfer_to must be an object with the strings to_script, from and to"},
		{"write_wrangler_config", map[string]any{"deployed": "4"}, "deployed"},
		{"write_wrangler_config", map[string]any{"transfer": map[string]any{"from": "A", "to": "B"}}, "transfer must be an object with the strings from_script, from and to"},
		{"write_wrangler_config", map[string]any{"config_path": "no/wrangler.jsonc"}, "no/wrangler.jsonc cannot be read"},
		{"write_wrangler_config", map[string]any{"dry_run": "maybe"}, "dry_run must be true or false"},
		{"review_gotchas", map[string]any{"path": "nope.ts"}, "nope.ts does not exist"},
		{"review_gotchas", map[string]any{"path": "../../etc/passwd"}, "outside"},
		{"review_gotchas", map[string]any{"path": []any{1}}, "path[0] must be a string, not a number"},
		{"verify_results", map[string]any{"results_dir": "/etc"}, "outside"},
	} {
		r := s.tool(c.tool, c.args)
		if !r.IsError || !strings.Contains(r.text(), c.want) {
			t.Errorf("%s %v\n got  %v %s\n want %s", c.tool, c.args, r.IsError, r.text(), c.want)
		}
	}
}

func TestNothingIsOverwrittenUnasked(t *testing.T) {
	root := t.TempDir()
	s := start(t, legacy, root)
	mine := filepath.Join(root, "results", "durable_object.ts")
	if err := os.MkdirAll(filepath.Dir(mine), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mine, []byte("// mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := s.tool("scaffold_durable_object", map[string]any{"spec": "a counter"})
	if !r.IsError || !strings.Contains(r.text(), "overwrite") {
		t.Errorf("got %v %s", r.IsError, r.text())
	}
	if got, _ := os.ReadFile(mine); string(got) != "// mine\n" {
		t.Errorf("the file now reads %q", got)
	}
	if _, err := os.Stat(filepath.Join(root, "results", "summary.md")); err == nil {
		t.Error("a refused scaffold left summary.md behind")
	}
}

func TestCancelledCallEndsAndTheNextWorks(t *testing.T) {
	s := start(t, legacy, t.TempDir())
	s.tool("scaffold_durable_object", map[string]any{"spec": "a chat room with WebSocket broadcast, delete after 30 min idle"})
	s.tool("write_wrangler_config", nil)
	id := s.request("tools/call", map[string]any{"name": "verify_results", "arguments": map[string]any{}, "_meta": map[string]any{"progressToken": "p"}})
	for { // cancel in the middle of the run on workerd
		a := s.read()
		if a.ID == id {
			t.Skip("the verification ended before it could be cancelled")
		}
		if strings.Contains(string(a.Params), "playing the scenario") {
			break
		}
	}
	s.send(map[string]any{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": map[string]any{"requestId": id}})
	r := s.tool("review_gotchas", map[string]any{"path": "results/durable_object.ts"})
	if r.IsError {
		t.Fatal(r.text())
	}
	deadline := time.Now().Add(5 * time.Second)
	for len(children(t, s.cmd.Process.Pid)) > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("children of the server still run: %v", children(t, s.cmd.Process.Pid))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// children are the processes that a process has started and that still run.
func children(t *testing.T, pid int) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("there is no /proc to look for child processes in")
	}
	var out []string
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == fmt.Sprint(pid) && fields[0] != "Z" {
			out = append(out, path)
		}
	}
	return out
}

func TestProgressIsReportedToWhoAsks(t *testing.T) {
	eachEra(t, func(t *testing.T, s *session, _ string) {
		s.tool("scaffold_durable_object", map[string]any{"spec": "a counter"})
		id := s.request("tools/call", map[string]any{"name": "verify_results", "arguments": map[string]any{"depth": "static"}, "_meta": map[string]any{"progressToken": "tok"}})
		var messages []string
		answered := false
		for !answered || len(messages) == 0 {
			a := s.read()
			answered = answered || a.ID == id
			var p struct {
				Token    string `json:"progressToken"`
				Progress int    `json:"progress"`
				Message  string `json:"message"`
			}
			if a.Method == "notifications/progress" && json.Unmarshal(a.Params, &p) == nil && p.Token == "tok" && p.Progress == len(messages)+1 {
				messages = append(messages, p.Message)
			}
		}
		if messages[0] != "reading the implementation" {
			t.Errorf("progress %v", messages)
		}
	})
}

func TestEndOfInputEndsTheServer(t *testing.T) {
	s := start(t, legacy, t.TempDir())
	s.in.Close()
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("exit: %v\n%s", err, s.errs.String())
		}
	case <-time.After(10 * time.Second):
		t.Error("the server is still running ten seconds after its input ended")
	}
}

func TestPromptCarriesTheSpec(t *testing.T) {
	eachEra(t, func(t *testing.T, s *session, _ string) {
		var p struct {
			Messages []struct{ Content struct{ Text string } }
		}
		spec := `a "lock" with {{braces}} & <tags>`
		if err := json.Unmarshal(s.call("prompts/get", map[string]any{"name": "build_durable_object", "arguments": map[string]any{"spec": spec, "results_dir": "out"}}), &p); err != nil {
			t.Fatal(err)
		}
		text := p.Messages[0].Content.Text
		for _, want := range []string{spec, "out", "scaffold_durable_object", "review_gotchas", "write_wrangler_config", "verify_results"} {
			if !strings.Contains(text, want) {
				t.Errorf("the prompt lacks %q", want)
			}
		}
	})
}

// clients is the folder with the inspector and the SDK, installed once from the
// committed lockfile into the user's cache.
func clients(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed, so neither the MCP inspector nor the SDK client can run; install Node.js to enable this test")
	}
	lock, err := os.ReadFile("testdata/clients/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "durable-objects-mcp", "test-clients-"+hash(lock))
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := os.ReadFile("testdata/clients/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestInspectorInBothEras(t *testing.T) {
	dir := clients(t)
	root := t.TempDir()
	inspect := func(t *testing.T, era string, args ...string) (string, string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		full := append([]string{filepath.Join(dir, "node_modules", ".bin", "mcp-inspector"), "--cli", "-q", binary, "--protocol-era", era}, args...)
		cmd := exec.CommandContext(ctx, "node", full...)
		cmd.Env = append(os.Environ(), "CLAUDE_PROJECT_DIR="+root)
		cmd.Dir = root
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("inspector %v: %v\n%s%s", args, err, out.String(), errs.String())
		}
		return out.String(), errs.String()
	}
	for _, era := range []string{"legacy", "modern"} {
		t.Run(era, func(t *testing.T) {
			out, errs := inspect(t, era, "--method", "tools/list", "--strict")
			if !strings.Contains(out, "verify_results") {
				t.Errorf("tools/list: %s", out)
			}
			if strings.Contains(errs, "warning") && !strings.Contains(errs, "0 warnings") || strings.Contains(errs, "error") && !strings.Contains(errs, "0 errors") {
				t.Errorf("strict mode complains: %s", errs)
			}
			out, _ = inspect(t, era, "--method", "resources/read", "--uri", "durable-objects://gotchas/race-external-await")
			if !strings.Contains(out, "input gate") {
				t.Errorf("resources/read: %s", out)
			}
			out, _ = inspect(t, era, "--method", "tools/call", "--tool-name", "review_gotchas", "--tool-args-json", `{"source":"export class A {}"}`)
			if !strings.Contains(out, "No Durable Object class was found") {
				t.Errorf("tools/call: %s", out)
			}
			out, _ = inspect(t, era, "--method", "prompts/get", "--prompt-name", "build_durable_object", "--prompt-args", "spec=chat")
			if !strings.Contains(out, "verify_results") {
				t.Errorf("prompts/get: %s", out)
			}
		})
	}
}

func TestIndependentClient(t *testing.T) {
	dir := clients(t)
	script, err := os.ReadFile("testdata/clients/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "client.mjs"), script, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("node", filepath.Join(dir, "client.mjs"), binary, t.TempDir()).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderrOf(err))
	}
	type called struct {
		IsError    bool
		Text       string
		Structured map[string]any
	}
	var seen struct {
		Instructions                              string
		Tools, Resources, Prompts, Empty          []string
		Scaffold, Config, Review, Verify, Refused called
		Prompt                                    string
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(seen.Tools) != 4 || len(seen.Prompts) != 1 || len(seen.Empty) != 0 || len(seen.Instructions) == 0 || len(seen.Instructions) > 2048 {
		t.Errorf("tools %v, prompts %v, empty resources %v, %d bytes of instructions", seen.Tools, seen.Prompts, seen.Empty, len(seen.Instructions))
	}
	for name, c := range map[string]called{"scaffold": seen.Scaffold, "config": seen.Config, "review": seen.Review, "verify": seen.Verify} {
		if c.IsError || c.Structured == nil {
			t.Errorf("%s: error %v, structured %v: %s", name, c.IsError, c.Structured != nil, c.Text)
		}
	}
	if !strings.Contains(seen.Review.Text, "settimeout-durable") {
		t.Errorf("the timer is not reported: %s", seen.Review.Text)
	}
	if !seen.Refused.IsError || !strings.Contains(seen.Refused.Text, "did you mean path?") {
		t.Errorf("refused: %+v", seen.Refused)
	}
	if !strings.Contains(seen.Prompt, "a lock") {
		t.Errorf("prompt: %s", seen.Prompt)
	}
}
