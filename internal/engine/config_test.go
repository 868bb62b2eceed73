package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"durable-objects-mcp/internal/engine"
	"durable-objects-mcp/internal/wrangler"
)

const projectConfig = `{
  // the chat of the shop
  "name": "shop",
  "main": "src/index.ts",
  "compatibility_date": "2026-10-01"
}
`

func chatProject(t *testing.T) (*engine.Engine, string) {
	t.Helper()
	e, dir := open(t)
	tree(t, dir, map[string]string{
		"apps/shop/wrangler.jsonc": projectConfig,
		"apps/shop/src/index.ts":   "export { Room } from \"./room\";\nexport * from \"./lobby\";\nexport default { fetch(request: Request, env: Env) { return env.ROOMS.getByName(\"a\").fetch(request); } };\n",
		"apps/shop/src/room.ts":    object("Room"),
		"apps/shop/src/lobby.ts":   object("Lobby") + object("Base"),
		"apps/shop/src/base.ts":    object("Unused"),
	})
	return e, dir
}

// A project's configuration is made to fit the classes that its main exports, in
// whichever file they stand.
func TestConfigOfAProject(t *testing.T) {
	e, dir := chatProject(t)
	at := filepath.Join(dir, "apps/shop/wrangler.jsonc")
	planned, err := e.Config(engine.ConfigRequest{ConfigPath: "apps/shop/wrangler.jsonc", DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(at); string(data) != projectConfig || planned.Diff == "" || planned.File.Action != "planned" {
		t.Errorf("a dry run wrote %q, or planned nothing: %+v", data, planned)
	}
	r, err := e.Config(engine.ConfigRequest{ConfigPath: "apps/shop/wrangler.jsonc"})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(r.Classes); !slices.Equal(r.Classes, []string{"Base", "Lobby", "Room"}) || r.File.Path != "apps/shop/wrangler.jsonc" {
		t.Errorf("%+v", r)
	}
	data, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"// the chat of the shop", `"main": "src/index.ts"`, `"new_sqlite_classes": ["Lobby", "Base", "Room"]`, `{ "name": "LOBBY", "class_name": "Lobby" }`, `{ "name": "ROOMS", "class_name": "Room" }`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the file lacks %s:\n%s", want, data)
		}
	}
	if again, err := e.Config(engine.ConfigRequest{ConfigPath: "apps/shop/wrangler.jsonc"}); err != nil || again.File.Action != "unchanged" {
		t.Errorf("a second run: %+v, %v", again, err)
	}
	if entries, _ := os.ReadDir(filepath.Join(dir, "apps/shop")); len(entries) != 2 {
		t.Errorf("beside the project there is now %v", entries)
	}
}

func TestConfigOfAProjectThatCannotBe(t *testing.T) {
	e, dir := chatProject(t)
	for _, c := range []struct{ path, want string }{
		{"apps/none/wrangler.jsonc", "cannot be read"},
		{"apps/shop/src/index.ts", "is no Workers configuration"},
		{"../wrangler.jsonc", "outside"},
	} {
		_, err := e.Config(engine.ConfigRequest{ConfigPath: c.path})
		expectErr(t, err, c.want)
	}
	put(t, filepath.Join(dir, "plain/wrangler.jsonc"), strings.Replace(projectConfig, "src/", "", 1))
	_, err := e.Config(engine.ConfigRequest{ConfigPath: "plain/wrangler.jsonc"})
	expectErr(t, err, "index.ts, which is main in plain/wrangler.jsonc, cannot be read")
	put(t, filepath.Join(dir, "plain/index.ts"), "export default {};\n")
	_, err = e.Config(engine.ConfigRequest{ConfigPath: "plain/wrangler.jsonc"})
	expectErr(t, err, "exports no class that extends DurableObject")
}

