package wrangler

import (
	"errors"
	"strings"
	"testing"
)

// base is a config with a history in which every kind of end occurs: Room is
// live, Gone deleted, Old renamed to Fresh, Legacy on the key-value backend.
const base = `{
  "name": "chat",
  "main": "src/index.ts",
  "compatibility_date": "2026-10-01",
  "vars": { "LIMIT": 1 },
  "kv_namespaces": [{ "binding": "CACHE", "id": "1" }],
  "durable_objects": {
    "bindings": [
      { "name": "ROOM", "class_name": "Room" },
      { "name": "FAR", "class_name": "Far", "script_name": "far" }
    ]
  },
  "migrations": [
    { "tag": "v1", "new_sqlite_classes": ["Room", "Gone", "Old"] },
    { "tag": "v2", "deleted_classes": ["Gone"], "renamed_classes": [{ "from": "Old", "to": "Fresh" }] },
    { "tag": "v3", "new_classes": ["Legacy"] }
  ]
}
`

// withExports is base's Room in the other form, with one tombstone of each kind.
const withExports = `{
  "name": "chat",
  "main": "src/index.ts",
  "compatibility_date": "2026-10-01",
  "exports": {
    "Room": { "type": "durable-object", "storage": "sqlite" },
    "Old": { "type": "durable-object", "state": "renamed", "renamed_to": "Room" },
    "Gone": { "type": "durable-object", "state": "deleted" },
    "Moved": { "type": "durable-object", "state": "transferred", "transferred_to": "other" }
  }
}
`

// expecting waits for Room from the Worker old.
const expecting = `{ "name": "new", "main": "b.ts", "compatibility_date": "2026-10-01", "exports": {
  "Room": { "type": "durable-object", "state": "expecting-transfer", "storage": "sqlite", "transfer_from": "old" } } }
`

// given had Room, which is the Worker new's.
const given = `{ "name": "old", "main": "b.ts", "compatibility_date": "2026-10-01", "durable_objects": { "bindings": [
  { "name": "ROOM", "class_name": "Room", "script_name": "new" }] }, "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }] }
`

// boxes has a class with a container, and namesBox one that names its container.
const (
	boxes = `{ "name": "boxes", "main": "b.ts", "compatibility_date": "2026-10-01",
  "containers": [{ "class_name": "Box", "image": "docker.io/library/httpd:2" }],
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Box"] }] }
`
	namesBox = `{ "name": "boxes", "main": "b.ts", "compatibility_date": "2026-10-01", "containers": [{ "name": "box", "image": "docker.io/library/httpd:2" }],
  "exports": { "Box": { "type": "durable-object", "storage": "sqlite", "container": "box" } } }
`
)

func need(class string) Request { return Request{Classes: []ClassNeed{{Class: class}}} }

