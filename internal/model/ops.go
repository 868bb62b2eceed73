package model

import (
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// OpKind is the kind of thing that an operation does.
type OpKind uint8

const (
	OpStorage     OpKind = iota // ctx.storage.<Method>(…): KV, alarms, transactions
	OpKV                        // ctx.storage.kv.<Method>(…)
	OpSQL                       // sql.exec(…) or a tagged sql template
	OpORM                       // a call on drizzle(ctx.storage) and the like
	OpCtx                       // ctx.<Method>(…): acceptWebSocket, blockConcurrencyWhile, …
	OpWorkerCtx                 // the same on a Worker handler's ExecutionContext
	OpSocket                    // <socket>.<Method>(…): send, close, accept, …
	OpNamespace                 // env.ROOM.<Method>(…): getByName, idFromName, …
	OpStub                      // stub.<Method>(…): fetch or RPC
	OpEnv                       // env.X.<Method>(…) of another binding
	OpFetch                     // fetch(…)
	OpTimer                     // setTimeout, setInterval, scheduler.wait
	OpBody                      // request.json(), response.text(), …
	OpInvoke                    // runs a function of this file: a call or a callback
	OpCall                      // any other call
	OpNew                       // new X(…) of something not in this file
	OpFieldRead                 // this.x
	OpFieldWrite                // this.x = …, this.x++
	OpFieldMutate               // this.x.push(…), this.x.y = …
	OpGlobalRead                // a module-scope variable
	OpGlobalWrite               // the same, assigned or mutated
	OpAwait                     // await …
	OpReturn                    // return
	OpThrow                     // throw
)

// Op is one operation.
type Op struct {
	Kind   OpKind
	Method string // the called method, or the operator of a write
	Node   syntax.Node
	Func   *Func
	Path   *Path
	// Recv is the receiver's meaning for calls on platform objects.
	Recv Value
	// Name is a field's or variable's name, or the binding's for OpEnv.
	Name string
	// Binding is the variable of OpGlobalRead and OpGlobalWrite.
	Binding *Binding
	// SQL is the parsed text of OpSQL, nil when it is not constant enough.
	SQL *Query
	// Value is what a write writes, the zero Node for ++ and mutations.
	Value syntax.Node
	// Callee is the function that OpInvoke runs, Mode how.
	Callee *Func
	Mode   Mode
	// Awaited reports a call whose value is awaited where it is made.
	Awaited bool
	// Operand is the call that an OpAwait waits for, nil for other expressions.
	Operand *Op

	accesses []Access // what Accesses has found, once looked
	looked   bool
}

// Mode is how an OpInvoke runs its function.
type Mode uint8

const (
	Direct   Mode = iota // called once, here
	Repeated             // called for each element, one after the other
	Parallel             // started for each element without waiting in between
	Region               // run by blockConcurrencyWhile, transaction or transactionSync
	Later                // a timer, listener, then or waitUntil callback
	Perhaps              // given to something unknown, which may run it
)

// PathKind is the kind of a step into nested code.
type PathKind uint8

const (
	Arm   PathKind = iota // one arm of an if, switch, ternary or short-circuit
	Loop                  // a loop body
	Try                   // the body of a try with a catch
	Catch                 // a catch clause
	Guard                 // the callback of Region: see Path.Method
)

// Path is a chain of the branches, loops and regions that an operation stands
// in, innermost first.
type Path struct {
	Up     *Path
	Kind   PathKind
	Node   syntax.Node
	Arm    int
	Cond   syntax.Node // the condition of an Arm
	Exits  bool        // the arm ends in return, throw, break or continue
	Method string      // of a Guard: blockConcurrencyWhile, transaction, transactionSync
}

// Within reports whether the operation stands in a step of the kind.
func (p *Path) Within(kind PathKind) *Path {
	for ; p != nil; p = p.Up {
		if p.Kind == kind {
			return p
		}
	}
	return nil
}

// extractor walks one function's body in evaluation order.
type extractor struct {
	m     *Module
	f     *Func
	path  *Path
	calls []*Op // those of call nodes so far, so that awaits find theirs
}

// callAt is the operation of a call node that was just walked, or nil for others.
func (x *extractor) callAt(n syntax.Node) *Op {
	if !n.Is(syntax.CallExpression, syntax.NewExpression) {
		return nil
	}
	for i := len(x.calls) - 1; i >= 0; i-- {
		if x.calls[i].Node == n {
			return x.calls[i]
		}
	}
	return nil
}

func (m *Module) extract(f *Func) {
	x := &extractor{m: m, f: f, calls: m.calling[:0]}
	for _, p := range f.Params {
		x.walk(p.Child(syntax.FieldValue)) // defaults
	}
	x.walk(f.Body)
	m.calling = x.calls
}

func (x *extractor) add(op Op) *Op {
	kept := x.m.ops.next()
	*kept = op
	kept.Func, kept.Path = x.f, x.path
	x.f.Ops = append(x.f.Ops, kept)
	return kept
}

func (x *extractor) under(p Path, body func()) *Path {
	saved := x.path
	p.Up = saved
	kept := x.m.paths.next()
	*kept = p
	x.path = kept
	body()
	x.path = saved
	return kept
}

// arm walks one arm of a branch and notes whether it leaves the function.
func (x *extractor) arm(node syntax.Node, index int, cond, body syntax.Node) {
	if body.OK() {
		x.under(Path{Kind: Arm, Node: node, Arm: index, Cond: cond, Exits: Exits(body)}, func() { x.walk(body) })
	}
}

// Exits reports whether control never leaves a statement at its end.
func Exits(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.ReturnStatement, syntax.ThrowStatement, syntax.ContinueStatement, syntax.BreakStatement:
		return true
	case syntax.StatementBlock:
		var last syntax.Node
		for c := range n.NamedChildren() {
			last = c
		}
		return Exits(last)
	case syntax.ElseClause:
		return Exits(n.NamedChild(0))
	case syntax.IfStatement:
		alt := n.Child(syntax.FieldAlternative)
		return alt.OK() && Exits(n.Child(syntax.FieldConsequence)) && Exits(alt)
	}
	return false
}

