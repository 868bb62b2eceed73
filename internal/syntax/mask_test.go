package syntax

import (
	"slices"
	"strings"
	"testing"
)

// TestModernSyntax has what the grammar does not know. Each source must be read
// as a whole, with nodes of the given kinds over the given text, which is the
// author's and not the mask's.
func TestModernSyntax(t *testing.T) {
	for _, c := range []struct {
		src  string
		want []string // "kind text"
	}{
		{"using x = f();", []string{"lexical_declaration using x = f();", "variable_declarator x = f()", "token using"}},
		{"using x: T = f();", []string{"variable_declarator x: T = f()", "type_annotation : T"}},
		{"using x = f(), y = g();", []string{"variable_declarator x = f()", "variable_declarator y = g()"}},
		{"await using x = await f<T>(1);", []string{"lexical_declaration await using x = await f<T>(1);", "variable_declarator x = await f<T>(1)", "await_expression await f<T>(1)", "token using"}},
		{"{ await  using x: T\n= f() }", []string{"lexical_declaration await  using x: T\n= f()", "statement_block { await  using x: T\n= f() }"}},
		{"for (using x of y) z(x);", []string{"for_in_statement for (using x of y) z(x);", "token using", "identifier x"}},
		{"for (await using x of y) z(x);", []string{"for_in_statement for (await using x of y) z(x);"}},
		{"for await (using x of y()) z(x);", []string{"for_in_statement for await (using x of y()) z(x);", "token await"}},
		{"using.close(using, ...using);", []string{"member_expression using.close", "identifier using", "spread_element ...using"}},
		{"const using = 1; using = 2; f = () => using;", []string{"variable_declarator using = 1", "assignment_expression using = 2", "arrow_function () => using"}},
		{"using[0] = 1;", []string{"subscript_expression using[0]"}},
		{"for (using of xs) {}", []string{"for_in_statement for (using of xs) {}", "identifier using"}},
		{"class A { using = 1; get() { return { using: 1, ...this.using } } }; function using(using) { return using }", []string{"public_field_definition using = 1", "pair using: 1", "member_expression this.using", "function_declaration function using(using) { return using }"}},
		{`export type * from "m";`, []string{`export_statement export type * from "m";`, `string "m"`}},
		{`export type * as ns from "m";`, []string{"namespace_export * as ns"}},
		{`export { type, a } from "m";`, []string{"export_specifier type", "export_specifier a"}},
		{`export { a } from "m" with { type: "json" }; let z;`, []string{"export_clause { a }", "lexical_declaration let z;"}},
		{`export * from "m" with { type: "json" };`, []string{`string "m"`, `export_statement export * from "m" with { type: "json" };`}},
		{`import defer * as ns from "m";`, []string{"namespace_import * as ns", `import_statement import defer * as ns from "m";`}},
		{`import x from "m" assert { type: "json" };`, []string{`import_attribute assert { type: "json" }`, "import_clause x"}},
		{`import "m" assert { type: "json" };`, []string{`import_attribute assert { type: "json" }`}},
		{"class A<in T, out U extends B<V>, in out W = {}> {}", []string{"type_parameters <in T, out U extends B<V>, in out W = {}>", "type_identifier T", "type_identifier W"}},
		{"interface A<out T> {} type B<in out T> = T;", []string{"interface_declaration interface A<out T> {}", "type_alias_declaration type B<in out T> = T;"}},
		{"const A = class<const in T> {};", []string{"class class<const in T> {}"}},
		{`let x: import("m").A<B>;`, []string{`generic_type import("m").A<B>`, "type_arguments <B>"}},
		{`let x: import("m").A[];`, []string{`array_type import("m").A[]`}},
		{`let x: readonly import("m").A[];`, []string{`readonly_type readonly import("m").A[]`}},
		{`let x: (import("m").A)[];`, []string{`array_type (import("m").A)[]`}},
		{`let x: P<import("m").A["run"]>[0]["payload"];`, []string{`type_arguments <import("m").A["run"]>`}},
		{`let x: keyof import("m").A;`, []string{`variable_declarator x: keyof import("m").A`}},
		{"const x = await g<typeof import(\"m\")>(1);", []string{`type_arguments <typeof import("m")>`, `call_expression g<typeof import("m")>(1)`, "arguments (1)"}},
		{`f<import("m").A>(1);`, []string{`call_expression f<import("m").A>(1)`}},
		{`class C extends B<import("m").A> implements D<import("m", { with: {} }).A> {}`, []string{`class_body {}`, `type_arguments <import("m").A>`}},
		{"class A { static [k: string]: T; b = 1 }", []string{"index_signature [k: string]: T", "public_field_definition b = 1"}},
		{"class A { static readonly [k: string]: T }", []string{"index_signature readonly [k: string]: T"}},
		{`class A extends B { static override ["computed"] = 1 }`, []string{`public_field_definition static override ["computed"] = 1`, "override_modifier override"}},
		{"abstract class A extends B { abstract override x: T; override abstract y(): T }", []string{"public_field_definition abstract override x: T", "abstract_method_signature abstract y(): T"}},
		{"class A { @(a?.b) x = 1 }", []string{"public_field_definition @(a?.b) x = 1", "decorator @(a?.b"}},
		{"class A { @(a?.b?.(c)) m() { return 1 } }", []string{"method_definition m() { return 1 }", "arguments (c)"}},
		{"@(a ? b : c) class A {}", []string{"class_declaration @(a ? b : c) class A {}"}},
		{"class A { @(x as D) m() {} }", []string{"decorator @(x as D)"}},
	} {
		tree := mustParse(t, "a.ts", c.src)
		wellFormed(t, c.src, tree)
		if len(tree.Partial) > 0 {
			t.Errorf("%s: unreadable %v", c.src, tree.Partial)
		}
		for _, want := range c.want {
			found := false
			for n := range tree.Root().Descendants() {
				found = found || n.Kind().String()+" "+n.Text() == want
			}
			if !found {
				t.Errorf("%s: no %s", c.src, want)
			}
		}
		if string(tree.Src) != c.src {
			t.Errorf("%s: the source became %s", c.src, tree.Src)
		}
		if before, _ := plain.parse([]byte(c.src), maxParse); slices.Equal(before.nodes, tree.nodes) && !strings.Contains(c.src, "computed") {
			t.Errorf("%s: the grammar knows this by now", c.src)
		}
	}
}

