package gotchas_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"durable-objects-mcp/gotchas"
	"durable-objects-mcp/gotchas/analysis"
)

// configCode is the code beside the configurations of testdata/configs, by name.
var configCode = map[string]string{
	"": roomClass + worker("ROOM"),
	"two": roomClass + `export class Lobby extends DurableObject<Env> {
  open(): boolean { return true; }
}
` + worker("ROOM", "LOBBY"),
	"unexported": strings.Replace(roomClass, "export class", "class", 1) + worker("ROOM"),
	"sql":        strings.Replace(roomClass, `return "hi";`, `return this.ctx.storage.sql.exec<{ n: number }>("SELECT 1 AS n").one().n.toString();`, 1) + worker("ROOM"),
	"elsewhere":  worker("ROOM"),
	"aliased":    roomClass + "export { Room as ChatRoom };\n" + worker("ROOM"),
	"unbound": roomClass + `export default { fetch: () => new Response("ok") };
`,
}

const roomClass = `import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject<Env> {
  hi(): string { return "hi"; }
}
`

func worker(bindings ...string) string {
	var b strings.Builder
	b.WriteString("export default {\n  async fetch(request: Request, env: Env): Promise<Response> {\n")
	for _, name := range bindings {
		fmt.Fprintf(&b, "    env.%s.getByName(new URL(request.url).pathname);\n", name)
	}
	return b.String() + "    return new Response(\"ok\");\n  },\n};\n"
}

var configWords = strings.NewReplacer(
	"$HEAD", `"name": "w", "main": "src/index.ts", "compatibility_date": "2026-10-01"`,
	"$BIND", `"durable_objects": { "bindings": [{ "name": "ROOM", "class_name": "Room" }] }`,
	"$V1", `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Room"] }]`,
)

// configCase is one part of an archive in testdata/configs.
type configCase struct {
	name         string
	gotcha, line string // of what must be found
	code, config string
}

var caseName = regexp.MustCompile(`^([^:(]+?)(?:: ([a-z-]+)@(code|\d+))?(?: \((\w+)\))?$`)

func configCases(t *testing.T, file string) []configCase {
	t.Helper()
	ar, err := txtar.ParseFile("testdata/configs/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var out []configCase
	for _, f := range ar.Files {
		m := caseName.FindStringSubmatch(f.Name)
		if m == nil {
			t.Fatalf("%s: %q is no name of a case", file, f.Name)
		}
		code, ok := configCode[m[4]]
		if !ok {
			t.Fatalf("%s: there is no code %q", file, m[4])
		}
		out = append(out, configCase{m[1], m[2], m[3], code, configWords.Replace(string(bytes.TrimSpace(f.Data))) + "\n"})
	}
	return out
}

func (c configCase) review() *gotchas.Result {
	return gotchas.Review(gotchas.Input{
		Files:  []gotchas.File{{Path: "src/index.ts", Source: []byte(c.code)}},
		Config: &gotchas.File{Path: "wrangler.jsonc", Source: []byte(c.config)}, Today: "2026-11-01",
	})
}

// said are the findings of a review, and what is wrong with the file itself, as
// "gotcha@line"; with advice or without.
func said(r *gotchas.Result, advice bool) (all []string, text string) {
	for _, f := range r.Findings {
		if f.Severity == analysis.Info && !advice {
			continue
		}
		line := strconv.Itoa(f.Line)
		if f.Path != "wrangler.jsonc" {
			line = "code"
		}
		all = append(all, f.Gotcha+"@"+line)
		text += fmt.Sprintf("  %s %s@%s: %s\n", f.Severity, f.Gotcha, line, f.Message)
	}
	for _, p := range r.Partial {
		all = append(all, fmt.Sprintf("problem@%d", p.Line))
		text += fmt.Sprintf("  problem@%d: %s\n", p.Line, p.Reason)
	}
	return all, text
}

func TestBrokenConfigsAreSaid(t *testing.T) {
	cases := configCases(t, "broken.txtar")
	if len(cases) < 80 {
		t.Errorf("%d broken configurations; at least 80 are wanted", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			all, text := said(c.review(), true)
			want := c.gotcha + "@" + c.line
			for _, s := range all {
				if s == want {
					return
				}
			}
			t.Errorf("%s is not said:\n%s%s", want, text, c.config)
		})
	}
}

func TestLegalConfigsAreSilent(t *testing.T) {
	cases := configCases(t, "legal.txtar")
	if len(cases) < 40 {
		t.Errorf("%d legal configurations; at least 40 are wanted", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if all, text := said(c.review(), false); len(all) > 0 {
				t.Errorf("it is legal:\n%s%s", text, c.config)
			}
		})
	}
}
