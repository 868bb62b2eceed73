package wrangler

import "strings"

// comments returns the comments of a piece of JSONC, each as it is written.
func comments(b []byte) []string {
	var out []string
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '/':
			n := commentLen(b[i:], 1)
			out = append(out, strings.TrimSpace(string(b[i:i+n])))
			i += n - 1
		}
	}
	return out
}

// keep moves the comments of text[start:end], which is about to be replaced, above
// the member that begins at an offset, or before it where others share its line.
// They are the owner's words, and what they are about may be anything.
func (e *editor) keep(at, start, end int) {
	text := ""
	for _, c := range comments(e.doc.text[start:end]) {
		if e.doc.beginsLine(at) {
			indent := e.doc.indent(at)
			text += e.st.reindent(c, indent) + e.st.newline + indent
			continue
		}
		if line, ok := strings.CutPrefix(c, "//"); ok {
			c = "/*" + strings.ReplaceAll(line, "*/", "* /") + " */"
		}
		text += c + " "
	}
	if text != "" {
		e.put(at, at, text)
	}
}

// reindent gives the further lines of a comment a new indentation.
func (st style) reindent(comment, indent string) string {
	lines := strings.Split(comment, "\n")
	for i, line := range lines {
		if line = strings.TrimSpace(line); i > 0 && line != "" {
			line = indent + " " + line
		}
		lines[i] = line
	}
	return strings.Join(lines, st.newline)
}
