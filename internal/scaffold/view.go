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
	parts   []part // in the order in which the class presents them
	// history is the text of the schema history, an entry each, once it is rendered.
	history []string

	// The patterns that others ask about.
	Chat      *blueprint.Pattern
	Counter   *blueprint.Pattern
	RateLimit *blueprint.Pattern
	Lock      *blueprint.Pattern
	Schedule  *blueprint.Pattern
	Purge     *blueprint.Pattern
	Feed      *blueprint.Pattern
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
		case blueprint.IdlePurge:
			v.Purge = p
		case blueprint.Feed:
			v.Feed = p
		}
		if made := makers[p.Kind]; made != nil {
			v.parts = append(v.parts, made(base{p, bp.Class}))
		}
	}
	if bp.PurgeIsEmpty() {
		v.Purge = nil
	}
	return v
}

// fragment is a file of sections with the pattern that it is rendered for.
type fragment struct {
	name string
	part part // nil for what parts share
}

// migration names the fragment's entry in the schema history.
func (f fragment) migration() string {
	if f.name == "queue" {
		return dueEntry
	}
	if f.part != nil && f.part.pattern().Name != "" {
		return f.name + " " + f.part.pattern().Name
	}
	return f.name
}

// dueEntry is the queue behind the alarm in the schema history.
const dueEntry = "due"

// fragments lists the fragment files of this object, the shared ones around the
// patterns' own. What several parts use is there once.
func (v *view) fragments() []fragment {
	var used []string
	for _, p := range v.parts {
		used = append(used, p.uses()...)
	}
	all := []fragment{{name: "core"}}
	add := func(want bool, name string) {
		if want {
			all = append(all, fragment{name: name})
		}
	}
	add(slices.Contains(used, "counters"), "counters")
	for _, p := range v.parts {
		all = append(all, fragment{p.fragment(), p})
	}
	add(v.Purge != nil, "idle_purge")
	add(v.Queue(), "queue")
	for _, name := range []string{"page", "body", "id", "integer", "number", "text", "one_of", "json"} {
		add(slices.Contains(used, name), name)
	}
	return all
}

// Touch reports whether activity is followed by #touch().
func (v *view) Touch() bool { return v.Purge != nil || v.recurs() }

// waits reports whether the alarm waits for work that is done elsewhere, during
// which other events come in.
func (v *view) waits() bool {
	return slices.ContainsFunc(v.parts, func(p part) bool { return p.due().many })
}

func (v *view) recurs() bool { return v.Schedule != nil && v.Schedule.EveryMS > 0 }

// Purges reports whether patterns must be able to hold off a purge.
func (v *view) Purges() bool { return v.Purge != nil }

// GuardsMessages reports whether the rate limit works inside the sockets.
func (v *view) GuardsMessages() bool {
	return v.RateLimit != nil && v.RateLimit.Guards == "messages"
}

// Feeds reports whether sockets hear of every change.
func (v *view) Feeds() bool { return v.Feed != nil }

// Broadcasts reports whether there are sockets that hear what the object says.
func (v *view) Broadcasts() bool { return v.Chat != nil || v.Feed != nil }

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
	var members []string
	if v.Chat != nil {
		members = append(members, fmt.Sprintf(`{ type: "message"; seq: number; %s: string; text: string }`, v.Sender()))
		if v.Chat.History > 0 {
			members = append(members, `{ type: "history"; messages: Message[] }`)
		}
		if v.Chat.Presence {
			members = append(members, fmt.Sprintf(`{ type: "joined" | "left"; %s: string }`, v.Sender()))
		}
	}
	if v.Feed != nil {
		for _, p := range v.publishers() {
			members = append(members, p.changes()...)
		}
	}
	if v.Schedule != nil {
		members = append(members, `{ type: "event"; id: string; payload: unknown }`)
	}
	members = append(members, `{ type: "error"; error: string }`)
	one := strings.Join(members, " | ")
	if len("type ServerEvent = ;")+len(one) <= maxWidth {
		return "type ServerEvent = " + one + ";"
	}
	if len("  ;")+len(one) <= maxWidth {
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

// MaxBodyBytes bounds a JSON body: enough for the fields of every collection.
func (v *view) MaxBodyBytes() int {
	need := 16_384
	for _, p := range v.bp.Patterns {
		chars := 1_000
		for _, f := range p.Fields {
			if f.Type == blueprint.Text || f.Type == blueprint.JSONValue {
				chars += f.Max
			}
		}
		need = max(need, 4*chars) // a character has at most 4 bytes of UTF-8
	}
	return need
}

// MaxLeaseMS bounds what a caller may ask for: an hour, or what the spec wants.
func (v *view) MaxLeaseMS() int64 { return max(3_600_000, v.Lock.LeaseMS) }

// alarmKinds lists what the one alarm is for.
func (v *view) alarmKinds() []string {
	var kinds []string
	for _, p := range v.parts {
		if k := p.due(); k.kind != "" {
			kinds = append(kinds, k.kind)
		}
	}
	if v.Purge != nil {
		kinds = append(kinds, purgeKind)
	}
	return kinds
}

const purgeKind = "idle-purge"

// Queue reports whether the alarm needs a queue: with a single thing to wait
// for, the alarm itself holds the time.
func (v *view) Queue() bool {
	return len(v.alarmKinds()) > 1 || slices.ContainsFunc(v.parts, func(p part) bool { return p.due().many })
}

// DueKinds is the union type of what the queue holds.
func (v *view) DueKinds() string {
	kinds := v.alarmKinds()
	for i, k := range kinds {
		kinds[i] = `"` + k + `"`
	}
	return strings.Join(kinds, " | ")
}

// Unplans reports whether anything leaves the queue before it is due.
func (v *view) Unplans() bool {
	return slices.ContainsFunc(v.parts, func(p part) bool { return p.due().unplanned })
}

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
	for _, p := range v.parts {
		if h := p.holds(); h.condition != "" && !slices.Contains(busy, h.condition) {
			busy = append(busy, h.condition)
		}
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
	for _, p := range v.parts {
		for _, t := range p.tables(v) {
			if !slices.Contains(tables, t) {
				tables = append(tables, t)
			}
		}
	}
	return append(tables, "due")
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
