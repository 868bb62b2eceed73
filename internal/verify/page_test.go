package verify_test

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/verify"
)

// hostile is text that must be read on the page and never run, load or break out.
const hostile = `</script></style></title>--><script>globalThis.ran = 1</script><img src=x onerror="globalThis.ran = 2"><svg onload=globalThis.ran=3> "'` + "`{{.}} javascript:alert(1) &lt;b&gt;"

// raceCode loses updates in a burst, and its counter in memory when it is evicted.
const raceCode = `  seen = 0;
  override async fetch(request: Request): Promise<Response> {
    this.seen++;
    const n = (await this.ctx.storage.get<number>("n")) ?? 0;
    if (request.method === "POST") {
      await fetch("https://example.com/audit");
      await this.ctx.storage.put("n", n + 1);
    }
    return Response.json({ n, seen: this.seen });
  }`

// richReport is a report with everything that a page can show: six worlds,
// differences with causes, missed traffic, findings, and hostile text wherever
// text comes from somebody else.
func richReport() (*verify.Report, map[string][]byte) {
	code := map[string][]byte{results.DurableObject: []byte(object(raceCode)), results.Wrangler: []byte(config)}
	review := gotchas.Review(gotchas.Input{
		Files:  []gotchas.File{{Path: results.DurableObject, Source: code[results.DurableObject]}},
		Config: &gotchas.File{Path: results.Wrangler, Source: code[results.Wrangler]}, Today: "2026-11-01",
	})
	r := &verify.Report{
		Version: verify.Version, RunDate: "2026-11-01T12:00:00Z", Depth: verify.Runtime,
		Stages: []verify.Stage{
			{Name: "implement", Status: verify.Passed, Passed: true, Message: "durable_object.ts is there (700 bytes)"},
			{Name: "types", Status: verify.Passed, Passed: true, Message: "tsc 7.0.2 accepts it under strict", DurationMS: 56},
			{Name: "bundle", Status: verify.Skipped, Message: "workerd is not installed", Enable: "install Node.js with npm"},
			{Name: "worlds", Status: verify.Failed, Message: "2 of the scenario's promises do not hold", DurationMS: 2731,
				Details: []string{"evicted: step 3 (`GET /`) answered something else", hostile}},
			{Name: "script", Status: verify.NotApplicable, Message: "nothing to decide"},
		},
		Results:     verify.Results{GotchasGuarded: 3, GotchasViolated: 2, Errors: 1, StepsPlayed: 30, Evictions: 5, Differences: 2},
		Checklist:   []verify.ChecklistItem{{ID: "complete", Text: "It is complete", Status: verify.Passed, Evidence: "durable_object.ts:2 `` export class `Obj` ``: " + hostile}},
		Script:      []string{"=== FINAL OUTPUT VERIFICATION ===", "PASS: " + hostile},
		Runtime:     verify.Environment{Workerd: "1.20261023.1", TypeScript: "7.0.2", CompatibilityDate: "2026-10-01", Platform: "linux/amd64"},
		Differences: []verify.Difference{},
		Traffic: &verify.Traffic{From: "scenario", Steps: 6, Reached: []string{"Obj.fetch", "Obj.alarm"},
			Missed: []string{"durable_object.ts:14: SELECT " + strings.Repeat("very_long_column_name, ", 30) + hostile}},
		Notes:  []string{"Differs from run to run by itself, so it was not compared: stored `t`, " + hostile},
		Review: review,
	}
	titles := []string{"GET /", "10 × POST /add", "the count survives being asked twice", "open socket " + hostile, "receive on ann", "advance the clock by 1860000 ms"}
	for _, w := range []verify.World{
		{Name: "base", What: "the scenario as written", Untouched: true},
		{Name: "base again", What: "the same once more, to tell chance from change", Untouched: true},
		{Name: "serial", What: "bursts sent one by one", Untouched: true},
		{Name: "evicted", What: "memory dropped between all steps, sockets hibernating", Untouched: true, Evictions: 5, Failures: 1},
		{Name: "crashed", What: "killed between all steps, on the same disk", Untouched: true, Crashes: 5},
		{Name: "clock", What: "with a clock that moves", Wrapped: "a subclass moves `Date` and the alarms"},
	} {
		at := int64(0)
		for i, title := range titles {
			if i == len(titles)-1 && w.Name != "clock" {
				continue
			}
			p := verify.Played{Step: i + 1, Title: title, Answer: fmt.Sprintf(`200 {"n":%d,"seen":%d}`, i, i+1), StartMS: at, MS: 4}
			if i == 3 {
				p.Answer = "101 opened " + strings.Repeat("unbroken", 40) + hostile
			}
			switch w.Name {
			case "evicted":
				p.Between = "evicted"
				if i == 2 {
					p.Answer, p.Problem = `200 {"n":2,"seen":1}`, "another answer than in the base world"
				}
			case "crashed":
				p.Between, p.MS = "crashed", 1200
			case "base again":
				if i == 4 {
					p.Answer = `200 {"id":"5d1c"}`
				}
			case "serial":
				if i == 1 {
					p.Answer = `10 × 200, n = 10 ` + hostile
				}
			}
			at += p.MS + 7
			w.Timeline = append(w.Timeline, p)
		}
		w.Steps, w.DurationMS = len(w.Timeline), at
		r.Worlds = append(r.Worlds, w)
	}
	r.Differences = append(r.Differences,
		verify.Difference{World: "evicted", Step: 3, Title: titles[2], What: "A client sees another count after the object was evicted.",
			Base: `200 {"n":2,"seen":3}`, Here: `200 {"n":2,"seen":1}`,
			Cause: &verify.Cause{Gotcha: "hibernation-memory-state", Path: results.DurableObject, Line: 3, Quote: "seen = 0;", From: "reviewer", Message: "`seen` is lost with the instance. " + hostile}},
		verify.Difference{World: "serial", Step: 2, Title: titles[1], What: "Updates are lost when requests come at once: " + hostile, Base: "n = 1", Here: "n = 10",
			Cause: &verify.Cause{Gotcha: "race-external-await", Path: "elsewhere.ts", Line: 9, Quote: hostile, From: "log", Message: "the await lets others in"}},
		verify.Difference{World: "crashed", What: "A stored value is gone."})
	return r, code
}
