package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"durable-objects-mcp/internal/jsonfile"
	"durable-objects-mcp/internal/nearest"
)

func (s *Scenario) validate() *fault {
	switch {
	case s.Version != Version:
		return wrong("version", "version is %d; the only version so far is %d", s.Version, Version)
	case len(s.Steps) == 0:
		return wrong("steps", "steps is empty; a scenario needs at least one step")
	case len(s.Steps) > MaxSteps:
		return wrong("steps", "%d steps; at most %d are played", len(s.Steps), MaxSteps)
	}
	v := &validator{open: map[string]bool{}}
	for i, st := range s.Steps {
		if f := v.step(st); f != nil {
			return f.In(fmt.Sprintf("steps[%d]", i))
		}
	}
	return nil
}

// validator knows what the steps so far have made.
type validator struct {
	open     map[string]bool // sockets
	captured []string        // names of values
}

func (v *validator) step(s Step) *fault {
	acts := s.actions()
	if len(acts) != 1 {
		return wrong("", "a step has exactly one of http, rpc, open, send, receive, close, burst, evict, advance; this one has %d (%s)", len(acts), strings.Join(acts, ", "))
	}
	if f := v.action(s); f != nil {
		return f
	}
	if f := v.references(s); f != nil {
		return f
	}
	if s.Purged && !slices.Contains([]string{"http", "rpc", "close", "advance"}, acts[0]) {
		return wrong("purged", "purged is for http, rpc, close and advance steps, not for %s", acts[0])
	}
	return v.capture(s, acts[0])
}

func (v *validator) action(s Step) *fault {
	switch {
	case s.HTTP != nil:
		return s.HTTP.validate().In("http")
	case s.RPC != nil:
		return s.RPC.validate().In("rpc")
	case s.Burst != nil:
		return s.Burst.validate().In("burst")
	case s.Open != nil:
		if s.Open.Socket == "" {
			return wrong("open", "open.socket is empty; give the socket a name that later steps use")
		}
		if v.open[s.Open.Socket] {
			return wrong("open.socket", "open: socket %q is open already", s.Open.Socket)
		}
		v.open[s.Open.Socket] = true
		if f := s.Open.To.validate("open"); f != nil {
			return f.In("open")
		}
		return validPath(s.Open.Path).In("open")
	case s.Send != nil:
		if s.Send.Text != "" && s.Send.JSON != nil {
			return wrong("send", "send has both text and json; give one")
		}
		return v.needOpen("send", s.Send.Socket)
	case s.Receive != nil:
		return v.needOpen("receive", s.Receive.Socket)
	case s.Close != nil:
		if f := v.needOpen("close", s.Close.Socket); f != nil {
			return f
		}
		if c := s.Close.Code; c != 0 && c != 1000 && (c < 3000 || c > 4999) {
			return wrong("close.code", "close.code is %d; a client may send 1000 or 3000 to 4999, or leave it out", c)
		}
		delete(v.open, s.Close.Socket)
	case s.Advance != nil:
		if s.Advance.MS < 1 || s.Advance.MS > MaxAdvanceMS {
			return wrong("advance.ms", "advance.ms is %d; allowed is 1 to %d", s.Advance.MS, MaxAdvanceMS)
		}
	}
	return nil
}

func (v *validator) needOpen(action, name string) *fault {
	if v.open[name] {
		return nil
	}
	return wrong(action+".socket", "%s: socket %q is not open here; open it in an earlier step", action, name)
}

func (h HTTP) validate() *fault {
	if h.JSON != nil && h.Body != "" {
		return wrong("", "http has both json and body; give one")
	}
	if f := h.To.validate("http"); f != nil {
		return f
	}
	return validPath(h.Path)
}

func (t To) validate(action string) *fault {
	if t.Object != "" && t.Class == "" {
		return wrong("object", "%s.object is given without class; name the class of the object, or leave both out to ask the Worker", action)
	}
	return nil
}

func validPath(p string) *fault {
	if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, " \r\n") {
		return wrong("path", "path %q must start with \"/\" and hold no spaces or line breaks (escape them)", p)
	}
	return nil
}

