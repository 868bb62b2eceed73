// Package resources is what the server publishes to read: the runbook, the six
// rules, API notes, patterns, configuration notes, limits and the checklist. The
// pages of the gotchas come from the gotchas themselves. The JSON schemas of
// scenario.json and validation_report.json are published too; internal/schema
// makes them.
//
// Each page is a Markdown file in texts/, filled from the tables of this package,
// so that a figure or a date is written once: a page says <<limit "attachment">>
// and the table in limits.go knows how much that is. Where the runbook's wording
// and the runtime differ, a page gives both.
package resources

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"
)

// Scheme starts the address of every resource.
const Scheme = "durable-objects://"

// Resource is one published page.
type Resource struct {
	URI         string // durable-objects://<name>, or durable-objects://schemas/<name>
	Name        string // unique, for pickers
	Title       string
	Description string  // one sentence: what is in it
	Priority    float64 // 0 to 1, as MCP's annotation
	MIMEType    string
	Text        string
}

// What the texts are written in.
const (
	Markdown   = "text/markdown"
	JSONSchema = "application/schema+json"
)

//go:embed texts/*.md
var texts embed.FS

// pages are the resources in the order of the list, without their texts.
var pages = []Resource{
	{Name: "runbook", Title: "Runbook: build a Durable Object", Priority: 1,
		Description: "The six steps from a spec to a proven Durable Object with the four tools, the five deliverables, and the scenario file."},
	{Name: "rules", Title: "The six rules of Durable Objects", Priority: 0.9,
		Description: "Each rule as the runbook gives it, what the runtime does today, and the gotchas that break it."},
	{Name: "api", Title: "API notes", Priority: 0.8,
		Description: "The class, storage by key and by SQL, gates and transactions, alarms, WebSockets, RPC, errors and tests, as the runtime behaves."},
	{Name: "patterns", Title: "Patterns", Priority: 0.8,
		Description: "Complete TypeScript for counters, rate limits, locks, chat, scheduled events, idle clean-up, outside calls and sharding."},
	{Name: "blueprint", Title: "What the scaffold composes", Priority: 0.7,
		Description: "Every pattern of scaffold_durable_object with its parameters and usual routes, and how to correct a blueprint and give it back."},
	{Name: "configuration", Title: "Configuration notes", Priority: 0.7,
		Description: "The Workers configuration (JSON, JSONC or TOML) for Durable Objects: bindings, both lifecycle forms, renames and deletions, environments, compatibility dates."},
	{Name: "limits", Title: "Limits", Priority: 0.6,
		Description: "Every figure in one place: storage, compute, lifecycle, alarms, WebSockets, RPC, each with its source."},
	{Name: "checklist", Title: "The ten-item checklist", Priority: 0.6,
		Description: "What must hold before a Durable Object is done, and what decides each item."},
}

// All are the resources, always the same, in the order in which they are listed.
func All() []Resource {
	return slices.Clone(rendered())
}

// Get returns the resource with an address.
func Get(uri string) (Resource, bool) {
	for _, r := range rendered() {
		if r.URI == uri {
			return r, true
		}
	}
	return Resource{}, false
}

var rendered = sync.OnceValue(func() []Resource {
	out := make([]Resource, len(pages))
	for i, p := range pages {
		p.URI, p.MIMEType = Scheme+p.Name, Markdown
		if p.Name == "runbook" {
			p.Text = runbookPage()
		} else {
			p.Text = render(p.Name, nil)
		}
		out[i] = p
	}
	return append(out, schemas()...)
})

// parsed holds the texts as templates with << >> as delimiters, because the
// TypeScript and the JSON in them use braces.
var parsed = sync.OnceValue(func() *template.Template {
	t := template.New("texts").Delims("<<", ">>").Option("missingkey=error").Funcs(template.FuncMap{
		"gotcha":    gotchaLink,
		"page":      pageLink,
		"limit":     limitValue,
		"since":     since,
		"limits":    limitTable,
		"dates":     dateTable,
		"rules":     ruleSections,
		"checklist": checklistItems,
		"scaffolds": scaffoldTable,
	})
	return template.Must(t.ParseFS(texts, "texts/*.md"))
})

// render fills one text. The texts are embedded and the tables are compiled in,
// so a failure is a mistake in this package that its tests show.
func render(name string, data any) string {
	var b strings.Builder
	if err := parsed().ExecuteTemplate(&b, name+".md", data); err != nil {
		panic(err)
	}
	return b.String()
}

func gotchaLink(id string) string {
	return fmt.Sprintf("[%s](%sgotchas/%s)", id, Scheme, id)
}

func gotchaLinks(ids []string) string {
	links := make([]string, len(ids))
	for i, id := range ids {
		links[i] = gotchaLink(id)
	}
	return strings.Join(links, ", ")
}

func pageLink(name string) (string, error) {
	for _, p := range pages {
		if p.Name == name {
			return fmt.Sprintf("[%s](%s%s)", name, Scheme, name), nil
		}
	}
	return "", fmt.Errorf("no page is called %q", name)
}
