package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
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

// alarmWait lets an alarm run that was set for the present.
const alarmWait = 120 * time.Millisecond

// madeUpWait is the same after each step of traffic that is made up from the
// code: it sets alarms for the present more often than a client would.
const madeUpWait = 25 * time.Millisecond

// lostWait is the same on a socket that had to be opened again. What was to come
// may have been lost with the old one, which is asked of the base world later.
const lostWait = 2 * time.Second

// vainWait is the same where nothing came in the first world either.
const vainWait = 300 * time.Millisecond

// recording is what one world's run of the traffic looked like from outside.
type recording struct {
	steps    []deed
	problems []problem
	sockets  map[string][]string // every message of each socket, in order
	// lost are the sockets that a crash took; what they got is not compared.
	lost       map[string]bool
	state      map[string]workerd.Stored // stored values by place, at the end
	evictions  int
	crashes    int
	exceptions []workerd.Exception
	outbound   []string       // refused network requests
	standIns   []string       // calls of bindings that a stand-in answered
	ran        map[string]int // events that objects handled, by "Class handler"
	took       time.Duration
}

// deed is one step as it was played.
type deed struct {
	replies  []reply // several in a burst
	captured scenario.Values
	// quiet steps are not compared: a crash has taken what they were about.
	quiet       bool
	between     string // "evicted" or "crashed" after the step
	start, took time.Duration
}

// reply is one answer: its status, and its body, which may be JSON.
type reply struct{ head, body string }

func (r reply) text() string { return strings.TrimSpace(r.head + " " + r.body) }

// problem is a promise that does not hold inside one world.
type problem struct {
	step int // -1: not tied to a step
	text string
	kind problemKind
	// class is that of the object that cannot be evicted.
	class string
}

type problemKind int

const (
	unexpected problemKind = iota // an expectation of the scenario
	refusal                       // an object that holds on to its memory
	leftover                      // something stored after a purge
	broken                        // the run itself could not go on
	early                         // an alarm that is set for a time long past
)

// manner is how a player plays.
type manner struct {
	// evict and crash are done after each step from the step with index from on.
	evict, crash bool
	from         int
	// serial sends the requests of a burst one after another, reversed the last
	// one first.
	serial, reversed bool
	// drop loses sockets where crash would, but keeps the process.
	drop bool
	// pace is when each step begins at the earliest, as in another world.
	pace []time.Duration
	// lenient takes any answer: traffic made up from the code may be refused.
	lenient bool
}

// player plays traffic against one server.
type player struct {
	server *workerd.Server
	steps  []scenario.Step
	manner manner
	// first gives what the first world of the kind recorded: how many messages each
	// socket gets in all, and what was wrong there already. It gives nil until that
	// world has ended; it is nil in that world itself.
	first func() *recording
	// dir is where the server keeps its files, and look starts another one on a
	// copy of them; both are only there where a step says that it purges.
	dir  string
	look func(dir string) (*workerd.Server, error)

	// alarms says that the code sets some; one that is due at once runs before
	// the state is read.
	alarms bool

	values  scenario.Values
	opened  map[string]scenario.Open // by socket, as it was opened
	open    map[string]*workerd.Socket
	unheard int // messages sent that nothing has answered yet
	began   time.Time
	rec     *recording
}

func (p *player) play(ctx context.Context) *recording {
	p.open, p.opened, p.values = map[string]*workerd.Socket{}, map[string]scenario.Open{}, scenario.Values{}
	p.rec = &recording{sockets: map[string][]string{}, lost: map[string]bool{}, state: map[string]workerd.Stored{}}
	p.began = time.Now()
	for i := range p.steps {
		if ctx.Err() != nil {
			break
		}
		p.keepPace(ctx, i)
		p.reconnect(ctx, i)
		start := time.Since(p.began)
		d, err := p.step(ctx, p.steps[i])
		if err != nil {
			p.complain(i, err)
		}
		d.start, d.took = start, time.Since(p.began)-start
		p.rec.steps = append(p.rec.steps, d)
		if p.steps[i].Purged {
			p.expectNothing(ctx, i)
		}
		if p.alarms && p.manner.lenient {
			pause(ctx, madeUpWait)
		}
		p.between(ctx, i)
	}
	p.drain(ctx)
	if p.alarms {
		pause(ctx, alarmWait)
	}
	p.rec.exceptions = p.server.Exceptions()
	p.rec.outbound, p.rec.standIns, p.rec.ran = p.server.Outbound(), p.server.StandIns(), p.server.Ran()
	for _, at := range p.server.EarlyAlarms() {
		p.rec.problems = append(p.rec.problems, problem{
			step: -1, kind: early,
			text: fmt.Sprintf("an alarm was set for %s ms after 1970, which is long past, so it fires at once; setAlarm takes a point in time in milliseconds", at),
		})
	}
	// The process ends before the sockets do, so that what their end does to the
	// state is the same in every world.
	p.snapshot(ctx)
	for _, s := range p.open {
		s.Abandon()
	}
	p.rec.took = time.Since(p.began)
	return p.rec
}