func (x *extractor) walkAll(n syntax.Node) {
	for c := range n.Children() {
		x.walk(c)
	}
}

func (x *extractor) walk(n syntax.Node) {
	if !n.OK() || n.Kind() == syntax.Token || n.Kind() == syntax.Comment {
		return
	}
	if x.m.Func(n) != nil || x.m.class(n) != nil {
		return // runs when it is called, not where it is written
	}
	switch n.Kind() {
	case syntax.TypeAnnotation, syntax.TypeArguments, syntax.InterfaceDeclaration, syntax.TypeAliasDeclaration:
	case syntax.IfStatement:
		cond := n.Child(syntax.FieldCondition)
		x.walk(cond)
		x.arm(n, 0, cond, n.Child(syntax.FieldConsequence))
		x.arm(n, 1, cond, n.Child(syntax.FieldAlternative))
	case syntax.TernaryExpression:
		cond := n.Child(syntax.FieldCondition)
		x.walk(cond)
		x.arm(n, 0, cond, n.Child(syntax.FieldConsequence))
		x.arm(n, 1, cond, n.Child(syntax.FieldAlternative))
	case syntax.BinaryExpression:
		x.walk(n.Child(syntax.FieldLeft))
		if op := n.Operator(); op == "&&" || op == "||" || op == "??" {
			x.arm(n, 0, n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight))
		} else {
			x.walk(n.Child(syntax.FieldRight))
		}
	case syntax.SwitchStatement:
		cond := n.Child(syntax.FieldValue)
		x.walk(cond)
		i := 0
		for c := range n.Child(syntax.FieldBody).NamedChildren() {
			x.walk(c.Child(syntax.FieldValue))
			x.under(Path{Kind: Arm, Node: n, Arm: i, Cond: cond, Exits: caseExits(c)}, func() {
				for s := range c.NamedChildren() {
					if s.Field() != syntax.FieldValue {
						x.walk(s)
					}
				}
			})
			i++
		}
	case syntax.ForStatement, syntax.WhileStatement, syntax.DoStatement:
		x.walk(n.Child(syntax.FieldInitializer))
		x.under(Path{Kind: Loop, Node: n}, func() {
			if !n.Is(syntax.DoStatement) {
				x.walk(n.Child(syntax.FieldCondition))
			}
			x.walk(n.Child(syntax.FieldBody))
			x.walk(n.Child(syntax.FieldIncrement))
			if n.Is(syntax.DoStatement) {
				x.walk(n.Child(syntax.FieldCondition))
			}
		})
	case syntax.ForInStatement:
		x.walk(n.Child(syntax.FieldRight))
		x.under(Path{Kind: Loop, Node: n}, func() {
			if n.HasToken("await") {
				x.add(Op{Kind: OpAwait, Node: n})
			}
			x.walk(n.Child(syntax.FieldBody))
			if left := n.Child(syntax.FieldLeft); disposesOf(left) {
				x.dispose(left, syntax.Node{})
			}
		})
	case syntax.TryStatement:
		handler := n.Child(syntax.FieldHandler)
		if handler.OK() {
			x.under(Path{Kind: Try, Node: n}, func() { x.walk(n.Child(syntax.FieldBody)) })
			x.under(Path{Kind: Catch, Node: handler, Exits: Exits(handler.Child(syntax.FieldBody))}, func() { x.walk(handler.Child(syntax.FieldBody)) })
		} else {
			x.walk(n.Child(syntax.FieldBody))
		}
		x.walk(n.Child(syntax.FieldFinalizer))
	case syntax.StatementBlock:
		x.walkAll(n)
		x.disposals(n)
	case syntax.CallExpression:
		x.call(n)
	case syntax.NewExpression:
		x.construct(n)
	case syntax.AwaitExpression:
		operand := n.NamedChild(0)
		x.walk(operand)
		op := x.add(Op{Kind: OpAwait, Node: n, Operand: x.callAt(unwrap(operand))})
		if op.Operand != nil {
			op.Operand.Awaited = true
		}
	case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
		x.assign(n)
	case syntax.UpdateExpression:
		x.target(n.Child(syntax.FieldArgument), n, n.Operator(), true, syntax.Node{})
	case syntax.UnaryExpression:
		if n.Operator() == "delete" {
			x.target(n.Child(syntax.FieldArgument), n, "delete", false, syntax.Node{})
			return
		}
		x.walk(n.Child(syntax.FieldArgument))
	case syntax.MemberExpression, syntax.SubscriptExpression:
		x.read(n)
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		if b := x.m.Resolve(n); b != nil && b.Global && b.Module == nil && b.Func == nil && b.Class == nil {
			x.add(Op{Kind: OpGlobalRead, Node: n, Name: b.Name, Binding: b})
		}
	case syntax.VariableDeclarator:
		x.walk(n.Child(syntax.FieldValue))
		x.destructured(n)
	case syntax.ReturnStatement:
		x.walkAll(n)
		x.add(Op{Kind: OpReturn, Node: n, Value: n.NamedChild(0)})
	case syntax.ThrowStatement:
		x.walkAll(n)
		x.add(Op{Kind: OpThrow, Node: n, Value: n.NamedChild(0)})
	default:
		x.walkAll(n)
	}
}

