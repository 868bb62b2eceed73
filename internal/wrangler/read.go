package wrangler

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// Parse reads a config. The path is used in messages, and its ending tells the
// format. Errors are a *ParseError if the text is not JSONC and a *TOMLError
// if it is TOML; wrong shapes are no error but Problems of the Config.
func Parse(file string, src []byte) (*Config, error) {
	if strings.EqualFold(path.Ext(file), ".toml") {
		return nil, &TOMLError{Path: file}
	}
	doc, err := parseDocument(file, src)
	if err != nil {
		return nil, err
	}
	return read(doc, src), nil
}

// read builds the model of a parsed document.
func read(doc *document, src []byte) *Config {
	c := &Config{Path: doc.path, Source: src, doc: doc}
	r := reader{doc: doc, config: c}
	root := doc.root.Value.(*hujson.Object)
	c.Keys = make([]Key, 0, len(root.Members))
	for i := range root.Members {
		c.Keys = append(c.Keys, Key{Name: unquote(root.Members[i].Name), Pos: doc.pos(root.Members[i].Name.StartOffset)})
	}
	r.scope(&c.Scope, root, "")
	if i := member(root, "env"); i >= 0 {
		c.EnvPos = doc.pos(root.Members[i].Name.StartOffset)
		if envs := r.object(root.Members[i].Value, "env", "one object for each environment"); envs != nil {
			r.duplicates(envs, "env")
			for i := range envs.Members {
				if e := r.env(&envs.Members[i], "env."); e != nil {
					c.Envs = append(c.Envs, *e)
				}
			}
		}
	}
	if i := member(root, "previews"); i >= 0 {
		c.Previews = r.env(&root.Members[i], "")
	}
	sort.SliceStable(c.Problems, func(i, j int) bool { return before(c.Problems[i].Pos, c.Problems[j].Pos) })
	return c
}

func before(a, b Pos) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
}

type reader struct {
	doc    *document
	config *Config
}

func (r *reader) env(m *hujson.ObjectMember, prefix string) *Env {
	e := &Env{Name: unquote(m.Name), Pos: r.doc.pos(m.Name.StartOffset)}
	obj := r.object(m.Value, prefix+e.Name, "an object with the settings of that environment")
	if obj == nil {
		return nil
	}
	r.scope(&e.Scope, obj, prefix+e.Name+".")
	return e
}

// scope reads one level. where is the path of the level with a final dot, or
// "" for the top.
func (r *reader) scope(s *Scope, obj *hujson.Object, where string) {
	r.duplicates(obj, strings.TrimSuffix(where, "."))
	for i := range obj.Members {
		m := &obj.Members[i]
		key, pos := unquote(m.Name), r.doc.pos(m.Name.StartOffset)
		at := where + key
		switch key {
		case "name":
			s.Name = r.stringField(m.Value, at)
		case "main":
			s.Main = r.stringField(m.Value, at)
		case "compatibility_date":
			s.CompatibilityDate = r.stringField(m.Value, at)
		case "pages_build_output_dir":
			s.PagesOutput = r.stringField(m.Value, at)
		case "compatibility_flags":
			s.HasFlags, s.CompatibilityFlags = true, nil
			for j, v := range r.array(m.Value, at, "an array of strings") {
				if f := r.stringField(v, index(at, j)); f.Set {
					s.CompatibilityFlags = append(s.CompatibilityFlags, f)
				}
			}
		case "durable_objects":
			s.HasDurableObjects, s.DurableObjectsPos = true, pos
			s.Bindings = r.bindings(m.Value, at)
		case "migrations":
			s.HasMigrations, s.MigrationsPos = true, pos
			s.Migrations = r.migrations(m.Value, at)
		case "exports":
			s.HasExports, s.ExportsPos = true, pos
			s.Exports = r.exports(m.Value, at)
		case "limits":
			s.CPUms = Field[float64]{}
			if limits := r.object(m.Value, at, `an object such as { "cpu_ms": 30000 }`); limits != nil {
				if j := member(limits, "cpu_ms"); j >= 0 {
					s.CPUms = r.number(limits.Members[j].Value, at+".cpu_ms")
				}
			}
		case "observability":
			s.Observability = r.observability(m.Value, at, pos)
		case "vars":
			s.HasVars = true
			s.Vars, s.VarPos = r.vars(m.Value, at)
		default:
			if names, ok := otherKinds[key]; ok {
				r.others(s, key, m.Value, names)
			}
		}
	}
	s.history = replay(s)
}

