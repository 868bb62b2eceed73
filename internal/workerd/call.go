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
	ns, err := s.namespace(c.Class)
	if err != nil {
		return Answer{}, err
	}
	if c.Args == nil {
		c.Args = []json.RawMessage{}
	}
	body, err := json.Marshal(map[string]any{"name": c.Object, "method": c.Method, "args": c.Args})
	if err != nil {
		return Answer{}, fmt.Errorf("the arguments of %s.%s are not JSON: %w", c.Class, c.Method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.at("control")+"/call?"+url.Values{"ns": {ns}}.Encode(), bytes.NewReader(body))
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

// namespace is the control service's name for the objects of a class.
func (s *Server) namespace(class string) (string, error) {
	var classes []string
	for i, n := range s.cfg.Namespaces {
		if n.Class == class {
			return nsName(i), nil
		}
		if !slices.Contains(classes, n.Class) {
			classes = append(classes, n.Class)
		}
	}
	return "", fmt.Errorf("there is no class %s; there is %s", class, strings.Join(classes, ", "))
}

// Direct is where a request is sent that an object is to get itself, past the
// Worker under test, and the headers that it needs besides its own. The object
// sees the path with the Worker's address.
func (s *Server) Direct(class, object, path string) (address string, header http.Header, err error) {
	ns, err := s.namespace(class)
	if err != nil {
		return "", nil, err
	}
	to, err := json.Marshal(map[string]string{"ns": ns, "name": object, "url": s.URL() + path})
	if err != nil {
		return "", nil, err
	}
	return s.at("control") + "/direct", http.Header{"X-Control": {s.token}, "X-Direct": {url.QueryEscape(string(to))}}, nil
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
