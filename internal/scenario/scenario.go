// Package scenario is the traffic that a Durable Object is proved with: a short
// list of steps (HTTP, RPC, sockets, evictions, clock) with what each must answer.
//
// An answer's values can be captured and used later, so that a scenario can
// follow ids that the object makes up:
//
//	{"http": {"method": "POST", "path": "/tasks"}, "capture": {"id": "$.task.id"}}
//	{"http": {"path": "/tasks/${id}", "expect": {"json": {"id": "${id}"}}}}
//
// "${id}" may stand in paths, header values, bodies, RPC arguments, messages and
// expectations. A JSON string that is nothing else becomes the captured value
// with its type; "$${" is a plain "${".
//
// The scaffold writes one beside the object it emits, an agent may write or
// extend one by hand, and the verifier plays it on real workerd. The package
// only reads and checks the format; it knows nothing about either end.
package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// FileName is the scenario's name inside a results directory.
const FileName = "scenario.json"

// Version is the only format version so far.
const Version = 1

// Limits keep a scenario's run bounded: see [Parse].
const (
	MaxSteps     = 500
	MaxBurst     = 500
	MaxAdvanceMS = int64(400 * 24 * 3600 * 1000)
)

// Scenario is one script of traffic. Steps are played in order.
type Scenario struct {
	// Schema is the address of this format's JSON schema. It is for editors and is
	// not looked at.
	Schema  string `json:"$schema,omitempty"`
	Version int    `json:"version"`
	Name    string `json:"name,omitempty"`
	Steps   []Step `json:"steps"`
}

// Step is one thing done to the Worker. Exactly one of its action fields
// (HTTP, RPC, Open, Send, Receive, Close, Burst, Evict, Advance) is set.
type Step struct {
	// Name says in a few words what the step shows; reports quote it.
	Name string `json:"name,omitempty"`

	HTTP    *HTTP    `json:"http,omitempty"`
	RPC     *RPC     `json:"rpc,omitempty"`
	Open    *Open    `json:"open,omitempty"`
	Send    *Send    `json:"send,omitempty"`
	Receive *Receive `json:"receive,omitempty"`
	Close   *Close   `json:"close,omitempty"`
	Burst   *Burst   `json:"burst,omitempty"`
	Evict   *Evict   `json:"evict,omitempty"`
	Advance *Advance `json:"advance,omitempty"`

	// Capture names values of the answer of an HTTP, RPC or Receive step for later
	// steps: a name, and the value's place as in "$.items[0].id". "$" is the whole
	// answer, which alone need not be JSON.
	Capture map[string]string `json:"capture,omitempty"`
	// Purged says that after an HTTP, RPC, Close or Advance step no object stores
	// anything any more, not even an alarm.
	Purged bool `json:"purged,omitempty"`
}

// To is the object that a request goes to itself, past the Worker's fetch handler;
// without a class it goes to the Worker.
type To struct {
	Class  string `json:"class,omitempty"`  // of the object that gets it; without one the Worker does
	Object string `json:"object,omitempty"` // the object's name; default "a"
}

// ObjectName is the name of the object that is asked.
func (t To) ObjectName() string {
	if t.Object == "" {
		return DefaultObject
	}
	return t.Object
}

func (t To) title() string {
	if t.Class == "" {
		return ""
	}
	return fmt.Sprintf("%s(%s) ", t.Class, t.ObjectName())
}

// HTTP is one request to the Worker's fetch handler, or to that of an object.
type HTTP struct {
	Method  string            `json:"method,omitempty"` // default GET
	Path    string            `json:"path"`             // with the query, starts with "/"
	Headers map[string]string `json:"headers,omitempty"`
	JSON    json.RawMessage   `json:"json,omitempty"` // request body as JSON
	Body    string            `json:"body,omitempty"` // request body as text; not together with JSON
	Expect  *Expect           `json:"expect,omitempty"`
	To
}

// Expect is what an answer must be. Unset fields are not looked at.
type Expect struct {
	Status int `json:"status,omitempty"`
	// JSON is matched as a subset: every member named here must be there with
	// an equal value; members that are not named are ignored. Arrays must have
	// equal length.
	JSON json.RawMessage `json:"json,omitempty"`
	// Text must be contained in the body.
	Text string `json:"text,omitempty"`
}

// DefaultObject is the name of the object that an RPC step calls by default.
const DefaultObject = "a"

// RPC is one call of a method of an object, past the Worker's fetch handler.
type RPC struct {
	Class  string            `json:"class"`
	Object string            `json:"object,omitempty"` // its name; default "a"
	Method string            `json:"method"`
	Args   []json.RawMessage `json:"args,omitempty"`
	Expect *RPCExpect        `json:"expect,omitempty"`
}

// RPCExpect is what a call must come to. One of its fields is set.
type RPCExpect struct {
	// JSON is matched as a subset, as in Expect; undefined reads as null.
	JSON json.RawMessage `json:"json,omitempty"`
	// Throws says that the call must throw, with a message that contains this.
	Throws string `json:"throws,omitempty"`
}

// Open opens a WebSocket, through the Worker or at an object itself, and names it
// for later steps.
type Open struct {
	Socket  string            `json:"socket"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitempty"`
	To
}

