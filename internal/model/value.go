package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// ValueKind is what an expression stands for, as far as the platform goes.
type ValueKind uint8

const (
	Unknown    ValueKind = iota
	Instance             // this, or an instance of a class of the file
	Ctx                  // DurableObjectState
	WorkerCtx            // ExecutionContext of a Worker handler
	Env                  // the bindings object
	EnvBinding           // env.NAME
	Storage              // ctx.storage
	SQL                  // ctx.storage.sql
	SyncKV               // ctx.storage.kv
	Namespace            // a Durable Object namespace binding
	Stub                 // a Durable Object stub
	ObjectID             // a Durable Object id
	SocketPair           // new WebSocketPair()
	PairClient           // the end that goes back to the client
	PairServer           // the end that the object keeps
	Socket               // a socket handed over by the runtime, or typed WebSocket
	Sockets              // ctx.getWebSockets()
	List                 // an array of stubs, sockets and the like; Node is one of them
	Upstream             // a client socket that the object opened itself
	Cursor               // what sql.exec returns
	ORM                  // drizzle(ctx.storage) and the like
	Request              // an incoming Request
	Response             // a fetch Response
	FuncValue            // a function of the project
	ClassValue           // a class of the project
	Literal              // an object literal; its members are in Node
	Shape                // something of a declared object type; its members are in Node
	Space                // another file, imported as a whole
	Block                // a namespace; its body is in Node
)

// Value is an expression's meaning.
type Value struct {
	Kind  ValueKind
	Name  string // the binding's name for EnvBinding, Namespace and Stub
	Func  *Func
	Class *Class
	Node  syntax.Node // where the value was made: the exec call of a Cursor, …
	Space *Module     // the file of a Space
}

// Is reports whether the value is of one of the kinds.
func (v Value) Is(kinds ...ValueKind) bool { return slices.Contains(kinds, v.Kind) }

// Eval says what an expression stands for.
func (m *Module) Eval(n syntax.Node) Value { return m.eval(n, 0) }

const maxEval = 24 // alias chains that people write are shorter than ten

func (m *Module) eval(n syntax.Node, depth int) Value {
	n = unwrap(n)
	if !n.OK() || depth > maxEval {
		return Value{}
	}
	if !evaluated[n.Kind()] {
		return Value{}
	}
	if v, ok := m.value(n); ok {
		return v
	}
	m.remember(n, Value{}) // breaks cycles
	v := m.evalNew(n, depth)
	m.remember(n, v)
	return v
}

// evaluated are the kinds of expressions that can stand for something.
var evaluated = kinds(
	syntax.This, syntax.Identifier, syntax.ShorthandPropertyIdentifier, syntax.MemberExpression, syntax.SubscriptExpression,
	syntax.CallExpression, syntax.NewExpression, syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression,
	syntax.BinaryExpression, syntax.Object, syntax.Array, syntax.TernaryExpression,
	syntax.FunctionDeclaration, syntax.FunctionExpression, syntax.ArrowFunction, syntax.MethodDefinition,
	syntax.GeneratorFunction, syntax.GeneratorFunctionDeclaration,
	syntax.ClassDeclaration, syntax.AbstractClassDeclaration, syntax.Class,
)

// kinds is a set that is asked often.
func kinds(list ...syntax.Kind) (set [256]bool) {
	for _, k := range list {
		set[k] = true
	}
	return set
}

