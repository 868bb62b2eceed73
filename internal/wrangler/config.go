package wrangler

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"durable-objects-mcp/internal/wrangler/shape"
)

// Field is one setting. Set is false, and the rest zero, when the file does not
// have it or has it in a wrong shape (then there is a Problem). Only a date that
// TOML has without quotes is both: a Problem, and read as what is meant.
type Field[T any] struct {
	Value T
	Pos   Pos // of the value
	Set   bool
}

// Config is one configuration file. It does not change after Parse and may be
// shared between goroutines.
type Config struct {
	Path   string
	Source []byte

	Scope // the top level

	Envs     []Env     // the blocks of "env", in file order
	EnvPos   Pos       // of the key "env"
	Previews *Env      // the block "previews", if there is one
	Problems []Problem // wrong shapes, in file order
	Keys     []Key     // every key of the top level, in file order
	Unknown  []Key     // keys that wrangler does not know, in the parts that Scope models

	// The text, and what the planner works on: the syntax of a JSONC file, or the
	// tree of a TOML file.
	text *source
	json *document
	toml *value
}

// Scope is what one level of the file says: the top level or an environment.
// What another level lends to an environment is not in here; see
// [Config.Resolve].
type Scope struct {
	Name               Field[string]
	Main               Field[string]
	CompatibilityDate  Field[string]
	CompatibilityFlags []Field[string]
	PagesOutput        Field[string] // pages_build_output_dir: the project is a Pages project

	HasDurableObjects bool // the key "durable_objects" is present
	DurableObjectsPos Pos  // of that key
	Bindings          []Binding
	CodeUpdate        CodeUpdate

	HasMigrations bool // the key "migrations" is present, if only as []
	MigrationsPos Pos
	Migrations    []Migration

	HasExports bool // the key "exports" is present
	ExportsPos Pos
	Exports    []Export

	HasContainers bool // the key "containers" is present
	Containers    []Container

	HasFlags      bool // compatibility_flags is present
	HasVars       bool // vars is present
	CPUms         Field[float64]
	Observability Observability
	Vars          map[string]json.RawMessage
	VarPos        map[string]Pos
	Others        []OtherBinding

	history *history
}

// Binding is one element of durable_objects.bindings. A part that is absent
// is empty and its place unset.
type Binding struct {
	Name, ClassName, ScriptName, Environment string

	Pos                          Pos // of the element
	NamePos, ClassPos, ScriptPos Pos // of the values

	index int // in the array, where elements of a wrong shape count too
}

// CodeUpdate is durable_objects.code_update_strategy: when running objects get the
// code of a new deploy.
type CodeUpdate struct {
	Pos      Pos            // of the key; unset if the block is absent
	Mode     Field[string]  // "immediate" or "deferred"
	MaxDelay Field[float64] // seconds
}

// Migration is one element of migrations.
type Migration struct {
	Tag         string
	Pos         Pos        // of the element
	TagPos      Pos        // of the tag's value; unset if there is none
	New         []ClassRef // new_classes: the key-value backend
	NewSQLite   []ClassRef // new_sqlite_classes
	Renamed     []Rename
	Deleted     []ClassRef
	Transferred []Transfer
}

// ClassRef is a class name in a list.
type ClassRef struct {
	Name string
	Pos  Pos
}

// Rename is one element of renamed_classes, or a request for one (then
// without a place).
type Rename struct {
	From, To string
	Pos      Pos
}

// Transfer is one element of transferred_classes, or a request for one (then
// without a place): class From of the Worker FromScript becomes To here.
type Transfer struct {
	From, FromScript, To string
	Pos                  Pos
}

