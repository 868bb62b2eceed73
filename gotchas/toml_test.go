package gotchas_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
)

// TestTOMLIsReviewedLikeJSONC: the checks of the configuration work on a
// wrangler.toml, and what they find stands where the TOML has it.
func TestTOMLIsReviewedLikeJSONC(t *testing.T) {
	for _, c := range []struct {
		name, toml string
		want       []string // line:column gotcha severity, without advice
	}{
		{"complete", `name = "chat"
main = "src/index.ts"
compatibility_date = "2026-10-01"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

[[migrations]]
tag = "first"
new_sqlite_classes = ["Room"]

[env.staging]
durable_objects.bindings = [{ name = "ROOM", class_name = "Room" }]
`, nil},
		{"bound, and the migrations are a comment", `name = "chat"
main = "src/index.ts"
compatibility_date = "2026-10-01"

[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"

# [[migrations]]
# tag = "v1"
# new_sqlite_classes = ["Room"]
`, []string{"7:14 cfg-no-lifecycle error"}},
		{"of the first wrangler", `name = "chat"
type = "javascript"

[build]
upload_format = "modules"

[durable_objects]
bindings = [{name = "ROOM", class_name = "Room"}]`, []string{"1:1 cfg-compat-date error", "1:1 cfg-entry info", "2:1 cfg-schema warning", "5:1 cfg-schema warning", "8:42 cfg-no-lifecycle error"}},
		{"environments without bindings, and a migration of something else", `name = "chat"
main = "src/index.ts"
compatibility_date = "2026-10-01"

[durable_objects]
bindings = [
  { name = "ROOM", class_name = "Room" }
]

[[migrations]]
tag = "v4"
new_sqlite_classes = ["Room"]

[[migrations]]
tag = "v5"
sql_file = "0001.sql"

[env.production]
name = "chat"

[env.staging.vars]
MODE = "test"
`, []string{"16:1 cfg-migration-history warning", "18:6 cfg-env-not-inherited error", "21:6 cfg-env-not-inherited error"}},
		{"a list that cannot be replayed", `name = "chat"
main = "src/index.ts"
compatibility_date = 2026-10-01
limits = { cpu_ms = "30" }

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Room"]
[[migrations]]
tag = 'v1'
deleted_classes = ["Other"]
[[migrations]]
renamed_classes = ["Room"]
`, []string{"3:22 cfg-compat-date error", "4:21 cfg-cpu-ms error", "10:7 cfg-migration-history error", "11:20 cfg-delete-data info", "11:20 cfg-migration-history error", "12:1 cfg-migration-history error", "13:20 cfg-migration-history error"}},
		{"added to what is complete", `name = "chat"
main = "src/index.ts"
compatibility_date = "2026-10-01"
[durable_objects]
bindings = []
[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Room"]
`, []string{"6:19 cfg-binding-name error"}},
		{"accepted", `name = "chat"
main = "src/index.ts"
compatibility_date = "2026-10-01"
[[durable_objects.bindings]]
name = "ROOM"
class_name = "Room" # do-review-ignore cfg-no-lifecycle: deployed by another file
`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gotchas.Review(gotchas.Input{
				Files:  []gotchas.File{{Path: "src/index.ts", Source: []byte("import { DurableObject } from \"cloudflare:workers\";\nexport class Room extends DurableObject {}\nexport default { fetch(r: Request, env: Env) { return env.ROOM.getByName(\"a\").fetch(r); } };\n")}},
				Config: &gotchas.File{Path: "wrangler.toml", Source: []byte(c.toml)},
				Today:  "2026-11-20",
			})
			lines := strings.Split(c.toml, "\n")
			var got []string
			for _, f := range r.Findings {
				if f.Path != "wrangler.toml" || f.Severity == analysis.Info && !slices.ContainsFunc(c.want, func(w string) bool { return strings.Contains(w, f.Gotcha+" info") }) {
					continue
				}
				got = append(got, fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Gotcha, f.Severity))
				if f.Quote != strings.TrimSpace(lines[f.Line-1]) {
					t.Errorf("line %d is quoted as %q", f.Line, f.Quote)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if len(r.Broken) > 0 {
				t.Error(r.Broken)
			}
		})
	}
}