func (m *Module) evalNew(n syntax.Node, depth int) Value {
	switch n.Kind() {
	case syntax.This:
		if c := m.thisClass(n); c != nil {
			return Value{Kind: Instance, Class: c}
		}
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		return m.evalName(n, depth)
	case syntax.MemberExpression:
		object, prop := n.Child(syntax.FieldObject), n.Child(syntax.FieldProperty).Text()
		v := m.member(object, prop, n, depth)
		if v.Kind == Unknown && prop == "env" && m.holdsBindings(object) {
			return Value{Kind: Env}
		}
		return v
	case syntax.SubscriptExpression:
		return m.member(n.Child(syntax.FieldObject), strings.Trim(n.Child(syntax.FieldIndex).Text(), `"'`), n, depth)
	case syntax.CallExpression:
		return m.evalCall(n, depth)
	case syntax.NewExpression:
		return m.evalConstruct(n, depth)
	case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
		return m.eval(n.Child(syntax.FieldRight), depth+1)
	case syntax.BinaryExpression:
		if op := n.Operator(); op == "??" || op == "||" {
			if v := m.eval(n.Child(syntax.FieldLeft), depth+1); v.Kind != Unknown {
				return v
			}
			return m.eval(n.Child(syntax.FieldRight), depth+1)
		}
	case syntax.Object:
		return Value{Kind: Literal, Node: n}
	case syntax.Array:
		first := n.NamedChild(0)
		if first.Is(syntax.SpreadElement) {
			if v := m.eval(first.NamedChild(0), depth+1); v.Is(Sockets, List) {
				return v
			}
			return Value{}
		}
		return m.listOf(first, depth)
	case syntax.TernaryExpression:
		if v := m.eval(n.Child(syntax.FieldConsequence), depth+1); v.Kind != Unknown {
			return v
		}
		return m.eval(n.Child(syntax.FieldAlternative), depth+1)
	}
	if f := m.Func(n); f != nil {
		return Value{Kind: FuncValue, Func: f}
	}
	if c := m.class(n); c != nil {
		return Value{Kind: ClassValue, Class: c}
	}
	return Value{}
}

// holdsBindings reports a context of a framework, whose env is the bindings: c
// of Hono, context.cloudflare, event.platform, locals.runtime.
func (m *Module) holdsBindings(object syntax.Node) bool {
	text := object.Text()
	if i := strings.LastIndexByte(text, '.'); i >= 0 {
		text = text[i+1:]
	}
	text = strings.TrimRight(text, "?!")
	if contextNames[text] {
		return true
	}
	if b := m.Resolve(unwrap(object)); b != nil && b.Type.OK() {
		return strings.Contains(b.Type.Text(), "Context")
	}
	return false
}

// contextNames are what people and frameworks call such contexts.
var contextNames = map[string]bool{
	"c": true, "ctx": true, "context": true, "cloudflare": true, "platform": true, "runtime": true, "event": true,
	"args": true, "opts": true, "options": true, "params": true, "this": true, "bindings": true, "worker": true,
}

// thisClass is the class whose instance `this` is at n.
func (m *Module) thisClass(n syntax.Node) *Class {
	for a := range n.Ancestors() {
		switch {
		case a.Is(syntax.FunctionDeclaration, syntax.FunctionExpression, syntax.GeneratorFunction, syntax.GeneratorFunctionDeclaration):
			return nil
		case a.Is(syntax.MethodDefinition) && !a.Parent().Is(syntax.ClassBody):
			return nil // a method of an object literal
		case a.Is(syntax.ClassBody):
			return m.class(a.Parent())
		}
	}
	return nil
}

func (m *Module) evalName(n syntax.Node, depth int) Value {
	b := m.Resolve(n)
	if b == nil {
		return Value{}
	}
	return m.evalBinding(b, depth)
}

func (m *Module) evalBinding(b *Binding, depth int) Value {
	switch {
	case b.Func != nil:
		return Value{Kind: FuncValue, Func: b.Func}
	case b.Class != nil:
		return Value{Kind: ClassValue, Class: b.Class}
	case b.Space != nil:
		return Value{Kind: Space, Space: b.Space}
	case b.Block.OK():
		return Value{Kind: Block, Node: b.Block}
	case b.Module != nil:
		if b.Module.From == "cloudflare:workers" && b.Module.Imported == "env" {
			return Value{Kind: Env}
		}
		return Value{}
	}
	var v Value
	if len(b.Path) == 0 {
		v = m.typeValue(b.Type)
	}
	if v.Kind == Unknown && b.Param != nil {
		v = m.paramValue(b, depth)
	}
	if v.Kind == Unknown && b.Param != nil && len(b.Path) == 0 {
		v = m.eval(b.Decl.Child(syntax.FieldValue), depth+1) // its default
	}
	if v.Kind == Unknown && b.Init.OK() {
		init, path := inLiteral(b.Init, b.Path)
		v = m.eval(init, depth+1)
		if b.Each {
			v = m.element(v, depth)
		}
		v = m.follow(v, path, depth)
	}
	if v.Kind == Unknown && len(b.Writes) > 0 && b.Writes[0].OK() && len(b.Path) == 0 {
		v = m.eval(b.Writes[0], depth+1)
	}
	if v.Kind == Unknown {
		v = m.follow(m.shape(b.Type, 0), b.Path, depth)
	}
	return v
}

