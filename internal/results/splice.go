package results

import "bytes"

// SpliceGenerated puts generated text between a pair of marker lines,
//
//	<!-- generated:NAME begin -->
//	<!-- generated:NAME end -->
//
// and leaves everything outside them as it is. Without a pair the block goes to
// the end. A marker counts only when it stands alone on its line, and a begin
// whose end has been lost is the author's text: nothing after it is dropped. The
// block takes the line endings of the existing text.
func SpliceGenerated(existing []byte, marker string, generated []byte) []byte {
	begin := []byte("<!-- generated:" + marker + " begin -->")
	end := []byte("<!-- generated:" + marker + " end -->")

	var b bytes.Buffer
	b.Write(begin)
	for line := range bytes.Lines(generated) {
		line = bytes.TrimRight(line, "\r\n")
		b.WriteByte('\n')
		if t := bytes.TrimSpace(line); bytes.Equal(t, begin) || bytes.Equal(t, end) {
			b.WriteString("> ") // quoted, so that it does not end the block
		}
		b.Write(line)
	}
	block := append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
	block = append(block, end...)
	newline := []byte("\n")
	if bytes.Contains(existing, []byte("\r\n")) {
		newline = []byte("\r\n")
		block = bytes.ReplaceAll(block, []byte("\n"), newline)
	}

	if from, to, ok := between(existing, begin, end); ok {
		return bytes.Join([][]byte{existing[:from], block, existing[to:]}, nil)
	}
	out := bytes.Clone(existing)
	if len(out) > 0 && !bytes.HasSuffix(out, newline) {
		out = append(out, newline...)
	}
	if len(out) > 0 && !bytes.HasSuffix(out, bytes.Repeat(newline, 2)) {
		out = append(out, newline...)
	}
	out = append(out, block...)
	return append(out, newline...)
}

// between finds the first end marker that has a begin before it, and the nearest
// such begin: the offsets from the begin's first byte to after the end's last.
func between(text, begin, end []byte) (from, to int, ok bool) {
	from = -1
	at := 0
	for line := range bytes.Lines(text) {
		switch t := bytes.TrimSpace(line); {
		case bytes.Equal(t, begin):
			from = at + bytes.Index(line, begin)
		case from >= 0 && bytes.Equal(t, end):
			return from, at + bytes.Index(line, end) + len(end), true
		}
		at += len(line)
	}
	return 0, 0, false
}
