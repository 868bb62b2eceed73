package blueprint

import (
	"slices"
	"strings"
)

// What people write when a list that is there gets more fields: "add a priority
// field to todos", "each todo also needs a due date".
var (
	addsFields = re(`^(?:and |then |also |please |now )*(?:(?:add|adds|adding|give|gives|include|includes|introduce)\b|(?:(?:the|all|every|each|an?) )?(?:\x00 )?(?:should |must |can |could |will )?(?:also |now |further )?(?:gets?|needs?|wants?|has|have|having|gains?|carry|carries|receives?|includes?|with)\b)`)
	aField     = re(`\b(?:fields?|columns?|propert(?:y|ies)|attributes?)\b`)
	article    = re(`^(?:an?|the) `)
	further    = re(`\b(?:also|now|new|another|extra|additional|further|called|named|too|as well)\b`)
)

// detectGrowth finds what clauses add to the lists that the growing object has, a
// pattern each with that alone, and the clauses that it has read.
func (r *reader) detectGrowth() (found []*Pattern, read map[*clause]bool) {
	read = map[*clause]bool{}
	if r.onto == nil {
		return nil, read
	}
	growth := func(name string) *Pattern {
		for _, p := range found {
			if p.Name == name {
				return p
			}
		}
		p := &Pattern{Kind: Collection, Name: name}
		found = append(found, p)
		return p
	}
	target := r.growingList()
	open := false // the clause before named fields, which may go on
	for _, c := range r.clauses {
		name := r.listOf(c.norm)
		if name == "" && (open || addsFields.MatchString(c.norm) || aField.MatchString(c.norm)) {
			name = target
		}
		if name == "" {
			open = false
			continue
		}
		p := growth(name)
		open = r.readMoreFields(p, c)
		if n := firstNumber(itemBound, strings.ReplaceAll(c.norm, ",", "")); n > 0 && n <= MaxItems {
			p.MaxItems = n
		}
		read[c] = open || r.listOf(c.norm) != ""
		open = open || aField.MatchString(c.norm)
	}
	for _, p := range found {
		r.readMoreFilters(p)
	}
	return slices.DeleteFunc(found, func(p *Pattern) bool { return len(p.Fields) == 0 && p.MaxItems == 0 }), read
}

// growingList is the list that fields are added to where a clause does not say: the
// one that the spec names, or the only one that there is.
func (r *reader) growingList() string {
	if name := r.listOf(r.norm); name != "" {
		return name
	}
	names := r.onto.collections()
	if len(names) != 1 {
		return ""
	}
	only, _ := r.onto.Pattern(Collection)
	return only.Name
}

// listOf is the list of the growing object that a text names, "" if it names none.
func (r *reader) listOf(text string) string {
	for _, p := range r.onto.Patterns {
		if p.Kind == Collection && nounIn(p.Name, text) {
			return p.Name
		}
	}
	return ""
}

// readMoreFields takes the fields that a clause adds to a list that is there, and
// reports whether it named any. What is called a field is text where nothing says
// another type.
func (r *reader) readMoreFields(p *Pattern, c *clause) bool {
	text := nounPattern(p.Name).ReplaceAllString(c.norm, "\x00")
	text = addsFields.ReplaceAllString(text, " ")
	text = toThem.ReplaceAllString(text, " ")
	called := aField.MatchString(text)
	text = further.ReplaceAllString(aField.ReplaceAllString(text, " "), " ")
	any := false
	for _, phrase := range splitFields(strings.Join(strings.Fields(strings.ReplaceAll(text, "\x00", " ")), " ")) {
		phrase = article.ReplaceAllString(strings.Trim(phrase, " :."), "") // what stood behind it may be gone
		f, ok := field(phrase)
		if !ok && called {
			f, ok = field(phrase + " (text)")
		}
		if ok {
			r.takeField(p, c, f, phrase)
			any = true
		}
	}
	return any
}

var toThem = re(`\b(?:to|on|for|of|in|onto) (?:(?:the|all|every|each|my|our|an?) )*\x00(?: list)?|\bof (?:an?|the|each|every) \x00`)

// readMoreFilters takes the fields by which a list that is there is to be narrowed from
// now on, be they old or new.
func (r *reader) readMoreFilters(p *Pattern) {
	have := r.onto.Patterns[r.onto.place(Collection, p.Name)]
	for _, c := range r.clauses {
		for _, m := range filteredBy.FindAllStringSubmatch(c.norm, -1) {
			named := func(f Field) bool { return f.Name == m[1] && f.filterable() }
			if at := slices.IndexFunc(p.Fields, named); at >= 0 {
				p.Fields[at].Filter = true
			} else if slices.ContainsFunc(have.Fields, named) {
				p.Fields = append(p.Fields, Field{Name: m[1], Filter: true})
			}
		}
	}
}