func TestConfigTransfer(t *testing.T) {
	e, dir := open(t)
	put(t, filepath.Join(dir, "results/durable_object.ts"), object("Room")+"export default {};\n")
	r, err := e.Config(engine.ConfigRequest{Transfer: &wrangler.Transfer{FromScript: "old-shop", From: "ChatRoom", To: "Room"}})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(filepath.Join(dir, "results/wrangler.jsonc"))
	if !strings.Contains(string(data), `{ "from": "ChatRoom", "from_script": "old-shop", "to": "Room" }`) || strings.Contains(string(data), "new_sqlite_classes") || len(r.Warnings) == 0 {
		t.Errorf("%s\n%q", data, r.Warnings)
	}
}

// editMigration changes an entry that is committed in the repository, and returns the
// file as it was.
func editMigration(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "one/wrangler.jsonc")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, strings.Replace(string(before), `"new_sqlite_classes": ["A"]`, `"new_sqlite_classes": ["A", "Z"]`, 1))
	return string(before)
}

// An entry that is committed may be deployed, so that a change of it does nothing.
func TestConfigNoticesEditedMigrations(t *testing.T) {
	e, dir, git := repository(t)
	before := editMigration(t, dir)
	r, err := e.Config(engine.ConfigRequest{ConfigPath: "one/wrangler.jsonc", DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "says other than what is committed") }) {
		t.Errorf("warnings %q for\n%s", r.Warnings, before)
	}
	git("commit", "-q", "-a", "-m", "y")
	if r, err = e.Config(engine.ConfigRequest{ConfigPath: "one/wrangler.jsonc", DryRun: true}); err != nil || slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "committed") }) {
		t.Errorf("once committed: %q, %v", r.Warnings, err)
	}
}

// What is committed is asked of git in every state that a repository can be in; where
// nothing is committed, or git cannot tell, an edit is made without it.
func TestConfigInEveryStateOfGit(t *testing.T) {
	for _, c := range []struct {
		name    string
		state   func(dir string, git func(args ...string))
		noticed bool
	}{
		{"a detached head", func(_ string, git func(args ...string)) { git("checkout", "-q", "--detach") }, true},
		{"staged", func(_ string, git func(args ...string)) { git("add", "-A") }, true},
		{"a shallow clone", func(dir string, git func(args ...string)) {
			git("commit", "-q", "--allow-empty", "-m", "y")
			git("clone", "-q", "--depth", "1", "file://"+dir, filepath.Join(dir, "clone"))
			for _, err := range []error{os.RemoveAll(filepath.Join(dir, ".git")), os.Rename(filepath.Join(dir, "clone/.git"), filepath.Join(dir, ".git"))} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}, true},
		{"no objects", func(dir string, _ func(args ...string)) { os.RemoveAll(filepath.Join(dir, ".git/objects")) }, false},
		{"an unborn branch", func(dir string, git func(args ...string)) {
			os.RemoveAll(filepath.Join(dir, ".git"))
			git("init", "-q")
		}, false},
		{"no git", func(dir string, _ func(args ...string)) { os.RemoveAll(filepath.Join(dir, ".git")) }, false},
	} {
		e, dir, git := repository(t)
		editMigration(t, dir)
		c.state(dir, git)
		r, err := e.Config(engine.ConfigRequest{ConfigPath: "one/wrangler.jsonc", Environment: "staging"})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if noticed := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "says other than what is committed") }); noticed != c.noticed || r.File.Action != "replaced" {
			t.Errorf("%s: %s with warnings %q", c.name, r.File.Action, r.Warnings)
		}
	}
}

