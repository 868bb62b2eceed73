// Package blueprint is what a specification asks of a Durable Object, as data.
//
// A spec is free text. [Read] cuts it into clauses, reads names, durations,
// rates and routes, recognises the patterns that are wanted, and says for each
// clause either what covers it or what is missing and where it belongs. A
// clause counts as covered only when every word of it was understood: whatever
// is left over after the known phrases are taken away is named in an open
// clause, so nothing is dropped and nothing is claimed that is not built.
//
// The data is plain JSON, so that an agent can correct a blueprint instead of
// rewriting the code that is rendered from it.
package blueprint

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// MaxSpecBytes is the longest spec that is read.
const MaxSpecBytes = 20_000

// Kind names a pattern.
type Kind string

// The patterns.
const (
	Chat        Kind = "chat"        // WebSocket broadcast with a persisted message count
	Relay       Kind = "relay"       // WebSocket messages passed on as they are
	Collection  Kind = "collection"  // rows of one shape: create, read, list, change, remove
	Counter     Kind = "counter"     // a number changed atomically, over several objects if sharded
	RateLimit   Kind = "rate_limit"  // so many per window
	Lock        Kind = "lock"        // leases that expire, with fencing tokens
	Reservation Kind = "reservation" // units held for a time, then confirmed or free again
	Poll        Kind = "poll"        // one vote per voter
	Leaderboard Kind = "leaderboard" // scores by player, ranked
	Queue       Kind = "queue"       // work that consumers take, with visibility time-out and dead letters
	Schedule    Kind = "schedule"    // events that fall due later, once or again and again
	Buffer      Kind = "buffer"      // samples gathered and rolled up by period
	Outbox      Kind = "outbox"      // calls to another service, delivered at least once
	Session     Kind = "session"     // data that ends a while after its last use
	State       Kind = "state"       // JSON values by key
	Feed        Kind = "feed"        // changes of the others, told to sockets as they happen
	IdlePurge   Kind = "idle_purge"  // all state deleted after a time without activity
)

// Pattern is one pattern with its parameters. A parameter that the pattern does
// not use is zero; a zero that the pattern needs is filled in by
// [Blueprint.Normalize].
type Pattern struct {
	Kind Kind `json:"kind"`

	Name     string  `json:"name,omitempty"`      // collection: one row's noun, singular, e.g. "todo"
	Fields   []Field `json:"fields,omitempty"`    // collection: the columns beside id and created_at
	MaxItems int     `json:"max_items,omitempty"` // collection, queue, leaderboard, poll, outbox: rows per object

	MaxMembers      int  `json:"max_members,omitempty"`       // chat, relay: sockets per object, 0 for the platform's limit
	MaxMessageBytes int  `json:"max_message_bytes,omitempty"` // chat, relay: longest message in bytes
	History         int  `json:"history,omitempty"`           // chat: messages kept and replayed to who connects, 0 for none
	Presence        bool `json:"presence,omitempty"`          // chat: comings and goings are announced, members can be listed
	SkipSender      bool `json:"skip_sender,omitempty"`       // chat: a message goes to everybody but its sender

	Shards int `json:"shards,omitempty"` // counter: objects one counter is spread over, 0 for one

	Limit     int       `json:"limit,omitempty"`     // rate_limit: how many per window; of a token bucket, its size
	WindowMS  int64     `json:"window_ms,omitempty"` // rate_limit: length of the window; of a token bucket, how long it takes to fill
	Algorithm Algorithm `json:"algorithm,omitempty"` // rate_limit: how uses are counted
	// Guards is what a rate limit is applied to inside the object: "messages"
	// for each sender's chat messages, "" for a check that callers ask for.
	Guards string `json:"guards,omitempty"`

	LeaseMS int64 `json:"lease_ms,omitempty"` // lock: life of a lease unless the caller asks for another

	Capacity int   `json:"capacity,omitempty"` // reservation: units that can be held or confirmed
	HoldMS   int64 `json:"hold_ms,omitempty"`  // reservation: how long units are held before they are free again

	Options   []string `json:"options,omitempty"`    // poll: what can be voted for; none for any name
	MayChange bool     `json:"may_change,omitempty"` // poll: a second vote replaces the first instead of being refused

	Keep Keep `json:"keep,omitempty"` // leaderboard: which score of a player counts
	Top  int  `json:"top,omitempty"`  // leaderboard: ranks listed

	VisibilityMS int64 `json:"visibility_ms,omitempty"` // queue: how long a consumer has a job before others may take it
	MaxAttempts  int   `json:"max_attempts,omitempty"`  // queue, schedule, outbox: tries before something is given up

	EveryMS int64 `json:"every_ms,omitempty"` // schedule: period of the recurring event, 0 for none; buffer: period of a roll-up

	URL string `json:"url,omitempty"` // outbox: where deliveries go

	TTLMS  int64 `json:"ttl_ms,omitempty"`  // session: life after the last use
	IdleMS int64 `json:"idle_ms,omitempty"` // idle_purge: time without activity before the purge
}

