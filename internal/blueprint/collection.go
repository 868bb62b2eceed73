package blueprint

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// itemNouns are things that people keep lists of.
const itemNouns = `todo|to-do|task|note|comment|contact|bookmark|post|article|product|item|entry|record|ticket|expense|recipe|book|issue|card|photo|file|link|review|customer|employee|order|invoice|address|device|sensor|subscriber|subscription|feature|bug|idea|goal|habit|transaction|payment|member|player|student|course|movie|song|playlist|album|question|answer|category|tag|label|project|milestone|pet|vehicle|car|asset|document|snippet|flashcard|workout|meal|ingredient|lead|deal|appointment|booking|wish|gift|guest|highlight`

var (
	crud        = re(`\bcrud\b(?: (?:api|operations?|endpoints?|for|over|on|of|a|an|the|list|table))* (` + itemNouns + `)(?:e?s|ies)?\b|\b(` + itemNouns + `)(?:e?s|ies)? crud\b`)
	listOf      = re(`\b(todo|to-do|task|shopping|wish|grocery|contact|guest|reading|watch|book|item) lists?\b|\b(?:list|catalogue?|collection|directory|table|registry|inventory|log) of (?:\w+ )?(` + itemNounsPlural + `)\b`)
	managing    = re(`\b(?:add|adds|adding|create|creates|creating|edit|edits|editing|update|updates|delete|deletes|remove|removes|store|stores|keep|keeps|save|saves|manage|manages|managing|track|tracks)(?: (?:a|an|the|new|their|its|and|or|add|edit|update|delete|remove|list|read|each|many|all|of|single))* (` + itemNouns + `)(?:e?s)?\b|\b(?:add|create|edit|delete|manage|store|keep|track)\w*(?: \w+)? (` + itemNounsPlural + `)\b`)
	kept        = re(`\b(` + itemNouns + `)s? (?:tracker|manager|app|database|board|log|catalogue?)\b|\b(shopping) (?:cart|basket)\b|\b(` + itemNounsPlural + `) (?:with|have|has|having|contain\w*) `)
	itemRoute   = lazyregexp.MustCompile(`(?i)\b(?:get|post|put|patch|delete)\s+/(?:[\w-]+/[:{]\w+}?/)?([a-z][a-z_-]*)\b`)
	filteredBy  = re(`\b(?:filter|list)(?:s|ed|ing|able)?(?: \w+)? (?:by|on) (?:its |the |their )?([a-z_]+)`)
	itemBound   = re(`\b(?:max(?:imum)?(?: of)?|at most|up to|limit(?:ed)?(?: to| of)?|no more than|not more than) (\d[\d,_]*) (?:` + itemNounsPlural + `)\b`)
	fieldsStart = re(`\b(?:with|has|have|having|fields?|columns?|properties|containing|consists? of|made of)\b:?[ ]*`)
)

const itemNounsPlural = `todos|to-dos|tasks|notes|comments|contacts|bookmarks|posts|articles|products|items|entries|records|tickets|expenses|recipes|books|issues|cards|photos|files|links|reviews|customers|employees|orders|invoices|addresses|devices|sensors|subscribers|subscriptions|features|bugs|ideas|goals|habits|transactions|payments|students|courses|movies|songs|playlists|albums|questions|answers|categories|tags|labels|projects|milestones|pets|vehicles|cars|assets|documents|snippets|flashcards|workouts|meals|ingredients|leads|deals|appointments|bookings|wishes|gifts|guests|highlights`

