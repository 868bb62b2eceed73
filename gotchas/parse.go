package gotchas

import (
	"runtime"
	"sync"

	"durable-objects-mcp/internal/syntax"
)

type outcome struct {
	tree *syntax.Tree
	err  error
}

// parseAll parses each path's first text, several at a time.
func parseAll(files []File) map[string]outcome {
	if len(files) == 1 { // not worth another goroutine
		tree, err := syntax.Parse(files[0].Path, files[0].Source)
		return map[string]outcome{files[0].Path: {tree, err}}
	}
	out := make(map[string]outcome, len(files))
	work := make(chan File)
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range min(len(files), runtime.GOMAXPROCS(0), 8) {
		workers.Go(func() {
			for f := range work {
				tree, err := syntax.Parse(f.Path, f.Source)
				lock.Lock()
				out[f.Path] = outcome{tree, err}
				lock.Unlock()
			}
		})
	}
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		if !seen[f.Path] {
			seen[f.Path] = true
			work <- f
		}
	}
	close(work)
	workers.Wait()
	return out
}
