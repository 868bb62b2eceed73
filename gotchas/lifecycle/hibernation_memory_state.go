package lifecycle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

var hibernationMemoryState = &analysis.Gotcha{
	ID:       "hibernation-memory-state",
	Title:    "A field is the only copy of state that must last",
	Severity: analysis.Error,
	Scope:    analysis.Code,
	Why: "Memory is lost whenever the object hibernates (after about ten idle seconds), is evicted, redeployed or crashes, and the next event meets a new instance with the field's first value. " +
		"Nothing reports it: counts restart, lists are empty, roles are forgotten.",
	Fix: "Write it to ctx.storage (SQL or storage.kv) when it changes and read it back in the constructor or when it is first needed; what belongs to one socket goes into its attachment.",
	Fine: []string{
		"A cache that is restored from storage or from the sockets and written through.",
		"A promise that requests share, a handle (drizzle, Hono, an encoder), an AbortController, a timer.",
		"A flag for work in progress that ends with the memory.",
		"A value that is fetched again when it is missing.",
	},
	Evidence: []string{
		"Measured on workerd: a field counter of 2 is 0 after an eviction, the same counter in storage is still 2; a hibernating socket stays open meanwhile.",
		"developers.cloudflare.com/durable-objects/reference/in-memory-state/",
	},
	Check: checkMemoryState,
}

// own is what the class does with one field.
type own struct {
	name           string
	changes, reads []*model.Op // outside of the constructor
	restored       *model.Op   // a write from stored state
}

func checkMemoryState(p *analysis.Pass) {
	if inTests(p.Module) {
		p.NotApplicable("This is test code, whose objects record what happens for one run.")
		return
	}
	p.NotApplicable("No Durable Object of this file keeps changing fields.")
	for _, c := range p.Objects() {
		checkFields(p, c)
		for _, part := range p.Module.Parts(c) {
			if knowsPlatform(p.Module, part) { // others are tools: a list, a semaphore
				checkFields(p, part)
			}
		}
	}
}

// knowsPlatform reports a helper class that deals with storage or sockets itself.
func knowsPlatform(m *model.Module, c *model.Class) bool {
	for _, op := range m.ClassOps(c) {
		switch op.Kind {
		case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM, model.OpCtx:
			return true
		case model.OpSocket: // of a client's; a connection to somewhere else ends with the memory
			if op.Method == "serializeAttachment" || op.Method == "deserializeAttachment" {
				return true
			}
		}
	}
	return false
}

func checkFields(p *analysis.Pass, c *model.Class) {
	if limiter.MatchString(c.Name) {
		p.NotApplicable("%s counts within a short window, and starting it anew only lets a little more through.", c.Name)
		return
	}
	// These bases keep state for the class; theirs is not ours to judge.
	if c.Framework == "Server" || c.Framework == "YServer" || c.Framework == "Container" || c.Framework == "Sandbox" {
		return
	}
	ops := p.Module.ClassOps(c)
	for _, op := range ops {
		if writesState(op) {
			p.Guard(op.Node, "State is written to storage, where every later instance finds it.")
			break
		}
	}
	checkRebuilt(p, c, ops)
	for _, f := range fieldsOf(p.Module, c, ops) {
		if f.restored != nil {
			if vain := neverStored(p.Module, c, f); vain != nil {
				p.Warn(vain.Node, fmt.Sprintf("%s changes only in memory: nothing stores what line %d reads back, so after hibernation or a deploy the change is gone.", f.name, f.restored.Node.Line()), "")
				continue
			}
			p.Guard(f.restored.Node, fmt.Sprintf("%s is brought back from what is stored.", f.name))
			continue
		}
		reportField(p, c, ops, f)
	}
}

