package scaffold

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// collection is a table of rows of one shape with create, read, list, change and
// remove, its bodies checked field by field.
type collection struct{ base }

func (c collection) uses() []string {
	used := []string{"body", "id", "integer", "page"}
	for _, f := range c.P.Fields {
		switch {
		case len(f.Values) > 0:
			used = append(used, "one_of")
		case f.Type == blueprint.Text:
			used = append(used, "text")
		case f.Type == blueprint.Number:
			used = append(used, "number")
		}
	}
	return used
}

func (c collection) tables(*view) []string { return []string{c.Plural()} }

// Plural is the table's name and the name of a list of rows.
func (c collection) Plural() string { return blueprint.Plural(c.P.Name) }

// Names of other patterns' constants and functions, and words that TypeScript keeps,
// which a list steps aside for. It does so whatever stands beside it, so that its names
// stay when the object grows.
var (
	takenConstants = strings.Fields(`MEMBERS PLAYERS OPTIONS VOTERS KEYS ATTEMPTS SESSION`)
	takenFunctions = strings.Fields(`shardOf senderOf`)
	keywords       = strings.Fields(`break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null
		package private protected public return static super switch this throw true try typeof var void while with yield await async arguments eval undefined`)
)

func aside(name, suffix string, taken []string) string {
	if slices.Contains(taken, name) {
		return name + suffix
	}
	return name
}

func (c collection) Upper() string {
	return aside(strings.ToUpper(c.Plural()), "_KEPT", takenConstants)
}
func (c collection) UpperOne() string {
	return aside(strings.ToUpper(c.P.Name), "_ROW", takenConstants)
}
func (c collection) Var() string    { return aside(camel(c.P.Name), "Row", keywords) }
func (c collection) rowOf() string  { return aside(c.Var()+"Of", "Row", takenFunctions) }
func (c collection) Vars() string   { return camel(c.Plural()) }
func (c collection) Reader() string { return "read" + c.Type() }
func (c collection) Words() string  { return strings.ReplaceAll(c.P.Name, "_", " ") }
func (c collection) WordsMany() string {
	return strings.ReplaceAll(c.Plural(), "_", " ")
}

// Type is the type of a row. It steps aside for names that the file has already.
func (c collection) Type() string {
	t := blueprint.Pascal(c.P.Name)
	if t == c.class || blueprint.Reserved(t) || blueprint.Reserved(t+"Row") {
		t += "Item"
	}
	return t
}

// Method is a method's name: createTodo.
func (c collection) Method(verb string) string { return verb + c.Type() }

func (c collection) ListMethod() string { return "list" + blueprint.Pascal(c.Plural()) }

// Row is the type of a row as SQLite has it.
func (c collection) Row() string {
	if c.booleans() == nil {
		return c.Type()
	}
	return c.Type() + "Row"
}

func (c collection) of(t blueprint.FieldType) []blueprint.Field {
	var found []blueprint.Field
	for _, f := range c.P.Fields {
		if f.Type == t {
			found = append(found, f)
		}
	}
	return found
}

func (c collection) booleans() []blueprint.Field { return c.of(blueprint.Boolean) }

// tsType is the type of a field's value. JSON travels as its text.
func tsType(f blueprint.Field) string {
	t := map[blueprint.FieldType]string{
		blueprint.Text: "string", blueprint.Integer: "number", blueprint.Number: "number", blueprint.Boolean: "boolean", blueprint.JSONValue: "string",
	}[f.Type]
	if f.Nullable() {
		t += " | null"
	}
	return t
}

// Types declares the row as callers see it, its fields, and, where SQLite has
// other types, the row as it has it.
func (c collection) Types() string {
	var b strings.Builder
	fmt.Fprintf(&b, "type %s = {\n  id: number;\n", c.Type())
	for _, f := range c.P.Fields {
		fmt.Fprintf(&b, "  %s: %s;\n", f.Name, tsType(f))
	}
	fmt.Fprintf(&b, "  created_at: number;\n};\n\ntype %[1]sFields = Omit<%[1]s, \"id\" | \"created_at\">;", c.Type())
	if bools := c.booleans(); bools != nil {
		names := make([]string, len(bools))
		members := make([]string, len(bools))
		for i, f := range bools {
			names[i], members[i] = fmt.Sprintf("%q", f.Name), f.Name+": number"
		}
		one := fmt.Sprintf("type %sRow = Omit<%s, %s> & { %s };", c.Type(), c.Type(), strings.Join(names, " | "), strings.Join(members, "; "))
		if len(one) > maxWidth {
			one = fmt.Sprintf("type %sRow = Omit<%s, %s> & {\n  %s;\n};", c.Type(), c.Type(), strings.Join(names, " | "), strings.Join(members, ";\n  "))
		}
		b.WriteString("\n\n/** SQLite knows no booleans. */\n" + one)
	}
	return b.String()
}

