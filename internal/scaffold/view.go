package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/blueprint"
)

// maxWidth is the line width the emitted code is formatted to.
const maxWidth = 100

// view is what the fragments see: the blueprint's patterns by name and the
// questions that one pattern has about the others.
type view struct {
	bp      *blueprint.Blueprint
	Class   string
	Binding string
	Key     string

	Chat      *blueprint.Pattern
	Counter   *blueprint.Pattern
	RateLimit *blueprint.Pattern
	Lock      *blueprint.Pattern
	Schedule  *blueprint.Pattern
	State     *blueprint.Pattern
	Purge     *blueprint.Pattern
}

func newView(bp *blueprint.Blueprint) *view {
	v := &view{bp: bp, Class: bp.Class, Binding: bindingName(bp.Class), Key: bp.Key}
	for i := range bp.Patterns {
		p := &bp.Patterns[i]
		switch p.Kind {
		case blueprint.Chat:
			v.Chat = p
		case blueprint.Counter:
			v.Counter = p
		case blueprint.RateLimit:
			v.RateLimit = p
		case blueprint.Lock:
			v.Lock = p
		case blueprint.Schedule:
			v.Schedule = p
		case blueprint.State:
			v.State = p
		case blueprint.IdlePurge:
			v.Purge = p
		}
	}
	if bp.PurgeIsEmpty() {
		v.Purge = nil
	}
	return v
}

// parts lists the fragment files of this object, the shared ones first.
func (v *view) parts() []string {
	parts := []string{"core"}
	add := func(want bool, part string) {
		if want {
			parts = append(parts, part)
		}
	}
	add(v.counters(), "counters")
	add(v.Chat != nil, "chat")
	add(v.Counter != nil, "counter")
	add(v.RateLimit != nil, "rate_limit")
	add(v.Lock != nil, "lock")
	add(v.Schedule != nil, "schedule")
	add(v.State != nil, "state")
	add(v.Purge != nil, "idle_purge")
	add(v.Queue(), "queue")
	add(v.Counter != nil || v.Lock != nil || v.Schedule != nil, "body")
	add(v.Counter != nil || v.Lock != nil || v.Schedule != nil, "integer")
	return parts
}

func (v *view) counters() bool { return v.Chat != nil || v.Counter != nil }

// Touch reports whether activity is followed by #touch().
func (v *view) Touch() bool { return v.Purge != nil || v.recurs() }

func (v *view) recurs() bool { return v.Schedule != nil && v.Schedule.EveryMS > 0 }

// Purges reports whether patterns must be able to hold off a purge.
func (v *view) Purges() bool { return v.Purge != nil }

// GuardsMessages reports whether the rate limit works inside the sockets.
func (v *view) GuardsMessages() bool {
	return v.RateLimit != nil && v.RateLimit.Guards == "messages"
}

// RateTable is the rate limit's table.
func (v *view) RateTable() string {
	if v.GuardsMessages() {
		return "rate_windows"
	}
	return "rate_window"
}

// Sender is the query parameter and the attachment's field for who sends a
// chat message; it gives way where the object itself is chosen by ?user=.
func (v *view) Sender() string {
	if v.Key == "user" {
		return "sender"
	}
	return "user"
}

// ServerEvent is the union of what the object sends to its sockets, broken into
// lines where it does not fit on one.
func (v *view) ServerEvent() string {
	members := []string{fmt.Sprintf(`{ type: "message"; seq: number; %s: string; text: string }`, v.Sender())}
	if v.Schedule != nil {
		members = append(members, `{ type: "event"; id: string; payload: unknown }`)
	}
	members = append(members, `{ type: "error"; error: string }`)
	if one := strings.Join(members, " | "); len("  ;")+len(one) <= maxWidth {
		return "type ServerEvent =\n  " + one + ";"
	}
	return "type ServerEvent =\n  | " + strings.Join(members, "\n  | ") + ";"
}

// Async and Returns give a method its modifiers: a method is asynchronous only
// where it has something to wait for.
func (v *view) Async() string {
	if v.Touch() {
		return "async "
	}
	return ""
}

// Returns is the return type of a method that is asynchronous with Touch.
func (v *view) Returns(t string) string {
	if v.Touch() {
		return "Promise<" + t + ">"
	}
	return t
}

// MaxLeaseMS bounds what a caller may ask for: an hour, or what the spec wants.
func (v *view) MaxLeaseMS() int64 { return max(3_600_000, v.Lock.LeaseMS) }