// Algorithm is how a rate limit counts.
type Algorithm string

// The algorithms of a rate limit.
const (
	FixedWindow   Algorithm = "fixed_window"   // a window starts with the first use
	SlidingWindow Algorithm = "sliding_window" // the last so many milliseconds, exactly
	TokenBucket   Algorithm = "token_bucket"   // a bucket that fills steadily, so bursts up to its size pass
)

// Keep is which of a player's scores a leaderboard counts.
type Keep string

// What a leaderboard keeps.
const (
	KeepBest   Keep = "best"
	KeepLatest Keep = "latest"
	KeepSum    Keep = "sum"
)

// Field is one column of a collection.
type Field struct {
	Name     string    `json:"name"`               // snake case
	Type     FieldType `json:"type"`               // what its values are
	Required bool      `json:"required,omitempty"` // must be given with each new row
	Max      int       `json:"max,omitempty"`      // text and json: longest value in characters; numbers: greatest value
	Values   []string  `json:"values,omitempty"`   // text: the only values allowed
	Filter   bool      `json:"filter,omitempty"`   // lists can be narrowed by it: ?status=open
	// Default is the value of a row that was given none: text, a number or a boolean,
	// as the type has it. Without one such a row has null, or false.
	Default any `json:"default,omitempty"`
}

// Nullable reports whether a row may have no value for the field.
func (f Field) Nullable() bool { return !f.Required && f.Default == nil && f.Type != Boolean }

// FieldType is the type of a field's values.
type FieldType string

// The types of fields.
const (
	Text      FieldType = "text"
	Integer   FieldType = "integer"
	Number    FieldType = "number"
	Boolean   FieldType = "boolean"
	JSONValue FieldType = "json"
)

// Op names an operation that a route can reach.
type Op string

// The operations of all patterns.
const (
	ChatConnect        Op = "chat.connect"
	ChatCount          Op = "chat.count"
	ChatHistory        Op = "chat.history"
	ChatMembers        Op = "chat.members"
	RelayConnect       Op = "relay.connect"
	CollectionCreate   Op = "collection.create"
	CollectionList     Op = "collection.list"
	CollectionRead     Op = "collection.read"
	CollectionUpdate   Op = "collection.update"
	CollectionRemove   Op = "collection.remove"
	CounterAdd         Op = "counter.add"
	CounterRead        Op = "counter.read"
	RateCheck          Op = "rate_limit.check"
	RateUsage          Op = "rate_limit.usage"
	LockAcquire        Op = "lock.acquire"
	LockRenew          Op = "lock.renew"
	LockRelease        Op = "lock.release"
	LockStatus         Op = "lock.status"
	ReservationHold    Op = "reservation.hold"
	ReservationConfirm Op = "reservation.confirm"
	ReservationCancel  Op = "reservation.cancel"
	ReservationStatus  Op = "reservation.status"
	PollVote           Op = "poll.vote"
	PollResults        Op = "poll.results"
	LeaderboardSubmit  Op = "leaderboard.submit"
	LeaderboardTop     Op = "leaderboard.top"
	LeaderboardRank    Op = "leaderboard.rank"
	QueuePush          Op = "queue.push"
	QueueTake          Op = "queue.take"
	QueueDone          Op = "queue.done"
	QueueStats         Op = "queue.stats"
	ScheduleAdd        Op = "schedule.add"
	ScheduleList       Op = "schedule.list"
	ScheduleCancel     Op = "schedule.cancel"
	BufferRecord       Op = "buffer.record"
	BufferRead         Op = "buffer.read"
	OutboxSend         Op = "outbox.send"
	OutboxList         Op = "outbox.list"
	SessionStart       Op = "session.start"
	SessionRead        Op = "session.read"
	SessionUpdate      Op = "session.update"
	SessionEnd         Op = "session.end"
	StateRead          Op = "state.read"
	StateWrite         Op = "state.write"
	StateRemove        Op = "state.remove"
	FeedConnect        Op = "feed.connect"
)

// Route is one entry of the Worker's router.
type Route struct {
	Method string `json:"method"`
	// Path may name the object and the item that it is about: /rooms/:room/todos/:id.
	// What no path names is a query parameter.
	Path string `json:"path"`
	Op   Op     `json:"op"`
	// Of is the name of the collection that the operation works on.
	Of   string `json:"of,omitempty"`
	What string `json:"what,omitempty"` // one line for people; written anew
}

