package blueprint

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// Options overrides what a spec would name.
type Options struct {
	Class string // class name instead of the spec's
	Key   string // what one object stands for, instead of the spec's
	// Blueprint is what the object is made of, instead of what the spec's words
	// ask for: the spec is then only traced, clause by clause.
	Blueprint *Blueprint
	// Onto is an object that the spec adds patterns to.
	Onto *Blueprint
}

// clause is one demand while it is being read.
type clause struct {
	text string // as written
	norm string // lower case, spelling straightened
	rest string // what is not yet understood of norm

	by, where, missing, place []string
}

// take removes every match from what is left and notes what covers it.
func (c *clause) take(re *lazyregexp.Regexp, by, where string) bool {
	if !re.MatchString(c.rest) {
		return false
	}
	c.rest = re.ReplaceAllString(c.rest, " ")
	c.cover(by, where)
	return true
}

func (c *clause) cover(by, where string) {
	c.by = addOnce(c.by, by)
	for w := range strings.SplitSeq(where, ", ") {
		c.where = addOnce(c.where, w)
	}
}

func (c *clause) lack(missing, where string) {
	c.missing, c.place = addOnce(c.missing, missing), addOnce(c.place, where)
}

func addOnce(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// aboutObjects are words without which a text asks for no Durable Object.
var aboutObjects = lazyregexp.MustCompile(`\b(?:durable-objects?|dos?|state\w*|stor(?:e|es|ed|age|ing)|sav(?:e|es|ed|ing)|persist\w*|sessions?|track\w*|sync\w*|queues?|apis?|endpoints?|sockets?|alarms?|keys?|tenants?|inventory|carts?|records?|database|worker|workers|list of|documents?|leader ?boards?|presence|votes?|polls?|auctions?|bids?|count(?:s|ing)?|rooms?|lobby|lobbies|jobs?|tasks?|purg(?:e|es|ing)|expir\w+|limit(?:s|er|ing)?|tickets?|reservations?|accounts?|balances?|ledgers?|wallets?|guestbooks?|matches|` + itemNounsPlural + `|bookings?|coordinat\w+)\b|\b(?:get|post|put|patch|delete)\s+/\w|\b(?:per|for each|for every) (?:room|user|client|tenant|document|team|game|device)`)

const specExample = `"ChatRoom DO: WebSocket broadcast per room, message count at GET /count, delete room state after 30 min idle."`

// Read turns a spec into a blueprint that is complete (see
// [Blueprint.Normalize]) and traces every clause. The error says what is wrong
// with the spec and shows what one looks like.
func Read(spec string, opts Options) (*Blueprint, error) {
	if strings.TrimSpace(spec) == "" {
		return nil, errors.New("the spec is empty; say what the Durable Object keeps, does and answers, e.g. " + specExample)
	}
	if len(spec) > MaxSpecBytes {
		return nil, fmt.Errorf("the spec has %d bytes; at most %d are read: keep to what the object keeps, does and answers", len(spec), MaxSpecBytes)
	}
	r := &reader{bp: &Blueprint{Spec: spec}, norm: normalize(spec)}
	for _, text := range splitClauses(spec) {
		n := normalize(text)
		r.clauses = append(r.clauses, &clause{text: text, norm: n, rest: n})
	}
	if opts.Blueprint != nil {
		return r.trace(opts.Blueprint)
	}
	r.onto = opts.Onto
	r.detect()
	if opts.Onto != nil {
		return r.extend(opts.Onto)
	}
	if len(r.bp.Patterns) == 0 && !aboutObjects.MatchString(r.norm) {
		return nil, errors.New("the spec asks for nothing that a Durable Object does (state, sockets, counting, limits, locks, schedules, clean-up); a spec looks like " + specExample)
	}
	r.name(spec, opts)
	return r.finish()
}

// finish assigns the routes, completes the blueprint and traces every clause.
func (r *reader) finish() (*Blueprint, error) {
	unplaced := r.assignRoutes()
	if err := r.bp.Normalize(); err != nil {
		return nil, err
	}
	for _, c := range r.clauses {
		r.cover(c, unplaced[c])
		r.bp.Clauses = append(r.bp.Clauses, r.conclude(c))
	}
	return r.bp, nil
}

// extend adds what the spec asks for to an object: patterns, fields of its lists and
// other figures for what it has. The rest stays as it is; a clause that asks more of
// it comes back open.
func (r *reader) extend(onto *Blueprint) (*Blueprint, error) {
	added := r.bp.Patterns
	bp := onto.copied()
	grows := false
	for _, p := range added {
		at := bp.place(p.Kind, p.Name)
		if at < 0 {
			bp.Patterns = append(bp.Patterns, p)
			grows = true
			continue
		}
		changed, err := bp.Patterns[at].changed(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.label(), err)
		}
		grows = grows || !reflect.DeepEqual(changed, bp.Patterns[at])
		bp.Patterns[at] = changed
	}
	if !grows {
		return nil, fmt.Errorf("the spec names nothing that %s does not have already (it has %s); name what to add or to change, e.g. \"add a leaderboard with the top 10 scores\", \"todos get a due date\"", onto.Class, onto.kinds())
	}
	r.header = className(r.bp.Spec)
	spec := r.bp.Spec
	bp.Clauses, bp.Spec = nil, strings.TrimSpace(onto.Spec+"\n"+spec)
	r.bp = bp
	if err := bp.check(); err != nil {
		return nil, err
	}
	grown, err := r.finish()
	if err != nil {
		return nil, err
	}
	grown.Clauses = append(slices.Clone(onto.Clauses), grown.Clauses...)
	return grown, nil
}