func TestRefusals(t *testing.T) {
	bind := func(class, name string) Request {
		return Request{Classes: []ClassNeed{{Class: class, Binding: name}}}
	}
	head := `{ "name": "a", "main": "b.ts", "compatibility_date": "2026-10-01", `
	cases := []struct {
		name, in string
		req      Request
		reason   string // how the reason begins
		safe     string // what the safe way contains
	}{
		{"deleted", base, need("Gone"), "wrangler.jsonc:15: class Gone is deleted", "ask for it to be recreated"},
		{"renamed away", base, need("Old"), "wrangler.jsonc:15: class Old was renamed to Fresh", "use Fresh"},
		{"binding taken by a class", base, bind("Lobby", "ROOM"), "wrangler.jsonc:9: env.ROOM is taken by class Room", "ROOM_DO"},
		{"binding taken by another Worker", base, need("Far"), "wrangler.jsonc:10: env.FAR is taken by class Far of Worker far", "FAR_DO"},
		{"binding taken by KV", base, bind("Lobby", "CACHE"), "wrangler.jsonc:6: env.CACHE is taken by kv_namespaces", "CACHE_DO"},
		{"binding taken by a var", base, need("Limit"), "wrangler.jsonc:5: env.LIMIT is taken by vars", "LIMIT_DO"},
		{"delete unknown", base, Request{Delete: []string{"Nope"}}, "class Nope cannot be deleted", "live now: Fresh, Legacy, Room"},
		{"delete renamed", base, Request{Delete: []string{"Old"}}, "wrangler.jsonc:15: class Old was renamed", "delete Fresh"},
		{"delete and need", base, Request{Delete: []string{"Room"}, Classes: []ClassNeed{{Class: "Room"}}}, "class Room is both", "leave it out"},
		{"rename unknown", base, Request{Rename: &Rename{From: "Nope", To: "New"}}, "class Nope cannot be renamed", "ask for the class New"},
		{"rename onto a live class", base, Request{Rename: &Rename{From: "Room", To: "Fresh"}}, "wrangler.jsonc:15: class Fresh exists already", "another name"},
		{"rename of a deleted class", base, Request{Rename: &Rename{From: "Gone", To: "New"}}, "wrangler.jsonc:15: class Gone has ended", "a new class"},
		{"rename to itself", base, Request{Rename: &Rename{From: "Room", To: "Room"}}, "class Room cannot be renamed to its own name", "new name"},
		{"rename and keep", base, Request{Rename: &Rename{From: "Room", To: "New"}, Classes: []ClassNeed{{Class: "Room"}}}, "class Room is to be renamed", "ask for New only"},
		{"rename and delete", base, Request{Rename: &Rename{From: "Room", To: "New"}, Delete: []string{"Room"}}, "class Room is both", "rename"},
		{"transfer onto a live class", base, Request{Transfer: &Transfer{From: "X", FromScript: "w", To: "Room"}}, "wrangler.jsonc:14: class Room exists here", "does not have"},
		{"exports asked", base, Request{Classes: []ClassNeed{{Class: "Room"}}, Lifecycle: Exports}, "wrangler.jsonc:13: this config declares its classes by migrations", "keep migrations"},
		{"move and rename", base, Request{MoveToExports: true, Rename: &Rename{From: "Room", To: "New"}}, "moving from migrations to exports and changing classes", "by itself"},
		{"move and a new class", base, Request{MoveToExports: true, Classes: []ClassNeed{{Class: "Lobby"}}}, "moving from migrations to exports and creating Lobby", "then move"},
		{"move and migrations", base, Request{MoveToExports: true, Lifecycle: Migrations}, "the move to exports and migrations", "one of the two"},
		{"move of nothing", head + `"vars": {} }`, Request{MoveToExports: true}, "wrangler.jsonc has no migrations", "lifecycle form exports"},
		{"move of an emptied history", head + `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A"] }, { "tag": "v2", "deleted_classes": ["A"] }] }`, Request{MoveToExports: true}, "wrangler.jsonc:1: migrations leaves no class alive", "by hand"},
		{"move of a transferred class", head + `"migrations": [{ "tag": "v1", "transferred_classes": [{ "from": "A", "from_script": "w", "to": "A" }] }] }`, Request{MoveToExports: true}, "wrangler.jsonc:1: class A came by a transfer", "by hand"},
		{"rename of an unknown binding", base, Request{RenameBinding: &Rename{From: "HALL", To: "ROOMS"}}, "no Durable Object binding in wrangler.jsonc is called HALL", "FAR, ROOM"},
		{"rename to a name that is taken", base, Request{RenameBinding: &Rename{From: "ROOM", To: "CACHE"}}, "wrangler.jsonc:6: env.CACHE is taken by kv_namespaces", "another binding name"},
		{"rename of a binding to itself", base, Request{RenameBinding: &Rename{From: "ROOM", To: "ROOM"}}, "binding ROOM cannot be renamed", "new name"},
		{"environment name", base, Request{Environment: "Staging 1"}, `"Staging 1" is no name for an environment`, "staging"},
		{"migrations asked", withExports, Request{Classes: []ClassNeed{{Class: "Room"}}, Lifecycle: Migrations}, "wrangler.jsonc:5: this config declares its classes by exports", "ask for exports"},
		{"binding to another's name", base, Request{RenameBinding: &Rename{From: "ROOM", To: "FAR"}}, "wrangler.jsonc:10: env.FAR is taken by class Far", "another binding name"},
		{"binding to no name", base, Request{RenameBinding: &Rename{From: "ROOM", To: "a b"}}, `"a b" is no name for a binding`, "JavaScript identifier"},
		{"environment without objects", head + `"vars": {} }`, Request{Environment: "staging"}, "wrangler.jsonc has no Durable Object binding that the environment staging could get", "name the classes"},
		{"move beside other code", head + `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A"] }], "env": { "x": { "main": "c.ts", "migrations": [] } } }`, Request{MoveToExports: true}, "wrangler.jsonc:1: env.x runs other code (c.ts)", "a config of its own"},
		{"move of a deleted class", base, Request{MoveToExports: true, Classes: []ClassNeed{{Class: "Gone"}}}, "wrangler.jsonc:15: class Gone is deleted by an earlier migration", "another class name"},
		{"exports renamed", withExports, need("Old"), "wrangler.jsonc:7: class Old was renamed to Room", "use Room"},
		{"exports transfer to another name", withExports, Request{Transfer: &Transfer{From: "X", FromScript: "w", To: "Y"}}, "with exports, a class keeps its name", "transfer it as X"},
		{"exports hand-over to another name", withExports, Request{TransferTo: &Handover{From: "Room", ToScript: "w", To: "Hall"}}, "with exports, a class keeps its name", "rename to Hall"},
		{"exports transfer onto a live class", withExports, Request{Transfer: &Transfer{From: "Room", FromScript: "w", To: "Room"}}, "wrangler.jsonc:6: class Room is live here already", "say with deployed how far"},
		{"exports transfer of what has ended", withExports, Request{Transfer: &Transfer{From: "Gone", FromScript: "w", To: "Gone"}}, "wrangler.jsonc:8: exports has a deleted entry", "another class name"},
		{"exports hand-over elsewhere", withExports, Request{TransferTo: &Handover{From: "Moved", ToScript: "w", To: "Moved"}}, "class Moved was transferred to the Worker other, not to w", "once it has the class"},
		{"exports hand-over of nothing", withExports, Request{TransferTo: &Handover{From: "Nope", ToScript: "w", To: "Nope"}}, "class Nope cannot be given away", "live now: Room"},
		{"exports hand-over of what is expected", expecting, Request{TransferTo: &Handover{From: "Room", ToScript: "w", To: "Room"}}, "wrangler.jsonc:2: class Room is itself expected from Worker old", "complete that transfer"},
		{"exports transfer from elsewhere", expecting, Request{Transfer: &Transfer{From: "Room", FromScript: "w", To: "Room"}}, "wrangler.jsonc:2: class Room is expected from Worker old", "cancels the transfer"},
		{"exports rename onto a tombstone", withExports, Request{Rename: &Rename{From: "Room", To: "Gone"}}, "wrangler.jsonc:8: exports has a deleted entry for class Gone", "another class name"},
		{"exports rename of nothing", withExports, Request{Rename: &Rename{From: "Nope", To: "New"}}, "class Nope cannot be renamed: exports in wrangler.jsonc does not declare it", "restore the entry"},
		{"exports rename of what has gone", withExports, Request{Rename: &Rename{From: "Moved", To: "New"}}, "class Moved has ended already", "a new class"},
		{"hand-over of nothing", base, Request{TransferTo: &Handover{From: "Nope", ToScript: "w", To: "Nope"}}, "class Nope cannot be given away", "live now: Fresh, Legacy, Room"},
		{"hand-over of a deleted class", base, Request{TransferTo: &Handover{From: "Gone", ToScript: "w", To: "Gone"}}, "wrangler.jsonc:15: class Gone has ended", "live now: Fresh"},
		{"hand-over and rename", base, Request{TransferTo: &Handover{From: "Room", ToScript: "w", To: "Room"}, Rename: &Rename{From: "Fresh", To: "New"}}, "class Room is to be given away", "one at a time"},
		{"hand-over to no Worker", base, Request{TransferTo: &Handover{From: "Room", ToScript: "A b", To: "Room"}}, `"A b" is no Worker that a class could go to`, "is to have the class"},
		{"hand-over and delete", base, Request{TransferTo: &Handover{From: "Room", ToScript: "w", To: "Room"}, Delete: []string{"Room"}}, "class Room is both to be transferred", "one of the two"},
		{"delete what was handed over", given, Request{Delete: []string{"Room"}}, "wrangler.jsonc:2: class Room is bound at the Worker new", "in the configuration of new"},
		{"transfer that an environment inherits", head + `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A"] }], "env": { "qa": {} } }`, Request{Transfer: &Transfer{From: "X", FromScript: "w", To: "X"}}, "env.qa inherits migrations from the top level", `"migrations": [{"tag":"v1","new_sqlite_classes":["A"]}]`},
		{"hand-over that an environment inherits", head + `"exports": { "A": { "type": "durable-object", "storage": "sqlite" } }, "env": { "qa": {} } }`, Request{TransferTo: &Handover{From: "A", ToScript: "w", To: "A"}}, "env.qa inherits exports from the top level", `"exports": {"A":{`},
		{"transfer to a new environment", base, Request{Transfer: &Transfer{From: "X", FromScript: "w", To: "X"}, Environment: "qa"}, "the environment qa is to be added and to take part", "ask for the environment first"},
		{"a stage of nothing", base, Request{Deployed: 1}, "a stage is said to be deployed", "repeat the rename or transfer"},
		{"exports deleted", withExports, need("Gone"), "wrangler.jsonc:8: exports has a deleted entry", "another class name"},
		{"both forms", head + `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }], "exports": { "Old": { "type": "durable-object", "state": "deleted" } } }`, need("Room"), "wrangler.jsonc:1: migrations and exports", "keep the form"},
		{"delete of a class with a container", boxes, Request{Delete: []string{"Box"}}, "wrangler.jsonc:2: containers[0] belongs to class Box, which is to be deleted", "take that container out"},
		{"hand-over of a class with a container", boxes, Request{TransferTo: &Handover{From: "Box", ToScript: "w", To: "Box"}}, "wrangler.jsonc:2: containers[0] belongs to class Box, which is to be given away", "take that container out"},
		{"move of a key-value class with a container", strings.Replace(boxes, "new_sqlite_classes", "new_classes", 1), Request{MoveToExports: true}, "wrangler.jsonc:3: class Box is stored in the key-value backend and containers[0] belongs to it", "keep migrations"},
		{"hand-over to itself", base, Request{TransferTo: &Handover{From: "Room", ToScript: "chat", To: "Room"}}, "chat is this Worker itself", "ask for a rename"},
		{"transfer from itself", base, Request{Transfer: &Transfer{From: "Room", FromScript: "chat", To: "Hall"}}, "chat is this Worker itself", "ask for a rename"},
		{"exports rename to other letters", withExports, Request{Rename: &Rename{From: "Room", To: "Räume"}, Deployed: 1}, "class Room cannot be renamed to Räume by exports", "A to Z"},
		{"an environment's exports beside inherited migrations", head + `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["A"] }], "env": { "x": { "exports": { "Mail": { "type": "worker" } } } } }`, Request{MoveToExports: true}, "wrangler.jsonc:1: env.x has exports of its own", "a copy of the top level's migrations"},
		{"delete of a class that names its container", namesBox, Request{Delete: []string{"Box"}}, "wrangler.jsonc:1: containers[0] belongs to class Box", "take that container out"},
		{"hand-over of a class that names its container", namesBox, Request{TransferTo: &Handover{From: "Box", ToScript: "w", To: "Box"}}, "wrangler.jsonc:1: containers[0] belongs to class Box", "take that container out"},
		{"an environment's migrations beside inherited exports", head + `"exports": { "Mail": { "type": "worker" } }, "env": { "x": { "migrations": [{ "tag": "v1", "new_sqlite_classes": ["A"] }] } } }`, Request{MoveToExports: true}, "wrangler.jsonc:1: env.x.migrations would become exports of that environment", "own copy of exports"},
		{"other form in env", head + `"env": { "x": { "exports": {} } } }`, need("Room"), "wrangler.jsonc: the environment x declares its classes by exports", "form exports"},
		{"pages", `{ "pages_build_output_dir": "dist" }`, need("Room"), "wrangler.jsonc:1: this is a Pages project", "script_name"},
		{"bindings an object", head + `"durable_objects": { "bindings": {} } }`, need("Room"), "wrangler.jsonc:1:101: durable_objects.bindings must be an array", "correct this place"},
		{"migrations an object", head + `"migrations": {} }`, need("Room"), "wrangler.jsonc:1:82: migrations must be an array", "correct this place"},
		{"durable_objects an array", head + `"durable_objects": [] }`, need("Room"), "wrangler.jsonc:1:87: durable_objects must be an object", "correct this place"},
		{"key twice", head + `"migrations": [], "migrations": [] }`, need("Room"), `wrangler.jsonc:1:86: "migrations" stands here a second time`, "correct this place"},
		{"class name", base, need("chat-room"), `"chat-room" is no name for a class`, "JavaScript identifier"},
		{"binding name", base, bind("Room", "a b"), `"a b" is no name for a binding`, "JavaScript identifier"},
		{"date", base, Request{CompatibilityDate: "2026-13-45"}, `"2026-13-45" is no compatibility date`, "YYYY-MM-DD"},
		{"worker name", base, Request{Name: "Chat Room"}, `"Chat Room" is no name for a Worker`, "lower-case"},
		{"form", base, Request{Lifecycle: "both"}, `"both" is no form`, `"migrations"`},
		{"observability", base, Request{Observability: "yes"}, `"yes" is no choice`, `"on"`},
		{"new without classes", "", Request{Main: "a.ts", CompatibilityDate: "2026-10-01"}, "there is no config yet", "name the"},
		{"new without main", "", Request{Classes: []ClassNeed{{Class: "A"}}, CompatibilityDate: "2026-10-01"}, "a new config must say which file", "src/index.ts"},
		{"new without date", "", Request{Classes: []ClassNeed{{Class: "A"}}, Main: "a.ts"}, "a new config must have a compatibility date", "YYYY-MM-DD"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			plan, err := MakePlan("wrangler.jsonc", []byte(c.in), c.req)
			var refused *RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("got %+v, %v", plan, err)
			}
			if !strings.HasPrefix(refused.Reason, c.reason) || !strings.Contains(refused.Safe, c.safe) {
				t.Errorf("got reason %q\nsafe %q", refused.Reason, refused.Safe)
			}
		})
	}
}

