package analysis

import (
	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/syntax"
)

// Edit is one change of a file, as data.
type Edit = edit.Edit

// Replace writes text in place of a node.
func Replace(n syntax.Node, text string) Edit { return change(n.Tree(), n.Start(), n.End(), text) }

// InsertBefore writes text in front of a node.
func InsertBefore(n syntax.Node, text string) Edit {
	return change(n.Tree(), n.Start(), n.Start(), text)
}

// InsertAfter writes text behind a node.
func InsertAfter(n syntax.Node, text string) Edit { return change(n.Tree(), n.End(), n.End(), text) }

// change replaces the bytes from start to end.
func change(t *syntax.Tree, start, end int, text string) Edit {
	e := Edit{Path: t.Path, NewText: text}
	e.StartLine, e.StartColumn = t.Position(start)
	e.EndLine, e.EndColumn = t.Position(end)
	return e
}
