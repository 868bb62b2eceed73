// Package sarif writes a review as SARIF 2.1.0, as code scanning services and
// editors read it.
package sarif

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
)

const (
	schema = "https://json.schemastore.org/sarif-2.1.0.json"
	// information is about what the rules are about; the tool itself has no page.
	information = "https://developers.cloudflare.com/durable-objects/"
	// root is the base of all paths: the directory that was reviewed.
	root = "%SRCROOT%"
	// fingerprint is the name under which GitHub looks for what tells results
	// apart when lines move.
	fingerprint = "primaryLocationLineHash"
)

// The kinds of notifications.
var (
	unread = Descriptor{ID: "unread-region", ShortDescription: Text{Text: "A part of a file could not be read, and so was not reviewed"}}
	broken = Descriptor{ID: "broken-check", ShortDescription: Text{Text: "A check failed itself and says nothing about the code"}}
)

// FromReview turns a review into a log. version is the tool's own.
func FromReview(r *gotchas.Result, version string) *Log {
	rules, index := rules()
	run := Run{
		Tool: Tool{Driver{
			Name: "durable-objects-mcp", Version: version, InformationURI: information,
			Rules: rules, Notifications: []Descriptor{unread, broken},
		}},
		ColumnKind:  "unicodeCodePoints",
		Invocations: []Invocation{invocation(r, index)},
		Results:     []Result{},
	}
	prints := prints{}
	for _, f := range r.Findings {
		run.Results = append(run.Results, result(f, index, prints))
	}
	for _, s := range r.Suppressed {
		res := result(s.Finding, index, prints)
		res.Suppressions = []Suppression{{Kind: "inSource", Justification: s.Reason}}
		run.Results = append(run.Results, res)
	}
	return &Log{Schema: schema, Version: "2.1.0", Runs: []Run{run}}
}

// rules are the gotchas that a program decides, and the place of each by its id.
func rules() ([]Descriptor, map[string]int) {
	var out []Descriptor
	index := map[string]int{}
	for _, family := range gotchas.Families {
		for _, g := range family.Gotchas {
			if g.Check == nil {
				continue
			}
			index[g.ID] = len(out)
			out = append(out, Descriptor{
				ID:                   g.ID,
				ShortDescription:     Text{Text: g.Title},
				FullDescription:      &Text{Text: g.Why},
				Help:                 &Text{Text: g.Why + "\n\nInstead: " + g.Fix, Markdown: gotchas.Page(g)},
				HelpURI:              publicPage(g),
				DefaultConfiguration: &Configuration{level(g.Severity)},
				Properties:           &Properties{Tags: []string{"durable-objects", family.Name}, Severity: problemSeverity(g.Severity)},
			})
		}
	}
	return out, index
}

// page matches an address in a gotcha's evidence, which is written without https.
var page = regexp.MustCompile(`\b(?:[a-z0-9-]+\.)+(?:com|dev|org)/[^\s,;)"]*`)

// publicPage is the first public page that a gotcha's evidence names, or "".
func publicPage(g *analysis.Gotcha) string {
	for _, e := range g.Evidence {
		if at := page.FindString(e); at != "" {
			return "https://" + strings.TrimRight(at, ".:")
		}
	}
	return ""
}

func level(s analysis.Severity) string {
	if s == analysis.Info {
		return "note"
	}
	return string(s)
}

func problemSeverity(s analysis.Severity) string {
	if s == analysis.Info {
		return "recommendation"
	}
	return string(s)
}

func result(f analysis.Finding, index map[string]int, seen prints) Result {
	r := Result{
		RuleID: f.Gotcha, RuleIndex: index[f.Gotcha], Level: level(f.Severity),
		Message:             Text{Text: f.Message + " " + f.Fix},
		Locations:           []Location{place(f.Path, Region{StartLine: f.Line, StartColumn: f.Column, EndLine: f.EndLine})},
		PartialFingerprints: map[string]string{fingerprint: seen.of(f)},
	}
	if len(f.Edits) > 0 {
		r.Fixes = []Fix{fix(f)}
	}
	return r
}

// prints counts the findings that look the same.
type prints map[string]int

// of is a finding's fingerprint. It is made of what stays when code above it
// changes: the gotcha, the file, the line's text, and the how many-th such it is.
func (p prints) of(f analysis.Finding) string {
	hash := sha256.Sum256([]byte(strings.Join([]string{f.Gotcha, f.Path, f.Quote}, "\x00")))
	key := fmt.Sprintf("%x", hash[:8])
	p[key]++
	return fmt.Sprintf("%s:%d", key, p[key])
}

func fix(f analysis.Finding) Fix {
	out := Fix{Description: Text{Text: f.Fix}}
	for _, e := range f.Edits {
		at := artifact(e.Path)
		i := 0
		for i < len(out.ArtifactChanges) && out.ArtifactChanges[i].ArtifactLocation != at {
			i++
		}
		if i == len(out.ArtifactChanges) {
			out.ArtifactChanges = append(out.ArtifactChanges, ArtifactChange{ArtifactLocation: at})
		}
		c := &out.ArtifactChanges[i]
		c.Replacements = append(c.Replacements, Replacement{
			DeletedRegion:   Region{StartLine: e.StartLine, StartColumn: e.StartColumn, EndLine: e.EndLine, EndColumn: e.EndColumn},
			InsertedContent: Content{e.NewText},
		})
	}
	return out
}

func invocation(r *gotchas.Result, index map[string]int) Invocation {
	in := Invocation{ExecutionSuccessful: len(r.Broken) == 0, Notifications: []Notification{}}
	for _, p := range r.Partial {
		in.Notifications = append(in.Notifications, Notification{
			Descriptor: Reference{unread.ID, 0}, Level: "warning", Message: Text{Text: "Not reviewed: " + p.Reason},
			Locations: []Location{place(p.Path, Region{StartLine: p.Line, EndLine: p.EndLine})},
		})
	}
	for _, b := range r.Broken {
		in.Notifications = append(in.Notifications, Notification{
			Descriptor: Reference{broken.ID, 1}, AssociatedRule: &Reference{b.Gotcha, index[b.Gotcha]}, Level: "error",
			Message:   Text{Text: b.Reason},
			Locations: []Location{place(b.Path, Region{StartLine: 1, EndLine: 1})},
		})
	}
	return in
}

func place(path string, region Region) Location {
	return Location{PhysicalLocation{artifact(path), region}}
}

// artifact is a file by its path, escaped so that it is a relative reference.
func artifact(path string) ArtifactLocation {
	u := url.URL{Path: path}
	return ArtifactLocation{URI: u.String(), URIBaseID: root}
}
