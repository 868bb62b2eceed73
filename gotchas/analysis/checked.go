package analysis

import (
	"regexp"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// Checked reports whether code looks at a name, or at who asks, before op addresses
// an object by it: a pattern, a schema, a look-up, a function that decides, an
// authentication. Whether there is a name at all, and how long it is, says nothing
// about which ones strangers may choose.
func Checked(m *model.Module, op *model.Op, name syntax.Node) bool {
	return checkedFor(m, op, name, 0)
}

// checkedFor follows a parameter to the calls of its function.
func checkedFor(m *model.Module, op *model.Op, name syntax.Node, depth int) bool {
	c := checker{m: m, op: op, texts: map[string]bool{}}
	parts := c.parts(name, 0)
	if c.derived || c.behindMiddleware() {
		return true
	}
	for _, conds := range c.deciding() {
		if c.caller(conds) {
			return true
		}
	}
	for _, part := range parts {
		if !c.looked(part) && !checkedByCallers(m, op, part, depth) {
			return false
		}
	}
	return len(parts) > 0
}

// checkedByCallers reports a parameter that every call of the project checks before
// it hands it over.
func checkedByCallers(m *model.Module, op *model.Op, part syntax.Node, depth int) bool {
	b := m.Resolve(part)
	if b == nil || b.Param == nil || len(b.Path) > 0 || depth > 3 {
		return false
	}
	calls := 0
	for _, call := range m.Invocations(b.Param) {
		if call.Mode != model.Direct {
			continue
		}
		if arg := model.Argument(call.Node, b.Index); arg.OK() && !constant(m, arg) && !checkedFor(m, call, arg, depth+1) {
			return false
		}
		calls++
	}
	return calls > 0
}

func constant(m *model.Module, n syntax.Node) bool {
	_, ok := m.Text(n)
	return ok
}

// checker looks for what decides whether one operation runs.
type checker struct {
	m  *model.Module
	op *model.Op
	// texts are the expressions that hold the name, or what it is made of.
	texts map[string]bool
	// derived reports a name that a schema or an authentication gave.
	derived bool
}

// parts are the expressions that a name is put together from, each through the
// variables and conversions that leave its text what it is.
func (c *checker) parts(n syntax.Node, depth int) []syntax.Node {
	n = model.Unwrap(n)
	if !n.OK() || depth > 8 || constant(c.m, n) {
		return nil
	}
	var out []syntax.Node
	switch n.Kind() {
	case syntax.TemplateString:
		for s := range n.NamedChildren() {
			if s.Is(syntax.TemplateSubstitution) {
				out = append(out, c.parts(s.NamedChild(0), depth+1)...)
			}
		}
		return out
	case syntax.BinaryExpression:
		if op := n.Operator(); op == "+" || op == "??" || op == "||" {
			return append(c.parts(n.Child(syntax.FieldLeft), depth+1), c.parts(n.Child(syntax.FieldRight), depth+1)...)
		}
	}
	c.hold(n, depth)
	return []syntax.Node{n}
}

// hold notes an expression, and those that it has its value from, as the name.
func (c *checker) hold(n syntax.Node, depth int) {
	n = model.Unwrap(n)
	if !n.OK() || depth > 8 || c.texts[n.Text()] {
		return
	}
	switch n.Kind() {
	case syntax.Identifier, syntax.ShorthandPropertyIdentifier:
		c.texts[n.Text()] = true
		if b := c.m.Resolve(n); b != nil {
			for _, def := range c.m.Definitions(b, n) {
				c.source(def)
				if len(b.Path) == 0 {
					c.hold(def, depth+1)
				}
			}
		}
	case syntax.MemberExpression, syntax.SubscriptExpression:
		c.texts[n.Text()] = true
		object := model.Unwrap(n.Child(syntax.FieldObject))
		for object.Is(syntax.MemberExpression, syntax.SubscriptExpression) { // visit.data.room
			object = model.Unwrap(object.Child(syntax.FieldObject))
		}
		c.source(object)
		if b := c.m.Resolve(object); b != nil && len(b.Path) == 0 {
			for _, def := range c.m.Definitions(b, object) {
				c.source(def)
			}
		}
	case syntax.CallExpression:
		c.texts[n.Text()] = true
		c.source(n)
		object, method := model.Callee(n)
		switch {
		case conversions[method] && !object.OK():
			c.hold(model.Argument(n, 0), depth+1)
		case conversions[method]:
			c.hold(object, depth+1)
		}
	case syntax.BinaryExpression:
		c.hold(n.Child(syntax.FieldLeft), depth+1)
	}
}

// source looks at what a name comes out of.
func (c *checker) source(n syntax.Node) {
	n = model.Unwrap(n)
	if !n.Is(syntax.CallExpression) {
		return
	}
	object, method := model.Callee(n)
	text := object.Text()
	switch {
	case validates[method] && object.OK() && !parsesText[text[strings.LastIndexByte(text, '.')+1:]],
		authenticates.MatchString(method) && !withoutCheck.MatchString(method):
		c.derived = true
	case (method == "match" || method == "exec") && object.OK():
		pattern := model.Argument(n, 0)
		if method == "exec" {
			pattern = object
		}
		c.derived = c.derived || picksCharacters(c.m, pattern)
	}
}

// picksCharacters reports a pattern that says which characters a name may have, as
// against one that takes whatever stands between two slashes.
func picksCharacters(m *model.Module, pattern syntax.Node) bool {
	pattern = model.Unwrap(pattern)
	if b := m.Resolve(pattern); b != nil {
		pattern = model.Unwrap(b.Init)
	}
	if !pattern.Is(syntax.Regex) {
		return false
	}
	text := pattern.Text()
	return strings.Contains(text, "(") && !strings.Contains(text, "[^") && !strings.Contains(text, ".+") && !strings.Contains(text, ".*")
}

// deciding are the conditions that must have come out right for the operation to
// run, and the calls before it that may throw instead.
func (c *checker) deciding() []decision {
	var out []decision
	at := c.op.Node
	for a := range at.Ancestors() {
		switch a.Kind() {
		case syntax.IfStatement, syntax.TernaryExpression:
			if cond := a.Child(syntax.FieldCondition); !cond.Contains(at) {
				out = append(out, decision{cond: cond})
			}
		case syntax.BinaryExpression:
			if op := a.Operator(); (op == "&&" || op == "||") && a.Child(syntax.FieldRight).Contains(at) {
				out = append(out, decision{cond: a.Child(syntax.FieldLeft), leaves: op == "||"})
			}
		case syntax.StatementBlock, syntax.Program, syntax.SwitchCase:
			for s := range a.NamedChildren() {
				if s.Start() >= at.Start() || s.Contains(at) {
					break
				}
				switch s.Kind() {
				case syntax.IfStatement:
					if model.Exits(s.Child(syntax.FieldConsequence)) {
						out = append(out, decision{cond: s.Child(syntax.FieldCondition), leaves: true})
					}
				case syntax.ExpressionStatement:
					if call := model.Unwrap(s.NamedChild(0)); call.Is(syntax.CallExpression) && c.mayThrow(call) {
						out = append(out, decision{cond: call})
					}
				}
			}
		}
	}
	return out
}

// decision is a condition; leaves reports one that ends the function when it holds.
type decision struct {
	cond   syntax.Node
	leaves bool
}

// mayThrow reports assertName(name): a function of the project that throws, or one
// whose name says so.
func (c *checker) mayThrow(call syntax.Node) bool {
	_, method := model.Callee(call)
	if f := c.m.Eval(call.Child(syntax.FieldFunction)); f.Kind == model.FuncValue {
		for _, op := range f.Func.Ops {
			if op.Kind == model.OpThrow {
				return true
			}
		}
		return false
	}
	return asserts.MatchString(method)
}

// looked reports a part of the name that a decision looks at.
func (c *checker) looked(part syntax.Node) bool {
	only := checker{m: c.m, op: c.op, texts: map[string]bool{}}
	only.hold(part, 0)
	for _, d := range c.deciding() {
		if only.about(d) {
			return true
		}
	}
	return false
}

// about reports a decision on the name.
func (c *checker) about(d decision) bool {
	for _, n := range c.within(d.cond) {
		switch n.Kind() {
		case syntax.CallExpression:
			if c.onName(n) && (!d.leaves || negative(d.cond) || refuses(n)) {
				return true
			}
		case syntax.SubscriptExpression:
			if c.is(n.Child(syntax.FieldIndex)) && (!d.leaves || negative(d.cond)) {
				return true
			}
		case syntax.BinaryExpression:
			left, right := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
			switch op := n.Operator(); {
			case op == "in" && c.is(left):
				return true
			case c.is(left) && right.Is(syntax.String) && right.Text() != `""` && right.Text() != "''" && strings.HasPrefix(op, "!") == d.leaves && strings.Contains(op, "=="):
				return true
			}
		}
	}
	return false
}

// caller reports a decision on who asks.
func (c *checker) caller(d decision) bool {
	for _, n := range c.within(d.cond) {
		switch {
		case n.Is(syntax.CallExpression):
			if _, method := model.Callee(n); authenticates.MatchString(method) && !withoutCheck.MatchString(method) && (!d.leaves || negative(d.cond) || refuses(n) || n == model.Unwrap(d.cond)) {
				return true
			}
		case n.Is(syntax.BinaryExpression) && strings.Contains(n.Operator(), "=="):
			if right := n.Child(syntax.FieldRight).Text(); secrets.MatchString(n.Child(syntax.FieldLeft).Text()+" "+right) && right != "null" && right != "undefined" {
				return true
			}
		}
	}
	return false
}

// within are the parts of a condition, and of what its variables were given; what
// the name itself was given is no check of it.
func (c *checker) within(cond syntax.Node) []syntax.Node {
	var out []syntax.Node
	seen := map[*model.Binding]bool{}
	var visit func(n syntax.Node)
	visit = func(n syntax.Node) {
		for d := range n.Descendants() {
			out = append(out, d)
			b := c.m.Resolve(d)
			if b == nil || seen[b] || c.texts[d.Text()] {
				continue
			}
			seen[b] = true
			for _, def := range c.m.Definitions(b, d) {
				if c.m.FuncAt(def) != nil && c.m.Func(model.Unwrap(def)) == nil {
					visit(def)
				}
			}
		}
	}
	visit(cond)
	return out
}

// onName reports a call that is given the name, or a method of it, and does more
// than change its form.
func (c *checker) onName(call syntax.Node) bool {
	object, method := model.Callee(call)
	if conversions[method] {
		return false
	}
	if (method == "match" || method == "search" || method == "charCodeAt") && c.is(object) {
		return true
	}
	given := false
	for a := range call.Child(syntax.FieldArguments).Descendants() {
		given = given || c.is(a)
	}
	if !given {
		return false
	}
	if f := c.m.Eval(call.Child(syntax.FieldFunction)); f.Kind == model.FuncValue {
		return looksCloser(f.Func)
	}
	return true
}

// looksCloser reports a function that does more than ask whether there is a value.
func looksCloser(f *model.Func) bool {
	for n := range f.Body.Descendants() {
		if n.Is(syntax.CallExpression) {
			if _, method := model.Callee(n); !conversions[method] {
				return true
			}
		}
		if n.Is(syntax.Regex, syntax.ThrowStatement) || n.Is(syntax.BinaryExpression) && n.Operator() == "in" {
			return true
		}
	}
	return false
}

func (c *checker) is(n syntax.Node) bool {
	n = model.Unwrap(n)
	return n.OK() && c.texts[n.Text()]
}

// behindMiddleware reports a route that stands behind a check: an argument before
// the handler, or one of the file's use().
func (c *checker) behindMiddleware() bool {
	for f := c.op.Func; f != nil; f = f.Outer {
		args := f.Node.Parent()
		if !args.Is(syntax.Arguments) {
			continue
		}
		for a := range args.NamedChildren() {
			if a.Start() < f.Node.Start() && middleware.MatchString(head(a)) {
				return true
			}
		}
		router, _ := model.Callee(args.Parent())
		for call := range f.Node.Tree().Root().Descendants() {
			if !call.Is(syntax.CallExpression) || call.Start() > f.Node.Start() {
				continue
			}
			if object, method := model.Callee(call); method != "use" || object.Text() != router.Text() {
				continue
			}
			for a := range call.Child(syntax.FieldArguments).NamedChildren() {
				if middleware.MatchString(head(a)) {
					return true
				}
			}
		}
	}
	return false
}

// head is what a middleware is called by: requireUser, bearerAuth in
// bearerAuth({ token }).
func head(n syntax.Node) string {
	if n = model.Unwrap(n); n.Is(syntax.CallExpression) {
		n = n.Child(syntax.FieldFunction)
	}
	if n.Is(syntax.Identifier, syntax.MemberExpression) {
		return n.Text()
	}
	return ""
}

// negative reports a condition that holds when something is not so.
func negative(cond syntax.Node) bool {
	for n := range cond.Descendants() {
		if n.Is(syntax.UnaryExpression) && n.Operator() == "!" {
			return true
		}
		if n.Is(syntax.BinaryExpression) {
			switch n.Operator() {
			case "===", "==", "!==", "!=", "<", ">", "<=", ">=":
				return true
			}
		}
	}
	return false
}

// refuses reports isInvalid(name), banned.has(name).
func refuses(call syntax.Node) bool {
	return refusing.MatchString(call.Child(syntax.FieldFunction).Text())
}

var (
	// conversions give the same text in another form, or say only that there is one.
	conversions = map[string]bool{
		"String": true, "Boolean": true, "Number": true, "parseInt": true, "isNaN": true, "toString": true, "trim": true, "toLowerCase": true,
		"toUpperCase": true, "slice": true, "substring": true, "normalize": true, "replace": true, "replaceAll": true, "split": true, "at": true,
		"decodeURIComponent": true, "encodeURIComponent": true, "startsWith": true, "endsWith": true, "log": true, "warn": true, "error": true, "debug": true, "info": true,
	}
	// validates are a schema's and a router's methods that give only what has passed.
	validates = map[string]bool{"parse": true, "safeParse": true, "parseAsync": true, "safeParseAsync": true, "valid": true, "validate": true, "assert": true, "cast": true}
	// parsesText are owners of a parse that passes any text.
	parsesText = map[string]bool{"JSON": true, "URL": true, "Date": true, "qs": true, "querystring": true, "cookie": true, "cookies": true, "url": true, "path": true, "YAML": true, "yaml": true}

	authenticates = regexp.MustCompile(`(?i)verif|auth|jwt|permi|allow|turnstile|signature|timingSafeEqual|session|isMember|isOwner|requireUser|currentUser|^can[A-Z]|^owns`)
	withoutCheck  = regexp.MustCompile(`(?i)author([^i]|$)|sessionId|sessionName|sessionKey|header`)
	secrets       = regexp.MustCompile(`(?i)authorization|secret|api_?key|token|signature`)
	asserts       = regexp.MustCompile(`(?i)^(assert|ensure|require|validate|check|verify)`)
	refusing      = regexp.MustCompile(`(?i)invalid|illegal|malformed|bad|den(y|ied)|forbid|ban(ned)?|block|reject|limit`)
	middleware    = regexp.MustCompile(`(?i)auth|jwt|valid|verif|session|require|guard|protect|permission|access`)
)
