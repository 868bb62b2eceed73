package scaffold

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/schema/schematest"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// variants are the patterns with the parameters that change what is emitted. The
// tests that play them on workerd read the same file.
var variants = func() map[string]blueprint.Pattern {
	data, err := os.ReadFile(filepath.Join("testdata", "variants.json"))
	if err != nil {
		panic(err)
	}
	var v map[string]blueprint.Pattern
	if err := json.Unmarshal(data, &v); err != nil {
		panic(err)
	}
	return v
}()

func of(names ...string) *blueprint.Blueprint {
	bp := &blueprint.Blueprint{Class: "Sample", Key: "room"}
	for _, n := range names {
		bp.Patterns = append(bp.Patterns, variants[n])
	}
	return bp
}

func render(t testing.TB, bp *blueprint.Blueprint) *Output {
	t.Helper()
	out, err := Render(bp, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// everyCombination calls f with each variant alone and each pair of variants of
// different patterns.
func everyCombination(t *testing.T, f func(t *testing.T, names []string)) {
	fits := func(names ...string) bool { return of(names...).Normalize() == nil }
	for a := range variants {
		if fits(a) {
			t.Run(a, func(t *testing.T) { f(t, []string{a}) })
		}
		for b := range variants {
			if a < b && fits(a, b) {
				t.Run(a+"+"+b, func(t *testing.T) { f(t, []string{a, b}) })
			}
		}
	}
	everything := []string{"crowded", "sharded", "messages", "lock", "hourly", "state", "purge"}
	t.Run("everything", func(t *testing.T) { f(t, everything) })
}

const seedSpec = "ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle."

func TestGolden(t *testing.T) {
	golden := func(name string, out *Output) {
		t.Helper()
		sc, err := json.MarshalIndent(out.Scenario, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		for file, got := range map[string][]byte{name + ".ts": out.TypeScript, name + ".scenario.json": append(sc, '\n'), name + ".md": out.Summary} {
			path := filepath.Join("testdata", file)
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what is rendered now; look at the difference, then run: go test ./internal/scaffold -run TestGolden -update", path)
			}
		}
	}
	bp, err := blueprint.Read(seedSpec, blueprint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	golden("chat_room", render(t, bp))
	golden("lock", render(t, of("lock")))
	golden("schedule", render(t, of("hourly")))
	golden("counter_limit", render(t, of("counter", "limit")))
	golden("everything", render(t, of("crowded", "sharded", "messages", "lock", "hourly", "state", "purge")))
}

// What holds for every module, whatever it is made of.
func TestEveryCombinationIsWellFormed(t *testing.T) {
	everyCombination(t, func(t *testing.T, names []string) {
		ts := string(render(t, of(names...)).TypeScript)
		for _, bad := range []string{"setTimeout", "setInterval", "<<", ">>", "<no value>", "\t", "\n\n\n", "BEGIN", "private ", "console.log(\"", "PRAGMA"} {
			if strings.Contains(ts, bad) {
				t.Errorf("the module contains %q", bad)
			}
		}
		if n := strings.Count(ts, "override async alarm(") + strings.Count(ts, "override alarm("); n > 1 {
			t.Errorf("%d alarm handlers", n)
		}
		if n := strings.Count(ts, "export class "); n != 1 {
			t.Errorf("%d exported classes", n)
		}
		for i, line := range strings.Split(ts, "\n") {
			if len(line) > maxWidth {
				t.Errorf("line %d has %d columns: %s", i+1, len(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("line %d ends with a blank", i+1)
			}
		}
		for _, name := range privates.FindAllString(ts, -1) {
			if strings.Count(ts, name+"(")+strings.Count(ts, name+" ")+strings.Count(ts, name+".")+strings.Count(ts, name+"\n") < 2 {
				t.Errorf("%s is declared and never used", name)
			}
		}
		for _, m := range constants.FindAllStringSubmatch(ts, -1) {
			if len(regexp.MustCompile(`\b`+m[1]+`\b`).FindAllString(ts, 2)) < 2 {
				t.Errorf("constant %s is never used", m[1])
			}
		}
	})
}

var (
	privates  = regexp.MustCompile(`#[a-z]\w+`)
	constants = regexp.MustCompile(`(?m)^const (\w+)\b`)
)

// Every scenario is one that the verifier accepts, loses memory in the middle,
// checks each route and, where there is a purge, runs into it.
func TestEveryScenarioIsComplete(t *testing.T) {
	everyCombination(t, func(t *testing.T, names []string) {
		bp := of(names...)
		out := render(t, bp)
		data, err := json.Marshal(out.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		evicted := 0
		asked := map[string]bool{}
		for _, step := range s.Steps {
			if step.Name == "" {
				t.Errorf("a step without a name: %s", step.Title())
			}
			switch {
			case step.Evict != nil:
				evicted++
			case step.HTTP != nil:
				path, _, _ := strings.Cut(step.HTTP.Path, "?")
				for _, r := range bp.Routes {
					if step.HTTP.MethodOrGet() == r.Method && pathPattern(r.Path).MatchString(path) {
						asked[r.Method+" "+r.Path] = true
					}
				}
				if step.HTTP.Expect == nil {
					t.Errorf("%s expects nothing", step.Title())
				}
			}
		}
		if evicted == 0 {
			t.Error("memory is never lost")
		}
		for _, r := range bp.Routes {
			if !asked[r.Method+" "+r.Path] {
				t.Errorf("%s %s is never asked", r.Method, r.Path)
			}
		}
		if bp.Has(blueprint.IdlePurge) && !bp.PurgeIsEmpty() && !s.UsesClock() {
			t.Error("the purge never happens")
		}
	})
}

func pathPattern(path string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.MustCompile(`/:\w+`).ReplaceAllString(path, "/[^/]+") + "$")
}

// Every blueprint that is rendered is one by the published schema.
func TestBlueprintsMatchTheirSchema(t *testing.T) {
	for name := range variants {
		bp := of(name)
		if bp.Normalize() != nil {
			continue // it needs another beside it
		}
		render(t, bp)
		data, err := json.Marshal(bp)
		if err != nil {
			t.Fatal(err)
		}
		schematest.Valid(t, "blueprint", data)
	}
	for _, bad := range []string{`{}`, `{"class":"a","key":"b"}`, `{"class":"A","key":"b","patterns":[{"kind":"blog"}]}`, `{"class":"A","key":"b","routes":[{"method":"GET","path":"x","op":"chat.count"}]}`, `{"class":"A","key":"b","more":1}`} {
		if schematest.Check("blueprint", []byte(bad)) == nil {
			t.Errorf("%s is a blueprint by the schema", bad)
		}
	}
}

// The same blueprint gives the same bytes, and rendering twice changes nothing.
func TestRenderIsStable(t *testing.T) {
	everyCombination(t, func(t *testing.T, names []string) {
		bp := of(names...)
		first, second, fresh := render(t, bp), render(t, bp), render(t, of(names...))
		for _, again := range []*Output{second, fresh} {
			if !bytes.Equal(first.TypeScript, again.TypeScript) || !bytes.Equal(first.Summary, again.Summary) {
				t.Error("rendering again gave other bytes")
			}
		}
	})
}

// A lock's token must survive the purge; everything else is deleted whole.
func TestPurgeKeepsTheFencingToken(t *testing.T) {
	if ts := string(render(t, of("lock", "state", "purge")).TypeScript); strings.Contains(ts, "deleteAll();") || strings.Contains(ts, "DELETE FROM lease") || !strings.Contains(ts, "DELETE FROM entries`") {
		t.Error("the purge beside a lock must empty every table but lease")
	}
	if ts := string(render(t, of("state", "purge")).TypeScript); !strings.Contains(ts, "await this.ctx.storage.deleteAll();") {
		t.Error("the purge without a lock must be deleteAll()")
	}
	if ts := string(render(t, of("lock", "purge")).TypeScript); strings.Contains(ts, "IDLE_MS") {
		t.Error("a lock alone has nothing to purge")
	}
}

// One alarm with one purpose needs no queue; two do.
func TestQueueOnlyWhereNeeded(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  bool
	}{
		{[]string{"chat", "purge"}, false}, {[]string{"lock"}, false}, {[]string{"schedule"}, true},
		{[]string{"chat", "lock"}, false}, {[]string{"chat", "lock", "purge"}, true}, {[]string{"counter"}, false},
	} {
		if got := strings.Contains(string(render(t, of(c.names...)).TypeScript), "CREATE TABLE due"); got != c.want {
			t.Errorf("%v has a queue: %v, want %v", c.names, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for class, want := range map[string]string{"ChatRoom": "CHAT_ROOM chat-room", "APIKeyStore": "API_KEY_STORE api-key-store", "Room2D": "ROOM2_D room2-d", "Counter": "COUNTER counter"} {
		if got := bindingName(class) + " " + workerName(class); got != want {
			t.Errorf("%s gives %q, want %q", class, got, want)
		}
	}
}

func TestSummaryTracesTheSpec(t *testing.T) {
	bp, err := blueprint.Read("Chat per room, typing | indicators, <b>history</b>, idle cleanup after 1 hour", blueprint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := render(t, bp)
	summary := string(out.Summary)
	for _, want := range []string{
		"| Chat per room | covered | routing, chat |", "| typing \\| indicators | open | typing notices are not sent",
		"&lt;b>history&lt;/b> | open |", "```mermaid\nflowchart LR\n", "1 hour later", "| `GET /ws` |",
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q:\n%s", want, summary)
		}
	}
	if len(out.Open) != 2 {
		t.Errorf("%d open clauses, want 2", len(out.Open))
	}
}

// Whatever words come together, a spec that is read can be rendered, and its
// scenario can be played.
func TestAnySpecRenders(t *testing.T) {
	pieces := strings.Split(`chat|WebSocket broadcast per room|at GET /count|POST /count|GET /check|POST /events/:id|counter per user|increments|10k req/s|
5 messages per second per user|max 1 users|max 2kb messages|rate limit 3/min|lock|lease of 2 hours|expires after 1 second|every 3 seconds|hourly|reminders|
delete after 2 seconds idle|purge when idle for 300 days|sharded over 900 shards|settings|GET /ws|DELETE /lock|PUT /state|POST /check|at most 1 requests per day|
DO called Response|class Event|per key|per id|each game lobby|500 ms idle cleanup|every 0 seconds|count messages|GET /a/../b|PATCH /x|lock per document|{"count": n}`, "|")
	random := rand.New(rand.NewPCG(1, 2))
	for range 1_000 {
		var spec []string
		for range 1 + random.IntN(6) {
			spec = append(spec, strings.TrimSpace(pieces[random.IntN(len(pieces))]))
		}
		text := strings.Join(spec, []string{", ", " and ", "; ", "\n- ", " "}[random.IntN(5)])
		bp, err := blueprint.Read(text, blueprint.Options{})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the spec asks for nothing") {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		out, err := Render(bp, Options{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		data, err := json.Marshal(out.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scenario.Parse(data); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRenderRefusesABadBlueprint(t *testing.T) {
	if _, err := Render(&blueprint.Blueprint{Class: "X; evil()", Key: "room"}, Options{}); err == nil || !strings.HasPrefix(err.Error(), "class is ") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkReadAndRender(b *testing.B) {
	for b.Loop() {
		bp, err := blueprint.Read(seedSpec, blueprint.Options{})
		if err != nil {
			b.Fatal(err)
		}
		render(b, bp)
	}
}
