package model

import (
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// Gate says what an await does to the input gate.
//
// Source: shared lab measurements on workerd 1.20261117.1 (20 and 50 concurrent
// calls per idiom) and developers.cloudflare.com/durable-objects/api/state/.
type Gate uint8

const (
	// Neutral: a microtask; no other event can run.
	Neutral Gate = iota
	// Closed: a storage operation; the gate holds other events back.
	Closed
	// MayOpen: something that this file does not show; it may do I/O.
	MayOpen
	// Opens: I/O that lets other events run meanwhile.
	Opens
)

type openState struct {
	done, busy bool
	gate       Gate
	why        *Op
}

// AwaitGate classes an OpAwait and returns the operation that decides it (an
// OpFetch, OpTimer, …), which is nil for Neutral.
func (m *Module) AwaitGate(op *Op) (Gate, *Op) {
	if !op.Node.Is(syntax.AwaitExpression) { // for await, and the end of await using
		if op.Operand != nil {
			return m.callGate(op.Operand, 0)
		}
		return MayOpen, op
	}
	return m.exprGate(op.Func, op.Node.NamedChild(0), op.Operand, 0)
}

func (m *Module) exprGate(f *Func, expr syntax.Node, operand *Op, depth int) (Gate, *Op) {
	if depth > 8 {
		return MayOpen, operand
	}
	if operand != nil {
		return m.callGate(operand, depth)
	}
	expr = unwrap(expr)
	switch expr.Kind() {
	case syntax.Identifier:
		// const p = fetch(…); … await p
		if b := m.Resolve(expr); b != nil && b.Init.OK() && len(b.Path) == 0 {
			if op := opAt(f, unwrap(b.Init)); op != nil {
				return m.callGate(op, depth+1)
			}
			if unwrap(b.Init).Is(syntax.CallExpression, syntax.NewExpression) {
				return MayOpen, nil
			}
			return Neutral, nil
		}
		return MayOpen, nil
	case syntax.MemberExpression, syntax.SubscriptExpression:
		return MayOpen, nil
	case syntax.BinaryExpression, syntax.TernaryExpression:
		gate, why := Neutral, (*Op)(nil)
		for c := range expr.NamedChildren() {
			if g, w := m.exprGate(f, c, opAt(f, unwrap(c)), depth+1); g > gate {
				gate, why = g, w
			}
		}
		return gate, why
	case syntax.AssignmentExpression, syntax.AugmentedAssignmentExpression:
		r := expr.Child(syntax.FieldRight)
		return m.exprGate(f, r, opAt(f, unwrap(r)), depth+1)
	}
	return Neutral, nil
}

func opAt(f *Func, n syntax.Node) *Op {
	if f == nil {
		return nil
	}
	for _, op := range f.Ops {
		if op.Node == n && op.Kind != OpAwait {
			return op
		}
	}
	return nil
}

var closedStorage = map[string]bool{
	"get": true, "put": true, "delete": true, "list": true, "deleteAll": true, "sync": true,
	"setAlarm": true, "getAlarm": true, "deleteAlarm": true, "transaction": true, "transactionSync": true,
	"getCurrentBookmark": true, "getBookmarkForTime": true, "onNextSessionRestoreBookmark": true,
}

// callGate says what waiting for a call does.
func (m *Module) callGate(op *Op, depth int) (Gate, *Op) {
	switch op.Kind {
	case OpStorage:
		if closedStorage[op.Method] {
			return Closed, op
		}
		return MayOpen, op
	case OpKV, OpSQL, OpSocket, OpNamespace:
		return Neutral, op
	case OpORM:
		return Closed, op
	case OpCtx:
		if op.Method == "blockConcurrencyWhile" {
			return Closed, op
		}
		return Neutral, op
	case OpStub, OpEnv, OpFetch, OpTimer, OpBody:
		return Opens, op
	case OpNew:
		return m.promiseGate(op)
	case OpInvoke:
		return m.FuncGate(op.Callee)
	case OpCall:
		return m.otherGate(op, depth)
	}
	return MayOpen, op
}

// promiseGate looks for a timer or I/O in a promise's executor.
func (m *Module) promiseGate(op *Op) (Gate, *Op) {
	if op.Method != "Promise" {
		return MayOpen, op
	}
	if f := m.Func(unwrap(argument(op.Node, 0))); f != nil {
		for _, o := range f.Ops {
			if o.Kind == OpTimer || o.Kind == OpFetch {
				return Opens, o
			}
		}
	}
	return MayOpen, op
}

// combinators wait for their arguments.
var combinators = map[string]bool{"all": true, "allSettled": true, "race": true, "any": true}

func (m *Module) otherGate(op *Op, depth int) (Gate, *Op) {
	object, method := Callee(op.Node)
	text := object.Text()
	switch {
	case text == "Promise" && combinators[method]:
		gate, why := Neutral, (*Op)(nil)
		for _, o := range op.Func.Ops {
			if o == op || !op.Node.Contains(o.Node) {
				continue
			}
			g, w := Neutral, (*Op)(nil)
			if o.Kind == OpInvoke && (o.Mode == Parallel || o.Mode == Repeated) {
				g, w = m.FuncGate(o.Callee)
			} else if o.Kind != OpAwait && o.Kind != OpFieldRead {
				g, w = m.callGate(o, depth+1)
			}
			if g > gate {
				gate, why = g, w
			}
		}
		return gate, why
	case text == "Promise" && (method == "resolve" || method == "reject"):
		return Neutral, op
	case strings.HasPrefix(text, "crypto.subtle"):
		return Neutral, op
	case method == "then" || method == "catch" || method == "finally":
		if inner := opAt(op.Func, unwrap(object)); inner != nil && depth < 8 {
			return m.callGate(inner, depth+1)
		}
	case method == "map" || method == "filter" || method == "slice" || text == "Object" || text == "JSON" || text == "Array" || text == "Math":
		return Neutral, op
	}
	return MayOpen, op
}

// FuncGate is the most that waiting for a function of the file can do: the
// strongest of its own awaits and of what it returns without awaiting.
func (m *Module) FuncGate(f *Func) (Gate, *Op) {
	if f == nil {
		return MayOpen, nil
	}
	if f.opens.done {
		return f.opens.gate, f.opens.why
	}
	if f.opens.busy {
		return Neutral, nil // recursion adds nothing of its own
	}
	f.opens.busy = true
	gate, why := Neutral, (*Op)(nil)
	consider := func(g Gate, w *Op) {
		if g > gate {
			gate, why = g, w
		}
	}
	for _, op := range f.Ops {
		switch {
		case op.Kind == OpAwait:
			consider(m.AwaitGate(op))
		case op.Kind == OpReturn && op.Value.OK():
			if inner := opAt(f, unwrap(op.Value)); inner != nil {
				consider(m.callGate(inner, 1))
			}
		}
	}
	if !f.Body.Is(syntax.StatementBlock) { // x => expression
		if inner := opAt(f, unwrap(f.Body)); inner != nil {
			consider(m.callGate(inner, 1))
		}
	}
	f.opens = openState{done: true, gate: gate, why: why}
	return gate, why
}
