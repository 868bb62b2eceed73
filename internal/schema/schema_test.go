package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scaffold"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/schema"
	"durable-objects-mcp/internal/schema/schematest"
	"durable-objects-mcp/internal/verify"
)

var update = flag.Bool("update", false, "write the schemas in resources/schemas anew")

const root = "../.."

func TestPublishedSchemasAreThoseOfTheTypes(t *testing.T) {
	for name, f := range schema.Formats {
		got, err := schema.Generate(f, root)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(root, "resources", "schemas", name+".json")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if have, err := os.ReadFile(file); err != nil || !bytes.Equal(have, got) {
			t.Errorf("%s is stale (%v); run: go test ./internal/schema -update", file, err)
		}
	}
}

func TestEveryPropertyIsPublished(t *testing.T) {
	for name, want := range map[string][]string{
		"scenario":          {`"$schema": {`, `"http": {`, `"rpc": {`, `"capture": {`, `"purged": {`, `"each": {`, `"advance": {`},
		"validation-report": {`"timeline": {`, `"between": {`, `"cause": {`, `"missed": {`, `"skipped",`, `"not_applicable"`},
	} {
		got, err := schema.Generate(schema.Formats[name], root)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(got), w) {
				t.Errorf("the schema of %s lacks %s", name, w)
			}
		}
		if strings.Contains(string(got), `"null"`) {
			t.Errorf("the schema of %s allows null", name)
		}
	}
}

func steps(list string) string { return `{"version": 1, "steps": [` + list + `]}` }

// TestSchemaAgreesWithTheParser compares the two on scenarios that are right, and
// on ones with one mistake each that a schema can see.
func TestSchemaAgreesWithTheParser(t *testing.T) {
	open := `{"open": {"socket": "a", "path": "/"}}, `
	for _, good := range []string{
		steps(`{"http": {"path": "/"}}`),
		`{"$schema": "durable-objects://schemas/scenario", "version": 1, "name": "n", "steps": [{"evict": {}}]}`,
		steps(`{"name": "n", "http": {"method": "PUT", "path": "/a?b=c", "headers": {"x": "y"}, "json": {"a": [1, null]}, "expect": {"status": 200, "json": [1], "text": "t"}}}`),
		steps(`{"http": {"path": "/", "body": "x"}, "capture": {"id": "$.a[0].b"}, "purged": true}, {"http": {"path": "/${id}"}}`),
		steps(`{"rpc": {"class": "Obj", "object": "b", "method": "add", "args": [1, "x", {}], "expect": {"json": 3}}}`),
		steps(`{"rpc": {"class": "Obj", "method": "add", "expect": {"throws": "no"}}}`),
		steps(`{"burst": {"count": 2, "http": {"path": "/"}}}, {"burst": {"count": 500, "rpc": {"class": "A", "method": "b"}}}`),
		steps(`{"burst": {"each": [{"http": {"path": "/"}}, {"rpc": {"class": "A", "method": "b"}}]}}`),
		steps(open + `{"send": {"socket": "a", "text": "x"}}, {"send": {"socket": "a", "json": 1}}, {"receive": {"socket": "a", "json": {}}}, {"close": {"socket": "a", "code": 4000, "reason": "r"}}`),
		steps(open + `{"close": {"socket": "a", "code": 0}}, {"advance": {"ms": 1}}`),
	} {
		if _, err := scenario.Parse([]byte(good)); err != nil {
			t.Errorf("the parser refuses %s: %v", good, err)
		}
		schematest.Valid(t, "scenario", []byte(good))
	}
	for _, bad := range []string{
		`[]`, `{}`, steps(``), `{"version": 2, "steps": [{"evict": {}}]}`, `{"steps": [{"evict": {}}]}`,
		`{"version": 1, "steps": [{"evict": {}}], "more": 1}`, `{"version": "1", "steps": [{"evict": {}}]}`,
		steps(`{}`), steps(`{"name": "x"}`), steps(`{"evict": {}, "advance": {"ms": 1}}`), steps(`{"htpp": {}}`), steps(`{"evict": {"x": 1}}`),
		steps(`{"http": {"path": "count"}}`), steps(`{"http": {"path": "/a b"}}`), steps(`{"http": {"path": 5}}`), steps(`{"http": {}}`),
		steps(`{"http": {"path": "/", "json": 1, "body": "x"}}`), steps(`{"http": {"path": "/", "headers": {"x": 1}}}`), steps(`{"http": {"path": "/", "expect": {"status": "200"}}}`),
		steps(`{"rpc": {"class": "A"}}`), steps(`{"rpc": {"class": "", "method": "b"}}`), steps(`{"rpc": {"class": "A", "method": "b", "expect": {"json": 1, "throws": "x"}}}`), steps(`{"rpc": {"class": "A", "method": "b", "args": 1}}`),
		steps(`{"burst": {"count": 1, "http": {"path": "/"}}}`), steps(`{"burst": {"count": 501, "http": {"path": "/"}}}`), steps(`{"burst": {"http": {"path": "/"}}}`),
		steps(`{"burst": {"count": 2}}`), steps(`{"burst": {"count": 2, "http": {"path": "/"}, "rpc": {"class": "A", "method": "b"}}}`),
		steps(`{"burst": {"each": [{"http": {"path": "/"}}]}}`), steps(`{"burst": {"each": [{}, {}]}}`), steps(`{"burst": {"count": 2, "each": [{"http": {"path": "/"}}, {"http": {"path": "/"}}]}}`),
		steps(`{"open": {"socket": "", "path": "/"}}`), steps(`{"open": {"socket": "a", "path": "ws"}}`),
		steps(open + `{"send": {"socket": "a", "text": "x", "json": 1}}`), steps(open + `{"close": {"socket": "a", "code": 1005}}`), steps(open + `{"close": {"socket": "a", "code": 2999}}`),
		steps(`{"advance": {"ms": 0}}`), steps(`{"advance": {"ms": 1.5}}`), steps(`{"advance": {"ms": 34560000001}}`),
		steps(`{"evict": {}, "capture": {"a": "$"}}`), steps(`{"http": {"path": "/"}, "capture": {"1a": "$"}}`), steps(`{"http": {"path": "/"}, "capture": {"a": "id"}}`), steps(`{"evict": {}, "purged": true}`),
		steps(strings.TrimSuffix(strings.Repeat(`{"evict": {}},`, scenario.MaxSteps+1), ",")),
	} {
		if _, err := scenario.Parse([]byte(bad)); err == nil {
			t.Errorf("the parser takes %.200s", bad)
		}
		if schematest.Check("scenario", []byte(bad)) == nil {
			t.Errorf("the schema takes %.200s", bad)
		}
	}
}

