package model

import (
	"bytes"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// disposals adds what happens at the end of a block: what `await using` declares in
// it is disposed of there, the last one first, and that is waited for.
func (x *extractor) disposals(block syntax.Node) {
	var declared []syntax.Node
	for s := range block.NamedChildren() {
		if s.Is(syntax.LexicalDeclaration) && strings.HasPrefix(s.Text(), "await") {
			declared = append(declared, s)
		}
	}
	for i := len(declared) - 1; i >= 0; i-- {
		x.dispose(declared[i], declared[i].NamedChild(0).Child(syntax.FieldValue))
	}
}

// dispose adds the call of a value's [Symbol.asyncDispose], as far as it is known,
// and the wait for it.
func (x *extractor) dispose(declared, value syntax.Node) {
	wait := Op{Kind: OpAwait, Node: declared}
	if v := x.m.memberOf(x.m.Eval(value), asyncDispose, value, 0); v.Kind == FuncValue {
		wait.Operand = x.add(Op{Kind: OpInvoke, Node: declared, Name: asyncDispose, Callee: v.Func, Awaited: true})
	}
	x.add(wait)
}

const asyncDispose = "[Symbol.asyncDispose]"

// disposesOf reports the variable of for (await using x of …).
func disposesOf(left syntax.Node) bool {
	before := left.Tree().Src[:left.Start()]
	before = bytes.TrimRight(before[max(0, len(before)-64):], " \t\r\n")
	before, isUsing := bytes.CutSuffix(before, []byte("using"))
	return isUsing && bytes.HasSuffix(bytes.TrimRight(before, " \t\r\n"), []byte("await"))
}
