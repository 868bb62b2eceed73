package syntax

import "unicode/utf8"

// A token is one word, literal or operator of a source, as far as masks tell
// them apart. Comments and white space are no tokens.
type token struct {
	start, end int
	kind       tokenKind
	newline    bool // a line break stands before it
}

type tokenKind uint8

const (
	wordToken     tokenKind = iota // names and keywords, #private ones too
	numberToken                    // also 1n and 0xff
	stringToken                    // with its quotes
	templateToken                  // the text up to the next ${ or the end
	regexToken                     // with its flags
	markToken                      // an operator or a bracket
)

// tokenize splits a source without a parser. It reads any text in one pass and
// gives up nothing: what is not closed ends with its line (strings, patterns) or
// with the text (comments, templates). Whether a slash starts a pattern is
// decided by the token before it, and the text between JSX tags is read as if
// it were code, so a token is a hint and a mask needs several in a row.
func tokenize(src []byte) []token {
	s := scanner{src: src, tokens: make([]token, 0, len(src)/4)}
	if len(src) > 1 && src[0] == '#' && src[1] == '!' {
		s.skipLine()
	}
	for s.at < len(src) {
		s.next()
	}
	return s.tokens
}

type scanner struct {
	src     []byte
	at      int
	newline bool
	tokens  []token
	// braces counts the open braces inside each template's ${ }, so that the
	// one that ends it is known.
	braces []int
}

func (s *scanner) peek(offset int) byte {
	if i := s.at + offset; i < len(s.src) {
		return s.src[i]
	}
	return 0
}

func (s *scanner) emit(kind tokenKind, start int) {
	s.tokens = append(s.tokens, token{start, s.at, kind, s.newline})
	s.newline = false
}

func (s *scanner) skipLine() {
	for s.at < len(s.src) && s.src[s.at] != '\n' {
		s.at++
	}
}

// next reads one token, or what stands between two.
func (s *scanner) next() {
	start, c := s.at, s.src[s.at]
	switch {
	case c == '\n':
		s.newline = true
		s.at++
	case c == ' ' || c == '\t' || c == '\r':
		s.at++
	case c == '/' && s.peek(1) == '/':
		s.skipLine()
	case c == '/' && s.peek(1) == '*':
		s.at += 2
		for s.at < len(s.src) && (s.src[s.at] != '*' || s.peek(1) != '/') {
			s.newline = s.newline || s.src[s.at] == '\n'
			s.at++
		}
		s.at = min(s.at+2, len(s.src))
	case c == '/' && s.patternMayStart():
		s.pattern()
		s.emit(regexToken, start)
	case c == '"' || c == '\'':
		s.quoted(c)
		s.emit(stringToken, start)
	case c == '`':
		s.template()
	case isWordByte(c) || c == '#' && isWordByte(s.peek(1)):
		s.at++
		for s.at < len(s.src) && isWordByte(s.src[s.at]) {
			s.at++
		}
		if c >= '0' && c <= '9' {
			s.emit(numberToken, start)
		} else {
			s.emit(wordToken, start)
		}
	default:
		s.mark(c)
	}
}

// mark reads an operator. Those of more than one character are one token only
// where the parts would mean something else.
func (s *scanner) mark(c byte) {
	start := s.at
	s.at++
	if len(s.braces) > 0 {
		inner := &s.braces[len(s.braces)-1]
		if c == '{' {
			*inner++
		} else if c == '}' {
			if *inner--; *inner < 0 {
				s.braces = s.braces[:len(s.braces)-1]
				s.templateText(start)
				return
			}
		}
	}
	switch d := s.peek(0); {
	case c == '.' && d == '.' && s.peek(1) == '.':
		s.at += 2
	case c == '=' && d == '>', c == '?' && d == '.' && (s.peek(1) < '0' || s.peek(1) > '9'),
		c == d && (c == '=' || c == '+' || c == '-' || c == '&' || c == '|' || c == '?'),
		c == '!' && d == '=':
		s.at++
	}
	s.emit(markToken, start)
}

func (s *scanner) quoted(quote byte) {
	for s.at++; s.at < len(s.src) && s.src[s.at] != '\n'; s.at++ {
		switch s.src[s.at] {
		case '\\':
			s.at++
		case quote:
			s.at++
			return
		}
	}
	s.at = min(s.at, len(s.src))
}

func (s *scanner) template() {
	start := s.at
	s.at++
	s.templateText(start)
}

// templateText reads on to the end of a template or its next ${.
func (s *scanner) templateText(start int) {
	for ; s.at < len(s.src); s.at++ {
		switch c := s.src[s.at]; {
		case c == '\\':
			s.at++
		case c == '`':
			s.at++
			s.emit(templateToken, start)
			return
		case c == '$' && s.peek(1) == '{':
			s.at += 2
			s.braces = append(s.braces, 0)
			s.emit(templateToken, start)
			return
		}
	}
	s.at = min(s.at, len(s.src))
	s.emit(templateToken, start)
}

func (s *scanner) pattern() {
	class := false
	for s.at++; s.at < len(s.src) && s.src[s.at] != '\n'; s.at++ {
		switch c := s.src[s.at]; {
		case c == '\\':
			s.at++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			for s.at++; s.at < len(s.src) && isWordByte(s.src[s.at]); s.at++ {
			}
			return
		}
	}
	s.at = min(s.at, len(s.src))
}

// patternMayStart tells a regular expression from a division.
func (s *scanner) patternMayStart() bool {
	n := len(s.tokens)
	if n == 0 {
		return true
	}
	switch last := s.tokens[n-1]; last.kind {
	case wordToken:
		property := n > 1 && s.src[s.tokens[n-2].end-1] == '.'
		return !property && beforeOperand[string(s.src[last.start:last.end])]
	case templateToken:
		return s.src[last.end-1] == '{'
	case markToken:
		switch s.src[last.end-1] {
		case ')', ']', '}':
			return false
		case '+', '-':
			return last.end-last.start == 1
		case '<': // a closing JSX tag
			return last.end < s.at
		}
		return true
	}
	return false
}

// beforeOperand are the words that a value follows.
var beforeOperand = map[string]bool{
	"return": true, "typeof": true, "case": true, "do": true, "else": true, "in": true, "instanceof": true, "of": true,
	"new": true, "void": true, "delete": true, "throw": true, "yield": true, "await": true,
}

func isWordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '\\' || c >= utf8.RuneSelf
}
