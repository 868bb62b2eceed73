package storage

import (
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// logNames are tables that get a row for each thing that happens.
var logNames = regexp.MustCompile(`^(messages?|chat_?messages?|events?|logs?|audit\w*|history|clicks?|hits?|visits?|requests?|readings?|measurements?|metrics?|samples?|points|entries|activity|activities|notifications?|changes|revisions|edits|updates|observations|errors|\w+_(log|logs|events|history|messages|changes|updates))$`)

// logColumns say when a row was added.
var logColumns = regexp.MustCompile(`^(TS|TIMESTAMP|AT|TIME|(CREATED|SENT|LOGGED|OCCURRED|RECORDED|RECEIVED|POSTED|MEASURED|HAPPENED)(_?AT)?)$`)

// guestNames are tables of what comes and goes: who takes part, and what is under way.
var guestNames = regexp.MustCompile(`^(\w+_)?(players?|teams?|participants?|viewers?|visitors?|guests?|attendees|clients?|connections?|presence|sessions?|tokens?|codes|otps?|nonces?|jobs?|tasks|queue|outbox|games?|matches|lobbies|invites?|invitations?|cursors?|strokes?|moves?|votes?|attempts?|deliveries|heartbeats?|locks?|leases?|uploads?|chunks?|cache\w*)$`)

// talkNames are tables of which nobody takes rows out one by one as a rule: what was
// said, measured or logged.
var talkNames = regexp.MustCompile(`^((\w+_)?messages?|(\w+_)?logs?|audit\w*|(\w+_)?history|clicks?|hits?|visits?|readings?|measurements?|metrics?|samples?|changes|revisions|edits|updates|observations|errors)$`)

// seedNames are methods that fill an object once.
var seedNames = regexp.MustCompile(`(?i)seed|init|import|setup|restore|load|migrat|bootstrap`)

// rows is a table to which an object adds rows.
type rows struct {
	table string
	at    syntax.Node // the first INSERT outside the constructor
	log   bool        // a row for each event, as far as the name and the columns tell
	stamp bool        // a value of each row is the time
}

// addedRows lists the tables that get a new row in some entry point, in order.
func addedRows(m *model.Module, c *model.Class) []rows {
	return model.Memo(m, "storage: added rows of "+c.Key(), func() []rows { return findAddedRows(m, c) })
}

func findAddedRows(m *model.Module, c *model.Class) []rows {
	var out []rows
	for _, f := range roots(m, c) {
		if f == c.Ctor {
			continue
		}
		for _, s := range m.Expand(f) {
			r, ok := insertion(s)
			if !ok || !r.log && seedNames.MatchString(s.Func.Name) {
				continue
			}
			for a := range s.Node.Child(syntax.FieldArguments).NamedChildren() {
				r.stamp = r.stamp || m.DependsOn(a, clocks(m)...)
			}
			if !slices.ContainsFunc(out, func(o rows) bool { return o.table == r.table }) {
				r.at = s.At(m)
				out = append(out, r)
			}
		}
	}
	return out
}

// insertion reads a step that adds a row of data to a table.
func insertion(s model.Step) (rows, bool) {
	switch s.Kind {
	case model.OpSQL:
		for _, st := range statements(s.Op) {
			if st.Verb != "INSERT" || st.Upsert || len(st.Writes) == 0 || strings.Contains(st.Writes[0], model.Hole) || len(st.Params) == 0 || !slices.Contains(st.Words, "VALUES") {
				continue
			}
			return rows{table: st.Writes[0], log: logLike(st)}, true
		}
	case model.OpORM:
		if s.Method != "insert" && s.Method != "insertInto" || strings.Contains(chain(s.Node).Text(), "onConflict") {
			break
		}
		if t := ormTable(s.Op); t != "" {
			return rows{table: t, log: logNames.MatchString(t)}, true
		}
	}
	return rows{}, false
}

// chain is the whole of a call chain that begins with a call: db.insert(t).values(…).
func chain(n syntax.Node) syntax.Node {
	for {
		call, _ := methodOn(outer(n))
		if !call.OK() {
			return n
		}
		n = call
	}
}

// ormTable is the table that a query builder's call names, in lower case, with
// underscores: insert(schema.chatMessages) and insertInto("chat_messages").
func ormTable(op *model.Op) string {
	arg := model.Unwrap(model.Argument(op.Node, 0))
	name := arg.Text()
	switch arg.Kind() {
	case syntax.String:
		name = strings.Trim(name, `"'`)
	case syntax.MemberExpression:
		name = arg.Child(syntax.FieldProperty).Text()
	case syntax.Identifier:
	default:
		return ""
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.TrimSuffix(strings.ToLower(b.String()), "_table")
}

// growing maps each table that gets a new row for each event, as far as its
// name and columns tell, to the first INSERT outside the constructor. A table whose
// rows are stamped with the time and never deleted is one too.
func growing(m *model.Module, c *model.Class) (tables []string, insert map[string]syntax.Node) {
	insert = map[string]syntax.Node{}
	for _, r := range addedRows(m, c) {
		if r.log || r.stamp && len(removals(m, c, r.table)) == 0 {
			tables, insert[r.table] = append(tables, r.table), r.at
		}
	}
	return tables, insert
}

func logLike(st model.Statement) bool {
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

// removal is an operation that takes rows out of a table.
type removal struct {
	op *model.Op
	// keyed reports a DELETE of the rows with a key that somebody names.
	keyed bool
}

// removals are the operations of the class, or of a helper of the project, that
// take rows out of a table. A statement whose table or text is computed may be one,
// and so may what an ORM does to a table that cannot be read.
func removals(m *model.Module, c *model.Class, table string) []removal {
	var out []removal
	for f := range m.AllFuncs() {
		if owner := m.Owner(f); owner != nil && owner.Object != "" && !inherits(c, owner) {
			continue
		}
		for _, op := range f.Ops {
			switch op.Kind {
			case model.OpStorage:
				if op.Method == "deleteAll" {
					out = append(out, removal{op, false})
				}
			case model.OpORM:
				if t := ormTable(op); (op.Method == "delete" || op.Method == "deleteFrom") && (t == "" || t == table) {
					text := chain(op.Node).Text()
					out = append(out, removal{op, strings.Contains(text, "eq(") && !strings.Contains(text, "lt(") && !strings.Contains(text, "lte(") && !strings.Contains(text, "gt(")})
				}
			case model.OpSQL:
				if op.SQL == nil && op.Method == "exec" && f.Kind != model.Constructor && model.Unwrap(model.Argument(op.Node, 0)).Is(syntax.CallExpression) {
					out = append(out, removal{op, false})
				}
				for _, st := range statements(op) {
					if removes(st, table) {
						out = append(out, removal{op, st.Verb == "DELETE" && keyedOnly(st)})
					}
				}
			}
		}
	}
	return out
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

// keyedOnly reports a WHERE that does nothing but compare columns with values.
func keyedOnly(st model.Statement) bool {
	at := slices.Index(st.Words, "WHERE")
	if at < 0 {
		return false
	}
	for i, w := range st.Words[at:] {
		switch w {
		case "<", ">", "NOT", "LIMIT", "BETWEEN", "SELECT", "OR", model.Hole, "IS", "LIKE":
			return false
		case "IN":
			if i+1 < len(st.Words[at:]) && st.Words[at:][i+1] != "(" {
				return false
			}
		}
	}
	return true
}

// cleansUp reports a removal that happens by itself: not only when a caller names
// what should go. One in alarm(), beside an INSERT of the same table, or in a loop
// over rows does.
func cleansUp(m *model.Module, c *model.Class, r removal, table string) bool {
	if !r.keyed || r.op.Path.Within(model.Loop) != nil {
		return true
	}
	for _, f := range roots(m, c) {
		inserts, removes := false, false
		for _, s := range m.Expand(f) {
			t, ok := insertion(s)
			inserts = inserts || ok && t.table == table
			removes = removes || s.Op == r.op
		}
		if removes && (f.Name == "alarm" || f.Name == "onAlarm" || inserts) {
			return true
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
			if comparesUpward(n) && m.DependsOn(n, op.Node) {
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

// clocks are the expressions of the file that give the time.
func clocks(m *model.Module) []syntax.Node {
	return model.Memo(m, "storage: clocks", func() []syntax.Node {
		return slices.DeleteFunc(slices.Clone(fresh(m)), func(n syntax.Node) bool {
			name := n.Child(syntax.FieldFunction).Text()
			return freshCalls[name] && name != "Date.now"
		})
	})
}

// fresh are the expressions of the file that make a new value each time.
func fresh(m *model.Module) []syntax.Node {
	return model.Memo(m, "storage: fresh", func() []syntax.Node {
		var out []syntax.Node
		for n := range m.OfKind(syntax.CallExpression) {
			if _, method := model.Callee(n); method == "toISOString" || freshCalls[n.Child(syntax.FieldFunction).Text()] {
				out = append(out, n)
			}
		}
		for n := range m.OfKind(syntax.NewExpression) {
			if n.Child(syntax.FieldConstructor).Text() == "Date" && !model.Argument(n, 0).OK() {
				out = append(out, n)
			}
		}
		return out
	})
}
