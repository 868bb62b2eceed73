package blueprint

import (
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

var (
	bullet      = lazyregexp.MustCompile(`^\s*(?:[-*•–]|\d+[.)])\s+`)
	subordinate = lazyregexp.MustCompile(`(?i)^(?:after|when|whenever|if|once|every|unless)\b`)
	dash        = lazyregexp.MustCompile(`\s+[—–-]\s+`)
	opening     = lazyregexp.MustCompile(`(?i)^(?:and|plus|but|then|also)\s+`)
	routeStart  = lazyregexp.MustCompile(`(?i)^(?:get|post|put|patch|delete)\s+/`)
)

// splitClauses cuts a spec into its demands: at line ends, sentence ends,
// semicolons, commas, colons and between the halves of "A and B", but never
// inside brackets or quotes. Nothing but separators is lost.
func splitClauses(spec string) []string {
	var clauses []string
	for line := range strings.Lines(spec) {
		line = bullet.ReplaceAllString(strings.TrimSpace(line), "")
		line = dash.ReplaceAllString(strings.TrimLeft(line, "# "), "; ")
		clauses = append(clauses, splitLine(line)...)
	}
	return clauses
}

// splitLine cuts at punctuation first. A subordinate clause ("after 30 min
// idle, …") belongs to the one that follows its comma.
func splitLine(line string) []string {
	type piece struct {
		text string
		end  byte // the separator after it
	}
	var pieces []piece
	depth, start := 0, 0
	cut := func(i int, sep byte, width int) {
		if t := strings.TrimSpace(line[start:i]); t != "" {
			pieces = append(pieces, piece{t, sep})
		}
		start = i + width
	}
	for i := 0; i < len(line); i++ {
		next := byte(' ')
		if i+1 < len(line) {
			next = line[i+1]
		}
		switch c := line[i]; {
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			depth = max(0, depth-1)
		case depth > 0:
		case c == ';', c == ',' && next == ' ', (c == ':' || c == '!' || c == '?') && next == ' ', c == '.' && next == ' ' && !abbreviated(line[start:i]):
			cut(i, c, 1)
		}
	}
	cut(len(line), 0, 0)

	var clauses []string
	for i := 0; i < len(pieces); i++ {
		text := pieces[i].text
		for subordinate.MatchString(text) && pieces[i].end == ',' && i+1 < len(pieces) {
			i++
			text += ", " + pieces[i].text
		}
		clauses = append(clauses, splitAnd(strings.TrimRight(text, ".!? "))...)
	}
	return clauses
}

var abbreviation = lazyregexp.MustCompile(`(?i)\b(?:e\.g|i\.e|vs|approx)$`)

// abbreviated reports whether a full stop belongs to the word before it.
func abbreviated(before string) bool { return abbreviation.MatchString(before) }

var conjunction = lazyregexp.MustCompile(`(?i)\s+(?:and then|and also|and|&|plus|as well as)\s+`)

// splitAnd cuts "A and B" where both sides say something of their own: two
// words or a route. "acquire and release locks" stays whole.
func splitAnd(text string) []string {
	if subordinate.MatchString(text) {
		return nonEmpty(text)
	}
	var clauses []string
	rest, from := text, 0
	for {
		m := conjunction.FindStringIndex(rest[from:])
		if m == nil {
			return append(clauses, nonEmpty(rest)...)
		}
		left, right := rest[:from+m[0]], rest[from+m[1]:]
		if standsAlone(left) && standsAlone(right) {
			clauses = append(clauses, nonEmpty(left)...)
			rest, from = right, 0
			continue
		}
		from += m[1]
	}
}

func standsAlone(s string) bool {
	return routeStart.MatchString(s) || len(strings.Fields(s)) >= 2
}

func nonEmpty(s string) []string {
	if s = opening.ReplaceAllString(strings.TrimSpace(strings.TrimLeft(s, ",. ")), ""); s == "" {
		return nil
	}
	return []string{s}
}
