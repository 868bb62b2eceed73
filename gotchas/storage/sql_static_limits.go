package storage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// Limits of one statement.
// Sources: developers.cloudflare.com/durable-objects/platform/limits/ (SQL), and
// measured on workerd 1.20261117.1 for the terms of a compound SELECT.
const (
	maxColumns       = 100
	maxStatement     = 100_000 // bytes
	maxPattern       = 50      // bytes of a LIKE or GLOB pattern
	maxCompoundTerms = 5
)

var sqlStaticLimits = &analysis.Gotcha{
	ID:       "sql-static-limits",
	Title:    "A statement is larger than the storage allows",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "A table has at most 100 columns, a statement 100,000 bytes, a LIKE or GLOB pattern 50 bytes and a compound SELECT five terms. What is larger throws: " +
		"\"LIKE or GLOB pattern too complex\" as soon as somebody types a long search term, \"too many terms in compound SELECT\", \"statement too long\".",
	Fix: "Search with instr(lower(text), lower(?)) > 0 or a full-text index (FTS5), or cut the term; write UNION ALL of more terms as a VALUES list or as several queries; put rare columns into one JSON column.",
	Fine: []string{
		"A pattern that is cut to length or checked first.",
		"VALUES lists of any number of rows.",
		"instr() and FTS5's MATCH.",
	},
	Evidence: []string{
		"Measured on workerd 1.20261117.1: each limit and its message.",
		"developers.cloudflare.com/durable-objects/platform/limits/",
	},
	Check: checkStaticLimits,
}

func checkStaticLimits(p *analysis.Pass) {
	execs(p, func(op *model.Op) {
		for _, s := range statements(op) {
			if n := compoundTerms(s.Words); n > maxCompoundTerms {
				p.Error(op.Node, fmt.Sprintf("The SELECT has %d terms; at most %d are allowed.", n, maxCompoundTerms), "")
			}
			if name, rest := named(s); s.Verb == "CREATE" && len(rest) > 1 && rest[0] == "(" {
				t := &table{}
				if t.create(rest); len(t.columns) > maxColumns {
					p.Error(op.Node, fmt.Sprintf("%s has %d columns; at most %d are allowed.", name, len(t.columns), maxColumns), "")
				}
			}
			for i, w := range s.Words {
				if (w == "LIKE" || w == "GLOB") && i+1 < len(s.Words) {
					checkPattern(p, op, s, i+1)
				}
			}
		}
		if op.SQL != nil && len(op.SQL.Text) > maxStatement {
			p.Error(op.Node, fmt.Sprintf("The statement is %d bytes long; at most %d are allowed.", len(op.SQL.Text), maxStatement), "Load the rows with one bound INSERT each.")
		}
	})
}

// compoundTerms counts the SELECTs of the longest UNION, INTERSECT or EXCEPT.
func compoundTerms(words []string) int {
	most, open := 1, []int{1}
	for _, w := range words {
		switch w {
		case "(":
			open = append(open, 1)
		case ")":
			if len(open) > 1 {
				open = open[:len(open)-1]
			}
		case "UNION", "INTERSECT", "EXCEPT":
			open[len(open)-1]++
			most = max(most, open[len(open)-1])
		}
	}
	return most
}

// checkPattern looks at the pattern of a LIKE or GLOB that begins at the word with
// index at: one string, or an expression that joins strings and parameters.
func checkPattern(p *analysis.Pass, op *model.Op, s model.Statement, at int) {
	words := s.Words[at:patternEnd(s.Words, at)]
	if text := strings.Trim(words[0], "'"); len(words) == 1 && strings.HasPrefix(words[0], "'") && !strings.Contains(text, model.Hole) && len(text) > maxPattern {
		p.Error(op.Node, fmt.Sprintf("The pattern %q is %d bytes long; at most %d are allowed.", text, len(text), maxPattern), "")
		return
	}
	values, open := bindings(op)
	if open || len(statements(op)) > 1 {
		return
	}
	for i, w := range words {
		n := parameter(s.Words, at+i)
		if w != "?" || n < 0 || n >= len(values) {
			continue
		}
		if cut := shortened(p.Module, values[n], 0); cut.OK() {
			p.Guard(cut, "The pattern is kept short.")
		} else if from := callersText(p.Module, values[n], 0); from != "" {
			p.Advise(values[n], fmt.Sprintf("The pattern holds %s, and one of more than %d bytes throws \"LIKE or GLOB pattern too complex\".", from, maxPattern), "")
		}
	}
}