// notCallable are the names that a stub has itself, so that no method of the
// object is reached by them, and those that the platform calls.
var notCallable = []string{"fetch", "connect", "name", "id", "dup", "constructor", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"}

func (r RPC) validate() *fault {
	switch {
	case r.Class == "":
		return wrong("", "rpc.class is missing; name the Durable Object class")
	case r.Method == "":
		return wrong("", "rpc.method is missing; name the method to call")
	case slices.Contains(notCallable, r.Method):
		return wrong("method", "rpc.method is %q, which a stub does not pass on to the object; requests, sockets and alarms have steps of their own", r.Method)
	}
	if e := r.Expect; e != nil && e.JSON != nil && e.Throws != "" {
		return wrong("expect", "rpc.expect has both json and throws; a call does one of them")
	}
	return nil
}

func (b Burst) validate() *fault {
	given := 0
	for _, set := range []bool{b.HTTP != nil, b.RPC != nil, b.Each != nil} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		return wrong("", "a burst has exactly one of http, rpc (each with count) and each; this one has %d", given)
	case b.Each != nil && b.Count != 0:
		return wrong("count", "burst.count is for http and rpc; each is sent once")
	case b.Each != nil && (len(b.Each) < 2 || len(b.Each) > MaxBurst):
		return wrong("each", "burst.each has %d request(s); allowed is 2 to %d", len(b.Each), MaxBurst)
	case b.Each == nil && (b.Count < 2 || b.Count > MaxBurst):
		return wrong("count", "burst.count is %d; allowed is 2 to %d", b.Count, MaxBurst)
	case b.HTTP != nil:
		return b.HTTP.validate().In("http")
	case b.RPC != nil:
		return b.RPC.validate().In("rpc")
	}
	for i, r := range b.Each {
		at := fmt.Sprintf("each[%d]", i)
		switch {
		case (r.HTTP == nil) == (r.RPC == nil):
			return wrong(at, "a request of a burst has exactly one of http and rpc")
		case r.HTTP != nil:
			if f := r.HTTP.validate(); f != nil {
				return f.In(at + ".http")
			}
		default:
			if f := r.RPC.validate(); f != nil {
				return f.In(at + ".rpc")
			}
		}
	}
	return nil
}

// references checks that every "${name}" was captured by an earlier step.
func (v *validator) references(s Step) *fault {
	var f *fault
	rewrite(&s, func(at, text string, _ form) json.RawMessage {
		for _, name := range referred(text) {
			switch {
			case f != nil || slices.Contains(v.captured, name):
			case !validName(name):
				f = wrong(at, "\"${%s}\" is no name of a captured value (letters, digits and _); a plain \"${\" is written \"$${\"", name)
			default:
				hint := "no step before has captured a value"
				if len(v.captured) > 0 {
					hint = "captured before are " + strings.Join(v.captured, ", ")
				}
				if meant := nearest.Close(name, v.captured); meant != "" {
					hint += fmt.Sprintf(" (is ${%s} meant?)", meant)
				}
				f = wrong(at, "${%s} is not captured by an earlier step; %s; a plain \"${\" is written \"$${\"", name, hint)
			}
		}
		return nil
	})
	return f
}

func (v *validator) capture(s Step, action string) *fault {
	if len(s.Capture) > 0 && !slices.Contains([]string{"http", "rpc", "receive"}, action) {
		return wrong("capture", "capture is for http, rpc and receive steps, not for %s", action)
	}
	for _, name := range sortedNames(s.Capture) {
		if !validName(name) {
			return wrong("capture", "capture: %q is no name; use letters, digits and _, not starting with a digit", name)
		}
		if _, err := jsonfile.Segments(strings.TrimPrefix(s.Capture[name], "$")); err != nil || !strings.HasPrefix(s.Capture[name], "$") {
			return wrong("capture."+name, "capture: %q is no place in an answer; it looks like $.items[0].id, and $ is the whole answer", s.Capture[name])
		}
		if !slices.Contains(v.captured, name) {
			v.captured = append(v.captured, name)
		}
	}
	return nil
}
