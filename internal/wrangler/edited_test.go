package wrangler

import (
	"slices"
	"testing"
)

func TestEditedMigrations(t *testing.T) {
	const before = `{ "migrations": [
  { "tag": "v1", "new_sqlite_classes": ["A", "B"] },
  { "tag": "v2", "renamed_classes": [{ "from": "B", "to": "C" }] }
], "env": { "staging": { "migrations": [{ "tag": "s1", "new_sqlite_classes": ["A"] }] } } }`
	for name, c := range map[string]struct {
		now  string
		want []string
	}{
		"the same, written otherwise, and one more": {`{ "env": { "staging": { "migrations": [{ "new_sqlite_classes": ["A"], "tag": "s1" }] } }, "migrations": [
  { "tag": "v1", "new_sqlite_classes": ["B", "A"] }, { "tag": "v2", "renamed_classes": [{ "to": "C", "from": "B" }] }, { "tag": "v3", "deleted_classes": ["A"] }] }`, nil},
		"moved to exports": {`{ "exports": { "A": { "type": "durable-object", "storage": "sqlite" } } }`, nil},
		"a class is added to an entry": {`{ "migrations": [
  { "tag": "v1", "new_sqlite_classes": ["A", "B", "D"] },
  { "tag": "v2", "renamed_classes": [{ "from": "B", "to": "C" }] }
] }`, []string{`w.jsonc:2: migrations entry "v1" says other than what is committed; where that has been deployed, the change does nothing. Restore it (new_sqlite_classes A, B) and add an entry with a new tag`}},
		"the backend is changed": {`{ "migrations": [
  { "tag": "v1", "new_classes": ["A", "B"] },
  { "tag": "v2", "renamed_classes": [{ "from": "B", "to": "C" }] }
] }`, []string{`w.jsonc:2: migrations entry "v1" says other than what is committed; where that has been deployed, the change does nothing. Restore it (new_sqlite_classes A, B) and add an entry with a new tag`}},
		"an entry is gone": {`{ "migrations": [{ "tag": "v2", "renamed_classes": [{ "from": "B", "to": "C" }] }] }`,
			[]string{`migrations entry "v1", which is committed, is gone; restore it as it was: new_sqlite_classes A, B`}},
		"another order": {`{ "migrations": [
  { "tag": "v2", "renamed_classes": [{ "from": "B", "to": "C" }] },
  { "tag": "v1", "new_sqlite_classes": ["A", "B"] }
] }`, []string{`w.jsonc:2: migrations entry "v2" has moved before one that it followed; leave the order as it was deployed`}},
		"in an environment": {`{ "migrations": [
  { "tag": "v1", "new_sqlite_classes": ["A", "B"] },
  { "tag": "v2", "renamed_classes": [{ "from": "B", "to": "C" }] }
], "env": { "staging": { "migrations": [] } } }`, []string{`env.staging.migrations entry "s1", which is committed, is gone; restore it as it was: new_sqlite_classes A`}},
	} {
		earlier, err := Parse("w.jsonc", []byte(before))
		if err != nil {
			t.Fatal(err)
		}
		now, err := Parse("w.jsonc", []byte(c.now))
		if err != nil {
			t.Fatal(err)
		}
		if got := EditedMigrations(earlier, now); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, c.want)
		}
	}
}
