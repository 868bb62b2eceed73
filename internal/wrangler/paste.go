package wrangler

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// planTOML is MakePlan for a TOML file, which is read but not edited: in TOML
// comments belong to no table, so that an edit could not be shown to leave them
// where they mean something. The result is a plan that changes nothing, or a
// refusal that says what to paste where.
func planTOML(file string, existing []byte, req *Request) (*Plan, error) {
	p, err := decideTOML(file, existing, req)
	if err != nil {
		return nil, err
	}
	p.plan.Misshapen = p.config.Misshapen()
	if len(p.plan.Changes) == 0 {
		return p.plan, nil
	}
	safe := "make the change by hand and ask again, or move the config to wrangler.jsonc, which is edited here. Lines are numbered as they are now."
	last := ""
	for _, s := range p.pastes() {
		if s.say != last {
			last = s.say
			safe += "\n\n" + last
		}
		body := strings.Trim(s.text, "\n")
		if body == "" { // what goes
			body = strings.TrimRight(string(p.config.text.text[s.start:s.end]), "\r\n")
		}
		if body != "" {
			safe += "\n\n" + body
		}
	}
	if lines := StageLines(p.plan.Stages); len(lines) > 0 {
		safe += "\n\n" + strings.Join(lines, "\n")
	}
	for _, w := range p.plan.Warnings {
		safe += "\n\nNote: " + w
	}
	return nil, &RefusedError{Reason: file + " is TOML, which is read but not edited here", Safe: safe}
}

func decideTOML(file string, existing []byte, req *Request) (*planner, error) {
	config, err := Parse(file, existing)
	if err != nil {
		return nil, err
	}
	p := &planner{req: req, config: config, plan: &Plan{Output: existing, Config: config}, blank: len(config.Keys) == 0}
	return p, p.decide()
}

// paste is one change of a TOML file that is left to its owner: text[start:end]
// becomes text. Without text it goes.
type paste struct {
	start, end int
	text       string // with the line breaks that it needs there
	say        string // where that is
}