// caseExits reports whether a switch case never falls out of the function; a
// break ends the case only.
func caseExits(c syntax.Node) bool {
	var last syntax.Node
	for s := range c.NamedChildren() {
		last = s
	}
	if last.Is(syntax.BreakStatement) {
		return false
	}
	return Exits(last)
}

// destructured records the fields that `const { a, b } = this` reads.
func (x *extractor) destructured(n syntax.Node) {
	v := n.Child(syntax.FieldValue)
	name := n.Child(syntax.FieldName)
	if !name.Is(syntax.ObjectPattern) || x.m.Eval(v).Kind != Instance || !unwrap(v).Is(syntax.This) {
		return
	}
	for c := range name.NamedChildren() {
		key := c.Text()
		if c.Is(syntax.PairPattern) {
			key = c.Child(syntax.FieldKey).Text()
		}
		x.add(Op{Kind: OpFieldRead, Node: c, Name: key})
	}
}

// read records a field read; the object of a longer chain is read first.
func (x *extractor) read(n syntax.Node) {
	object := n.Child(syntax.FieldObject)
	if unwrap(object).Is(syntax.This) && n.Is(syntax.MemberExpression) {
		name := n.Child(syntax.FieldProperty).Text()
		if v := x.m.Eval(n); v.Kind == FuncValue {
			return
		}
		if c := x.m.thisClass(n); c != nil {
			if f := c.Member(name); f != nil && f.Kind == Getter {
				x.add(Op{Kind: OpInvoke, Node: n, Name: name, Callee: f})
				return
			}
		}
		x.add(Op{Kind: OpFieldRead, Node: n, Name: name})
		return
	}
	x.walk(object)
	if n.Is(syntax.SubscriptExpression) {
		x.walk(n.Child(syntax.FieldIndex))
	}
}