// fieldsOf gathers the changed fields of a class in the order of their first change.
func fieldsOf(m *model.Module, c *model.Class, ops []*model.Op) []*own {
	starts := startFuncs(c, ops)
	byName := map[string]*own{}
	var list []*own
	for _, op := range ops {
		if op.Kind != model.OpFieldWrite && op.Kind != model.OpFieldMutate {
			continue
		}
		if c.Has(op.Name) || c.Opaque() && c.Field(op.Name) == nil || op.Name == "ctx" || op.Name == "env" || op.Name == "state" && (c.Framework != "" || !c.Modern) {
			continue
		}
		f := byName[op.Name]
		if f == nil {
			f = &own{name: op.Name}
			byName[op.Name] = f
			list = append(list, f)
		}
		if f.restored == nil && fromState(m, op) {
			f.restored = op
		}
		if !starts[op.Func] && op.Func.Kind != model.Setter {
			f.changes = append(f.changes, op)
		}
	}
	for _, op := range ops {
		if f := byName[op.Name]; f != nil && op.Kind == model.OpFieldRead && !receiver(op.Node) {
			f.reads = append(f.reads, op)
		}
	}
	return list
}

// fromState reports a write whose value comes out of storage or the sockets: in
// the same expression, through variables, through a helper, or in a loop over
// stored rows.
func fromState(m *model.Module, op *model.Op) bool {
	var sources []syntax.Node
	for f := op.Func; f != nil; f = f.Outer {
		for _, o := range f.Ops {
			if readsState(o) {
				sources = append(sources, o.Node)
			}
			if o.Kind == model.OpInvoke && o.Callee != nil && restores(m, o.Callee, 0) {
				sources = append(sources, o.Node)
			}
		}
	}
	if len(sources) == 0 {
		return false
	}
	// this.total += row.price counts on; it brings nothing back.
	if !countsOn(op) && (op.Value.OK() && m.DependsOn(op.Value, sources...) || op.Kind == model.OpFieldMutate && m.DependsOn(op.Node, sources...)) {
		return true
	}
	for a := range op.Node.Ancestors() {
		if a.Is(syntax.ForInStatement) && m.DependsOn(a.Child(syntax.FieldRight), sources...) {
			return true
		}
		if a.Is(syntax.CallExpression) {
			if object, _ := model.Callee(a); object.OK() && m.DependsOn(object, sources...) {
				return true
			}
		}
	}
	return false
}

// countsOn reports a change of a number.
func countsOn(op *model.Op) bool {
	switch op.Method {
	case "++", "--", "+=", "-=":
		return true
	}
	return false
}

// restores reports a helper that reads stored state and returns something.
func restores(m *model.Module, f *model.Func, depth int) bool {
	if depth > 3 {
		return false
	}
	for _, o := range f.Ops {
		if readsState(o) || o.Kind == model.OpInvoke && o.Callee != nil && o.Callee != f && restores(m, o.Callee, depth+1) {
			return true
		}
	}
	return false
}

func reportField(p *analysis.Pass, c *model.Class, ops []*model.Op, f *own) {
	if len(f.changes) == 0 || len(f.reads) == 0 || transient(f.name) || otherKeeper(p.Module, c, f) {
		return
	}
	if read := wokenWithout(p.Module, c, f); read != nil {
		at, fix := f.changes[0].Node, "Store it when it is learned, or use this.ctx.id.name where the object is addressed by that name."
		if handler := read.Func.Member(); handler != nil && !socketHandlers[handler.Name] && at.Line() > read.Node.Line() {
			at = read.Node // the handler that fills it uses it before
		}
		p.Warn(at, fmt.Sprintf("%s is learned from a request and kept only here; when line %d runs in a new instance, which no request has told it, it is still %s.", f.name, read.Node.Line(), initial(c, f.name)), fix)
		return
	}
	first := firstKept(p.Module, c, f)
	if first == nil || inFlight(f) || clearedAgain(f) || endsWithWork(f) {
		return
	}
	read := later(f.reads, first)
	if read == nil {
		return
	}
	message := fmt.Sprintf("%s changes here and is used on line %d, but is never brought back from storage: after hibernation or a deploy it starts again as %s.",
		f.name, read.Node.Line(), initial(c, f.name))
	if stored := writtenThrough(p.Module, ops, f); stored != nil {
		message = fmt.Sprintf("%s is stored on line %d but never read back, so after hibernation or a deploy it starts again as %s and overwrites what is stored.", f.name, stored.Node.Line(), initial(c, f.name))
	}
	const unless = " This is no problem if losing it is."
	switch {
	case knowinglyLost(c, f.name):
		p.Advise(first.Node, message+" A comment beside the field says that this is meant.", "")
	case tolerable(f.name):
		p.Advise(first.Node, message+unless, "")
	case accumulates(first) && !standardSockets(ops):
		p.Error(first.Node, message, "")
	case accumulates(first) || fromCaller(p.Module, first) || commanded(p.Module, c, first):
		p.Warn(first.Node, message+unless, "")
	default: // a step of the object's own work, as likely to be meant for this life only
		p.Advise(first.Node, message+unless, "")
	}
}