// pastes lists what has been decided, in the order of the file.
func (p *planner) pastes() []paste {
	w := &tomlWriter{text: p.config.text, root: p.config.toml}
	for _, lv := range p.levels {
		if len(lv.settings) > 0 {
			w.settings(lv.settings)
		}
		dropped := map[int][]string{}
		for _, r := range lv.rewrite {
			if i := r.binding.index; r.to == "" {
				dropped[i] = append(dropped[i], r.key)
			} else {
				w.rewrite(w.root.at(lv.path("durable_objects", "bindings")...).items[i], r)
			}
		}
		for i, keys := range dropped {
			w.removeMembers(w.root.at(lv.path("durable_objects", "bindings")...).items[i], keys...)
		}
		for _, c := range lv.contain {
			old := w.root.at(lv.path("containers")...).items[c.index].find("class_name").value
			w.put(old.start, old.end, literal(c.class), "As the class_name of the container on line %d:", w.line(old.start))
		}
		if len(lv.unbind) > 0 {
			gone := make([]int, len(lv.unbind))
			for i, b := range lv.unbind {
				gone[i] = b.index
			}
			w.removeItems(w.root.at(lv.path("durable_objects", "bindings")...), gone)
		}
		p.pasteExports(w, lv)
		bindings := make([]*node, len(lv.bind))
		for i, b := range lv.bind {
			bindings[i] = (&node{}).with("name", text(b.Name)).with("class_name", text(b.ClassName))
		}
		w.append(lv.path("durable_objects", "bindings"), bindings)
		if lv.entry != nil {
			w.append(lv.path("migrations"), []*node{lv.entry})
		}
		if len(lv.moved) > 0 {
			p.pasteMove(w, lv)
		}
		w.tables(lv.path("exports"), lv.declare)
	}
	slices.SortStableFunc(w.out, func(a, b paste) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	return w.out
}

// pasteExports writes what becomes of exports that the file has.
func (p *planner) pasteExports(w *tomlWriter, lv *level) {
	all := w.root.at(lv.path("exports")...)
	for _, it := range lv.restate {
		w.restate(all.find(it.key).value, it.value)
	}
	for _, r := range lv.renamed {
		w.renameKey(all.find(r.From), r.To)
		w.tables(lv.path("exports"), []item{{r.From, (&node{}).with("type", text("durable-object")).with("state", text("renamed")).with("renamed_to", text(r.To))}})
	}
	for _, class := range lv.settle {
		w.removeMembers(all.find(class).value, "state", "transfer_from")
	}
	for _, class := range lv.undeclare {
		w.undeclare(all, lv.path("exports"), class)
	}
}

// rewrite changes one member of a binding.
func (w *tomlWriter) rewrite(binding *value, r rewrite) {
	old := binding.find(r.key)
	switch {
	case old == nil:
		after := binding.find("class_name").value
		text := "\n" + w.text.indent(after.start) + tomlKey(r.key) + " = " + literal(r.to)
		if binding.origin == byValue {
			text = ", " + tomlKey(r.key) + " = " + literal(r.to)
		}
		w.put(after.end, after.end, text, "Behind the class_name of %s on line %d:", r.binding.Name, w.line(after.end))
	default:
		w.put(old.value.start, old.value.end, literal(r.to), "As the %s of %s on line %d:", r.key, r.binding.Name, w.line(old.value.start))
	}
}

// tomlWriter writes pastes for one file, in the forms that it uses already.
type tomlWriter struct {
	text  *source
	root  *value
	out   []paste
	atEnd bool // something is pasted at the end of the file
}

func (w *tomlWriter) line(offset int) int { return w.text.pos(offset).Line }

func (w *tomlWriter) put(start, end int, text, say string, args ...any) {
	w.out = append(w.out, paste{start, end, text, fmt.Sprintf(say, args...)})
}

// settings writes keys of the root, which must stand above the first header.
func (w *tomlWriter) settings(items []item) {
	lines := make([]string, len(items))
	for i, it := range items {
		lines[i] = tomlKey(it.key) + " = " + inTOML(it.value)
	}
	body := strings.Join(lines, "\n")
	at := rootEnd(w.root)
	if at == 0 {
		w.put(0, 0, body+"\n\n", "At the top of the file:")
		return
	}
	if n := bytes.IndexByte(w.text.text[at:], '\n'); n >= 0 {
		at += n
	} else {
		at = len(w.text.text)
	}
	w.put(at, at, "\n"+body, "Below line %d:", w.line(at))
}

// rootEnd returns the offset behind the last value that stands above all
// headers, or 0.
func rootEnd(table *value) int {
	end := 0
	for _, m := range table.members {
		switch m.value.origin {
		case byValue:
			end = max(end, m.value.end)
		case byKey:
			end = max(end, rootEnd(m.value))
		}
	}
	return end
}

// append writes elements of the list at a path.
func (w *tomlWriter) append(path []string, elems []*node) {
	if len(elems) == 0 {
		return
	}
	inline, rest, v := w.reach(path)
	switch {
	case inline != nil:
		w.into(inline, path[:len(path)-len(rest)], []item{nested(rest, list(elems...))})
	case v != nil && v.origin == byValue:
		w.behind(v, path, elems)
	default:
		for _, elem := range elems {
			w.block("[["+tomlPath(path)+"]]", elem)
		}
	}
}

// tables declares classes in the exports at a path.
func (w *tomlWriter) tables(path []string, items []item) {
	if len(items) == 0 {
		return
	}
	inline, rest, v := w.reach(path)
	switch {
	case inline != nil:
		n := &node{}
		for _, it := range items {
			n.with(it.key, it.value)
		}
		w.into(inline, path[:len(path)-len(rest)], []item{nested(rest, n)})
	case v != nil && v.origin == byValue:
		w.into(v, path, items)
	default:
		for _, it := range items {
			w.block("["+tomlPath(append(slices.Clone(path), it.key))+"]", it.value)
		}
	}
}

// reach follows a path as far as the file has it. If an inline table is on the
// way, that has to hold the rest; else v is the value at the path, if any.
func (w *tomlWriter) reach(path []string) (inline *value, rest []string, v *value) {
	v = w.root
	for i, key := range path {
		m := v.find(key)
		if m == nil && v.origin == byValue {
			return v, path[i:], nil
		}
		if m == nil {
			return nil, nil, nil
		}
		v = m.value
	}
	return nil, nil, v
}

// nested wraps a value in tables for all keys of a path but the first.
func nested(path []string, n *node) item {
	for i := len(path) - 1; i > 0; i-- {
		n = (&node{}).with(path[i], n)
	}
	return item{path[0], n}
}

// into writes members of an inline table.
func (w *tomlWriter) into(table *value, path []string, items []item) {
	parts := make([]string, len(items))
	for i, it := range items {
		parts[i] = tomlKey(it.key) + " = " + inTOML(it.value)
	}
	body := " " + strings.Join(parts, ", ")
	if len(table.members) > 0 {
		body += ","
	} else {
		body += " "
	}
	w.put(table.start+1, table.start+1, body, "On line %d, behind the { of %s:", w.line(table.start), tomlPath(path))
}

// behind writes elements behind the last one of an array. A comma that follows
// that one will follow the new ones.
func (w *tomlWriter) behind(array *value, path []string, elems []*node) {
	texts := make([]string, len(elems))
	for i, elem := range elems {
		texts[i] = inTOML(elem)
	}
	if len(array.items) == 0 {
		w.put(array.start+1, array.start+1, strings.Join(texts, ", "), "On line %d, behind the [ of %s:", w.line(array.start), tomlPath(path))
		return
	}
	last := array.items[len(array.items)-1]
	comma := ", "
	if w.text.beginsLine(last.start) {
		comma = ",\n" + w.text.indent(last.start)
	}
	w.put(last.end, last.end, comma+strings.Join(texts, comma), "On line %d, behind the last element of %s:", w.line(last.end), tomlPath(path))
}

// block writes a table with a header, which may stand at the end of any file.
func (w *tomlWriter) block(header string, fields *node) {
	var b strings.Builder
	end := len(w.text.text)
	if !w.atEnd && end > 0 && w.text.text[end-1] != '\n' {
		b.WriteByte('\n')
	}
	w.atEnd = true
	b.WriteString("\n" + header + "\n")
	for i, key := range fields.keys {
		b.WriteString(tomlKey(key) + " = " + inTOML(fields.items[i]) + "\n")
	}
	w.put(end, end, b.String(), "At the end of the file:")
}

// inTOML writes a node on one line. Literals are those of JSON, which TOML
// shares.
func inTOML(n *node) string {
	if n.text != "" {
		return n.text
	}
	parts := make([]string, len(n.items))
	for i, v := range n.items {
		if len(n.keys) > 0 {
			parts[i] = tomlKey(n.keys[i]) + " = "
		}
		parts[i] += inTOML(v)
	}
	if len(n.keys) > 0 {
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

var bareKey = lazyregexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func tomlKey(key string) string {
	if bareKey.MatchString(key) {
		return key
	}
	return literal(key)
}

func tomlPath(path []string) string {
	keys := make([]string, len(path))
	for i, key := range path {
		keys[i] = tomlKey(key)
	}
	return strings.Join(keys, ".")
}