// Calls at once are made one after the other, and none takes back another's.
func TestConfigsAtOnce(t *testing.T) {
	e, dir := chatProject(t)
	const at = "apps/shop/wrangler.jsonc"
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := e.Config(engine.ConfigRequest{ConfigPath: at, Environment: fmt.Sprintf("e%d", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	data, err := os.ReadFile(filepath.Join(dir, at))
	if err != nil {
		t.Fatal(err)
	}
	config, err := wrangler.Parse(at, data)
	if err != nil || len(config.Envs) != 8 {
		t.Errorf("%v\n%s", err, data)
	}
}

// A binding that is renamed is told where the code is behind; an environment and
// the move to exports are written for the same code.
func TestConfigOfBindingsEnvironmentsAndExports(t *testing.T) {
	e, dir := chatProject(t)
	const at = "apps/shop/wrangler.jsonc"
	if _, err := e.Config(engine.ConfigRequest{ConfigPath: at}); err != nil {
		t.Fatal(err)
	}
	r, err := e.Config(engine.ConfigRequest{ConfigPath: at, RenameBinding: &wrangler.Rename{From: "ROOMS", To: "CHATS"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"every use of env.ROOMS in the code must become env.CHATS in the same deploy", "apps/shop/src/index.ts still says env.ROOMS, which is undefined from the next deploy on; write env.CHATS there"}; !slices.Equal(r.Warnings, want) {
		t.Errorf("warnings %q, want %q", r.Warnings, want)
	}
	index := filepath.Join(dir, "apps/shop/src/index.ts")
	code, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	put(t, index, strings.ReplaceAll(string(code), "env.ROOMS", "env.CHATS"))
	if r, err = e.Config(engine.ConfigRequest{ConfigPath: at, Environment: "staging", MoveToExports: true}); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(filepath.Join(dir, at))
	config, err := wrangler.Parse(at, data)
	if err != nil {
		t.Fatal(err)
	}
	staging, ok := config.Resolve("staging")
	if want := []string{"Base", "Lobby", "Room"}; !ok || config.HasMigrations || !slices.Equal(staging.LiveClasses(), want) || len(staging.Bindings) != 3 {
		t.Errorf("%q\n%s", r.Warnings, data)
	}
	if strings.Contains(string(data), "ROOMS") {
		t.Errorf("the old name is still there:\n%s", data)
	}
}

// What is asked for needs no class in the code: the last one may be gone when it is
// deleted, or be built in a way that no analysis sees.
func TestConfigWithoutAClassInTheCode(t *testing.T) {
	e, dir := open(t)
	const at = "wrangler.jsonc"
	put(t, filepath.Join(dir, "index.ts"), "export default { fetch: () => new Response() };\n")
	config := `{ "name": "shop", "main": "index.ts", "compatibility_date": "2026-10-01",
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }] }
`
	put(t, filepath.Join(dir, at), config)
	_, err := e.Config(engine.ConfigRequest{ConfigPath: at})
	expectErr(t, err, "exports no class that extends DurableObject")
	for want, req := range map[string]engine.ConfigRequest{
		`"deleted_classes": ["Room"]`: {Delete: []string{"Room"}},
		`"name": "ROOMS"`:             {RenameBinding: &wrangler.Rename{From: "ROOM", To: "ROOMS"}},
		`"staging"`:                   {Environment: "staging"},
		`"storage": "sqlite"`:         {MoveToExports: true},
	} {
		put(t, filepath.Join(dir, at), config)
		req.ConfigPath = at
		r, err := e.Config(req)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if data, _ := os.ReadFile(filepath.Join(dir, at)); !strings.Contains(string(data), want) || strings.Contains(r.Text(), "for .") {
			t.Errorf("%s is missing:\n%s\n%s", want, data, r.Text())
		}
	}
}

// stageNow is the stage that a result asks to be deployed.
func stageNow(t *testing.T, r *engine.ConfigResult) (number int, worker string) {
	t.Helper()
	for _, s := range r.Stages {
		if s.Status == wrangler.StageNow {
			return s.Number, s.Worker
		}
	}
	t.Fatalf("no stage is due in %+v", r.Stages)
	return 0, ""
}

const roomByExports = `{
  "name": "shop",
  "main": "index.ts",
  "compatibility_date": "2026-10-01",
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "exports": {
    "Room": { "type": "durable-object", "storage": "sqlite" }
  }
}
`

// A rename by exports, from the first call to the last: each asks for one deploy, a
// call that is repeated writes nothing more, and what the code says is waited for.
func TestConfigRenamesByExportsInStages(t *testing.T) {
	e, dir := open(t)
	const at = "wrangler.jsonc"
	before, alias, after := object("Room"), object("ChatRoom")+"export { ChatRoom as Room };\n", object("ChatRoom")
	put(t, filepath.Join(dir, at), roomByExports)
	for i, c := range []struct {
		code            string
		deployed, stage int
		lines           []string // of exports
	}{
		{before, 0, 1, []string{`"Room": { "type": "durable-object", "storage": "sqlite" }`}},
		{alias, 0, 1, []string{`"Room": { "type": "durable-object", "storage": "sqlite" }`}},
		{after, 1, 1, []string{`"Room": { "type": "durable-object", "storage": "sqlite" }`}}, // the alias is missing
		{alias, 1, 2, []string{`"ChatRoom": { "type": "durable-object", "storage": "sqlite" }`, `"renamed_to": "ChatRoom"`}},
		{alias, 1, 2, []string{`"ChatRoom": { "type": "durable-object", "storage": "sqlite" }`, `"renamed_to": "ChatRoom"`}},
		{alias, 2, 3, []string{`"renamed_to": "ChatRoom"`}},
		{after, 2, 3, []string{`"renamed_to": "ChatRoom"`}},
		{alias, 3, 3, []string{`"renamed_to": "ChatRoom"`}}, // said too early
		{after, 3, 4, []string{`"ChatRoom": { "type": "durable-object", "storage": "sqlite" }`}},
	} {
		put(t, filepath.Join(dir, "index.ts"), c.code+"export default { fetch(request: Request, env: Env) { return env.ROOM.getByName(\"a\").fetch(request); } };\n")
		r, err := e.Config(engine.ConfigRequest{ConfigPath: at, Rename: &wrangler.Rename{From: "Room", To: "ChatRoom"}, Deployed: c.deployed})
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if n, _ := stageNow(t, r); n != c.stage {
			t.Errorf("call %d: stage %d is due, not %d:\n%s", i, n, c.stage, r.Text())
		}
		data, _ := os.ReadFile(filepath.Join(dir, at))
		for _, line := range c.lines {
			if !strings.Contains(string(data), line) {
				t.Errorf("call %d: %s is missing:\n%s", i, line, data)
			}
		}
	}
	data, _ := os.ReadFile(filepath.Join(dir, at))
	if want := strings.NewReplacer(`"Room"`, `"ChatRoom"`).Replace(roomByExports); string(data) != want {
		t.Errorf("at the end:\n%s", data)
	}
	r, err := e.Config(engine.ConfigRequest{ConfigPath: at})
	if err != nil || r.File.Action != "unchanged" || len(r.Warnings) > 0 {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

// A transfer by exports as its two projects see it, deploy by deploy; then the review
// finds nothing in either.
func TestConfigTransfersByExportsInStages(t *testing.T) {
	e, dir := open(t)
	worker := "export default { fetch(request: Request, env: Env) { return env.ROOM.getByName(\"a\").fetch(request); } };\n"
	taker := strings.Replace(strings.Replace(roomByExports, `"shop"`, `"rooms"`, 1), `"class_name": "Room" }`, `"class_name": "Room", "script_name": "shop" }`, 1)
	taker = strings.Replace(taker, "\n    \"Room\": { \"type\": \"durable-object\", \"storage\": \"sqlite\" }\n  ", "", 1)
	tree(t, dir, map[string]string{
		"shop/wrangler.jsonc": roomByExports, "shop/index.ts": object("Room") + worker,
		"rooms/wrangler.jsonc": taker, "rooms/index.ts": object("Room") + worker,
	})
	take := engine.ConfigRequest{ConfigPath: "rooms/wrangler.jsonc", Transfer: &wrangler.Transfer{FromScript: "shop", From: "Room", To: "Room"}}
	give := engine.ConfigRequest{ConfigPath: "shop/wrangler.jsonc", TransferTo: &wrangler.Handover{From: "Room", ToScript: "rooms", To: "Room"}}
	for i, c := range []struct {
		req             engine.ConfigRequest
		deployed, stage int
		action, has     string
	}{
		{take, 0, 1, "replaced", `"state": "expecting-transfer"`},
		{take, 0, 1, "unchanged", `"script_name": "shop"`},
		{give, 0, 2, "replaced", `"script_name": "rooms"`},
		{give, 1, 2, "unchanged", `"transferred_to": "rooms"`},
		{take, 2, 3, "replaced", `{ "name": "ROOM", "class_name": "Room" }`},
		{take, 2, 3, "unchanged", `"storage": "sqlite"`},
		{give, 3, 4, "unchanged", `"transferred_to": "rooms"`}, // the class is in the code yet
		{give, 3, 4, "replaced", `"exports": {}`},
	} {
		if i == 7 {
			put(t, filepath.Join(dir, "shop/index.ts"), worker)
		}
		c.req.Deployed = c.deployed
		r, err := e.Config(c.req)
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if n, _ := stageNow(t, r); n != c.stage || r.File.Action != c.action {
			t.Errorf("call %d: stage %d is due, not %d:\n%s", i, n, c.stage, r.Text())
		}
		if data, _ := os.ReadFile(filepath.Join(dir, c.req.ConfigPath)); !strings.Contains(string(data), c.has) {
			t.Errorf("call %d: %s is missing:\n%s", i, c.has, data)
		}
		reviewed, err := e.Review(engine.ReviewRequest{Paths: []string{c.req.ConfigPath}})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range reviewed.Findings {
			if strings.HasPrefix(f.Gotcha, "cfg-") && f.Severity != "info" {
				t.Errorf("call %d: %s:%d %s: %s", i, f.Path, f.Line, f.Gotcha, f.Message)
			}
		}
	}
}

// A class that is expected keeps its backend, which the other Worker's configuration
// tells where that is at hand; else the result says what is assumed.
func TestConfigTakesTheBackendOfTheGiver(t *testing.T) {
	const byMigrations = `{ "name": "shop-live", "main": "index.ts", "compatibility_date": "2026-10-01",
  "migrations": [{ "tag": "v1", "new_classes": ["Room"] }] }
`
	live := strings.Replace(roomByExports, `"shop"`, `"shop-live"`, 1)
	kv := strings.Replace(live, `"sqlite"`, `"legacy-kv"`, 1)
	for _, c := range []struct {
		name    string
		givers  map[string]string // their configurations; one is of the Worker shop-live
		storage string            // of what is expected
		warned  string            // "" for no warning
	}{
		{"SQLite by exports", map[string]string{"shop/wrangler.jsonc": live}, "sqlite", ""},
		{"key-value by exports", map[string]string{"shop/wrangler.jsonc": kv}, "legacy-kv", ""},
		{"key-value by migrations", map[string]string{"shop/wrangler.json": byMigrations}, "legacy-kv", "nothing is handed over; shop/wrangler.json:2 has migrations"},
		{"an environment", map[string]string{"shop/wrangler.jsonc": strings.Replace(kv, `"name": "shop-live",`, `"name": "x", "env": { "y": { "name": "shop-live" } },`, 1)}, "legacy-kv", ""},
		{"an environment without a name of its own", map[string]string{"shop/wrangler.jsonc": strings.Replace(kv, `"name": "shop-live",`, `"name": "shop", "env": { "live": {} },`, 1)}, "legacy-kv", ""},
		{"another Worker", map[string]string{"shop/wrangler.jsonc": strings.Replace(kv, `"shop-live"`, `"shops"`, 1)}, "sqlite", "SQLite storage is assumed for Room of shop-live, since its configuration was not found here"},
		{"another class", map[string]string{"shop/wrangler.jsonc": strings.ReplaceAll(kv, `"Room"`, `"Hall"`)}, "sqlite", "since shop/wrangler.jsonc does not tell"},
		{"two that differ", map[string]string{"a/wrangler.jsonc": kv, "b/wrangler.jsonc": live}, "sqlite", "was not found here"},
	} {
		e, dir := open(t)
		tree(t, dir, c.givers)
		tree(t, dir, map[string]string{
			"rooms/wrangler.jsonc": "{ \"name\": \"rooms\", \"main\": \"index.ts\", \"compatibility_date\": \"2026-10-01\", \"exports\": {} }\n",
			"rooms/index.ts":       object("Room") + "export default {};\n",
		})
		r, err := e.Config(engine.ConfigRequest{ConfigPath: "rooms/wrangler.jsonc", Transfer: &wrangler.Transfer{FromScript: "shop-live", From: "Room", To: "Room"}})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		data, _ := os.ReadFile(filepath.Join(dir, "rooms/wrangler.jsonc"))
		if !strings.Contains(string(data), `"storage": "`+c.storage+`"`) {
			t.Errorf("%s: %s", c.name, data)
		}
		if said := strings.Join(r.Warnings, "\n"); (c.warned == "") != (said == "") || !strings.Contains(said, c.warned) {
			t.Errorf("%s: warnings %q", c.name, said)
		}
	}
}

// A transfer by migrations: the giver's bindings follow, its class leaves the code
// without a deletion, and the review raises no alarm about that.
func TestConfigHandsOverByMigrations(t *testing.T) {
	e, dir := open(t)
	worker := "export default { fetch(request: Request, env: Env) { return env.ROOM.getByName(\"a\").fetch(request); } };\n"
	const at = "wrangler.jsonc"
	put(t, filepath.Join(dir, at), `{ "name": "shop", "main": "index.ts", "compatibility_date": "2026-10-01",
  "durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }] }
`)
	put(t, filepath.Join(dir, "index.ts"), object("Room")+worker)
	give := engine.ConfigRequest{ConfigPath: at, TransferTo: &wrangler.Handover{From: "Room", ToScript: "rooms", To: "Room"}}
	r, err := e.Config(give)
	if err != nil {
		t.Fatal(err)
	}
	if n, who := stageNow(t, r); n != 2 || who != "shop" || r.Stages[0].Status != wrangler.StageFirst || !strings.Contains(r.Text(), "When stage 2 is deployed, ask for the same again with deployed 2.") {
		t.Errorf("%s", r.Text())
	}
	data, _ := os.ReadFile(filepath.Join(dir, at))
	if !strings.Contains(string(data), `"script_name": "rooms"`) || !strings.Contains(string(data), `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }] }`) {
		t.Errorf("%s", data)
	}
	if r, err = e.Config(engine.ConfigRequest{ConfigPath: at}); err != nil || r.File.Action != "unchanged" || len(r.Warnings) != 1 {
		t.Errorf("a call without the hand-over: %+v, %v", r, err)
	}
	give.Deployed = 2
	if r, err = e.Config(give); err != nil || r.File.Action != "unchanged" {
		t.Fatalf("%+v, %v", r, err)
	}
	if n, _ := stageNow(t, r); n != 3 {
		t.Errorf("%s", r.Text())
	}
	put(t, filepath.Join(dir, "index.ts"), worker)
	reviewed, err := e.Review(engine.ReviewRequest{Paths: []string{at}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range reviewed.Findings {
		if f.Gotcha == "cfg-class-not-exported" {
			t.Errorf("%s:%d %s", f.Path, f.Line, f.Message)
		}
	}
	if r, err = e.Config(give); err != nil || r.File.Action != "unchanged" {
		t.Errorf("without the class in the code: %+v, %v", r, err)
	}
}
