package storage

import (
	"fmt"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var sqlMultiStatement = &analysis.Gotcha{
	ID:       "sql-multi-statement",
	Title:    "A text of several statements that exec does not take",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "exec runs several statements of one text, but only the last may have parameters, and the text must end with a statement: " +
		"parameters before the last, a comment after the last semicolon, or an empty text throw.",
	Fix: "Call exec once for each statement that has parameters, and put comments before the statements.",
	Fine: []string{
		"Several statements without parameters.",
		"A text whose last statement alone has parameters.",
		"Comments before and between statements.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: \"When executing multiple SQL statements in a single call, only the last statement can have parameters.\" and \"SQL code did not contain a statement.\"",
		"developers.cloudflare.com/durable-objects/api/sqlite-storage-api/#exec",
	},
	Check: checkMultiStatement,
}

func checkMultiStatement(p *analysis.Pass) {
	several := false
	execs(p, func(op *model.Op) {
		all := statements(op)
		if op.SQL == nil || op.SQL.Holes > 0 {
			return
		}
		if len(all) == 0 || trailingComment(op.SQL.Text) {
			several = true
			p.Error(op.Node, "The text does not end with a statement, so exec throws after running what comes before.", "Remove what follows the last semicolon.")
			return
		}
		for i, s := range all[:len(all)-1] {
			several = true
			if len(s.Params) > 0 {
				p.Error(op.Node, fmt.Sprintf("Statement %d of %d (%s) has parameters; only the last one may.", i+1, len(all), subject(s)), "Give it an exec call of its own.")
				return
			}
		}
		if len(all) > 1 {
			p.Guard(op.Node, "Only the last of the statements may have parameters, and that is so here.")
		}
	})
	for at, q := range sqlTexts(p) {
		if at.Tree() == p.Module.Tree && q.Holes == 0 && trailingComment(q.Text) && runFromList(p, at) {
			several = true
			p.Error(at, "The text does not end with a statement, so exec throws after running what comes before.", "Remove what follows the last semicolon.")
		}
	}
	if !several && p.Reason == "" {
		p.NotApplicable("Each exec call of the file runs one statement.")
	}
}

// trailingComment reports a comment after the last statement's semicolon.
func trailingComment(text string) bool {
	at := strings.LastIndexByte(text, ';')
	if at < 0 {
		return false
	}
	rest := strings.TrimSpace(text[at+1:])
	return (strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*")) && len(model.ParseSQL(rest).Statements) == 0
}

// runFromList reports a text that is an element of a list or object, in a file that
// gives exec texts which it does not spell out.
func runFromList(p *analysis.Pass, at syntax.Node) bool {
	if !at.Parent().Is(syntax.Array, syntax.Pair) {
		return false
	}
	for _, f := range p.Module.Reviewed() {
		for _, op := range f.Ops {
			if op.Kind == model.OpSQL && op.Method == "exec" && op.SQL == nil && p.Module.DependsOn(model.Argument(op.Node, 0), at) {
				return true
			}
		}
	}
	return false
}