var collectionDefinition = definition{
	kind: Collection, class: "ItemList", key: "list",
	title: "collections (CRUD)", parameters: "name, fields (name, type, required, max, values, filter), max_items",
	about:  "rows of one shape: create, list page by page, read, change, remove; bodies checked field by field, lists narrowed by a field",
	speaks: re(`\bcrud\b|\blists?\b|\bpag(?:ing|inat\w+)\b|\b(?:add|edit|delete|remove|update|create|store|complete|mark|toggle)\w*\b|\bfields\b|\bfilter\w*`),
	cover:  (*reader).coverCollections,
	words: wordSet(`crud list lists listing add adds adding create creates creating edit edits editing edited update updates updating updated change changes delete deletes deleting deleted
		remove removes removing removed get gets read reads view show shows fetch store stores keep keeps save saves manage manages track tracks paging paginate paginated pagination pages cursor by id ids one
		filter filters filtering filtered validate validates validated validation invalid reject rejects rejected 404 422 missing unknown catalog catalogue directory table new items item entries entry rows row partial partially`),
	normalize: (*Pattern).normalizeCollection,
	operations: []operation{
		{op: CollectionCreate, method: "POST", paths: []string{"/{items}"}, what: "adds {an}", words: strings.Fields("add create new")},
		{op: CollectionList, method: "GET", paths: []string{"/{items}"}, what: "lists {items} by id, page by page", words: strings.Fields("list all")},
		{op: CollectionRead, method: "GET", paths: []string{"/{items}/:id"}, what: "reads one {item}", item: "id", words: strings.Fields("read single")},
		{op: CollectionUpdate, method: "PATCH", paths: []string{"/{items}/:id"}, what: "changes the given fields of {an}", item: "id", words: strings.Fields("edit update change")},
		{op: CollectionRemove, method: "DELETE", paths: []string{"/{items}/:id"}, what: "removes {an}", item: "id", words: strings.Fields("delete remove")},
	},
}

// reservedTables are the tables of the other patterns.
var reservedTables = strings.Fields(`migrations due counters rate_window rate_windows uses bucket lease holds votes scores jobs dead_jobs events runs samples rollups deliveries session entries messages sqlite_sequence`)

// reservedNames are variables of the handlers.
var reservedNames = strings.Fields(`body field change id stub path request limit after next param deleted row page env name value`)

// reservedFields are columns that every row has, and words that SQL keeps.
var reservedFields = strings.Fields(`id created_at rowid limit after
	add all alter and as asc between by case cast check collate column commit constraint create cross current_date current_time current_timestamp default deferrable delete desc distinct drop
	each else end escape except exists explain filter for foreign from full generated glob group having if in index inner insert instead intersect into is isnull join key left like match natural
	no not nothing notnull null of offset on or order outer over partition plan pragma primary query raise range recursive references regexp reindex release rename replace restrict returning right
	rollback row rows savepoint select set table temp temporary then to transaction trigger unbounded union unique update using vacuum values view virtual when where window with without
	constructor prototype hasownproperty tostring valueof`)

func (p *Pattern) normalizeCollection(b *Blueprint) error {
	if !keyShape.MatchString(p.Name) {
		return fmt.Errorf("name is %q; it is the noun for one row, singular: lower-case letters, digits and _, at most 32, e.g. todo", p.Name)
	}
	if len(p.Name) > 24 || slices.Contains(reservedNames, p.Name) {
		return fmt.Errorf("name is %q; take a noun of at most 24 letters that the handlers do not use themselves (%s)", p.Name, strings.Join(reservedNames, ", "))
	}
	if slices.Contains(reservedTables, Plural(p.Name)) {
		return fmt.Errorf("name is %q, and another pattern has the table %s; take another noun", p.Name, Plural(p.Name))
	}
	if len(p.Fields) == 0 {
		p.Fields = []Field{{Name: "title", Type: Text, Required: true}}
	}
	if len(p.Fields) > maxFields {
		return fmt.Errorf("there are %d fields; at most %d are allowed, and one of type json can hold more", len(p.Fields), maxFields)
	}
	seen := map[string]bool{}
	for i := range p.Fields {
		f := &p.Fields[i]
		if err := f.normalize(b); err != nil {
			return fmt.Errorf("fields[%d]: %w", i, err)
		}
		if seen[f.Name] {
			return fmt.Errorf("fields[%d].name is %q a second time", i, f.Name)
		}
		seen[f.Name] = true
	}
	fill(&p.MaxItems, DefaultMaxItems)
	return count("max_items", p.MaxItems, 1, MaxItems)
}

var valueShape = lazyregexp.MustCompile(`^[\w .:@/+-]{1,64}$`)

