package scaffold

import (
	"fmt"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

// feed tells sockets of what changes in the other parts. Beside a chat it has no
// sockets of its own: those of the chat hear of the changes as well.
type feed struct{ base }

// publisher is a part whose changes a feed tells of.
type publisher interface {
	// changes are the events as members of a union type; none where its
	// parameters leave nothing to tell.
	changes() []string
	// announced are requests, each with its status and the event that it sends. They leave nothing behind that holds a purge off.
	announced() []announcement
}

type announcement struct {
	name   string
	target target
	status int
	event  string
}

// publishers are the parts of the object whose changes are told.
func (v *view) publishers() []publisher {
	var all []publisher
	for _, p := range v.parts {
		if told, ok := p.(publisher); ok && len(told.changes()) > 0 {
			all = append(all, told)
		}
	}
	return all
}

func (feed) holds() hold { return socketsOpen }

// socketsOpen is what a part with sockets holds a purge off with.
var socketsOpen = hold{"this.ctx.getWebSockets().length > 0", "a socket is open"}

func (f feed) play(s *script) {
	const object = "news"
	if s.v.Chat == nil {
		s.ask("a plain request is no upgrade", target{op: blueprint.FeedConnect, object: object}, 426, "")
	}
	s.listen("watcher", object)
	tell := func(a announcement) {
		a.target.object = object
		s.ask(a.name, a.target, a.status, "")
		s.receive("the watcher hears of it", "watcher", a.event)
	}
	var last []announcement
	for i, p := range s.v.publishers() {
		all := p.announced()
		if i == 0 {
			last = all[1:]
			all = all[:1]
		}
		for _, a := range all {
			tell(a)
		}
	}
	s.evict()
	for _, a := range last {
		tell(a)
	}
	if s.v.Chat == nil {
		s.send("a watcher that speaks", "watcher", "hello")
		s.receive("is told that nobody listens", "watcher", `{"type":"error"}`)
		s.close("a close without a code is answered", "watcher", 0)
		return
	}
	s.close("the watcher leaves", "watcher", 1000)
}

func (f feed) afterPurge(s *script) {
	if s.v.Chat != nil {
		return
	}
	s.listen("late", "news")
	s.close("a late watcher leaves", "late", 1000)
}

func (feed) decisions(v *view) []string {
	return []string{"Every change is told to the open sockets by the method that made it, after its write: the runtime holds the message back until the write is durable, so nobody hears of what is then lost."}
}

func (feed) limits(v *view) []string {
	l := []string{"Who connects hears of changes from then on: connect first, then read the present state, so that nothing falls in between."}
	if v.Chat == nil {
		l = append(l, "A deploy closes every socket: clients must reconnect, and read the state again.")
	}
	return l
}

func (feed) picture(v *view) []string {
	if v.Chat != nil {
		return []string{"worker -- change --> client"}
	}
	return []string{`client -- WebSocket --> feed["fetch()"]`, "feed -- changes --> client"}
}

// listen opens a socket that hears what is broadcast.
func (s *script) listen(socket, object string) {
	if s.v.Chat != nil {
		chat{base{P: s.v.Chat}}.enter(s, socket, object, nil)
		return
	}
	route, _ := s.v.bp.Route(blueprint.FeedConnect)
	s.add(socket+" connects", scenario.Step{Open: &scenario.Open{Socket: socket, Path: s.path(route.Path, object, "")}})
}

func (c collection) changes() []string {
	row := fmt.Sprintf("%s: %s", c.eventKey(), c.Type())
	if len(c.of(blueprint.JSONValue)) > 0 {
		row = fmt.Sprintf("%s: ReturnType<typeof shown%s>", c.eventKey(), c.Type())
	}
	return []string{
		fmt.Sprintf(`{ type: "%s.created"; %s }`, c.P.Name, row),
		fmt.Sprintf(`{ type: "%s.updated"; %s }`, c.P.Name, row),
		fmt.Sprintf(`{ type: "%s.deleted"; id: number }`, c.P.Name),
	}
}

// eventKey is the member of an event that has the row.
func (c collection) eventKey() string {
	if c.Var() == "type" {
		return "row"
	}
	return c.Var()
}

// Told is the statement that tells of a row.
func (c collection) Told(verb, row string) string {
	members := []string{fmt.Sprintf(`type: "%s.%s"`, c.P.Name, verb), c.eventKey()}
	if value := c.Shown(row); value != c.eventKey() {
		members[1] += ": " + value
	}
	return strings.TrimLeft(indent(braced(2, "this.#broadcast(", members, ");"), "  "), " ")
}

func (c collection) announced() []announcement {
	at := func(op blueprint.Op, item, json string) target {
		return target{op: op, of: c.P.Name, item: item, json: json}
	}
	first := c.P.Fields[0]
	change := fmt.Sprintf("{%q:%s}", first.Name, sample(first, 3))
	event := func(verb, row string) string {
		return fmt.Sprintf(`{"type":"%s.%s",%q:{"id":1,%s`, c.P.Name, verb, c.eventKey(), row[1:])
	}
	one := blueprint.Article(c.P.Name)
	return []announcement{
		{"add " + one, at(blueprint.CollectionCreate, "", c.sampleRow(1)), 201, event("created", c.sampleRow(1)) + "}"},
		{"change " + one, at(blueprint.CollectionUpdate, "1", change), 200, event("updated", change) + "}"},
		{"delete " + one, at(blueprint.CollectionRemove, "1", ""), 204, fmt.Sprintf(`{"type":"%s.deleted","id":1}`, c.P.Name)},
	}
}

// The shards of a counter are objects of their own, and none knows the sum.
func (c counter) changes() []string {
	if c.P.Shards > 0 {
		return nil
	}
	return []string{`{ type: "count"; value: number }`}
}

func (counter) announced() []announcement {
	add := target{op: blueprint.CounterAdd}
	return []announcement{{"add 1", add, 200, `{"type":"count","value":1}`}, {"add 1 again", add, 200, `{"type":"count","value":2}`}}
}

func (lock) changes() []string { return []string{`{ type: "lease"; lease: Lease }`} }

func (l lock) announced() []announcement {
	lease := max(l.P.LeaseMS, stepLeaseMS)
	return []announcement{
		{"eve takes the lease", target{op: blueprint.LockAcquire, json: fmt.Sprintf(`{"owner":"eve","lease_ms":%d}`, lease)}, 200, `{"type":"lease","lease":{"held":true,"owner":"eve","token":1}}`},
		{"eve releases it", target{op: blueprint.LockRelease, json: `{"owner":"eve","token":1}`}, 200, `{"type":"lease","lease":{"held":false,"owner":null,"token":1}}`},
	}
}

func (reservation) changes() []string {
	return []string{`{ type: "availability"; availability: Availability }`}
}

func (r reservation) announced() []announcement {
	event := func(held int) string {
		return fmt.Sprintf(`{"type":"availability","availability":{"capacity":%d,"held":%d,"confirmed":0,"free":%d}}`, r.P.Capacity, held, r.P.Capacity-held)
	}
	return []announcement{
		{"eve holds one", target{op: blueprint.ReservationHold, json: `{"holder":"eve","units":1}`}, 201, event(1)},
		{"eve gives it back", target{op: blueprint.ReservationCancel, item: "1", json: `{"holder":"eve"}`}, 200, event(0)},
	}
}

func (poll) changes() []string { return []string{`{ type: "results"; results: Tally[] }`} }

func (p poll) announced() []announcement {
	first, _ := p.options()
	vote := func(voter string) target {
		return target{op: blueprint.PollVote, json: fmt.Sprintf(`{"voter":%q,"option":%q}`, voter, first)}
	}
	event := func(votes int) string {
		return fmt.Sprintf(`{"type":"results","results":[{"option":%q,"votes":%d}]}`, first, votes)
	}
	return []announcement{{"eve votes", vote("eve"), 200, event(1)}, {"fay votes", vote("fay"), 200, event(2)}}
}

func (leaderboard) changes() []string { return []string{`{ type: "top"; top: Rank[] }`} }

func (l leaderboard) announced() []announcement {
	submit := target{op: blueprint.LeaderboardSubmit, json: `{"player":"eve","score":7}`}
	score := 7
	if l.P.Keep == blueprint.KeepSum {
		score = 14
	}
	event := func(score int) string {
		return fmt.Sprintf(`{"type":"top","top":[{"player":"eve","score":%d,"rank":1}]}`, score)
	}
	return []announcement{{"eve scores", submit, 200, event(7)}, {"eve scores again", submit, 200, event(score)}}
}

func (state) changes() []string {
	return []string{`{ type: "written"; key: string; value: unknown }`, `{ type: "removed"; key: string }`}
}

func (state) announced() []announcement {
	return []announcement{
		{"write a key", target{op: blueprint.StateWrite, item: "size", json: `{"cm":7}`}, 200, `{"type":"written","key":"size","value":{"cm":7}}`},
		{"remove it", target{op: blueprint.StateRemove, item: "size"}, 200, `{"type":"removed","key":"size"}`},
	}
}