func (x *extractor) assign(n syntax.Node) {
	left, right := unwrap(n.Child(syntax.FieldLeft)), n.Child(syntax.FieldRight)
	op := "="
	if n.Is(syntax.AugmentedAssignmentExpression) {
		op = n.Operator()
		// The old value is read before the right side is evaluated.
		x.walk(left)
	}
	switch op {
	case "??=", "||=", "&&=":
		x.under(Path{Kind: Arm, Node: n, Cond: left}, func() {
			x.walk(right)
			x.target(left, n, op, false, right)
		})
	default:
		if op == "=" && hasCall(left) { // ws.deserializeAttachment().user = name
			x.walk(left.Child(syntax.FieldObject))
		}
		x.walk(right)
		x.target(left, n, op, false, right)
	}
}

func hasCall(n syntax.Node) bool {
	for d := range n.Descendants() {
		if d.Is(syntax.CallExpression) {
			return true
		}
	}
	return false
}

// target records a write to what an assignment's left side names.
func (x *extractor) target(left, at syntax.Node, op string, readsFirst bool, value syntax.Node) {
	left = unwrap(left)
	if readsFirst {
		x.walk(left)
	}
	switch left.Kind() {
	case syntax.Identifier, syntax.ShorthandPropertyIdentifierPattern:
		if b := x.m.Resolve(left); b != nil && b.Global {
			x.add(Op{Kind: OpGlobalWrite, Node: at, Name: b.Name, Binding: b, Method: op, Value: value})
		}
	case syntax.ObjectPattern, syntax.ArrayPattern:
		for c := range left.Descendants() {
			if c.Is(syntax.MemberExpression) || c.Is(syntax.Identifier, syntax.ShorthandPropertyIdentifierPattern) && c.Parent().Is(syntax.ArrayPattern, syntax.ObjectPattern, syntax.PairPattern) {
				x.target(c, at, op, false, value)
			}
		}
	case syntax.MemberExpression, syntax.SubscriptExpression:
		object := unwrap(left.Child(syntax.FieldObject))
		if object.Is(syntax.This) && left.Is(syntax.MemberExpression) {
			x.add(Op{Kind: OpFieldWrite, Node: at, Name: left.Child(syntax.FieldProperty).Text(), Method: op, Value: value})
			return
		}
		x.mutate(object, at, op, value)
	}
}