func (f *Field) normalize(b *Blueprint) error {
	if !keyShape.MatchString(f.Name) {
		return fmt.Errorf("name is %q; allowed are lower-case letters, digits and _, at most 32, e.g. due_at", f.Name)
	}
	if slices.Contains(reservedFields, f.Name) {
		return fmt.Errorf("name is %q, which every row has already or SQL keeps for itself; take another, e.g. %s_value", f.Name, f.Name)
	}
	fill(&f.Type, Text)
	if err := oneOf("type", f.Type, Text, Integer, Number, Boolean, JSONValue); err != nil {
		return err
	}
	if len(f.Values) > 0 {
		if f.Type != Text {
			return fmt.Errorf("values are for text, and %s is %s", f.Name, f.Type)
		}
		if len(f.Values) > maxOptions {
			return fmt.Errorf("there are %d values; at most %d are allowed", len(f.Values), maxOptions)
		}
		for i, v := range f.Values {
			if !valueShape.MatchString(v) || slices.Contains(f.Values[:i], v) {
				return fmt.Errorf("values[%d] is %q; values differ and have 1 to 64 letters, digits, blanks and _ . : @ / + -", i, v)
			}
		}
	}
	switch f.Type {
	case Text, JSONValue:
		if len(f.Values) > 0 {
			f.Max = 0
			break
		}
		fill(&f.Max, DefaultFieldChars)
		if err := count("max", f.Max, 1, MaxFieldChars); err != nil {
			return err
		}
	case Integer, Number:
		fill(&f.Max, maxLimit*1_000)
		if err := count("max", f.Max, 1, maxLimit*1_000); err != nil {
			return err
		}
	case Boolean:
		f.Max = 0
	}
	if f.Filter {
		if f.Type == JSONValue || f.Type == Number {
			return fmt.Errorf("filter is for text, integer and boolean fields, and %s is %s", f.Name, f.Type)
		}
		if f.Name == b.Key {
			return fmt.Errorf("name is %q, and ?%s= chooses the object, so it cannot filter a list", f.Name, b.Key)
		}
	}
	return nil
}

// fieldTypes are fields that people name, with their usual types.
var fieldTypes = func() map[string]FieldType {
	types := map[string]FieldType{}
	for t, names := range map[FieldType]string{
		Text:      `title name text body content description summary status priority category author owner assignee email phone url link color colour currency notes sku label type kind address city country language comment company role slug note username genre artist headline message`,
		Integer:   `quantity stock count amount_cents price_cents age year rating score position due_at due_date deadline duration duration_ms points size views pages starts_at ends_at date timestamp`,
		Number:    `price amount weight height latitude longitude temperature total cost`,
		Boolean:   `done completed complete finished active archived pinned published read starred favorite favourite enabled checked paid public`,
		JSONValue: `tags metadata data payload attributes options labels`,
	} {
		for n := range strings.FieldsSeq(names) {
			types[n] = t
		}
	}
	return types
}()

var fieldPhrase = lazyregexp.MustCompile(`^(?:and |plus |with )?(?:an? |the |its |their )?(optional |required |unique )?([a-z][a-z_]*)( (?:date|time|flag|text|string|number|url|address|cents))?(?: ?\((text|string|integer|int|number|float|boolean|bool|json|required|optional)\))?$`)

// fieldValues is a field with the only values that it has: "status (open, done)".
var fieldValues = lazyregexp.MustCompile(`^(?:and |plus |with )?(?:an? |the |its |their )?([a-z][a-z_]*) ?\(((?:["']?[a-z0-9_-]+["']?)(?:(?: ?[,/|] ?| or )["']?[a-z0-9_-]+["']?)+)\)$`)

var typeWords = wordSet(`text string integer int number float boolean bool json required optional`)

// field reads one phrase, such as "a due date" or "price (number)".
func field(phrase string) (f Field, ok bool) {
	phrase = strings.TrimSpace(phrase)
	if v := fieldValues.FindStringSubmatch(phrase); v != nil && !typeWords[v[2]] {
		f = Field{Name: v[1], Type: Text}
		for _, value := range listSeparator.Split(v[2], -1) {
			f.Values = append(f.Values, strings.Trim(value, ` "'`))
		}
		return f, len(f.Values) > 1 && !slices.Contains(reservedFields, f.Name)
	}
	m := fieldPhrase.FindStringSubmatch(phrase)
	if m == nil || m[1] == "unique " {
		return f, false
	}
	f.Name = m[2]
	suffix := strings.TrimSpace(m[3])
	switch suffix {
	case "date", "time":
		f.Name, f.Type = f.Name+"_at", Integer
		if _, known := fieldTypes[m[2]]; !known && !slices.Contains([]string{"due", "start", "end", "birth", "release", "publish", "expiry"}, m[2]) {
			return f, false
		}
	case "cents":
		f.Name, f.Type = f.Name+"_cents", Integer
	case "flag":
		f.Type = Boolean
	case "number":
		f.Type = Number
	case "text", "string", "url", "address":
		f.Type = Text
	}
	switch m[4] {
	case "text", "string":
		f.Type = Text
	case "integer", "int":
		f.Type = Integer
	case "number", "float":
		f.Type = Number
	case "boolean", "bool":
		f.Type = Boolean
	case "json":
		f.Type = JSONValue
	}
	if t, known := fieldTypes[m[2]]; f.Type == "" {
		if !known {
			return f, false
		}
		f.Type = t
	}
	if slices.Contains(reservedFields, f.Name) || !keyShape.MatchString(f.Name) {
		return f, false
	}
	f.Required = m[1] == "required " || m[4] == "required" || m[1] == "" && m[4] != "optional" && slices.Contains([]string{"title", "name", "text", "body", "content", "email", "url", "price", "quantity", "stock"}, f.Name)
	return f, true
}