// knowinglyLost reports a field whose own comment says that it lives in memory.
func knowinglyLost(c *model.Class, name string) bool {
	fd := c.Field(name)
	if fd == nil {
		return false
	}
	line := fd.Node.Line()
	if lostOnPurpose.MatchString(fd.Node.Tree().Line(line)) {
		return true
	}
	for line--; line > 0; line-- {
		text := strings.TrimSpace(fd.Node.Tree().Line(line))
		if !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "*") && !strings.HasPrefix(text, "/*") {
			return false
		}
		if lostOnPurpose.MatchString(text) {
			return true
		}
	}
	return false
}

// lostOnPurpose are words by which people say so.
var lostOnPurpose = regexp.MustCompile(`(?i)(?://|^\s*/?\*).*(?:in[- ]memory|ephemeral|transient|not persisted|\bcache[ds]?\b|best[- ]effort|(?:lost|reset|rebuilt|cleared) (?:on|after|when|by|upon))`)

// otherKeeper reports a field that this gotcha does not judge: sockets, which
// ws-map-in-memory looks after; an instance of a class of its own, which keeps
// what it is told as it likes; and a decorated one, whose decorator does.
func otherKeeper(m *model.Module, c *model.Class, f *own) bool {
	for _, op := range f.changes {
		if op.Kind == model.OpFieldMutate && holdsSocket(m, op) {
			return true
		}
	}
	fd := c.Field(f.name)
	if fd == nil {
		return false
	}
	if strings.Contains(fd.Type.Text(), "WebSocket") || strings.Contains(fd.Init.Text(), "WebSocket") || fd.Node.FirstOf(syntax.Decorator).OK() {
		return true
	}
	for _, t := range []syntax.Node{fd.Type, fd.Init.Child(syntax.FieldTypeArguments)} {
		if holdsHandles.MatchString(t.Text()) {
			return true
		}
		for n := range t.Descendants() {
			if n.Is(syntax.TypeIdentifier) && holdsHandles.MatchString(m.Declaration(n).Text()) {
				return true
			}
		}
	}
	init := model.Unwrap(fd.Init)
	return init.Is(syntax.NewExpression) && handle(m, init)
}

// holdsHandles are types, alone or in a collection, whose values end with the
// memory whatever one does: callbacks, promises, timers, controllers, streams.
var holdsHandles = regexp.MustCompile(`=>|\b(?:Promise|PromiseWithResolvers|AbortController|AbortSignal|Timeout|ReadableStream\w*|WritableStream\w*|TransformStream|WeakMap|WeakSet|WeakRef)\b|typeof set(?:Timeout|Interval)`)

// limiter are names of classes whose whole state is a short window of time.
var limiter = regexp.MustCompile(`(?i)limit|throttle`)

// firstKept is the first change that puts something into the field which is
// neither a reset, nor a handle, nor a promise, nor fetched when missing.
func firstKept(m *model.Module, c *model.Class, f *own) *model.Op {
	for _, op := range f.changes {
		if op.Kind == model.OpFieldMutate {
			if holdsHandle(m, op) {
				continue
			}
			if op.Method == "delete" || op.Method == "clear" || op.Method == "pop" || op.Method == "shift" || op.Method == "splice" {
				continue
			}
			return op
		}
		if op.Method == "??=" || op.Method == "||=" || filledWhenMissing(op, f.name) {
			continue
		}
		if op.Value.OK() && (reset(op.Value) || handle(m, op.Value)) {
			continue
		}
		return op
	}
	return nil
}