// Export is one entry of the declarative "exports". Of the types, only
// "durable-object" concerns this package.
type Export struct {
	Class         string
	Type          string // "durable-object", "worker" or "workflow"
	State         string // "" (created), "created", "renamed", "deleted", "transferred", "expecting-transfer"
	Storage       string // "sqlite" or "legacy-kv"
	RenamedTo     string
	TransferredTo string
	TransferFrom  string
	Container     string // the name of the container that belongs to it
	Pos           Pos    // of the key
	ValuePos      Pos
	StoragePos    Pos
	StatePos      Pos
}

// Container is one element of containers. It belongs to the class that it names, or to
// the one whose entry in exports names it.
type Container struct {
	Name, ClassName string
	Pos             Pos // of the element
}

// Observability is the block of that name.
type Observability struct {
	Pos           Pos // of the key; unset if the block is absent
	Enabled       Field[bool]
	LogsEnabled   Field[bool]
	TracesEnabled Field[bool]
}

// OtherBinding is something else that appears on env.
type OtherBinding struct {
	Kind string // the key: "kv_namespaces", "r2_buckets", "queues", "ai", …
	Name string // as code sees it on env
	Pos  Pos
}

// Env is one environment, as written.
type Env struct {
	Name string // of the environment; the Worker's own name is Scope.Name
	Pos  Pos    // of its key
	Scope
}

// Problem is a place whose shape wrangler would not accept or not read as
// meant. The message says what is allowed.
type Problem struct {
	Pos     Pos
	Message string

	// Refused says that wrangler refuses to deploy a file with it. Of others it
	// warns, or it says nothing.
	Refused bool

	// Unread says that what stands there could not be taken over into the Config.
	Unread bool

	// blocks tells the planner that it cannot edit this part safely.
	blocks bool

	around []Pos // of what the place is a part of
}

// About reports whether a message about a place says what the problem is: it is the
// same place, or that of the entry which the problem is a part of.
func (p *Problem) About(at Pos) bool { return at == p.Pos || slices.Contains(p.around, at) }

// Key is a key of an object; In is the path of that object, "" for the top.
type Key struct {
	Name, In string
	Pos      Pos
}

// Lifecycle is the form in which a config declares its Durable Object classes.
// wrangler refuses Both. In exports only entries of type durable-object count: those
// of a Worker's entrypoints and workflows stand beside migrations as well.
type Lifecycle string

// The forms of a lifecycle.
const (
	None       Lifecycle = "none"
	Migrations Lifecycle = "migrations"
	Exports    Lifecycle = "exports"
	Both       Lifecycle = "both"
)

// Lifecycle tells which form the scope uses. Exports that are empty are those of a
// Worker whose classes are all gone.
func (s *Scope) Lifecycle() Lifecycle {
	declares := slices.ContainsFunc(s.Exports, func(x Export) bool { return x.Type == "durable-object" })
	switch {
	case declares && len(s.Migrations) > 0:
		return Both
	case declares:
		return Exports
	case len(s.Migrations) > 0:
		return Migrations
	case s.HasExports && len(s.Exports) == 0:
		return Exports
	case s.HasMigrations:
		return Migrations
	}
	return None
}

// Own reports whether a binding is to a class of this Worker.
func (s *Scope) Own(b Binding) bool {
	return b.ScriptName == "" || s.Name.Set && b.ScriptName == s.Name.Value
}

// Resolve returns what an environment amounts to: its own settings, and those
// of the top level that wrangler lets it inherit (a setting is replaced as a
// whole, never merged). Durable Object bindings, vars and other bindings are
// not inherited. ok is false if there is no such environment.
func (c *Config) Resolve(env string) (s Scope, ok bool) {
	for i := range c.Envs {
		if c.Envs[i].Name == env {
			return c.Envs[i].inherit(&c.Scope), true
		}
	}
	return Scope{}, false
}

