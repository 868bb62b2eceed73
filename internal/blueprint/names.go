package blueprint

import (
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

var (
	classHeader = lazyregexp.MustCompile(`(?:^|[\s"'` + "`" + `(])([A-Z][A-Za-z0-9]*)["'` + "`" + `]?\s+(?:DO|[Dd]urable [Oo]bject)s?\b`)
	classNamed  = lazyregexp.MustCompile(`(?:\b[Cc]lass|\b[Nn]amed|\b[Cc]alled)\s+["'` + "`" + `]?([A-Z][A-Za-z0-9]*)`)
	classColon  = lazyregexp.MustCompile(`^\s*#*\s*([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)\s*(?::|—|–| - )`)
	classCamel  = lazyregexp.MustCompile(`^\s*(?:[Aa]n? |[Tt]he |[Bb]uild (?:an? |the )?|[Cc]reate (?:an? |the )?)?([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)\b`)
)

// technical are capitalised words that name a technology or begin a sentence,
// never the class.
var technical = wordSet(`WebSocket WebSockets TypeScript JavaScript DurableObject DurableObjects Cloudflare Workers Worker SQLite SQL HTTP JSON
	A An The Build Create Make Write Implement Give Please Need We I My Our One Each Every Single Simple Spec Routes Route API Requirements Goal Note Notes Features`)

// className is the class's name as the spec gives it, "" if it does not.
func className(spec string) string {
	for _, p := range []*lazyregexp.Regexp{classNamed, classHeader, classColon, classCamel} {
		for _, m := range p.FindAllStringSubmatch(spec, -1) {
			if !technical[m[1]] && classShape.MatchString(m[1]) {
				return m[1]
			}
		}
	}
	return ""
}

// usableClass steps aside for a name that the runtime or the file uses already.
func usableClass(name string) string {
	if slices.Contains(reservedClasses, name) {
		return name + "Object"
	}
	return name
}

var keyPattern = lazyregexp.MustCompile(`\b(?:per|for each|for every|for any|one (?:object|instance|do|durable-object) (?:per|for each)|keyed by|each|every)[ -]+(?:(` + keyAdjectives + `)[ -]+)?([a-z][a-z0-9_]*)`)

// keyAdjectives may stand before what an object stands for: game lobby, chat room.
const keyAdjectives = `(?:game|chat|meeting|team|shopping|support|video|user|data)`

// notKeys are words that follow "per" or "each" without being what an object
// stands for.
var notKeys = wordSet(`second sec s minute min m hour hr h day d week w ms millisecond request req call message time one other of new object
	instance window connection socket event increment call key id the a`)

// keyNouns are the things that "each" or "every" may speak of; after "per" any
// word will do.
var keyNouns = wordSet(`room user client ip tenant document doc project organization organisation org team game match lobby channel session
	account customer device order product item page url resource file job topic board wallet auction workspace player poll post article city shop
	cart sensor ticket question repo name counter group conversation api_key member`)

// keyOf is the noun of a match: the second word of "game lobby", but the first
// of "user with".
func keyOf(m []string) string {
	if noun := singular(m[2]); m[1] == "" || keyNouns[noun] {
		return noun
	}
	return m[1]
}

// votesOnce speaks of who may count, not of what an object stands for.
var votesOnce = lazyregexp.MustCompile(`\b(?:one|once|single|unique|distinct)\b.*\b(?:per|for each|each)\b|\b(?:each|every) \w+ (?:can |may |only )*(?:votes?|cast)\b`)

// grouped tells parts of a sum, not objects.
var grouped = lazyregexp.MustCompile(`\b(?:totals?|sums?|averages?|grouped|grouping|statistics) (?:per|for each) \w+`)

// oneObject is "one" that says how many objects there are, not votes.
var oneObject = lazyregexp.MustCompile(`\bone (?:object|instance|do|durable-object)\b`)

var multi = lazyregexp.MustCompile(`\bmulti-(tenant|user|room|team|project|game|document)\b`)

// keyName is what one object stands for, as the clauses say it; "" if they do
// not. A noun in the clause of a rate counts only if there is no other.
func keyName(clauses []*clause, guardsMessages bool) string {
	var second string // from a clause whose "per" may mean something else
	for _, c := range clauses {
		limits := len(rates(c.norm)) > 0
		text := c.norm
		for _, r := range rates(text) {
			text = strings.Replace(text, r.text, " ", 1)
		}
		text = grouped.ReplaceAllString(text, " ")
		for _, m := range keyPattern.FindAllStringSubmatch(text, -1) {
			noun := keyOf(m)
			strict := strings.HasPrefix(m[0], "each") || strings.HasPrefix(m[0], "every")
			if notKeys[noun] || strict && !keyNouns[noun] || !keyShape.MatchString(noun) {
				continue
			}
			if votesOnce.MatchString(oneObject.ReplaceAllString(c.norm, " ")) || limits && guardsMessages {
				continue // this tells people apart, not objects
			}
			if !limits {
				return noun
			}
			if second == "" {
				second = noun
			}
		}
	}
	if second != "" {
		return second
	}
	for _, c := range clauses {
		if m := multi.FindStringSubmatch(c.norm); m != nil {
			return m[1]
		}
		if m := nounBefore.FindStringSubmatch(c.norm); m != nil && keyNouns[m[1]] {
			return m[1]
		}
	}
	return ""
}

var nounBefore = lazyregexp.MustCompile(`\b([a-z_]+)[ -](?:locks?|locking|mutex(?:es)?|leases?|rate-limit\w*|settings|preferences|leader ?boards?|buffers?)\b`)

func singular(noun string) string {
	if strings.HasSuffix(noun, "s") && !strings.HasSuffix(noun, "ss") && len(noun) > 3 {
		return strings.TrimSuffix(noun, "s")
	}
	return noun
}

// queryParameters are those that handlers read.
var queryParameters = strings.Fields("key id sender limit after series")

// usableKey steps aside for the names of other query parameters.
func usableKey(key string) string {
	if slices.Contains(queryParameters, key) {
		return "name"
	}
	return key
}

// keyOfRoutes is what the routes have before a parameter that more follows, such
// as the room of /rooms/:id/count; "" if they have none.
func (r *reader) keyOfRoutes() string {
	for _, c := range r.clauses {
		for _, m := range objectInPath.FindAllStringSubmatch(c.text, -1) {
			if noun := singular(strings.ToLower(m[1])); keyNouns[noun] && keyShape.MatchString(noun) {
				return noun
			}
		}
	}
	return ""
}

var objectInPath = lazyregexp.MustCompile(`/([A-Za-z_]+)/[:{]\w+}?/\w`)

// Pascal is a name in upper camel case: line_item → LineItem.
func Pascal(name string) string {
	var b strings.Builder
	for w := range strings.SplitSeq(name, "_") {
		if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}
