package model

import (
	"bytes"

	"durable-objects-mcp/internal/syntax"
)

// program is what the files of one project share. A question about a node can
// be put to any of its modules.
type program struct {
	modules []*Module
	home    map[*syntax.Tree]*Module
	asked   *Module // the last answer of Home that was another file

	bound map[string]bool // classes that the configuration binds
	names map[string]bool // names of env that are namespaces

	calls   map[*Binding][]syntax.Node // calls of module functions, for parameter types
	methods map[string][]syntax.Node   // calls of methods by their name
	news    []syntax.Node              // new expressions and super calls
	made    map[*Class][]syntax.Node   // those by class, once asked for
	inner   map[*Func][]*Func          // functions that stand in another, once asked for

	bindings slab[Binding]
	ops      slab[Op]
	paths    slab[Path]

	calling  []*Op            // where extract works
	scratch  []Step           // where Expand works
	expanded map[*Func][]Step // what Expand has laid out
	classOps map[*Class][]*Op // what ClassOps has gathered
	reached  map[*Class][]*Op // what ReachedOps has gathered
	opIndex  *opIndex         // what AllOps and Invocations look up
}

// Project is what is known about the files beyond their text.
type Project struct {
	// Classes and Namespaces are the classes that the Workers configuration
	// binds as Durable Objects, and the names of env that it binds them to.
	Classes, Namespaces []string
	// Link returns the file that an import specifier in a file leads to, or nil
	// for a package and for what is not among the files.
	Link func(from *syntax.Tree, specifier string) *syntax.Tree
}

// BuildAll understands the files of one project together. The modules are in
// the order of the trees.
func BuildAll(trees []*syntax.Tree, project Project) []*Module {
	g := &program{
		home:  map[*syntax.Tree]*Module{},
		bound: map[string]bool{}, names: map[string]bool{},
		calls: map[*Binding][]syntax.Node{}, methods: map[string][]syntax.Node{},
		expanded: map[*Func][]Step{}, classOps: map[*Class][]*Op{}, reached: map[*Class][]*Op{},
	}
	for _, c := range project.Classes {
		g.bound[c] = true
	}
	for _, n := range project.Namespaces {
		g.names[n] = true
	}
	for _, tree := range trees {
		m := &Module{program: g, Tree: tree, test: TestFile(tree.Path), table: newTable(tree)}
		g.modules = append(g.modules, m)
		g.home[tree] = m
	}
	for _, m := range g.modules {
		m.collect()
		m.bind()
		m.namespaces()
	}
	if project.Link != nil {
		for _, m := range g.modules {
			m.link(project.Link)
		}
		for _, m := range g.modules {
			m.gatherCalls()
		}
	}
	for _, m := range g.modules {
		m.collectMade()
	}
	g.classify()
	for _, m := range g.modules {
		m.markHandlers()
	}
	for _, m := range g.modules {
		for _, f := range m.Funcs {
			m.extract(f)
		}
	}
	return g.modules
}

// Build understands one file alone. bound names classes that the Workers
// configuration binds as Durable Objects; it may be nil.
func Build(tree *syntax.Tree, bound []string) *Module {
	return BuildAll([]*syntax.Tree{tree}, Project{Classes: bound})[0]
}

// Memo returns what build made of a module the first time that it was asked for
// under the key. A check's own package makes its keys.
func Memo[T any](m *Module, key string, build func() T) T { return memo(&m.memo, key, build) }

// Brief is like Memo for what holds on to Steps; it ends with Forget.
func Brief[T any](m *Module, key string, build func() T) T { return memo(&m.brief, key, build) }

func memo[T any](kept *map[string]any, key string, build func() T) T {
	if v, ok := (*kept)[key]; ok {
		return v.(T)
	}
	if *kept == nil {
		*kept = map[string]any{}
	}
	v := build()
	(*kept)[key] = v
	return v
}

// Home is the module that a node stands in.
func (m *Module) Home(n syntax.Node) *Module {
	if n.Tree() == m.Tree {
		return m
	}
	if last := m.asked; last != nil && last.Tree == n.Tree() {
		return last
	}
	if h := m.home[n.Tree()]; h != nil {
		m.asked = h
		return h
	}
	return m
}

// link points each imported name to what the other file exports.
func (m *Module) link(find func(*syntax.Tree, string) *syntax.Tree) {
	m.links = map[string]*Module{}
	target := func(specifier string) *Module {
		if to, ok := m.links[specifier]; ok {
			return to
		}
		to := m.home[find(m.Tree, specifier)]
		m.links[specifier] = to
		return to
	}
	for n := range m.Tree.Root().NamedChildren() {
		if n.Is(syntax.ExportStatement) {
			if source := n.Child(syntax.FieldSource); source.OK() {
				target(unquote(source.Text()))
			}
		}
	}
	s := m.scope(m.Tree.Root())
	for i := range m.Imports {
		imp := &m.Imports[i]
		to := target(imp.From)
		b := s.get(imp.Local)
		if to == nil || b == nil || b.Module != imp {
			continue
		}
		if imp.Imported == "*" {
			b.Space = to
		} else {
			b.target = func() *Binding { return to.exported(imp.Imported, 0) }
		}
	}
}

// gatherCalls counts the calls of imported names as calls of what they are.
func (m *Module) gatherCalls() {
	s := m.scope(m.Tree.Root())
	for i := range m.Imports {
		b := s.get(m.Imports[i].Local)
		if o := b.origin(); o != b && len(m.calls[b]) > 0 {
			m.calls[o] = append(m.calls[o], m.calls[b]...)
		}
	}
}

