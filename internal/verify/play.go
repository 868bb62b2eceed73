package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sort"
	"strings"
	"sync"
	"time"

	"durable-objects-mcp/internal/scenario"
	"durable-objects-mcp/internal/workerd"
)

// messageWait bounds the wait for one socket message; a correct object answers
// in milliseconds, a loaded machine in tens of them.
const messageWait = 5 * time.Second

// recording is what one world's run of the scenario looked like from outside.
type recording struct {
	// answers has one line for each step: what the client saw.
	answers []string
	// problems are expectations that did not hold and things that broke, by step.
	problems  []problem
	sockets   map[string][]string       // every message of each socket, in order
	state     map[string]workerd.Stored // stored values by place, at the end
	evictions int
	errors    []string // exceptions in the log
	outbound  []string // refused network requests
	standIns  []string // calls of bindings that a stand-in answered
}

type problem struct {
	step int // -1: not tied to a step
	text string
}

// player plays a scenario against one server.
type player struct {
	server *workerd.Server
	steps  []scenario.Step
	// between evicts every object after each step.
	between bool
	// want is how many messages each socket gets in all, known from the first
	// world; nil while it is being found out.
	want map[string]int

	open map[string]*workerd.Socket
	rec  *recording
}

func (p *player) play(ctx context.Context) *recording {
	p.open = map[string]*workerd.Socket{}
	p.rec = &recording{sockets: map[string][]string{}, state: map[string]workerd.Stored{}}
	for i, st := range p.steps {
		if ctx.Err() != nil {
			break
		}
		answer, err := p.step(ctx, st)
		if err != nil {
			p.rec.problems = append(p.rec.problems, problem{i, err.Error()})
		}
		p.rec.answers = append(p.rec.answers, answer)
		if p.between && st.Evict == nil && st.Advance == nil {
			p.evict(ctx, i)
		}
	}
	p.drain(ctx)
	for _, e := range p.server.Exceptions() {
		p.rec.errors = append(p.rec.errors, e.String())
	}
	p.rec.outbound, p.rec.standIns = p.server.Outbound(), p.server.StandIns()
	for _, s := range p.open {
		s.Abandon()
	}
	p.snapshot(ctx)
	return p.rec
}

func (p *player) step(ctx context.Context, st scenario.Step) (string, error) {
	switch {
	case st.HTTP != nil:
		return p.request(ctx, *st.HTTP)
	case st.RPC != nil:
		return "not called", errors.New("rpc calls are not played yet")
	case st.Burst != nil:
		return p.burst(ctx, *st.Burst)
	case st.Open != nil:
		s, status, err := p.server.Dial(ctx, st.Open.Path, header(st.Open.Headers))
		if err != nil {
			return fmt.Sprintf("not opened, status %d", status), fmt.Errorf("the socket did not open: the Worker answered %d; a WebSocket needs 101", status)
		}
		p.open[st.Open.Socket] = s
		return "101", nil
	case st.Send != nil:
		text := st.Send.Text
		if st.Send.JSON != nil {
			text = string(st.Send.JSON)
		}
		socket, err := p.socket(st.Send.Socket)
		if err != nil {
			return "not sent", err
		}
		if err := socket.Send(ctx, text); err != nil {
			return "not sent", fmt.Errorf("the socket %s is no longer open: %v", st.Send.Socket, err)
		}
		return "sent", nil
	case st.Receive != nil:
		return p.receive(ctx, *st.Receive)
	case st.Close != nil:
		s, err := p.socket(st.Close.Socket)
		if err != nil {
			return "not closed", err
		}
		delete(p.open, st.Close.Socket)
		code, err := s.Close(ctx, st.Close.Code, st.Close.Reason)
		if err != nil {
			return "close not answered", fmt.Errorf("the close of socket %s was not answered: %v", st.Close.Socket, err)
		}
		return fmt.Sprintf("closed with %d", code), nil
	case st.Evict != nil:
		p.evict(ctx, len(p.rec.answers))
		return "evicted", nil
	case st.Advance != nil:
		if err := p.server.Advance(ctx, time.Duration(st.Advance.MS)*time.Millisecond); err != nil {
			return "clock not moved", err
		}
		return "advanced", nil
	}
	return "", nil
}