var listSeparator = lazyregexp.MustCompile(`\s*(?:,|/|\band\b|&|\bplus\b|\bor\b)\s*`)

// detectCollections finds the lists that the spec keeps, with their fields. The
// fields may go on in the clauses that follow, since commas part clauses.
func (r *reader) detectCollections(other bool) []*Pattern {
	var found []*Pattern
	byName := map[string]*Pattern{}
	for _, c := range r.clauses {
		if noun := r.itemNoun(c, other); noun != "" && byName[noun] == nil {
			byName[noun] = &Pattern{Kind: Collection, Name: noun}
			found = append(found, byName[noun])
		}
	}
	if len(found) == 0 {
		return nil
	}
	last := found[0]
	open := false // the clause before ended within a list of fields
	for _, c := range r.clauses {
		text := c.norm
		for _, p := range found {
			if nounIn(p.Name, text) {
				last, open = p, open && p == last
				break
			}
		}
		if at := fieldsStart.FindStringIndex(text); at != nil {
			open = r.readFields(last, c, text[at[1]:])
		} else if open {
			open = r.readFields(last, c, text)
		} else if inner := bracketed.FindStringSubmatch(text); inner != nil && nounIn(last.Name, text) {
			r.readFields(last, c, inner[1])
		}
		if n := firstNumber(itemBound, strings.ReplaceAll(text, ",", "")); n > 0 && n <= MaxItems {
			last.MaxItems = n
		}
	}
	for _, c := range r.clauses {
		for _, m := range filteredBy.FindAllStringSubmatch(c.norm, -1) {
			for _, p := range found {
				for i := range p.Fields {
					if f := &p.Fields[i]; f.Name == m[1] && f.Type != JSONValue && f.Type != Number {
						f.Filter = true
					}
				}
			}
		}
	}
	for _, p := range found {
		if len(p.Fields) == 0 {
			p.Fields = usualFields(p.Name)
		}
	}
	for _, c := range r.clauses {
		if n := firstNumber(charBound, strings.ReplaceAll(c.norm, ",", "")); n > 0 && n <= MaxFieldChars {
			last.bound(n)
		}
	}
	return found
}

// bound sets the longest text of the fields that people write.
func (p *Pattern) bound(chars int) {
	for i := range p.Fields {
		if f := &p.Fields[i]; f.Type == Text && len(f.Values) == 0 {
			f.Max = chars
		}
	}
}

// nounIn reports whether a text speaks of a noun, in singular or plural.
func nounIn(noun, text string) bool {
	for _, w := range wordPattern.FindAllString(text, -1) {
		if w = strings.ReplaceAll(w, "-", "_"); w == noun || w == Plural(noun) || w == "to_do" && noun == "todo" {
			return true
		}
	}
	return false
}

// usualFields are those of a thing whose spec names none.
func usualFields(noun string) []Field {
	switch noun {
	case "comment", "note", "review", "post", "answer", "question", "idea":
		return []Field{{Name: "body", Type: Text, Required: true, Max: 10_000}}
	case "bookmark", "link":
		return []Field{{Name: "url", Type: Text, Required: true, Max: 2_000}, {Name: "title", Type: Text}}
	case "todo", "task", "goal", "habit":
		return []Field{{Name: "title", Type: Text, Required: true}, {Name: "done", Type: Boolean}}
	case "expense", "transaction", "payment":
		return []Field{{Name: "amount", Type: Number, Required: true}, {Name: "description", Type: Text}}
	case "contact", "customer", "employee", "guest", "subscriber", "student":
		return []Field{{Name: "name", Type: Text, Required: true}, {Name: "email", Type: Text}}
	}
	return []Field{{Name: "title", Type: Text, Required: true}}
}

