package gotchas_test

import (
	"strings"
	"testing"

	"durable-objects-mcp/gotchas"
)

func TestSuppressionComments(t *testing.T) {
	for _, c := range []struct {
		name, body string
		suppressed int    // findings that are accepted
		note       string // what Partial says, "" for nothing
	}{
		{"behind the line", "await this.ctx.storage.setAlarm(60); // do-review-ignore alarm-units: measured", 1, ""},
		{"above the line", "// do-review-ignore alarm-units: measured\nawait this.ctx.storage.setAlarm(60);", 1, ""},
		{"above a statement of several lines", "// do-review-ignore alarm-units: measured\nawait this.ctx.storage.setAlarm(\n  60,\n);", 1, ""},
		{"one above the other", "// do-review-ignore alarm-units: measured\n// do-review-ignore sql-undrained-write: as well\nawait this.ctx.storage.setAlarm(60);", 1, ""},
		{"in a string", "const x = \"// do-review-ignore alarm-units: in a string\"; await this.ctx.storage.setAlarm(60);", 0, ""},
		{"two lines above", "// do-review-ignore alarm-units: measured\nconst x = 1;\nawait this.ctx.storage.setAlarm(60);", 0, ""},
		{"of another gotcha", "// do-review-ignore sql-interpolation: measured\nawait this.ctx.storage.setAlarm(60);", 0, ""},
		{"without a reason", "// do-review-ignore alarm-units\nawait this.ctx.storage.setAlarm(60);", 0, "a reason"},
		{"misspelt", "// do-review-ignore alarm-unit: measured\nawait this.ctx.storage.setAlarm(60);", 0, `the nearest is "alarm-units"`},
	} {
		r := review("import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject<Env> {\nasync f() {\n" + c.body + "\n}\nasync alarm() { this.ctx.storage.sql.exec(\"DELETE FROM t\"); }\n}\n")
		accepted := 0
		for _, s := range r.Suppressed {
			if s.Gotcha == "alarm-units" {
				accepted++
			}
		}
		if accepted != c.suppressed {
			t.Errorf("%s: %d accepted, want %d: %+v", c.name, accepted, c.suppressed, r.Findings)
		}
		note := ""
		for _, p := range r.Partial {
			note += p.Reason
		}
		if (c.note == "") != (note == "") || !strings.Contains(note, c.note) {
			t.Errorf("%s: %q, want %q", c.name, note, c.note)
		}
	}
}

// A fault of the configuration's shape is accepted like any finding, unless the part
// could not be read.
func TestFaultsOfShapeAreAccepted(t *testing.T) {
	const head = "{\n\"name\": \"a\", \"main\": \"index.ts\", \"compatibility_date\": \"2026-10-01\",\n"
	for _, c := range []struct {
		name, line string
		accepted   int
		found      string // the severity of what is still found
		note       string
	}{
		{"a key of a newer wrangler", `"rockets": true // do-review-ignore cfg-schema: wrangler 5 knows it`, 1, "", ""},
		{"a value of a newer wrangler", "// do-review-ignore cfg-schema: wrangler 5 knows it\n\"placement\": { \"mode\": \"clever\" }", 1, "", ""},
		{"not accepted", `"rockets": true`, 0, "warning", ""},
		{"a part that is not read", `"durable_objects": [] // do-review-ignore cfg-binding-name: later`, 0, "error", "what stands there cannot be reviewed; correct it"},
		{"a name that is none", `"vars": 5 // do-review-ignore cfg-schema: later`, 0, "error", "wrangler refuses a file with this fault whatever a comment says"},
	} {
		r := gotchas.Review(gotchas.Input{Config: &gotchas.File{Path: "wrangler.jsonc", Source: []byte(head + c.line + "\n}\n")}, Today: "2026-11-01"})
		found, note := "", ""
		for _, f := range r.Findings {
			if f.Gotcha == "cfg-schema" || f.Gotcha == "cfg-binding-name" {
				found += string(f.Severity)
			}
		}
		for _, p := range r.Partial {
			note += p.Reason
		}
		if len(r.Suppressed) != c.accepted || found != c.found || (c.note == "") != (note == "") || !strings.Contains(note, c.note) {
			t.Errorf("%s: %d accepted, %q found, %q said of the comment", c.name, len(r.Suppressed), found, note)
		}
	}
}

func TestGetTakesTheAddressOfAPage(t *testing.T) {
	g, err := gotchas.Get(gotchas.URI("alarm-units"))
	if err != nil || g.ID != "alarm-units" {
		t.Error(g, err)
	}
}

// What the parser could not read is named, and nothing is found in it.
func TestNothingIsFoundInUnreadRegions(t *testing.T) {
	r := review("import { DurableObject } from \"cloudflare:workers\";\nexport class A extends DurableObject<Env> {\n  async f() {\n<<<<<<< HEAD\n    await this.ctx.storage.setAlarm(5000);\n=======\n    await this.ctx.storage.setAlarm(6000);\n>>>>>>> other\n  }\n}\n")
	if len(r.Partial) == 0 {
		t.Fatal("the markers are read as code")
	}
	for _, f := range r.Findings {
		for _, p := range r.Partial {
			if p.Line <= f.Line && f.Line <= p.EndLine {
				t.Errorf("%s:%d %s: %s", f.Path, f.Line, f.Gotcha, f.Message)
			}
		}
	}
}

func TestAReviewStopsWhenItIsTold(t *testing.T) {
	in := gotchas.Input{Files: []gotchas.File{{Path: "a.ts", Source: []byte(broken)}}, Today: "2026-11-01", Stop: func() bool { return true }}
	if r := gotchas.Review(in); !r.Stopped || len(r.Findings) != 0 {
		t.Errorf("%+v", r)
	}
}
