// Package workerd runs a bundle on real workerd and lets a test do to it what
// the platform does: evict objects, move the clock so that alarms fall due, end
// the process. It reports what it saw and gives no verdicts.
//
// In the plain mode the bundle runs byte for byte as it deploys; a control
// service beside it evicts its objects from outside. With Config.Clock the
// classes are wrapped, because a 30-minute alarm can only be reached by moving
// the clock that the code sees.
//
// User code has no network, a memory limit, and a deadline on every request,
// and its process never outlives the context that it was started with.
package workerd

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed js
var scripts embed.FS

const (
	// requestTimeout bounds each request: an endless loop in an object ends here.
	requestTimeout = 10 * time.Second
	// defaultMemoryMiB is far above a production isolate's 128 MB, because
	// workerd itself and V8's reserves count as well.
	defaultMemoryMiB = 1024
	defaultDiskMiB   = 1024
	maxBody          = 4 << 20
)

// Namespace is one Durable Object class of the Worker.
type Namespace struct {
	Binding string // "" for a class that is not bound
	Class   string
	SQLite  bool
}

// Stub is a binding of another kind, answered by a stand-in.
type Stub struct {
	Kind string // wrangler's key: kv_namespaces, r2_buckets, …
	Name string
}

// Config is one Worker to run.
type Config struct {
	Binary string // workerd
	// Dir keeps the Worker's files and what its objects store. It is the
	// caller's: a later Start on it finds the same objects. "" is a temporary
	// directory that Close removes.
	Dir                string
	Script             []byte // the bundle, one ES module
	CompatibilityDate  string
	CompatibilityFlags []string
	Namespaces         []Namespace
	Vars               map[string]json.RawMessage
	Stubs              []Stub
	// Clock wraps the classes so that Advance works.
	Clock     bool
	MemoryMiB int // 0 is 1024
	DiskMiB   int // what the objects may store; 0 is 1024
	// Place names the source of a position in Script, 1-based, as in
	// "durable_object.ts:12:3"; "" where there is none. Exceptions and start
	// errors then speak of the source. It may be nil.
	Place func(line, column int) string
}

const (
	bundleFile = "worker.js" // the name of Script inside workerd
	storageDir = "do"        // below Dir
)

// Server is a running Worker.
type Server struct {
	cfg    Config
	dir    string
	token  string
	proc   *process
	offset time.Duration
	client *http.Client
	// ctx is what Start was called with: it ends the process that Crash starts.
	ctx    context.Context
	probes map[string]bool // ids of the objects that Construct made
	marks  int
	before recorded // what processes that are gone had recorded
	over   bool     // Dump has ended the Worker
}

// Start runs the Worker. A *StartError says in plain words why it did not.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.MemoryMiB == 0 {
		cfg.MemoryMiB = defaultMemoryMiB
	}
	if cfg.DiskMiB == 0 {
		cfg.DiskMiB = defaultDiskMiB
	}
	s := &Server{
		cfg: cfg, dir: cfg.Dir, token: newToken(), ctx: ctx, probes: map[string]bool{},
		client: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256}},
	}
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "do-run-")
		if err != nil {
			return nil, fmt.Errorf("no temporary directory: %w", err)
		}
		s.dir = dir
	}
	if err := s.start(ctx); err != nil {
		s.clean()
		return nil, err
	}
	return s, nil
}

func (s *Server) clean() {
	if s.cfg.Dir == "" {
		os.RemoveAll(s.dir)
	}
}

func newToken() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	return hex.EncodeToString(b[:])
}

func (s *Server) start(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(s.dir, storageDir), 0o700); err != nil {
		return err
	}
	files := map[string][]byte{bundleFile: s.cfg.Script}
	for _, name := range []string{"control.js", "record.js", "stub.js", "clock.js", "reader.js", "values.js", "email.js"} {
		data, err := scripts.ReadFile("js/" + name)
		if err != nil {
			return err
		}
		files[name] = data
	}
	sockets := []string{"http", "control", "record"}
	if s.cfg.Clock {
		files["main.js"] = []byte(clockMain(s.cfg, s.token, s.offset))
		sockets = append(sockets, "clock")
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
			return err
		}
	}
	p, err := launch(ctx, s.cfg.Binary, s.dir, userConfig(s.cfg, s.token), sockets, limits{s.cfg.MemoryMiB, s.cfg.DiskMiB})
	var failed *StartError
	if errors.As(err, &failed) {
		failed.Reason = s.places(failed.Reason)
		for i, l := range failed.Log {
			failed.Log[i] = s.places(l)
		}
	}
	if err != nil {
		return err
	}
	s.proc = p
	return nil
}