// socket is a socket that an earlier step opened; an error says that it failed.
func (p *player) socket(name string) (*workerd.Socket, error) {
	if s := p.open[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("the socket %s is not open, because its opening failed", name)
}

func header(m map[string]string) http.Header {
	h := http.Header{}
	for k, v := range m {
		h.Set(k, v)
	}
	return h
}

func (p *player) request(ctx context.Context, h scenario.HTTP) (string, error) {
	body := []byte(h.Body)
	headers := header(h.Headers)
	if h.JSON != nil {
		body = h.JSON
		if headers.Get("Content-Type") == "" {
			headers.Set("Content-Type", "application/json")
		}
	}
	req, err := http.NewRequestWithContext(ctx, h.MethodOrGet(), p.server.URL()+h.Path, bytes.NewReader(body))
	if err != nil {
		return "not sent", err
	}
	req.Header = headers
	resp, err := p.server.Do(ctx, req)
	if err != nil {
		return "no answer", err
	}
	return answerText(resp), checkAnswer(h.Expect, resp)
}

// answerText is an answer as it is compared and shown: status and body, JSON
// with its keys sorted.
func answerText(r *workerd.Response) string {
	body := strings.TrimSpace(string(r.Body))
	if v, err := decode(r.Body); err == nil {
		if canonical, err := json.Marshal(v); err == nil {
			body = string(canonical)
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, body))
}

func checkAnswer(e *scenario.Expect, r *workerd.Response) error {
	if e == nil {
		return nil
	}
	if e.Status != 0 && e.Status != r.Status {
		return fmt.Errorf("expected status %d, got %s", e.Status, short(answerText(r)))
	}
	if e.JSON != nil {
		if err := matchJSON(e.JSON, r.Body); err != nil {
			return err
		}
	}
	if e.Text != "" && !strings.Contains(string(r.Body), e.Text) {
		return fmt.Errorf("expected a body that contains %q, got %s", e.Text, short(string(r.Body)))
	}
	return nil
}

// burst sends the requests at once; the answers are compared as a multiset,
// because their order is nobody's promise.
func (p *player) burst(ctx context.Context, b scenario.Burst) (string, error) {
	requests := b.Requests()
	answers := make([]string, len(requests))
	errs := make([]error, len(requests))
	var wg sync.WaitGroup
	for i, r := range requests {
		wg.Go(func() {
			if r.HTTP == nil {
				errs[i] = errors.New("rpc calls are not played yet")
				return
			}
			answers[i], errs[i] = p.request(ctx, *r.HTTP)
		})
	}
	wg.Wait()
	sort.Strings(answers)
	for i, err := range errs {
		if err != nil {
			return strings.Join(answers, "\n"), fmt.Errorf("request %d of %d: %w", i+1, len(requests), err)
		}
	}
	return strings.Join(answers, "\n"), nil
}

func (p *player) receive(ctx context.Context, r scenario.Receive) (string, error) {
	msg, err := p.next(ctx, r.Socket, messageWait)
	if err != nil {
		return "nothing received", fmt.Errorf("no message arrived on socket %s within %s: %v", r.Socket, messageWait, err)
	}
	if r.Text != "" && !strings.Contains(msg, r.Text) {
		return msg, fmt.Errorf("expected a message that contains %q, got %s", r.Text, short(msg))
	}
	if r.JSON != nil {
		return msg, matchJSON(r.JSON, []byte(msg))
	}
	return msg, nil
}

func (p *player) next(ctx context.Context, socket string, wait time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	s, err := p.socket(socket)
	if err != nil {
		return "", err
	}
	msg, err := s.Next(ctx)
	if err == nil {
		p.rec.sockets[socket] = append(p.rec.sockets[socket], msg)
	}
	return msg, err
}

// drain takes what is left on the open sockets. Sequences are compared whole,
// so a world waits for as many messages as the first world had, and a little
// longer for one too many. The first world cannot know, and waits longer.
func (p *player) drain(ctx context.Context) {
	quiet := 100 * time.Millisecond
	if p.want == nil {
		quiet = 300 * time.Millisecond
	}
	for name := range p.open {
		for len(p.rec.sockets[name]) < p.want[name] {
			if _, err := p.next(ctx, name, messageWait); err != nil {
				break
			}
		}
		for {
			if _, err := p.next(ctx, name, quiet); err != nil {
				break
			}
		}
	}
}

func (p *player) evict(ctx context.Context, step int) {
	e, err := p.server.Evict(ctx)
	p.rec.evictions += e.Count
	if err != nil {
		p.rec.problems = append(p.rec.problems, problem{step, "the objects could not be evicted: " + err.Error()})
	}
	for _, r := range e.Refused {
		p.rec.problems = append(p.rec.problems, problem{step, fmt.Sprintf("an object of class %s cannot be evicted: %s", r.Class, r.Why)})
	}
}

// snapshot ends the server and notes every stored value by its place.
func (p *player) snapshot(ctx context.Context) {
	dump, err := p.server.Dump(ctx)
	if err != nil {
		p.rec.problems = append(p.rec.problems, problem{-1, "the stored state could not be read: " + err.Error()})
		return
	}
	for _, line := range dump {
		p.rec.state[line.Place] = line
	}
}

func decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

// matchJSON checks that got has everything that want names.
func matchJSON(want, got []byte) error {
	w, err := decode(want)
	if err != nil {
		return fmt.Errorf("the expectation is not JSON: %w", err)
	}
	g, err := decode(got)
	if err != nil {
		return fmt.Errorf("expected JSON, got %s", short(string(got)))
	}
	if where, ok := subset(w, g, "$"); !ok {
		return fmt.Errorf("expected %s, got %s (differs at %s)", short(string(want)), short(string(got)), where)
	}
	return nil
}

func subset(want, got any, at string) (string, bool) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return at, false
		}
		keys := make([]string, 0, len(w))
		for k := range w {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			if _, has := g[k]; !has {
				return at + "." + k, false
			}
			if where, ok := subset(w[k], g[k], at+"."+k); !ok {
				return where, false
			}
		}
		return "", true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return at, false
		}
		for i := range w {
			if where, ok := subset(w[i], g[i], fmt.Sprintf("%s[%d]", at, i)); !ok {
				return where, false
			}
		}
		return "", true
	case json.Number:
		g, ok := got.(json.Number)
		if !ok {
			return at, false
		}
		a, err1 := w.Float64()
		b, err2 := g.Float64()
		return at, err1 == nil && err2 == nil && a == b
	}
	return at, reflect.DeepEqual(want, got)
}

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:159]) + "…"
	}
	return s
}
