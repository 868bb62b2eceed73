package workerd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// process is one workerd child with its listening sockets.
type process struct {
	cmd   *exec.Cmd
	ports map[string]int
	log   *logTail
	done  chan struct{} // closed when the child has ended

	mu     sync.Mutex
	killed string // why we ended it, "" if we did not
}

const configFile = "config.capnp"

// startTimeout bounds the time until all sockets listen. A loaded machine takes
// a few hundred milliseconds; an endless loop in the module takes for ever.
const startTimeout = 10 * time.Second

// launch writes the configuration into dir and starts workerd on it. It returns
// when every named socket listens. The child never outlives ctx, nor, on Linux,
// this process.
func launch(ctx context.Context, binary, dir, config string, sockets []string, most limits) (*process, error) {
	if err := os.WriteFile(filepath.Join(dir, configFile), []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("writing the workerd configuration: %w", err)
	}
	ready, control, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ready.Close()
	p := &process{ports: map[string]int{}, log: &logTail{}, done: make(chan struct{})}
	p.cmd = exec.Command(binary, "serve", configFile, "config", "--experimental", "--control-fd=3")
	p.cmd.Dir = dir
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	p.cmd.ExtraFiles = []*os.File{control}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	isolate(p.cmd)

	started := make(chan error)
	go func() {
		// The parent-death signal is tied to the thread that starts the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.cmd.Wait()
			close(p.done)
		}
	}()
	err = <-started
	control.Close()
	if err != nil {
		return nil, fmt.Errorf("workerd cannot be started: %w", err)
	}
	go p.guard(ctx, most, filepath.Join(dir, storageDir))

	listening := make(chan error, 1)
	go func() { listening <- p.readPorts(ready, sockets) }()
	select {
	case err = <-listening:
	case <-p.done:
		err = errors.New("workerd ended while starting")
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(startTimeout):
		p.kill(fmt.Sprintf("the module did not finish loading within %s; look for an endless loop at the top level", startTimeout))
		err = errors.New(p.reason())
	}
	if err != nil {
		p.kill("")
		<-p.done
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, p.startError(err)
	}
	return p, nil
}

func (p *process) readPorts(r io.Reader, sockets []string) error {
	sc := bufio.NewScanner(r)
	for len(p.ports) < len(sockets) && sc.Scan() {
		var e struct {
			Event, Socket string
			Port          int
		}
		if json.Unmarshal(sc.Bytes(), &e) == nil && e.Event == "listen" {
			p.ports[e.Socket] = e.Port
		}
	}
	if len(p.ports) < len(sockets) {
		return errors.New("workerd ended while starting")
	}
	return nil
}

// limits bound a child; 0 is without one.
type limits struct{ memoryMiB, diskMiB int }

// guard ends the child when the run is cancelled, or when its memory or what it
// has stored passes the limit.
func (p *process) guard(ctx context.Context, most limits, storage string) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-p.done:
			return
		case <-ctx.Done():
			p.kill("the run was cancelled")
			return
		case <-tick.C:
			if rss := ResidentMiB(p.cmd.Process.Pid); most.memoryMiB > 0 && rss > most.memoryMiB {
				p.kill(fmt.Sprintf("the object used more than %d MiB of memory (an isolate has 128 MB in production) and was ended", most.memoryMiB))
				return
			}
			if n%10 == 0 && most.diskMiB > 0 && storedMiB(storage) > most.diskMiB {
				p.kill(fmt.Sprintf("the objects stored more than %d MiB and were ended", most.diskMiB))
				return
			}
		}
	}
}

func storedMiB(dir string) int {
	var bytes int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil // files come and go while the Worker runs
	})
	return int(bytes >> 20)
}

// kill ends the child and everything that it started, at once.
func (p *process) kill(why string) {
	p.mu.Lock()
	if p.killed == "" {
		p.killed = why
	}
	p.mu.Unlock()
	killGroup(p.cmd)
}