// Table is the statement that makes the table, with the fields that it had at first.
func (c collection) Table(v scope) string {
	columns := []string{"id INTEGER PRIMARY KEY AUTOINCREMENT"}
	for _, f := range c.P.Fields {
		if !slices.Contains(v.bp.Schema, columnEntry(c.P, f)) {
			columns = append(columns, column(f))
		}
	}
	columns = append(columns, "created_at INTEGER NOT NULL")
	statements := []string{fmt.Sprintf("CREATE TABLE %s (\n   %s\n ) STRICT", c.Plural(), fill(columns, 6, 3))}
	for _, f := range c.filters() {
		if !slices.Contains(v.bp.Schema, columnEntry(c.P, f)) && !slices.Contains(v.bp.Schema, indexEntry(c.P, f)) {
			statements = append(statements, c.index(f))
		}
	}
	return strings.Join(statements, ";\n ")
}

// index is the statement that makes a field quick to filter by. An index of SQLite's
// has the row's id behind its columns, so pages come from it in order.
func (c collection) index(f blueprint.Field) string {
	return fmt.Sprintf("CREATE INDEX %[1]s_by_%[2]s ON %[1]s (%[2]s)", c.Plural(), f.Name)
}

// column declares a field.
func column(f blueprint.Field) string {
	types := map[blueprint.FieldType]string{
		blueprint.Text: "TEXT", blueprint.Integer: "INTEGER", blueprint.Number: "REAL", blueprint.Boolean: "INTEGER", blueprint.JSONValue: "TEXT",
	}
	if f.Nullable() {
		return f.Name + " " + types[f.Type]
	}
	return f.Name + " " + types[f.Type] + " NOT NULL"
}

// columnEntry names a field that came later in the schema history.
func columnEntry(p *blueprint.Pattern, f blueprint.Field) string {
	return string(p.Kind) + " " + p.Name + "." + f.Name
}

// indexEntry names the index of a field in the schema history, where lists came to be
// filtered by it later.
func indexEntry(p *blueprint.Pattern, f blueprint.Field) string {
	return string(p.Kind) + " " + p.Name + "?" + f.Name
}

// later are the statements for the fields and filters that came later, by their names
// in the schema history. The rows of that time get the field's default.
func (c collection) later(schema []string) map[string]string {
	all := map[string]string{}
	for _, f := range c.P.Fields {
		statement := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", c.Plural(), column(f))
		if !f.Nullable() {
			statement += " DEFAULT " + sqlDefault(f)
		}
		if f.Filter && !slices.Contains(schema, indexEntry(c.P, f)) {
			statement += ";\n " + c.index(f)
		}
		all[columnEntry(c.P, f)] = "`" + statement + "`,"
		all[indexEntry(c.P, f)] = "`" + c.index(f) + "`,"
	}
	return all
}

// sqlDefault is a field's default as SQLite has it.
func sqlDefault(f blueprint.Field) string {
	switch v := f.Default.(type) {
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "1"
		}
	}
	return "0"
}

