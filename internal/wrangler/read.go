package wrangler

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/nearest"
)

// Parse reads a config. The path is used in messages, and its ending tells the
// language: TOML for .toml, else JSONC. The error is a *ParseError if the text
// is not in that language; wrong shapes are no error but Problems of the Config.
func Parse(file string, src []byte) (*Config, error) {
	if isTOML(file) {
		text, err := newSource(file, langTOML, src)
		if err != nil {
			return nil, err
		}
		root, problems, err := parseTOML(text)
		if err != nil {
			return nil, err
		}
		return read(&Config{Path: file, Source: src, Problems: problems, text: text, toml: root}, root), nil
	}
	doc, err := parseDocument(file, src)
	if err != nil {
		return nil, err
	}
	return readDocument(doc, src), nil
}

func isTOML(file string) bool { return strings.EqualFold(path.Ext(file), ".toml") }

// readDocument builds the model of a JSONC file.
func readDocument(doc *document, src []byte) *Config {
	return read(&Config{Path: doc.path, Source: src, text: doc.source, json: doc}, doc.tree())
}

// read fills in the model from the tree of the file.
func read(c *Config, root *value) *Config {
	r := reader{text: c.text, config: c}
	c.Keys = make([]Key, 0, len(root.members))
	for _, m := range root.members {
		c.Keys = append(c.Keys, Key{Name: m.key, Pos: r.text.pos(m.at)})
	}
	r.scope(&c.Scope, root, "")
	if env := root.find("env"); env != nil {
		c.EnvPos = r.text.pos(env.at)
		if envs := r.object(env.value, "env", "one object for each environment"); envs != nil {
			r.duplicates(envs, "env")
			for i := range envs.members {
				if e := r.env(&envs.members[i], "env."); e != nil {
					c.Envs = append(c.Envs, *e)
				}
			}
		}
	}
	if previews := root.find("previews"); previews != nil {
		c.Previews = r.env(previews, "")
	}
	sort.SliceStable(c.Problems, func(i, j int) bool { return before(c.Problems[i].Pos, c.Problems[j].Pos) })
	return c
}

func before(a, b Pos) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
}

type reader struct {
	text   *source
	config *Config
}

func (r *reader) env(m *entry, prefix string) *Env {
	e := &Env{Name: m.key, Pos: r.text.pos(m.at)}
	obj := r.object(m.value, prefix+e.Name, "an object with the settings of that environment")
	if obj == nil {
		return nil
	}
	r.scope(&e.Scope, obj, prefix+e.Name+".")
	return e
}

// scope reads one level. where is the path of the level with a final dot, or
// "" for the top.
func (r *reader) scope(s *Scope, obj *value, where string) {
	r.duplicates(obj, strings.TrimSuffix(where, "."))
	for _, m := range obj.members {
		pos, at := r.text.pos(m.at), where+m.key
		switch m.key {
		case "name":
			s.Name = r.stringField(m.value, at)
		case "main":
			s.Main = r.stringField(m.value, at)
		case "compatibility_date":
			s.CompatibilityDate = r.stringField(m.value, at)
		case "pages_build_output_dir":
			s.PagesOutput = r.stringField(m.value, at)
		case "compatibility_flags":
			s.HasFlags, s.CompatibilityFlags = true, nil
			for j, v := range r.array(m.value, at, "an array of strings") {
				if f := r.stringField(v, index(at, j)); f.Set {
					s.CompatibilityFlags = append(s.CompatibilityFlags, f)
				}
			}
		case "durable_objects":
			s.HasDurableObjects, s.DurableObjectsPos = true, pos
			s.Bindings = r.bindings(m.value, at)
			s.CodeUpdate = r.codeUpdate(m.value, at)
		case "migrations":
			s.HasMigrations, s.MigrationsPos = true, pos
			s.Migrations = r.migrations(m.value, at)
		case "exports":
			s.HasExports, s.ExportsPos = true, pos
			s.Exports = r.exports(m.value, at)
		case "containers":
			s.HasContainers, s.Containers = true, nil
			for _, c := range m.value.items {
				s.Containers = append(s.Containers, Container{Name: c.said("name"), ClassName: c.said("class_name"), Pos: r.text.pos(c.start)})
			}
		case "limits":
			s.CPUms = Field[float64]{}
			if limits := r.object(m.value, at, `an object such as { "cpu_ms": 30000 }`); limits != nil {
				if cpu := limits.find("cpu_ms"); cpu != nil {
					s.CPUms = r.number(cpu.value, at+".cpu_ms")
				}
			}
		case "observability":
			s.Observability = r.observability(m.value, at, pos)
		case "vars":
			s.HasVars = true
			s.Vars, s.VarPos = r.vars(m.value, at)
		default:
			if names, ok := otherKinds[m.key]; ok {
				r.others(s, m.key, m.value, names)
			} else if meant := misspelt(m.key, obj); meant != "" {
				r.oddity(m.at, false, "%q is no key that wrangler knows, and it only warns of that; %q is meant, so write it", m.key, meant)
			}
		}
	}
	s.history = replay(s)
}

