package traffic

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// compiled keeps the patterns that have been seen, nil for those of JavaScript
// that have no equal here.
var compiled sync.Map

// maxPattern bounds the patterns that are read at all.
const maxPattern = 1000

func compile(source string) *regexp.Regexp {
	if len(source) > maxPattern {
		return nil
	}
	if re, ok := compiled.Load(source); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		re = nil
	}
	compiled.Store(source, re)
	return re
}

// matchText reports whether a text matches; every text does where the pattern
// cannot be read.
func matchText(source, t string) bool {
	re := compile(source)
	return re == nil || re.MatchString(t)
}

// scriptPattern is a regular expression literal's pattern with its flags.
func scriptPattern(body, flags string) string {
	body = strings.ReplaceAll(body, `\/`, "/")
	if strings.Contains(flags, "i") {
		body = "(?i)" + body
	}
	if strings.Contains(flags, "s") {
		body = "(?s)" + body
	}
	return body
}

// sampleText is a short text that matches, with its groups (the whole first) and
// their names. Words that others may have chosen are preferred where they fit.
func sampleText(source string, prefer ...string) (groups []string, names []string, ok bool) {
	re := compile(source)
	if re == nil {
		return nil, nil, false
	}
	for _, t := range prefer {
		if m := re.FindStringSubmatch(t); m != nil && m[0] == t {
			return m, re.SubexpNames(), true
		}
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, nil, false
	}
	for _, filler := range prefer {
		var b strings.Builder
		write(&b, tree, filler)
		if m := re.FindStringSubmatch(b.String()); m != nil {
			return m, re.SubexpNames(), true
		}
	}
	var b strings.Builder
	write(&b, tree, "")
	if m := re.FindStringSubmatch(b.String()); m != nil {
		return m, re.SubexpNames(), true
	}
	return nil, nil, false
}

const maxSample = 512

// write adds a text that an expression matches; a repeated set of characters
// becomes the filler where that fits.
func write(b *strings.Builder, re *syntax.Regexp, filler string) {
	if b.Len() > maxSample {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				b.WriteString(strings.ToLower(string(r)))
			} else {
				b.WriteRune(r)
			}
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(oneOf(re, filler))
	case syntax.OpCapture, syntax.OpConcat:
		for _, s := range re.Sub {
			write(b, s, filler)
		}
	case syntax.OpAlternate:
		write(b, re.Sub[0], filler)
	case syntax.OpQuest:
		// Left out: what may be there need not be.
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		repeat(b, re, filler)
	}
}

func repeat(b *strings.Builder, re *syntax.Regexp, filler string) {
	low, high := 0, -1
	switch re.Op {
	case syntax.OpPlus:
		low = 1
	case syntax.OpRepeat:
		low, high = re.Min, re.Max
	}
	sub := re.Sub[0]
	single := sub.Op == syntax.OpCharClass || sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL
	if n := len(filler); single && n > 0 && n >= low && (high < 0 || n <= high) && allOf(sub, filler) {
		b.WriteString(filler)
		return
	}
	if low == 0 && single && high != 0 {
		low = 1
	}
	for i := 0; i < low && b.Len() < maxSample; i++ {
		write(b, sub, filler)
	}
}

func allOf(re *syntax.Regexp, t string) bool {
	for _, r := range t {
		if !in(re, r) {
			return false
		}
	}
	return true
}

func in(re *syntax.Regexp, r rune) bool {
	if re.Op != syntax.OpCharClass {
		return true
	}
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i] <= r && r <= re.Rune[i+1] {
			return true
		}
	}
	return false
}

// oneOf is a character of a set, an ordinary one where there is one.
func oneOf(re *syntax.Regexp, filler string) string {
	for _, r := range filler + "a1A-_ " {
		if in(re, r) {
			return string(r)
		}
	}
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i] > ' ' {
			return string(re.Rune[i])
		}
	}
	return ""
}