// holdsHandle reports a change that puts in an object with a callback, a timer
// or the like: someone who waits.
func holdsHandle(m *model.Module, op *model.Op) bool {
	for arg := range op.Node.Child(syntax.FieldArguments).NamedChildren() {
		object := model.Unwrap(arg)
		if b := m.Resolve(object); b != nil && b.Init.OK() {
			object = model.Unwrap(b.Init)
		}
		if !object.Is(syntax.Object) {
			continue
		}
		for part := range object.NamedChildren() {
			value := part
			if part.Is(syntax.Pair) {
				value = part.Child(syntax.FieldValue)
			}
			if part.Is(syntax.MethodDefinition) || waits[part.Child(syntax.FieldKey).Text()] || waits[part.Text()] || handle(m, value) && !value.Is(syntax.CallExpression, syntax.NewExpression) {
				return true
			}
		}
	}
	return false
}

// waits are what people call the ends of someone who waits.
var waits = map[string]bool{"resolve": true, "reject": true, "callback": true, "controller": true, "timer": true, "timeout": true, "writer": true}

// reset reports a value that clears a field.
func reset(value syntax.Node) bool {
	v := model.Unwrap(value)
	switch v.Text() {
	case "null", "undefined", "false", "0", `""`, "''", "[]", "{}", "new Map()", "new Set()":
		return true
	}
	return v.Is(syntax.String) && startUp.MatchString(v.Text())
}

// startUp are names of the steps of becoming ready, which every instance goes
// through for itself.
var startUp = regexp.MustCompile(`(?i)^["'](?:starting|started|initiali[sz]ing|initiali[sz]ed|loading|loaded|connecting|connected|ready)["']$`)

// handle reports a value that is a tool rather than state: a promise, a timer,
// an instance of a class, a function.
func handle(m *model.Module, value syntax.Node) bool {
	v := model.Unwrap(value)
	switch v.Kind() {
	case syntax.NewExpression:
		switch v.Child(syntax.FieldConstructor).Text() {
		case "Map", "Set", "WeakMap", "WeakSet", "Array", "Date", "Object":
			return false
		}
		return true
	case syntax.ArrowFunction, syntax.FunctionExpression:
		return true
	case syntax.CallExpression:
		if name := v.Child(syntax.FieldFunction).Text(); name == "setTimeout" || name == "setInterval" || name == "drizzle" {
			return true
		}
		if value.Is(syntax.AwaitExpression) {
			return false
		}
		fn := m.Eval(v.Child(syntax.FieldFunction))
		return fn.Kind == model.FuncValue && fn.Func.Async
	}
	if v.Is(syntax.Object) { // { promise, resolve }
		for part := range v.NamedChildren() {
			if key := part.Child(syntax.FieldKey); part.Text() == "resolve" || key.Text() == "resolve" {
				return true
			}
		}
	}
	switch m.Eval(value).Kind {
	case model.ObjectID, model.Ctx, model.Storage, model.SQL, model.SyncKV, model.Env, model.Namespace, model.Stub, model.ORM, model.Socket, model.PairServer, model.Upstream, model.FuncValue:
		return true
	}
	return false
}

// filledWhenMissing reports a write behind a check of the field itself:
// if (!this.rates) this.rates = await load().
func filledWhenMissing(op *model.Op, field string) bool {
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind == model.Arm && asksFor(p.Cond, field) && !op.Node.Is(syntax.UpdateExpression) {
			return true
		}
	}
	// if (this.rates) return this.rates;
	for n := range op.Func.Body.Descendants() {
		if n.Start() >= op.Node.Start() {
			break
		}
		if n.Is(syntax.IfStatement) && asksFor(n.Child(syntax.FieldCondition), field) && n.EndLine() < op.Node.Line() && leavesEarly(n) {
			return true
		}
	}
	return false
}

// asksFor reports a condition that asks whether a field has a value, or is empty.
// One that looks for something in it does not.
func asksFor(cond syntax.Node, field string) bool {
	for n := range cond.Descendants() {
		if !n.Is(syntax.MemberExpression) || n.Text() != "this."+field {
			continue
		}
		up := n.Parent()
		if !up.Is(syntax.MemberExpression) || up.FirstOf(syntax.OptionalChain).OK() {
			return true
		}
		switch up.Child(syntax.FieldProperty).Text() {
		case "length", "size":
			return true
		}
	}
	return false
}

// leavesEarly reports an if whose body is a return.
func leavesEarly(n syntax.Node) bool {
	body := n.Child(syntax.FieldConsequence)
	if body.Is(syntax.StatementBlock) {
		body = body.NamedChild(0)
	}
	return body.Is(syntax.ReturnStatement)
}