// callsOf are the calls of a function by its name, in all files.
func (m *Module) callsOf(f *Func) []syntax.Node {
	if f.Name == "" {
		return nil
	}
	if named := m.lookup(f.Node, f.Name); named != nil && named.Func == f {
		return m.calls[named]
	}
	return nil
}

// origin follows an imported name to the binding that the other file exports;
// other bindings are their own.
func (b *Binding) origin() *Binding {
	if b == nil || b.target == nil {
		return b
	}
	if !b.followed {
		b.followed = true
		b.source = b.target()
	}
	if b.source == nil {
		return b
	}
	return b.source
}

const maxReexports = 12

// exported finds the binding that a module exports under a name, through
// re-exports, or nil.
func (m *Module) exported(name string, depth int) *Binding {
	if depth > maxReexports {
		return nil
	}
	if b, ok := m.exports[name]; ok {
		return b
	}
	b := m.findExport(name, depth)
	if m.exports == nil {
		m.exports = map[string]*Binding{}
	}
	m.exports[name] = b
	return b
}

func (m *Module) findExport(name string, depth int) *Binding {
	root := m.Tree.Root()
	var stars []*Module
	for n := range root.NamedChildren() {
		if !n.Is(syntax.ExportStatement) {
			continue
		}
		var from *Module
		if source := n.Child(syntax.FieldSource); source.OK() {
			from = m.links[unquote(source.Text())]
			if from == nil {
				continue
			}
			if n.HasToken("*") && !n.FirstOf(syntax.NamespaceExport).OK() {
				stars = append(stars, from)
			}
		}
		for spec := range n.FirstOf(syntax.ExportClause).NamedChildren() {
			local, as := spec.Child(syntax.FieldName), spec.Child(syntax.FieldAlias)
			if !as.OK() {
				as = local
			}
			if as.Text() != name {
				continue
			}
			if from != nil {
				return from.exported(local.Text(), depth+1)
			}
			if s := m.scope(root); s != nil {
				return s.get(local.Text()).origin()
			}
		}
		if from != nil {
			continue
		}
		if name == "default" && n.HasToken("default") {
			return m.defaultExport(n)
		}
		if !n.HasToken("default") && declares(n.Child(syntax.FieldDeclaration), name) {
			if s := m.scope(root); s != nil {
				return s.get(name)
			}
		}
	}
	for _, from := range stars {
		if b := from.exported(name, depth+1); b != nil {
			return b
		}
	}
	return nil
}

func (m *Module) defaultExport(n syntax.Node) *Binding {
	v := unwrap(n.Child(syntax.FieldValue))
	if !v.OK() {
		v = n.Child(syntax.FieldDeclaration)
	}
	if v.Is(syntax.Identifier) {
		return m.Resolve(v)
	}
	return &Binding{Name: "default", Decl: n, Init: v, Const: true, Global: true, Func: m.Func(v), Class: m.class(v)}
}

// declares reports whether a declaration declares a name.
func declares(d syntax.Node, name string) bool {
	if d.Child(syntax.FieldName).Text() == name {
		return true
	}
	for v := range d.NamedChildren() {
		if !v.Is(syntax.VariableDeclarator) {
			continue
		}
		pattern := v.Child(syntax.FieldName)
		if pattern.Text() == name {
			return true
		}
		if pattern.Is(syntax.ObjectPattern, syntax.ArrayPattern) {
			for id := range pattern.Descendants() {
				if id.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifierPattern) && id.Text() == name {
					return true
				}
			}
		}
	}
	return false
}

// namespaces notes the names that the file treats or declares as Durable Object
// namespaces: ROOM.getByName(…), ROOM: DurableObjectNamespace<Room>.
func (m *Module) namespaces() {
	src := m.Tree.Src
	for _, method := range namespaceCalls {
		for at := 0; ; at += len(method) {
			i := bytes.Index(src[at:], method)
			if i < 0 {
				break
			}
			at += i
			if name := wordBefore(src, at); name != "" {
				m.names[name] = true
			}
		}
	}
	for at := 0; ; at += len(namespaceType) {
		i := bytes.Index(src[at:], namespaceType)
		if i < 0 {
			return
		}
		at += i
		if key, ok := bytes.CutSuffix(bytes.TrimRight(src[:at], " \t"), []byte(":")); ok {
			key = bytes.TrimRight(bytes.TrimRight(key, " \t"), "?")
			if name := wordBefore(key, len(key)); name != "" {
				m.names[name] = true
			}
		}
	}
}

var (
	namespaceType  = []byte("DurableObjectNamespace")
	namespaceCalls = [][]byte{[]byte(".getByName("), []byte(".idFromName("), []byte(".idFromString("), []byte(".newUniqueId("), []byte(".jurisdiction(")}
)

// wordBefore is the identifier that ends at an offset, or "".
func wordBefore(s []byte, end int) string {
	start := end
	for start > 0 && wordByte(s[start-1]) {
		start--
	}
	return string(s[start:end])
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// constructions are the new expressions, and the super calls of subclasses, that
// run a class's constructor.
func (m *Module) constructions(c *Class) []syntax.Node {
	if m.made == nil {
		m.made = map[*Class][]syntax.Node{}
		for _, n := range m.news {
			callee := n.Child(syntax.FieldConstructor)
			var made *Class
			if n.Is(syntax.CallExpression) {
				if sub := m.ClassAt(n); sub != nil {
					made = sub.Super
				}
			} else {
				made = m.baseOf(callee, 0).class
			}
			for depth := 0; made != nil && depth < 16; depth++ {
				m.made[made] = append(m.made[made], n)
				if made.Ctor != nil {
					break
				}
				made = made.Super // an inherited constructor
			}
		}
	}
	return m.made[c]
}