// patternEnd is the index after the expression that begins at a word.
func patternEnd(words []string, at int) int {
	depth := 0
	for i := at; i < len(words); i++ {
		switch words[i] {
		case "(":
			depth++
		case ")":
			if depth--; depth < 0 {
				return i
			}
		case "AND", "OR", "ORDER", "GROUP", "LIMIT", "ESCAPE", "THEN", ",":
			if depth == 0 {
				return i
			}
		}
	}
	return len(words)
}

// parameter is the index of the binding that a placeholder stands for.
func parameter(words []string, at int) int {
	if at+1 < len(words) && isDigits(words[at+1]) { // ?1
		n, _ := strconv.Atoi(words[at+1])
		return n - 1
	}
	n := 0
	for _, w := range words[:at] {
		if w == "?" {
			n++
		}
	}
	return n
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// cutMethods make a text shorter.
var cutMethods = map[string]bool{"slice": true, "subarray": true, "substring": true, "substr": true}

// shortened is the code that bounds a text's length: a cut, or a comparison of its
// length before it is used.
func shortened(m *model.Module, n syntax.Node, depth int) syntax.Node {
	if depth > 6 {
		return syntax.Node{}
	}
	for d := range n.Descendants() {
		if _, method := model.Callee(d); d.Is(syntax.CallExpression) && cutMethods[method] {
			return d
		}
		b := m.Resolve(d)
		if b == nil || !d.Is(syntax.Identifier) {
			continue
		}
		for _, u := range uses(m, b) {
			if _, name := methodOn(u); name == "length" && u.Start() < n.Start() {
				if cmp := u.Parent().Parent(); cmp.Is(syntax.BinaryExpression) && comparesUpward(cmp) {
					return cmp
				}
			}
		}
		if b.Init.OK() && b.Param == nil && !b.Init.Contains(d) {
			if cut := shortened(m, b.Init, depth+1); cut.OK() {
				return cut
			}
		}
		for _, w := range b.Writes {
			if cut := shortened(m, w, depth+1); w.OK() && cut.OK() {
				return cut
			}
		}
	}
	return syntax.Node{}
}

// callersText says which text of any length a caller may have put into a pattern:
// a parameter of a method that is a string or of no declared type, or what a
// request holds; "" for none.
func callersText(m *model.Module, n syntax.Node, depth int) string {
	if depth > 6 {
		return ""
	}
	for d := range n.Descendants() {
		if object, method := model.Callee(d); d.Is(syntax.CallExpression) && method == "get" && strings.HasSuffix(object.Text(), "searchParams") {
			return analysis.Short(d)
		}
		b := m.Resolve(d)
		if b == nil || !d.Is(syntax.Identifier) {
			continue
		}
		if b.Param != nil {
			t := typeOf(m, d)
			if b.Param.Class != nil && b.Param.Kind == model.Method && len(b.Path) == 0 && (!t.OK() && !b.Type.OK() || slices.Contains([]string{"string", "any", "unknown"}, t.Text())) {
				return "the caller's " + b.Name
			}
			continue
		}
		if b.Init.OK() && !b.Each && !b.Init.Contains(d) {
			if from := callersText(m, b.Init, depth+1); from != "" {
				return from
			}
		}
	}
	return ""
}