// inLiteral follows a pattern's path into an array or object literal:
// const [client, server] = [pair[0], pair[1]].
func inLiteral(init syntax.Node, path []string) (syntax.Node, []string) {
	for len(path) > 0 {
		var part syntax.Node
		switch literal := unwrap(init); literal.Kind() {
		case syntax.Array:
			if i, err := strconv.Atoi(path[0]); err == nil {
				part = literal.NamedChild(i)
			}
		case syntax.Object:
			for pair := range literal.NamedChildren() {
				if pair.Is(syntax.Pair) && pair.Child(syntax.FieldKey).Text() == path[0] {
					part = pair.Child(syntax.FieldValue)
				}
			}
		}
		if !part.OK() {
			break
		}
		init, path = part, path[1:]
	}
	return init, path
}

// element is what iterating a value gives.
func (m *Module) element(v Value, depth int) Value {
	switch v.Kind {
	case Sockets:
		return Value{Kind: Socket}
	case List:
		return m.eval(v.Node, depth+1)
	}
	return Value{}
}

// listOf is the value of an array whose elements are like n. Arrays of other
// things stand for nothing.
func (m *Module) listOf(n syntax.Node, depth int) Value {
	switch m.eval(n, depth+1).Kind {
	case Stub, Namespace, ObjectID, Socket, PairServer:
		return Value{Kind: List, Node: n}
	}
	return Value{}
}

// mapped is the value of an array that a callback makes.
func (m *Module) mapped(callback syntax.Node, depth int) Value {
	if v := m.eval(callback, depth+1); v.Kind == FuncValue {
		return m.listOf(result(m, v.Func), depth)
	}
	return Value{}
}

func (m *Module) follow(v Value, path []string, depth int) Value {
	for _, p := range path {
		v = m.memberOf(v, p, syntax.Node{}, depth)
	}
	return v
}

// member evaluates object.prop.
func (m *Module) member(object syntax.Node, prop string, at syntax.Node, depth int) Value {
	return m.memberOf(m.eval(object, depth+1), prop, at, depth)
}

func (m *Module) memberOf(v Value, prop string, at syntax.Node, depth int) Value {
	switch v.Kind {
	case Instance:
		return m.instanceMember(v.Class, prop, depth)
	case ClassValue:
		if f := v.Class.StaticMember(prop); f != nil {
			return Value{Kind: FuncValue, Func: f}
		}
	case Space:
		if b := v.Space.exported(prop, 0); b != nil {
			return m.evalBinding(b, depth+1)
		}
	case Block:
		if b := m.scope(v.Node).get(prop).origin(); b != nil {
			return m.evalBinding(b, depth+1)
		}
	case Literal:
		return m.literalMember(v.Node, prop, depth)
	case Shape:
		return m.shapeMember(v.Node, prop)
	case Sockets, List:
		if _, err := strconv.Atoi(prop); err == nil {
			return m.element(v, depth)
		}
	case Ctx:
		switch prop {
		case "storage":
			return Value{Kind: Storage}
		case "id":
			return Value{Kind: ObjectID}
		}
	case Storage:
		switch prop {
		case "sql":
			return Value{Kind: SQL}
		case "kv":
			return Value{Kind: SyncKV}
		}
	case Env:
		if m.names[prop] {
			return Value{Kind: Namespace, Name: prop, Node: at}
		}
		return Value{Kind: EnvBinding, Name: prop, Node: at}
	case SocketPair:
		switch prop {
		case "0":
			return Value{Kind: PairClient}
		case "1":
			return Value{Kind: PairServer}
		}
	case Response:
		if prop == "webSocket" {
			return Value{Kind: Upstream}
		}
	}
	return Value{}
}