// trace says what a given blueprint does of the spec. Routes that only the spec
// names are given to its operations.
func (r *reader) trace(given *Blueprint) (*Blueprint, error) {
	spec := r.bp.Spec
	bp := given.copied()
	bp.Clauses, bp.Spec = nil, spec
	r.bp = bp
	r.header = className(spec)
	fill(&bp.Purpose, oneLine(spec, 200))
	if err := bp.check(); err != nil {
		return nil, err
	}
	r.readAgain()
	return r.finish()
}

// readAgain finds the words of the spec that the given parameters account for.
func (r *reader) readAgain() {
	for _, c := range r.clauses {
		for _, f := range rates(c.norm) {
			if p, ok := r.bp.Pattern(RateLimit); ok && p.Limit == f.count && p.WindowMS == f.windowMS {
				r.rateText = f.text
			}
		}
	}
	r.detectCollections(false)
}

type reader struct {
	bp       *Blueprint
	norm     string // the whole spec, as a clause has it
	clauses  []*clause
	header   string     // the class name as the spec wrote it, "" if it did not
	onto     *Blueprint // the object that the spec adds to, nil if it makes a new one
	fallback bool       // no pattern was recognised; plain state stands in
	rateText string     // the rate that the limit was read from

	routes     map[*clause][]routeRef // the routes of a clause that are placed
	fieldTexts map[*clause][]string   // the phrases of a clause that name a collection's fields
}

func (r *reader) name(spec string, opts Options) {
	first := State
	r.fallback = len(r.bp.Patterns) == 0
	if !r.fallback {
		first = r.bp.Patterns[0].Kind // they are in presentation order
	}
	r.header = className(spec)
	class, key := definitionOf(first).class, definitionOf(first).key
	if p, ok := r.bp.Pattern(Collection); ok && (first == Chat || first == Relay) && !wantsRoom.MatchString(r.norm) {
		class, key = Pascal(p.Name)+"List", definitionOf(Collection).key // the sockets only serve the list
	} else if ok && first == Collection {
		class = Pascal(p.Name) + "List"
	}
	r.bp.Class = cmpOr(opts.Class, usableClass(cmpOr(r.header, class)))
	r.bp.Key = cmpOr(opts.Key, usableKey(cmpOr(keyName(r.clauses, r.guardsMessages()), cmpOr(r.keyOfRoutes(), key))))
	if r.bp.Has(Poll) && wordSet("user voter person client member")[r.bp.Key] && !perVoter.MatchString(r.norm) {
		r.bp.Key = definitionOf(Poll).key // voters are the rows of the poll
	}
	if r.bp.Key == "player" && r.bp.Has(Leaderboard) {
		r.bp.Key = definitionOf(Leaderboard).key // players are the rows of the board
	}
	r.bp.Purpose = oneLine(spec, 200)
}

func (r *reader) guardsMessages() bool {
	p, _ := r.bp.Pattern(RateLimit)
	return p.Guards == "messages"
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// conclude turns what was understood of a clause into its verdict.
func (r *reader) conclude(c *clause) Clause {
	residue := r.residue(c)
	out := Clause{Text: oneLine(c.text, 400), Status: Covered, By: strings.Join(c.by, ", "), Where: strings.Join(c.where, ", ")}
	if len(residue) > 0 {
		c.lack("not understood: "+quoteWords(residue), r.placeFor())
	}
	if apart := r.unconnected(c.by); len(c.missing) == 0 && apart != "" {
		c.lack("the parts are there, but nothing connects them: "+apart, "the methods of both in class "+r.bp.Class)
	}
	if len(c.missing) > 0 {
		out.Status = Open
		out.Missing = strings.Join(c.missing, "; ")
		out.Where = strings.Join(c.place, ", ")
		return out
	}
	if out.By == "" {
		out.By, out.Where = "the class itself", "class "+r.bp.Class
	}
	return out
}

// unconnected names the patterns that cover a clause together and know nothing of
// each other: "tell the sockets of each new todo" needs more than a chat and a
// list of todos.
func (r *reader) unconnected(by []string) string {
	var parts []string
	for _, b := range by {
		switch Kind(b) {
		case "", IdlePurge, RateLimit: // these are about the others
		default:
			if definitionOf(Kind(b)) != nil {
				parts = append(parts, b)
			}
		}
	}
	if r.bp.Has(Feed) { // it connects what changes with the sockets
		parts = slices.DeleteFunc(parts, func(p string) bool { return Kind(p) == Feed || Kind(p) == Chat || slices.Contains(published, Kind(p)) })
	}
	speaks := func(k Kind) bool { return slices.Contains(parts, string(k)) }
	switch {
	case len(parts) < 2, len(parts) == 2 && speaks(Chat) && speaks(Schedule): // what is due is broadcast
		return ""
	case speaks(Chat) || speaks(Relay) || speaks(Outbox) || speaks(Leaderboard):
		return strings.Join(parts, ", ")
	}
	return ""
}

func (r *reader) placeFor() string {
	switch {
	case r.bp.Has(Chat):
		return inRoutes + ", or webSocketMessage() if it concerns messages"
	case r.bp.Has(Schedule):
		return inRoutes + ", or #run() if it is what an event does"
	}
	return inRoutes
}

// residue lists the words of a clause that nothing explained.
func (r *reader) residue(c *clause) []string {
	var left []string
	for _, w := range wordPattern.FindAllString(c.rest, -1) {
		w = strings.Trim(w, "-_'")
		if w == "" || glue[w] || always[w] || singular(w) == r.bp.Key {
			continue
		}
		left = addOnce(left, w)
	}
	return left
}

func quoteWords(words []string) string {
	const most = 12
	var b strings.Builder
	for i, w := range words {
		if i == most {
			fmt.Fprintf(&b, " and %d more words", len(words)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", w)
	}
	return b.String()
}