var bundlePlace = regexp.MustCompile(`\b` + regexp.QuoteMeta(bundleFile) + `:(\d+):(\d+)`)

// places puts source positions where a text names positions in the bundle.
func (s *Server) places(text string) string {
	if s.cfg.Place == nil {
		return text
	}
	return bundlePlace.ReplaceAllStringFunc(text, func(m string) string {
		at := bundlePlace.FindStringSubmatch(m)
		line, _ := strconv.Atoi(at[1])
		column, _ := strconv.Atoi(at[2])
		if place := s.cfg.Place(line, column); place != "" {
			return place
		}
		return m
	})
}

// Crash ends the process with SIGKILL and starts the Worker again on the same
// disk, at another address. Open sockets are gone; alarms that fell due in the
// meantime fire, without a request. The clock of Advance goes on.
func (s *Server) Crash(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.before = s.recorded()
	s.proc.stop()
	s.client.CloseIdleConnections()
	return s.start(s.ctx)
}

// URL is the Worker's address, without a final slash.
func (s *Server) URL() string { return s.at("http") }

func (s *Server) at(socket string) string {
	return fmt.Sprintf("http://127.0.0.1:%d", s.proc.ports[socket])
}

// Response is a whole answer.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends one request and reads the whole answer, within ten seconds.
func (s *Server) Do(ctx context.Context, req *http.Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	resp, err := s.client.Do(req.WithContext(ctx))
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("the answer has more than %d MiB, or no end", maxBody>>20)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// explain says why a request failed in terms of the object, not of HTTP.
func (s *Server) explain(ctx context.Context, err error) error {
	if why := s.proc.reason(); why != "" {
		return errors.New(why)
	}
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	if ctx.Err() != nil && !late {
		return ctx.Err()
	}
	switch state := s.probe(); {
	case state == ending:
		// Printing its own stack can take a crashing workerd a while.
		select {
		case <-s.proc.done:
			return s.proc.ended()
		case <-time.After(3 * time.Second):
		}
	case late && state == busy:
		s.proc.kill(fmt.Sprintf("it did not answer within %s: the code loops without end, and was ended", requestTimeout))
		return errors.New(s.proc.reason())
	case late:
		return fmt.Errorf("it did not answer within %s", requestTimeout)
	}
	return fmt.Errorf("the connection broke: %w", err)
}

// health is what our own service in the process says of it.
type health int

const (
	answering health = iota
	busy             // nothing in the process gets a turn any more
	ending           // nobody listens
)

// probe asks the control service for a sign of life. All of the process runs on
// one thread, so a loop in an object stops our own service as well; an object
// that merely waits for something does not.
func (s *Server) probe() health {
	ctx, cancel := context.WithTimeout(s.ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at("control")+"/ping", nil)
	if err != nil {
		return answering
	}
	req.Header.Set("X-Control", s.token)
	resp, err := s.client.Do(req)
	switch {
	case err == nil:
		resp.Body.Close()
		return answering
	case s.ctx.Err() == nil && ctx.Err() != nil:
		return busy
	}
	return ending
}

// Object is one Durable Object that has a file on disk.
type Object struct {
	Class string
	ID    string
	ns    int
}

// Objects lists the objects that exist, by class and id.
func (s *Server) Objects() ([]Object, error) {
	var out []Object
	seen := map[string]bool{}
	for i, n := range s.cfg.Namespaces {
		if seen[n.Class] {
			continue
		}
		seen[n.Class] = true
		entries, err := os.ReadDir(filepath.Join(s.dir, "do", n.Class))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if id, ok := strings.CutSuffix(e.Name(), ".sqlite"); ok && len(id) == 64 {
				out = append(out, Object{Class: n.Class, ID: id, ns: i})
			}
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].Class+out[a].ID < out[b].Class+out[b].ID })
	return out, nil
}

type controlAnswer struct{ Outcome, Message, ID string }

