package wrangler

import (
	"bytes"
	"slices"
	"strings"
)

// What goes from a TOML file goes by whole lines where it has them to itself: the
// lines of a key, or of a table from its header to its last key. What stands in
// braces or brackets goes with its comma.

// lines extends a span to the whole of its lines, with their line breaks.
func (w *tomlWriter) lines(start, end int) (int, int) {
	start = w.text.lines[w.line(start)-1]
	if n := bytes.IndexByte(w.text.text[end:], '\n'); n >= 0 {
		return start, end + n + 1
	}
	return start, len(w.text.text)
}

// take removes a span and says which lines it is, or is part of.
func (w *tomlWriter) take(start, end int, whole bool) {
	first, last := w.line(start), w.line(max(start, end-1))
	switch {
	case whole && first == last:
		w.put(start, end, "", "Remove line %d:", first)
	case whole:
		w.put(start, end, "", "Remove the lines %d to %d:", first, last)
	default:
		w.put(start, end, "", "Remove on line %d:", first)
	}
}

// tableEnd is the end of the last value of a table with a header.
func tableEnd(table *value) int {
	end := table.start
	for _, m := range table.members {
		if m.value.origin == byKey {
			end = max(end, tableEnd(m.value))
		} else {
			end = max(end, m.value.end)
		}
	}
	return end
}

// removeItems takes elements out of a list.
func (w *tomlWriter) removeItems(list *value, gone []int) {
	for _, i := range gone {
		item := list.items[i]
		if list.origin == byList {
			start, end := w.lines(item.start, tableEnd(item))
			w.take(start, end, true)
			continue
		}
		start, end := item.start, item.end
		switch last := i == len(list.items)-1; {
		case !last:
			end = list.items[i+1].start
		case w.comma(end) > 0:
			end = w.comma(end)
		case i > 0 && !slices.Contains(gone, i-1):
			start = list.items[i-1].end
		}
		w.take(start, end, false)
	}
}

// comma is the offset behind the comma that comes next, or 0.
func (w *tomlWriter) comma(at int) int {
	b := w.text.text
	for ; at < len(b); at++ {
		switch b[at] {
		case ',':
			return at + 1
		case ' ', '\t', '\r', '\n':
		case '#':
			for at+1 < len(b) && b[at+1] != '\n' {
				at++
			}
		default:
			return 0
		}
	}
	return 0
}

// removeMembers takes keys out of a table.
func (w *tomlWriter) removeMembers(table *value, keys ...string) {
	kept := false // a member before stays
	for i, m := range table.members {
		if !slices.Contains(keys, m.key) {
			kept = true
			continue
		}
		switch {
		case table.origin != byValue:
			start, end := w.lines(m.at, m.value.end)
			w.take(start, end, true)
		case kept:
			w.take(table.members[i-1].value.end, m.value.end, false)
		case i < len(table.members)-1:
			w.take(m.at, table.members[i+1].at, false)
		default:
			w.take(m.at, m.value.end, false)
		}
	}
}

// restate makes a table say something else. A key that it has in both is left, or
// gets its new value, and others are written below it.
func (w *tomlWriter) restate(table *value, now *node) {
	if table.origin == byValue {
		w.put(table.start, table.end, inTOML(now), "In place of the { … } that begins on line %d:", w.line(table.start))
		return
	}
	var gone []string
	after := -1 // the member that new keys are written below
	for i, m := range table.members {
		at := slices.Index(now.keys, m.key)
		if at < 0 {
			gone = append(gone, m.key)
			continue
		}
		after = i
		if said := inTOML(now.items[at]); string(w.text.text[m.value.start:m.value.end]) != said && m.value.text != unquoted(said) {
			w.put(m.value.start, m.value.end, said, "As the %s on line %d:", m.key, w.line(m.value.start))
		}
	}
	w.removeMembers(table, gone...)
	near := table.members[max(after, 0)]
	prefix := string(w.text.text[w.text.lines[w.line(near.at)-1]:near.at])
	body := ""
	for i, key := range now.keys {
		if table.find(key) == nil {
			body += "\n" + prefix + tomlKey(key) + " = " + inTOML(now.items[i])
		}
	}
	if body != "" {
		_, end := w.lines(near.at, near.value.end)
		end = len(bytes.TrimRight(w.text.text[:end], "\r\n"))
		w.put(end, end, body, "Below line %d:", w.line(near.value.end))
	}
}

func unquoted(literal string) string { return strings.Trim(literal, `"`) }

// renameKey gives a table another name, wherever the file says its name.
func (w *tomlWriter) renameKey(e *entry, to string) {
	if e.value.origin != byKey {
		w.put(e.at, w.keyEnd(e.at), tomlKey(to), "In place of %s on line %d:", e.key, w.line(e.at))
		return
	}
	for _, m := range e.value.members {
		start, end := w.keyBefore(m.at)
		w.put(start, end, tomlKey(to), "In place of %s on line %d:", e.key, w.line(start))
	}
}

// keyBefore is the span of the key before the dot before an offset.
func (w *tomlWriter) keyBefore(at int) (start, end int) {
	before := bytes.TrimSuffix(bytes.TrimRight(w.text.text[:at], " \t"), []byte("."))
	end = len(bytes.TrimRight(before, " \t"))
	start = end - 1
	if quote := w.text.text[start]; quote == '"' || quote == '\'' {
		for start--; w.text.text[start] != quote; start-- {
		}
		return start, end
	}
	for start > 0 && bareKey.MatchString(string(w.text.text[start-1:start])) {
		start--
	}
	return start, end
}

// keyEnd is the end of the key that begins at an offset.
func (w *tomlWriter) keyEnd(at int) int {
	end := at + 1
	if quote := w.text.text[at]; quote == '"' || quote == '\'' {
		for w.text.text[end] != quote {
			end++
		}
		return end + 1
	}
	for end < len(w.text.text) && bareKey.MatchString(string(w.text.text[end:end+1])) {
		end++
	}
	return end
}

// undeclare takes a class out of exports. Empty exports stay, since they say in which
// form the Worker was deployed.
func (w *tomlWriter) undeclare(exports *value, path []string, class string) {
	e := exports.find(class)
	if exports.origin == byValue {
		w.removeMembers(exports, class)
		return
	}
	var spans [][2]int
	key := e.at // where the name of the class stands
	switch e.value.origin {
	case byHeader:
		spans = [][2]int{{e.value.start, tableEnd(e.value)}}
	case byKey:
		key, _ = w.keyBefore(e.value.members[0].at)
		for _, m := range e.value.members {
			spans = append(spans, [2]int{m.at, m.value.end})
		}
	default:
		spans = [][2]int{{e.at, e.value.end}}
	}
	left := "" // what says that there are exports
	if len(exports.members) == 1 {
		switch exports.origin {
		case byPath:
			left = "[" + tomlPath(path) + "]\n"
		case byKey:
			start, _ := w.lines(key, key)
			left = strings.TrimRight(string(w.text.text[start:key]), " \t.") + " = {}\n"
		}
	}
	for _, span := range spans {
		start, end := w.lines(span[0], span[1])
		if left == "" {
			w.take(start, end, true)
			continue
		}
		w.put(start, end, left, "In place of what begins on line %d and ends on line %d:", w.line(start), w.line(max(start, end-1)))
		left = ""
	}
}
