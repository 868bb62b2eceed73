package storage

import (
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// inserter reads how a statement's text is put together and finds what is
// inserted into it.
type inserter struct {
	m     *model.Module
	sofar strings.Builder // the text up to here, a ? for each insertion
	fixed bool            // some of it is written in the code
	holes []hole
	seen  []*model.Binding
}

// hole is one inserted expression and the text that leads up to it.
type hole struct {
	node   syntax.Node
	before string
}

// readable reports text of which the code shows a part; a statement that comes
// whole from elsewhere, such as an array of migrations, is not.
func (in *inserter) readable() bool { return in.fixed }

func (in *inserter) text(n syntax.Node, depth int) {
	n = model.Unwrap(n)
	if depth > 12 || !n.OK() {
		return
	}
	switch n.Kind() {
	case syntax.String:
		in.write(n.Text()[1 : len(n.Text())-1])
		return
	case syntax.TemplateString:
		at := n.Start() + 1
		for c := range n.Children() {
			if !c.Is(syntax.TemplateSubstitution) {
				continue
			}
			in.write(string(n.Tree().Src[at:c.Start()]))
			in.text(c.NamedChild(0), depth+1)
			at = c.End()
		}
		in.write(string(n.Tree().Src[at : n.End()-1]))
		return
	case syntax.BinaryExpression:
		if n.Operator() == "+" && !in.number(n) {
			in.text(n.Child(syntax.FieldLeft), depth+1)
			in.text(n.Child(syntax.FieldRight), depth+1)
			return
		}
	case syntax.TernaryExpression:
		if textual(n.Child(syntax.FieldConsequence)) || textual(n.Child(syntax.FieldAlternative)) {
			before := in.sofar.String()
			in.text(n.Child(syntax.FieldAlternative), depth+1)
			in.sofar.Reset()
			in.sofar.WriteString(before)
			in.text(n.Child(syntax.FieldConsequence), depth+1)
			return
		}
	case syntax.Identifier:
		b := in.m.Resolve(n)
		if b == nil || b.Param != nil || b.Each || len(b.Path) > 0 || !textual(b.Init) || slices.Contains(in.seen, b) {
			break
		}
		in.seen = append(in.seen, b)
		in.text(b.Init, depth+1)
		for _, w := range b.Writes { // query += …
			in.text(w, depth+1)
		}
		return
	case syntax.CallExpression:
		object, method := model.Callee(n)
		switch {
		case method == "join" && in.parts(object, model.Argument(n, 0), depth):
			return
		case method == "concat" && textual(object):
			in.text(object, depth+1)
			for a := range n.Child(syntax.FieldArguments).NamedChildren() {
				in.text(a, depth+1)
			}
			return
		case (method == "replace" || method == "replaceAll") && in.substituted(n, object, depth):
			return
		}
	}
	if in.safe(n, 0) {
		in.sofar.WriteString("?")
		return
	}
	in.holes = append(in.holes, hole{n, in.sofar.String()})
	in.sofar.WriteString("?")
}

// substituted reads "… '%s'".replace("%s", value): a constant text and what replaces a
// constant part of it. ok is false for other calls.
func (in *inserter) substituted(call, object syntax.Node, depth int) (ok bool) {
	text, whole := in.m.Text(object)
	mark, constant := in.m.Text(model.Argument(call, 0))
	before, after, found := strings.Cut(text, mark)
	if !whole || !constant || !found || mark == "" {
		return false
	}
	in.write(before)
	in.text(model.Argument(call, 1), depth+1)
	in.write(after)
	return true
}

// parts reads the fragments of conditions.join(" AND "): the elements of the array's
// literal, what is pushed, and what the callback of a map returns. Each is read as
// what follows the text so far, or, with nothing in between, one after the other. ok is
// false for other receivers.
func (in *inserter) parts(list, separator syntax.Node, depth int) (ok bool) {
	list = model.Unwrap(list)
	before := in.sofar.String()
	sep, _ := in.m.Text(separator)
	part := func(n syntax.Node) {
		if sep != "" {
			in.sofar.Reset()
			in.sofar.WriteString(before)
		}
		in.text(n, depth+1)
	}
	literal := func(array syntax.Node) {
		for e := range array.NamedChildren() {
			part(e)
		}
	}
	if list.Is(syntax.Array) {
		literal(list)
		return true
	}
	if list.Is(syntax.CallExpression) {
		return in.mapped(list, part)
	}
	b := in.m.Resolve(list)
	if b == nil || b.Param != nil || len(b.Path) > 0 || b.Each {
		return false
	}
	init := model.Unwrap(b.Init)
	if init.Is(syntax.CallExpression) && !in.mapped(init, part) || !init.Is(syntax.CallExpression, syntax.Array) {
		return false
	}
	if init.Is(syntax.Array) {
		literal(init)
	}
	for _, u := range uses(in.m, b) {
		if call, method := methodOn(u); method == "push" {
			for a := range call.Child(syntax.FieldArguments).NamedChildren() {
				part(a)
			}
		}
	}
	return true
}

// mapped reads the texts that the callback of list.map(…) returns; ok is false for
// other calls, and where the callback puts no text together.
func (in *inserter) mapped(call syntax.Node, part func(syntax.Node)) (ok bool) {
	object, method := model.Callee(call)
	switch method {
	case "filter", "sort", "slice", "reverse", "flat":
		if model.Unwrap(object).Is(syntax.CallExpression) {
			return in.mapped(model.Unwrap(object), part)
		}
	case "map", "flatMap":
		f := in.m.Func(model.Unwrap(model.Argument(call, 0)))
		if f == nil {
			return false
		}
		if !f.Body.Is(syntax.StatementBlock) {
			part(f.Body)
			return textual(f.Body)
		}
		for _, op := range f.Ops {
			if op.Kind == model.OpReturn && textual(op.Value) {
				part(op.Value)
				ok = true
			}
		}
	}
	return ok
}

func (in *inserter) write(s string) {
	in.sofar.WriteString(s)
	in.fixed = in.fixed || strings.TrimSpace(s) != ""
}

func (in *inserter) number(n syntax.Node) bool {
	_, ok := in.m.Number(n)
	return ok
}

// textual reports an expression that puts text together.
func textual(n syntax.Node) bool {
	n = model.Unwrap(n)
	if object, method := model.Callee(n); n.Is(syntax.CallExpression) && (method == "concat" || method == "replace" || method == "replaceAll" || method == "trim") {
		return textual(object)
	}
	return n.Is(syntax.String, syntax.TemplateString) ||
		n.Is(syntax.BinaryExpression) && n.Operator() == "+" && (textual(n.Child(syntax.FieldLeft)) || textual(n.Child(syntax.FieldRight)))
}

var (
	// valueBefore ends where a value must follow.
	valueBefore = regexp.MustCompile(`(?i)(=|<|>|\|\||\b(like|glob|match|limit|offset|between|values\s*\(|in\s*\())\s*"?$`)
	// valueListBefore ends within the list of a VALUES or IN clause.
	valueListBefore = regexp.MustCompile(`(?is)\b(values|in)\s*\([^;]*,\s*$`)
	// quotingNames are functions that make text safe to insert.
	quotingNames = regexp.MustCompile(`(?i)quote|escape|ident|sanitiz|placeholder`)
)

// asValue reports an insertion where SQL expects a value, so that a ? could
// stand there: within quotes, after an operator, or in a list of values.
func (h hole) asValue() bool {
	return strings.Count(h.before, "'")%2 == 1 || valueBefore.MatchString(h.before) || valueListBefore.MatchString(h.before)
}

// escaped reports a value whose apostrophes are doubled, which keeps it within
// its quotes.
func (in *inserter) escaped(n syntax.Node) bool {
	n = model.Unwrap(n)
	if b := in.m.Resolve(n); b != nil && b.Param == nil && len(b.Path) == 0 && !b.Each {
		n = model.Unwrap(b.Init)
	}
	if _, method := model.Callee(n); !n.Is(syntax.CallExpression) || method != "replace" && method != "replaceAll" {
		return false
	}
	return strings.Contains(model.Argument(n, 0).Text(), "'") && strings.Contains(model.Argument(n, 1).Text(), "''")
}

var safeCalls = map[string]bool{
	"Number": true, "parseInt": true, "parseFloat": true, "BigInt": true, "Boolean": true, "Date.now": true,
	"Number.parseInt": true, "Number.parseFloat": true, "crypto.randomUUID": true,
}

var safeMethods = map[string]bool{"getTime": true, "valueOf": true, "toISOString": true, "toFixed": true, "indexOf": true, "charCodeAt": true}

// safe reports an expression whose text nobody outside the code can choose:
// constants, numbers, choices among constants, generated placeholders, and
// what was compared with an allow-list.
func (in *inserter) safe(n syntax.Node, depth int) bool {
	n = model.Unwrap(n)
	if depth > 12 {
		return false
	}
	if _, ok := in.m.Text(n); ok || in.number(n) {
		return true
	}
	if !n.Is(syntax.AsExpression) && safeType(in.m, typeOf(in.m, n), 0) {
		return true
	}
	switch n.Kind() {
	case syntax.True, syntax.False, syntax.Null, syntax.UpdateExpression:
		return true
	case syntax.UnaryExpression:
		return true
	case syntax.BinaryExpression:
		l, r := n.Child(syntax.FieldLeft), n.Child(syntax.FieldRight)
		switch n.Operator() {
		case "-", "*", "/", "%", "**", "|", "&", "<<", ">>", ">>>":
			return true
		case "&&":
			return in.safe(r, depth+1)
		}
		return in.safe(l, depth+1) && in.safe(r, depth+1)
	case syntax.TernaryExpression:
		return in.safe(n.Child(syntax.FieldConsequence), depth+1) && in.safe(n.Child(syntax.FieldAlternative), depth+1)
	case syntax.TemplateString:
		for c := range n.NamedChildren() {
			if c.Is(syntax.TemplateSubstitution) && !in.safe(c.NamedChild(0), depth+1) {
				return false
			}
		}
		return true
	case syntax.CallExpression:
		return in.safeCall(n, depth)
	case syntax.MemberExpression:
		name := n.Child(syntax.FieldProperty).Text()
		return name == "length" || name == "size" || name == "databaseSize" || in.constantObject(n.Child(syntax.FieldObject))
	case syntax.SubscriptExpression:
		return in.constantObject(n.Child(syntax.FieldObject))
	case syntax.Identifier:
		return in.safeName(n, depth)
	}
	return false
}

func (in *inserter) safeName(n syntax.Node, depth int) bool {
	b := in.m.Resolve(n)
	if b == nil {
		return n.Text() == "undefined"
	}
	if in.allowListed(n, b) {
		return true
	}
	if b.Param != nil && b.Index == 1 && indexed(b.Param) {
		return true
	}
	if b.Param != nil {
		return in.safeParam(b, depth)
	}
	if !b.Init.OK() {
		return false
	}
	if b.Each {
		return in.safeElements(b.Init, depth+1)
	}
	if len(b.Path) > 0 {
		return false
	}
	if !in.safe(b.Init, depth+1) {
		return false
	}
	for _, w := range b.Writes {
		if w.OK() && !in.safe(w, depth+1) {
			return false
		}
	}
	return true
}

// safeParam reports a parameter of a function that only this code calls, each time
// with something safe.
func (in *inserter) safeParam(b *model.Binding, depth int) bool {
	f := b.Param
	if len(b.Path) > 0 || len(b.Writes) > 0 || !f.Hidden && !f.Restricted && (f.Class != nil || !f.Node.Is(syntax.FunctionDeclaration) || exported(in.m, f)) {
		return false
	}
	calls := in.m.Invocations(f)
	for _, op := range calls {
		if arg := model.Argument(op.Node, b.Index); op.Mode != model.Direct || !arg.OK() || !in.safe(arg, depth+1) {
			return false
		}
	}
	return len(calls) > 0
}

// exported reports a function that its file hands to others.
func exported(m *model.Module, f *model.Func) bool {
	names, _ := m.Home(f.Node).Exports()
	return f.Node.Parent().Is(syntax.ExportStatement) || names[f.Name]
}

// indexed reports a callback whose second parameter is a position in a list.
func indexed(f *model.Func) bool {
	args := f.Node.Parent()
	if !args.Is(syntax.Arguments) {
		return false
	}
	_, method := model.Callee(args.Parent())
	return method == "map" || method == "flatMap" || method == "from" || method == "forEach"
}

func (in *inserter) safeCall(n syntax.Node, depth int) bool {
	name := n.Child(syntax.FieldFunction).Text()
	object, method := model.Callee(n)
	switch {
	case safeCalls[name], strings.HasPrefix(name, "Math."), object.OK() && safeMethods[method], quotingNames.MatchString(method):
		return true
	case method == "join":
		return in.safeElements(object, depth+1)
	case method == "repeat", method == "slice", method == "trim", method == "substring", method == "toUpperCase", method == "toLowerCase":
		return in.safe(object, depth+1)
	case method == "replace" || method == "replaceAll":
		// Replacing whatever is not a word character makes a name safe.
		return strings.Contains(model.Argument(n, 0).Text(), "[^") || in.safe(object, depth+1)
	}
	if v := in.m.Eval(n.Child(syntax.FieldFunction)); v.Kind == model.FuncValue {
		return in.safeReturns(v.Func, depth)
	}
	if v := in.m.Eval(object); v.Kind == model.Instance {
		if f := v.Class.Member(method); f != nil {
			return in.safeReturns(f, depth)
		}
	}
	return false
}

// safeReturns reports a function that returns only safe text.
func (in *inserter) safeReturns(f *model.Func, depth int) bool {
	if !f.Body.Is(syntax.StatementBlock) {
		return in.safe(f.Body, depth+1)
	}
	found := false
	for _, op := range f.Ops {
		if op.Kind == model.OpReturn {
			if !in.safe(op.Value, depth+1) {
				return false
			}
			found = true
		}
	}
	return found
}

// safeElements reports an array all of whose elements are safe.
func (in *inserter) safeElements(n syntax.Node, depth int) bool {
	n = model.Unwrap(n)
	if depth > 12 {
		return false
	}
	switch n.Kind() {
	case syntax.Array:
		for e := range n.NamedChildren() {
			if e.Is(syntax.SpreadElement) && in.safeElements(e.NamedChild(0), depth+1) {
				continue
			}
			if !in.safe(e, depth+1) {
				return false
			}
		}
		return true
	case syntax.CallExpression:
		object, method := model.Callee(n)
		switch method {
		case "map", "flatMap", "from":
			at := 0
			if method == "from" {
				at = 1
			}
			f := in.m.Func(model.Unwrap(model.Argument(n, at)))
			return f != nil && in.safeReturns(f, depth+1) || in.safeElements(object, depth+1)
		case "fill":
			return in.safe(model.Argument(n, 0), depth+1)
		case "filter", "slice", "sort", "toSorted", "reverse", "concat":
			return in.safeElements(object, depth+1)
		case "keys", "values":
			return object.Text() == "Object" && in.constantObject(model.Argument(n, 0))
		}
	case syntax.Identifier:
		b := in.m.Resolve(n)
		if b == nil || b.Param != nil || len(b.Path) > 0 || b.Each || !in.safeElements(b.Init, depth+1) {
			return false
		}
		for _, u := range uses(in.m, b) {
			if call, method := methodOn(u); method == "push" {
				for a := range call.Child(syntax.FieldArguments).NamedChildren() {
					if !in.safe(a, depth+1) {
						return false
					}
				}
			}
		}
		return true
	case syntax.MemberExpression:
		return in.constantObject(n)
	}
	return false
}

// constantObject reports an object or array of constants written in the code,
// or an enum.
func (in *inserter) constantObject(n syntax.Node) bool {
	n = model.Unwrap(n)
	if b := in.m.Resolve(n); b != nil {
		if b.Decl.Is(syntax.EnumDeclaration) {
			return true
		}
		return b.Const && b.Param == nil && !b.Each && len(b.Path) == 0 && model.Unwrap(b.Init).Is(syntax.Object, syntax.Array)
	}
	if n.Is(syntax.MemberExpression) {
		if v := in.m.Eval(n.Child(syntax.FieldObject)); v.Is(model.Instance, model.ClassValue) {
			f := v.Class.Field(n.Child(syntax.FieldProperty).Text())
			return f != nil && f.Static && model.Unwrap(f.Init).Is(syntax.Object, syntax.Array)
		}
		return in.constantObject(n.Child(syntax.FieldObject))
	}
	return false
}

// allowListed reports a variable that its function compares with known values.
func (in *inserter) allowListed(n syntax.Node, b *model.Binding) bool {
	for _, u := range uses(in.m, b) {
		if u.Start() >= n.Start() {
			break
		}
		p := u.Parent()
		switch {
		case p.Is(syntax.Arguments):
			if _, method := model.Callee(p.Parent()); method == "includes" || method == "has" || method == "test" || method == "hasOwn" || quotingNames.MatchString(method) {
				return true
			}
		case p.Is(syntax.BinaryExpression) && p.Operator() == "in" && u.Field() == syntax.FieldLeft:
			return true
		case p.Is(syntax.BinaryExpression) && (p.Operator() == "===" || p.Operator() == "!=="):
			other := p.Child(syntax.FieldRight)
			if u.Field() == syntax.FieldRight {
				other = p.Child(syntax.FieldLeft)
			}
			if other.Is(syntax.String) {
				return true
			}
		}
	}
	return false
}

// safeType reports a type that leaves no choice of text: numbers, booleans and
// unions of literals.
func safeType(m *model.Module, t syntax.Node, depth int) bool {
	if !t.OK() || depth > 4 {
		return false
	}
	if t.Is(syntax.TypeIdentifier) {
		body := declaredType(m, t)
		return !body.Is(syntax.ObjectType) && safeType(m, body, depth+1)
	}
	for _, part := range strings.Split(t.Text(), "|") {
		part = strings.TrimSpace(part)
		if part == "" || part == "number" || part == "bigint" || part == "boolean" || part == "null" || part == "undefined" ||
			strings.HasPrefix(part, `"`) || strings.HasPrefix(part, "'") || part[0] >= '0' && part[0] <= '9' {
			continue
		}
		return false
	}
	return true
}
