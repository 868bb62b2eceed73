package scaffold

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"durable-objects-mcp/internal/blueprint"
	"durable-objects-mcp/internal/scenario"
)

// script writes a scenario step by step against the blueprint's own routes.
type script struct {
	v     *view
	steps []scenario.Step
}

// scenario is the traffic that shows what the object does: each pattern's own
// steps on an object of its own with an eviction in the middle, the router's
// refusals, and at last the idle purge, after which everything starts anew.
func (v *view) scenario() *scenario.Scenario {
	s := &script{v: v}
	parts := v.parts
	for _, p := range parts {
		p.play(s)
	}
	s.refusals()
	if v.Purge != nil {
		s.advance("let every object idle until it purges itself", s.purgeMS())
		for _, p := range parts {
			p.afterPurge(s)
		}
	}
	return &scenario.Scenario{Version: scenario.Version, Name: v.Class, Steps: s.steps}
}

// purgeMS is how far the clock must move for every purge to have happened: an
// open rate window may have put it off once.
func (s *script) purgeMS() int64 {
	ms := s.v.Purge.IdleMS + 60_000
	if s.v.RateLimit != nil {
		ms += s.v.RateLimit.WindowMS
	}
	return min(ms, scenario.MaxAdvanceMS)
}

// target is a request to one operation of one object.
type target struct {
	op     blueprint.Op
	of     string // the collection
	object string
	item   string // what it is about inside the object
	query  string // further query parameters, "a=b&c=d"
	json   string // request body
	body   string // request body that is no JSON
}

func (s *script) request(t target) scenario.HTTP {
	r, _ := s.v.bp.RouteOf(t.op, t.of)
	path, query := r.Path, t.query
	if name := blueprint.Item(t.op); t.item != "" {
		if r.Param(name) {
			path = strings.Replace(path, "/:"+name, "/"+t.item, 1)
		} else {
			query = strings.Trim(name+"="+url.QueryEscape(t.item)+"&"+query, "&")
		}
	}
	return scenario.HTTP{Method: r.Method, Path: s.path(path, t.object, query), JSON: raw(t.json), Body: t.body}
}

// path is a route's path with the object's name in it, or else in the query.
func (s *script) path(path, object, query string) string {
	p := strings.Replace(path, "/:"+s.v.Key, "/"+url.PathEscape(object), 1)
	if p == path {
		query = strings.Trim(s.v.Key+"="+url.QueryEscape(object)+"&"+query, "&")
	}
	if query == "" {
		return p
	}
	return p + "?" + query
}

func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

func (s *script) add(name string, step scenario.Step) {
	step.Name = name
	s.steps = append(s.steps, step)
}

// ask sends one request and expects a status and, unless want is "", a body.
func (s *script) ask(name string, t target, status int, want string) {
	h := s.request(t)
	h.Expect = &scenario.Expect{Status: status, JSON: raw(want)}
	s.add(name, scenario.Step{HTTP: &h})
}

// burst sends the same request many times at once; each answer must have the
// status, where one is given.
func (s *script) burst(name string, count int, t target, status int, want string) {
	h := s.request(t)
	if status != 0 {
		h.Expect = &scenario.Expect{Status: status, JSON: raw(want)}
	}
	s.add(name, scenario.Step{Burst: &scenario.Burst{Count: count, HTTP: &h}})
}

func (s *script) open(socket, object, sender string) {
	r, _ := s.v.bp.Route(blueprint.ChatConnect)
	path := s.path(r.Path, object, s.v.Sender()+"="+sender)
	s.add(sender+" connects", scenario.Step{Open: &scenario.Open{Socket: socket, Path: path}})
}

func (s *script) send(name, socket, text string) {
	s.add(name, scenario.Step{Send: &scenario.Send{Socket: socket, Text: text}})
}

func (s *script) receive(name, socket, want string) {
	s.add(name, scenario.Step{Receive: &scenario.Receive{Socket: socket, JSON: raw(want)}})
}

func (s *script) close(name, socket string, code int) {
	s.add(name, scenario.Step{Close: &scenario.Close{Socket: socket, Code: code}})
}

func (s *script) evict() {
	s.add("memory is lost", scenario.Step{Evict: &scenario.Evict{}})
}

func (s *script) advance(name string, ms int64) {
	s.add(name, scenario.Step{Advance: &scenario.Advance{MS: ms}})
}

// refusals are the router's: no such path, wrong method, no or a bad name.
func (s *script) refusals() {
	first := s.v.bp.Routes[0]
	for _, r := range s.v.bp.Routes {
		if !strings.Contains(r.Path, "/:") {
			first = r // one whose path says nothing by itself
			break
		}
	}
	expect := func(name, method, path string, status int) {
		s.add(name, scenario.Step{HTTP: &scenario.HTTP{Method: method, Path: path, Expect: &scenario.Expect{Status: status}}})
	}
	expect("an unknown path is refused", "GET", s.path("/no-such-path", "lobby", ""), 404)
	path := first.Path
	if item := blueprint.Item(first.Op); item != "" {
		path = strings.Replace(path, "/:"+item, "/1", 1)
	}
	expect("a wrong method is refused", s.wrongMethod(first.Path), s.path(path, "lobby", ""), 405)
	if first.Param(s.v.Key) {
		expect("a name outside the alphabet is refused", first.Method, strings.Replace(path, "/:"+s.v.Key, "/a%20b", 1), 400)
		return
	}
	expect(fmt.Sprintf("a request without ?%s= is refused", s.v.Key), first.Method, path, 400)
	expect("a name outside the alphabet is refused", first.Method, s.path(path, "a/b", ""), 400)
}

func (s *script) wrongMethod(path string) string {
	for _, m := range []string{"POST", "DELETE", "PUT", "PATCH", "GET"} {
		if !slices.ContainsFunc(s.v.bp.Routes, func(r blueprint.Route) bool { return r.Path == path && r.Method == m }) {
			return m
		}
	}
	return "OPTIONS"
}
