package traffic

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
	"durable-objects-mcp/internal/wrangler"
)

// world is what is known of the project beside the code that is followed.
type world struct {
	modules []*model.Module
	byName  map[string]*model.Class // namespaces of env
	order   []string                // their names, in the order in which they were found
	public  map[*model.Class]string // the names that classes are exported by
	classes []*model.Class          // the objects, in source order
	vars    map[string]any
	worker  *model.Class // a WorkerEntrypoint
	effects map[*model.Func]effect
	// numbered are the names of things that the code makes.
	numbered map[string]string
}

// effect is what running a function does, its calls included.
type effect struct {
	reads  bool // what is stored
	writes bool // to storage or to memory
	wipes  bool // all that is stored
	alarm  bool // sets one
}

func (e *effect) add(o effect) {
	e.reads, e.writes, e.wipes, e.alarm = e.reads || o.reads, e.writes || o.writes, e.wipes || o.wipes, e.alarm || o.alarm
}

func newWorld(modules []*model.Module, cfg *wrangler.Config) *world {
	w := &world{modules: modules, byName: map[string]*model.Class{}, public: map[*model.Class]string{}, vars: map[string]any{}, effects: map[*model.Func]effect{}, numbered: numbered(modules)}
	for _, m := range modules {
		w.exports(m)
	}
	for _, m := range modules {
		for _, c := range m.Objects() {
			if !c.Lent && !c.Node.Is(syntax.AbstractClassDeclaration) && (c.Exported || w.public[c] != "") {
				if w.public[c] == "" {
					w.public[c] = c.Name
				}
				w.classes = append(w.classes, c)
			}
		}
	}
	if cfg != nil {
		for _, b := range cfg.Bindings {
			if c := w.class(b.ClassName); c != nil && b.ScriptName == "" {
				w.name(b.Name, c)
			}
		}
		for name, raw := range cfg.Vars {
			var v any
			if json.Unmarshal(raw, &v) == nil {
				w.vars[name] = v
			}
		}
	}
	for _, m := range modules {
		w.declared(m)
	}
	return w
}

func (w *world) name(binding string, c *model.Class) {
	if w.byName[binding] == nil {
		w.byName[binding] = c
		w.order = append(w.order, binding)
	}
}

// exports notes the names that classes are exported by.
func (w *world) exports(m *model.Module) {
	for n := range m.OfKind(syntax.ExportSpecifier) {
		local, as := n.Child(syntax.FieldName), n.Child(syntax.FieldAlias)
		if !as.OK() {
			as = local
		}
		if v := m.Eval(local); v.Kind == model.ClassValue && as.Text() != "default" {
			w.public[v.Class] = as.Text()
		}
	}
}

func (w *world) class(name string) *model.Class {
	for _, c := range w.classes {
		if w.public[c] == name {
			return c
		}
	}
	for _, c := range w.classes {
		if c.Name == name {
			return c
		}
	}
	return nil
}

var namespaceOf = regexp.MustCompile(`^:?\s*(?:DurableObjectNamespace|AgentNamespace)\s*(?:<\s*(?:import\([^)]*\)\.)?(\w+)[^>]*>)?\s*$`)

// declared reads the namespaces that a type of the project lists.
func (w *world) declared(m *model.Module) {
	for n := range m.OfKind(syntax.PropertySignature) {
		match := namespaceOf.FindStringSubmatch(n.Child(syntax.FieldType).Text())
		if match == nil {
			continue
		}
		c := w.class(match[1])
		if c == nil {
			c = w.likely(n.Child(syntax.FieldName).Text())
		}
		if c != nil {
			w.name(n.Child(syntax.FieldName).Text(), c)
		}
	}
	for _, name := range m.NamespaceNames() {
		if c := w.likely(name); c != nil {
			w.name(name, c)
		}
	}
}

// likely is the class that a namespace's name sounds like, or the only one.
func (w *world) likely(binding string) *model.Class {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	for _, c := range w.classes {
		if plain(w.public[c]) == plain(binding) {
			return c
		}
	}
	for _, c := range w.classes {
		if a, b := plain(w.public[c]), plain(binding); strings.Contains(a, b) || strings.Contains(b, a) {
			return c
		}
	}
	if len(w.classes) == 1 {
		return w.classes[0]
	}
	return nil
}

func (w *world) classOf(binding string) *model.Class { return w.byName[binding] }

func (w *world) namespaces() []string { return w.order }

func (w *world) isWorker(c *model.Class) bool { return c == w.worker }

// of is what a function does.
func (w *world) of(f *model.Func) effect {
	if e, ok := w.effects[f]; ok {
		return e
	}
	w.effects[f] = effect{} // recursion adds nothing
	e := w.ofOps(f.Ops)
	w.effects[f] = e
	return e
}

func (w *world) ofOps(ops []*model.Op) effect {
	var e effect
	for _, op := range ops {
		e.add(w.ofOp(op))
	}
	return e
}

func (w *world) ofOp(op *model.Op) effect {
	switch op.Kind {
	case model.OpInvoke:
		if op.Callee != nil {
			return w.of(op.Callee)
		}
	case model.OpStorage, model.OpKV:
		switch op.Method {
		case "get", "list":
			return effect{reads: true}
		case "put", "delete", "deleteAlarm":
			return effect{writes: true}
		case "deleteAll":
			return effect{writes: true, wipes: true}
		case "setAlarm":
			return effect{writes: true, alarm: true}
		}
	case model.OpSQL:
		if op.SQL == nil {
			return effect{writes: op.Method == "exec"}
		}
		var e effect
		for _, s := range op.SQL.Statements {
			e.writes = e.writes || s.Write()
			e.wipes = e.wipes || s.Verb == "DROP"
			e.reads = e.reads || s.Verb == "SELECT" || s.Verb == "UPDATE" || s.Verb == "DELETE"
		}
		return e
	case model.OpORM:
		return effect{writes: slices.Contains([]string{"insert", "update", "delete", "run", "transaction", "insertInto", "updateTable", "deleteFrom"}, op.Method)}
	case model.OpFieldWrite, model.OpFieldMutate, model.OpGlobalWrite:
		return effect{writes: true}
	case model.OpStub:
		if c := w.classOf(op.Recv.Name); c != nil && op.Method != "fetch" {
			if f := c.Member(op.Method); f != nil {
				e := w.of(f)
				e.alarm = false
				return e
			}
		}
	case model.OpCall:
		if op.Method == "setState" || op.Method == "schedule" {
			return effect{writes: true, alarm: op.Method == "schedule"}
		}
	}
	return effect{}
}

// takesAway reports a name that says that something goes.
var takesAway = regexp.MustCompile(`(?i)^(reset|delete|clear|destroy|purge|wipe|remove|drop|forget|close|logout|revoke|ban|kick|unsubscribe|leave|uninstall|terminate|un[a-z]*ship|expire|flush)`).MatchString