func TestErrorTexts(t *testing.T) {
	same(t, "refusal", (&RefusedError{Reason: "no", Safe: "yes"}).Error(), "no. Instead: yes")
}

// TestUnsafeEdit: text that does not read back as the tree that was meant is
// never handed out.
func TestUnsafeEdit(t *testing.T) {
	for _, sabotage := range []piece{{3, 7, `"x"`}, {1, 1, "/*"}, {0, 10, ""}} {
		doc, err := parseDocument("wrangler.jsonc", []byte(`{ "a": [1] }`))
		if err != nil {
			t.Fatal(err)
		}
		e := &editor{doc: doc, st: doc.style()}
		list, _ := doc.at("a")
		e.insert(list, 0, item{value: text("b")})
		e.pieces = append(e.pieces, sabotage)
		if out, err := e.finish(); err != errUnsafe {
			t.Errorf("%+v: %v, %v", sabotage, out, err)
		}
	}
	config := parse(t, base)
	p := &planner{config: config, plan: &Plan{Changes: []Change{{What: "add a"}, {What: "add b"}}}}
	var refused *RefusedError
	if err := p.unwritable(errUnsafe); !errors.As(err, &refused) || !errors.Is(err, errUnsafe) || refused.Safe != "make the change by hand: add a; add b" {
		t.Errorf("got %v", refused)
	}
}