// TestMasksLeaveAlone has the same words with another meaning. Masked or not,
// each source must give the same tree.
func TestMasksLeaveAlone(t *testing.T) {
	for _, src := range []string{
		`const s = "export type * from 'm'", t = 'using x = 1', u = "import('m').A<B>";`,
		"const s = `using x = 1; ${ \"await using y = 2\" } export type * ${ `import(\"m\").A[] ${1}` } @(a?.b)`;",
		"// using x = 1; export type * from 'm'\n/* class A<in T> { static [k: string]: T }\n@(a?.b) */ let x;",
		"const r = /using x = 1/, q = a / 2, s = /[/'\"`]using y = 2/g, u = b / import.meta.x / 3;",
		"obj.using(1); obj?.using; obj.using = 2; ({ using: 1, using() {} });",
		"class A { #using = 1; using = this.#using; get using() { return this.using } }",
		"type In = 3; type Out<T> = T; class A<T, out> {} class B<out, T> {} class C<out extends T> {}",
		"f(a < out, b > c); if (x < y) { let out; } type < out, b > c;",
		"import('m').then<A>(f); const a = await import('m'); Promise.all([import('a'), import('b'), c]);",
		"const p = lazy(() => import('m')), q = x ? import('a') : y, r = { load: import('m') }, s = [import('m')];",
		"const a = (await import('m')).b<C>(1), d = (await import('m'))['e'];",
		"import x from 'y' with { type: 'json' }; import 'z' with { type: 'css' }; import('w', { with: { type: 'json' } });",
		"import 'x'\nassert({ a })\nimport y from 'y'\nassert\n({ b });",
		"import defer from 'x'; import type from 'y'; import { type T, type as u, type } from 'z'; import type { V } from 'v';",
		"export type { A } from 'x'; export type T = 1; export { a as type }; export * as type from 'y'; export default { type, assert: 1 };",
		"class A { static [k] = 1; static [a ? b : c] = 2; static; [k: string]: T }",
		"class A extends B { override = 1; static = 3; override [k] = 4; override m() {} } override[x] = 5; let abstract; f(abstract, override);",
		"@a.b class A { @c() x; @d.e(f?.g) y; @h z }",
		"let assert, defer, out, override; assert = defer ? out : override; x = defer * 2;",
	} {
		before, err := plain.parse([]byte(src), maxParse)
		if err != nil || before.partial {
			t.Fatalf("%s: not read as it is: %v", src, err)
		}
		after, err := plain.parse(newMask([]byte(src)).masked(), maxParse)
		if err != nil || !slices.Equal(before.nodes, after.nodes) {
			t.Errorf("%s\nmasked: %s: %v", src, newMask([]byte(src)).masked(), err)
		}
	}
}