// tsDefault is a field's default as TypeScript has it.
func tsDefault(f blueprint.Field) string {
	switch v := f.Default.(type) {
	case string:
		return strconv.Quote(v)
	case float64:
		if v == math.Trunc(v) {
			return tsNumber(int64(v))
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	if f.Type == blueprint.Boolean {
		return "false"
	}
	return "null"
}

func (c collection) names() []string {
	var names []string
	for _, f := range c.P.Fields {
		names = append(names, f.Name)
	}
	return names
}

func (c collection) columns() []string {
	return slices.Concat([]string{"id"}, c.names(), []string{"created_at"})
}

// The statements stand at column 9 of the class, with their first line after a
// back quote.
const sqlIndent = 9

func (c collection) Insert() string {
	names := append(c.names(), "created_at")
	marks := strings.Repeat("?, ", len(names)-1) + "?"
	head := fmt.Sprintf("INSERT INTO %s (", c.Plural())
	return fmt.Sprintf("%s%s)\n       VALUES (%s)\n       RETURNING %s", head, fill(names, sqlIndent+len(head), 9), marks, fill(c.columns(), sqlIndent+10, 9))
}

func (c collection) SelectOne() string {
	return fmt.Sprintf("SELECT %s\n       FROM %s WHERE id = ?", fill(c.columns(), sqlIndent+7, 9), c.Plural())
}

func (c collection) filters() []blueprint.Field {
	var found []blueprint.Field
	for _, f := range c.P.Fields {
		if f.Filter {
			found = append(found, f)
		}
	}
	return found
}

func (c collection) SelectPage() string {
	where := "WHERE id > ?"
	if len(c.filters()) > 0 {
		where = "WHERE ${conditions.join(\" AND \")}"
	}
	return fmt.Sprintf("SELECT %s\n       FROM %s\n       %s ORDER BY id LIMIT ?", fill(c.columns(), sqlIndent+7, 9), c.Plural(), where)
}

// filterName is the variable of a filter.
func filterName(f blueprint.Field) string { return "by" + blueprint.Pascal(f.Name) }

// Conditions gather the filters that are given, so that the statement is one that an
// index can serve. Nothing of a request is in its text.
func (c collection) Conditions() string {
	if len(c.filters()) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("  const conditions = [\"id > ?\"];\n  const values: SqlStorageValue[] = [after];\n")
	for _, f := range c.filters() {
		value := filterName(f)
		if f.Type == blueprint.Boolean {
			value = "Number(" + value + ")"
		}
		fmt.Fprintf(&b, "  if (%s !== null) {\n    conditions.push(\"%s = ?\");\n    values.push(%s);\n  }\n", filterName(f), f.Name, value)
	}
	return b.String()
}

// PageArguments are the arguments of the listing statement, a line each.
func (c collection) PageArguments() string {
	if len(c.filters()) > 0 {
		return "      ...values,\n      limit,"
	}
	return "      after,\n      limit,"
}

// ListHead is the listing method's signature.
func (c collection) ListHead() string {
	args := []string{"after: number", "limit: number"}
	for _, f := range c.filters() {
		t := tsType(f)
		if !strings.HasSuffix(t, "| null") {
			t += " | null"
		}
		args = append(args, filterName(f)+": "+t)
	}
	return spread(2, c.ListMethod()+"(", args, "): "+c.Type()+"[] {")
}

// ListCall is what the route hands the listing method.
func (c collection) ListCall() string {
	args := []string{"after", "limit"}
	for _, f := range c.filters() {
		args = append(args, filterName(f))
	}
	return strings.Join(args, ", ")
}

// FilterReads take the filters from the query and check them.
func (c collection) FilterReads() []string {
	var lines []string
	for _, f := range c.filters() {
		v, get := filterName(f), fmt.Sprintf("params.get(%q)", f.Name)
		switch f.Type {
		case blueprint.Boolean:
			lines = append(lines,
				fmt.Sprintf("  const %sText = %s;", v, get),
				fmt.Sprintf("  if (%[1]sText !== null && %[1]sText !== \"true\" && %[1]sText !== \"false\") {\n    return refuse(400, \"%[2]s must be true or false.\");\n  }", v, f.Name),
				fmt.Sprintf("  const %[1]s = %[1]sText === null ? null : %[1]sText === \"true\";", v))
		case blueprint.Integer:
			lines = append(lines,
				fmt.Sprintf("  const %[1]s = params.has(%[3]q) ? Number(%[2]s) : null;", v, get, f.Name),
				fmt.Sprintf("  if (%[1]s !== null && !isInteger(%[1]s, 0, %[2]s)) {\n    return refuse(400, \"%[3]s must be an integer.\");\n  }", v, tsNumber(int64(f.Max)), f.Name))
		default:
			lines = append(lines, fmt.Sprintf("  const %s = %s;", v, get))
			if len(f.Values) > 0 {
				list := c.valuesName(f)
				lines = append(lines, fmt.Sprintf("  if (%[1]s !== null && !isOneOf(%[1]s, %[2]s)) {\n    return refuse(400, `%[3]s must be one of ${%[2]s.join(\", \")}.`);\n  }", v, list, f.Name))
			}
		}
	}
	return lines
}

// CreateHead is the creating method's signature.
func (c collection) CreateHead(v scope) string {
	return spread(2, v.Async()+c.Method("create")+"(", []string{"fields: " + c.Type() + "Fields"}, "): "+v.Returns(c.Type()+" | null")+" {")
}

// UpdateHead is the changing method's signature.
func (c collection) UpdateHead(v scope) string {
	return spread(2, v.Async()+c.Method("update")+"(", []string{"id: number", "change: Partial<" + c.Type() + "Fields>"}, "): "+v.Returns(c.Type()+" | null")+" {")
}

func (c collection) Update() string {
	var sets []string
	for _, n := range c.names() {
		sets = append(sets, n+" = ?")
	}
	return fmt.Sprintf("UPDATE %s\n     SET %s\n     WHERE id = ?", c.Plural(), fill(sets, 11, 7))
}

// Bound are the fields as a statement's arguments, a line each.
func (c collection) Bound(indentation, from string) string {
	var lines []string
	for _, f := range c.P.Fields {
		value := from + f.Name
		if f.Type == blueprint.Boolean {
			value = "Number(" + value + ")"
		}
		lines = append(lines, indentation+value+",")
	}
	return strings.Join(lines, "\n")
}

// OfRow turns a row of SQLite's into what callers see.
func (c collection) OfRow(row string) string {
	if c.booleans() == nil {
		return row
	}
	return c.rowOf() + "(" + row + ")"
}

func (c collection) MapRows() string {
	if c.booleans() == nil {
		return ""
	}
	return "\n    .map(" + c.rowOf() + ")"
}

func (c collection) OneOrNull() string {
	if c.booleans() == nil {
		return "row ?? null"
	}
	return "row ? " + c.OfRow("row") + " : null"
}

// Helpers are the conversion of rows, where one is needed, and the check of a
// body's fields.
func (c collection) Helpers() string {
	var all []string
	if bools := c.booleans(); bools != nil {
		members := []string{"...row"}
		for _, f := range bools {
			members = append(members, fmt.Sprintf("%[1]s: row.%[1]s === 1", f.Name))
		}
		all = append(all, fmt.Sprintf("function %[1]s(row: %[2]sRow): %[2]s {\n%[3]s\n}", c.rowOf(), c.Type(), indent(braced(2, "return ", members, ";"), "  ")))
	}
	if len(c.of(blueprint.JSONValue)) > 0 {
		members := []string{"..." + c.Var()}
		for _, f := range c.of(blueprint.JSONValue) {
			value := fmt.Sprintf("JSON.parse(%s.%s) as unknown", c.Var(), f.Name)
			if f.Nullable() {
				value = fmt.Sprintf("%[1]s.%[2]s === null ? null : (%[3]s)", c.Var(), f.Name, value)
			}
			members = append(members, f.Name+": "+value)
		}
		all = append(all, fmt.Sprintf("/** JSON is kept as its text and answered as what it says. */\nfunction shown%[1]s(%[2]s: %[1]s) {\n%[3]s\n}", c.Type(), c.Var(), indent(braced(2, "return ", members, ";"), "  ")))
	}
	return strings.Join(append(all, c.reader()), "\n\n")
}

func (c collection) reader() string {
	var b strings.Builder
	fmt.Fprintf(&b, "/** The fields that a body gives, or what is wrong with it. */\nfunction %s(body: Record<string, unknown>): Partial<%sFields> | string {\n", c.Reader(), c.Type())
	fmt.Fprintf(&b, "  const fields: Partial<%sFields> = {};\n  for (const [name, value] of Object.entries(body)) {\n    switch (name) {\n", c.Type())
	for _, f := range c.P.Fields {
		open, closing := "", ""
		if f.Type == blueprint.JSONValue {
			open, closing = " {", "      }\n" // its text is a variable of this case alone
		}
		fmt.Fprintf(&b, "      case %q:%s\n%s\n        fields.%s = %s;\n        break;\n%s", f.Name, open, indent(c.check(f), "        "), f.Name, stored(f), closing)
	}
	fmt.Fprintf(&b, "      default:\n        return `%s has no field ${JSON.stringify(name)}.`;\n    }\n  }\n  return fields;\n}", upperFirst(blueprint.Article(c.P.Name)))
	return b.String()
}

// stored is the value as it is kept.
func stored(f blueprint.Field) string {
	if f.Type != blueprint.JSONValue {
		return "value"
	}
	if !f.Nullable() {
		return "text"
	}
	return "value === null ? null : text"
}

const inReader = "return %q;"

// check is the statement that refuses a bad value of a field.
func (c collection) check(f blueprint.Field) string {
	var bad, rule string
	switch f.Type {
	case blueprint.Text:
		if len(f.Values) > 0 {
			quoted := make([]string, len(f.Values))
			for i, v := range f.Values {
				quoted[i] = fmt.Sprintf("%q", v)
			}
			bad, rule = "!isOneOf(value, "+c.valuesName(f)+")", "one of "+strings.Join(f.Values, ", ")
			break
		}
		bad, rule = fmt.Sprintf("!isText(value, %s)", tsNumber(int64(f.Max))), fmt.Sprintf("a text of 1 to %s characters", thousands(f.Max))
	case blueprint.Integer:
		bad, rule = fmt.Sprintf("!isInteger(value, 0, %s)", tsNumber(int64(f.Max))), "an integer from 0 to "+thousands(f.Max)
	case blueprint.Number:
		bad, rule = fmt.Sprintf("!isNumber(value, %s)", tsNumber(int64(f.Max))), fmt.Sprintf("a number from -%[1]s to %[1]s", thousands(f.Max))
	case blueprint.Boolean:
		return refusal("typeof value !== \"boolean\"", f.Name+" must be true or false.", inReader)
	case blueprint.JSONValue:
		return "const text = JSON.stringify(value);\n" + refusal(fmt.Sprintf("text.length > %s", tsNumber(int64(f.Max))), fmt.Sprintf("%s must be JSON of at most %s characters.", f.Name, thousands(f.Max)), inReader)
	}
	if f.Nullable() {
		bad, rule = "value !== null && "+bad, rule+" or null"
	}
	return refusal(bad, f.Name+" must be "+rule+".", inReader)
}

// refusal answers a message where the condition holds, on one line if it fits.
func refusal(condition, message, answer string) string {
	answer = fmt.Sprintf(answer, message)
	one := fmt.Sprintf("if (%s) %s", condition, answer)
	if len(one)+8 <= maxWidth {
		return one
	}
	return fmt.Sprintf("if (%s) {\n  %s\n}", condition, answer)
}

// Defaults take the fields of a new row from the body, and make it.
func (c collection) Defaults() string {
	var lines, members []string
	for _, f := range c.P.Fields {
		value := "fields." + f.Name
		if f.Required {
			lines = append(lines, refusal(value+" === undefined", f.Name+" is missing.", "return refuse(422, %q);"))
		} else {
			value += " ?? " + tsDefault(f)
		}
		members = append(members, f.Name+": "+value)
	}
	head := fmt.Sprintf("const %s = await stub.%s(", c.Var(), c.Method("create"))
	lines = append(lines, fmt.Sprintf("%s{\n  %s,\n});", head, strings.Join(members, ",\n  ")))
	return indent(strings.Join(lines, "\n"), "  ")
}

// Shown is the answer's expression for one row.
func (c collection) Shown(row string) string {
	if len(c.of(blueprint.JSONValue)) == 0 {
		return row
	}
	return "shown" + c.Type() + "(" + row + ")"
}

// ShownMany is the answer's member for a page of rows.
func (c collection) ShownMany() string {
	if len(c.of(blueprint.JSONValue)) == 0 {
		if c.Vars() == c.Plural() {
			return c.Vars()
		}
		return c.Plural() + ": " + c.Vars()
	}
	return fmt.Sprintf("%s: %s.map(shown%s)", c.Plural(), c.Vars(), c.Type())
}

// valuesName is the constant with the values of a field. Other collections may have a
// field by the same name.
func (c collection) valuesName(f blueprint.Field) string {
	return c.UpperOne() + "_" + strings.ToUpper(f.Name) + "_VALUES"
}

// Lists are the constants of fields with few values.
func (c collection) Lists() []string {
	var all []string
	for _, f := range c.P.Fields {
		if len(f.Values) == 0 {
			continue
		}
		quoted := make([]string, len(f.Values))
		for i, v := range f.Values {
			quoted[i] = fmt.Sprintf("%q", v)
		}
		all = append(all, spread(0, "const "+c.valuesName(f)+": readonly string[] = [", quoted, "];"))
	}
	return all
}

// camel is a name in lower camel case: line_item → lineItem.
func camel(name string) string {
	p := blueprint.Pascal(name)
	return strings.ToLower(p[:1]) + p[1:]
}

// thousands writes a number for people.
func thousands(n int) string { return strings.ReplaceAll(tsNumber(int64(n)), "_", ",") }

// sample is a value that a scenario gives a field; n tells samples apart.
func sample(f blueprint.Field, n int) string {
	switch f.Type {
	case blueprint.Integer:
		if f.Time() {
			return fmt.Sprint(min(1_800_000_000_000+n, f.Max)) // milliseconds, of 2027
		}
		return fmt.Sprint(min(n, f.Max))
	case blueprint.Number:
		return fmt.Sprintf("%d.5", min(n, f.Max-1))
	case blueprint.Boolean:
		return fmt.Sprint(n%2 == 0)
	case blueprint.JSONValue:
		return fmt.Sprintf(`{"n":%d}`, n)
	}
	if len(f.Values) > 0 {
		return fmt.Sprintf("%q", f.Values[n%len(f.Values)])
	}
	s := fmt.Sprintf("it's %s %d", strings.ReplaceAll(f.Name, "_", " "), n) // quotes must not reach SQL as syntax
	if len(s) > f.Max {
		s = strings.Repeat("x", f.Max)
	}
	return fmt.Sprintf("%q", s)
}

func (c collection) sampleRow(n int) string {
	var members []string
	for _, f := range c.P.Fields {
		members = append(members, fmt.Sprintf("%q:%s", f.Name, sample(f, n)))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (c collection) play(s *script) {
	one, many := c.Words(), c.WordsMany()
	at := func(op blueprint.Op, item string) target {
		return target{op: op, of: c.P.Name, object: "list", item: item}
	}
	with := func(t target, json string) target { t.json = json; return t }
	create, list := at(blueprint.CollectionCreate, ""), at(blueprint.CollectionList, "")
	empty := fmt.Sprintf(`{%q:[],"next":null}`, c.Plural())
	row := func(id, n int) string { return fmt.Sprintf(`{"id":%d,%s`, id, c.sampleRow(n)[1:]) }
	s.ask("there are no "+many, list, 200, empty)
	s.ask("add "+blueprint.Article(c.P.Name), with(create, c.sampleRow(1)), 201, row(1, 1))
	s.ask("add another", with(create, c.sampleRow(2)), 201, row(2, 2))
	s.evict()
	s.ask("the first survived", at(blueprint.CollectionRead, "1"), 200, row(1, 1))
	first := c.P.Fields[0]
	change := fmt.Sprintf("{%q:%s}", first.Name, sample(first, 3))
	s.ask("change a field of it", with(at(blueprint.CollectionUpdate, "1"), change), 200, fmt.Sprintf(`{"id":1,%s`, change[1:]))
	s.burst("20 at once", 20, with(create, c.sampleRow(4)), 201, "")
	page := list
	page.query = "limit=1"
	s.ask("a page has what was asked for", page, 200, fmt.Sprintf(`{%q:[{"id":1}],"next":1}`, c.Plural()))
	page.query = "limit=2&after=1"
	s.ask("the next page goes on", page, 200, fmt.Sprintf(`{%q:[{"id":2},{"id":3}],"next":3}`, c.Plural()))
	page.query = "limit=100&after=21"
	s.ask("none of the 20 is lost", page, 200, fmt.Sprintf(`{%q:[{"id":22}],"next":null}`, c.Plural()))
	page.query = "limit=0"
	s.ask("a page of nothing is refused", page, 400, "")
	for _, f := range c.filters() {
		page.query = f.Name + "=" + queryValue(sample(f, 2))
		s.ask("narrow the list by "+f.Name, page, 200, "")
	}
	s.ask("a field that no "+one+" has is refused", with(create, `{"no_such_field":1}`), 422, "")
	if i := slices.IndexFunc(c.P.Fields, func(f blueprint.Field) bool { return f.Required }); i >= 0 {
		s.ask("a missing field is refused", with(create, `{}`), 422, "")
	}
	s.ask("a value of the wrong type is refused", with(at(blueprint.CollectionUpdate, "1"), fmt.Sprintf("{%q:%s}", first.Name, wrong(first))), 422, "")
	broken := create
	broken.body = "{"
	s.ask("a body that is no JSON is refused", broken, 400, "")
	s.ask("delete the first", at(blueprint.CollectionRemove, "1"), 204, "")
	s.ask("it is gone", at(blueprint.CollectionRead, "1"), 404, "")
	s.ask("and cannot be changed", with(at(blueprint.CollectionUpdate, "1"), change), 404, "")
	s.ask("or deleted again", at(blueprint.CollectionRemove, "1"), 404, "")
	s.ask("the others stay", at(blueprint.CollectionRead, "2"), 200, row(2, 2))
	if given, made := c.leastRow(); made != "{}" {
		s.ask("what is left out gets its default", with(create, given), 201, made)
	}
}

// leastRow is a body with nothing but what must be given, and the defaults that the
// new row then has.
func (c collection) leastRow() (given, made string) {
	var required, defaults []string
	for _, f := range c.P.Fields {
		switch {
		case f.Required:
			required = append(required, fmt.Sprintf("%q:%s", f.Name, sample(f, 1)))
		case f.Default != nil:
			defaults = append(defaults, fmt.Sprintf("%q:%s", f.Name, f.DefaultJSON()))
		}
	}
	return "{" + strings.Join(required, ",") + "}", "{" + strings.Join(defaults, ",") + "}"
}

// wrong is a value that a field refuses.
func wrong(f blueprint.Field) string {
	switch f.Type {
	case blueprint.JSONValue:
		return fmt.Sprintf("%q", strings.Repeat("x", f.Max))
	case blueprint.Text:
		return "7"
	}
	return `"no"`
}

func queryValue(json string) string { return url.QueryEscape(strings.Trim(json, `"`)) }

func (c collection) afterPurge(s *script) {
	list := target{op: blueprint.CollectionList, of: c.P.Name, object: "list"}
	s.ask("no "+c.Words()+" is left", list, 200, fmt.Sprintf(`{%q:[],"next":null}`, c.Plural()))
	s.ask("and new ones can be added", target{op: blueprint.CollectionCreate, of: c.P.Name, object: "list", json: c.sampleRow(1)}, 201, "")
}

func (c collection) decisions(*view) []string {
	return []string{
		fmt.Sprintf("%s are rows of one STRICT table with ids that are never used again. A body is checked field by field: a field that no %s has, a missing one or a wrong value answers 422 and says which.", upperFirst(c.WordsMany()), c.Words()),
		fmt.Sprintf("Pages follow the id (`?limit=&after=`), so rows that come and go between two pages shift nothing. A change of %s reads and writes without waiting in between: two changes of different fields both stay.", blueprint.Article(c.P.Name)),
	}
}

func (c collection) limits(*view) []string {
	l := []string{fmt.Sprintf("At most %s %s per object (429), 100 per page.", thousands(c.P.MaxItems), c.WordsMany())}
	if f := c.filters(); len(f) > 0 {
		l = append(l, "Each filter has an index; a list that is narrowed by several uses one of them and looks at the rows for the others.")
	}
	return l
}

func (c collection) picture(*view) []string {
	return []string{fmt.Sprintf("worker --> %[1]sMethods[\"%[2]s(), %[3]s(), …\"]", c.Vars(), c.Method("create"), c.ListMethod()), fmt.Sprintf("%[1]sMethods --> %[2]s[(%[2]q)]", c.Vars(), c.Plural())}
}
