package shape

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "take the schema from the package in DO_WRANGLER")

// sum is of config-schema.json in the package of Version, so that nobody changes the
// file by hand where the package is not at hand to compare it with.
const sum = "fdf17b1ee9a637182af0678cd3725ad2845e63394fec9cb324765b4ec9ae46d0"

// TestSchemaIsThePackages compares the embedded file with that of the package.
// DO_WRANGLER names a directory with it: npm install --ignore-scripts wrangler@4.164.0
func TestSchemaIsThePackages(t *testing.T) {
	if got := fmt.Sprintf("%x", sha256.Sum256(source)); got != sum && !*update {
		t.Errorf("config-schema.json has the sum %s; it is not that of wrangler %s, or the sum is stale", got, Version)
	}
	packages := os.Getenv("DO_WRANGLER")
	if packages == "" {
		t.Skip("DO_WRANGLER names no directory with wrangler")
	}
	dir := filepath.Join(packages, "node_modules", "wrangler")
	var manifest struct{ Version, License string }
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Version != Version || manifest.License != "MIT OR Apache-2.0" {
		t.Errorf("the package is %+v; the schema is said to be of %s, and NOTICE to be under MIT OR Apache-2.0", manifest, Version)
	}
	theirs, err := os.ReadFile(filepath.Join(dir, "config-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("config-schema.json", theirs, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("written; set sum to %x and Version to %s", sha256.Sum256(theirs), manifest.Version)
		return
	}
	if !bytes.Equal(source, theirs) {
		t.Error("config-schema.json is not the package's; run: go test ./internal/wrangler/shape -update")
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		config string
		want   []string
	}{
		{`{}`, nil},
		{`{"name": "a", "exports": {"A": {"type": "durable-object", "storage": "sqlite"}, "W": {"type": "worker"}}}`, nil},
		{`{"limits": {"cpu_ms": "30000"}}`, []string{`limits.cpu_ms must be a number, not a string`}},
		{`{"durable_objects": {"code_update_strategy": {"mode": "soon"}}}`, []string{`durable_objects.code_update_strategy.mode must be "immediate" or "deferred", not "soon"`}},
		{`{"env": {"qa": {"migrations": [{"new_sqlite_classes": ["A"]}]}}}`, []string{`env.qa.migrations[0] must have "tag"`}},
		{`{"migrations": [{"tag": "v1", "new_sqllite_classes": ["A"]}]}`, []string{`"new_sqllite_classes" is no key of migrations[0] that wrangler 4.164.0 knows; "new_sqlite_classes" may be meant`}},
		{`{"limits": {"cpu": 1}}`, []string{`"cpu" is no key of limits that wrangler 4.164.0 knows; "cpu_ms" may be meant`}},
		{`{"limits": {"memory": 1}}`, []string{`"memory" is no key of limits that wrangler 4.164.0 knows; known are cpu_ms, subrequests`}},
		{`{"colour": "red"}`, []string{`"colour" is no key of the top level that wrangler 4.164.0 knows; take it out, or see whether it is spelt as in wrangler's documentation`}},
		{`{"exports": {"A": {"type": "durable-object", "storage": "sql"}}}`, []string{`exports.A.storage must be "sqlite" or "legacy-kv", not "sql"`}},
		{`{"exports": {"A": {"type": "durable-objects", "storage": "sqlite"}}}`, []string{`exports.A.type must be "durable-object", "worker" or "workflow", not "durable-objects"`}},
		{`{"exports": {"A": {"type": "durable-object", "state": "removed"}}}`, []string{`exports.A.state must be "created", "deleted", "renamed", "transferred" or "expecting-transfer", not "removed"`}},
		{`{"exports": {"A": {"type": "durable-object", "state": "deleted", "storage": "sqlite"}}}`, []string{`"storage" is no key of exports.A that wrangler 4.164.0 knows; known are state, type`}},
		{`{"exports": {"A": {"type": "durable-object", "state": "transferred"}}}`, []string{`exports.A must have "transferred_to"`}},
		{`{"exports": {"A": {"type": "durable-object"}}}`, []string{`exports.A must have "storage"`}},
		{`{"observability": true}`, []string{`observability must be an object, not a boolean`}},
		{`{"routes": "example.com"}`, []string{`routes must be an array, not a string`}},
		{`{"routes": [{"pattern": 5, "custom_domain": true}]}`, []string{`routes[0].pattern must be a string, not a number`}},
		{`{"durable_objects": {"code_update_strategy": {"mode": "deferred", "max_delay": 90000}}}`, []string{`durable_objects.code_update_strategy.max_delay must be at most 86400, not 90000`}},
		{`no JSON`, nil},
	} {
		var got []string
		for _, f := range Faults(json.RawMessage(c.config)) {
			got = append(got, f.Message)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.config, got, c.want)
		}
	}
}

func BenchmarkFaults(b *testing.B) {
	compiled()
	for b.Loop() {
		Faults(json.RawMessage(`{"name": "a", "main": "b.ts", "durable_objects": {"bindings": [{"name": "A", "class_name": "A"}]}, "exports": {"A": {"type": "durable-object", "storage": "sqlite"}}}`))
	}
}