// Of returns what the file says of a class of the Worker of that name, which it
// configures at its top or in an environment. ok is false if it is not the file of
// that Worker.
func (c *Config) Of(worker, class string) (o Other, ok bool) {
	levels := []Scope{c.Scope}
	for _, e := range c.Envs {
		levels = append(levels, e.inherit(&c.Scope))
	}
	for _, s := range levels {
		if !s.Name.Set || s.Name.Value != worker {
			continue
		}
		o = Other{Place: c.Path, Lifecycle: s.Lifecycle()}
		if state := s.Class(class); state.Live {
			o.Place, o.Backend = fmt.Sprintf("%s:%d", c.Path, state.CreatedAt.Line), state.Backend
		}
		return o, true
	}
	return Other{}, false
}

// In returns the configuration as one environment sees it: its top level is what
// the environment amounts to. The error names the environments that there are.
func (c *Config) In(env string) (*Config, error) {
	s, ok := c.Resolve(env)
	if !ok {
		names := make([]string, len(c.Envs))
		for i := range c.Envs {
			names[i] = c.Envs[i].Name
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s has no environments, so none is called %q", c.Path, env)
		}
		return nil, fmt.Errorf("%s has no environment %q; it has %s", c.Path, env, strings.Join(names, ", "))
	}
	in := *c
	in.Scope = s
	return &in, nil
}

func (e *Env) inherit(top *Scope) Scope {
	s := e.Scope
	if !s.Name.Set && top.Name.Set {
		s.Name = top.Name
		s.Name.Value += "-" + e.Name
	}
	s.Main = orElse(s.Main, top.Main)
	s.CompatibilityDate = orElse(s.CompatibilityDate, top.CompatibilityDate)
	s.CPUms = orElse(s.CPUms, top.CPUms)
	if !s.HasFlags {
		s.HasFlags, s.CompatibilityFlags = top.HasFlags, top.CompatibilityFlags
	}
	if !s.HasMigrations {
		s.HasMigrations, s.MigrationsPos, s.Migrations = top.HasMigrations, top.MigrationsPos, top.Migrations
	}
	if !s.HasExports {
		s.HasExports, s.ExportsPos, s.Exports = top.HasExports, top.ExportsPos, top.Exports
	}
	if !s.Observability.Pos.IsSet() {
		s.Observability = top.Observability
	}
	s.history = replay(&s)
	return s
}

func orElse[T any](own, inherited Field[T]) Field[T] {
	if own.Set {
		return own
	}
	return inherited
}

// Faults lists all that is wrong with the shape of the file: its Problems, and where
// else it departs from wrangler's own schema, which covers all keys, those too that
// Scope does not model.
func (c *Config) Faults() []Problem {
	root := c.root()
	out := slices.Clone(c.Problems)
	known := map[Pos]*Problem{}
	for i := range out {
		known[out[i].Pos] = &out[i]
	}
	for _, f := range shape.Faults(root.raw()) {
		p := Problem{Pos: c.text.pos(root.locate(f.Path, f.Key)), Message: f.Message, Refused: f.Refused}
		// Below the top level, where a key holds many things.
		for i := 2; i <= len(f.Path); i++ {
			at, key := c.text.pos(root.locate(f.Path[:i], "")), c.text.pos(root.locate(f.Path[:i-1], f.Path[i-1]))
			p.around = append(p.around, at, key)
		}
		if same := known[p.Pos]; same != nil {
			same.Refused, same.around = p.Refused, p.around
		} else {
			out = append(out, p)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return before(out[i].Pos, out[j].Pos) })
	return out
}

// Misshapen lists the Faults that are no Problems.
func (c *Config) Misshapen() []Problem {
	said := map[Pos]bool{}
	for _, p := range c.Problems {
		said[p.Pos] = true
	}
	return slices.DeleteFunc(c.Faults(), func(p Problem) bool { return said[p.Pos] })
}

// root is the tree of the file.
func (c *Config) root() *value {
	if c.toml != nil {
		return c.toml
	}
	return c.json.tree()
}

// LineText returns a line of the file without surrounding space, for quoting.
// It is empty for a line that does not exist.
func (c *Config) LineText(line int) string { return c.text.line(line) }
