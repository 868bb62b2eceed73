package schema

import (
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/verify"
)

// Formats are the files with a schema, by the name of the published resource.
var Formats = map[string]Format{
	"scenario": {
		ID: "durable-objects://schemas/scenario", Title: scenario.FileName,
		Type: reflect.TypeFor[scenario.Scenario](), Package: "internal/scenario", Refine: refineScenario,
	},
	"blueprint": {
		ID: "durable-objects://schemas/blueprint", Title: "blueprint",
		Type: reflect.TypeFor[blueprint.Blueprint](), Package: "internal/blueprint", Refine: refineBlueprint,
	},
	"validation-report": {
		ID: "durable-objects://schemas/validation-report", Title: "validation_report.json",
		Type: reflect.TypeFor[verify.Report](), Package: "internal/verify", Refine: refineReport,
	},
}

// refineBlueprint says what Blueprint.Normalize checks of one value by itself.
// What it fills in need not be given.
func refineBlueprint(typ string, r *refined) {
	switch typ {
	case "Blueprint":
		r.Required = []string{"class", "key"}
		r.property("class").Pattern = blueprint.ClassPattern
		r.property("key").Pattern = blueprint.KeyPattern
	case "Route":
		r.Required = []string{"method", "path", "op"}
		r.property("method").Enum = []any{"GET", "POST", "PUT", "PATCH", "DELETE"}
		r.property("path").Pattern = blueprint.PathPattern
	case "Pattern":
		r.Required = []string{"kind"}
	case "Field":
		r.Required = []string{"name", "type"}
		r.property("name").Pattern = blueprint.KeyPattern
	}
}

// refineReport: figures count something, and the version is this one.
func refineReport(typ string, r *refined) {
	for _, p := range r.Properties {
		if p.Type == "integer" {
			p.Minimum = number(0)
		}
	}
	if typ == "Report" {
		r.property("version").Const = constant(verify.Version)
		r.property("run_date").Format = "date-time"
	}
}

// path is what a request's path looks like.
const path = `^/[^ \r\n]*$`

// refineScenario says what scenario.Parse checks of one step by itself. What
// depends on the steps before (open sockets, captured values) is not here.
func refineScenario(typ string, r *refined) {
	switch typ {
	case "Scenario":
		r.property("version").Const = constant(scenario.Version)
		r.items("steps", 1, scenario.MaxSteps)
	case "Step":
		r.oneOf(actions()...)
		r.only("capture", &jsonschema.Schema{MinProperties: jsonschema.Ptr(1)}, "http", "rpc", "receive")
		r.only("purged", &jsonschema.Schema{Const: constant(true)}, "http", "rpc", "close", "advance")
		r.property("capture").PropertyNames = &jsonschema.Schema{Pattern: `^[A-Za-z_][A-Za-z0-9_]{0,63}$`}
		r.property("capture").AdditionalProperties.Pattern = `^\$`
	case "HTTP":
		r.property("path").Pattern = path
		r.notBoth("json", "body")
	case "Open":
		r.property("path").Pattern = path
		r.filled("socket")
	case "RPC":
		r.filled("class", "method")
	case "RPCExpect":
		r.notBoth("json", "throws")
	case "Send":
		r.notBoth("json", "text")
	case "Close":
		r.property("code").AnyOf = []*jsonschema.Schema{{Enum: []any{0, 1000}}, {Minimum: number(3000), Maximum: number(4999)}}
	case "Burst":
		r.oneOf("http", "rpc", "each")
		r.between("count", 2, scenario.MaxBurst)
		r.items("each", 2, scenario.MaxBurst)
		r.DependentSchemas = map[string]*jsonschema.Schema{
			"http": has("count"), "rpc": has("count"), "each": {Not: has("count")},
		}
	case "Request":
		r.oneOf("http", "rpc")
	case "Advance":
		r.between("ms", 1, scenario.MaxAdvanceMS)
	}
}

// actions are the properties of a step of which it has exactly one: those that
// are structs of their own.
func actions() []string {
	var keys []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[scenario.Step]()) {
		if f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct {
			keys = append(keys, jsonName(f))
		}
	}
	return slices.Clip(keys)
}
