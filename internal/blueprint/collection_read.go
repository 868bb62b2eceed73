package blueprint

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// detectCollections finds the lists that the spec keeps, with their fields. The
// fields may go on in the clauses that follow, since commas part clauses.
func (r *reader) detectCollections(other bool) []*Pattern {
	growth, grown := r.detectGrowth()
	var found []*Pattern
	byName := map[string]*Pattern{}
	for _, c := range r.clauses {
		if grown[c] {
			continue
		}
		if noun := r.itemNoun(c, other); noun != "" && !r.hasList(noun) && byName[noun] == nil {
			byName[noun] = &Pattern{Kind: Collection, Name: noun}
			found = append(found, byName[noun])
		}
	}
	if len(found) == 0 {
		return growth
	}
	last := found[0]
	open := false // the clause before ended within a list of fields
	for _, c := range r.clauses {
		text := c.norm
		if grown[c] {
			continue
		}
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
		for _, m := range defaultSaid.FindAllStringSubmatch(c.norm, -1) {
			for _, p := range found {
				if i := slices.IndexFunc(p.Fields, func(f Field) bool { return f.Name == m[1] }); i >= 0 && p.Fields[i].takeDefault(m[2]) {
					r.noteFields(c, m[0])
				}
			}
		}
		for _, m := range filteredBy.FindAllStringSubmatch(c.norm, -1) {
			for _, p := range found {
				for i := range p.Fields {
					if f := &p.Fields[i]; f.Name == m[1] && f.filterable() {
						f.Filter = true
					}
				}
			}
		}
	}
	for _, p := range found {
		if len(p.Fields) == 0 {
			p.Fields = usualFields(p.Name)
			if ticked.MatchString(r.norm) && !slices.ContainsFunc(p.Fields, func(f Field) bool { return f.Type == Boolean }) {
				p.Fields = append(p.Fields, Field{Name: "done", Type: Boolean})
			}
		}
	}
	for _, c := range r.clauses {
		if n := firstNumber(charBound, strings.ReplaceAll(c.norm, ",", "")); n > 0 && n <= MaxFieldChars {
			last.bound(n)
		}
	}
	return append(growth, found...)
}

// hasList reports whether the object that grows has a list already.
func (r *reader) hasList(name string) bool {
	return r.onto != nil && r.onto.place(Collection, name) >= 0
}

// ticked is what people do to rows that are done with.
var ticked = re(`\b(?:check|tick|cross)(?:s|es|ed|ing)?(?: (?:them|it|items?|todos?|tasks?))? off\b|\bmark\w* (?:\w+ )?(?:as )?(?:done|complete\w*|bought|finished)\b|\b(?:un)?check (?:items?|todos?|tasks?)\b|\btoggle\w*\b`)

// bound sets the longest text of the fields that people write.
func (p *Pattern) bound(chars int) {
	for i := range p.Fields {
		if f := &p.Fields[i]; f.Type == Text && len(f.Values) == 0 {
			f.Max = chars
		}
	}
}

// nounPattern finds a noun as people write it, in singular or plural.
func nounPattern(noun string) *lazyregexp.Regexp {
	spelt := func(s string) string { return strings.ReplaceAll(s, "_", "[ _-]") }
	return re(`\b(?:` + spelt(noun) + `|` + spelt(Plural(noun)) + `)\b`)
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
	all, any := true, false
	for _, phrase := range splitFields(text) {
		if phrase = strings.Trim(phrase, " :."); phrase == "" || phrase == "fields" || phrase == "the fields" {
			continue
		}
		if own := ownColumn.MatchString(phrase); own {
			r.noteFields(c, phrase)
			any = true
			continue
		}
		if m := defaultAlone.FindStringSubmatch(phrase); m != nil && len(p.Fields) > 0 && p.Fields[len(p.Fields)-1].takeDefault(m[1]) {
			r.noteFields(c, phrase)
			any = true
			continue
		}
		f, ok := field(phrase)
		if !ok {
			all = false
			continue
		}
		any = true
		r.takeField(p, c, f, phrase)
	}
	return all && (any || strings.TrimSpace(text) == "" || strings.HasSuffix(strings.TrimSpace(c.norm), "fields"))
}

// takeField adds a field that a clause names.
func (r *reader) takeField(p *Pattern, c *clause, f Field, phrase string) {
	if r.hasList(p.Name) && !strings.Contains(phrase, "required") {
		f.Required = false // the rows that are there have no value for it
	}
	r.noteFields(c, phrase)
	if !slices.ContainsFunc(p.Fields, func(have Field) bool { return have.Name == f.Name }) && len(p.Fields) < maxFields {
		p.Fields = append(p.Fields, f)
	}
}

// noteFields keeps what a clause says of fields, for its cover.
func (r *reader) noteFields(c *clause, text string) {
	if r.fieldTexts == nil {
		r.fieldTexts = map[*clause][]string{}
	}
	r.fieldTexts[c] = append([]string{text}, r.fieldTexts[c]...)
}

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
	case "shopping", "grocery", "wish", "gift", "packing", "bucket", "chore", "gear":
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
		name := nounPattern(p.Name)
		announces := r.onto != nil && len(r.fieldTexts) > 0 && aField.MatchString(c.rest) // "new column: archived"
		about := announces || name.MatchString(c.rest) || slices.Contains(c.by, "collection") || len(r.fieldTexts[c]) > 0
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
		if r.onto != nil && (len(r.fieldTexts[c]) > 0 || announces) {
			c.words(wordSet("get gets need needs gain gains give gives want wants include includes carry carries receive receives field fields column columns called named new another extra additional further also introduce attribute attributes"), "collection", where)
		}
		for _, text := range r.fieldTexts[c] {
			c.rest = strings.Replace(c.rest, text, " ", 1)
			c.cover("collection", where)
		}
		if slices.ContainsFunc(p.Fields, func(f Field) bool { return f.Type == Boolean }) {
			c.take(ticked, "collection", r.whereIsOf(CollectionUpdate, p.Name))
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
		case IdlePurge, RateLimit, Chat, Feed, Counter, Lock, Schedule:
		default:
			return false
		}
	}
	return n == 1
}
