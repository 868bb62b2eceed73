package rpc

import (
	"strings"

	"durable-objects-mcp/gotchas/analysis"
	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// attempt is a call of an object that a loop makes again after an error.
type attempt struct {
	call *model.Op
	loop syntax.Node
	// body is what is tried, with the call or with what runs it; handler is what
	// happens with the error, a catch clause or a function.
	body, handler syntax.Node
	// makes are the parts of the code that run anew for each attempt.
	makes []syntax.Node
}

// attempts finds the calls that are repeated: in a loop with a try, through a
// local function that such a loop calls, through a helper that is given the call
// as a function, and in a loop with .catch(…).
func attempts(p *analysis.Pass) []attempt {
	var out []attempt
	add := func(a attempt) {
		for _, have := range out {
			if have.call == a.call {
				return
			}
		}
		out = append(out, a)
	}
	everyOp(p, func(op *model.Op) {
		switch op.Kind {
		case model.OpStub:
			if a, ok := triedAgain(op); ok {
				add(a)
			} else if a, ok := caughtAgain(op); ok {
				add(a)
			}
		case model.OpInvoke:
			for _, a := range throughFunction(p.Module, op) {
				add(a)
			}
		}
	})
	return out
}

// triedAgain is an operation in a try that a loop repeats.
func triedAgain(op *model.Op) (attempt, bool) {
	try := op.Path.Within(model.Try)
	if try == nil {
		return attempt{}, false
	}
	loop := loopAround(try.Up)
	if !loop.OK() {
		return attempt{}, false
	}
	return attempt{op, loop, try.Node.Child(syntax.FieldBody), try.Node.Child(syntax.FieldHandler), []syntax.Node{loop}}, true
}

// caughtAgain is a call with .catch(…) in a loop that waits for its success.
func caughtAgain(op *model.Op) (attempt, bool) {
	member := op.Node.Parent()
	loop := loopAround(op.Path)
	if !loop.Is(syntax.WhileStatement, syntax.DoStatement, syntax.ForStatement) || !member.Is(syntax.MemberExpression) || member.Child(syntax.FieldProperty).Text() != "catch" {
		return attempt{}, false
	}
	return attempt{op, loop, member.Parent(), model.Argument(member.Parent(), 0), []syntax.Node{loop}}, true
}

// throughFunction are the calls that a local function makes which a loop tries
// again, or a function that is handed to a helper with such a loop.
func throughFunction(m *model.Module, run *model.Op) []attempt {
	var out []attempt
	stubCalls := func(f *model.Func, like attempt) {
		for _, op := range f.Ops {
			if op.Kind == model.OpStub {
				like.call = op
				like.makes = []syntax.Node{like.loop, f.Node}
				out = append(out, like)
			}
		}
	}
	helper := run.Callee
	if helper == nil || run.Mode != model.Direct {
		return nil
	}
	if helper.Class == nil && helper.Outer != nil {
		if a, ok := triedAgain(run); ok {
			stubCalls(helper, a)
		}
	}
	for _, op := range helper.Ops {
		if op.Kind != model.OpCall {
			continue
		}
		b := m.Resolve(model.Unwrap(op.Node.Child(syntax.FieldFunction)))
		if b == nil || b.Param != helper || len(b.Path) > 0 {
			continue
		}
		if a, ok := triedAgain(op); ok {
			if given := m.Eval(model.Argument(run.Node, b.Index)); given.Kind == model.FuncValue {
				stubCalls(given.Func, a)
			}
		}
	}
	return out
}

// loopAround is the innermost loop statement of a path.
func loopAround(p *model.Path) syntax.Node {
	for ; p != nil; p = p.Up {
		if p.Kind == model.Loop && p.Node.Is(syntax.ForStatement, syntax.ForInStatement, syntax.WhileStatement, syntax.DoStatement) {
			return p.Node
		}
	}
	return syntax.Node{}
}

// walksOn reports a loop whose own variable takes part in what it tries: it goes
// through objects, pages or messages and repeats nothing.
func (a attempt) walksOn(m *model.Module) bool {
	var steps []syntax.Node
	for _, part := range []syntax.Node{a.loop.Child(syntax.FieldInitializer), a.loop.Child(syntax.FieldLeft)} {
		for n := range part.Descendants() {
			if b := m.Resolve(n); b != nil && a.loop.Contains(b.Decl) {
				steps = append(steps, m.Uses(b)...)
			}
		}
	}
	return len(steps) > 0 && (m.DependsOn(a.body, steps...) || m.DependsOn(a.call.Node, steps...))
}

// succeeds reports a loop that ends when the call has gone well: the body leaves
// it, or what it is given decides whether the loop goes on. Other loops ask for
// news.
func (a attempt) succeeds() bool {
	if leaves(a.body) {
		return true
	}
	cond := a.loop.Child(syntax.FieldCondition)
	around := a.body
	if around.Is(syntax.CallExpression) {
		around = statementOf(around)
	}
	for n := range around.Descendants() {
		if n.Is(syntax.AssignmentExpression) && names(cond, n.Child(syntax.FieldLeft).Text()) {
			return true
		}
	}
	return false
}

func statementOf(n syntax.Node) syntax.Node {
	for a := range n.Ancestors() {
		if a.Is(syntax.ExpressionStatement, syntax.LexicalDeclaration, syntax.VariableDeclaration, syntax.ReturnStatement) {
			return a
		}
	}
	return n
}

// names reports a node in which a variable is named.
func names(n syntax.Node, name string) bool {
	for d := range n.Descendants() {
		if d.Is(syntax.Identifier) && d.Text() == name {
			return true
		}
	}
	return false
}

// handled is the body of what is done with the error.
func (a attempt) handled() syntax.Node { return a.handler.Child(syntax.FieldBody) }

// leaves reports a body that ends the loop whatever happens in it.
func leaves(body syntax.Node) bool {
	for n := range body.NamedChildren() {
		if n.Is(syntax.ReturnStatement, syntax.ThrowStatement, syntax.BreakStatement) {
			return true
		}
	}
	return false
}

// newStub is where each attempt gets a stub of its own, or the zero Node.
func (a attempt) newStub(m *model.Module) syntax.Node {
	receiver, _ := model.Callee(a.call.Node)
	receiver = model.Unwrap(receiver)
	made := receiver
	if b := m.Resolve(receiver); b != nil {
		made = model.Unwrap(b.Init)
	}
	for _, part := range a.makes {
		switch at := a.call.Recv.Node; {
		case at.OK() && part.Contains(at):
			return at
		case part.Contains(made) && (made.Is(syntax.CallExpression) || getter(m, made)):
			return made // a function makes it
		}
		for n := range part.Descendants() {
			if n.Is(syntax.AssignmentExpression) && n.Child(syntax.FieldLeft).Text() == strings.TrimSpace(receiver.Text()) {
				return n
			}
		}
	}
	return syntax.Node{}
}

// getter reports this.room where a getter makes a stub each time.
func getter(m *model.Module, n syntax.Node) bool {
	if !n.Is(syntax.MemberExpression) {
		return false
	}
	owner := m.Eval(n.Child(syntax.FieldObject))
	if owner.Kind != model.Instance {
		return false
	}
	f := owner.Class.Member(n.Child(syntax.FieldProperty).Text())
	return f != nil && f.Kind == model.Getter
}
