// Package scenario is the traffic that a Durable Object is proved with: a short
// list of steps (HTTP, sockets, evictions, clock) with what each must answer.
//
// The scaffold writes one beside the object it emits, an agent may write or
// extend one by hand, and the verifier plays it on real workerd. The package
// only reads and checks the format; it knows nothing about either end.
package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	Version int    `json:"version"`
	Name    string `json:"name,omitempty"`
	Steps   []Step `json:"steps"`
}

// Step is one thing done to the Worker. Exactly one of its action fields
// (HTTP, Open, Send, Receive, Close, Burst, Evict, Advance) is set.
type Step struct {
	// Name says in a few words what the step shows; reports quote it.
	Name string `json:"name,omitempty"`

	HTTP    *HTTP    `json:"http,omitempty"`
	Open    *Open    `json:"open,omitempty"`
	Send    *Send    `json:"send,omitempty"`
	Receive *Receive `json:"receive,omitempty"`
	Close   *Close   `json:"close,omitempty"`
	Burst   *Burst   `json:"burst,omitempty"`
	Evict   *Evict   `json:"evict,omitempty"`
	Advance *Advance `json:"advance,omitempty"`
}

// HTTP is one request to the Worker's fetch handler.
type HTTP struct {
	Method  string            `json:"method,omitempty"` // default GET
	Path    string            `json:"path"`             // with the query, starts with "/"
	Headers map[string]string `json:"headers,omitempty"`
	JSON    json.RawMessage   `json:"json,omitempty"` // request body as JSON
	Body    string            `json:"body,omitempty"` // request body as text; not together with JSON
	Expect  *Expect           `json:"expect,omitempty"`
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

// Open opens a WebSocket through the Worker and names it for later steps.
type Open struct {
	Socket  string            `json:"socket"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitempty"`
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

// Burst sends the same request Count times at once.
type Burst struct {
	Count int  `json:"count"`
	HTTP  HTTP `json:"http"`
}

// Evict drops every object's memory; hibernating sockets stay open.
type Evict struct{}

// Advance moves the clock forward, so that alarms fall due.
type Advance struct {
	MS int64 `json:"ms"`
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
		{"http", s.HTTP != nil}, {"open", s.Open != nil}, {"send", s.Send != nil}, {"receive", s.Receive != nil},
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
		return s.HTTP.method() + " " + s.HTTP.Path
	case s.Open != nil:
		return "open socket " + s.Open.Socket
	case s.Send != nil:
		return "send on " + s.Send.Socket
	case s.Receive != nil:
		return "receive on " + s.Receive.Socket
	case s.Close != nil:
		return "close " + s.Close.Socket
	case s.Burst != nil:
		return fmt.Sprintf("%d × %s %s", s.Burst.Count, s.Burst.HTTP.method(), s.Burst.HTTP.Path)
	case s.Evict != nil:
		return "evict"
	case s.Advance != nil:
		return fmt.Sprintf("advance the clock by %d ms", s.Advance.MS)
	}
	return "empty step"
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

// Parse reads a scenario and checks it whole. Every problem is named with the
// step it is in ("steps[3]: …"); a syntax error is named with line and column.
func Parse(data []byte) (*Scenario, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var s Scenario
	if err := dec.Decode(&s); err != nil {
		return nil, describe(data, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: text after the end of the scenario object; a file holds one object", FileName)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	return &s, nil
}

// describe turns encoding/json's errors into ones that point at a line.
func describe(data []byte, err error) error {
	var syn *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syn):
		line, col := position(data, syn.Offset)
		return fmt.Errorf("%s:%d:%d: not valid JSON: %s", FileName, line, col, syn)
	case errors.As(err, &typ):
		line, col := position(data, typ.Offset)
		return fmt.Errorf("%s:%d:%d: %s must be %s, not %s", FileName, line, col, typ.Field, typ.Type, typ.Value)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%s: the file ends before the object does", FileName)
	}
	return fmt.Errorf("%s: %s; allowed in a step are name, http, open, send, receive, close, burst, evict and advance", FileName, strings.TrimPrefix(err.Error(), "json: "))
}

func position(data []byte, offset int64) (line, col int) {
	offset = min(offset, int64(len(data)))
	before := data[:offset]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, int(offset) - (bytes.LastIndexByte(before, '\n') + 1)
}

func (s *Scenario) validate() error {
	if s.Version != Version {
		return fmt.Errorf("version is %d; the only version so far is %d", s.Version, Version)
	}
	if len(s.Steps) == 0 {
		return errors.New("steps is empty; a scenario needs at least one step")
	}
	if len(s.Steps) > MaxSteps {
		return fmt.Errorf("%d steps; at most %d are played", len(s.Steps), MaxSteps)
	}
	open := map[string]bool{}
	for i, st := range s.Steps {
		if err := st.validate(open); err != nil {
			return fmt.Errorf("steps[%d]: %w", i, err)
		}
	}
	return nil
}

func (s Step) validate(open map[string]bool) error {
	acts := s.actions()
	if len(acts) != 1 {
		return fmt.Errorf("a step has exactly one of http, open, send, receive, close, burst, evict, advance; this one has %d (%s)", len(acts), strings.Join(acts, ", "))
	}
	needOpen := func(name string) error {
		if !open[name] {
			return fmt.Errorf("%s: socket %q is not open here; open it in an earlier step", acts[0], name)
		}
		return nil
	}
	switch {
	case s.HTTP != nil:
		return s.HTTP.validate()
	case s.Burst != nil:
		if s.Burst.Count < 2 || s.Burst.Count > MaxBurst {
			return fmt.Errorf("burst.count is %d; allowed is 2 to %d", s.Burst.Count, MaxBurst)
		}
		return s.Burst.HTTP.validate()
	case s.Open != nil:
		if s.Open.Socket == "" {
			return errors.New("open.socket is empty; give the socket a name that later steps use")
		}
		if open[s.Open.Socket] {
			return fmt.Errorf("open: socket %q is open already", s.Open.Socket)
		}
		open[s.Open.Socket] = true
		return validPath(s.Open.Path)
	case s.Send != nil:
		if s.Send.Text != "" && s.Send.JSON != nil {
			return errors.New("send has both text and json; give one")
		}
		return needOpen(s.Send.Socket)
	case s.Receive != nil:
		return needOpen(s.Receive.Socket)
	case s.Close != nil:
		if err := needOpen(s.Close.Socket); err != nil {
			return err
		}
		if c := s.Close.Code; c != 0 && c != 1000 && (c < 3000 || c > 4999) {
			return fmt.Errorf("close.code is %d; a client may send 1000 or 3000 to 4999, or leave it out", c)
		}
		delete(open, s.Close.Socket)
	case s.Advance != nil:
		if s.Advance.MS < 1 || s.Advance.MS > MaxAdvanceMS {
			return fmt.Errorf("advance.ms is %d; allowed is 1 to %d", s.Advance.MS, MaxAdvanceMS)
		}
	}
	return nil
}

func (h HTTP) validate() error {
	if h.JSON != nil && h.Body != "" {
		return errors.New("http has both json and body; give one")
	}
	return validPath(h.Path)
}

func validPath(p string) error {
	if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, " \r\n") {
		return fmt.Errorf("path %q must start with \"/\" and hold no spaces or line breaks (escape them)", p)
	}
	return nil
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