var bracketed = lazyregexp.MustCompile(`\(([^()]*)\)`)

// readFields takes the field phrases of a text and notes them in the clause. It
// reports whether the list was nothing but fields, so that it may go on.
func (r *reader) readFields(p *Pattern, c *clause, text string) bool {
	if r.fieldTexts == nil {
		r.fieldTexts = map[*clause][]string{}
	}
	all, any := true, false
	for _, phrase := range splitFields(text) {
		if phrase = strings.Trim(phrase, " :."); phrase == "" || phrase == "fields" || phrase == "the fields" {
			continue
		}
		if own := ownColumn.MatchString(phrase); own {
			r.fieldTexts[c] = append(r.fieldTexts[c], phrase)
			any = true
			continue
		}
		f, ok := field(phrase)
		if !ok {
			all = false
			continue
		}
		any = true
		r.fieldTexts[c] = append(r.fieldTexts[c], phrase)
		if !slices.ContainsFunc(p.Fields, func(have Field) bool { return have.Name == f.Name }) && len(p.Fields) < maxFields {
			p.Fields = append(p.Fields, f)
		}
	}
	return all && (any || strings.TrimSpace(text) == "" || strings.HasSuffix(strings.TrimSpace(c.norm), "fields"))
}

// splitFields cuts a list at commas and conjunctions outside brackets.
func splitFields(text string) []string {
	var inner []string
	text = bracketed.ReplaceAllStringFunc(text, func(m string) string {
		inner = append(inner, m)
		return "\x00"
	})
	parts := listSeparator.Split(text, -1)
	for i, p := range parts {
		for strings.Contains(p, "\x00") {
			p = strings.Replace(p, "\x00", inner[0], 1)
			inner = inner[1:]
		}
		parts[i] = p
	}
	return parts
}

// ownColumn are columns that every row has anyway.
var ownColumn = re(`^(?:an? |the |its |unique )*(?:id|created_at|created at|creation (?:date|time)|created (?:date|time|timestamp)|timestamp of creation)$`)

// itemNoun is what a clause keeps a list of, "" if it does not.
func (r *reader) itemNoun(c *clause, other bool) string {
	take := func(noun string) string {
		if noun = nounOf(noun); noun == "" || slices.Contains(reservedTables, Plural(noun)) {
			return ""
		}
		return noun
	}
	for _, m := range itemRoute.FindAllStringSubmatch(c.text, -1) {
		if noun := nounOf(strings.ToLower(m[1])); noun != "" && Plural(noun) == strings.ReplaceAll(strings.ToLower(m[1]), "-", "_") && !(other && contested[noun]) {
			return take(noun)
		}
	}
	text := routeText.ReplaceAllString(c.norm, " ")
	for _, p := range []*lazyregexp.Regexp{crud, listOf, kept, managing} {
		for _, m := range p.FindAllStringSubmatch(text, -1) {
			for _, g := range m[1:] {
				noun := take(g)
				if noun == "" || other && contested[noun] || p == managing && vague[noun] {
					continue
				}
				return noun
			}
		}
	}
	return ""
}

// contested are nouns that a queue or a scheduler, where there is one, is about;
// vague ones make a list only beside a word for it.
var (
	contested = wordSet(`task item post comment record entry member player ticket`)
	vague     = wordSet(`entry record file member player feature tag label document device item customer order subscription link question address booking payment transaction`)
)

// nounOf is the singular of a word for things that people keep lists of.
func nounOf(word string) string {
	switch word {
	case "shopping", "grocery", "wish", "gift":
		return "item"
	case "reading", "watch":
		return "item"
	case "to-do", "to-dos":
		return "todo"
	}
	if itemNoun.MatchString(word) {
		return strings.ReplaceAll(word, "-", "_")
	}
	for _, end := range []struct{ plural, singular string }{{"ies", "y"}, {"sses", "ss"}, {"shes", "sh"}, {"s", ""}} {
		if stem, ok := strings.CutSuffix(word, end.plural); ok && itemNoun.MatchString(stem+end.singular) {
			return strings.ReplaceAll(stem+end.singular, "-", "_")
		}
	}
	return ""
}