// literalMember evaluates { … }.prop.
func (m *Module) literalMember(object syntax.Node, prop string, depth int) Value {
	for part := range object.NamedChildren() {
		switch part.Kind() {
		case syntax.Pair:
			if unquoteKey(part.Child(syntax.FieldKey).Text()) == prop {
				return m.eval(part.Child(syntax.FieldValue), depth+1)
			}
		case syntax.ShorthandPropertyIdentifier:
			if part.Text() == prop {
				return m.eval(part, depth+1)
			}
		case syntax.MethodDefinition:
			if f := m.Func(part); f != nil && f.Name == prop {
				if f.Kind == Getter {
					return m.returned(f, depth)
				}
				return Value{Kind: FuncValue, Func: f}
			}
		}
	}
	return Value{}
}

// instanceMember evaluates this.prop: the base class's own members first, then
// the class's fields and getters.
func (m *Module) instanceMember(c *Class, prop string, depth int) Value {
	if f := c.Member(prop); f != nil {
		if f.Kind == Getter {
			for r := range f.Body.Descendants() {
				if r.Is(syntax.ReturnStatement) {
					return m.eval(r.NamedChild(0), depth+1)
				}
			}
			return Value{}
		}
		return Value{Kind: FuncValue, Func: f}
	}
	if fd := c.Field(prop); fd != nil {
		if v := m.typeValue(fd.Type); v.Kind != Unknown {
			return v
		}
		if owner := m.ClassAt(fd.Node); fd.Param && owner != nil && owner.Ctor != nil {
			if b := m.scope(owner.Ctor.Node).get(prop); b != nil {
				return m.evalBinding(b, depth+1)
			}
		}
		if v := m.eval(fd.Init, depth+1); v.Kind != Unknown {
			return v
		}
		return m.shape(fd.Type, 0)
	}
	if c.Object == "" {
		return Value{}
	}
	switch prop {
	case "ctx", "state":
		// state is a framework's own data on an Agent.
		if prop == "ctx" || c.Framework == "" {
			return Value{Kind: Ctx}
		}
	case "env":
		return Value{Kind: Env}
	case "storage":
		if c.Framework != "" {
			return Value{Kind: Storage}
		}
	}
	return Value{}
}

func (m *Module) evalCall(n syntax.Node, depth int) Value {
	callee := unwrap(n.Child(syntax.FieldFunction))
	if callee.Is(syntax.Identifier) {
		switch b := m.Resolve(callee); {
		case b == nil && callee.Text() == "fetch":
			return Value{Kind: Response}
		case b != nil && b.Module != nil && (b.Module.Imported == "drizzle" || strings.Contains(b.Module.From, "kysely")):
			if strings.HasPrefix(b.Module.From, "drizzle-orm/") && !strings.Contains(b.Module.From, "durable") {
				return Value{} // another database, such as D1
			}
			return Value{Kind: ORM}
		case b != nil && b.Module != nil && (b.Module.Imported == "getAgentByName" || b.Module.Imported == "getServerByName"):
			return Value{Kind: Stub, Name: m.eval(argument(n, 0), depth+1).Name, Node: n}
		case b != nil && b.Func != nil:
			return m.returned(b.Func, depth)
		}
		return Value{}
	}
	if !callee.Is(syntax.MemberExpression) {
		return Value{}
	}
	object, method := callee.Child(syntax.FieldObject), callee.Child(syntax.FieldProperty).Text()
	if object.Text() == "Object" && method == "values" {
		if m.eval(argument(n, 0), depth+1).Kind == SocketPair {
			return Value{Kind: SocketPair}
		}
		return Value{}
	}
	switch text := object.Text(); {
	case text == "Array" && method == "from" && argument(n, 1).OK():
		return m.mapped(argument(n, 1), depth)
	case text == "Array" && method == "from", text == "Promise" && method == "all":
		if v := m.eval(argument(n, 0), depth+1); v.Is(Sockets, List) {
			return v
		}
		return Value{}
	case method == "map":
		return m.mapped(argument(n, 0), depth)
	}
	recv := m.eval(object, depth+1)
	switch recv.Kind {
	case Ctx:
		if method == "getWebSockets" {
			return Value{Kind: Sockets}
		}
	case SQL:
		if method == "exec" {
			return Value{Kind: Cursor, Node: n}
		}
	case Namespace, EnvBinding:
		switch method {
		case "getByName":
			return Value{Kind: Stub, Name: recv.Name, Node: n}
		case "get":
			if recv.Kind == Namespace {
				return Value{Kind: Stub, Name: recv.Name, Node: n}
			}
		case "idFromName", "idFromString", "newUniqueId": // also on a renamed binding
			return Value{Kind: ObjectID, Name: recv.Name, Node: n}
		case "jurisdiction":
			return Value{Kind: Namespace, Name: recv.Name}
		case "fetch":
			return Value{Kind: Response}
		}
	case Stub:
		if method == "fetch" {
			return Value{Kind: Response}
		}
	case Sockets, List:
		switch method {
		case "filter", "slice", "toSorted", "sort", "reverse", "values":
			return recv
		case "find", "at", "pop", "shift":
			return m.element(recv, depth)
		}
	case Instance:
		if f := recv.Class.Member(method); f != nil {
			return m.returned(f, depth)
		}
	case ClassValue, Space, Block, Literal:
		if v := m.memberOf(recv, method, n, depth); v.Kind == FuncValue {
			return m.returned(v.Func, depth)
		}
	}
	return Value{}
}

