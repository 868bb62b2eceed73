package model

import (
	"iter"
	"slices"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Step is an operation as it happens when an entry point runs, with the helpers
// that it calls laid out in place.
type Step struct {
	*Op
	// Calls are the OpInvoke operations that lead here, outermost first.
	Calls []*Op
	// Chain is where the step stands: the paths of each call and its own,
	// outermost first.
	Chain []Place
	// Detached reports a step that runs later or without being waited for.
	Detached bool

	frames []int // the activations of functions that it runs in, outermost first
}

// Place is a path step within one activation of a function.
type Place struct {
	*Path
	frame int
}

const (
	maxCallDepth = 6
	// maxSteps bounds one layout; what comes after is not seen. A file of very many
	// functions that all call each other gets shorter ones, minSteps at the least.
	maxSteps   = 1500
	minSteps   = 40
	totalSteps = 60_000
)

// stepLimit is how many steps a function of the module is laid out in at the most.
func (m *Module) stepLimit() int {
	return max(minSteps, min(maxSteps, totalSteps/max(1, len(m.Funcs))))
}

// Expand lays out what a function does, in evaluation order, following calls of
// functions in the file up to six deep. Recursion is not followed. The result is
// shared: it must not be changed.
func (m *Module) Expand(f *Func) []Step {
	if steps, ok := m.expanded[f]; ok {
		return steps
	}
	e := &expander{m: m, limit: m.Home(f.Node).stepLimit()}
	e.steps = m.scratch[:0]
	e.run(f, nil, nil, []int{0}, false)
	m.scratch = e.steps[:0]
	steps := slices.Clone(e.steps)
	m.expanded[f] = steps
	return steps
}

// Forget drops what Expand has laid out and what was made of it with Brief. What is
// asked for again is made again.
func (m *Module) Forget() {
	clear(m.expanded)
	clear(m.brief)
}

type expander struct {
	m      *Module
	limit  int
	steps  []Step
	frames int
}

func (e *expander) run(f *Func, calls []*Op, chain []Place, frames []int, detached bool) {
	frame := frames[len(frames)-1]
	here, at := chain[:len(chain):len(chain)], (*Path)(nil)
	for _, op := range f.Ops {
		if len(e.steps) >= e.limit {
			return
		}
		if op.Path != at {
			at = op.Path
			here = append(chain[:len(chain):len(chain)], places(op.Path, frame)...)
		}
		e.steps = append(e.steps, Step{Op: op, Calls: calls, Chain: here, Detached: detached, frames: frames})
		if op.Kind != OpInvoke || op.Callee == nil || len(calls) >= maxCallDepth || onStack(calls, f, op.Callee) {
			continue
		}
		e.frames++
		later := detached || op.Mode == Later
		e.run(op.Callee, append(calls[:len(calls):len(calls)], op), here, append(frames[:len(frames):len(frames)], e.frames), later)
	}
}

func onStack(calls []*Op, f, callee *Func) bool {
	if callee == f {
		return true
	}
	for _, c := range calls {
		if c.Callee == callee || c.Func == callee {
			return true
		}
	}
	return false
}

func places(p *Path, frame int) []Place {
	var out []Place
	for ; p != nil; p = p.Up {
		out = append(out, Place{p, frame})
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// Within returns the innermost place of the kind that the step stands in.
func (s Step) Within(kind PathKind) *Path {
	for i := len(s.Chain) - 1; i >= 0; i-- {
		if s.Chain[i].Kind == kind {
			return s.Chain[i].Path
		}
	}
	return nil
}

// Guarded returns the blockConcurrencyWhile, transaction or transactionSync
// region that the step runs in, or nil.
func (s Step) Guarded() *Path { return s.Within(Guard) }

// At is where a reader of the file sees the step: the step itself, or the call in
// this file through which another file's code runs.
func (s Step) At(m *Module) syntax.Node {
	if s.Node.Tree() == m.Tree {
		return s.Node
	}
	for i := len(s.Calls) - 1; i >= 0; i-- {
		if n := s.Calls[i].Node; n.Tree() == m.Tree {
			return n
		}
	}
	return s.Node
}

// Reaches reports whether control can go from a to the later step b within one
// run: they are not in different arms of one branch, the arm of a does not leave
// the function before b, and a throws nothing that goes uncaught.
func Reaches(a, b Step) bool {
	if a.Op != nil && a.Kind == OpThrow && a.Within(Try) == nil {
		return false
	}
	for i, pa := range a.Chain {
		shared := i < len(b.Chain) && b.Chain[i] == pa
		if shared {
			continue
		}
		if pa.Kind == Arm {
			for _, pb := range b.Chain {
				if pb.Kind == Arm && pb.frame == pa.frame && pb.Node == pa.Node && pb.Arm != pa.Arm {
					return false
				}
			}
		}
		if pa.Exits && slices.Contains(b.frames, pa.frame) {
			return false
		}
	}
	return true
}

// Access is one touch of a place where state lives.
type Access struct {
	// Place is "kv:<key>", "sql:<table>", "field:<name>", "global:<name>" or
	// "alarm"; a key with inserted values has a Hole for each.
	Place string
	Write bool
}

// Accesses are the places that an operation touches. A read-modify-write in one
// statement is a write only: nothing can come between. The result is shared: it
// must not be changed.
func (m *Module) Accesses(op *Op) []Access {
	if !op.looked {
		op.looked, op.accesses = true, m.accesses(op)
	}
	return op.accesses
}

func (m *Module) accesses(op *Op) []Access {
	switch op.Kind {
	case OpFieldRead:
		return []Access{{"field:" + m.fieldName(op), false}}
	case OpFieldWrite, OpFieldMutate:
		return []Access{{"field:" + m.fieldName(op), true}}
	case OpGlobalRead:
		return []Access{{"global:" + op.Name, false}}
	case OpGlobalWrite:
		return []Access{{"global:" + op.Name, true}}
	case OpStorage, OpKV:
		return m.storageAccess(op)
	case OpSQL:
		if op.SQL == nil {
			return nil
		}
		var out []Access
		for _, s := range op.SQL.Statements {
			for _, t := range s.Writes {
				out = append(out, Access{"sql:" + t, true})
			}
			for _, t := range s.Reads {
				out = append(out, Access{"sql:" + t, false})
			}
		}
		return out
	}
	return nil
}

// fieldName is a field's name, after its class where that is a helper of the
// object and not the object itself.
func (m *Module) fieldName(op *Op) string {
	if c := m.ownerClass(op.Func); c != nil && c.Object == "" && c.Name != "" {
		return c.Name + "." + op.Name
	}
	return op.Name
}

func (m *Module) storageAccess(op *Op) []Access {
	write := false
	switch op.Method {
	case "setAlarm", "deleteAlarm":
		return []Access{{"alarm", true}}
	case "getAlarm":
		return []Access{{"alarm", false}}
	case "put", "delete":
		write = true
	case "get", "list":
	default:
		return nil
	}
	arg := argument(op.Node, 0)
	if op.Method == "list" {
		return []Access{{"kv:*", false}}
	}
	if obj := unwrap(arg); obj.Is(syntax.Object) { // put({ a, b })
		var out []Access
		for p := range obj.NamedChildren() {
			key := p.Child(syntax.FieldKey)
			switch {
			case key.Is(syntax.ComputedPropertyName):
				out = append(out, Access{"kv:" + m.Key(key.NamedChild(0)), write})
			case key.OK():
				out = append(out, Access{"kv:" + unquoteKey(key.Text()), write})
			default:
				out = append(out, Access{"kv:" + unquoteKey(p.Text()), write})
			}
		}
		return out
	}
	return []Access{{"kv:" + m.Key(arg), write}}
}

func unquoteKey(s string) string {
	if strings.HasPrefix(s, `"`) || strings.HasPrefix(s, "'") {
		return unquote(s)
	}
	return s
}

// Key is a storage key as text that two calls can be compared by: constant text
// where it is known, with the source of inserted expressions where it is not.
func (m *Module) Key(n syntax.Node) string {
	if text, ok := m.Text(n); ok {
		return text
	}
	return strings.Join(strings.Fields(n.Text()), " ")
}

// DependsOn reports whether an expression's value comes from one of the source
// nodes, through variables of the file.
func (m *Module) DependsOn(expr syntax.Node, sources ...syntax.Node) bool {
	d := depender{m: m, sources: sources, seen: map[*Binding]bool{}}
	return d.node(expr)
}

// ParamsIn are the positions of a function's parameters that an expression's
// value comes from, through variables of the file.
func (m *Module) ParamsIn(expr syntax.Node, f *Func) []int {
	d := depender{m: m, seen: map[*Binding]bool{}}
	d.node(expr)
	var out []int
	for b := range d.seen {
		if b.Param == f {
			out = append(out, b.Index)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

type depender struct {
	m       *Module
	sources []syntax.Node
	seen    map[*Binding]bool
}

func (d *depender) node(expr syntax.Node) bool {
	for n := range expr.Descendants() {
		for _, s := range d.sources {
			if n == s {
				return true
			}
		}
		if !n.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifier) {
			continue
		}
		b := d.m.Resolve(n)
		if b == nil || d.seen[b] {
			continue
		}
		d.seen[b] = true
		for _, def := range d.m.Definitions(b, n) {
			if d.node(def) {
				return true
			}
		}
	}
	return false
}

// Definitions are the expressions that a variable may hold where it is used:
// those assigned before, back to the last one that must have run, and those
// assigned later in a loop around both.
func (m *Module) Definitions(b *Binding, use syntax.Node) []syntax.Node {
	var defs []syntax.Node
	if b.Init.OK() {
		defs = append(defs, b.Init)
	}
	for _, w := range b.Writes {
		if w.OK() {
			defs = append(defs, w)
		}
	}
	sortBy(defs, func(n syntax.Node) int { return n.Start() })
	var out []syntax.Node
	for i := len(defs) - 1; i >= 0; i-- {
		def := defs[i]
		if def.Start() > use.Start() {
			if loop := enclosingLoop(use); loop.OK() && loop.Contains(def) {
				out = append(out, def)
			}
			continue
		}
		out = append(out, def)
		if m.blockScope(def).Contains(use) && !conditional(def) {
			break
		}
	}
	return out
}

func enclosingLoop(n syntax.Node) syntax.Node {
	for a := range n.Ancestors() {
		if a.Is(syntax.ForStatement, syntax.ForInStatement, syntax.WhileStatement, syntax.DoStatement) {
			return a
		}
	}
	return syntax.Node{}
}

// conditional reports an assigned expression that may not be evaluated though
// its block runs: x ??= v, c && (x = v), if (c) x = v.
func conditional(def syntax.Node) bool {
	for a := range def.Ancestors() {
		switch a.Kind() {
		case syntax.AugmentedAssignmentExpression, syntax.TernaryExpression, syntax.IfStatement, syntax.SwitchCase:
			return true
		case syntax.BinaryExpression:
			if op := a.Operator(); op == "&&" || op == "||" || op == "??" {
				return true
			}
		case syntax.StatementBlock, syntax.Program:
			return false
		}
	}
	return false
}

// Conditions are the conditions that decide whether a step runs: those of the
// arms that it stands in, and those of earlier arms that leave the function
// (`if (x) return;`) and that the step comes after.
func (m *Module) Conditions(steps []Step, at int) []syntax.Node {
	var out []syntax.Node
	s := steps[at]
	for _, p := range s.Chain {
		if p.Kind == Arm && p.Cond.OK() {
			out = append(out, p.Cond)
		}
	}
	for _, e := range steps[:at] {
		if e.Kind != OpReturn && e.Kind != OpThrow || len(e.Chain) == 0 {
			continue
		}
		last := e.Chain[len(e.Chain)-1]
		if last.Kind == Arm && last.Exits && last.Cond.OK() && len(e.Calls) <= len(s.Calls) && !Reaches(e, s) {
			out = append(out, last.Cond)
		}
	}
	return out
}

// Entries are the functions of an object that the platform or a caller runs:
// handlers, RPC methods and the constructor. #private members and getters are
// helpers; a framework's own hooks count as methods.
func (c *Class) Entries() []*Func {
	var out []*Func
	for _, f := range c.Methods {
		if f.Kind == Method && !f.Hidden && !f.Static && !f.Restricted {
			out = append(out, f)
		}
	}
	return out
}

// Handlers are the names of the methods that the platform calls itself.
var Handlers = map[string]bool{
	"fetch": true, "alarm": true, "webSocketMessage": true, "webSocketClose": true, "webSocketError": true,
}

// ClassOps are the operations of every function of the class, its callbacks
// included. The result is shared: it must not be changed.
func (m *Module) ClassOps(c *Class) []*Op {
	if ops, ok := m.classOps[c]; ok {
		return ops
	}
	var out []*Op
	for _, f := range m.Home(c.Node).Funcs {
		if m.ownerClass(f) == c {
			out = append(out, f.Ops...)
		}
	}
	m.classOps[c] = out
	return out
}

// ReachedOps are the operations of the class and, after them, those of the
// functions that it runs: of the module, of other files, of helper classes.
// Those of other Durable Objects are theirs. Field operations of helper classes
// concern the helper's own fields. The result is shared: it must not be changed.
func (m *Module) ReachedOps(c *Class) []*Op {
	if ops, ok := m.reached[c]; ok {
		return ops
	}
	own := m.ClassOps(c)
	out := own[:len(own):len(own)]
	seen := map[*Func]bool{}
	var visit func(ops []*Op)
	visit = func(ops []*Op) {
		for _, op := range ops {
			f := op.Callee
			if op.Kind != OpInvoke || f == nil || seen[f] {
				continue
			}
			seen[f] = true
			if owner := m.ownerClass(f); owner == c || owner != nil && owner.Object != "" {
				continue
			}
			body := m.withInner(f)
			out = append(out, body...)
			visit(body)
		}
	}
	visit(own)
	m.reached[c] = out
	return out
}

// Reviewed are all functions of the file and, after them, the functions of other
// files that its objects run. The result is shared: it must not be changed.
func (m *Module) Reviewed() []*Func {
	if m.reviewed != nil {
		return m.reviewed
	}
	out := m.Funcs[:len(m.Funcs):len(m.Funcs)]
	seen := map[*Func]bool{}
	for _, c := range m.Objects() {
		for _, op := range m.ReachedOps(c) {
			if f := op.Func; f.Node.Tree() != m.Tree && !seen[f] {
				seen[f] = true
				out = append(out, f)
			}
		}
	}
	m.reviewed = out
	return out
}

// AllFuncs yields every function of the project, file by file.
func (m *Module) AllFuncs() iter.Seq[*Func] {
	return func(yield func(*Func) bool) {
		for _, mod := range m.modules {
			for _, f := range mod.Funcs {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// withInner are the operations of a function and of those that stand in it.
func (m *Module) withInner(f *Func) []*Op {
	if m.inner == nil {
		m.inner = map[*Func][]*Func{}
		for _, mod := range m.modules {
			for _, g := range mod.Funcs {
				if g.Outer != nil {
					m.inner[g.Outer] = append(m.inner[g.Outer], g)
				}
			}
		}
	}
	out := f.Ops[:len(f.Ops):len(f.Ops)]
	for _, g := range m.inner[f] {
		out = append(out, m.withInner(g)...)
	}
	return out
}

// Owner is the class that a function belongs to: as a member, or by standing
// inside one.
func (m *Module) Owner(f *Func) *Class { return m.ownerClass(f) }

func (m *Module) ownerClass(f *Func) *Class {
	for at := f; at != nil; at = at.Outer {
		if at.Class != nil {
			return at.Class
		}
	}
	return m.ClassAt(f.Node) // a callback in a field's initialiser
}

// Member is the class member that a function is or stands in, or nil.
func (f *Func) Member() *Func {
	for ; f != nil; f = f.Outer {
		if f.Class != nil {
			return f
		}
	}
	return nil
}
