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
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
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
	Binary             string // workerd
	Script             []byte // the bundle, one ES module
	CompatibilityDate  string
	CompatibilityFlags []string
	Namespaces         []Namespace
	Vars               map[string]json.RawMessage
	Stubs              []Stub
	// Clock wraps the classes so that Advance works.
	Clock     bool
	MemoryMiB int // 0 is 1024
}

// Server is a running Worker.
type Server struct {
	cfg    Config
	dir    string
	token  string
	proc   *process
	offset time.Duration
	client *http.Client
}

// Start runs the Worker. A *StartError says in plain words why it did not.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.MemoryMiB == 0 {
		cfg.MemoryMiB = defaultMemoryMiB
	}
	dir, err := os.MkdirTemp("", "do-run-")
	if err != nil {
		return nil, fmt.Errorf("no temporary directory: %w", err)
	}
	s := &Server{cfg: cfg, dir: dir, token: newToken(), client: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256}}}
	if err := s.start(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func newToken() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	return hex.EncodeToString(b[:])
}

func (s *Server) start(ctx context.Context) error {
	if err := os.Mkdir(filepath.Join(s.dir, "do"), 0o700); err != nil {
		return err
	}
	files := map[string][]byte{"worker.js": s.cfg.Script}
	for _, name := range []string{"control.js", "record.js", "stub.js", "clock.js", "reader.js"} {
		data, err := scripts.ReadFile("js/" + name)
		if err != nil {
			return err
		}
		files[name] = data
	}
	sockets := []string{"http", "control", "record"}
	if s.cfg.Clock {
		files["main.js"] = []byte(clockMain(s.cfg, s.token))
		sockets = append(sockets, "clock")
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
			return err
		}
	}
	p, err := launch(ctx, s.cfg.Binary, s.dir, userConfig(s.cfg, s.token), sockets, s.cfg.MemoryMiB)
	s.proc = p
	return err
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
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// explain says why a request failed in terms of the object, not of HTTP.
func (s *Server) explain(ctx context.Context, err error) error {
	if why := s.proc.reason(); why != "" {
		return errors.New(why)
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it did not answer within %s", requestTimeout)
	case ctx.Err() != nil:
		return ctx.Err()
	case !s.proc.running():
		return fmt.Errorf("workerd ended: %s", strings.Join(lastLines(s.proc.log.lines(), 3), " | "))
	}
	// The watch on memory may be about to say why.
	select {
	case <-s.proc.done:
		if why := s.proc.reason(); why != "" {
			return errors.New(why)
		}
		return fmt.Errorf("workerd ended: %s", strings.Join(lastLines(s.proc.log.lines(), 3), " | "))
	case <-time.After(200 * time.Millisecond):
	}
	return fmt.Errorf("the connection broke: %w", err)
}

func lastLines(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }

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

// constructProbe names the object that Construct makes.
const constructProbe = "durable-objects-mcp construct probe"

// Construct makes one object of a class run its constructor. The error is what
// the constructor threw; an object that merely has no fetch handler is fine.
func (s *Server) Construct(ctx context.Context, class string) error {
	for i, n := range s.cfg.Namespaces {
		if n.Class != class {
			continue
		}
		a, err := s.control(ctx, "/construct", url.Values{"ns": {nsName(i)}, "id": {constructProbe}})
		if err != nil {
			return err
		}
		if a.Outcome == "threw" {
			for _, e := range s.Exceptions() {
				if inConstructor(e, class) {
					return errors.New(e.String())
				}
			}
		}
		return nil
	}
	return fmt.Errorf("there is no class %s", class)
}

// inConstructor tells an exception of the class's constructor from one of its
// handlers, by the stack. The bundler may put an underscore before the name.
func inConstructor(e Exception, class string) bool {
	return strings.Contains(e.Stack, "at new "+class+" ") || strings.Contains(e.Stack, "at new _"+class+" ")
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
	for _, o := range objects {
		a, err := s.control(ctx, "/evict", url.Values{"ns": {nsName(o.ns)}, "id": {o.ID}})
		if err != nil {
			return e, err
		}
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

// Advance moves the clock forward and waits until the alarms that fall due by
// that have run. It needs Config.Clock.
func (s *Server) Advance(ctx context.Context, by time.Duration) error {
	if !s.cfg.Clock {
		return errors.New("this run has no clock that can be moved")
	}
	s.offset += by
	offset := fmt.Sprint(s.offset.Milliseconds())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at("clock"), nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Control", s.token)
	req.Header.Set("X-Offset", offset)
	if _, err := s.Do(ctx, req); err != nil {
		return fmt.Errorf("the clock could not be moved: %w", err)
	}
	objects, err := s.Objects()
	if err != nil {
		return err
	}
	for _, o := range objects {
		q := url.Values{"ns": {nsName(o.ns)}, "id": {o.ID}, "offset": {offset}, "delta": {fmt.Sprint(by.Milliseconds())}}
		if err := s.getJSON(ctx, "control", "/clock?"+q.Encode(), nil, nil); err != nil {
			return fmt.Errorf("the clock of an object of class %s could not be moved: %w", o.Class, err)
		}
	}
	return s.settle(ctx, objects)
}

// settle waits until no alarm is due or running.
func (s *Server) settle(ctx context.Context, objects []Object) error {
	deadline := time.Now().Add(requestTimeout)
	for quiet := 0; quiet < 2; {
		due := false
		for _, o := range objects {
			var a struct{ Due bool }
			q := url.Values{"ns": {nsName(o.ns)}, "id": {o.ID}}
			if err := s.getJSON(ctx, "control", "/clock?"+q.Encode(), nil, &a); err != nil {
				return err
			}
			due = due || a.Due
		}
		quiet++
		if due {
			quiet = 0
			if time.Now().After(deadline) {
				return fmt.Errorf("an alarm that fell due did not finish within %s, or sets itself again without end", requestTimeout)
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
}

func (s *Server) recorded() recorded {
	var r recorded
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if s.proc.running() {
		// Tail events arrive shortly after the event that they describe.
		time.Sleep(20 * time.Millisecond)
		if err := s.getJSON(ctx, "record", "/", nil, &r); err != nil {
			r.Exceptions = append(r.Exceptions, Exception{Name: "Error", Message: "the log could not be read: " + err.Error()})
		}
	}
	return r
}

// Exceptions are the uncaught exceptions so far, oldest first.
func (s *Server) Exceptions() []Exception { return s.recorded().Exceptions }

// Outbound lists the network requests that the code tried; all were refused.
func (s *Server) Outbound() []string { return s.recorded().Outbound }

// Console lists what the code logged.
func (s *Server) Console() []string { return s.recorded().Console }

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
	s.proc.stop()
	if len(objects) == 0 {
		return nil, nil
	}
	config, module := readerConfig(s.cfg, s.token)
	if err := os.WriteFile(filepath.Join(s.dir, "reader_main.js"), []byte(module), 0o600); err != nil {
		return nil, err
	}
	p, err := launch(ctx, s.cfg.Binary, s.dir, config, []string{"http"}, s.cfg.MemoryMiB)
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
	os.RemoveAll(s.dir)
}
