package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/syntax"
)

// Files are an object's files, as they are or as they become.
type Files struct {
	TypeScript, Scenario, Summary []byte
}

// Grown is an object with patterns added.
type Grown struct {
	*Output       // what would be rendered anew
	Files   Files // what stands in the files, with the additions
	// Kept names files that could not take the additions and stay as they are.
	Kept []string
}

// Grow adds what a blueprint has over the one that an object was made from, to
// the object's files as they are now: what people changed in them stays. The
// schema history only gets longer, what the alarm waits for moves into the queue
// where there was none, and routes and members join the others. The error says
// why it cannot be done, and then nothing is.
func Grow(from, to *blueprint.Blueprint, have Files) (*Grown, error) {
	before, err := Render(from, Options{})
	if err != nil {
		return nil, err
	}
	to.Schema = slices.Clone(before.Schema)
	if kind := takenOver(from, to); kind != "" {
		to.Schema = append(to.Schema, dueEntry+"+"+kind)
	}
	after, err := Render(to, Options{})
	if err != nil {
		return nil, err
	}
	g := &Grown{Output: after, Files: have}
	merged, conflicts := edit.Merge(before.TypeScript, have.TypeScript, after.TypeScript)
	if len(conflicts) > 0 {
		return nil, cannotJoin(conflicts)
	}
	tree, err := syntax.Parse("durable_object.ts", merged)
	if err != nil {
		return nil, err
	}
	if len(tree.Partial) > 0 {
		return nil, fmt.Errorf("with the additions the file would not be TypeScript any more; add the pattern by hand, from a scaffold of it in another directory")
	}
	g.Files.TypeScript = merged
	g.Files.Scenario = g.join("scenario.json", before.Scenario.JSON(), have.Scenario, after.Scenario.JSON())
	g.Files.Summary = g.join("summary.md", before.Summary, have.Summary, after.Summary)
	return g, nil
}

// join adds to a file beside the module; one that cannot take the additions
// stays as it is, and one that is gone is written anew.
func (g *Grown) join(name string, before, have, after []byte) []byte {
	if len(have) == 0 {
		return after
	}
	text, conflicts := edit.Merge(before, have, after)
	if len(conflicts) > 0 {
		g.Kept = append(g.Kept, name)
		return have
	}
	return text
}

// takenOver is the kind of work that had the alarm for itself and now shares it,
// "" if there is none.
func takenOver(from, to *blueprint.Blueprint) string {
	before, after := newView(from), newView(to)
	if kinds := before.alarmKinds(); len(kinds) == 1 && !before.Queue() && after.Queue() {
		return kinds[0]
	}
	return ""
}

func cannotJoin(conflicts []edit.Conflict) error {
	var b strings.Builder
	b.WriteString("the additions and what was changed by hand touch the same lines of durable_object.ts, so nothing was written:")
	for i, c := range conflicts {
		if i == 5 {
			fmt.Fprintf(&b, "\nand %d more", len(conflicts)-i)
			break
		}
		fmt.Fprintf(&b, "\nline %d stands as\n%sand would become\n%s", c.Line, shorten(c.Their), shorten(c.Our))
	}
	b.WriteString("\nScaffold the pattern in another directory and take it over by hand, or undo these changes and make them again afterwards.")
	return fmt.Errorf("%s", b.String())
}

// shorten quotes at most a few lines.
func shorten(text string) string {
	if text == "" {
		return "  (nothing)\n"
	}
	lines := strings.SplitAfter(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > 4 {
		lines = append(lines[:4], "…")
	}
	return indent(strings.Join(lines, ""), "  ") + "\n"
}