// wokenWithout is a use of a field by an event which can be the first one of a new
// instance, though only some requests fill the field, each with what its caller
// sent. What alarms find is for alarm-on-fresh-instance.
func wokenWithout(m *model.Module, c *model.Class, f *own) *model.Op {
	for _, op := range f.changes {
		if op.Kind == model.OpFieldWrite && op.Value.OK() && reset(op.Value) {
			continue
		}
		if op.Kind != model.OpFieldWrite || op.Method != "??=" && op.Method != "||=" && !filledWhenMissing(op, f.name) || !fromCaller(m, op) {
			return nil
		}
	}
	wakes := hibernates(m, c)
	for _, entry := range c.Entries() {
		if entry.Name == "alarm" || socketHandlers[entry.Name] && !wakes || !model.Handlers[entry.Name] && c.Framework != "" {
			continue
		}
		steps := m.Expand(entry)
		for i, s := range steps {
			if s.Kind == model.OpFieldRead && s.Name == f.name && !s.Detached && !checkOf(s.Node) && !filledBefore(steps[:i], s) {
				return s.Op
			}
		}
	}
	return nil
}

var socketHandlers = words("webSocketMessage", "webSocketClose", "webSocketError")

// filledBefore reports a field that the same event has filled by then.
func filledBefore(before []model.Step, read model.Step) bool {
	for _, s := range before {
		if s.Kind == model.OpFieldWrite && s.Name == read.Name && model.Reaches(s, read) {
			return true
		}
	}
	return false
}

// fromCaller reports a write of something that a request or a caller sent.
func fromCaller(m *model.Module, op *model.Op) bool {
	for n := range op.Value.Descendants() {
		if n.Is(syntax.AwaitExpression) {
			return false // fetched or loaded
		}
	}
	var sent []syntax.Node
	for n := range op.Func.Body.Descendants() {
		if b := m.Resolve(n); b != nil && b.Param == op.Func {
			sent = append(sent, n)
		}
	}
	return op.Value.OK() && m.DependsOn(op.Value, sent...)
}

// commanded reports a change that a caller asks for: a whole RPC method that
// makes it, or a branch that what was sent decides on.
func commanded(m *model.Module, c *model.Class, op *model.Op) bool {
	member := op.Func.Member()
	if member == nil {
		return false
	}
	if member == op.Func && op.Path == nil && member.Kind == model.Method && !member.Hidden && !member.Restricted && !model.Handlers[member.Name] && c.Framework == "" && !calledInside(m, c, member) {
		return true
	}
	var sent []syntax.Node
	for n := range op.Func.Body.Descendants() {
		if b := m.Resolve(n); b != nil && b.Param == op.Func {
			sent = append(sent, n)
		}
	}
	for p := op.Path; p != nil; p = p.Up {
		if p.Kind == model.Arm && p.Node.Is(syntax.SwitchStatement) && m.DependsOn(p.Cond, sent...) {
			return true
		}
	}
	return false
}

func calledInside(m *model.Module, c *model.Class, f *model.Func) bool {
	for _, op := range m.ClassOps(c) {
		if op.Kind == model.OpInvoke && op.Callee == f {
			return true
		}
	}
	return false
}

// checkOf reports a use that only asks whether there is a value, or says what to
// take instead.
func checkOf(n syntax.Node) bool {
	for p := n.Parent(); ; n, p = p, p.Parent() {
		switch p.Kind() {
		case syntax.ParenthesizedExpression:
			if p.Parent().Is(syntax.IfStatement) {
				return true
			}
		case syntax.UnaryExpression:
			return p.Operator() == "!"
		case syntax.TernaryExpression:
			return n.Field() == syntax.FieldCondition
		case syntax.AugmentedAssignmentExpression:
			return n.Field() == syntax.FieldLeft
		case syntax.MemberExpression:
			if !p.FirstOf(syntax.OptionalChain).OK() {
				return false
			}
		case syntax.BinaryExpression:
			switch p.Operator() {
			case "&&", "||", "??", "===", "!==", "==", "!=":
				return n.Field() == syntax.FieldLeft || p.Operator() != "&&" && p.Operator() != "||" && p.Operator() != "??"
			}
			return false
		default:
			return false
		}
	}
}

