package blueprint

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// itemNouns are things that people keep lists of.
const itemNouns = `todo|to-do|task|note|comment|contact|bookmark|post|article|product|item|entry|record|ticket|expense|recipe|book|issue|card|photo|file|link|review|customer|employee|order|invoice|address|device|sensor|subscriber|subscription|feature|bug|idea|goal|habit|transaction|payment|member|player|student|course|movie|song|playlist|album|question|answer|category|tag|label|project|milestone|pet|vehicle|car|asset|document|snippet|flashcard|workout|meal|ingredient|lead|deal|appointment|booking|wish|gift|guest|highlight`

var (
	crud        = re(`\bcrud\b(?: (?:api|operations?|endpoints?|for|over|on|of|a|an|the|list|table))* (` + itemNouns + `)(?:e?s|ies)?\b|\b(` + itemNouns + `)(?:e?s|ies)? crud\b`)
	listOf      = re(`\b(todo|to-do|task|shopping|packing|bucket|chore|gear|wish|grocery|contact|guest|reading|watch|book|item) lists?\b|\b(?:list|catalogue?|collection|directory|table|registry|inventory|log) of (?:\w+ )?(` + itemNounsPlural + `)\b`)
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
	title: "collections (CRUD)", parameters: "name, fields (name, type, required, default, max, values, filter), max_items",
	about:  "rows of one shape: create, list page by page, read, change, remove; bodies checked field by field, lists narrowed by a field",
	speaks: re(`\bcrud\b|\blists?\b|\bpag(?:ing|inat\w+)\b|\b(?:add|edit|delete|remove|update|create|store|complete|mark|toggle|check|tick)\w*\b|\bfields\b|\bfilter\w*`),
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

// filterable reports whether lists can be narrowed by the field.
func (f Field) filterable() bool { return f.Type != JSONValue && f.Type != Number }

// Time reports whether a field is a time, by its name: milliseconds need more
// room than other numbers.
func (f Field) Time() bool { return f.Type == Integer && timeName.MatchString(f.Name) }

var timeName = lazyregexp.MustCompile(`(?:_at|_ms|date|deadline|timestamp|time)$`)

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
		usual := maxLimit * 1_000
		if f.Time() {
			usual = MaxInteger
		}
		fill(&f.Max, usual)
		if err := count("max", f.Max, 1, MaxInteger); err != nil {
			return err
		}
	case Boolean:
		f.Max = 0
	}
	if err := f.checkDefault(); err != nil {
		return err
	}
	if f.Filter {
		if !f.filterable() {
			return fmt.Errorf("filter is for text, integer and boolean fields, and %s is %s", f.Name, f.Type)
		}
		if f.Name == b.Key {
			return fmt.Errorf("name is %q, and ?%s= chooses the object, so it cannot filter a list", f.Name, b.Key)
		}
	}
	return nil
}

// checkDefault refuses a default that a body could not give either.
func (f *Field) checkDefault() error {
	if f.Default == nil {
		return nil
	}
	if f.Required {
		return fmt.Errorf("default is for a field that may be left out, and %s is required; keep one of the two", f.Name)
	}
	ok, allowed := false, ""
	switch f.Type {
	case Text:
		v, isText := f.Default.(string)
		if len(f.Values) > 0 {
			ok, allowed = isText && slices.Contains(f.Values, v), "one of its values ("+strings.Join(f.Values, ", ")+")"
			break
		}
		ok, allowed = isText && valueShape.MatchString(v) && len(v) <= f.Max, fmt.Sprintf("a text of 1 to %d letters, digits, blanks and _ . : @ / + -", min(f.Max, 64))
	case Integer:
		v, isNumber := f.Default.(float64)
		ok, allowed = isNumber && v == math.Trunc(v) && v >= 0 && v <= float64(f.Max), fmt.Sprintf("an integer from 0 to %d", f.Max)
	case Number:
		v, isNumber := f.Default.(float64)
		ok, allowed = isNumber && math.Abs(v) <= float64(f.Max), fmt.Sprintf("a number from -%[1]d to %[1]d", f.Max)
	case Boolean:
		_, ok = f.Default.(bool)
		allowed = "true or false"
	default:
		return fmt.Errorf("default is for text, numbers and booleans, and %s is %s", f.Name, f.Type)
	}
	if !ok {
		return fmt.Errorf("default is %s; of %s it can be %s", f.DefaultJSON(), f.Name, allowed)
	}
	return nil
}

// DefaultJSON is the default as JSON has it.
func (f Field) DefaultJSON() string {
	text, err := json.Marshal(f.Default)
	if err != nil {
		panic(err) // it was JSON, or is text, a number or a boolean: it cannot fail
	}
	return string(text)
}