// Send sends one message on an open socket.
type Send struct {
	Socket string          `json:"socket"`
	Text   string          `json:"text,omitempty"`
	JSON   json.RawMessage `json:"json,omitempty"`
}

// Receive waits for the next message of a socket and matches it.
type Receive struct {
	Socket string          `json:"socket"`
	Text   string          `json:"text,omitempty"` // must be contained in the message
	JSON   json.RawMessage `json:"json,omitempty"` // subset match, as in Expect
}

// Close closes a socket from the client's side and waits for the peer's answer
// to the close handshake. Code 0 sends no code, as a browser's plain close().
type Close struct {
	Socket string `json:"socket"`
	Code   int    `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Burst sends requests at once: Count times the one in HTTP or RPC, or those of
// Each, which may differ. One of HTTP, RPC and Each is set.
type Burst struct {
	Count int       `json:"count,omitempty"`
	HTTP  *HTTP     `json:"http,omitempty"`
	RPC   *RPC      `json:"rpc,omitempty"`
	Each  []Request `json:"each,omitempty"`
}

// Request is one request of a burst. Exactly one of its fields is set.
type Request struct {
	HTTP *HTTP `json:"http,omitempty"`
	RPC  *RPC  `json:"rpc,omitempty"`
}

// Requests are all requests of the burst.
func (b *Burst) Requests() []Request {
	if len(b.Each) > 0 {
		return b.Each
	}
	out := make([]Request, max(0, b.Count))
	for i := range out {
		out[i] = Request{b.HTTP, b.RPC}
	}
	return out
}

// Evict drops every object's memory; hibernating sockets stay open.
type Evict struct{}

// Advance moves the clock forward, so that alarms fall due.
type Advance struct {
	MS int64 `json:"ms"`
}

// Classes are the Durable Object classes that the step names, each once.
func (s Step) Classes() []string {
	var out []string
	add := func(class string) {
		if class != "" && !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	requests := []Request{{s.HTTP, s.RPC}}
	if s.Burst != nil {
		requests = append(s.Burst.Each, Request{s.Burst.HTTP, s.Burst.RPC})
	}
	for _, r := range requests {
		if r.HTTP != nil {
			add(r.HTTP.Class)
		}
		if r.RPC != nil {
			add(r.RPC.Class)
		}
	}
	if s.Open != nil {
		add(s.Open.Class)
	}
	return out
}

// Action names the step's action as in the JSON ("http", "open", …), or "" if
// none is set.
func (s Step) Action() string {
	names := s.actions()
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func (s Step) actions() []string {
	var names []string
	for _, a := range []struct {
		name string
		set  bool
	}{
		{"http", s.HTTP != nil}, {"rpc", s.RPC != nil}, {"open", s.Open != nil}, {"send", s.Send != nil}, {"receive", s.Receive != nil},
		{"close", s.Close != nil}, {"burst", s.Burst != nil}, {"evict", s.Evict != nil}, {"advance", s.Advance != nil},
	} {
		if a.set {
			names = append(names, a.name)
		}
	}
	return names
}

// Title is the step's name, or a description made from its action.
func (s Step) Title() string {
	if s.Name != "" {
		return s.Name
	}
	switch {
	case s.HTTP != nil:
		return s.HTTP.title()
	case s.RPC != nil:
		return s.RPC.title()
	case s.Open != nil:
		return s.Open.To.title() + "open socket " + s.Open.Socket
	case s.Send != nil:
		return "send on " + s.Send.Socket
	case s.Receive != nil:
		return "receive on " + s.Receive.Socket
	case s.Close != nil:
		return "close " + s.Close.Socket
	case s.Burst != nil:
		return s.Burst.title()
	case s.Evict != nil:
		return "evict"
	case s.Advance != nil:
		return fmt.Sprintf("advance the clock by %d ms", s.Advance.MS)
	}
	return "empty step"
}

func (h HTTP) title() string { return h.To.title() + h.method() + " " + h.Path }

func (r RPC) title() string {
	args := make([]string, len(r.Args))
	for i, a := range r.Args {
		args[i] = string(a)
	}
	return fmt.Sprintf("%s(%s).%s(%s)", r.Class, r.ObjectName(), r.Method, cut(strings.Join(args, ", "), 60))
}

// ObjectName is the name of the object that is called.
func (r RPC) ObjectName() string {
	if r.Object == "" {
		return DefaultObject
	}
	return r.Object
}

func (b Burst) title() string {
	switch {
	case b.HTTP != nil:
		return fmt.Sprintf("%d × %s", b.Count, b.HTTP.title())
	case b.RPC != nil:
		return fmt.Sprintf("%d × %s", b.Count, b.RPC.title())
	}
	return fmt.Sprintf("%d requests at once", len(b.Each))
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

func (h HTTP) method() string {
	if h.Method == "" {
		return "GET"
	}
	return h.Method
}

// MethodOrGet is the request's method, GET where none is given.
func (h HTTP) MethodOrGet() string { return h.method() }

// UsesClock reports whether any step moves the clock.
func (s *Scenario) UsesClock() bool {
	for _, st := range s.Steps {
		if st.Advance != nil {
			return true
		}
	}
	return false
}

// JSON is the scenario as a file: indented, no HTML escapes, a final newline.
func (s *Scenario) JSON() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic(err) // plain data: it cannot fail
	}
	return b.Bytes()
}