// misspelt is the key that is meant by one that only looks like it, "" for others. A
// key that is there as well cannot be meant.
func misspelt(key string, obj *value) string {
	meant := nearest.Close(key, []string{"compatibility_date", "compatibility_flags", "durable_objects", "migrations", "exports"})
	if meant == "" || meant == key || obj.find(meant) != nil {
		return ""
	}
	return meant
}

// editedKeys are the keys whose duplicates make an edit ambiguous.
var editedKeys = []string{"name", "main", "compatibility_date", "durable_objects", "bindings", "migrations", "exports", "env"}

func (r *reader) duplicates(obj *value, where string) {
	first := make(map[string]int, len(obj.members))
	for _, m := range obj.members {
		if at, ok := first[m.key]; ok {
			r.oddity(m.at, slices.Contains(editedKeys, m.key) || where == "env",
				"%q stands here a second time (first on line %d); wrangler reads only the last one, so keep one", m.key, r.text.pos(at).Line)
			continue
		}
		first[m.key] = m.at
	}
}

func (r *reader) bindings(v *value, at string) []Binding {
	obj := r.object(v, at, `an object with an array "bindings"`)
	if obj == nil {
		return nil
	}
	r.duplicates(obj, at)
	r.unknown(obj, at, "bindings", "code_update_strategy")
	list := obj.find("bindings")
	if list == nil {
		return nil
	}
	at += ".bindings"
	elems := r.array(list.value, at, `an array of objects { "name": …, "class_name": … }`)
	out := make([]Binding, 0, len(elems))
	for i, v := range elems {
		at := index(at, i)
		elem := r.object(v, at, `an object { "name": …, "class_name": … }`)
		if elem == nil {
			continue
		}
		r.unknown(elem, at, "name", "class_name", "script_name", "environment")
		name, class := r.required(elem, at, "name"), r.required(elem, at, "class_name")
		if class.Set && class.Value == "" {
			r.problem(elem.find("class_name").value.start, false, "%s.class_name is empty; name the class that the code exports", at)
		}
		script := r.optional(elem, at, "script_name")
		out = append(out, Binding{
			Name: name.Value, NamePos: name.Pos,
			ClassName: class.Value, ClassPos: class.Pos,
			ScriptName: script.Value, ScriptPos: script.Pos,
			Environment: r.optional(elem, at, "environment").Value,
			Pos:         r.text.pos(v.start),
			index:       i,
		})
	}
	return out
}

func (r *reader) codeUpdate(durable *value, at string) CodeUpdate {
	m := durable.find("code_update_strategy")
	if m == nil {
		return CodeUpdate{}
	}
	at += ".code_update_strategy"
	c := CodeUpdate{Pos: r.text.pos(m.at)}
	obj := r.object(m.value, at, `an object such as { "mode": "deferred", "max_delay": 300 }`)
	if obj == nil {
		return c
	}
	r.unknown(obj, at, "mode", "max_delay")
	c.Mode = r.optional(obj, at, "mode")
	if delay := obj.find("max_delay"); delay != nil {
		c.MaxDelay = r.number(delay.value, at+".max_delay")
	}
	return c
}

func (r *reader) migrations(v *value, at string) []Migration {
	elems := r.array(v, at, `an array of objects such as { "tag": "v1", "new_sqlite_classes": ["Room"] }`)
	out := make([]Migration, 0, len(elems))
	for i, v := range elems {
		at := index(at, i)
		elem := r.object(v, at, `an object such as { "tag": "v1", "new_sqlite_classes": ["Room"] }`)
		if elem == nil {
			continue
		}
		r.duplicates(elem, at)
		m := Migration{Pos: r.text.pos(v.start)}
		tag := r.required(elem, at, "tag")
		m.Tag, m.TagPos = tag.Value, tag.Pos
		for _, part := range elem.members {
			v, at := part.value, at+"."+part.key
			switch part.key {
			case "new_classes":
				m.New = r.classes(v, at)
			case "new_sqlite_classes":
				m.NewSQLite = r.classes(v, at)
			case "deleted_classes":
				m.Deleted = r.classes(v, at)
			case "renamed_classes":
				m.Renamed = nil
				r.records(v, at, `{ "from": …, "to": … }`, func(f *value, at string) {
					from, to := r.required(f, at, "from"), r.required(f, at, "to")
					if from.Set && to.Set {
						m.Renamed = append(m.Renamed, Rename{From: from.Value, To: to.Value, Pos: r.text.pos(f.start)})
					}
				}, "from", "to")
			case "transferred_classes":
				m.Transferred = nil
				r.records(v, at, `{ "from": …, "from_script": …, "to": … }`, func(f *value, at string) {
					from, script, to := r.required(f, at, "from"), r.required(f, at, "from_script"), r.required(f, at, "to")
					if from.Set && script.Set && to.Set {
						m.Transferred = append(m.Transferred, Transfer{From: from.Value, FromScript: script.Value, To: to.Value, Pos: r.text.pos(f.start)})
					}
				}, "from", "from_script", "to")
			}
		}
		r.unknown(elem, at, "tag", "new_classes", "new_sqlite_classes", "renamed_classes", "deleted_classes", "transferred_classes")
		out = append(out, m)
	}
	return out
}