// editedKeys are the keys whose duplicates make an edit ambiguous.
var editedKeys = []string{"name", "main", "compatibility_date", "durable_objects", "bindings", "migrations", "exports", "env"}

func (r *reader) duplicates(obj *hujson.Object, where string) {
	for i := range obj.Members {
		key := unquote(obj.Members[i].Name)
		for j := range i {
			if isText(obj.Members[j].Name, key) {
				first := r.doc.pos(obj.Members[j].Name.StartOffset)
				r.problem(obj.Members[i].Name, slices.Contains(editedKeys, key) || where == "env",
					"%q stands here a second time (first on line %d); wrangler reads only the last one, so keep one", key, first.Line)
				break
			}
		}
	}
}

func (r *reader) bindings(v hujson.Value, at string) []Binding {
	obj := r.object(v, at, `an object with an array "bindings"`)
	if obj == nil {
		return nil
	}
	r.duplicates(obj, at)
	r.unknown(obj, at, "bindings", "code_update_strategy")
	i := member(obj, "bindings")
	if i < 0 {
		return nil
	}
	at += ".bindings"
	elems := r.array(obj.Members[i].Value, at, `an array of objects { "name": …, "class_name": … }`)
	out := make([]Binding, 0, len(elems))
	for i, v := range elems {
		at := index(at, i)
		elem := r.object(v, at, `an object { "name": …, "class_name": … }`)
		if elem == nil {
			continue
		}
		r.unknown(elem, at, "name", "class_name", "script_name", "environment")
		name, class := r.required(elem, v, at, "name"), r.required(elem, v, at, "class_name")
		script := r.optional(elem, at, "script_name")
		out = append(out, Binding{
			Name: name.Value, NamePos: name.Pos,
			ClassName: class.Value, ClassPos: class.Pos,
			ScriptName: script.Value, ScriptPos: script.Pos,
			Environment: r.optional(elem, at, "environment").Value,
			Pos:         r.doc.pos(v.StartOffset),
			index:       i,
		})
	}
	return out
}

func (r *reader) migrations(v hujson.Value, at string) []Migration {
	elems := r.array(v, at, `an array of objects such as { "tag": "v1", "new_sqlite_classes": ["Room"] }`)
	out := make([]Migration, 0, len(elems))
	for i, v := range elems {
		at := index(at, i)
		elem := r.object(v, at, `an object such as { "tag": "v1", "new_sqlite_classes": ["Room"] }`)
		if elem == nil {
			continue
		}
		r.duplicates(elem, at)
		m := Migration{Pos: r.doc.pos(v.StartOffset)}
		tag := r.required(elem, v, at, "tag")
		m.Tag, m.TagPos = tag.Value, tag.Pos
		for j := range elem.Members {
			key, v := unquote(elem.Members[j].Name), elem.Members[j].Value
			at := at + "." + key
			switch key {
			case "new_classes":
				m.New = r.classes(v, at)
			case "new_sqlite_classes":
				m.NewSQLite = r.classes(v, at)
			case "deleted_classes":
				m.Deleted = r.classes(v, at)
			case "renamed_classes":
				m.Renamed = nil
				r.records(v, at, `{ "from": …, "to": … }`, func(f *hujson.Object, v hujson.Value, at string) {
					from, to := r.required(f, v, at, "from"), r.required(f, v, at, "to")
					if from.Set && to.Set {
						m.Renamed = append(m.Renamed, Rename{From: from.Value, To: to.Value, Pos: r.doc.pos(v.StartOffset)})
					}
				}, "from", "to")
			case "transferred_classes":
				m.Transferred = nil
				r.records(v, at, `{ "from": …, "from_script": …, "to": … }`, func(f *hujson.Object, v hujson.Value, at string) {
					from, script, to := r.required(f, v, at, "from"), r.required(f, v, at, "from_script"), r.required(f, v, at, "to")
					if from.Set && script.Set && to.Set {
						m.Transferred = append(m.Transferred, Transfer{From: from.Value, FromScript: script.Value, To: to.Value, Pos: r.doc.pos(v.StartOffset)})
					}
				}, "from", "from_script", "to")
			}
		}
		r.unknown(elem, at, "tag", "new_classes", "new_sqlite_classes", "renamed_classes", "deleted_classes", "transferred_classes")
		out = append(out, m)
	}
	return out
}