// mutate records a change inside a field's or a module variable's value.
func (x *extractor) mutate(object, at syntax.Node, method string, value syntax.Node) {
	for object.OK() {
		object = unwrap(object)
		switch object.Kind() {
		case syntax.MemberExpression, syntax.SubscriptExpression:
			inner := unwrap(object.Child(syntax.FieldObject))
			if inner.Is(syntax.This) && object.Is(syntax.MemberExpression) {
				if x.m.Eval(object).Kind == Instance && object.Parent().Is(syntax.MemberExpression) && !object.Parent().Parent().Is(syntax.CallExpression) {
					return // this.room.players.push(v): what changes is the room's, which looks after it
				}
				x.add(Op{Kind: OpFieldMutate, Node: at, Name: object.Child(syntax.FieldProperty).Text(), Method: method, Value: value})
				return
			}
			object = inner
		case syntax.CallExpression: // this.map.get(k).push(v)
			object, _ = Callee(object)
			if x.m.Eval(object).Is(Storage, SyncKV, SQL, Stub, Env, EnvBinding) {
				return // what these give is a copy
			}
		case syntax.Identifier:
			b := x.m.Resolve(object)
			if b == nil {
				return
			}
			if b.Global && b.Module == nil {
				x.add(Op{Kind: OpGlobalWrite, Node: at, Name: b.Name, Binding: b, Method: method, Value: value})
				return
			}
			if b.Param != nil || !b.Init.OK() || b.Each {
				return
			}
			if unwrap(b.Init).Is(syntax.This) && len(b.Path) == 1 { // const { items } = this; items.push(v)
				x.add(Op{Kind: OpFieldMutate, Node: at, Name: b.Path[0], Method: method, Value: value})
				return
			}
			object = b.Init // const list = this.items; list.push(v)
		default:
			return
		}
	}
}

// mutators change their receiver.
var mutators = map[string]bool{
	"push": true, "pop": true, "shift": true, "unshift": true, "splice": true, "sort": true, "reverse": true,
	"fill": true, "copyWithin": true, "set": true, "add": true, "delete": true, "clear": true,
}

// iterates run their callback once for each element.
var iterates = map[string]bool{
	"forEach": true, "map": true, "filter": true, "some": true, "every": true, "find": true, "findIndex": true,
	"reduce": true, "flatMap": true, "sort": true,
}

// namespaceMethods are methods that only a Durable Object namespace has.
var namespaceMethods = map[string]bool{"getByName": true, "idFromName": true, "idFromString": true, "newUniqueId": true, "jurisdiction": true}

var bodyReads = map[string]bool{"json": true, "text": true, "arrayBuffer": true, "formData": true, "blob": true, "bytes": true}

func (x *extractor) call(n syntax.Node) {
	calleeNode := unwrap(n.Child(syntax.FieldFunction))
	args := n.Child(syntax.FieldArguments)
	object, method := Callee(n)

	if args.Is(syntax.TemplateString) { // a tagged template: this.sql`…`
		x.tagged(n, calleeNode, object, method, args)
		return
	}
	// Receiver and arguments are evaluated before the call happens.
	switch {
	case object.OK():
		x.walk(object)
	case !calleeNode.Is(syntax.Identifier, syntax.Import, syntax.Super):
		x.walk(calleeNode)
	}
	for a := range args.NamedChildren() {
		x.walk(a)
	}

	op := x.classifyCall(n, calleeNode, object, method)
	x.calls = append(x.calls, op)
	x.others(n, calleeNode, op)
	x.callbacks(n, op)
	if object.OK() && mutators[method] && op.Kind == OpCall {
		x.mutate(object, n, method, argument(n, 0))
	}
}

// others adds what else a call may run: a parameter stands for each of the functions
// that are handed over for it, and one call runs one of them.
func (x *extractor) others(n, callee syntax.Node, op *Op) {
	if op.Kind != OpInvoke || !callee.Is(syntax.Identifier, syntax.MemberExpression) {
		return
	}
	for i, f := range x.m.handed(callee, 0) {
		if f != op.Callee {
			x.under(Path{Kind: Arm, Node: n, Arm: i + 1}, func() {
				x.add(Op{Kind: OpInvoke, Node: n, Method: op.Method, Name: op.Name, Callee: f})
			})
		}
	}
}

