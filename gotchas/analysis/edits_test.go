package analysis_test

import (
	"testing"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/syntax"
)

// statement parses a text and returns the statement that starts with a word.
func statement(t *testing.T, src, word string) syntax.Node {
	t.Helper()
	tree, err := syntax.Parse("a.ts", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Root().Descendants() {
		if n.Is(syntax.ExpressionStatement) && len(n.Text()) >= len(word) && n.Text()[:len(word)] == word {
			return n
		}
	}
	t.Fatalf("no statement starts with %q", word)
	return syntax.Node{}
}

func TestRemove(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a();\n  gone();\nb();\n", "a();\nb();\n"},
		{"a();\r\n\tgone();\r\nb();\r\n", "a();\r\nb();\r\n"},
		{"a(); gone(); b();\n", "a();  b();\n"},
		{"a();\ngone(); // why\n", "a();\n // why\n"},
		{"gone();", ""},
		{"é(); gone(\n1);\n", "é(); \n"},
	} {
		e := analysis.Remove(statement(t, c.src, "gone"))
		if got, err := edit.Apply([]byte(c.src), []edit.Edit{e}); err != nil || string(got) != c.want {
			t.Errorf("%q became %q, %v; want %q", c.src, got, err, c.want)
		}
	}
}

func TestNewLineIsTheFilesOwn(t *testing.T) {
	for src, want := range map[string]string{"if (x) {\n\t\ta();\n}\n": "\n\t\t", "if (x) {\r\n  a();\r\n}\r\n": "\r\n  "} {
		if got := analysis.NewLine(statement(t, src, "a")); got != want {
			t.Errorf("in %q: %q, want %q", src, got, want)
		}
	}
}

func TestEditsNamePlacesInCharacters(t *testing.T) {
	n := statement(t, "/* 😀é */ call();\n", "call")
	for _, c := range []struct {
		edit analysis.Edit
		want string
	}{
		{analysis.InsertBefore(n, "x"), `insert "x" at a.ts:1:10`},
		{analysis.InsertAfter(n, "x"), `insert "x" at a.ts:1:17`},
		{analysis.Replace(n, "x"), `replace a.ts:1:10-1:17 by "x"`},
		{analysis.Replace(n, ""), `delete a.ts:1:10-1:17`},
	} {
		if got := c.edit.String(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
