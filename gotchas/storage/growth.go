package storage

import (
	"regexp"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// logNames are tables that get a row for each thing that happens.
var logNames = regexp.MustCompile(`^(messages?|chat_?messages?|events?|logs?|audit\w*|history|clicks?|hits?|visits?|requests?|readings?|measurements?|metrics?|samples?|points|entries|activity|activities|notifications?|\w+_(log|logs|events|history|messages))$`)

// logColumns say when a row was added.
var logColumns = regexp.MustCompile(`^(TS|TIMESTAMP|AT|TIME|CREATED|CREATED_AT|CREATEDAT|SENT_AT|LOGGED_AT|OCCURRED_AT|RECORDED_AT|RECEIVED_AT)$`)

// growing maps each table that gets a new row for each event, as far as its
// name and columns tell, to the first INSERT outside the constructor.
func growing(m *model.Module, c *model.Class) (tables []string, insert map[string]*model.Op) {
	insert = map[string]*model.Op{}
	for _, f := range roots(m, c) {
		if f == c.Ctor {
			continue
		}
		for _, s := range m.Expand(f) {
			if s.Kind != model.OpSQL || s.Method != "exec" {
				continue
			}
			for _, st := range statements(s.Op) {
				if st.Verb != "INSERT" || st.Upsert || len(st.Writes) == 0 {
					continue
				}
				t := st.Writes[0]
				if insert[t] == nil && logLike(st) {
					tables, insert[t] = append(tables, t), s.Op
				}
			}
		}
	}
	return tables, insert
}

func logLike(st model.Statement) bool {
	if strings.Contains(st.Writes[0], model.Hole) {
		return false
	}
	if logNames.MatchString(st.Writes[0]) {
		return true
	}
	for _, w := range st.Words { // the column list
		if w == "VALUES" || w == "SELECT" {
			break
		}
		if logColumns.MatchString(w) {
			return true
		}
	}
	return false
}

// shrinks finds the operation of the class, or of a helper of the project, that removes rows of a table, or nil.
// A statement whose table or text is computed may be one, and so may what an
// ORM does.
func shrinks(m *model.Module, c *model.Class, table string) (*model.Op, bool) {
	for f := range m.AllFuncs() {
		if owner := m.Owner(f); owner != nil && owner != c && owner.Object != "" {
			continue
		}
		for _, op := range f.Ops {
			switch op.Kind {
			case model.OpStorage:
				if op.Method == "deleteAll" {
					return op, true
				}
			case model.OpORM:
				if op.Method == "delete" {
					return op, true
				}
			case model.OpSQL:
				if op.SQL == nil && op.Method == "exec" && f.Kind != model.Constructor && model.Unwrap(model.Argument(op.Node, 0)).Is(syntax.CallExpression) {
					return op, true
				}
				for _, st := range statements(op) {
					if removes(st, table) {
						return op, true
					}
				}
			}
		}
	}
	return nil, false
}

func removes(st model.Statement, table string) bool {
	named := func(w string) bool { return strings.EqualFold(w, table) || strings.Contains(w, model.Hole) }
	switch {
	case st.Verb == "DELETE":
		return len(st.Writes) > 0 && named(st.Writes[0])
	case st.Verb == "DROP" && st.Object == "TABLE", st.Object == "TRIGGER":
		for i, w := range st.Words {
			if i > 0 && named(w) && (st.Verb == "DROP" || st.Words[i-1] == "FROM") {
				return true
			}
		}
	}
	return false
}

// counted reports a table whose rows the class counts, as one does to stop at
// a limit.
func counted(m *model.Module, c *model.Class, table string) bool {
	for _, op := range m.ClassOps(c) {
		if op.Kind != model.OpSQL {
			continue
		}
		for _, st := range statements(op) {
			if st.Aggregate && len(st.Words) > 1 && st.Words[1] == "COUNT" && len(st.Reads) > 0 && st.Reads[0] == table && decides(m, op) {
				return true
			}
		}
	}
	return false
}

// decides reports an operation whose result is compared with a limit.
func decides(m *model.Module, op *model.Op) bool {
	for n := range op.Func.Body.Descendants() {
		if !n.Is(syntax.BinaryExpression) {
			continue
		}
		switch n.Operator() {
		case "<", ">", "<=", ">=":
			if m.DependsOn(n, op.Node) {
				return true
			}
		}
	}
	return false
}

// freshCalls make a value that was never there before.
var freshCalls = map[string]bool{
	"Date.now": true, "crypto.randomUUID": true, "Math.random": true, "performance.now": true,
	"ulid": true, "nanoid": true, "uuid": true, "uuidv4": true, "uuidv7": true, "randomUUID": true, "v4": true, "cuid": true, "createId": true,
}

// fresh are the expressions of the file that make a new value each time.
func fresh(m *model.Module) []syntax.Node {
	var out []syntax.Node
	for n := range m.Tree.Root().Descendants() {
		_, method := model.Callee(n)
		if n.Is(syntax.CallExpression) && (freshCalls[n.Child(syntax.FieldFunction).Text()] || method == "toISOString") ||
			n.Is(syntax.NewExpression) && n.Child(syntax.FieldConstructor).Text() == "Date" && !model.Argument(n, 0).OK() {
			out = append(out, n)
		}
	}
	return out
}