func (x *extractor) classifyCall(n, calleeNode, object syntax.Node, method string) *Op {
	m := x.m
	if !object.OK() {
		return x.plainCall(n, calleeNode, method)
	}
	recv := m.Eval(object)
	op := Op{Node: n, Method: method, Recv: recv, Name: recv.Name}
	switch recv.Kind {
	case Ctx:
		op.Kind = OpCtx
	case WorkerCtx:
		op.Kind = OpWorkerCtx
	case Storage:
		op.Kind = OpStorage
		if method == "put" {
			op.Value = argument(n, 1)
		}
	case SyncKV:
		op.Kind = OpKV
		if method == "put" {
			op.Value = argument(n, 1)
		}
	case SQL:
		op.Kind = OpSQL
		if method == "exec" {
			op.SQL = parseSQLArgument(m, argument(n, 0))
		}
	case ORM:
		op.Kind = OpORM
	case Namespace:
		op.Kind = OpNamespace
	case Stub:
		op.Kind = OpStub
	case EnvBinding:
		op.Kind = OpEnv
		if namespaceMethods[method] { // const { ROOM: rooms } = env; rooms.getByName(…)
			op.Kind, op.Recv.Kind = OpNamespace, Namespace
		}
	case PairServer, PairClient, Socket, Upstream, SocketPair:
		op.Kind = OpSocket
	case Request, Response:
		op.Kind = OpCall
		if bodyReads[method] {
			op.Kind = OpBody
		}
	case Instance:
		if f := recv.Class.Member(method); f != nil && f.Kind != Getter && f.Kind != Setter {
			op.Kind, op.Callee, op.Name = OpInvoke, f, method
			break
		}
		op.Kind = OpCall
	case ClassValue, Space, Block, Literal:
		op.Kind = OpCall
		if v := m.memberOf(recv, method, n, 0); v.Kind == FuncValue {
			op.Kind, op.Callee, op.Name = OpInvoke, v.Func, method
		}
	default:
		op.Kind = OpCall
		switch text := object.Text(); {
		case text == "scheduler" && method == "wait":
			op.Kind, op.Method = OpTimer, "scheduler.wait"
		case (text == "globalThis" || text == "self") && (method == "setTimeout" || method == "setInterval"):
			op.Kind = OpTimer
		case (text == "globalThis" || text == "self") && method == "fetch":
			op.Kind = OpFetch
		case bodyReads[method] && argument(n, 0) == (syntax.Node{}) && text != "JSON":
			op.Kind = OpBody // an untyped request or response
			if method != "json" && method != "formData" && method != "arrayBuffer" && method != "text" {
				op.Kind = OpCall
			}
		case object.Is(syntax.Super):
			op.Kind = OpCall
		}
	}
	return x.add(op)
}

func (x *extractor) plainCall(n, calleeNode syntax.Node, name string) *Op {
	op := Op{Node: n, Method: name, Kind: OpCall}
	if f := x.m.Func(calleeNode); f != nil { // (async () => { … })()
		op.Kind, op.Callee = OpInvoke, f
		return x.add(op)
	}
	b := x.m.Resolve(calleeNode)
	switch {
	case b != nil && b.Func != nil:
		op.Kind, op.Callee, op.Name = OpInvoke, b.Func, name
	case b != nil:
		if v := x.m.evalBinding(b, 0); v.Kind == FuncValue {
			op.Kind, op.Callee, op.Name = OpInvoke, v.Func, name
		}
	case name == "fetch":
		op.Kind = OpFetch
	case name == "setTimeout", name == "setInterval":
		op.Kind = OpTimer
	}
	return x.add(op)
}

// tagged records a tagged template. Tags on this, or on something that stands
// for SQL, bind their values safely.
func (x *extractor) tagged(n, calleeNode, object syntax.Node, method string, tpl syntax.Node) {
	if object.OK() {
		x.walk(object)
	}
	for c := range tpl.NamedChildren() {
		if c.Is(syntax.TemplateSubstitution) {
			x.walkAll(c)
		}
	}
	op := Op{Kind: OpCall, Node: n, Method: method}
	// A bare sql`…` is what query builders export.
	if method == "sql" && object.OK() || x.m.Eval(calleeNode).Kind == SQL {
		op.Kind, op.Method = OpSQL, "tag"
		op.SQL = ParseSQL(bound(tpl))
	}
	x.calls = append(x.calls, x.add(op))
}