// endsWithWork reports a collection from which a finally clause, or a callback
// of finally, removes what was put in: a list of work in progress.
func endsWithWork(f *own) bool {
	for _, op := range f.changes {
		if op.Method != "delete" && op.Method != "clear" && op.Method != "splice" {
			continue
		}
		for a := range op.Node.Ancestors() {
			if a.Is(syntax.FinallyClause) || a.Is(syntax.CallExpression) && strings.HasSuffix(a.Child(syntax.FieldFunction).Text(), ".finally") {
				return true
			}
		}
	}
	return false
}

// inFlight reports a flag that one function both raises and lowers, the one after
// the other.
func inFlight(f *own) bool {
	byFunc := map[*model.Func][2]bool{}
	for i, op := range f.changes {
		for _, other := range f.changes[:i] {
			if otherArm(op, other) {
				return false
			}
		}
		if op.Kind != model.OpFieldWrite {
			return false
		}
		v := model.Unwrap(op.Value)
		seen := byFunc[op.Func.Member()]
		switch {
		case v.Is(syntax.True):
			seen[0] = true
		case v.Is(syntax.False):
			seen[1] = true
		default:
			return false
		}
		byFunc[op.Func.Member()] = seen
	}
	for _, seen := range byFunc {
		if seen[0] && seen[1] {
			return true
		}
	}
	return false
}

// otherArm reports operations of one function that stand in different arms of one
// branch, so that one call does only one of them.
func otherArm(a, b *model.Op) bool {
	if a.Func != b.Func {
		return false
	}
	for p := a.Path; p != nil; p = p.Up {
		for q := b.Path; q != nil; q = q.Up {
			if p.Kind == model.Arm && q.Kind == model.Arm && p.Node == q.Node && p.Arm != q.Arm {
				return true
			}
		}
	}
	return false
}

// clearedAgain reports a field that each member which sets it clears again: the
// context of a piece of work.
func clearedAgain(f *own) bool {
	var set, cleared []*model.Op
	for _, op := range f.changes {
		switch {
		case op.Kind == model.OpFieldMutate && (op.Method == "clear" || op.Method == "length"),
			op.Kind == model.OpFieldWrite && op.Value.OK() && reset(op.Value):
			cleared = append(cleared, op)
		case op.Kind == model.OpFieldWrite:
			set = append(set, op)
		default:
			return false
		}
	}
	for _, op := range set {
		if !slices.ContainsFunc(cleared, func(c *model.Op) bool { return c.Func.Member() == op.Func.Member() && !otherArm(op, c) }) {
			return false
		}
	}
	return len(set) > 0
}

// later is a use of what an earlier event left in the field: in another member,
// in the same one before the change, or anywhere when the change adds to it.
func later(reads []*model.Op, change *model.Op) *model.Op {
	for _, r := range reads {
		if accumulates(change) || r.Func.Member() != change.Func.Member() || r.Node.Start() <= change.Node.End() {
			return r
		}
	}
	return nil
}

// accumulates reports a change that builds on what was there before.
func accumulates(op *model.Op) bool {
	switch op.Method {
	case "++", "--", "+=", "-=", "push", "unshift", "add", "set":
		return true
	}
	return op.Value.OK() && strings.Contains(op.Value.Text(), "this."+op.Name)
}

// writtenThrough finds a store of the field's value.
func writtenThrough(m *model.Module, ops []*model.Op, f *own) *model.Op {
	for _, op := range ops {
		if writesState(op) && strings.Contains(op.Node.Child(syntax.FieldArguments).Text(), "this."+f.name) {
			return op
		}
	}
	return nil
}

// standardSockets reports a class whose sockets pin it in memory, so that its
// fields end together with its clients.
func standardSockets(ops []*model.Op) bool {
	for _, op := range ops {
		if op.Kind == model.OpSocket && op.Method == "accept" && op.Recv.Kind == model.PairServer {
			return true
		}
	}
	return false
}

func initial(c *model.Class, name string) string {
	if f := c.Field(name); f != nil && f.Init.OK() {
		return analysis.Short(f.Init)
	}
	return "undefined"
}
