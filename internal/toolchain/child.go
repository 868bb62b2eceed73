package toolchain

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"durable-objects-mcp/internal/workerd"
)

// maxOutput is how much of a child's output is kept.
const maxOutput = 1 << 20

// child is how a tool is run: bounded in time by the context, in output, and,
// where the system tells, in memory.
type child struct {
	dir       string
	memoryMiB int // 0 is without a limit
}

// run returns what the tool printed. The tool, and everything that it started,
// is gone when run returns.
func (c child) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.dir
	var out limited
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	group(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if c.memoryMiB > 0 {
		go c.guard(ctx, cmd.Process.Pid, stop)
	}
	err := cmd.Wait()
	if why := context.Cause(ctx); err != nil && why != nil && why != ctx.Err() {
		err = why
	}
	return out.buf, err
}

func (c child) guard(ctx context.Context, pid int, stop context.CancelCauseFunc) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if workerd.ResidentMiB(pid) > c.memoryMiB {
				stop(fmt.Errorf("it used more than %d MiB of memory and was ended", c.memoryMiB))
				return
			}
		}
	}
}

type limited struct{ buf []byte }

func (l *limited) Write(b []byte) (int, error) {
	if room := maxOutput - len(l.buf); room > 0 {
		l.buf = append(l.buf, b[:min(room, len(b))]...)
	}
	return len(b), nil
}
