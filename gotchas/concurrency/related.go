package concurrency

import (
	"regexp"
	"slices"
	"strings"

	"durable-objects-mcp/internal/model"
	"durable-objects-mcp/internal/syntax"
)

// pair is two writes of one event that must both happen or neither.
type pair struct {
	first, second int // indexes of the steps
	how           relation
}

// relation is why two writes belong together.
type relation uint8

const (
	unrelated relation = iota
	transfer           // one takes what the other adds
	booked             // one stores the amount by which the other changes a sum
	moved              // the second stores what the first takes away
	copied             // the second takes away what the first stores elsewhere
	sameNewID          // both store the id of a thing that this event makes
	counted            // one stores how many the other has
)

func (r relation) String() string {
	switch r {
	case transfer:
		return "one takes what the other adds"
	case booked:
		return "one notes the amount by which the other changes a sum"
	case moved:
		return "it stores what the first has taken away"
	case copied:
		return "it takes away what the first has stored elsewhere"
	case sameNewID:
		return "both store the id that was made here"
	case counted:
		return "one counts what the other holds"
	}
	return ""
}

// relatedWrites finds the pairs of storage writes that clearly belong together
// and of which the second follows the first in one run.
func relatedWrites(m *model.Module, steps []model.Step) []pair {
	var writes []int
	for i, s := range steps {
		if !s.Detached && storesRow(m, s) {
			writes = append(writes, i)
		}
	}
	var out []pair
	for x, i := range writes {
		// What belongs together stands close together.
		for _, j := range writes[x+1 : min(x+1+nearWrites, len(writes))] {
			if steps[i].Func == steps[j].Func && (steps[j].Node.Start() < steps[i].Node.Start() || !slices.Equal(steps[i].Calls, steps[j].Calls)) {
				continue // of different rounds or calls
			}
			if how := related(m, steps, i, j); how != unrelated && model.Reaches(steps[i], steps[j]) {
				out = append(out, pair{i, j, how})
			}
		}
	}
	return out
}

// nearWrites is how many of the writes after one may belong to it.
const nearWrites = 12

// nearReads is how many steps before two writes are searched for what they share.
const nearReads = 200

// storesRow reports a put, a delete, or a SQL statement alone in its call that
// changes rows.
func storesRow(m *model.Module, s model.Step) bool {
	switch s.Kind {
	case model.OpSQL:
		return s.SQL != nil && len(s.SQL.Statements) == 1 && s.SQL.Statements[0].Write()
	case model.OpStorage, model.OpKV:
		return s.Method == "put" && s.Value.OK() || s.Method == "delete"
	}
	return false
}

func related(m *model.Module, steps []model.Step, i, j int) relation {
	a, b := steps[i], steps[j]
	switch {
	case removesRows(a) && !removesRows(b) && (takesFrom(m, a, b) || sameSource(m, steps, i, j, i, j)):
		return moved
	case removesRows(b) && !removesRows(a) && sameSource(m, steps, j, i, i, j):
		return copied
	case removesRows(a) || removesRows(b):
		return unrelated
	case opposite(m, a, b):
		return transfer
	case books(m, a, b) || books(m, b, a):
		return booked
	case a.Kind != model.OpSQL && b.Kind != model.OpSQL && (counts(a, b) || counts(b, a)):
		return counted
	case inserts(a) && inserts(b) && place(m, a) != place(m, b) && !isRecord(place(m, a)) && sharesNewID(m, a, b):
		return sameNewID
	}
	return unrelated
}

// removesRows reports a step that takes rows or keys away.
func removesRows(s model.Step) bool {
	if s.Kind == model.OpSQL {
		return s.SQL.Statements[0].Verb == "DELETE"
	}
	return s.Method == "delete"
}

// takesFrom reports a write of what DELETE … RETURNING has given.
func takesFrom(m *model.Module, a, b model.Step) bool {
	return a.Kind == model.OpSQL && a.SQL.Statements[0].Returning && trace(m, carriers(m, a, b)...).into(b, written(b)...) == throughCode
}

