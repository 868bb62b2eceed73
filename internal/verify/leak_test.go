package verify_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"durable-objects-mcp/internal/results"
	"durable-objects-mcp/internal/verify"
)

// holdings are what this process has of the machine.
type holdings struct {
	children, files, goroutines int
	heap                        uint64 // bytes in use after a collection
}

func held(t *testing.T) holdings {
	t.Helper()
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	h := holdings{goroutines: runtime.NumGoroutine(), heap: mem.HeapInuse}
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		if list, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children"); err == nil {
			h.children += len(strings.Fields(string(list)))
		}
	}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("open files cannot be counted here: %v", err)
	}
	h.files = len(fds)
	return h
}

// TestNothingIsLeaked verifies one object again and again, and several at once:
// what is held afterwards is what was held after the first.
//
//	LEAKS=200 go test ./internal/verify -run TestNothingIsLeaked -timeout 60m -v
//
// does it so many times one after another; eight are always run at once.
func TestNothingIsLeaked(t *testing.T) {
	times := 3
	if n, err := strconv.Atoi(os.Getenv("LEAKS")); err == nil {
		times = n
	}
	leftovers(t)
	root := func() *results.Root {
		return project(t, files(kept, steps(post, get, `{"advance": {"ms": 1000}}`, get)))
	}
	once := func(root *results.Root) {
		r, err := verify.Run(context.Background(), verify.Options{Root: root})
		if err != nil {
			t.Error(err)
			return
		}
		if s := r.Stage("worlds"); s.Status != verify.Passed {
			t.Errorf("worlds %s: %s %v", s.Status, s.Message, s.Details)
		}
	}
	run(t, files(kept, ""), verify.Runtime) // skips without the tools
	one := root()
	once(one)
	before := held(t)
	for range times {
		once(one)
	}
	const atOnce = 8
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() { once(root()) })
	}
	wg.Wait()
	var after holdings
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if after = held(t); after.children <= before.children && after.files <= before.files && after.goroutines <= before.goroutines {
			break // idle connections are let go shortly after
		}
	}
	t.Logf("after %d and %d at once: %+v, before: %+v", times, atOnce, after, before)
	// Each of the eight has a directory that the test holds open until its end.
	if after.children > before.children || after.files > before.files+atOnce || after.goroutines > before.goroutines {
		t.Errorf("held %+v, before %+v", after, before)
	}
	if after.heap > before.heap+64<<20 {
		t.Errorf("the heap grew from %d to %d MiB", before.heap>>20, after.heap>>20)
	}
}