// TestWarnings holds what an edit leaves alone and says so.
func TestWarnings(t *testing.T) {
	cases := []struct {
		name, in string
		req      Request
		want     string
	}{
		{"other name", base, Request{Name: "talk"}, `wrangler.jsonc:2: the name stays "chat"; changing it to "talk" would deploy another Worker, with empty objects`},
		{"other main", base, Request{Main: "a.ts"}, `wrangler.jsonc:3: main stays "src/index.ts", not "a.ts"; the classes must be exported from the file that main names`},
		{"no main", `{"name": "a", "compatibility_date": "2026-10-01"}`, Request{}, "wrangler.jsonc has no main; without an entry point there is no class to run"},
		{"no date", `{"name": "a", "main": "a.ts"}`, Request{}, "wrangler.jsonc has no compatibility_date; a deploy needs one"},
		{"no name", `{"compatibility_date": "2026-10-01", "main": "a.ts"}`, Request{}, "wrangler.jsonc has no name; a deploy needs one"},
		{"wrong shape elsewhere", `{"name": 5, "main": "a.ts", "compatibility_date": "2026-10-01"}`, Request{}, "wrangler.jsonc:1:10: name must be a string, not a number"},
		{"observability off", `{"name": "a", "main": "a.ts", "compatibility_date": "2026-10-01",
  "observability": { "enabled": false }}`, Request{Observability: "on"}, "wrangler.jsonc:2: observability stays as the file has it; set enabled to true there by hand"},
		{"transferred", withExports, need("Moved"), "class Moved was transferred to the Worker other and gets no binding of its own; once nothing here binds to it any more, take it out of the code"},
		{"expected", expecting, need("Room"), "class Room is expected from Worker old and gets no binding until its objects are here; ask for the transfer again when they are"},
		{"given away", given, need("Room"), "wrangler.jsonc:2: class Room is bound at the Worker new, which has its objects; it gets no binding of its own here, and can be taken out of the code"},
		{"previews", strings.Replace(base, `"vars"`, `"previews": {}, "vars"`, 1), Request{}, `wrangler.jsonc:5: "previews" has no durable_objects of its own, so previews run without these bindings; add previews.durable_objects if previews are used`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			plan, err := MakePlan("wrangler.jsonc", []byte(c.in), c.req)
			if err != nil {
				t.Fatal(err)
			}
			if plan.Changed || string(plan.Output) != c.in {
				t.Errorf("changed:\n%s", plan.Diff)
			}
			if len(plan.Warnings) != 1 || plan.Warnings[0] != c.want {
				t.Errorf("got %q", plan.Warnings)
			}
		})
	}
}