// sameSource reports that one read says which rows or keys are taken away and what
// is stored, under another place.
func sameSource(m *model.Module, steps []model.Step, gone, stored, first, second int) bool {
	if place(m, steps[gone]) == place(m, steps[stored]) {
		return false
	}
	selects := []syntax.Node{model.Argument(steps[gone].Node, 0)}
	if steps[gone].Kind == model.OpSQL {
		selects = sqlValues(steps[gone].Op, "where")
	}
	for r := first - 1; r >= max(0, first-nearReads); r-- {
		if len(readPlaces(m, steps[r])) == 0 || !model.Reaches(steps[r], steps[second]) {
			continue
		}
		t := trace(m, carriers(m, steps[r], steps[second])...)
		if t.into(steps[stored], written(steps[stored])...) != throughCode {
			continue
		}
		t.names = true
		if t.into(steps[gone], selects...) == throughCode || sameKey(m, steps[r], steps[gone]) {
			return true
		}
	}
	return false
}

// sameKey reports that a key is read and then taken away.
func sameKey(m *model.Module, read, gone model.Step) bool {
	for _, place := range readPlaces(m, read) {
		if place == "kv:"+m.Key(model.Argument(gone.Node, 0)) {
			return true
		}
	}
	return false
}

// readPlaces are the stored places that a step reads.
func readPlaces(m *model.Module, s model.Step) []string {
	switch s.Kind {
	case model.OpStorage, model.OpKV, model.OpSQL, model.OpORM:
	default:
		return nil
	}
	var out []string
	for _, t := range touches(m, s.Op) {
		if !t.Write && stored(t.Place) {
			out = append(out, t.Place)
		}
	}
	return out
}

// books reports a new row with the amount by which another statement changes a sum.
func books(m *model.Module, row, sum model.Step) bool {
	if row.Kind != model.OpSQL || sum.Kind != model.OpSQL || row.SQL.Statements[0].Verb != "INSERT" || isRecord(place(m, row)) || place(m, row) == place(m, sum) {
		return false
	}
	c := sqlChange(sum)
	if c.sign == 0 {
		return false
	}
	for _, v := range sqlValues(row.Op, "values") {
		if v.Text() == c.amount && !v.Is(syntax.Number) && row.Func == sum.Func {
			return true
		}
	}
	return false
}

// place is the first place that a step writes.
func place(m *model.Module, s model.Step) string {
	for _, acc := range m.Accesses(s.Op) {
		if acc.Write {
			return acc.Place
		}
	}
	return ""
}

// opposite reports writes of two rows of a kind, where one subtracts an amount
// and the other adds it. Up and down again on one row is a slot that is taken
// for a while.
func opposite(m *model.Module, a, b model.Step) bool {
	if a.Kind == model.OpSQL && b.Kind == model.OpSQL {
		x, y := sqlChange(a), sqlChange(b)
		return place(m, a) == place(m, b) && x.sign*y.sign < 0 && x.amount == y.amount && x.row != y.row
	}
	if a.Kind == model.OpSQL || b.Kind == model.OpSQL {
		return false
	}
	prefix := keyPrefix(m, a)
	if prefix == "" || prefix != keyPrefix(m, b) || place(m, a) == place(m, b) {
		return false
	}
	x, y := valueChange(a.Value), valueChange(b.Value)
	return x.sign*y.sign < 0 && x.amount == y.amount
}

// change is x = x ± amount.
type change struct {
	sign   int    // 0 when it is something else
	amount string // source text
	row    string // what is changed: the column and what selects the row
}

// sqlChange reads UPDATE … SET x = x ± amount WHERE ….
func sqlChange(s model.Step) change {
	st := s.SQL.Statements[0]
	w := st.Words
	if st.Verb != "UPDATE" || s.Method != "exec" || numbered.MatchString(s.SQL.Text) {
		return change{}
	}
	for i := 0; i+4 < len(w); i++ {
		if w[i+1] != "=" || w[i] != w[i+2] || w[i+3] != "-" && w[i+3] != "+" {
			continue
		}
		c := change{sign: 1, amount: filled(s, i+4, i+5), row: w[i]}
		if w[i+3] == "-" {
			c.sign = -1
		}
		if where := slices.Index(w, "WHERE"); where >= 0 {
			c.row += " " + filled(s, where, len(w))
		}
		return c
	}
	return change{}
}