// What is broken stays so: masks do not make up code.
func TestMaskedReadingMustBeBetter(t *testing.T) {
	for _, src := range []string{
		"export type * from;", "using x = ;", "class A<in T U> {}", "import('m').A<", "@( class A {}", "for (using x y) {}", "static [k: string]: T",
	} {
		tree := mustParse(t, "a.ts", src)
		wellFormed(t, src, tree)
		if len(tree.Partial) == 0 {
			t.Errorf("%s: nothing is reported as unreadable", src)
		}
	}
}

func TestAmpersandsInJSX(t *testing.T) {
	for src, want := range map[string]string{
		`const x = <p>Confirm & Pay, D&D</p>;`:                      "jsx_element <p>Confirm & Pay, D&D</p>",
		`const x = <a href="?b=1&c=2&d=3">{e & f} & &amp; {g}</a>;`: "binary_expression e & f",
		`const x = <a href="?b=1&c=2&d=3" />;`:                      `string "?b=1&c=2&d=3"`,
	} {
		tree := mustParse(t, "a.tsx", src)
		found := false
		for n := range tree.Root().Descendants() {
			found = found || n.Kind().String()+" "+n.Text() == want
		}
		if len(tree.Partial) > 0 || !found {
			t.Errorf("%s: unreadable %v, %s is there: %v", src, tree.Partial, want, found)
		}
	}
	if tree := mustParse(t, "a.tsx", "const x = a & & b;"); len(tree.Partial) == 0 {
		t.Error("a & & b was read")
	}
}

func TestTokenize(t *testing.T) {
	names := map[tokenKind]string{wordToken: "w", numberToken: "n", stringToken: "s", templateToken: "t", regexToken: "r", markToken: "m"}
	for src, want := range map[string]string{
		"a/b/c":                      "w a|m /|w b|m /|w c",
		"return /b/g.x":              "w return|r /b/g|m .|w x",
		"x.return / 2 / y":           "w x|m .|w return|m /|n 2|m /|w y",
		"f(/[/\\]]'/)":               "w f|m (|r /[/\\]]'/|m )",
		"a++ / 2 + /b/":              "w a|m ++|m /|n 2|m +|r /b/",
		"`a${{b: `c${d}`}}e` / 2":    "t `a${|m {|w b|m :|t `c${|w d|t }`|m }|t }e`|m /|n 2",
		"'a\\'b' \"c\nd":             "s 'a\\'b'|s \"c|w d",
		"/* ' */ a // `\nb":          "w a|w b",
		"#!x 'y\na":                  "w a",
		"a => b ?? c?.d ? .5 : ...e": "w a|m =>|w b|m ??|w c|m ?.|w d|m ?|m .|n 5|m :|m ...|w e",
		"a?.5:b":                     "w a|m ?|m .|n 5|m :|w b",
		"#p in é$_1":                 "w #p|w in|w é$_1",
		"<p>a</p>":                   "m <|w p|m >|w a|m <|m /|w p|m >",
		"A<B<C>>= 1n":                "w A|m <|w B|m <|w C|m >|m >|m =|n 1n",
		"'a\\":                       "s 'a\\",
		"`a${b":                      "t `a${|w b",
		"`a\\":                       "t `a\\",
		"/a\\":                       "r /a\\",
		"/* a":                       "",
	} {
		var got []string
		for _, tok := range tokenize([]byte(src)) {
			got = append(got, names[tok.kind]+" "+src[tok.start:tok.end])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q\n got  %s\n want %s", src, strings.Join(got, "|"), want)
		}
	}
}