func (p *process) reason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// stop kills the child and waits until it is gone.
func (p *process) stop() {
	p.kill("stopped")
	<-p.done
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// StartError says why workerd did not start the code.
type StartError struct {
	Reason string   // one sentence for a reader
	Log    []string // the lines of workerd's log that matter
}

func (e *StartError) Error() string { return e.Reason }

func (p *process) startError(err error) *StartError {
	lines := telling(p.log.lines())
	if why := p.reason(); why != "" {
		return &StartError{Reason: why, Log: lines}
	}
	if why := exhausted(lines); why != "" {
		return &StartError{Reason: why, Log: lines}
	}
	for i, l := range lines {
		_, thrown, ok := strings.Cut(l, "Uncaught")
		if !ok {
			continue
		}
		reason := "the module throws when it is loaded: " + strings.TrimSpace(thrown)
		for _, frame := range lines[i+1:] {
			if at, ok := strings.CutPrefix(strings.TrimSpace(frame), "at "); ok && strings.Contains(at, bundleFile) {
				reason += " (at " + at + ")"
				break
			}
		}
		return &StartError{Reason: reason, Log: lines}
	}
	for _, l := range lines {
		if strings.Contains(l, "error:") || strings.Contains(l, "failed") || strings.Contains(l, "service user:") {
			return &StartError{Reason: "workerd refuses the code or its configuration: " + strings.TrimSpace(strings.TrimPrefix(l, "service user:")), Log: lines}
		}
	}
	return &StartError{Reason: err.Error(), Log: lines}
}

// telling leaves out what only follows from a failed start, and the addresses of
// workerd's own stack.
func telling(lines []string) []string {
	var out []string
	for _, l := range lines {
		switch {
		case strings.Contains(l, "A DurableObjectNamespace in the config referenced"),
			strings.Contains(l, "refers to service \"user\" with a named entrypoint"),
			strings.HasPrefix(l, "stack: "),
			strings.HasPrefix(l, "*** Received signal"):
			continue
		}
		out = append(out, l)
	}
	return out
}

// heapMiB is V8's limit on the JavaScript heap, four times production's. Without
// it the heap grows to well over a gigabyte before V8 gives up.
const heapMiB = 512

// exhausted recognises the end of a process whose JavaScript heap is full.
func exhausted(lines []string) string {
	for _, l := range lines {
		if strings.Contains(l, "Reached heap limit") || strings.Contains(l, "heap out of memory") {
			return fmt.Sprintf("the object's JavaScript heap used more than %d MiB of memory (an isolate has 128 MB in production) and was ended", heapMiB)
		}
	}
	return ""
}

// ended says why a process is gone that nobody here has ended.
func (p *process) ended() error {
	if why := p.reason(); why != "" {
		return errors.New(why)
	}
	lines := telling(p.log.lines())
	if why := exhausted(lines); why != "" {
		return errors.New(why)
	}
	return fmt.Errorf("workerd ended: %s", strings.Join(lines[max(0, len(lines)-3):], " | "))
}

// logTail keeps the beginning and the end of what workerd prints: the first says
// why a start failed, the last why a run ended, and between them the code may
// print without end.
type logTail struct {
	mu   sync.Mutex
	head []byte
	tail []byte
}

const maxLog = 32 << 10

func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := b
	if room := maxLog - len(l.head); room > 0 {
		l.head = append(l.head, rest[:min(room, len(rest))]...)
		rest = rest[min(room, len(rest)):]
	}
	l.tail = append(l.tail, rest...)
	if over := len(l.tail) - maxLog; over > 0 {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
	return len(b), nil
}

func (l *logTail) has(text string) bool {
	return slices.ContainsFunc(l.lines(), func(line string) bool { return strings.Contains(line, text) })
}

func (l *logTail) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, line := range strings.Split(string(l.head)+string(l.tail), "\n") {
		if line = strings.TrimRight(line, "\r "); line != "" {
			out = append(out, line)
		}
	}
	return out
}