func (s *Server) control(ctx context.Context, path string, query url.Values) (controlAnswer, error) {
	var a controlAnswer
	err := s.getJSON(ctx, "control", path+"?"+query.Encode(), nil, &a)
	return a, err
}

func (s *Server) getJSON(ctx context.Context, socket, path string, header http.Header, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at(socket)+path, nil)
	if err != nil {
		return err
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("X-Control", s.token)
	resp, err := s.Do(ctx, req)
	if err != nil {
		return err
	}
	if resp.Status != http.StatusOK {
		return fmt.Errorf("the control service answered %d: %.200s", resp.Status, resp.Body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(resp.Body, into)
}

// constructProbe names the object that Construct makes, and noMethod a method
// that no class has.
const (
	constructProbe = "durable-objects-mcp construct probe"
	noMethod       = "durableObjectsMCPConstructProbe"
)

// Construct makes one object of a class run its constructor, and what that
// blocks on, and none of its handlers. The error is what the constructor threw.
func (s *Server) Construct(ctx context.Context, class string) error {
	for i, n := range s.cfg.Namespaces {
		if n.Class != class {
			continue
		}
		a, err := s.control(ctx, "/construct", url.Values{"ns": {nsName(i)}, "id": {constructProbe}, "method": {noMethod}})
		if err != nil {
			return err
		}
		s.probes[a.ID] = true
		if a.Outcome == "constructed" {
			return nil
		}
		// The log knows where it was thrown.
		for _, e := range s.Exceptions() {
			if strings.Contains(a.Message, e.Message) {
				return errors.New(e.String())
			}
		}
		if s.proc.log.has(fmt.Sprintf("referenced the class %q", class)) {
			return fmt.Errorf("the Worker exports no class %s", class)
		}
		return errors.New(a.Message)
	}
	return fmt.Errorf("there is no class %s", class)
}

// Refusal is an object that would not be evicted.
type Refusal struct{ Class, ID, Why string }

// Evicted is what an eviction did.
type Evicted struct {
	Count   int // objects whose memory was dropped
	Refused []Refusal
}

// Evict drops the memory of every running object; hibernatable sockets stay
// open. An object that holds on (a socket that was accept()ed, a pending timer,
// a running request) gets 1.5 s, is reported, and is aborted with all others,
// so that the run goes on.
func (s *Server) Evict(ctx context.Context) (Evicted, error) {
	var e Evicted
	objects, err := s.Objects()
	if err != nil {
		return e, err
	}
	answers, err := s.evictEach(ctx, objects)
	if err != nil {
		return e, err
	}
	for i, a := range answers {
		o := objects[i]
		switch a.Outcome {
		case "evicted":
			e.Count++
		case "pinned":
			e.Refused = append(e.Refused, Refusal{o.Class, o.ID, "something pins it in memory: a socket accepted with accept(), a pending timer or a request that does not end"})
		case "refused":
			e.Refused = append(e.Refused, Refusal{o.Class, o.ID, a.Message})
		}
	}
	if len(e.Refused) > 0 {
		if _, err := s.control(ctx, "/abort", nil); err != nil {
			return e, err
		}
	}
	return e, nil
}

// evictAtOnce is how many evictions are asked for at a time: pinned objects cost
// 1.5 s each, and wait side by side.
const evictAtOnce = 16

func (s *Server) evictEach(ctx context.Context, objects []Object) ([]controlAnswer, error) {
	answers, errs := make([]controlAnswer, len(objects)), make([]error, len(objects))
	slots := make(chan struct{}, evictAtOnce)
	var wg sync.WaitGroup
	for i, o := range objects {
		wg.Go(func() {
			slots <- struct{}{}
			answers[i], errs[i] = s.control(ctx, "/evict", url.Values{"ns": {nsName(o.ns)}, "id": {o.ID}})
			<-slots
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// Advance moves the clock forward at once and waits until the alarms that fall
// due by that have run. A handler sees the new time, so one that sets itself
// again for an hour later runs once however far the clock moves. It needs
// Config.Clock. Every object is woken for it.
func (s *Server) Advance(ctx context.Context, by time.Duration) error {
	if !s.cfg.Clock {
		return errors.New("this run has no clock that can be moved")
	}
	objects, err := s.Objects()
	if err != nil {
		return err
	}
	if err := s.move(ctx, objects, s.offset+by); err != nil {
		return err
	}
	return s.settle(ctx, objects)
}

// alarmState is an object's alarm as the wrapper reports it.
type alarmState struct {
	Running bool
	InMS    *float64 // in real time; nil without an alarm
}

// dueMS: an alarm this near is waited for instead of being moved to.
const dueMS = 20

func (a alarmState) due() bool { return a.Running || a.InMS != nil && *a.InMS <= dueMS }

func (s *Server) alarm(ctx context.Context, o Object, move bool) (alarmState, error) {
	var a alarmState
	q := url.Values{"ns": {nsName(o.ns)}, "id": {o.ID}}
	if move {
		q.Set("move", "1")
	}
	err := s.getJSON(ctx, "control", "/clock?"+q.Encode(), nil, &a)
	if err != nil {
		err = fmt.Errorf("the clock of an object of class %s could not be moved: %w", o.Class, err)
	}
	return a, err
}

// move sets the clock and lets every object's alarm follow.
func (s *Server) move(ctx context.Context, objects []Object, to time.Duration) error {
	s.offset = to
	if err := s.clock(ctx, http.Header{"X-Offset": {fmt.Sprint(to.Milliseconds())}}); err != nil {
		return err
	}
	for _, o := range objects {
		if _, err := s.alarm(ctx, o, true); err != nil {
			return err
		}
	}
	return s.clock(ctx, http.Header{})
}

func (s *Server) clock(ctx context.Context, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at("clock"), nil)
	if err != nil {
		return err
	}
	req.Header = header
	req.Header.Set("X-Control", s.token)
	if _, err := s.Do(ctx, req); err != nil {
		return fmt.Errorf("the clock could not be moved: %w", err)
	}
	return nil
}

// settle waits until no alarm is due or running.
func (s *Server) settle(ctx context.Context, objects []Object) error {
	deadline := time.Now().Add(requestTimeout)
	for quiet := 0; quiet < 2; {
		due := false
		for _, o := range objects {
			a, err := s.alarm(ctx, o, false)
			if err != nil {
				return err
			}
			due = due || a.due()
		}
		quiet++
		if due {
			quiet = 0
			if time.Now().After(deadline) {
				return s.unsettled()
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(15 * time.Millisecond):
		}
	}
	return nil
}

// unsettled says why alarms do not come to rest. The runtime tries a handler
// that throws again after two seconds, then four, so it had three attempts.
func (s *Server) unsettled() error {
	exceptions := s.Exceptions()
	for i := len(exceptions) - 1; i >= 0; i-- {
		if e := exceptions[i]; e.Event == "alarm" {
			return fmt.Errorf("an alarm that fell due fails, also when it is tried again: %s", e)
		}
	}
	return fmt.Errorf("an alarm that fell due did not finish within %s, or sets itself again without end", requestTimeout)
}

// Exception is an uncaught exception with its place in the bundle.
type Exception struct {
	Entrypoint, Event, Name, Message, Stack string
}

func (e Exception) String() string {
	where := ""
	if line := strings.TrimSpace(firstFrame(e.Stack)); line != "" {
		where = " " + line
	}
	return fmt.Sprintf("%s: %s%s", e.Name, e.Message, where)
}

func firstFrame(stack string) string {
	for _, l := range strings.Split(stack, "\n") {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "at ") {
			return l
		}
	}
	return ""
}

type recorded struct {
	Outbound   []string
	Exceptions []Exception
	Console    []string
	StandIns   []string
	Ran        map[string]int
	Mark       string
}

// markWait bounds the wait for a mark, which takes a few milliseconds.
const markWait = 2 * time.Second

// recorded is what the recorder has heard so far. Tail events arrive shortly
// after what they describe, so a mark is sent after them: an event of our own
// service, which the recorder hears of in the same way.
func (s *Server) recorded() recorded {
	r := s.before
	if s.over || !s.proc.running() {
		return r
	}
	ctx, deadline := context.Background(), time.Now().Add(markWait)
	s.marks++
	mark := fmt.Sprint(s.marks)
	var now recorded
	err := s.getJSON(ctx, "control", "/mark?"+mark, nil, nil)
	for err == nil && now.Mark != mark && time.Now().Before(deadline) {
		now = recorded{}
		err = s.getJSON(ctx, "record", "/", nil, &now)
		if now.Mark != mark {
			time.Sleep(2 * time.Millisecond)
		}
	}
	if err != nil {
		now.Exceptions = append(now.Exceptions, Exception{Name: "Error", Message: "the log could not be read: " + err.Error()})
	}
	for i := range now.Exceptions {
		e := &now.Exceptions[i]
		e.Message, e.Stack = s.places(e.Message), s.places(e.Stack)
	}
	r.Outbound = slices.Concat(r.Outbound, now.Outbound)
	r.Exceptions = slices.Concat(r.Exceptions, now.Exceptions)
	r.Console = slices.Concat(r.Console, now.Console)
	r.StandIns = slices.Concat(r.StandIns, now.StandIns)
	r.Ran = maps.Clone(r.Ran)
	for handler, n := range now.Ran {
		if r.Ran == nil {
			r.Ran = map[string]int{}
		}
		r.Ran[handler] += n
	}
	return r
}

// Exceptions are the uncaught exceptions so far, oldest first.
func (s *Server) Exceptions() []Exception { return s.recorded().Exceptions }

// Outbound lists the network requests that the code tried; all were refused.
func (s *Server) Outbound() []string { return s.recorded().Outbound }

// Console lists what the code logged.
func (s *Server) Console() []string { return s.recorded().Console }

// EarlyAlarms are the times before 2001, in milliseconds since 1970, that alarms were
// set to, each once. Only a clock that can be moved sees them.
func (s *Server) EarlyAlarms() []string {
	var out []string
	for _, line := range s.Console() {
		if _, at, ok := strings.Cut(line, "setAlarm got a time before 2001: "); ok && s.cfg.Clock && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// StandIns lists what the code asked of the stand-ins for its other bindings.
func (s *Server) StandIns() []string { return s.recorded().StandIns }

// Ran counts the events that objects have handled so far, by "Class handler": the
// handler is fetch, alarm, webSocketMessage, webSocketClose, webSocketError, or
// the method that was called. Constructors are no events.
func (s *Server) Ran() map[string]int { return s.recorded().Ran }

// Stored is one stored value.
type Stored struct {
	Place string // for a reader: class, object, table, row and column, or key
	Value string // JSON
	// Group and Column are what places of the same meaning share, whatever the
	// object and the row: the class with its table, and the column.
	Group, Column string
}

// Dump ends the Worker and reads what its objects stored: rows, keys and
// whether an alarm is pending. Construct's probe object is left out. It reads
// with a second workerd on the same files, so values are what the code wrote.
func (s *Server) Dump(ctx context.Context) ([]Stored, error) {
	objects, err := s.Objects()
	if err != nil {
		return nil, err
	}
	s.before = s.recorded()
	s.over = true
	s.proc.stop()
	if len(objects) == 0 {
		return nil, nil
	}
	objects = slices.DeleteFunc(objects, func(o Object) bool { return s.probes[o.ID] })
	config, module := readerConfig(s.cfg, s.token)
	if err := os.WriteFile(filepath.Join(s.dir, "reader_main.js"), []byte(module), 0o600); err != nil {
		return nil, err
	}
	p, err := launch(ctx, s.cfg.Binary, s.dir, config, []string{"http"}, limits{memoryMiB: s.cfg.MemoryMiB})
	if err != nil {
		return nil, fmt.Errorf("the stored state cannot be read: %w", err)
	}
	s.proc = p
	var out []Stored
	for _, o := range objects {
		var lines []Stored
		q := url.Values{"ns": {nsName(o.ns)}, "id": {o.ID}}
		if err := s.getJSON(ctx, "http", "/?"+q.Encode(), nil, &lines); err != nil {
			return nil, fmt.Errorf("the stored state of an object of class %s cannot be read: %w", o.Class, err)
		}
		for _, l := range lines {
			out = append(out, Stored{Place: fmt.Sprintf("%s %s: %s", o.Class, o.ID[:8], l.Place), Value: l.Value, Group: o.Class + " " + l.Group, Column: l.Column})
		}
	}
	return out, nil
}

// Close ends the Worker at once and removes its files.
func (s *Server) Close() {
	s.proc.stop()
	s.client.CloseIdleConnections()
	s.clean()
}
