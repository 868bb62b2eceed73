package model

import (
	"strings"

	"durable-objects-mcp/internal/syntax"
)

// typeValue reads the platform's types in an annotation.
func (m *Module) typeValue(t syntax.Node) Value {
	text := strings.TrimSpace(strings.TrimPrefix(t.Text(), ":"))
	text = strings.TrimSuffix(strings.TrimSuffix(text, " | undefined"), " | null")
	base, args, _ := strings.Cut(text, "<")
	base = strings.TrimSpace(base)
	if utilityTypes[base] {
		base, _, _ = strings.Cut(args, ",")
		base, _, _ = strings.Cut(base, "<")
		base = strings.TrimSpace(strings.TrimRight(base, "> "))
	}
	if (base == "Request" || base == "Response") && m.Home(t).ownType(base) {
		return Value{}
	}
	switch base {
	case "DurableObjectState":
		return Value{Kind: Ctx}
	case "ExecutionContext":
		return Value{Kind: WorkerCtx}
	case "DurableObjectStorage", "DurableObjectTransaction":
		return Value{Kind: Storage}
	case "SqlStorage":
		return Value{Kind: SQL}
	case "SyncKvStorage":
		return Value{Kind: SyncKV}
	case "DurableObjectNamespace":
		return Value{Kind: Namespace}
	case "DurableObjectStub":
		return Value{Kind: Stub}
	case "DurableObjectId":
		return Value{Kind: ObjectID}
	case "WebSocket":
		return Value{Kind: Socket}
	case "Env", "Cloudflare.Env", "CloudflareEnv":
		return Value{Kind: Env}
	case "Request":
		return Value{Kind: Request}
	case "Response":
		return Value{Kind: Response}
	case "SqlStorageCursor":
		return Value{Kind: Cursor}
	}
	if t.OK() && word(base) {
		if b := m.lookup(t, base); b != nil && b.Class != nil {
			return Value{Kind: Instance, Class: b.Class}
		}
	}
	return Value{}
}

// utilityTypes leave the members that they keep as they are.
var utilityTypes = map[string]bool{"Pick": true, "Omit": true, "Partial": true, "Required": true, "Readonly": true, "NonNullable": true}

// word reports a plain identifier.
func word(s string) bool {
	for i := range len(s) {
		if !wordByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// shape is the value of a declared object type: { sql: SqlStorage }, or an
// interface or alias of the project that says so. An interface that holds a
// namespace under a binding's name is the bindings.
func (m *Module) shape(t syntax.Node, depth int) Value {
	if !t.OK() || depth > maxEval {
		return Value{}
	}
	if t.Is(syntax.TypeAnnotation) {
		t = t.NamedChild(0)
	}
	switch t.Kind() {
	case syntax.ObjectType:
		return members(t)
	case syntax.GenericType:
		return m.shape(t.Child(syntax.FieldName), depth+1)
	case syntax.TypeIdentifier:
		if d := m.Declaration(t); d.Is(syntax.InterfaceDeclaration) {
			return members(d.Child(syntax.FieldBody))
		} else if d.Is(syntax.TypeAliasDeclaration) {
			return m.shape(d.Child(syntax.FieldValue), depth+1)
		}
	}
	return Value{}
}

// members is the value of something whose members are listed in a type's body.
func members(body syntax.Node) Value {
	for p := range body.NamedChildren() {
		if strings.HasPrefix(typeText(p.Child(syntax.FieldType)), "DurableObjectNamespace") {
			return Value{Kind: Env}
		}
	}
	return Value{Kind: Shape, Node: body}
}

func typeText(t syntax.Node) string { return strings.TrimSpace(strings.TrimPrefix(t.Text(), ":")) }

// Declaration finds the interface or alias that a type's name refers to, or the
// zero Node.
func (m *Module) Declaration(t syntax.Node) syntax.Node {
	home, name := m.Home(t), t.Text()
	for depth := 0; depth < maxReexports; depth++ {
		if d := home.ownDeclaration(name); d.OK() {
			return d
		}
		i, ok := home.Import(name)
		if !ok || home.links[i.From] == nil {
			break
		}
		home, name = home.links[i.From], i.Imported
	}
	return syntax.Node{}
}

func (m *Module) ownDeclaration(name string) syntax.Node {
	for n := range m.Tree.Root().NamedChildren() {
		if n.Is(syntax.ExportStatement) {
			n = n.Child(syntax.FieldDeclaration)
		}
		if n.Is(syntax.InterfaceDeclaration, syntax.TypeAliasDeclaration) && n.Child(syntax.FieldName).Text() == name {
			return n
		}
	}
	return syntax.Node{}
}

// ownType reports a type of the file, or of another one of the project, that
// has taken the name of one of the platform's.
func (m *Module) ownType(name string) bool {
	if i, ok := m.Import(name); ok {
		return !strings.Contains(i.From, "cloudflare")
	}
	return m.ownDeclaration(name).OK()
}

// shapeMember reads the declared type of a member.
func (m *Module) shapeMember(body syntax.Node, prop string) Value {
	for p := range body.NamedChildren() {
		if unquoteKey(p.Child(syntax.FieldName).Text()) != prop {
			continue
		}
		v := m.typeValue(p.Child(syntax.FieldType))
		if v.Kind == Unknown {
			v = m.shape(p.Child(syntax.FieldType), 1)
		}
		if v.Kind == Namespace {
			v.Name = prop
		}
		return v
	}
	return Value{}
}