func (r *reader) classes(v hujson.Value, at string) []ClassRef {
	elems := r.array(v, at, "an array of class names")
	out := make([]ClassRef, 0, len(elems))
	for i, v := range elems {
		if f := r.stringField(v, index(at, i)); f.Set {
			out = append(out, ClassRef{Name: f.Value, Pos: f.Pos})
		}
	}
	return out
}

func (r *reader) records(v hujson.Value, at, shape string, each func(fields *hujson.Object, v hujson.Value, at string), keys ...string) {
	for i, v := range r.array(v, at, "an array of objects "+shape) {
		at := index(at, i)
		if fields := r.object(v, at, "an object "+shape); fields != nil {
			r.unknown(fields, at, keys...)
			each(fields, v, at)
		}
	}
}

func (r *reader) exports(v hujson.Value, at string) []Export {
	obj := r.object(v, at, `an object such as { "Room": { "type": "durable-object", "storage": "sqlite" } }`)
	if obj == nil {
		return nil
	}
	for i := range obj.Members {
		if j := member(obj, unquote(obj.Members[i].Name)); j != i {
			r.problem(obj.Members[j].Name, true, "%q stands in exports more than once; wrangler reads only the last one, so keep one", unquote(obj.Members[i].Name))
		}
	}
	out := make([]Export, 0, len(obj.Members))
	for i := range obj.Members {
		m := &obj.Members[i]
		class := unquote(m.Name)
		at := at + "." + class
		fields := r.object(m.Value, at, `an object such as { "type": "durable-object", "storage": "sqlite" }`)
		if fields == nil {
			continue
		}
		typ, state, storage := r.required(fields, m.Value, at, "type"), r.optional(fields, at, "state"), r.optional(fields, at, "storage")
		x := Export{
			Class: class, Pos: r.doc.pos(m.Name.StartOffset), ValuePos: r.doc.pos(m.Value.StartOffset),
			Type: typ.Value, State: state.Value, StatePos: state.Pos, Storage: storage.Value, StoragePos: storage.Pos,
			RenamedTo:     r.optional(fields, at, "renamed_to").Value,
			TransferredTo: r.optional(fields, at, "transferred_to").Value,
			TransferFrom:  r.optional(fields, at, "transfer_from").Value,
		}
		if x.Type == "durable-object" {
			r.unknown(fields, at, "type", "state", "storage", "container", "renamed_to", "transferred_to", "transfer_from")
		}
		out = append(out, x)
	}
	return out
}

func (r *reader) observability(v hujson.Value, at string, pos Pos) Observability {
	o := Observability{Pos: pos}
	obj := r.object(v, at, `an object such as { "enabled": true }`)
	if obj == nil {
		return o
	}
	flag := func(obj *hujson.Object, at, key string) (f Field[bool]) {
		if i := member(obj, key); i >= 0 {
			f = r.boolField(obj.Members[i].Value, at+"."+key)
		}
		return f
	}
	o.Enabled = flag(obj, at, "enabled")
	for key, into := range map[string]*Field[bool]{"logs": &o.LogsEnabled, "traces": &o.TracesEnabled} {
		if i := member(obj, key); i >= 0 {
			if part := r.object(obj.Members[i].Value, at+"."+key, `an object such as { "enabled": true }`); part != nil {
				*into = flag(part, at+"."+key, "enabled")
			}
		}
	}
	return o
}

