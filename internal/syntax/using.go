package syntax

import "bytes"

// declareUsing rewrites `using x = …` and `await using x = …`, which the grammar
// does not know as declarations, to `const x = …` of the same length, so that a
// second parse sees them as what they are. The result is nil when there are
// none. Only words that the first parse took for code are touched, never those
// in strings, templates and comments.
func declareUsing(src []byte, nodes []node) []byte {
	if !bytes.Contains(src, []byte("using")) {
		return nil
	}
	var out []byte
	for i := range nodes {
		n := &nodes[i]
		leaf := int(n.sub) == i+1
		if !leaf || n.kind == Comment || n.kind == StringFragment || n.kind == RegexPattern || string(src[n.start:n.end]) != "using" || !namesVariable(src[n.end:]) {
			continue
		}
		if out == nil {
			out = append(out, src...)
		}
		copy(out[n.start:], "const")
		if before := bytes.TrimRight(src[:n.start], " \t"); bytes.HasSuffix(before, []byte("await")) {
			copy(out[len(before)-len("await"):], "     ")
		}
	}
	return out
}

// namesVariable reports text that goes on with a name and then =, : or of.
func namesVariable(rest []byte) bool {
	name := bytes.TrimLeft(rest, " \t")
	if len(name) == len(rest) {
		return false
	}
	end := 0
	for end < len(name) && (name[end] == '_' || name[end] == '$' || name[end] >= 0x80 || name[end] >= '0' && name[end] <= '9' || name[end]|0x20 >= 'a' && name[end]|0x20 <= 'z') {
		end++
	}
	if end == 0 || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	after := bytes.TrimLeft(name[end:], " \t")
	return bytes.HasPrefix(after, []byte("=")) && !bytes.HasPrefix(after, []byte("=>")) && !bytes.HasPrefix(after, []byte("==")) ||
		bytes.HasPrefix(after, []byte(":")) || bytes.HasPrefix(after, []byte("of "))
}
