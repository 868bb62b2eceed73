package sqlite

import (
	"iter"
	"strings"
)

// token is a word, a quoted name, a string, a parameter or one other byte.
type token struct{ start, end int }

// tokens yields the tokens of a text; white space and comments are none.
func tokens(text string) iter.Seq[token] {
	return func(yield func(token) bool) {
		for i := 0; i < len(text); {
			end := i + 1
			switch c := text[i]; {
			case strings.IndexByte(" \t\n\r\f", c) >= 0:
				i = end
				continue
			case strings.HasPrefix(text[i:], "--"):
				i = after(text, i, "\n")
				continue
			case strings.HasPrefix(text[i:], "/*"):
				i = after(text, i+2, "*/")
				continue
			case c == '\'' || c == '"' || c == '`':
				end = closing(text, i)
			case c == '[':
				end = after(text, i, "]")
			case strings.IndexByte("?:@$", c) >= 0:
				end = wordEnd(text, i+1)
			case word(c):
				end = wordEnd(text, i)
			}
			if !yield(token{i, end}) {
				return
			}
			i = end
		}
	}
}

// after is where the text goes on behind the first end from i on.
func after(text string, i int, end string) int {
	if j := strings.Index(text[min(i, len(text)):], end); j >= 0 {
		return i + j + len(end)
	}
	return len(text)
}

// closing is the end of the quoted text that begins at i; a quote in it is doubled.
func closing(text string, i int) int {
	for j := i + 1; j < len(text); j++ {
		if text[j] != text[i] {
			continue
		}
		if j+1 < len(text) && text[j+1] == text[i] {
			j++
			continue
		}
		return j + 1
	}
	return len(text)
}

func word(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func wordEnd(text string, i int) int {
	for i < len(text) && word(text[i]) {
		i++
	}
	return i
}
