package engine

import (
	"fmt"
	"testing"

	"durable-objects-mcp/gotchas"
)

func TestClassesOfKnowsProseFromClasses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`export class Room extends DurableObject<Env> {`, "[{Room [DurableObject Env]}]"},
		{"class A<T extends object> extends Base<\"a\" | 'b'>\n  implements I {", "[{A [object extends Base a b implements I]}]"},
		{`const X = class Inner extends Mixin({}) {`, "[{Inner [Mixin]}]"},
		{"// the class that extends it\n// `x`\nexport const y = {", "[]"},
		{" * Pass a class name; it extends the list.\n */\nfunction f() {", "[]"},
		{"a class without a body extends nothing", "[]"},
	} {
		if got := fmt.Sprint(classesOf([]byte(tt.text))); got != tt.want {
			t.Errorf("%q gives %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestATestMattersWhereItRunsObjects(t *testing.T) {
	const double = "const ns = new FakeNamespace();\nns.getByName(\"a\");\n"
	for _, tt := range []struct {
		path, text string
		want       bool
	}{
		{"src/a.ts", double, true},
		{"test/a.test.ts", double, false},
		{"test/a.test.ts", "import { env } from \"cloudflare:workers\";\nenv.ROOMS.getByName(\"a\");\n", true},
		{"test/a.test.ts", "import { SELF } from \"cloudflare:test\";\n", false},
		{"test/a.test.ts", "class Room extends DurableObject {\n}\n", true},
	} {
		c := consider(gotchas.File{Path: tt.path, Source: []byte(tt.text)})
		if got := len(pick([]candidate{c}, func(string) []string { return nil })) == 1; got != tt.want {
			t.Errorf("%s %q: %v, want %v", tt.path, tt.text, got, tt.want)
		}
	}
}