func (r *reader) vars(v hujson.Value, at string) (map[string]json.RawMessage, map[string]Pos) {
	obj := r.object(v, at, "an object of names and values")
	if obj == nil || len(obj.Members) == 0 {
		return nil, nil
	}
	values, places := make(map[string]json.RawMessage, len(obj.Members)), make(map[string]Pos, len(obj.Members))
	for i := range obj.Members {
		value := obj.Members[i].Value
		value.BeforeExtra, value.AfterExtra = nil, nil
		if _, ok := value.Value.(hujson.Literal); !ok {
			value = value.Clone()
			value.Minimize()
		}
		name := unquote(obj.Members[i].Name)
		values[name], places[name] = value.Pack(), r.doc.pos(obj.Members[i].Name.StartOffset)
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

func (r *reader) others(s *Scope, kind string, v hujson.Value, names []string) {
	switch x := v.Value.(type) {
	case *hujson.Array:
		for _, elem := range x.Elements {
			r.others(s, kind, elem, names)
		}
	case *hujson.Object:
		for _, name := range names {
			if i := member(x, name); i >= 0 {
				if f := x.Members[i].Value; f.Value.Kind() == '"' {
					s.Others = append(s.Others, OtherBinding{Kind: kind, Name: unquote(f), Pos: r.doc.pos(v.StartOffset)})
					return
				}
			}
		}
		for i := range x.Members {
			if list, ok := x.Members[i].Value.Value.(*hujson.Array); ok && (unquote(x.Members[i].Name) == "producers" || unquote(x.Members[i].Name) == "bindings") {
				for _, elem := range list.Elements {
					r.others(s, kind, elem, names)
				}
			}
		}
	}
}

// The helpers below turn a wrong shape into a Problem and an empty result.

func (r *reader) problem(v hujson.Value, blocks bool, format string, args ...any) {
	r.config.Problems = append(r.config.Problems, Problem{
		Pos: r.doc.pos(v.StartOffset), Message: fmt.Sprintf(format, args...), blocks: blocks,
	})
}

func (r *reader) object(v hujson.Value, at, want string) *hujson.Object {
	obj, ok := v.Value.(*hujson.Object)
	if !ok {
		r.problem(v, true, "%s must be %s, not %s", at, want, kindOf(v))
	}
	return obj
}

func (r *reader) array(v hujson.Value, at, want string) []hujson.Value {
	arr, ok := v.Value.(*hujson.Array)
	if !ok {
		r.problem(v, true, "%s must be %s, not %s", at, want, kindOf(v))
		return nil
	}
	return arr.Elements
}

func (r *reader) stringField(v hujson.Value, at string) Field[string] {
	if v.Value.Kind() != '"' {
		r.problem(v, false, "%s must be a string, not %s", at, kindOf(v))
		return Field[string]{}
	}
	return Field[string]{Value: unquote(v), Pos: r.doc.pos(v.StartOffset), Set: true}
}

func (r *reader) boolField(v hujson.Value, at string) Field[bool] {
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != 't' && lit.Kind() != 'f' {
		r.problem(v, false, "%s must be true or false, not %s", at, kindOf(v))
		return Field[bool]{}
	}
	return Field[bool]{Value: lit.Bool(), Pos: r.doc.pos(v.StartOffset), Set: true}
}

func (r *reader) number(v hujson.Value, at string) Field[float64] {
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '0' {
		r.problem(v, false, "%s must be a number, not %s", at, kindOf(v))
		return Field[float64]{}
	}
	return Field[float64]{Value: lit.Float(), Pos: r.doc.pos(v.StartOffset), Set: true}
}

func (r *reader) optional(obj *hujson.Object, at, key string) Field[string] {
	if i := member(obj, key); i >= 0 {
		return r.stringField(obj.Members[i].Value, at+"."+key)
	}
	return Field[string]{}
}

func (r *reader) required(obj *hujson.Object, owner hujson.Value, at, key string) Field[string] {
	if member(obj, key) < 0 {
		r.problem(owner, false, "%s must have a string %q", at, key)
		return Field[string]{}
	}
	return r.optional(obj, at, key)
}

func (r *reader) unknown(obj *hujson.Object, at string, known ...string) {
	for i := range obj.Members {
		if key := unquote(obj.Members[i].Name); !slices.Contains(known, key) {
			r.config.Unknown = append(r.config.Unknown, Key{Name: key, In: at, Pos: r.doc.pos(obj.Members[i].Name.StartOffset)})
		}
	}
}

func index(at string, i int) string { return at + "[" + strconv.Itoa(i) + "]" }