// Status says whether a clause is built.
type Status string

// A clause is covered, or open for the agent.
const (
	Covered Status = "covered"
	Open    Status = "open"
)

// Clause is one demand of the spec and what became of it.
type Clause struct {
	Text   string `json:"text"`
	Status Status `json:"status"`
	// By names the patterns or parts that cover the clause. An open clause may
	// have it too: then those parts cover it partly.
	By string `json:"by,omitempty"`
	// Missing says what an open clause still needs.
	Missing string `json:"missing,omitempty"`
	// Where is the route or member that covers the clause, or, for an open one,
	// the place in the emitted file where the rest belongs.
	Where string `json:"where,omitempty"`
}

// Blueprint is one Durable Object.
type Blueprint struct {
	Class   string `json:"class"`   // TypeScript class name, upper camel case
	Purpose string `json:"purpose"` // one line
	// Key is what one object stands for (room, user, tenant, document). It is
	// also the name of the query parameter that chooses the object.
	Key      string    `json:"key"`
	Patterns []Pattern `json:"patterns"`
	Routes   []Route   `json:"routes"`
	Clauses  []Clause  `json:"clauses,omitempty"`
	Spec     string    `json:"spec,omitempty"`
	// Schema is the order of the schema history, once something was rendered:
	// an object that grows must keep it.
	Schema []string `json:"schema,omitempty"`
}

// Pattern returns the pattern of a kind and whether the blueprint has it.
func (b *Blueprint) Pattern(k Kind) (Pattern, bool) {
	for _, p := range b.Patterns {
		if p.Kind == k {
			return p, true
		}
	}
	return Pattern{}, false
}

// Has reports whether the blueprint has a pattern.
func (b *Blueprint) Has(k Kind) bool {
	_, ok := b.Pattern(k)
	return ok
}

// collections are the tables of the blueprint's collections.
func (b *Blueprint) collections() []string {
	var names []string
	for _, p := range b.Patterns {
		if p.Kind == Collection {
			names = append(names, Plural(p.Name))
		}
	}
	return names
}

// PurgeIsEmpty reports whether the blueprint asks for an idle purge that has
// nothing to delete: a relay stores nothing, and between leases a lock keeps its fencing token alone, and
// that must outlive any purge, or an old holder could get in with a new number.
func (b *Blueprint) PurgeIsEmpty() bool {
	return b.Has(IdlePurge) && (b.Has(Lock) || b.Has(Relay)) && len(b.Patterns) == 2
}

// Route returns the route of an operation and whether there is one.
func (b *Blueprint) Route(op Op) (Route, bool) { return b.RouteOf(op, "") }

// RouteOf is Route for an operation of a named collection.
func (b *Blueprint) RouteOf(op Op, of string) (Route, bool) {
	for _, r := range b.Routes {
		if r.Op == op && r.Of == of {
			return r, true
		}
	}
	return Route{}, false
}

// OpenClauses lists the clauses that are not built.
func (b *Blueprint) OpenClauses() []Clause {
	var open []Clause
	for _, c := range b.Clauses {
		if c.Status == Open {
			open = append(open, c)
		}
	}
	return open
}

// Defaults and bounds of the patterns' parameters.
const (
	DefaultMessageBytes = 4_096
	MaxMessageBytes     = 1 << 20 // longer texts belong in R2
	DefaultLimit        = 100
	DefaultWindowMS     = 60_000
	DefaultLeaseMS      = 30_000
	DefaultIdleMS       = 30 * 60_000
	DefaultShards       = 8
	MaxShards           = 64
	MaxMembers          = 32_768 // the platform's limit of sockets per object
	MinPeriodMS         = 1_000
	MaxPeriodMS         = 365 * 24 * 3_600_000
	DefaultHistory      = 100
	MaxHistory          = 1_000
	DefaultMaxItems     = 1_000
	MaxItems            = 1_000_000
	DefaultCapacity     = 100
	DefaultHoldMS       = 10 * 60_000
	DefaultVisibilityMS = 30_000
	DefaultMaxAttempts  = 8
	MaxMaxAttempts      = 20
	DefaultTop          = 10
	MaxTop              = 100
	DefaultRollUpMS     = 60_000
	DefaultTTLMS        = 30 * 60_000
	DefaultFieldChars   = 1_000
	MaxFieldChars       = 100_000
	MaxInteger          = 1<<53 - 1 // the greatest that JavaScript counts exactly
	maxCollections      = 8
	maxFields           = 20
	maxOptions          = 50
	maxLimit            = 1_000_000
	maxPath             = 100
)