// returned is what a helper's first return statement gives.
func (m *Module) returned(f *Func, depth int) Value {
	return m.eval(result(m, f), depth+1)
}

func (m *Module) evalConstruct(n syntax.Node, depth int) Value {
	ctor := n.Child(syntax.FieldConstructor)
	switch ctor.Text() {
	case "WebSocketPair":
		return Value{Kind: SocketPair, Node: n}
	case "WebSocket":
		return Value{Kind: Upstream, Node: n}
	case "Response":
		return Value{Kind: Response}
	case "Request":
		return Value{Kind: Request}
	}
	if v := m.eval(ctor, depth+1); v.Kind == ClassValue {
		return Value{Kind: Instance, Class: v.Class}
	}
	if b := m.Resolve(ctor); b != nil && b.Module != nil && b.Module.Imported == "Kysely" && m.givenStorage(n, depth) {
		return Value{Kind: ORM}
	}
	return Value{}
}

// givenStorage reports a construction one of whose arguments, or a part of one, is
// the object's context or storage.
func (m *Module) givenStorage(n syntax.Node, depth int) bool {
	for d := range n.Child(syntax.FieldArguments).Descendants() {
		if d.Is(syntax.Identifier, syntax.MemberExpression, syntax.ShorthandPropertyIdentifier) && m.eval(d, depth+1).Is(Ctx, Storage, SQL) {
			return true
		}
	}
	return false
}

// Callee splits a call into receiver and method; for a plain call the receiver
// is the zero Node.
func Callee(call syntax.Node) (receiver syntax.Node, method string) {
	callee := unwrap(call.Child(syntax.FieldFunction))
	switch callee.Kind() {
	case syntax.MemberExpression:
		return callee.Child(syntax.FieldObject), callee.Child(syntax.FieldProperty).Text()
	case syntax.SubscriptExpression:
		return callee.Child(syntax.FieldObject), unquoteIf(callee.Child(syntax.FieldIndex).Text())
	case syntax.Identifier:
		return syntax.Node{}, callee.Text()
	}
	return syntax.Node{}, ""
}

func unquoteIf(s string) string {
	if strings.HasPrefix(s, `"`) || strings.HasPrefix(s, "'") {
		return unquote(s)
	}
	return ""
}

// Argument returns a call's i-th argument, or the zero Node.
func Argument(call syntax.Node, i int) syntax.Node { return argument(call, i) }

func argument(call syntax.Node, i int) syntax.Node {
	return call.Child(syntax.FieldArguments).NamedChild(i)
}

func sortBy[T any, K cmp.Ordered](s []T, key func(T) K) {
	slices.SortFunc(s, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// NamespaceNames are the names of env that the file uses as Durable Object
// namespaces, sorted.
func (m *Module) NamespaceNames() []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range m.Funcs {
		for _, op := range f.Ops {
			if op.Recv.Kind == Namespace && op.Recv.Name != "" && !seen[op.Recv.Name] {
				seen[op.Recv.Name] = true
				out = append(out, op.Recv.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}
