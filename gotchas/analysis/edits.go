package analysis

import (
	"strings"

	"durable-objects-mcp/internal/edit"
	"durable-objects-mcp/internal/model"
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

// Between writes text in place of what stands after one node and before a later
// one of the same file.
func Between(a, b syntax.Node, text string) Edit { return change(a.Tree(), a.End(), b.Start(), text) }

// Wrap writes text around a node.
func Wrap(n syntax.Node, before, after string) []Edit {
	return []Edit{InsertBefore(n, before), InsertAfter(n, after)}
}

// Await waits for an operation's promise, where the function around it can; else
// there is no edit.
func Await(op *model.Op) []Edit {
	if op.Func == nil || !op.Func.Async {
		return nil
	}
	if op.Node.Parent().Is(syntax.UnaryExpression) {
		return Wrap(op.Node, "(await ", ")")
	}
	return []Edit{InsertBefore(op.Node, "await ")}
}

// Remove takes a statement away, with its line where nothing else stands on it.
func Remove(n syntax.Node) Edit {
	t, start, end := n.Tree(), n.Start(), n.End()
	line := strings.LastIndexByte(string(t.Src[:start]), '\n') + 1
	rest := len(t.Src) - end
	if i := strings.IndexByte(string(t.Src[end:]), '\n'); i >= 0 {
		rest = i + 1
	}
	if strings.TrimSpace(string(t.Src[line:start])) == "" && strings.TrimSpace(string(t.Src[end:end+rest])) == "" {
		start, end = line, end+rest
	}
	return change(t, start, end, "")
}

// NewLine is a line break of the file's own kind with the white space that a
// node's line starts with.
func NewLine(n syntax.Node) string {
	line := n.Tree().Line(n.Line())
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if strings.Contains(string(n.Tree().Src), "\r\n") {
		return "\r\n" + indent
	}
	return "\n" + indent
}

// change replaces the bytes from start to end.
func change(t *syntax.Tree, start, end int, text string) Edit {
	e := Edit{Path: t.Path, NewText: text}
	e.StartLine, e.StartColumn = t.Position(start)
	e.EndLine, e.EndColumn = t.Position(end)
	return e
}
