package resources

import "embed"

//go:embed schemas/*.json
var schemaFiles embed.FS

// schemas are the published JSON schemas. The files are made from the Go types:
//
//	go test ./internal/schema -update
func schemas() []Resource {
	out := []Resource{
		{Name: "scenario", Title: "JSON schema of scenario.json", Priority: 0.5,
			Description: "Every step that a scenario can have, with its fields and bounds (JSON Schema 2020-12)."},
		{Name: "blueprint", Title: "JSON schema of a blueprint", Priority: 0.5,
			Description: "What scaffold_durable_object builds, as data: patterns with their parameters, routes, and what became of each clause of the spec (JSON Schema 2020-12)."},
		{Name: "validation-report", Title: "JSON schema of validation_report.json", Priority: 0.3,
			Description: "The report's stages, checklist, worlds with their time lines, differences and traffic (JSON Schema 2020-12)."},
	}
	for i := range out {
		r := &out[i]
		text, err := schemaFiles.ReadFile("schemas/" + r.Name + ".json")
		if err != nil {
			panic(err) // the files are compiled in
		}
		r.URI, r.Name, r.MIMEType, r.Text = Scheme+"schemas/"+r.Name, "schema-"+r.Name, JSONSchema, string(text)
	}
	return out
}
