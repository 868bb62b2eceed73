package sarif_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/sarif"
)

// validate checks a log against the published schema of SARIF 2.1.0.
func validate(t *testing.T, log *sarif.Log) {
	t.Helper()
	file, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", schema); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(log)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MustCompile("sarif.json").Validate(doc); err != nil {
		t.Errorf("the log is not valid SARIF: %v", err)
	}
}

func finding(line int, quote string) analysis.Finding {
	return analysis.Finding{
		Gotcha: "settimeout-durable", Severity: analysis.Error, Path: "src/my room.ts", Line: line, EndLine: line + 1, Column: 5,
		Quote: quote, Message: "It is lost.", Why: "why", Fix: "Use an alarm.",
	}
}

func TestEverythingThatAReviewCanHold(t *testing.T) {
	f := finding(4, "setTimeout(f, 1)")
	f.Edits = []analysis.Edit{
		{Path: f.Path, StartLine: 4, StartColumn: 5, EndLine: 4, EndColumn: 15, NewText: "a"},
		{Path: f.Path, StartLine: 9, StartColumn: 1, EndLine: 9, EndColumn: 1, NewText: "b\n"},
		{Path: "src/b.ts", StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 2},
	}
	advice := finding(7, "x")
	advice.Severity = analysis.Info
	log := sarif.FromReview(&gotchas.Result{
		Findings:   []analysis.Finding{f, advice},
		Suppressed: []gotchas.Suppressed{{Finding: finding(8, "y"), Reason: "only a log line"}},
		Partial:    []gotchas.Partial{{Path: "a.ts", Line: 3, EndLine: 4, Reason: "not TypeScript"}},
		Broken:     []gotchas.Broken{{Gotcha: "alarm-single", Path: "a.ts", Reason: "the check failed: index"}},
	}, "v1.2.3")
	validate(t, log)
	run := log.Runs[0]
	if d := run.Tool.Driver; d.Name != "durable-objects-mcp" || d.Version != "v1.2.3" || run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("driver %q %q, columns in %s", d.Name, d.Version, run.ColumnKind)
	}
	if len(run.Results) != 3 {
		t.Fatalf("%d results", len(run.Results))
	}
	r := run.Results[0]
	if rule := run.Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID || rule.ID != f.Gotcha {
		t.Errorf("rule %s at the index of %s", rule.ID, r.RuleID)
	}
	at := r.Locations[0].PhysicalLocation
	if at.ArtifactLocation.URI != "src/my%20room.ts" || at.ArtifactLocation.URIBaseID != "%SRCROOT%" {
		t.Errorf("location %+v", at.ArtifactLocation)
	}
	if want := (sarif.Region{StartLine: 4, StartColumn: 5, EndLine: 5}); at.Region != want {
		t.Errorf("region %+v, want %+v", at.Region, want)
	}
	if len(r.Fixes) != 1 || len(r.Fixes[0].ArtifactChanges) != 2 || len(r.Fixes[0].ArtifactChanges[0].Replacements) != 2 {
		t.Errorf("fixes %+v", r.Fixes)
	}
	if lvl := run.Results[1].Level; lvl != "note" {
		t.Errorf("advice is of level %q", lvl)
	}
	if s := run.Results[2].Suppressions; len(s) != 1 || s[0].Kind != "inSource" || s[0].Justification != "only a log line" {
		t.Errorf("suppressions %+v", s)
	}
	in := run.Invocations[0]
	if in.ExecutionSuccessful || len(in.Notifications) != 2 || in.Notifications[0].Level != "warning" || in.Notifications[1].AssociatedRule.ID != "alarm-single" {
		t.Errorf("invocation %+v", in)
	}
}

// A fix in the log does what the finding's edits do.
func TestFixesAreTheEdits(t *testing.T) {
	f := finding(2, "b")
	f.Path = "a.ts"
	f.Edits = []analysis.Edit{{Path: "a.ts", StartLine: 2, StartColumn: 2, EndLine: 2, EndColumn: 3, NewText: "X"}}
	log := sarif.FromReview(&gotchas.Result{Findings: []analysis.Finding{f}}, "")
	c := log.Runs[0].Results[0].Fixes[0].ArtifactChanges[0]
	var edits []edit.Edit
	for _, r := range c.Replacements {
		d := r.DeletedRegion
		edits = append(edits, edit.Edit{StartLine: d.StartLine, StartColumn: d.StartColumn, EndLine: d.EndLine, EndColumn: d.EndColumn, NewText: r.InsertedContent.Text})
	}
	if got, err := edit.Apply([]byte("a\nbcd\n"), edits); err != nil || string(got) != "a\nbXd\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFingerprintsSurviveMovedLines(t *testing.T) {
	print := func(findings ...analysis.Finding) (out []string) {
		for _, r := range sarif.FromReview(&gotchas.Result{Findings: findings}, "").Runs[0].Results {
			out = append(out, r.PartialFingerprints["primaryLocationLineHash"])
		}
		return out
	}
	before := print(finding(4, "same"), finding(9, "same"), finding(12, "other"))
	after := print(finding(40, "same"), finding(90, "same"), finding(120, "other"))
	if strings.Join(before, " ") != strings.Join(after, " ") {
		t.Errorf("%v became %v", before, after)
	}
	if before[0] == before[1] || before[0] == before[2] {
		t.Errorf("fingerprints are not apart: %v", before)
	}
	elsewhere := finding(4, "same")
	elsewhere.Path = "b.ts"
	if got := print(elsewhere); got[0] == before[0] {
		t.Error("two files share a fingerprint")
	}
}

func TestRulesAreWhole(t *testing.T) {
	log := sarif.FromReview(&gotchas.Result{}, "")
	validate(t, log)
	if text, _ := json.Marshal(log); !bytes.Contains(text, []byte(`"results":[]`)) {
		t.Error("a clean review has no list of results")
	}
	linked := 0
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		if r.ShortDescription.Text == "" || r.FullDescription.Text == "" || !strings.HasPrefix(r.Help.Markdown, "# ") || r.DefaultConfiguration.Level == "" {
			t.Errorf("the rule %s is not whole", r.ID)
		}
		if r.HelpURI != "" {
			linked++
		}
	}
	if linked < 50 {
		t.Errorf("only %d rules link to a public page", linked)
	}
}