// TestScenariosOfTheRepositoryAreValid takes those that the scaffold writes and
// those of the tests.
func TestScenariosOfTheRepositoryAreValid(t *testing.T) {
	for _, spec := range []string{
		"ChatRoom DO: WebSocket broadcast per room, persistent message count at GET /count, delete room state after 30 min idle.",
		"VoteCounter DO: atomic counter, POST /increment, GET /count",
		"RateLimiter DO: 100 requests per minute per key",
		"Scheduler DO: schedule events, run them at their time",
		"Lock DO: a lock with a lease of 30 seconds",
	} {
		bp, err := blueprint.Read(spec, blueprint.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := scaffold.Render(bp, scaffold.Options{})
		if err != nil {
			t.Fatal(err)
		}
		schematest.Valid(t, "scenario", out.Scenario.JSON())
	}
	found, err := filepath.Glob(filepath.Join(root, "internal/verify/testdata/proof/*/scenario.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range found {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := schematest.Check("scenario", text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// whole is a report with every key.
func whole() *verify.Report {
	return &verify.Report{
		Version: verify.Version, RunDate: "2026-11-01T12:00:00Z", Depth: verify.Runtime,
		Stages:      []verify.Stage{{Name: "worlds", Message: "m", Status: verify.Failed, DurationMS: 1, Enable: "e", Details: []string{"d"}}},
		Checklist:   []verify.ChecklistItem{{ID: "i", Text: "t", Status: verify.NotApplicable, Evidence: "e"}},
		Script:      []string{"PASS: x"},
		Runtime:     verify.Environment{Workerd: "1", TypeScript: "7", CompatibilityDate: "2026-10-01", Platform: "linux/amd64"},
		Worlds:      []verify.World{{Name: "base", What: "w", Wrapped: "x", Timeline: []verify.Played{{Step: 1, Title: "t", Answer: "a", Between: "evicted", Problem: "p"}}}},
		Differences: []verify.Difference{{World: "w", Step: 1, Title: "t", What: "w", Base: "b", Here: "h", Cause: &verify.Cause{Gotcha: "g", Path: "p", Line: 1, Quote: "q", From: "log", Message: "m"}}},
		Traffic:     &verify.Traffic{From: "scenario", Steps: 1, Reached: []string{"A.b"}, Missed: []string{}},
		Notes:       []string{"n"},
	}
}

func TestReportSchema(t *testing.T) {
	schematest.Valid(t, "validation-report", whole().JSON())
	for name, spoil := range map[string]func(m map[string]any){
		"no key":      func(m map[string]any) { delete(m, "overall_passed") },
		"another key": func(m map[string]any) { m["extra"] = 1 },
		"other type":  func(m map[string]any) { m["overall_passed"] = "yes" },
		"null":        func(m map[string]any) { m["notes"] = nil },
		"version":     func(m map[string]any) { m["version"] = "0.9" },
		"date":        func(m map[string]any) { m["run_date"] = "yesterday" },
		"depth":       func(m map[string]any) { m["depth"] = "deep" },
		"status":      func(m map[string]any) { m["stages"].([]any)[0].(map[string]any)["status"] = "fine" },
		"negative":    func(m map[string]any) { m["results"].(map[string]any)["evictions"] = -1 },
		"fraction":    func(m map[string]any) { m["results"].(map[string]any)["evictions"] = 1.5 },
		"in a time line": func(m map[string]any) {
			delete(m["worlds"].([]any)[0].(map[string]any)["timeline"].([]any)[0].(map[string]any), "step")
		},
		"in a cause": func(m map[string]any) {
			m["differences"].([]any)[0].(map[string]any)["cause"].(map[string]any)["line"] = "9"
		},
	} {
		var m map[string]any
		if err := json.Unmarshal(whole().JSON(), &m); err != nil {
			t.Fatal(err)
		}
		spoil(m)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if schematest.Check("validation-report", text) == nil {
			t.Errorf("%s: the schema takes %s", name, text)
		}
	}
}