func (r *reader) classes(v *value, at string) []ClassRef {
	elems := r.array(v, at, "an array of class names")
	out := make([]ClassRef, 0, len(elems))
	for i, v := range elems {
		if f := r.stringField(v, index(at, i)); f.Set {
			out = append(out, ClassRef{Name: f.Value, Pos: f.Pos})
		}
	}
	return out
}

func (r *reader) records(v *value, at, shape string, each func(fields *value, at string), keys ...string) {
	for i, v := range r.array(v, at, "an array of objects "+shape) {
		at := index(at, i)
		if fields := r.object(v, at, "an object "+shape); fields != nil {
			r.unknown(fields, at, keys...)
			each(fields, at)
		}
	}
}

func (r *reader) exports(v *value, at string) []Export {
	obj := r.object(v, at, `an object such as { "Room": { "type": "durable-object", "storage": "sqlite" } }`)
	if obj == nil {
		return nil
	}
	last := make(map[string]int, len(obj.members))
	for i, m := range obj.members {
		last[m.key] = i
	}
	for i, m := range obj.members {
		if j := last[m.key]; j != i {
			r.oddity(obj.members[j].at, true, "%q stands in exports more than once; wrangler reads only the last one, so keep one", m.key)
		}
	}
	out := make([]Export, 0, len(obj.members))
	for _, m := range obj.members {
		at := at + "." + m.key
		fields := r.object(m.value, at, `an object such as { "type": "durable-object", "storage": "sqlite" }`)
		if fields == nil {
			continue
		}
		typ, state, storage := r.required(fields, at, "type"), r.optional(fields, at, "state"), r.optional(fields, at, "storage")
		x := Export{
			Class: m.key, Pos: r.text.pos(m.at), ValuePos: r.text.pos(m.value.start),
			Type: typ.Value, State: state.Value, StatePos: state.Pos, Storage: storage.Value, StoragePos: storage.Pos,
			RenamedTo:     r.optional(fields, at, "renamed_to").Value,
			TransferredTo: r.optional(fields, at, "transferred_to").Value,
			TransferFrom:  r.optional(fields, at, "transfer_from").Value,
			Container:     fields.said("container"),
		}
		if x.Type == "durable-object" {
			r.unknown(fields, at, "type", "state", "storage", "container", "renamed_to", "transferred_to", "transfer_from")
		}
		out = append(out, x)
	}
	return out
}

func (r *reader) observability(v *value, at string, pos Pos) Observability {
	o := Observability{Pos: pos}
	obj := r.object(v, at, `an object such as { "enabled": true }`)
	if obj == nil {
		return o
	}
	enabled := func(obj *value, at string) (f Field[bool]) {
		if m := obj.find("enabled"); m != nil {
			f = r.boolField(m.value, at+".enabled")
		}
		return f
	}
	o.Enabled = enabled(obj, at)
	for key, into := range map[string]*Field[bool]{"logs": &o.LogsEnabled, "traces": &o.TracesEnabled} {
		if m := obj.find(key); m != nil {
			if part := r.object(m.value, at+"."+key, `an object such as { "enabled": true }`); part != nil {
				*into = enabled(part, at+"."+key)
			}
		}
	}
	return o
}

func (r *reader) vars(v *value, at string) (map[string]json.RawMessage, map[string]Pos) {
	obj := r.object(v, at, "an object of names and values")
	if obj == nil || len(obj.members) == 0 {
		return nil, nil
	}
	values, places := make(map[string]json.RawMessage, len(obj.members)), make(map[string]Pos, len(obj.members))
	for _, m := range obj.members {
		if m.value.kind == kindDate {
			r.problem(m.value.start, false, "%s is a date without quotes, which wrangler refuses; put it in quotes", at+"."+m.key)
		}
		values[m.key], places[m.key] = m.value.raw(), r.text.pos(m.at)
	}
	return values, places
}

