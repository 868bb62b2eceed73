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
	"errors"
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/lazyregexp"
)

// MaxSpecBytes is the longest spec that is read.
const MaxSpecBytes = 20_000

// Kind names a pattern.
type Kind string

// The patterns. Their order is the order in which a class presents them.
const (
	Chat      Kind = "chat"       // WebSocket broadcast with a persisted message count
	Counter   Kind = "counter"    // a number changed atomically, over several objects if sharded
	RateLimit Kind = "rate_limit" // so many per window
	Lock      Kind = "lock"       // leases that expire, with fencing tokens
	Schedule  Kind = "schedule"   // events that fall due later, once or again and again
	State     Kind = "state"      // JSON values by key
	IdlePurge Kind = "idle_purge" // all state deleted after a time without activity
)

// Kinds lists every pattern in presentation order.
var Kinds = []Kind{Chat, Counter, RateLimit, Lock, Schedule, State, IdlePurge}

// Pattern is one pattern with its parameters. A parameter that the pattern does
// not use is zero; a zero that the pattern needs is filled in by
// [Blueprint.Normalize].
type Pattern struct {
	Kind Kind `json:"kind"`

	MaxMembers      int   `json:"max_members,omitempty"`       // chat: sockets per object, 0 for the platform's limit
	MaxMessageBytes int   `json:"max_message_bytes,omitempty"` // chat: longest message in UTF-8 bytes
	Shards          int   `json:"shards,omitempty"`            // counter: objects one counter is spread over, 0 for one
	Limit           int   `json:"limit,omitempty"`             // rate_limit: how many per window
	WindowMS        int64 `json:"window_ms,omitempty"`         // rate_limit: length of the window
	// Guards is what a rate limit is applied to inside the object: "messages"
	// for each sender's chat messages, "" for a check that callers ask for.
	Guards  string `json:"guards,omitempty"`
	LeaseMS int64  `json:"lease_ms,omitempty"` // lock: life of a lease unless the caller asks for another
	EveryMS int64  `json:"every_ms,omitempty"` // schedule: period of the recurring event, 0 for none
	IdleMS  int64  `json:"idle_ms,omitempty"`  // idle_purge: time without activity before the purge
}

// Op names an operation that a route can reach.
type Op string

// The operations of all patterns.
const (
	ChatConnect    Op = "chat.connect"
	ChatCount      Op = "chat.count"
	CounterAdd     Op = "counter.add"
	CounterRead    Op = "counter.read"
	RateCheck      Op = "rate_limit.check"
	RateUsage      Op = "rate_limit.usage"
	LockAcquire    Op = "lock.acquire"
	LockRenew      Op = "lock.renew"
	LockRelease    Op = "lock.release"
	LockStatus     Op = "lock.status"
	ScheduleAdd    Op = "schedule.add"
	ScheduleList   Op = "schedule.list"
	ScheduleCancel Op = "schedule.cancel"
	StateRead      Op = "state.read"
	StateWrite     Op = "state.write"
	StateRemove    Op = "state.remove"
)

// Route is one entry of the Worker's router.
type Route struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Op     Op     `json:"op"`
	What   string `json:"what"`
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

// PurgeIsEmpty reports whether the blueprint asks for an idle purge that has
// nothing to delete: between leases a lock keeps its fencing token alone, and
// that must outlive any purge, or an old holder could get in with a new number.
func (b *Blueprint) PurgeIsEmpty() bool {
	return b.Has(IdlePurge) && b.Has(Lock) && len(b.Patterns) == 2
}

// Route returns the route of an operation and whether there is one.
func (b *Blueprint) Route(op Op) (Route, bool) {
	for _, r := range b.Routes {
		if r.Op == op {
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
	maxLimit            = 1_000_000
	maxPath             = 100
)

var (
	classShape = lazyregexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,39}$`)
	keyShape   = lazyregexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	pathShape  = lazyregexp.MustCompile(`^(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$`)
	methods    = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
)

// reservedClasses are names that the emitted file or its runtime uses already.
var reservedClasses = strings.Fields(`DurableObject DurableObjectState DurableObjectStub DurableObjectNamespace Env
	Request Response WebSocket WebSocketPair WebSocketRequestResponsePair ExportedHandler URL URLSearchParams Headers
	Map Set Date Math Number String Object Array Boolean Promise Error JSON Record Readonly RegExp Symbol Function
	Event Cache Lock Attachment ServerEvent Route Call Lease Usage DueKind PlannedEvent EventRow EventList`)

// Normalize fills in what a blueprint leaves out (pattern parameters, routes,
// order) and checks the rest. The error names the field and what is allowed.
func (b *Blueprint) Normalize() error {
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
	seen := map[Kind]bool{}
	for i := range b.Patterns {
		p := &b.Patterns[i]
		if !slices.Contains(Kinds, p.Kind) {
			return fmt.Errorf("patterns[%d].kind is %q; allowed are %s", i, p.Kind, joinKinds())
		}
		if seen[p.Kind] {
			return fmt.Errorf("patterns[%d] is a second %s; a class has each pattern once", i, p.Kind)
		}
		seen[p.Kind] = true
		if err := p.normalize(b.Has(Chat)); err != nil {
			return fmt.Errorf("patterns[%d] (%s): %w", i, p.Kind, err)
		}
	}
	slices.SortStableFunc(b.Patterns, func(x, y Pattern) int {
		return slices.Index(Kinds, x.Kind) - slices.Index(Kinds, y.Kind)
	})
	return b.normalizeRoutes()
}

func (p *Pattern) normalize(chat bool) error {
	fill := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	period := func(name string, v int64) error {
		if v < MinPeriodMS || v > MaxPeriodMS {
			return fmt.Errorf("%s is %d; allowed are %d (a second) to %d (a year)", name, v, MinPeriodMS, int64(MaxPeriodMS))
		}
		return nil
	}
	count := func(name string, v, lo, hi int) error {
		if v < lo || v > hi {
			return fmt.Errorf("%s is %d; allowed are %d to %d", name, v, lo, hi)
		}
		return nil
	}
	switch p.Kind {
	case Chat:
		if p.MaxMessageBytes == 0 {
			p.MaxMessageBytes = DefaultMessageBytes
		}
		return errors.Join(count("max_message_bytes", p.MaxMessageBytes, 1, MaxMessageBytes), count("max_members", p.MaxMembers, 0, MaxMembers))
	case Counter:
		if p.Shards == 1 {
			p.Shards = 0
		}
		return count("shards", p.Shards, 0, MaxShards)
	case RateLimit:
		if p.Limit == 0 {
			p.Limit = DefaultLimit
		}
		fill(&p.WindowMS, DefaultWindowMS)
		if p.Guards != "" && (p.Guards != "messages" || !chat) {
			return fmt.Errorf("guards is %q; allowed are \"\" and, beside a chat pattern, \"messages\"", p.Guards)
		}
		return errors.Join(count("limit", p.Limit, 1, maxLimit), period("window_ms", p.WindowMS))
	case Lock:
		fill(&p.LeaseMS, DefaultLeaseMS)
		return period("lease_ms", p.LeaseMS)
	case Schedule:
		if p.EveryMS != 0 {
			return period("every_ms", p.EveryMS)
		}
	case IdlePurge:
		fill(&p.IdleMS, DefaultIdleMS)
		return period("idle_ms", p.IdleMS)
	}
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
