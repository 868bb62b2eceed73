package workerd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Call is one call of an RPC method of a Durable Object.
type Call struct {
	Class  string
	Object string // the name of the object, as for getByName
	Method string
	Args   []json.RawMessage
}

// Answer is how a call ended.
type Answer struct {
	// Value is what the method returned, as JSON with sorted keys. undefined is
	// null, a Date its ISO text, and what JSON lacks has a tag: {"map":[…]},
	// {"set":[…]}, {"bytes":[…]}, {"bigint":"1"}, {"number":"NaN"},
	// {"error":"Name: message"}, {"response":200,"body":"…"}. An RpcTarget or
	// another stub is {"stub":true} and is let go of at once. Of a value above a
	// MiB there is {"large":"its beginning, length and hash"}.
	Value json.RawMessage
	// Threw is "Name: message" of what the method threw; "" when it returned.
	Threw string
}

// Call calls a method of an object from another Worker, within the time of Do.
// The error says that the call could not be made, or never ended.
func (s *Server) Call(ctx context.Context, c Call) (Answer, error) {
	var classes []string
	ns := -1
	for i, n := range s.cfg.Namespaces {
		if n.Class == c.Class && ns < 0 {
			ns = i
		}
		if !slices.Contains(classes, n.Class) {
			classes = append(classes, n.Class)
		}
	}
	if ns < 0 {
		return Answer{}, fmt.Errorf("there is no class %s; there is %s", c.Class, strings.Join(classes, ", "))
	}
	if c.Args == nil {
		c.Args = []json.RawMessage{}
	}
	body, err := json.Marshal(map[string]any{"name": c.Object, "method": c.Method, "args": c.Args})
	if err != nil {
		return Answer{}, fmt.Errorf("the arguments of %s.%s are not JSON: %w", c.Class, c.Method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.at("control")+"/call?"+url.Values{"ns": {nsName(ns)}}.Encode(), bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("X-Control", s.token)
	resp, err := s.Do(ctx, req)
	if err != nil {
		return Answer{}, err
	}
	var a struct {
		Value, Threw string
		Unreachable  bool
	}
	switch err := json.Unmarshal(resp.Body, &a); {
	case resp.Status != http.StatusOK || err != nil:
		return Answer{}, fmt.Errorf("%s.%s could not be called: the control service answered %d: %.200s", c.Class, c.Method, resp.Status, resp.Body)
	case a.Unreachable:
		return Answer{}, fmt.Errorf("%s.%s cannot be called: the stub has its own %s, which hides it; give the method another name", c.Class, c.Method, c.Method)
	case a.Threw != "":
		return Answer{Threw: s.places(a.Threw)}, nil
	}
	value, err := canonical([]byte(a.Value))
	if err != nil {
		return Answer{}, fmt.Errorf("what %s.%s returned cannot be shown: %w", c.Class, c.Method, err)
	}
	return Answer{Value: value}, nil
}

// canonical is JSON with its keys sorted and its numbers as they were.
func canonical(data []byte) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