// alarmKinds lists what the one alarm is for.
func (v *view) alarmKinds() []string {
	var kinds []string
	if v.Lock != nil {
		kinds = append(kinds, "lease-expiry")
	}
	if v.Schedule != nil {
		kinds = append(kinds, "event")
	}
	if v.Purge != nil {
		kinds = append(kinds, "idle-purge")
	}
	return kinds
}

// Queue reports whether the alarm needs a queue: with a single thing to wait
// for, the alarm itself holds the time.
func (v *view) Queue() bool { return v.Schedule != nil || len(v.alarmKinds()) > 1 }

// DueKinds is the union type of what the queue holds.
func (v *view) DueKinds() string {
	kinds := v.alarmKinds()
	for i, k := range kinds {
		kinds[i] = `"` + k + `"`
	}
	return strings.Join(kinds, " | ")
}

// Unplans reports whether anything leaves the queue before it is due.
func (v *view) Unplans() bool { return v.Lock != nil || v.Schedule != nil }

// Plan is the statement that makes the alarm run a kind at a time.
func (v *view) Plan(kind, id, at string) string {
	if !v.Queue() {
		return "await this.ctx.storage.setAlarm(" + at + ");"
	}
	return fmt.Sprintf("await this.#plan(%q, %s, %s);", kind, idExpr(id), at)
}

// Unplan is the statement that takes it back.
func (v *view) Unplan(kind, id string) string {
	if !v.Queue() {
		return "await this.ctx.storage.deleteAlarm();"
	}
	return fmt.Sprintf("await this.#unplan(%q, %s);", kind, idExpr(id))
}

func idExpr(id string) string {
	if id == "" {
		return `""`
	}
	return id
}

// busy lists the conditions under which the state is still wanted.
func (v *view) busy() []string {
	var busy []string
	if v.Chat != nil {
		busy = append(busy, "this.ctx.getWebSockets().length > 0")
	}
	if v.RateLimit != nil {
		busy = append(busy, "this.#windowOpen()")
	}
	if v.Lock != nil {
		busy = append(busy, "this.lease().held")
	}
	if v.Schedule != nil {
		busy = append(busy, "this.#eventsPending()")
	}
	return busy
}

// Busy is the condition that holds off a purge, "" if there is none.
func (v *view) Busy() string {
	busy := v.busy()
	if len(busy) > 1 {
		return "this.#inUse()"
	}
	return strings.Join(busy, "")
}

// InUse is the body of #inUse(), which exists where several conditions do.
func (v *view) InUse() string { return indent(strings.Join(v.busy(), " ||\n"), "    ") }

// Purgeable lists the tables that a purge empties where deleteAll() is no option.
func (v *view) Purgeable() []string {
	var tables []string
	add := func(p *blueprint.Pattern, names ...string) {
		if p != nil {
			tables = append(tables, names...)
		}
	}
	if v.counters() {
		tables = append(tables, "counters")
	}
	add(v.RateLimit, v.RateTable())
	add(v.Schedule, "events", "runs")
	add(v.State, "entries")
	return append(tables, "due")
}

// callFields lists what the route handlers read.
func (v *view) callFields() []string {
	fields := []string{"request"}
	if v.State != nil || v.Schedule != nil {
		fields = append(fields, "params")
	}
	if v.sharded() {
		fields = append(fields, "env", "name")
	}
	if len(v.bp.Patterns) > 1 || !v.sharded() {
		fields = append(fields, "stub")
	}
	return fields
}

func (v *view) sharded() bool { return v.Counter != nil && v.Counter.Shards > 0 }

// bindingName is the class name in upper snake case: ChatRoom → CHAT_ROOM.
func bindingName(class string) string { return strings.ToUpper(strings.Join(camelWords(class), "_")) }

// workerName is the class name in kebab case: ChatRoom → chat-room.
func workerName(class string) string { return strings.ToLower(strings.Join(camelWords(class), "-")) }

// camelWords cuts a camel-case name: APIKeyStore → API, Key, Store.
func camelWords(s string) []string {
	upper := func(i int) bool { return i < len(s) && s[i] >= 'A' && s[i] <= 'Z' }
	var words []string
	start := 0
	for i := 1; i <= len(s); i++ {
		if i == len(s) || upper(i) && (!upper(i-1) || i+1 < len(s) && !upper(i+1)) {
			words = append(words, s[start:i])
			start = i
		}
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}
