package project

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// tree is a project in memory; only the reading of names and texts is asked of it.
type tree map[string]string

func (t tree) ReadFile(name string, max int64) ([]byte, error) {
	text, ok := t[name]
	if !ok || int64(len(text)) > max {
		return nil, errors.New("no such file")
	}
	return []byte(text), nil
}

func (t tree) IsFile(name string) bool { _, ok := t[name]; return ok }

func (t tree) Dirs(dir string) []string {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	var out []string
	for name := range t {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if first, _, deeper := strings.Cut(rest, "/"); deeper && !slices.Contains(out, first) {
				out = append(out, first)
			}
		}
	}
	slices.Sort(out)
	return out
}

func follow(t tree, start string) *Imports {
	return Follow(t, []File{{start, []byte(t[start])}}, nil)
}

func paths(in *Imports) string {
	var out []string
	for _, f := range in.Files {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name string
		tree tree
		want string
	}{
		{"relative, with and without extensions", tree{
			"src/room.ts": `import { a } from "./a"; import b from "./b.js"; export * from "../lib"; const c = await import('./c.mts')`,
			"src/a.tsx":   "", "src/b.ts": "", "lib/index.ts": `import "./deep"`, "lib/deep.js": "", "src/c.mts": "",
		}, "src/a.tsx src/b.ts lib/index.ts src/c.mts lib/deep.js"},
		{"an emitted extension prefers a file of that name", tree{"src/room.ts": `import "./x.js"`, "src/x.js": "", "src/x.ts": ""}, "src/x.js"},
		{"cycles end", tree{"src/room.ts": `import "./x"`, "src/x.ts": `import "./room"`}, "src/x.ts"},
		{"packages and platform modules are not followed", tree{"src/room.ts": `import "hono"; import "cloudflare:workers"; import "/etc/passwd"`}, ""},
		{"nothing leads out of the root", tree{"src/room.ts": `import "../../secret"`, "../secret.ts": ""}, ""},
		{"path aliases", tree{
			"src/room.ts": `import "@/store"; import "~lib/x"; import "@exact"`, "src/store.ts": "", "other/x.ts": "", "one.ts": "",
			"tsconfig.json": `{ // comments are allowed
				"compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["src/*"], "~lib/*": ["missing/*", "other/*"], "@exact": ["one"] }, }, }`,
		}, "src/store.ts other/x.ts one.ts"},
		{"aliases of an extended configuration start where that one stands", tree{
			"app/src/room.ts": `import "@/store"`, "config/store.ts": "",
			"app/tsconfig.json": `{"extends": "../config/base"}`, "config/base.json": `{"compilerOptions": {"paths": {"@/*": ["./*"]}}}`,
		}, "config/store.ts"},
		{"baseUrl alone", tree{"src/room.ts": `import "lib/x"`, "src/lib/x.ts": "", "tsconfig.json": `{"compilerOptions":{"baseUrl":"src"}}`}, "src/lib/x.ts"},
		{"a broken tsconfig maps nothing", tree{"src/room.ts": `import "@/x"; import "./y"`, "src/x.ts": "", "src/y.ts": "", "tsconfig.json": `{"compilerOptions":`}, "src/y.ts"},
	} {
		start := "src/room.ts"
		if !c.tree.IsFile(start) {
			start = "app/src/room.ts"
		}
		if got := paths(follow(c.tree, start)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWorkspaces(t *testing.T) {
	room := "apps/worker/src/room.ts"
	for _, c := range []struct {
		name, imports string
		tree          tree
		want          string
	}{
		{"npm's list, exports that point at source", `import "@acme/store"; import "@acme/store/sql"; import "@acme/store/types/row"`, tree{
			"package.json":                   `{"workspaces": ["apps/*", "packages/*"]}`,
			"packages/kept/package.json":     `{"name": "@acme/store", "exports": {".": "./src/main.ts", "./sql": {"types": "./sql.d.ts", "default": "./src/sql.ts"}, "./types/*": "./src/types/*.ts"}}`,
			"packages/kept/src/main.ts":      `import "./deep"`,
			"packages/kept/src/deep.ts":      "",
			"packages/kept/src/sql.ts":       "",
			"packages/kept/sql.d.ts":         "",
			"packages/kept/src/types/row.ts": "",
		}, "packages/kept/src/main.ts packages/kept/src/sql.ts packages/kept/src/types/row.ts packages/kept/src/deep.ts"},
		{"pnpm's list, and what a build is made of", `import { put } from "store"; import x from "store/extra"`, tree{
			"pnpm-workspace.yaml":          "# ours\npackages:\n  - 'apps/**'\n  - \"libs/*\" # shared\n\nonlyBuilt:\n  - other/*\n",
			"libs/store/package.json":      `{"name": "store", "main": "./dist/cjs/index.js", "types": "dist/index.d.ts"}`,
			"libs/store/src/index.ts":      "",
			"libs/store/dist/cjs/index.js": "",
			"libs/store/src/extra.ts":      "",
			"other/x/package.json":         `{"name": "other"}`,
		}, "libs/store/src/index.ts libs/store/src/extra.ts"},
		{"pnpm's list in one line", `import "store"`, tree{
			"pnpm-workspace.yaml":     `{packages: [libs/*], onlyBuilt: [other/*]}`,
			"libs/store/package.json": `{"name": "store", "main": "store.ts"}`,
			"libs/store/store.ts":     "",
		}, "libs/store/store.ts"},
		{"a list that is no YAML", `import "store"`, tree{
			"pnpm-workspace.yaml":     "packages:\n\t- [libs/*",
			"libs/store/package.json": `{"name": "store", "main": "store.ts"}`,
			"libs/store/store.ts":     "",
		}, ""},
		{"yarn's form, a folder by name, conditions", `import "store"`, tree{
			"package.json":       `{"workspaces": {"packages": ["store"]}}`,
			"store/package.json": `{"name": "store", "exports": {"workerd": "./edge.mts", "default": "./node.ts"}}`,
			"store/edge.mts":     "", "store/node.ts": "",
		}, "store/edge.mts"},
		{"a package's own name and its private paths", `import "worker/util"; import "#db/rows"`, tree{
			"apps/worker/package.json":   `{"name": "worker", "imports": {"#db/*": "./src/db/*.ts"}}`,
			"apps/worker/src/util.ts":    "",
			"apps/worker/src/db/rows.ts": "",
		}, "apps/worker/src/util.ts apps/worker/src/db/rows.ts"},
		{"packages of others, and what leads out of the root", `import "hono"; import "evil"; import "typed"`, tree{
			"package.json":                   `{"workspaces": ["packages/*", "../*"]}`,
			"packages/evil/package.json":     `{"name": "evil", "main": "../../../secret.ts"}`,
			"packages/typed/package.json":    `{"name": "typed", "types": "./index.d.ts"}`,
			"packages/typed/index.d.ts":      "",
			"node_modules/hono/package.json": `{"name": "hono", "main": "index.ts"}`,
			"node_modules/hono/index.ts":     "", "../secret.ts": "",
		}, ""},
		{"a broken package.json says nothing", `import "store"; import "./near"`, tree{
			"package.json": `{"workspaces": [`, "store/package.json": `{"name": "store"}`, "store/index.ts": "", "apps/worker/src/near.ts": "",
		}, "apps/worker/src/near.ts"},
	} {
		c.tree[room] = c.imports
		if got := paths(follow(c.tree, room)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTypesLeadOneStep(t *testing.T) {
	in := follow(tree{
		"a.ts":     `import type { A } from "./types"; import { type B, run } from "./both"; import type C from "./later"; export type { D } from "./more"; import type from "./named"`,
		"types.ts": `import "./far"`, "both.ts": `import "./near"; import { c } from "./later"`, "later.ts": `import "./last"`, "more.ts": `import "./far"`,
		"near.ts": "", "far.ts": "", "last.ts": "", "named.ts": `import "./own"`, "own.ts": "",
	}, "a.ts")
	if got, want := paths(in), "types.ts both.ts later.ts more.ts named.ts near.ts own.ts last.ts"; got != want {
		t.Errorf("followed %s, want %s", got, want)
	}
}

func TestNearFilesLeadOneStep(t *testing.T) {
	files := tree{"near.ts": `import "./x"; import "./shared"`, "far.ts": `import "./shared"`, "x.ts": `import "./y"`, "y.ts": "", "shared.ts": `import "./z"`, "z.ts": ""}
	in := Follow(files, []File{{"near.ts", []byte(files["near.ts"])}, {"far.ts", []byte(files["far.ts"])}}, func(f File) bool { return f.Path == "far.ts" })
	if got, want := paths(in), "shared.ts z.ts x.ts"; got != want {
		t.Errorf("followed %s, want %s", got, want)
	}
}

func TestLinksLeadToFilesThatWereGiven(t *testing.T) {
	in := Follow(tree{"a.ts": "", "b.ts": ""}, []File{{"a.ts", []byte(`import "./b"`)}, {"b.ts", []byte(`import './a'`)}}, nil)
	if len(in.Files) != 0 || in.Links["a.ts"]["./b"] != "b.ts" || in.Links["b.ts"]["./a"] != "a.ts" {
		t.Errorf("%+v", in)
	}
}

func TestBoundsAreKept(t *testing.T) {
	project := tree{}
	var b strings.Builder
	for i := range MaxFiles + 20 {
		fmt.Fprintf(&b, "import \"./f%d\";\n", i)
		project[fmt.Sprintf("f%d.ts", i)] = ""
	}
	project["a.ts"] = b.String()
	if in := follow(project, "a.ts"); len(in.Files) != MaxFiles || !in.Cut {
		t.Errorf("%d files, cut %v", len(in.Files), in.Cut)
	}
}

// A long file that has nothing to do with the platform is linked, not read.
func TestWhatCannotMatterIsNotRead(t *testing.T) {
	project := tree{"a.ts": `import "./words"; import "./store"`, "words.ts": strings.Repeat("export const w = 1;\n", 2000), "store.ts": strings.Repeat("export const w = 1;\n", 2000) + "ctx.storage"}
	in := follow(project, "a.ts")
	if !slices.Equal([]string{paths(in), in.Links["a.ts"]["./words"]}, []string{"store.ts", "words.ts"}) {
		t.Errorf("%q %v", paths(in), in.Links)
	}
}
