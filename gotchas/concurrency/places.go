package concurrency

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// touches are the places that an operation touches: the model's, and the tables
// of a query builder on the object's own storage, as "orm:<table>".
func touches(m *model.Module, op *model.Op) []model.Access {
	switch op.Kind {
	case model.OpFieldRead, model.OpFieldWrite, model.OpFieldMutate:
		if c := m.Owner(op.Func); c != nil && handle(m, c, op.Name) {
			return nil
		}
		return m.Accesses(op)
	case model.OpStorage, model.OpKV:
		if keys := model.Unwrap(model.Argument(op.Node, 0)); keys.Is(syntax.Array) {
			return each(m, op, keys)
		}
		return m.Accesses(op)
	case model.OpORM:
	default:
		return m.Accesses(op)
	}
	if !ownORM(m) {
		return nil
	}
	switch op.Method {
	case "insert", "update", "delete":
		return []model.Access{{Place: "orm:" + model.Argument(op.Node, 0).Text(), Write: true}}
	case "select", "selectDistinct":
		if from := further(op.Node, "from"); from.OK() {
			return []model.Access{{Place: "orm:" + model.Argument(from, 0).Text()}}
		}
	}
	return nil
}

// each are the places of get([…]) and delete([…]).
func each(m *model.Module, op *model.Op, keys syntax.Node) []model.Access {
	var out []model.Access
	for k := range keys.NamedChildren() {
		out = append(out, model.Access{Place: "kv:" + m.Key(k), Write: op.Method != "get"})
	}
	return out
}

// prefixOf is the prefix of list({ prefix }), "" for all keys; ok is false for other
// calls and for a prefix that is not constant.
func prefixOf(m *model.Module, op *model.Op) (prefix string, ok bool) {
	if op.Method != "list" || op.Kind != model.OpStorage && op.Kind != model.OpKV {
		return "", false
	}
	for o := range model.Unwrap(model.Argument(op.Node, 0)).NamedChildren() {
		if o.Child(syntax.FieldKey).Text() == "prefix" {
			return m.Text(o.Child(syntax.FieldValue))
		}
	}
	return "", true
}

// handle reports a field that holds something of the platform, and no state.
func handle(m *model.Module, c *model.Class, field string) bool {
	f := c.Field(field)
	if f == nil {
		return c.Object != "" && (field == "ctx" || field == "env" || field == "state" && !c.Modern)
	}
	v := m.Eval(f.Init)
	return v.Is(model.Ctx, model.Env, model.Storage, model.SQL, model.SyncKV, model.ORM, model.Namespace)
}

// ownORM reports a file that uses a query builder on an object's storage.
func ownORM(m *model.Module) bool {
	for _, i := range m.Imports {
		if strings.Contains(i.From, "durable-sqlite") {
			return true
		}
	}
	return false
}

// further is the call of a method further along a chain: the from(…) of
// db.select().from(…), or the zero Node.
func further(call syntax.Node, method string) syntax.Node {
	for n := call; ; {
		member := n.Parent()
		next := member.Parent()
		if !member.Is(syntax.MemberExpression) || !next.Is(syntax.CallExpression) || member.Child(syntax.FieldObject) != n {
			return syntax.Node{}
		}
		if member.Child(syntax.FieldProperty).Text() == method {
			return next
		}
		n = next
	}
}

// loose is a place by which different methods' touches can be compared: of a key
// with inserted values only the constant parts.
func loose(m *model.Module, op *model.Op, place string) string {
	if !strings.HasPrefix(place, "kv:") || place == "kv:*" {
		return place
	}
	if text, holes := m.Template(model.Argument(op.Node, 0)); holes > 0 {
		return "kv:" + text
	}
	return place
}

// written are the expressions whose values a step writes. Of a SQL statement
// only the parameters of SET and VALUES count: those of WHERE select rows.
func written(s model.Step) []syntax.Node {
	switch s.Kind {
	case model.OpSQL:
		return absolute(s.Op, sqlValues(s.Op, "set", "values"))
	case model.OpStorage, model.OpKV:
		if arg := model.Unwrap(model.Argument(s.Node, 0)); arg.Is(syntax.Object) {
			return []syntax.Node{arg}
		}
		return []syntax.Node{model.Argument(s.Node, 1)}
	case model.OpORM:
		return []syntax.Node{model.Argument(further(s.Node, "set"), 0), model.Argument(further(s.Node, "values"), 0)}
	case model.OpFieldMutate:
		if !s.Node.Is(syntax.CallExpression) {
			return []syntax.Node{s.Value}
		}
		if s.Method == "set" {
			return []syntax.Node{model.Argument(s.Node, 1)}
		}
		return []syntax.Node{s.Node.Child(syntax.FieldArguments)}
	}
	return []syntax.Node{s.Value}
}

// sqlValues are the parameters that stand in some clauses of the last statement
// of a call: "set", "values", "where", "other".
func sqlValues(op *model.Op, clauses ...string) []syntax.Node {
	if op.SQL == nil || len(op.SQL.Statements) == 0 {
		return nil
	}
	var given []syntax.Node
	if args := op.Node.Child(syntax.FieldArguments); args.Is(syntax.TemplateString) {
		for c := range args.NamedChildren() {
			if c.Is(syntax.TemplateSubstitution) {
				given = append(given, c)
			}
		}
	} else {
		for c := range args.NamedChildren() {
			given = append(given, c)
		}
		given = given[min(1, len(given)):]
	}
	var out []syntax.Node
	for i, clause := range op.SQL.Statements[len(op.SQL.Statements)-1].Params {
		for _, wanted := range clauses {
			if clause == wanted && i < len(given) {
				out = append(out, given[i])
			}
		}
	}
	return out
}

// absolute leaves out of the values of an UPDATE those by which a column is only
// moved: SET n = n + ?.
func absolute(op *model.Op, values []syntax.Node) []syntax.Node {
	if len(values) == 0 {
		return nil
	}
	w := op.SQL.Statements[len(op.SQL.Statements)-1].Words
	out, n := values[:0:0], 0
	for i, word := range w {
		if word != "?" || n >= len(values) {
			continue
		}
		if moves := i >= 4 && w[i-3] == "=" && w[i-2] == w[i-4] && (w[i-1] == "+" || w[i-1] == "-"); !moves {
			out = append(out, values[n])
		}
		n++
	}
	return out
}

func describe(place string) string {
	kind, name, _ := strings.Cut(place, ":")
	switch kind {
	case "kv":
		return fmt.Sprintf("The stored value %q", name)
	case "sql", "orm":
		return fmt.Sprintf("The table %q", name)
	case "field":
		return fmt.Sprintf("The field %q", name)
	}
	return place
}