// numbered parameters (?1, :name) are not given in the order of their marks.
var numbered = regexp.MustCompile(`\?[0-9]|[:@$][A-Za-z]`)

// filled is a part of a statement's words with the source of the parameters in
// place of their marks.
func filled(s model.Step, from, to int) string {
	words := s.SQL.Statements[0].Words
	params := 0
	var out []string
	for i, w := range words[:to] {
		if w == "?" {
			params++
			w = model.Argument(s.Node, params).Text()
		}
		if i >= from {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// valueChange finds the x ± amount in a value that is put.
func valueChange(value syntax.Node) change {
	for n := range value.Descendants() {
		if !n.Is(syntax.BinaryExpression) {
			continue
		}
		amount := n.Child(syntax.FieldRight).Text()
		switch n.Operator() {
		case "-":
			return change{sign: -1, amount: amount}
		case "+":
			return change{sign: 1, amount: amount}
		}
	}
	return change{}
}

// keyPrefix is the constant start of a key that goes on with something computed:
// "balance:" of `balance:${user}`.
func keyPrefix(m *model.Module, s model.Step) string {
	text, holes := m.Template(model.Argument(s.Node, 0))
	if holes == 0 {
		return ""
	}
	prefix, _, _ := strings.Cut(text, model.Hole)
	return prefix
}

// counts reports that n stores the length or size of the variable that list stores.
func counts(n, list model.Step) bool {
	held := model.Unwrap(list.Value)
	size := model.Unwrap(n.Value)
	if !held.Is(syntax.Identifier) || !size.Is(syntax.MemberExpression) {
		return false
	}
	property := size.Child(syntax.FieldProperty).Text()
	return (property == "length" || property == "size") && size.Child(syntax.FieldObject).Text() == held.Text() && n.Func == list.Func
}

func inserts(s model.Step) bool {
	return s.Kind != model.OpSQL || s.SQL.Statements[0].Verb == "INSERT"
}

// isRecord reports a place that notes what was tried, which is meant to stay
// when the rest fails.
func isRecord(place string) bool { return recordName.MatchString(place) }

var recordName = regexp.MustCompile(`(?i)log|audit|histor|metric|attempt|event|request|seen|outbox|queue|pending|idempoten`)

// makesID are calls that make an id which nothing stored can know yet.
var makesID = regexp.MustCompile(`(?i)^(crypto\.)?(randomUUID|nanoid|uuid(v[147])?|ulid|cuid2?|createId|generateId|newId|makeId)$`)

// sharesNewID reports that both steps write an id that this event has made: a
// fresh one in a variable, or the one that the first write returns.
func sharesNewID(m *model.Module, a, b model.Step) bool {
	if a.Kind == model.OpSQL && a.SQL.Statements[0].Returning {
		for _, v := range rowParts(b) {
			if m.DependsOn(v, a.Node) {
				return true
			}
		}
	}
	ids := newIDs(m, a)
	for id := range newIDs(m, b) {
		if ids[id] {
			return true
		}
	}
	return false
}

// rowParts are the key and the values that a step writes.
func rowParts(s model.Step) []syntax.Node {
	if s.Kind == model.OpSQL {
		return written(s)
	}
	return []syntax.Node{model.Argument(s.Node, 0), s.Value}
}

func newIDs(m *model.Module, s model.Step) map[*model.Binding]bool {
	out := map[*model.Binding]bool{}
	for _, v := range rowParts(s) {
		for n := range v.Descendants() {
			b := m.Resolve(n)
			if b == nil || b.Global || len(b.Path) > 0 {
				continue
			}
			if made := model.Unwrap(b.Init); made.Is(syntax.CallExpression) && makesID.MatchString(made.Child(syntax.FieldFunction).Text()) {
				out[b] = true
			}
		}
	}
	return out
}