func TestObservability(t *testing.T) {
	const in = "{\n  \"name\": \"a\",\n  \"main\": \"a.ts\",\n  \"compatibility_date\": \"2026-10-01\"\n}\n"
	const want = "{\n  \"name\": \"a\",\n  \"main\": \"a.ts\",\n  \"compatibility_date\": \"2026-10-01\",\n  \"observability\": { \"enabled\": true }\n}\n"
	for choice, want := range map[string]string{"": in, "off": in, "on": want} {
		plan, err := MakePlan("wrangler.jsonc", []byte(in), Request{Observability: choice})
		if err != nil || string(plan.Output) != want {
			t.Errorf("%q: %v\n%s", choice, err, plan.Output)
		}
	}
	plan, err := MakePlan("wrangler.jsonc", nil, Request{Observability: "off", Main: "a.ts", CompatibilityDate: "2026-10-01", Classes: need("A").Classes})
	if err != nil || plan.Config.Observability.Pos.IsSet() {
		t.Errorf("off in a new file: %v\n%s", err, plan.Output)
	}
}

func TestDiff(t *testing.T) {
	in := "{\n  \"name\": \"a\",\n  \"main\": \"a.ts\"\n}"
	plan, err := MakePlan("dir/wrangler.jsonc", []byte(in), Request{CompatibilityDate: "2026-10-01"})
	if err != nil {
		t.Fatal(err)
	}
	const want = `--- a/wrangler.jsonc
+++ b/wrangler.jsonc
@@ -1,4 +1,5 @@
 {
   "name": "a",
-  "main": "a.ts"
+  "main": "a.ts",
+  "compatibility_date": "2026-10-01"
 }
\ No newline at end of file
`
	if plan.Diff != want {
		t.Errorf("got\n%s", plan.Diff)
	}
}
