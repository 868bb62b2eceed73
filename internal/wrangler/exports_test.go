package wrangler

import (
	"strings"
	"testing"
)

// A class that came by a transfer moves to exports with the backend that it has at the
// Worker which handed it over, under the name that it had there.
func TestMoveAsksTheGiver(t *testing.T) {
	const in = `{ "name": "a", "main": "b.ts", "compatibility_date": "2026-10-01", "migrations": [{ "tag": "v1", "transferred_classes": [{ "from": "Was", "from_script": "w", "to": "Is" }] }] }`
	var asked string
	plan, err := MakePlan("wrangler.jsonc", []byte(in), Request{MoveToExports: true, Other: func(worker, class string) Other {
		asked = worker + "." + class
		return Other{Place: "w/wrangler.jsonc:3", Lifecycle: Migrations, Backend: KV}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(plan.Output), `"exports": { "Is": { "type": "durable-object", "storage": "legacy-kv" } }`) || asked != "w.Was" {
		t.Errorf("asked for %s\n%s", asked, plan.Output)
	}
}