// complain notes what is wrong at a step.
func (p *player) complain(step int, err error) {
	kind := unexpected
	if !errors.As(err, new(*unmet)) {
		kind = broken
	}
	// An endless loop ends the process, and is nobody's design; an answer that
	// takes long may be.
	slow := strings.Contains(err.Error(), "did not answer within") && !strings.Contains(err.Error(), "was ended")
	thrown := strings.Contains(err.Error(), "fails, also when it is tried again") // the log has it
	if p.manner.lenient && (kind == unexpected || slow || thrown) {
		return
	}
	p.rec.problems = append(p.rec.problems, problem{step: step, text: err.Error(), kind: kind})
}

// unmet is an answer that is not the one that was to come.
type unmet struct{ error }

func expected(format string, args ...any) error { return &unmet{fmt.Errorf(format, args...)} }

func (p *player) keepPace(ctx context.Context, i int) {
	if i >= len(p.manner.pace) {
		return
	}
	pause(ctx, p.manner.pace[i]-time.Since(p.began))
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func one(head, body string) deed { return deed{replies: []reply{{head, body}}} }

func (p *player) step(ctx context.Context, st scenario.Step) (deed, error) {
	st, err := st.With(p.values)
	if err != nil {
		return one("not played", ""), expected("%w", err)
	}
	switch {
	case st.HTTP != nil, st.RPC != nil:
		r, err := p.ask(ctx, scenario.Request{HTTP: st.HTTP, RPC: st.RPC})
		p.unheard = 0
		return p.capture(st, r, err)
	case st.Burst != nil:
		p.unheard = 0
		return p.burst(ctx, *st.Burst)
	case st.Open != nil:
		p.opened[st.Open.Socket] = *st.Open
		status, err := p.dial(ctx, *st.Open)
		if err != nil {
			return one(fmt.Sprintf("not opened, status %d", status), ""), err
		}
		return one("101", ""), nil
	case st.Send != nil:
		return p.send(ctx, *st.Send)
	case st.Receive != nil:
		msg, err := p.receive(ctx, *st.Receive)
		p.unheard = max(0, p.unheard-1)
		return p.capture(st, reply{"", msg}, err)
	case st.Close != nil:
		return p.close(ctx, *st.Close)
	case st.Evict != nil:
		p.evict(ctx, len(p.rec.steps))
		return one("evicted", ""), nil
	case st.Advance != nil:
		if err := p.server.Advance(ctx, time.Duration(st.Advance.MS)*time.Millisecond); err != nil {
			return one("clock not moved", ""), err
		}
		p.unheard = 0
		return one("advanced", ""), nil
	}
	return deed{}, nil
}

// capture takes the values that later steps need.
func (p *player) capture(st scenario.Step, r reply, err error) (deed, error) {
	d := deed{replies: []reply{r}}
	values, missing := st.Captured([]byte(r.body))
	d.captured = values
	for name, v := range values {
		p.values[name] = v
	}
	if err == nil && missing != nil {
		err = expected("%w", missing)
	}
	return d, err
}

func header(m map[string]string) http.Header {
	h := http.Header{}
	for k, v := range m {
		h.Set(k, v)
	}
	return h
}

func (p *player) ask(ctx context.Context, r scenario.Request) (reply, error) {
	if r.RPC != nil {
		return p.call(ctx, *r.RPC)
	}
	return p.request(ctx, *r.HTTP)
}

func (p *player) request(ctx context.Context, h scenario.HTTP) (reply, error) {
	body := []byte(h.Body)
	headers := header(h.Headers)
	if h.JSON != nil {
		body = h.JSON
		if headers.Get("Content-Type") == "" {
			headers.Set("Content-Type", "application/json")
		}
	}
	address, err := p.address(h.To, h.Path, headers)
	if err != nil {
		return reply{"not sent", ""}, err
	}
	req, err := http.NewRequestWithContext(ctx, h.MethodOrGet(), address, bytes.NewReader(body))
	if err != nil {
		return reply{"not sent", ""}, expected("the request cannot be made: %w", err)
	}
	req.Header = headers
	resp, err := p.server.Do(ctx, req)
	if err != nil {
		return reply{"no answer", ""}, err
	}
	r := reply{fmt.Sprint(resp.Status), canonical(resp.Body)}
	return r, checkAnswer(h.Expect, resp, r)
}

// address is where a request goes; to reach an object itself it needs some headers.
func (p *player) address(to scenario.To, path string, headers http.Header) (string, error) {
	if to.Class == "" {
		return p.server.URL() + path, nil
	}
	address, more, err := p.server.Direct(to.Class, to.ObjectName(), path)
	maps.Copy(headers, more)
	return address, err
}

func (p *player) call(ctx context.Context, c scenario.RPC) (reply, error) {
	a, err := p.server.Call(ctx, workerd.Call{Class: c.Class, Object: c.ObjectName(), Method: c.Method, Args: c.Args})
	if err != nil {
		return reply{"no answer", ""}, err
	}
	if a.Threw != "" {
		r := reply{"threw", a.Threw}
		switch {
		case c.Expect == nil || c.Expect.Throws != "" && strings.Contains(a.Threw, c.Expect.Throws):
			return r, nil
		case c.Expect.Throws != "":
			return r, expected("expected it to throw %q, it threw %s", c.Expect.Throws, short(a.Threw))
		}
		return r, expected("expected a value, it threw %s", short(a.Threw))
	}
	r := reply{"returned", string(a.Value)}
	switch {
	case c.Expect != nil && c.Expect.Throws != "":
		return r, expected("expected it to throw %q, it returned %s", c.Expect.Throws, short(r.body))
	case c.Expect != nil && c.Expect.JSON != nil:
		return r, matchJSON(c.Expect.JSON, a.Value)
	}
	return r, nil
}

// canonical is a body as it is compared and shown: JSON with its keys sorted.
func canonical(data []byte) string {
	v, err := decode(data)
	if err != nil {
		return strings.TrimSpace(string(data))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return strings.TrimSpace(string(data))
	}
	return strings.TrimSpace(out.String())
}

func checkAnswer(e *scenario.Expect, r *workerd.Response, as reply) error {
	if e == nil {
		return nil
	}
	if e.Status != 0 && e.Status != r.Status {
		return expected("expected status %d, got %s", e.Status, short(as.text()))
	}
	if e.JSON != nil {
		if err := matchJSON(e.JSON, r.Body); err != nil {
			return err
		}
	}
	if e.Text != "" && !strings.Contains(string(r.Body), e.Text) {
		return expected("expected a body that contains %q, got %s", e.Text, short(string(r.Body)))
	}
	return nil
}

// burst sends the requests at once; the answers are compared as a multiset,
// because their order is nobody's promise.
func (p *player) burst(ctx context.Context, b scenario.Burst) (deed, error) {
	requests := b.Requests()
	if p.manner.reversed {
		slices.Reverse(requests)
	}
	d := deed{replies: make([]reply, len(requests))}
	errs := make([]error, len(requests))
	var wg sync.WaitGroup
	for i, r := range requests {
		ask := func() { d.replies[i], errs[i] = p.ask(ctx, r) }
		if p.manner.serial {
			ask()
			continue
		}
		wg.Go(ask)
	}
	wg.Wait()
	sort.SliceStable(d.replies, func(a, b int) bool { return d.replies[a].text() < d.replies[b].text() })
	for i, err := range errs {
		if err != nil {
			return d, fmt.Errorf("request %d of %d: %w", i+1, len(requests), err)
		}
	}
	return d, nil
}

// snapshot ends the server and notes every stored value by its place.
func (p *player) snapshot(ctx context.Context) {
	dump, err := p.server.Dump(ctx)
	if err != nil {
		p.rec.problems = append(p.rec.problems, problem{step: -1, text: "the stored state could not be read: " + err.Error(), kind: broken})
		return
	}
	for _, line := range dump {
		p.rec.state[line.Place] = line
	}
}

// expectNothing reads what is stored, from a copy, after a step that purges.
func (p *player) expectNothing(ctx context.Context, step int) {
	left, err := p.stored(ctx)
	// Tables may be made again at once; what they hold is what counts.
	left = slices.DeleteFunc(left, func(v workerd.Stored) bool { return strings.HasSuffix(v.Group, " tables") })
	switch {
	case err != nil:
		p.rec.problems = append(p.rec.problems, problem{step: step, text: "what is stored after the purge could not be read: " + err.Error(), kind: broken})
	case len(left) > 0:
		first := left[0]
		p.rec.problems = append(p.rec.problems, problem{
			step: step, kind: leftover,
			text: fmt.Sprintf("expected nothing to be stored after the purge, but %d value(s) are, as %s: %s", len(left), first.Place, short(first.Value)),
		})
	}
}

func (p *player) stored(ctx context.Context) ([]workerd.Stored, error) {
	dir, err := os.MkdirTemp("", "do-look-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(filepath.Join(dir, "do"), os.DirFS(filepath.Join(p.dir, "do"))); err != nil {
		return nil, err
	}
	s, err := p.look(dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Dump(ctx)
}