// bound is the text of a tagged template, with a parameter for each value.
func bound(tpl syntax.Node) string {
	var b strings.Builder
	at := tpl.Start() + 1
	for c := range tpl.Children() {
		if c.Is(syntax.TemplateSubstitution) {
			b.WriteString(unescape(string(tpl.Tree().Src[at:c.Start()])) + "?")
			at = c.End()
		}
	}
	b.WriteString(unescape(string(tpl.Tree().Src[at : tpl.End()-1])))
	return b.String()
}

func (x *extractor) construct(n syntax.Node) {
	for a := range n.Child(syntax.FieldArguments).NamedChildren() {
		x.walk(a)
	}
	ctor := n.Child(syntax.FieldConstructor)
	op := Op{Kind: OpNew, Node: n, Method: ctor.Text()}
	if v := x.m.Eval(ctor); v.Kind == ClassValue && v.Class.Ctor != nil {
		op.Kind, op.Callee = OpInvoke, v.Class.Ctor
	}
	o := x.add(op)
	x.calls = append(x.calls, o)
	if op.Method == "Promise" { // the executor runs at once
		if f := x.callback(argument(n, 0)); f != nil {
			x.add(Op{Kind: OpInvoke, Node: n, Callee: f, Mode: Direct})
		}
	}
}

// callback is the function of this file that an argument is, or nil.
func (x *extractor) callback(n syntax.Node) *Func {
	n = unwrap(n)
	if f := x.m.Func(n); f != nil {
		return f
	}
	if n.Is(syntax.CallExpression) { // this.flush.bind(this)
		if obj, method := Callee(n); method == "bind" {
			n = obj
		}
	}
	if v := x.m.Eval(n); v.Kind == FuncValue {
		return v.Func
	}
	return nil
}

// callbacks records how a call runs the functions that it is given.
func (x *extractor) callbacks(n syntax.Node, op *Op) {
	if op.Kind == OpInvoke && op.Callee != nil && op.Mode == Direct {
		return // what the callee does with them is seen there
	}
	i := 0
	for a := range n.Child(syntax.FieldArguments).NamedChildren() {
		f := x.callback(a)
		i++
		if f == nil {
			continue
		}
		mode, guard := Perhaps, ""
		switch {
		case op.Kind == OpCtx && op.Method == "blockConcurrencyWhile",
			op.Kind == OpStorage && (op.Method == "transaction" || op.Method == "transactionSync"),
			op.Kind == OpORM && op.Method == "transaction":
			mode, guard = Region, op.Method
		case op.Kind == OpTimer, op.Kind == OpSocket && op.Method == "addEventListener",
			op.Method == "then" || op.Method == "catch" || op.Method == "finally" || op.Method == "addEventListener" || op.Method == "queueMicrotask":
			mode = Later
		case x.f.Class != nil && f.Class == x.f.Class && x.f.Class.made(): // a route
			mode = Later
		case iterates[op.Method]:
			mode = Repeated
			if x.m.startsWork(f) {
				mode = Parallel
			}
		}
		invoke := Op{Kind: OpInvoke, Node: a, Callee: f, Mode: mode, Method: op.Method}
		switch {
		case mode == Region:
			x.under(Path{Kind: Guard, Node: n, Method: guard}, func() { x.add(invoke) })
		case mode == Repeated || mode == Parallel:
			x.under(Path{Kind: Loop, Node: n}, func() { x.add(invoke) })
		default:
			x.add(invoke)
		}
	}
}

// startsWork reports a callback that returns before its work is done: an async
// function, or one that hands on the promise of one.
func (m *Module) startsWork(f *Func) bool {
	if f.Async {
		return true
	}
	result := f.Body
	if !result.OK() || result.Is(syntax.StatementBlock) {
		return false
	}
	// An await would need an async function, so what is left is the bare call.
	if callee := unwrap(result).Child(syntax.FieldFunction); callee.OK() {
		v := m.Eval(callee)
		return v.Kind == FuncValue && v.Func != nil && v.Func.Async
	}
	return false
}
