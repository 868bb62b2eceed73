package syntax

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// Text that no one writes by hand: each is read or given up after about a second
// of running, with a tree that is well formed or an error that says why, and what
// is parsed next is read as ever. The deadline only ends a test that would hang:
// without limits tree-sitter takes many minutes for some of these.
func TestHostileText(t *testing.T) {
	const size = 200_000
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	nested := func(open, end string, n int) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	want := mustParse(t, "a.ts", sample)
	for name, src := range map[string]string{
		"casts with open type arguments": repeat("x as y<"),
		"comparisons or type arguments":  repeat("a<b<c<d<"),
		"generic arrows":                 repeat("<T>(x)=>"),
		"open brackets":                  strings.Repeat("[", 100_000),
		"nested brackets":                nested("[", "]", 100_000),
		"nested brackets, just too many": nested("[", "]", MaxDepth+1),
		"nested blocks":                  nested("{", "}", 50_000),
		"nested calls":                   nested("f(", ")", 50_000),
		"open templates":                 repeat("`${"),
		"nested templates":               nested("`${", "}`", 30_000),
		"operators":                      repeat("a+"),
		"negations":                      repeat("!") + "a!",
		"awaited type arguments":         repeat("await f<T>(") + "x",
		"many awaited type arguments":    repeat("await f<T>(x);"),
		"non-null operands":              repeat("a+b!."),
		"many non-null operands":         repeat("a&&b!.c;"),
		"casts":                          repeat("a as T as "),
		"many awaited casts":             repeat("await f() as T,"),
		"comparisons in a list":          "f(" + repeat("a<b,c>(d),") + ")",
		"open comparisons in a list":     "f(" + repeat("a<b,"),
		"declarations":                   repeat("await using x = 1;"),
		"names":                          repeat("using(1);"),
		"exports":                        repeat("export type * from 'x';"),
		"open exports":                   repeat("export {type,"),
		"imports of a string":            repeat("from 'x' with {"),
		"import types":                   repeat("x: import('x').A<"),
		"open type parameters":           repeat("class A<in "),
		"decorators":                     repeat("@(a?.b) class A {}"),
		"open decorators":                repeat("@("),
		"slashes":                        repeat("/"),
		"backslashes":                    repeat("\\"),
		"quotes":                         repeat("'\n\""),
		"hashes":                         repeat("#"),
		"ampersands in JSX":              repeat("<a>&"),
		"ampersands in JSX text":         "<a>" + repeat("& &a;") + "</a>",
		"open JSX":                       repeat("<a b={"),
		"open comment":                   "/*" + repeat("*"),
		"line ends":                      repeat("\r\n"),
		"letters":                        repeat("é"),
		"one line":                       strings.Repeat("let a=1;", MaxBytes/8),
		"one name":                       strings.Repeat("a", MaxBytes),
		"one string":                     `"` + strings.Repeat("a", MaxBytes-2) + `"`,
	} {
		path := "a.ts"
		if strings.Contains(name, "JSX") {
			path = "a.tsx"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			type result struct {
				tree *Tree
				err  error
			}
			done := make(chan result, 1)
			go func() {
				tree, err := Parse(path, []byte(src))
				done <- result{tree, err}
			}()
			select {
			case r := <-done:
				if r.err == nil {
					wellFormed(t, name, r.tree)
				} else if !errors.Is(r.err, ErrTooSlow) && !errors.Is(r.err, ErrTooDeep) {
					t.Error(r.err)
				}
			case <-time.After(2 * time.Minute):
				t.Fatal("no answer after two minutes")
			}
			if next := mustParse(t, "a.ts", sample); !slices.Equal(next.nodes, want.nodes) {
				t.Fatal("another text is read differently afterwards")
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		want error
	}{
		"too large":     {strings.Repeat("a", MaxBytes+1), ErrTooLarge},
		"invalid UTF-8": {"const a = \"\xff\";", ErrNotText},
		"a half rune":   {"const a = \"\xc3", ErrNotText},
		"UTF-16":        {"\xff\xfel\x00e\x00t\x00", ErrNotText},
		"NUL":           {"const a = 1;\x00", ErrNotText},
		"too deep":      {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), ErrTooDeep},
		"a deep sum":    {"x = " + strings.Repeat("a +", 3000) + "a", ErrTooDeep},
	} {
		if tree, err := Parse("a.ts", []byte(c.src)); !errors.Is(err, c.want) || tree != nil {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := Parse("a.ts", []byte(strings.Repeat("[", MaxDepth/2)+strings.Repeat("]", MaxDepth/2))); err != nil {
		t.Errorf("half the depth: %v", err)
	}
}
