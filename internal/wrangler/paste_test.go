package wrangler

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

var stageLines = regexp.MustCompile(`(?m)^(Stage|When stage) .*\n+`)

// TestPasteTexts holds what a refusal tells the owner of a TOML file.
func TestPasteTexts(t *testing.T) {
	const head = "name = \"chat\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-10-01\"\n"
	for _, c := range []struct {
		name, in string
		req      Request
		want     string // behind the opening sentence
	}{
		{"nothing yet", head, need("ChatRoom"), `
At the end of the file:

[[durable_objects.bindings]]
name = "CHAT_ROOM"
class_name = "ChatRoom"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["ChatRoom"]`},
		{"an array, a list of tables and an environment", head + `
[durable_objects]
bindings = [
    { name = "A", class_name = "A" }, # the first
]

[[migrations]]
tag = "v0001"
new_sqlite_classes = ["A"]

[env.staging]
durable_objects = { bindings = [{ name = "A", class_name = "A" }] }

[env."far away".vars]
X = "1"
`, need("B"), `
On line 7, behind the last element of durable_objects.bindings:

,
    { name = "B", class_name = "B" }

On line 15, behind the last element of env.staging.durable_objects.bindings:

, { name = "B", class_name = "B" }

At the end of the file:

[[migrations]]
tag = "v0002"
new_sqlite_classes = ["B"]

[[env."far away".durable_objects.bindings]]
name = "B"
class_name = "B"

[[env."far away".durable_objects.bindings]]
name = "A"
class_name = "A"

Note: class A is in the history and was not named. If B is A under a new name, ask for a rename instead: as a new class it begins with empty objects`},
		{"settings and exports", "name = \"chat\" # ours\n\n[exports.Room]\ntype = \"durable-object\"\nstorage = \"sqlite\"\n[[durable_objects.bindings]]\nname = \"ROOM\"\nclass_name = \"Room\"\n",
			Request{Main: "src/index.ts", CompatibilityDate: "2026-10-01", Classes: []ClassNeed{{Class: "Room"}, {Class: "Räume"}}}, `
Below line 1:

main = "src/index.ts"
compatibility_date = "2026-10-01"

At the end of the file:

[[durable_objects.bindings]]
name = "R_UME"
class_name = "Räume"

[exports."Räume"]
type = "durable-object"
storage = "sqlite"`},
		{"inside braces", "name = \"chat\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-10-01\"\ndurable_objects = {}\nexports = { A = { type = \"durable-object\", storage = \"sqlite\" } }\n", need("B"), `
On line 4, behind the { of durable_objects:

 bindings = [{ name = "B", class_name = "B" }] 

On line 5, behind the { of exports:

 B = { type = "durable-object", storage = "sqlite" },

Note: class A is in the history and was not named. If B is A under a new name, ask for a rename instead: as a new class it begins with empty objects`},
		{"a rename", head + "[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"A\"]\n",
			Request{Rename: &Rename{From: "A", To: "B"}}, `
As the class_name of A on line 6:

"B"

At the end of the file:

[[migrations]]
tag = "v2"
renamed_classes = [{ from = "A", to = "B" }]

Note: renaming A: every other Worker that binds to it by script_name must change its class_name to B`},
		{"a deletion", head + "[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[exports]\nA = { type = \"durable-object\", storage = \"sqlite\" }\n",
			Request{Delete: []string{"A"}}, `
Remove the lines 4 to 6:

[[durable_objects.bindings]]
name = "A"
class_name = "A"

In place of the { … } that begins on line 8:

{ type = "durable-object", state = "deleted" }

Note: DATA LOSS: the next deploy destroys every A object and all that it stores. This cannot be undone or rolled back. Export the data first; remove the class from the code in the same deploy; Workers that bind to it by script_name must drop their bindings before`},
		{"a class that goes to another Worker", head + "[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n\n[exports.A] # the rooms\ntype = \"durable-object\"\n# since May\nstorage = \"sqlite\"\n",
			Request{TransferTo: &Handover{From: "A", ToScript: "new", To: "A"}}, `
Behind the class_name of A on line 6:

script_name = "new"

Below line 9:

state = "transferred"
transferred_to = "new"

Remove line 11:

storage = "sqlite"

Stage 1 of 4, new, first: export the class A in the code and declare it in exports as expecting-transfer from chat, without a binding of its own; deploy, which reports Transfer pending: A ← chat
Stage 2 of 4, chat, now: exports says that A is transferred to new, and the bindings get "script_name": "new"; the class stays in the code; deploy, which moves the objects and reports Transferred (committed): A → new
Stage 3 of 4, new, later: once that is everywhere, the entry A becomes a live one and gets its binding; deploy
Stage 4 of 4, chat, later: once no other Worker binds to A of chat any more, take the class out of the code and its entry out of exports; deploy
When stage 2 is deployed, ask for the same again with deployed 2.

Note: deploy new first, with A expecting-transfer from chat; without that, this deploy is refused (transferred_pending_not_found)`},
		{"a class that has come", head + "[exports.A]\ntype = \"durable-object\"\nstate = \"expecting-transfer\"\nstorage = \"sqlite\"\ntransfer_from = \"old\"\n",
			Request{Transfer: &Transfer{From: "A", FromScript: "old", To: "A"}, Deployed: 2}, `
Remove line 6:

state = "expecting-transfer"

Remove line 8:

transfer_from = "old"

Note: deploy this only after the deploy of old has reported Transferred (committed): A → chat. Before, it would cancel the transfer and begin with empty objects, which then stand in its way`},
		{"a rename by exports", head + "[exports]\nA.type = \"durable-object\"\nA.storage = \"sqlite\"\n",
			Request{Rename: &Rename{From: "A", To: "B"}, Deployed: 1}, `
In place of A on line 5:

B

In place of A on line 6:

B

At the end of the file:

[exports.A]
type = "durable-object"
state = "renamed"
renamed_to = "B"

Note: renaming A: every other Worker that binds to it by script_name must change its class_name to B`},
		{"the last entry goes", head + "[exports.A]\ntype = \"durable-object\"\nstate = \"transferred\"\ntransferred_to = \"new\"\n",
			Request{TransferTo: &Handover{From: "A", ToScript: "new", To: "A"}, Deployed: 3, Exported: map[string]bool{}}, `
In place of what begins on line 4 and ends on line 7:

[exports]

Note: deploy this only if an earlier deploy has listed A under Safe to remove from ` + "`exports`" + `; otherwise other Workers still bind to it here, and are named there`},
		{"a binding's name", head + "[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"A\"]\n",
			Request{RenameBinding: &Rename{From: "A", To: "B"}}, `
As the name of A on line 5:

"B"

Note: every use of env.A in the code must become env.B in the same deploy`},
		{"exports instead", head + "[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"A\"]\n[[migrations]]\ntag = \"v2\"\nnew_classes = [\"B\"]\n",
			Request{MoveToExports: true}, `
Remove the lines 7 to 9:

[[migrations]]
tag = "v1"
new_sqlite_classes = ["A"]

Remove the lines 10 to 12:

[[migrations]]
tag = "v2"
new_classes = ["B"]

At the end of the file:

[exports.A]
type = "durable-object"
storage = "sqlite"

[exports.B]
type = "durable-object"
storage = "legacy-kv"

Note: Deploy migrations up to "v2" before this: what is still to be done of the list, exports does not do

Note: ONE WAY: a Worker that was deployed with exports once cannot go back to migrations, nor be rolled back to a version before. Every class that it has now is listed, so the deploy changes no data; deploy this change by itself, with a wrangler that knows exports (since mid-2026)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := MakePlan("wrangler.toml", []byte(c.in), c.req)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			same(t, "reason", refused.Reason, "wrangler.toml is TOML, which is read but not edited here")
			const opening = "make the change by hand and ask again, or move the config to wrangler.jsonc, which is edited here. Lines are numbered as they are now.\n"
			got, ok := strings.CutPrefix(refused.Safe, opening)
			if !strings.Contains(c.want, "Stage ") { // which other tests hold
				got = stageLines.ReplaceAllString(got, "")
			}
			if !ok || got != c.want {
				t.Errorf("got\n%s\nwant\n%s", refused.Safe, c.want)
			}
		})
	}

	in := []byte(head + "[[durable_objects.bindings]]\nname = \"A\"\nclass_name = \"A\"\n[[migrations]]\ntag = \"v1\"\nnew_sqlite_classes = [\"A\"]")
	plan, err := MakePlan("wrangler.toml", in, need("A"))
	if err != nil || plan.Changed || string(plan.Output) != string(in) || len(plan.Config.Bindings) != 1 {
		t.Errorf("nothing to do: %v, %+v", err, plan)
	}
	_, err = MakePlan("wrangler.toml", append(in, "\ntag = \"v2\"\n"...), need("A"))
	if want := "wrangler.toml:10:1: migrations[0].tag is defined a second time"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
}