// What names and paths look like, as regular expressions.
const (
	ClassPattern = `^[A-Z][A-Za-z0-9]{0,39}$`
	KeyPattern   = `^[a-z][a-z0-9_]{0,31}$`
	PathPattern  = `^(/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*|:[a-z][a-z0-9_]{0,31}))+$`
)

var (
	classShape = lazyregexp.MustCompile(ClassPattern)
	keyShape   = lazyregexp.MustCompile(KeyPattern)
	pathShape  = lazyregexp.MustCompile(PathPattern)
	paramShape = lazyregexp.MustCompile(`/:(\w+)`)
	methods    = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
)

// reservedClasses are names that the emitted file or its runtime uses already.
var reservedClasses = strings.Fields(`DurableObject DurableObjectState DurableObjectStub DurableObjectNamespace Env
	Request Response WebSocket WebSocketPair WebSocketRequestResponsePair ExportedHandler URL URLSearchParams Headers
	Map Set Date Math Number String Object Array Boolean Promise Error JSON Record Readonly RegExp Symbol Function
	Event Cache Lock Attachment ServerEvent Route Call Lease Usage DueKind PlannedEvent EventRow EventList Message Hold Availability Tally Score Rank Job JobCounts
	Rollup Delivery DeliveryState SessionRow File Blob FormData Body Queue Text Comment Node Element Document Location Image Option Range Selection Storage Navigator Worker Crypto Console URLPattern`)

// Reserved reports whether the emitted file or its runtime has a type of that name.
func Reserved(name string) bool { return slices.Contains(reservedClasses, name) }

// Normalize fills in what a blueprint leaves out (pattern parameters, routes,
// order) and checks the rest. The error names the field and what is allowed.
func (b *Blueprint) Normalize() error {
	if err := b.check(); err != nil {
		return err
	}
	return b.normalizeRoutes()
}

// check is Normalize without the routes.
func (b *Blueprint) check() error {
	if !classShape.MatchString(b.Class) {
		return fmt.Errorf("class is %q; a class name starts with an upper-case letter and has at most 40 letters and digits, e.g. ChatRoom", b.Class)
	}
	if slices.Contains(reservedClasses, b.Class) {
		return fmt.Errorf("class is %q, which the runtime or the emitted file already uses; take another, e.g. %sObject", b.Class, b.Class)
	}
	if !keyShape.MatchString(b.Key) {
		return fmt.Errorf("key is %q; it names the query parameter that chooses the object: lower-case letters, digits and _, at most 32, e.g. room", b.Key)
	}
	if b.Key != usableKey(b.Key) {
		return fmt.Errorf("key is %q, which is the name of another query parameter; take a noun for what one object stands for, e.g. room", b.Key)
	}
	b.Purpose = oneLine(b.Purpose, 200)
	if len(b.Patterns) == 0 {
		b.Patterns = []Pattern{{Kind: State}}
	}
	if b.Has(IdlePurge) && len(b.Patterns) == 1 {
		b.Patterns = append(b.Patterns, Pattern{Kind: State}) // there must be something to purge
	}
	seen := map[string]bool{}
	collections := 0
	for i := range b.Patterns {
		p := &b.Patterns[i]
		d := definitionOf(p.Kind)
		if d == nil {
			return fmt.Errorf("patterns[%d].kind is %q; allowed are %s", i, p.Kind, joinKinds())
		}
		if err := d.accepts(p); err != nil {
			return fmt.Errorf("patterns[%d] (%s): %w", i, p.Kind, err)
		}
		if d.normalize != nil {
			if err := d.normalize(p, b); err != nil {
				return fmt.Errorf("patterns[%d] (%s): %w", i, p.Kind, err)
			}
		}
		if id := string(p.Kind) + " " + p.Name; seen[id] {
			if p.Kind == Collection {
				return fmt.Errorf("patterns[%d] is a second collection of %q; give it another name", i, p.Name)
			}
			return fmt.Errorf("patterns[%d] is a second %s; a class has each pattern once, except for collections of different names", i, p.Kind)
		} else {
			seen[id] = true
		}
		if p.Kind == Collection {
			collections++
		}
	}
	if collections > maxCollections {
		return fmt.Errorf("there are %d collections; a class has at most %d", collections, maxCollections)
	}
	slices.SortStableFunc(b.Patterns, func(x, y Pattern) int {
		return slices.Index(Kinds, x.Kind) - slices.Index(Kinds, y.Kind)
	})
	return nil
}

func joinKinds() string {
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// oneLine folds white space and cuts at a word within limit bytes.
func oneLine(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	cut := strings.ToValidUTF8(s[:limit], "")
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + "…"
}