// cart is the name of a list of items.
var cart = re(`\b(?:shopping )?(?:cart|basket)s?(?:'s)?\b`)

// charBound is the longest text of a field.
var charBound = re(`\b(?:max(?:imum)?(?: of)?|at most|up to|limit(?:ed)?(?: to| of)?|no more than|not more than|no longer than) (\d{1,6}) char(?:acter)?s?\b`)

var itemNoun = re(`^(?:` + itemNouns + `)$`)

// Plural is the plural of a noun as English usually forms it.
func Plural(noun string) string {
	switch {
	case strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") && !strings.HasSuffix(noun, "ey") && !strings.HasSuffix(noun, "oy"):
		return noun[:len(noun)-1] + "ies"
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "sh"), strings.HasSuffix(noun, "ch"):
		return noun + "es"
	}
	return noun + "s"
}

// coverCollections accounts for what a clause says of the lists.
func (r *reader) coverCollections(c *clause) {
	for i := range r.bp.Patterns {
		p := &r.bp.Patterns[i]
		if p.Kind != Collection {
			continue
		}
		where := r.whereIsOf(CollectionCreate, p.Name) + ", " + r.whereIsOf(CollectionList, p.Name)
		name := re(`\b(?:` + strings.ReplaceAll(p.Name, "_", "[ _-]") + `|` + strings.ReplaceAll(Plural(p.Name), "_", "[ _-]") + `)\b`)
		about := name.MatchString(c.rest) || slices.Contains(c.by, "collection") || len(r.fieldTexts[c]) > 0
		if noun := r.itemNoun(c, false); noun != "" && noun == p.Name {
			about = true
			c.rest = listOf.ReplaceAllString(c.rest, " ")
		}
		if n := firstNumber(itemBound, strings.ReplaceAll(c.rest, ",", "")); n == p.MaxItems && n > 0 {
			c.take(itemBound, "collection", "MAX_"+strings.ToUpper(Plural(p.Name)))
		}
		if p.Name == "item" {
			c.take(cart, "collection", where)
		}
		if n := firstNumber(charBound, strings.ReplaceAll(c.rest, ",", "")); n > 0 && slices.ContainsFunc(p.Fields, func(f Field) bool { return f.Max == n }) {
			c.take(charBound, "collection", where)
		}
		for _, m := range filteredBy.FindAllStringSubmatch(c.rest, -1) {
			for _, f := range p.Fields {
				if f.Name == m[1] && f.Filter {
					c.rest = strings.Replace(c.rest, m[0], " ", 1)
					c.cover("collection", r.whereIsOf(CollectionList, p.Name)+"?"+f.Name+"=")
				}
			}
		}
		if !about && !(r.onlyCollection() && definitionOf(Collection).speaks.MatchString(c.rest)) {
			continue
		}
		for _, text := range r.fieldTexts[c] {
			c.rest = strings.Replace(c.rest, text, " ", 1)
			c.cover("collection", where)
		}
		if slices.ContainsFunc(p.Fields, func(f Field) bool { return f.Type == Boolean }) {
			c.words(wordSet("complete completes mark marks toggle toggles check checks uncheck archive archives pin pins"), "collection", r.whereIsOf(CollectionUpdate, p.Name))
		}
		c.take(re(`\b(?:limit|after)=[\w{}:]*`), "collection", where)
		c.words(wordSet("tracker manager"), "collection", where)
		if len(r.fieldTexts[c]) > 0 || slices.ContainsFunc(r.clauses, func(o *clause) bool { return len(r.fieldTexts[o]) > 0 }) && strings.TrimSpace(c.norm) == "fields" {
			c.words(wordSet("fields field columns column properties has have having containing made consists consist"), "collection", where)
		}
		c.take(name, "collection", where)
		c.words(definitionOf(Collection).words, "collection", where)
	}
}

// onlyCollection reports whether one list is all that the object keeps, so that
// "delete" and "paging" can only be about it.
func (r *reader) onlyCollection() bool {
	n := 0
	for _, p := range r.bp.Patterns {
		switch p.Kind {
		case Collection:
			n++
		case IdlePurge, RateLimit, Chat, Counter, Lock, Schedule:
		default:
			return false
		}
	}
	return n == 1
}

func (r *reader) whereIsOf(op Op, of string) string {
	route, ok := r.bp.RouteOf(op, of)
	if !ok {
		return ""
	}
	return route.Method + " " + route.Path
}
