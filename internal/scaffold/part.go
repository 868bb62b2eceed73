package scaffold

import "durable-objects-mcp/internal/blueprint"

// part is one pattern of the object: what the others must know of it to share
// the class with it, the traffic that shows it at work, and what the summary
// says about it. Its TypeScript is in its fragment file.
type part interface {
	// pattern is what it is made from.
	pattern() *blueprint.Pattern
	// fragment names the file of its sections.
	fragment() string
	// uses names the shared fragments that its sections rely on.
	uses() []string
	// due is what it wants the one alarm for.
	due() due
	// holds is what puts an idle purge off.
	holds() hold
	// tables are those that a purge empties.
	tables(v *view) []string

	// play shows the pattern on an object of its own and leaves state behind
	// for a purge to delete, but nothing that holds the purge off.
	play(s *script)
	// afterPurge expects the state to be gone and uses the object again.
	afterPurge(s *script)
	// decisions are the choices that a reviewer would ask about.
	decisions(v *view) []string
	// limits are what the pattern does not do.
	limits(v *view) []string
	// picture is the pattern's edges in the summary's diagram.
	picture(v *view) []string
}

// due is a kind of work that the alarm does. The zero value is none.
type due struct {
	kind      string // as the queue names it
	many      bool   // several at a time, told apart by id
	unplanned bool   // taken back before it is due
}

// hold is a condition, in TypeScript and in words. The zero value is none.
type hold struct{ condition, words string }

// base is a part with nothing to share and nothing to wait for.
type base struct {
	P     *blueprint.Pattern
	class string // the object's class
}

func (b base) pattern() *blueprint.Pattern { return b.P }

func (base) uses() []string        { return nil }
func (base) due() due              { return due{} }
func (base) holds() hold           { return hold{} }
func (b base) fragment() string    { return string(b.P.Kind) }
func (base) tables(*view) []string { return nil }

// makers make the part of each pattern. The idle purge is none: it is about all
// of them, and rendered with the class itself.
var makers = map[blueprint.Kind]func(base) part{
	blueprint.Chat:        func(b base) part { return chat{b} },
	blueprint.Relay:       func(b base) part { return relay{b} },
	blueprint.Collection:  func(b base) part { return collection{b} },
	blueprint.Counter:     func(b base) part { return counter{b} },
	blueprint.RateLimit:   func(b base) part { return rateLimit{b} },
	blueprint.Lock:        func(b base) part { return lock{b} },
	blueprint.Reservation: func(b base) part { return reservation{b} },
	blueprint.Poll:        func(b base) part { return poll{b} },
	blueprint.Leaderboard: func(b base) part { return leaderboard{b} },
	blueprint.Queue:       func(b base) part { return queue{b} },
	blueprint.Schedule:    func(b base) part { return schedule{b} },
	blueprint.Buffer:      func(b base) part { return buffer{b} },
	blueprint.Outbox:      func(b base) part { return outbox{b} },
	blueprint.Session:     func(b base) part { return session{b} },
	blueprint.State:       func(b base) part { return state{b} },
	blueprint.Feed:        func(b base) part { return feed{b} },
}
