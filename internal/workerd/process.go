package workerd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
func launch(ctx context.Context, binary, dir, config string, sockets []string, memoryMiB int) (*process, error) {
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
	go p.guard(ctx, memoryMiB)

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

// guard ends the child when the run is cancelled or its memory passes the limit.
func (p *process) guard(ctx context.Context, memoryMiB int) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ctx.Done():
			p.kill("the run was cancelled")
			return
		case <-tick.C:
			if rss := residentMiB(p.cmd.Process.Pid); memoryMiB > 0 && rss > memoryMiB {
				p.kill(fmt.Sprintf("the object used more than %d MiB of memory (an isolate has 128 MB in production) and was ended", memoryMiB))
				return
			}
		}
	}
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
	lines := p.log.lines()
	if why := p.reason(); why != "" {
		return &StartError{Reason: why, Log: lines}
	}
	for _, l := range lines {
		if i := strings.Index(l, "Uncaught"); i >= 0 {
			return &StartError{Reason: "the module throws when it is loaded: " + strings.TrimSpace(strings.TrimPrefix(l[i:], "Uncaught")), Log: lines}
		}
	}
	for _, l := range lines {
		if strings.Contains(l, "error:") || strings.Contains(l, "failed") || strings.Contains(l, "service user:") {
			return &StartError{Reason: "workerd refuses the code or its configuration: " + l, Log: lines}
		}
	}
	return &StartError{Reason: err.Error(), Log: lines}
}

// logTail keeps the first part of what workerd prints.
type logTail struct {
	mu  sync.Mutex
	buf []byte
}

const maxLog = 64 << 10

func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxLog - len(l.buf); room > 0 {
		l.buf = append(l.buf, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func (l *logTail) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, line := range strings.Split(string(l.buf), "\n") {
		if line = strings.TrimRight(line, "\r "); line != "" {
			out = append(out, line)
		}
	}
	return out
}