// otherKinds are the binding kinds besides Durable Objects: for each key, the
// fields that may hold the name on env. A value may be an array of such
// objects, one such object, or an object that holds an array of them.
var otherKinds = map[string][]string{
	"ai":                        {"binding"},
	"ai_search":                 {"binding"},
	"ai_search_namespaces":      {"binding"},
	"analytics_engine_datasets": {"binding"},
	"assets":                    {"binding"},
	"browser":                   {"binding"},
	"d1_databases":              {"binding"},
	"dispatch_namespaces":       {"binding"},
	"hyperdrive":                {"binding"},
	"images":                    {"binding"},
	"kv_namespaces":             {"binding"},
	"media":                     {"binding"},
	"mtls_certificates":         {"binding"},
	"pipelines":                 {"binding"},
	"queues":                    {"binding"},
	"r2_buckets":                {"binding"},
	"ratelimits":                {"name", "binding"},
	"secrets_store_secrets":     {"binding"},
	"send_email":                {"name"},
	"services":                  {"binding"},
	"unsafe":                    {"name"},
	"vectorize":                 {"binding"},
	"version_metadata":          {"binding"},
	"vpc_services":              {"binding"},
	"worker_loaders":            {"binding"},
	"workflows":                 {"binding"},
}

func (r *reader) others(s *Scope, kind string, v *value, names []string) {
	for _, elem := range v.items {
		r.others(s, kind, elem, names)
	}
	for _, name := range names {
		if m := v.find(name); m != nil && m.value.kind == kindString {
			s.Others = append(s.Others, OtherBinding{Kind: kind, Name: m.value.text, Pos: r.text.pos(v.start)})
			return
		}
	}
	for _, m := range v.members {
		if m.key == "producers" || m.key == "bindings" {
			for _, elem := range m.value.items {
				r.others(s, kind, elem, names)
			}
		}
	}
}

// The helpers below turn a wrong shape into a Problem and an empty result.

func (r *reader) problem(at int, blocks bool, format string, args ...any) {
	r.config.Problems = append(r.config.Problems, Problem{
		Pos: r.text.pos(at), Message: fmt.Sprintf(format, args...), Refused: true, Unread: true, blocks: blocks,
	})
}

// oddity is a problem that wrangler lets pass.
func (r *reader) oddity(at int, blocks bool, format string, args ...any) {
	r.config.Problems = append(r.config.Problems, Problem{
		Pos: r.text.pos(at), Message: fmt.Sprintf(format, args...), blocks: blocks,
	})
}

func (r *reader) object(v *value, at, want string) *value {
	if v.kind != kindObject {
		r.problem(v.start, true, "%s must be %s, not %s", at, want, v.kind)
		return nil
	}
	return v
}

func (r *reader) array(v *value, at, want string) []*value {
	if v.kind != kindArray {
		r.problem(v.start, true, "%s must be %s, not %s", at, want, v.kind)
	}
	return v.items
}

func (r *reader) stringField(v *value, at string) Field[string] {
	if v.kind != kindString {
		r.problem(v.start, false, "%s must be a string, not %s", at, v.kind)
		if v.kind != kindDate { // of which there is no doubt what is meant
			return Field[string]{}
		}
	}
	return Field[string]{Value: v.text, Pos: r.text.pos(v.start), Set: true}
}

func (r *reader) boolField(v *value, at string) Field[bool] {
	if v.kind != kindBool {
		r.problem(v.start, false, "%s must be true or false, not %s", at, v.kind)
		return Field[bool]{}
	}
	return Field[bool]{Value: v.text == "true", Pos: r.text.pos(v.start), Set: true}
}

func (r *reader) number(v *value, at string) Field[float64] {
	if v.kind != kindNumber {
		r.problem(v.start, false, "%s must be a number, not %s", at, v.kind)
		return Field[float64]{}
	}
	// Out of range it is infinite, which is what JavaScript makes of it.
	n, _ := strconv.ParseFloat(v.text, 64)
	return Field[float64]{Value: n, Pos: r.text.pos(v.start), Set: true}
}

func (r *reader) optional(obj *value, at, key string) Field[string] {
	if m := obj.find(key); m != nil {
		return r.stringField(m.value, at+"."+key)
	}
	return Field[string]{}
}

func (r *reader) required(obj *value, at, key string) Field[string] {
	if obj.find(key) == nil {
		r.problem(obj.start, false, "%s must have a string %q", at, key)
		return Field[string]{}
	}
	return r.optional(obj, at, key)
}

func (r *reader) unknown(obj *value, at string, known ...string) {
	for _, m := range obj.members {
		if !slices.Contains(known, m.key) {
			r.config.Unknown = append(r.config.Unknown, Key{Name: m.key, In: at, Pos: r.text.pos(m.at)})
		}
	}
}

func index(at string, i int) string { return at + "[" + strconv.Itoa(i) + "]" }
